"""Archiving from the window: how much is over, why not now, and the command that does it."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine import Archivable, StoreError
from ui import ArchiveOffer
from ui.archiving import day_ns

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def strip(fake, open_window, qtbot):
    """The strip, opened by its key, on a database with 1,204 groups that are over."""
    asked = []

    def count(before_ns):
        asked.append((before_ns, threading.current_thread() is threading.main_thread()))
        return Archivable(1_204, 80_112, 5_300)

    window = open_window(fake, archive=ArchiveOffer(count, lambda day: f"desk archive {day}"))
    qtbot.keyClick(window, Qt.Key.Key_E, CTRL | SHIFT)
    window.top.archive.asked = asked
    return window.top.archive


def test_it_counts_off_the_loop_what_is_over(strip, qtbot):
    assert strip.isVisible() and strip.day.hasFocus()
    said = "1,204 of 5,300 groups are over and could move, with 80,112 journal lines"
    qtbot.waitUntil(lambda: strip.words.text() == said)
    assert strip.asked == [(day_ns(strip.day.text()), False)], "and not on the loop's thread"
    strip.day.setText("2026-03-02")
    qtbot.waitUntil(lambda: strip.asked[-1] == (day_ns("2026-03-02"), False))


def test_it_says_why_not_now_and_gives_the_command(strip, qtbot):
    assert "Not while this desk runs" in strip.why.text()
    assert strip.command.text() == f"desk archive {strip.day.text()}"
    qtbot.mouseClick(strip.copy, LEFT)
    assert QGuiApplication.clipboard().text() == strip.command.text()
    qtbot.keyClick(strip.day, Qt.Key.Key_Escape)
    assert not strip.isVisible()


def test_what_is_no_day_is_said(strip):
    strip.day.setText("yesterday")
    assert strip.words.text() == "expected a day as YYYY-MM-DD"
    assert not strip.copy.isEnabled() and strip.command.text() == ""


def test_a_database_that_cannot_be_read_is_said(fake, open_window, qtbot):
    def count(before_ns):
        raise StoreError("desk.db: it is damaged")

    window = open_window(fake, archive=ArchiveOffer(count, str))
    window.run("archive")
    said = "can't be counted: desk.db: it is damaged"
    qtbot.waitUntil(lambda: window.top.archive.words.text() == said)


def test_without_a_database_there_is_nothing_to_archive(fake, open_window):
    window = open_window(fake)
    window.run("archive")
    assert window.top.archive.words.text() == "this desk keeps no database file"
    assert not window.top.archive.copy.isEnabled()


def test_nothing_in_the_window_moves_anything():
    names = set(__import__("ui.archiving", fromlist=["x"]).__dict__)
    assert "archive_database" not in names
