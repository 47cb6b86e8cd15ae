"""Rejected events: grouped, explained, asked about."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from engine import AskBroker, ExplainRejected, RejectReason
from tests.ui.showroom import rejected

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(full, open_window, qtbot):
    window = open_window(full)
    window.run("go.rejected")
    qtbot.waitUntil(lambda: len(window.rejected.events.store.shown) == 12)
    qtbot.waitUntil(lambda: len(window.rejected.reasons.store.shown) == 7)
    return window


def test_newest_first_and_duplicates_aside(desk, full):
    store = desk.rejected.events.store
    times = [store.row(k).view.wall_ns for k in store.shown]
    assert times == sorted(times, reverse=True)
    assert all(store.row(k).view.reason is not RejectReason.DUPLICATE for k in store.shown)


def test_a_reason_shows_only_its_own(desk, qtbot):
    desk.rejected.reasons.view.select_key("OUT_OF_ORDER")
    store = desk.rejected.events.store
    assert {store.row(k).view.reason for k in store.shown} == {RejectReason.OUT_OF_ORDER}


def test_duplicates_are_collapsed_into_counts(desk):
    desk.rejected.reasons.view.select_key("DUPLICATE")
    store = desk.rejected.events.store
    assert sorted(store.row(k).count for k in store.shown) == [9, 9, 9]


def test_explain_needs_a_comment_and_shows_the_answer(desk, full, qtbot):
    panel = desk.rejected
    panel.events.view.select_key("11")
    assert not panel.explain.isEnabled()
    assert "say what explains it" in panel.row.note.text()
    qtbot.keyClick(panel.events.view, Qt.Key.Key_M, CTRL)
    assert panel.comment.hasFocus()
    qtbot.keyClicks(panel.comment, "resend after the reconnect")
    qtbot.keyClick(panel.comment, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Taken up" in panel.strip.note.text())
    assert full.commands == [
        ExplainRejected(user="vera", rejected=11, comment="resend after the reconnect")
    ]


def test_ask_the_broker(desk, full, qtbot):
    desk.rejected.events.view.select_key("11")
    qtbot.mouseClick(desk.rejected.ask, LEFT)
    qtbot.waitUntil(lambda: full.commands == [AskBroker(user="vera", order="G-ES-004/H1/1")])


def test_an_event_of_no_order_cannot_be_asked_about(desk, full, qtbot):
    full.put_rejected(rejected(50, RejectReason.UNKNOWN_ORDER, ref=""))
    qtbot.waitUntil(lambda: desk.rejected.events.store.row("50") is not None)
    desk.rejected.events.store.let_in()
    desk.rejected.events.view.select_key("50")
    assert not desk.rejected.ask.isEnabled()
    assert "belongs to no order of ours" in desk.rejected.row.note.text()


def test_the_raw_message_is_one_click_away(desk, qtbot):
    panel = desk.rejected
    panel.events.view.select_key("11")
    assert not panel.raw.isVisible()
    qtbot.mouseClick(panel.show_raw, LEFT)
    assert '"35":"8"' in panel.raw.text()
    qtbot.mouseClick(panel.copy_raw, LEFT)
    assert QGuiApplication.clipboard().text() == panel.raw.text()


def test_what_was_booked_all_the_same_is_said(desk, full):
    number = next(k for k, v in full.rejected_views.items() if v.booked_qty)
    desk.rejected.events.view.select_key(str(number))
    assert "20 were booked from it all the same" in desk.rejected.words.text()


def test_show_group_goes_there(desk, qtbot):
    desk.rejected.events.view.select_key("11")
    qtbot.mouseClick(desk.rejected.group, LEFT)
    assert desk.groups.table.view.current_key() == "G-ES-004"
