"""The connection panel: figures, buttons with their confirmation, the raw log."""

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine import LinkAction, OperateLink, Role
from engine.broker.fix.view import Direction, SessionLine, SessionState
from engine.view_connections import ConnectionView
from tests.ui.showroom_controls import fill_controls, log_lines, message, session

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
SECOND = 1_000_000_000


def put(full, **changes):
    full.links = (ConnectionView("paper", True, SECOND // 4, session(**changes)),)


@pytest.fixture
def desk(full, open_window, qtbot):
    fill_controls(full)
    window = open_window(full)
    window.run("go.connection")
    panel = window.connection
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 7)
    # The figures come with the slow tick.
    qtbot.waitUntil(lambda: panel.state.text() != "")
    return window


def confirm(qtbot, strip, widget=None):
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(widget or strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.pending and not strip.asking)


def test_what_the_session_says_of_itself_is_shown(desk, full, qtbot):
    panel = desk.connection
    assert panel.state.text() == "LOGGED ON · PAPER as DESK, venue paper"
    shown = panel.figures.text_of
    assert (shown("Next in"), shown("Next out"), shown("Durable in")) == ("4,118", "2,307", "4,117")
    assert (shown("Round trip"), shown("Last message"), shown("Resend")) == (
        "1.2 ms",
        "0.2 s",
        "no",
    )
    put(full, resend=(4_000, 4_117), state=SessionState.DISCONNECTED, why="socket closed")
    qtbot.waitUntil(lambda: shown("Resend") == "4,000 to 4,117 asked for again")
    assert panel.state.text().startswith("DISCONNECTED (socket closed)")
    assert panel.state.property("tone") == "critical"


def test_a_broker_without_a_session_says_so_and_offers_nothing(full, open_window, qtbot):
    window = open_window(full)
    window.run("go.connection")
    panel = window.connection
    qtbot.waitUntil(lambda: panel.state.text() == "paper: connected")
    assert panel.figures.text_of("Last message") == "0.2 s"
    assert "no FIX log" in panel.action_bar.remark.text()
    assert panel.table.overlay.reason == "paper has no FIX log"
    for button in (panel.log_on, panel.log_out, panel.cancel_all):
        assert not button.isEnabled() and button.why == "paper has no session"


def test_logging_out_needs_a_reason_and_a_second_step(desk, full, qtbot):
    panel = desk.connection
    qtbot.mouseClick(panel.log_out, LEFT)
    assert full.commands == [] and panel.strip.asking
    assert not panel.strip.confirm.isEnabled()
    qtbot.keyClicks(panel.strip.reason, "lunch")
    confirm(qtbot, panel.strip, panel.strip.reason)
    assert full.commands == [OperateLink(user="vera", action=LinkAction.LOGOUT, reason="lunch")]


def test_cancel_all_by_key_shows_the_links_own_answer(desk, full, qtbot):
    panel = desk.connection
    panel.table.view.setFocus()
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(panel.table.view, Qt.Key.Key_Delete, CTRL | shift)
    assert panel.strip.asking and "venue paper" not in panel.strip.text.text()
    confirm(qtbot, panel.strip)
    assert full.commands == [OperateLink(user="vera", action=LinkAction.CANCEL_ALL)]


def test_what_cannot_be_asked_now_says_why(desk, full, qtbot):
    panel = desk.connection
    assert panel.log_on.why == "it is logged on"
    put(full, state=SessionState.DISCONNECTED, mass_cancel=False)
    qtbot.waitUntil(panel.log_on.isEnabled)
    assert panel.cancel_all.why == "the venue has no mass cancel; use KILL"
    put(full, state=SessionState.DISCONNECTED)
    qtbot.waitUntil(lambda: panel.cancel_all.why == "not logged on")
    put(full, state=SessionState.STOPPED)
    qtbot.waitUntil(lambda: panel.log_out.why == "the session has ended")


def test_a_session_that_changed_meanwhile_refuses_the_confirmation(desk, full, qtbot):
    panel = desk.connection
    qtbot.mouseClick(panel.log_out, LEFT)
    qtbot.keyClicks(panel.strip.reason, "lunch")
    put(full, state=SessionState.DISCONNECTED)
    qtbot.waitUntil(lambda: "session was logged on, now disconnected" in panel.strip.text.text())
    assert full.commands == []


def test_the_viewer_sees_the_log_and_may_not_operate(full, open_window, qtbot):
    fill_controls(full)
    full.roles = {"vera": Role.VIEWER}
    window = open_window(full)
    window.run("go.connection")
    panel = window.connection
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 7)
    for button in (panel.log_on, panel.log_out, panel.cancel_all):
        assert not button.isEnabled() and button.why == "vera is VIEWER: this is for TRADER"


# --- the log --------------------------------------------------------------------------------
def keys(panel):
    return [int(key) for key in panel.table.store.shown]


