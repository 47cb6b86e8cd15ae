"""Escalations: acknowledge, hedge, cancel, accept, silence, flood; by mouse and by keyboard."""

import asyncio
from dataclasses import replace
from decimal import Decimal as D

import pytest
from PySide6.QtCore import Qt

from engine import (
    AcceptRisk,
    Acknowledge,
    Answer,
    CancelOrder,
    EscalationKind,
    EscalationState,
    ManualHedge,
    OrdType,
    QuoteView,
    Severity,
)
from tests.ui.fakes import SECOND, escalation
from ui.escalations import ADVICE

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(fake, open_window, qtbot):
    """A window on one CRITICAL, selected."""
    fake.quotes["ES20H P3000"] = QuoteView(
        "ES20H P3000", D("10.25"), D(12), D("10.75"), D(5), None, 1
    )
    fake.put_escalation(escalation(1, qty=8, order_ref=""))
    window = open_window(fake)
    assert window.escalations.table.view.select_key("1")
    bar = window.escalations.action_bar
    qtbot.waitUntil(lambda: bar.hedge.quantity.text() == "8")
    return window


def click(qtbot, button):
    qtbot.mouseClick(button, LEFT)


def confirm(qtbot, strip):
    qtbot.waitUntil(strip.confirm.isEnabled)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not strip.pending)


def test_a_critical_needs_a_comment_and_the_button_says_so(desk, qtbot):
    actions = desk.escalations.action_bar
    assert not actions.acknowledge.isEnabled()
    assert "a CRITICAL needs a comment" in actions.row.note.text()
    qtbot.keyClicks(actions.comment, "called the broker")
    assert actions.acknowledge.isEnabled()


def test_acknowledge_passes_what_was_seen(desk, fake, qtbot):
    actions = desk.escalations.action_bar
    qtbot.keyClicks(actions.comment, "called the broker")
    click(qtbot, actions.acknowledge)
    qtbot.waitUntil(lambda: "Taken up" in actions.strip.note.text())
    assert fake.commands == [
        Acknowledge(
            user="vera",
            escalation=1,
            level=1,
            comment="called the broker",
            seen_qty=D(8),
            seen_severity=Severity.CRITICAL,
        )
    ]
    assert actions.comment.text() == ""


def test_acknowledge_by_keyboard_alone(desk, fake, qtbot):
    qtbot.keyClick(desk, Qt.Key.Key_F2)
    assert desk.escalations.table.view.hasFocus()
    qtbot.keyClick(desk.escalations.table.view, Qt.Key.Key_1, CTRL)
    assert desk.escalations.action_bar.comment.hasFocus()
    qtbot.keyClicks(desk.escalations.action_bar.comment, "seen")
    qtbot.keyClick(desk.escalations.action_bar.comment, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [type(c) for c in fake.commands] == [Acknowledge])


def test_a_stale_acknowledgement_is_refused_with_what_changed(desk, fake, qtbot):
    fake.answer = lambda c: Answer(
        "", "Acknowledge", False, "it is level 2 now: 8 became 20", "level"
    )
    actions = desk.escalations.action_bar
    qtbot.keyClicks(actions.comment, "seen")
    click(qtbot, actions.acknowledge)
    refused = "Refused (level): it is level 2 now: 8 became 20"
    qtbot.waitUntil(lambda: actions.strip.note.text() == refused)
    assert actions.comment.text() == "seen"
    assert fake.escalation_views[1].state is EscalationState.UNACKNOWLEDGED


def test_hedge_is_prefilled_and_confirmed(desk, fake, qtbot):
    actions = desk.escalations.action_bar
    assert actions.hedge.quantity.text() == "8"
    click(qtbot, actions.hedge.button)
    assert actions.strip.text.text() == "Buy 8 ES20H P3000 @ MARKET"
    assert "ask 10.75 × 5" in actions.strip.note.text()
    assert "3 more than shown" in actions.strip.note.text()
    assert fake.commands == []
    confirm(qtbot, actions.strip)
    assert fake.commands == [
        ManualHedge(
            user="vera",
            escalation=1,
            group="G1",
            leg="H1",
            quantity=D(8),
            order_type=OrdType.MARKET,
            price=None,
            allow_excess=False,
        )
    ]


def test_a_hedge_is_refused_when_the_exposure_changes_while_confirming(desk, fake, qtbot):
    actions = desk.escalations.action_bar
    click(qtbot, actions.hedge.button)
    fake.put_escalation(escalation(1, qty=3))
    qtbot.waitUntil(lambda: not actions.strip.asking)
    assert "unhedged was 8, now 3" in actions.strip.text.text()
    qtbot.keyClick(actions.strip, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: actions.hedge.quantity.text() == "3")
    assert fake.commands == []


