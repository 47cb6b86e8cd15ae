"""Widgets that come after the window: told what was said meanwhile, and never a gap in silence."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QLabel

from ui import late
from ui.late import Late, Loader


@pytest.fixture
def waiting(monkeypatch):
    """A loader of a small library that was not imported yet."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    made = Loader("colorsys")
    monkeypatch.setitem(late._loaders, late.LIBRARY, made)
    return made


def test_what_was_said_before_it_came_is_done_in_order_the_last_of_each(qtbot, waiting):
    place = Late(QLabel)
    qtbot.addWidget(place)
    said = []
    for n in (1, 2, 3):
        place.do("theme", lambda label, n=n: said.append(f"theme {n}"))
        place.do("marks", lambda label, n=n: (said.append(f"marks {n}"), label.setText(str(n))))
    assert place.widget is None and not said
    waiting.load()
    qtbot.waitUntil(lambda: place.widget is not None)
    assert said == ["theme 3", "marks 3"] and place.widget.text() == "3"
    place.do("marks", lambda label: label.setText("at once"))
    assert place.widget.text() == "at once"


def test_they_come_one_with_each_turn_of_the_loop(qtbot, waiting):
    there = []
    places = [Late(lambda: there.append(1) or QLabel()) for _ in range(4)]
    for place in places:
        qtbot.addWidget(place)
    steps = []
    whole = waiting._serve
    waiting._next.timeout.disconnect()
    waiting._next.timeout.connect(lambda: (whole(), steps.append(len(there))))
    waiting.load()
    qtbot.waitUntil(lambda: len(there) == 4)
    assert steps[:3] == [1, 2, 3]
    later = Late(QLabel)
    qtbot.addWidget(later)
    qtbot.waitUntil(lambda: later.widget is not None)


def test_a_library_that_cannot_be_loaded_is_said_in_its_place(qtbot, monkeypatch):
    monkeypatch.setitem(late._loaders, late.LIBRARY, Loader("no_such_library"))
    place = Late(QLabel)
    qtbot.addWidget(place)
    late.loader().load()
    qtbot.waitUntil(lambda: place.layout().count() == 1)
    assert "no_such_library" in place.layout().itemAt(0).widget().text()
    assert place.widget is None


def test_the_window_is_imported_without_the_library():
    """It would be half a second of each start."""
    asked = "import sys, ui, desk.app; print('pyqtgraph' in sys.modules, 'numpy' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == ["False", "False"]
