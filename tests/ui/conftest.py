"""Fixtures for the screen's tests: a fake engine, a window on it, and a loop that runs."""

from __future__ import annotations

import asyncio
import dataclasses

import pyqtgraph  # noqa: F401 - loaded, so that no test waits for it (see ui.late)
import pytest
import qasync
import shiboken6
from PySide6.QtCore import QPoint

from tests.ui.fakes import FakeEngine
from tests.ui.patience import patient
from tests.ui.real_desk import RealDesks
from tests.ui.showroom import fill


@pytest.fixture
def qtbot(qtbot):
    """pytest-qt's, with the patience that a loaded machine needs."""
    return patient(qtbot)


@pytest.fixture(scope="session")
def _qt_loop(qapp):
    """One qasync loop for all tests here: stopping one makes Qt leave every later event loop."""
    loop = qasync.QEventLoop(qapp, already_running=True)
    asyncio._set_running_loop(None)
    yield loop
    loop.stop()
    loop.close()


@pytest.fixture
def loop(_qt_loop):
    """The loop runs while Qt events are handled, as in the desk."""
    asyncio._set_running_loop(_qt_loop)
    yield _qt_loop
    asyncio._set_running_loop(None)


@pytest.fixture
def fake():
    """An engine with nothing in it."""
    return FakeEngine()


@pytest.fixture
def full():
    """An engine with a day's worth in it."""
    made = FakeEngine()
    fill(made)
    return made


@pytest.fixture
def open_window(qtbot, loop):
    """A function that opens the window on an engine and waits until it is painted."""
    from ui import MainWindow

    opened = []

    def open_(on, **options):
        window = MainWindow(on, user="vera", **options)
        window.resize(1500, 950)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        # Out of every table, or it would stand still.
        qtbot.mouseMove(window, QPoint(3, 3))
        tables = [t for p in window.panels for t in p.tables]
        qtbot.waitUntil(lambda: not any(t.store.left for t in tables if t.isVisible()))
        qtbot.wait(250)
        opened.append(window)
        return window

    yield open_
    for window in filter(shiboken6.isValid, opened):
        window.close()


@pytest.fixture
def change():
    """``dataclasses.replace``, for changing a frozen view."""
    return dataclasses.replace


@pytest.fixture
def start(open_window, qtbot, loop, tmp_path):
    """A function that starts an engine on the test's database and opens a window on it."""
    desks = RealDesks(open_window, qtbot, loop, tmp_path / "desk.db")
    yield desks
    desks.stop_all()