def test_heartbeats_are_left_out_until_they_are_asked_for(desk, qtbot):
    panel = desk.connection
    assert keys(panel) == [8, 7, 5, 4, 3, 2, 1]
    for name, shown in (
        ("Garbage, refused, remarks", [8, 7]),
        ("In", [6, 5, 4, 2]),
        ("Out", [9, 3, 1]),
        ("All", [9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ):
        panel.shown.setCurrentText(name)
        qtbot.waitUntil(lambda s=shown: keys(panel) == s)


def test_tags_are_named_and_can_be_searched_by_name_and_by_number(desk, qtbot):
    panel = desk.connection
    row = panel.table.store.row("4")
    cells = [c.text(row, 0) for c in panel.table.store.columns]
    assert cells[3:5] == ["4,113", "ExecutionReport"]
    assert cells[5].startswith("ClOrdID=D1-G1-H1-1  OrderID=P1  ExecID=E1")
    assert "MsgSeqNum=4113" in cells[5] and "TargetCompID=DESK" in cells[5], "nothing is left out"
    for text, shown in (("ExecID=E2", [5]), ("17=E1", [4]), ("invalid", [7]), ("553=desk", [1])):
        panel.table.filter.setText(text)
        qtbot.waitUntil(lambda s=shown: keys(panel) == s)
    assert "***" in panel.table.store.row("1").raw, "no password in the log"


def test_lines_are_copied_as_rows_and_as_they_stood_on_the_wire(desk, qtbot):
    panel = desk.connection
    panel.table.view.select_key("5")
    qtbot.waitUntil(lambda: "|17=E2|" in panel.raw.text())
    qtbot.mouseClick(panel.copy_raw, LEFT)
    assert QGuiApplication.clipboard().text() == log_lines()[4].raw
    panel.table.view.setFocus()
    qtbot.keyClick(panel.table.view, Qt.Key.Key_C, CTRL)
    head, row = QGuiApplication.clipboard().text().splitlines()
    assert head.split("\t")[4:] == ["Message", "Fields"]
    assert row.split("\t")[3:5] == ["4114", "ExecutionReport"]


def test_new_lines_come_in_and_their_warnings_are_counted_while_nobody_looks(desk, full, qtbot):
    panel = desk.connection
    desk.run("go.log")
    qtbot.waitUntil(lambda: not panel.in_sight())
    line = SessionLine(10, 1, Direction.NOTE, "message 4119 was refused: wrong CompID", True)
    full.link_lines.append(line)
    put(full, warnings=3)
    title = desk.docks.dock("connection").windowTitle
    qtbot.waitUntil(lambda: title() == "Connection 1")
    desk.run("go.connection")
    qtbot.waitUntil(panel.table.pill.isVisible)
    assert 10 not in keys(panel), "no row moves under the keyboard"
    qtbot.mouseClick(panel.table.pill, LEFT)
    qtbot.waitUntil(lambda: 10 in keys(panel))
    qtbot.waitUntil(lambda: title() == "Connection")


def test_a_long_log_comes_in_over_many_frames_and_is_bounded(full, open_window, qtbot, monkeypatch):
    monkeypatch.setattr("ui.connection.panel.KEPT_MAX", 200)
    fill_controls(full)
    sample = SessionLine(0, 1, Direction.IN, message(1, "8", "17=E1"))
    full.link_lines = [dataclasses.replace(sample, number=n) for n in range(1, 251)]
    window = open_window(full)
    panel = window.connection
    window.run("go.connection")
    # The keyboard is in the table, and it is filled all the same.
    qtbot.waitUntil(lambda: keys(panel) == list(range(250, 50, -1)))


def test_quotes_do_not_wash_out_what_matters(full, open_window, qtbot, monkeypatch):
    monkeypatch.setattr("ui.connection.panel.QUOTES_MAX", 20)
    fill_controls(full)
    quote = SessionLine(0, 1, Direction.IN, message(1, "W", "55=ESH0"))
    full.link_lines += [dataclasses.replace(quote, number=n) for n in range(10, 110)]
    window = open_window(full)
    panel = window.connection
    window.run("go.connection")
    qtbot.waitUntil(lambda: keys(panel) == [8, 7, 5, 4, 3, 2, 1])
    panel.shown.setCurrentText("Quotes")
    qtbot.waitUntil(lambda: keys(panel) == list(range(109, 89, -1)))


def test_anything_may_stand_in_a_line(desk, full, qtbot):
    panel = desk.connection
    panel.shown.setCurrentText("All")
    junk = ("", "\x01\x01", "=", "34=x\x0135=", "8=FIX\x0134=99999999999\x01", "ü\x00¿")
    for n, raw in enumerate(junk, 10):
        full.link_lines.append(SessionLine(n, 1, Direction.IN, raw))
    desk.setFocus()
    qtbot.waitUntil(lambda: len(keys(panel)) == 9 + len(junk))
    for n in range(10, 10 + len(junk)):
        row = panel.table.store.row(str(n))
        assert all(isinstance(c.text(row, 0), str) for c in panel.table.store.columns)