def test_a_double_click_hedges_once(desk, fake, qtbot):
    fake.hold = asyncio.Event()
    actions = desk.escalations.action_bar
    qtbot.mouseClick(actions.hedge.button, LEFT)
    qtbot.mouseDClick(actions.hedge.button, LEFT)
    assert actions.strip.asking
    qtbot.waitUntil(actions.strip.confirm.isEnabled)
    qtbot.mouseClick(actions.strip.confirm, LEFT)
    qtbot.mouseDClick(actions.strip.confirm, LEFT)
    qtbot.mouseClick(actions.hedge.button, LEFT)
    qtbot.wait(250)
    assert len(fake.commands) == 1
    fake.hold.set()
    qtbot.waitUntil(lambda: not actions.strip.pending)
    assert len(fake.commands) == 1


def test_more_than_proven_must_be_typed_and_is_marked(desk, fake, qtbot):
    actions = desk.escalations.action_bar
    actions.hedge.quantity.selectAll()
    qtbot.keyClicks(actions.hedge.quantity, "11")
    assert actions.hedge.mark.text() == "3 more than proven"
    click(qtbot, actions.hedge.button)
    assert "3 MORE than the proven 8" in actions.strip.text.text()
    assert actions.strip.property("tone") == "critical"
    confirm(qtbot, actions.strip)
    assert fake.commands[0].allow_excess is True
    assert fake.commands[0].quantity == D(11)


def test_a_typed_quantity_is_not_overwritten_by_news(desk, fake, qtbot):
    actions = desk.escalations.action_bar
    actions.hedge.quantity.selectAll()
    qtbot.keyClicks(actions.hedge.quantity, "2")
    fake.put_escalation(escalation(1, qty=6))
    store = desk.escalations.table.store
    qtbot.waitUntil(lambda: store.row("1").view.unfilled_qty == 6)
    assert actions.hedge.quantity.text() == "2"


def test_a_limit_hedge_needs_a_price(desk, fake, qtbot):
    actions = desk.escalations.action_bar
    actions.hedge.kind.setCurrentText("LIMIT")
    assert actions.hedge.price.text() == "10.75"
    actions.hedge.price.clear()
    click(qtbot, actions.hedge.button)
    assert "Price: expected a number above 0" in actions.strip.text.text()
    qtbot.keyClicks(actions.hedge.price, "10.5")
    click(qtbot, actions.hedge.button)
    assert "rests 0.25 away" in actions.strip.note.text()
    confirm(qtbot, actions.strip)
    assert fake.commands[0].price == D("10.5")
    assert fake.commands[0].order_type is OrdType.LIMIT


def test_what_cannot_be_hedged_says_so(desk, fake, qtbot):
    fake.put_escalation(
        replace(escalation(2, kind=EscalationKind.BROKER_SILENT, group="", leg=""), proven_qty=None)
    )
    qtbot.waitUntil(lambda: desk.escalations.table.store.row("2") is not None)
    desk.escalations.table.store.let_in()
    assert desk.escalations.table.view.select_key("2")
    assert not desk.escalations.action_bar.hedge.button.isEnabled()
    assert "can't be hedged" in desk.escalations.action_bar.hedge.button.toolTip()


def test_accept_risk_needs_a_reason_and_confirmation(desk, fake, qtbot):
    actions = desk.escalations.action_bar
    assert "needs a reason" in actions.row.note.text()
    qtbot.keyClicks(actions.comment, "flat by phone")
    click(qtbot, actions.accept)
    assert "Accept the risk of 8 unhedged" in actions.strip.text.text()
    confirm(qtbot, actions.strip)
    assert fake.commands == [AcceptRisk(user="vera", escalation=1, reason="flat by phone")]


def test_cancel_orders_of_an_escalation(full, open_window, qtbot):
    window = open_window(full)
    window.escalations.table.view.select_key("1")
    click(qtbot, window.escalations.action_bar.cancel)
    assert "G-ES-004/H1/4: BUY 8 of 8" in window.escalations.action_bar.strip.text.text()
    confirm(qtbot, window.escalations.action_bar.strip)
    assert full.commands == [CancelOrder(user="vera", order="G-ES-004/H1/4")]


def test_the_words_are_never_cut_off(full, open_window, qtbot):
    window = open_window(full)
    window.resize(1280, 800)
    window.docks.share()
    dock, panel = window.docks.dock("escalations"), window.escalations
    window.resizeDocks([dock], [352], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: dock.width() == 352)
    notes = [panel.detail.title, *panel.detail._notes.values()]

    def whole():
        shown = [n for n in notes if n.isVisible()]
        return len(shown) > 4 and all(n.height() >= n.heightForWidth(n.width()) for n in shown)

    for key in panel.table.store.shown:
        panel.table.view.select_key(key)
        qtbot.waitUntil(whole, timeout=5_000)


