"""Groups and their orders: tabs, selection, cancel, pause, accept partial, hedge, amend."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from PySide6.QtCore import QPoint, Qt

from engine import (
    AcceptPartial,
    Answer,
    AskBroker,
    CancelGroup,
    CancelOrder,
    ManualHedge,
    OrdStatus,
    PauseGroup,
    ReplaceOrder,
    ResumeGroup,
)
from tests.ui.fakes import group, order

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(full, open_window, qtbot):
    window = open_window(full)
    window.show_group("G-ES-004")
    qtbot.waitUntil(lambda: len(window.detail.orders.store.shown) == 5)
    return window


def confirm(qtbot, strip):
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.pending)


def test_tabs_carry_counts_and_filter(desk, full, qtbot):
    tabs = desk.groups.tabs
    texts = [tabs.tabText(i) for i in range(4)]
    live = sum(not r.closed for r in full.groups.values())
    assert texts == [
        f"Live {live}",
        "Needs me 2",
        f"Done {len(full.groups) - live}",
        f"All {len(full.groups)}",
    ]
    qtbot.mouseClick(tabs, LEFT, pos=tabs.tabRect(1).center())
    assert sorted(desk.groups.table.store.shown) == ["G-ES-004", "G-ES-010"]


def test_a_new_group_appears(desk, full, qtbot):
    desk.groups.table.view._pointer_in = False
    desk.groups.table.filter.setFocus()
    full.put_group(group("NEW-1"))
    qtbot.waitUntil(lambda: "NEW-1" in desk.groups.table.store.shown)


def test_a_closed_group_leaves_the_live_tab(desk, full, qtbot):
    desk.groups.table.filter.setFocus()
    full.put_group(replace(full.groups["G-ES-001"], closed=True, lifecycle="COMPLETED", rank=9))
    qtbot.waitUntil(lambda: "G-ES-001" not in desk.groups.table.store.shown)


def test_cancel_group_by_mouse(desk, full, qtbot):
    qtbot.mouseClick(desk.groups.action_bar.cancel, LEFT)
    strip = desk.groups.strip
    assert strip.text.text().startswith("Cancel group G-ES-004")
    assert full.commands == []
    confirm(qtbot, strip)
    assert full.commands == [CancelGroup(user="vera", group="G-ES-004")]


def test_cancel_group_by_keyboard(desk, full, qtbot):
    qtbot.keyClick(desk, Qt.Key.Key_F3)
    view = desk.groups.table.view
    assert view.hasFocus()
    qtbot.keyClick(view, Qt.Key.Key_Delete, CTRL)
    assert desk.groups.strip.asking
    confirm(qtbot, desk.groups.strip)
    assert full.commands == [CancelGroup(user="vera", group="G-ES-004")]
    assert view.hasFocus()


def test_an_ended_group_says_why_nothing_can_be_done(desk, full, qtbot):
    desk.show_group("G-ES-006")
    bar = desk.groups.action_bar
    qtbot.waitUntil(lambda: "G-ES-006 has ended" in bar.row.note.text())
    assert not bar.cancel.isEnabled()


def test_a_group_that_ends_while_confirming_is_not_canceled(desk, full, qtbot):
    qtbot.mouseClick(desk.groups.action_bar.cancel, LEFT)
    full.put_group(replace(full.groups["G-ES-004"], closed=True, lifecycle="FAILED", rank=11))
    qtbot.waitUntil(lambda: not desk.groups.strip.asking)
    assert "ended was no, now yes" in desk.groups.strip.text.text()
    assert full.commands == []


def test_a_selection_that_changes_under_a_press_does_nothing(desk, full, qtbot):
    qtbot.mousePress(desk.groups.action_bar.cancel, LEFT)
    desk.groups.table.view.select_key("G-ES-001")
    qtbot.mouseRelease(desk.groups.action_bar.cancel, LEFT)
    assert not desk.groups.strip.asking
    assert "selection changed" in desk.groups.strip.text.text()


def test_pause_and_resume(desk, full, qtbot):
    qtbot.mouseClick(desk.groups.action_bar.pause, LEFT)
    confirm(qtbot, desk.groups.strip)
    full.put_group(replace(full.groups["G-ES-004"], paused=True))
    qtbot.waitUntil(lambda: desk.groups.action_bar.pause.text() == "Resume…")
    qtbot.mouseClick(desk.groups.action_bar.pause, LEFT)
    confirm(qtbot, desk.groups.strip)
    assert full.commands == [
        PauseGroup(user="vera", group="G-ES-004"),
        ResumeGroup(user="vera", group="G-ES-004"),
    ]


def test_accept_partial_and_its_refusal(desk, full, qtbot):
    full.answer = lambda c: Answer("", "AcceptPartial", False, "nothing is hedged yet", "group")
    qtbot.mouseClick(desk.groups.action_bar.partial, LEFT)
    confirm(qtbot, desk.groups.strip)
    assert full.commands == [AcceptPartial(user="vera", group="G-ES-004")]
    assert "nothing is hedged yet" in desk.groups.strip.note.text()


def test_hedge_a_leg_by_hand(desk, full, qtbot):
    assert desk.groups.leg.currentText() == "H1"
    assert desk.groups.hedge.quantity.text() == "8"
    qtbot.mouseClick(desk.groups.hedge.button, LEFT)
    confirm(qtbot, desk.groups.strip)
    sent = full.commands[0]
    assert isinstance(sent, ManualHedge)
    assert (sent.group, sent.leg, sent.quantity, sent.escalation) == ("G-ES-004", "H1", D(8), 0)


def test_cancel_order_by_keyboard(desk, full, qtbot):
    full.orders["G-ES-004/H1/1"] = working = order("G-ES-004/H1/1", cum=70)
    full.details["G-ES-004"] = replace(
        full.details["G-ES-004"], orders=(working, *full.details["G-ES-004"].orders[1:])
    )
    full.put_order(working)
    qtbot.waitUntil(lambda: desk.detail.orders.store.row("G-ES-004/H1/1") == working)
    desk.detail.orders.view.select_key("G-ES-004/H1/1")
    desk.detail.orders.view.setFocus()
    qtbot.keyClick(desk.detail.orders.view, Qt.Key.Key_Delete, CTRL)
    strip = desk.detail.action_bar.strip
    assert strip.text.text() == "Cancel G-ES-004/H1/1: BUY 30 of 100 ES20H P3000 @ 10.25"
    confirm(qtbot, strip)
    assert full.commands == [CancelOrder(user="vera", order="G-ES-004/H1/1")]


def test_a_pending_cancel_has_its_own_look(desk, qtbot):
    desk.detail.orders.view.select_key("G-ES-004/H1/4")
    desk.detail.tabs.setCurrentWidget(desk.detail.orders)
    cancel = desk.detail.action_bar.cancel
    assert not cancel.isEnabled()
    assert cancel.text().startswith("cancel asked ")
    assert cancel.text().endswith("may still fill")
    assert cancel.property("pending") == "true"
    assert "cancel already asked" in desk.detail.action_bar.row.note.text()


def test_a_filled_order_says_why_it_cannot_be_canceled(desk, qtbot):
    desk.detail.orders.view.select_key("G-ES-004/R1/1")
    assert not desk.detail.action_bar.cancel.isEnabled()
    assert "the order is filled" in desk.detail.action_bar.row.note.text()


def test_amend_sends_only_what_is_different(desk, full, qtbot):
    full.orders["G-ES-004/H1/1"] = working = order("G-ES-004/H1/1", cum=70)
    full.details["G-ES-004"] = replace(full.details["G-ES-004"], orders=(working,))
    full.put_order(working)
    qtbot.waitUntil(lambda: desk.detail.orders.store.row("G-ES-004/H1/1") == working)
    desk.detail.orders.view.select_key("G-ES-004/H1/1")
    actions = desk.detail.action_bar
    qtbot.mouseClick(actions.amend, LEFT)
    assert "Nothing is different" in actions.strip.text.text()
    actions.price.setText("abc")
    qtbot.mouseClick(actions.amend, LEFT)
    assert "Price: expected a number above 0, got “abc”" in actions.strip.text.text()
    actions.price.setText("10.5")
    qtbot.mouseClick(actions.amend, LEFT)
    assert "100 @ 10.25 → 100 @ 10.50" in actions.strip.text.text()
    confirm(qtbot, actions.strip)
    assert full.commands == [
        ReplaceOrder(user="vera", order="G-ES-004/H1/1", quantity=None, price=D("10.5"))
    ]


def test_ask_the_broker_about_an_order(desk, full, qtbot):
    desk.detail.orders.view.select_key("G-ES-004/R1/1")
    qtbot.mouseClick(desk.detail.action_bar.ask, LEFT)
    qtbot.waitUntil(lambda: full.commands == [AskBroker(user="vera", order="G-ES-004/R1/1")])


def test_the_detail_shows_orders_executions_intents_and_hedges(desk):
    detail = desk.detail
    assert [detail.tabs.tabText(i) for i in range(4)] == [
        "Orders 5",
        "Executions 6",
        "Intents 6",
        "Hedges 1",
    ]
    assert detail.tree.topLevelItem(0).childCount() == 3
    assert "exhausted" in detail.tree.topLevelItem(0).text(1)


def test_the_timeline_has_lanes_pairs_and_exact_times(desk, qtbot):
    timeline = desk.detail.timeline.widget
    ticks = timeline.plot.getAxis("left")._tickLevels[0]
    assert [lane for _, lane in ticks] == ["H1", "R1", "hedge 0", "hedge 1", "hedge 2", "trader"]
    mark = next(m for _, _, m in timeline._points if m.kind == "rejected")
    x, y, _ = next(p for p in timeline._points if p[2] is mark)
    spot = timeline.plot.getViewBox().mapViewToScene(QPoint(0, 0).toPointF())
    spot = timeline.plot.getViewBox().mapViewToScene(type(spot)(x, y))
    assert timeline.mark_near(spot) is not None
    timeline._hover(spot)
    words = timeline.words.text()
    assert "broker " in words and " UTC" in words and "H1" in words


def test_statuses_without_a_request_look_normal(desk):
    store = desk.detail.orders.store
    row = store.row("G-ES-004/R1/1")
    assert row.ord_status is OrdStatus.FILLED
    assert store.model.item(store.at("G-ES-004/R1/1"), 7).text() == "filled"