def test_silence_takes_the_sound_only(desk, fake, qtbot):
    actions = desk.escalations.action_bar
    click(qtbot, actions.silence)
    assert fake.commands == []
    assert desk.escalations.book.silent_s(1, desk.bridge.wall_ns()) > 58
    assert not actions.silence.isEnabled()
    assert desk.escalations.table.store.shown == ["1"]


def test_a_new_critical_behind_the_pill_is_loud(desk, fake, qtbot):
    desk.escalations.table.view.setFocus()
    fake.put_escalation(escalation(2, group="G2", qty=40))
    table = desk.escalations.table
    qtbot.waitUntil(table.pill.isVisible)
    assert table.store.shown == ["1"]
    assert table.pill.text() == "▲ 1 new · CRITICAL G2"
    assert table.pill.property("tone") == "critical"


def test_it_sounds_and_stays_on_screen_when_the_cause_is_gone(desk, fake, qtbot):
    sounded = []
    desk.escalations.sounded.connect(sounded.append)
    fake.put_escalation(escalation(3, severity=Severity.WARNING))
    qtbot.waitUntil(lambda: sounded == [Severity.WARNING])
    fake.put_escalation(
        escalation(3, severity=Severity.WARNING, state=EscalationState.RETURNED_UNACKNOWLEDGED)
    )
    store = desk.escalations.table.store
    qtbot.waitUntil(lambda: store.row("3") is not None)  # the sound may come a frame earlier
    qtbot.waitUntil(lambda: store.row("3").view.state is EscalationState.RETURNED_UNACKNOWLEDGED)
    store.let_in()
    assert "3" in desk.escalations.table.store.shown


def test_a_resolved_one_leaves_by_itself_and_an_unseen_one_stays(desk, fake, qtbot):
    store, wall_ns = desk.escalations.table.store, desk.bridge.wall_ns
    resolved = escalation(1, qty=8, state=EscalationState.RESOLVED)
    unseen = escalation(2, state=EscalationState.RETURNED_UNACKNOWLEDGED)
    fake.put_escalation(replace(unseen, changed_wall_ns=wall_ns()))
    fake.put_escalation(replace(resolved, changed_wall_ns=wall_ns()))
    qtbot.waitUntil(lambda: sorted(store.shown) == ["1", "2"])
    qtbot.waitUntil(lambda: store.row("1").view.state is EscalationState.RESOLVED)
    later = wall_ns() + 11 * SECOND
    desk.bridge.wall_ns = lambda: later  # and nothing changes any more
    qtbot.waitUntil(lambda: store.shown == ["2"])


def test_a_flood_is_over_without_any_change(fake, open_window, qtbot):
    for n in range(1, 13):
        fake.put_escalation(escalation(n, severity=Severity.WARNING))
    panel = open_window(fake).escalations
    qtbot.waitUntil(panel.flood.isVisible)
    later = panel.bridge.wall_ns() + 11 * 60 * SECOND
    panel.bridge.wall_ns = lambda: later
    qtbot.waitUntil(lambda: not panel.flood.isVisible())
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 12)


def test_a_flood_groups_the_lesser_ones_only(fake, open_window, qtbot):
    for n in range(1, 10):
        fake.put_escalation(
            escalation(n, severity=Severity.WARNING, kind=EscalationKind.HEDGE_PARTIAL)
        )
    for n in range(10, 14):
        fake.put_escalation(escalation(n))
    window = open_window(fake)
    panel = window.escalations
    assert panel.flood.isVisible()
    rows = ["10", "11", "12", "13", "kind:HEDGE_PARTIAL"]
    qtbot.waitUntil(lambda: sorted(panel.table.store.shown) == rows)
    panel.table.view.select_key("kind:HEDGE_PARTIAL")
    assert not panel.action_bar.acknowledge.isEnabled()
    panel.grouped.setChecked(False)
    panel.table.store.let_in()
    qtbot.waitUntil(lambda: len(panel.table.store.shown) == 13)


def test_there_is_no_acknowledge_all():
    names = {b for b in dir(__import__("ui.escalations.actions", fromlist=["x"])) if "All" in b}
    assert names == set()


def test_every_kind_has_its_advice():
    assert set(ADVICE) == set(EscalationKind)


def test_next_alarm_selects_the_most_urgent(full, open_window, qtbot):
    window = open_window(full)
    qtbot.keyClick(window, Qt.Key.Key_F10)
    assert window.escalations.table.view.current_key() == "5"
    assert window.escalations.table.view.hasFocus()
