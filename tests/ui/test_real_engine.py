"""The screen on the real engine: its core, its store on disk, and a broker under control."""

from decimal import Decimal as D

import pytest
from PySide6.QtCore import Qt

from engine import EscalationState, OrdStatus, Phase, Resolution
from engine.core.terms import ExecType
from tests.ui.scripted_broker import ScriptedBroker

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(start):
    made = start()
    made.until(lambda: made.engine.status().phase is Phase.ARMED)
    made.until(lambda: made.window.bridge.last_status.phase is Phase.ARMED)
    return made


def test_a_group_from_the_ticket_to_its_end(desk):
    desk.submit()
    desk.until(lambda: len(desk.broker.orders) == 1)
    desk.broker.fill(0, 100)
    desk.until(lambda: len(desk.broker.orders) == 2)
    rows = desk.window.groups.table.store
    desk.until(lambda: (r := rows.row("G1")) and r.lifecycle == "RISK_SUBMITTED")
    desk.broker.fill(1, 100, "20")
    desk.until(lambda: desk.engine.group("G1").lifecycle == "COMPLETED")
    desk.until(lambda: desk.window.groups.tabs.tabText(2) == "Done 1")
    desk.window.show_group("G1")
    desk.until(lambda: desk.window.detail.tabs.tabText(1) == "Executions 2")
    assert desk.window.detail.timeline.widget._marks


def test_a_refused_group_says_so_in_the_ticket(desk):
    desk.submit()
    answer = None
    window, ticket = desk.window, desk.window.ticket
    desk.qtbot.keyClick(window, Qt.Key.Key_F9)
    desk.qtbot.keyClicks(ticket.group_id, "G1")
    for leg, symbol, price in zip(ticket.legs, ("P1", "P2"), ("10", "20"), strict=True):
        for name, value in (("quantity", "5"), ("symbol", symbol), ("price", price)):
            leg.put(name, value)
    desk.until(lambda: "G1" in ticket.wrong.text() or "group" in ticket.wrong.text().lower())
    assert not ticket.submit.isEnabled(), answer


def test_cancel_group_asked_is_not_done(desk):
    desk.broker.confirm_cancels = False
    desk.submit()
    desk.until(lambda: len(desk.broker.orders) == 1)
    desk.window.show_group("G1")
    desk.qtbot.mouseClick(desk.window.groups.action_bar.cancel, LEFT)
    assert "Taken up" in desk.confirm(desk.window.groups.strip)
    desk.until(lambda: len(desk.broker.cancels) == 1)
    orders = desk.window.detail.orders
    desk.until(lambda: bool(orders.store.shown))
    key = orders.store.shown[0]
    status = [c.key for c in orders.store.columns].index("status")

    def words():
        at = orders.store.at(key)
        item = None if at is None else orders.store.model.item(at, status)
        return "" if item is None else item.text()

    desk.until(lambda: words().startswith("cancel asked"))
    assert words().endswith("may still fill")
    desk.broker.confirm_cancels = True
    order = desk.broker.orders[0]
    desk.broker.open.pop(order.cl_ord_id)
    desk.broker.report(
        order,
        ExecType.CANCELED,
        OrdStatus.CANCELED,
        leaves=D(0),
        request=desk.broker.cancels[0].cl_ord_id,
    )
    desk.until(lambda: words() == "canceled")
    desk.until(lambda: desk.engine.group("G1").closed)


def test_cancel_one_order_by_keyboard(desk):
    desk.submit()
    desk.until(lambda: len(desk.broker.orders) == 1)
    desk.window.show_group("G1")
    orders = desk.window.detail.orders
    desk.until(lambda: bool(orders.store.shown))
    orders.view.select_key(orders.store.shown[0])
    orders.view.setFocus()
    desk.qtbot.keyClick(orders.view, Qt.Key.Key_Delete, CTRL)
    assert "Taken up" in desk.confirm(desk.window.detail.action_bar.strip)
    desk.until(lambda: len(desk.broker.cancels) == 1)


def test_acknowledge_is_taken_and_stays_standing(desk):
    number = desk.short_of_hedge()
    actions = desk.window.escalations.action_bar
    desk.qtbot.keyClicks(actions.comment, "calling the broker")
    desk.qtbot.keyClick(actions.comment, Qt.Key.Key_Return)
    desk.until(lambda: desk.engine.escalation(number).state is EscalationState.ACKNOWLEDGED)
    seen = desk.engine.escalation(number).acknowledgements[-1]
    assert (seen.user, seen.comment, seen.unfilled_qty) == ("vera", "calling the broker", D(40))
    desk.until(lambda: str(number) in desk.window.escalations.table.store.shown)


def test_a_stale_acknowledgement_is_refused_by_the_engine(desk, monkeypatch):
    number = desk.short_of_hedge()
    actions = desk.window.escalations.action_bar
    desk.qtbot.keyClicks(actions.comment, "seen")
    before = desk.engine.escalation(number)
    # The screen stands still while the exposure shrinks; what the trader saw is old.
    monkeypatch.setattr(desk.window.frame, "wake", lambda: None)
    desk.window.frame.stop()
    desk.broker.fill(-1, 10)
    desk.until(lambda: desk.engine.escalation(number).unfilled_qty != before.unfilled_qty)
    assert actions.acknowledge.isEnabled()
    desk.qtbot.mouseClick(actions.acknowledge, LEFT)
    desk.until(lambda: actions.strip.note.text().startswith("Refused"))
    assert "40" in actions.strip.note.text()
    assert "30" in actions.strip.note.text()
    assert desk.engine.escalation(number).state is EscalationState.UNACKNOWLEDGED


def test_hedge_by_hand_until_the_broker_proves_it(desk):
    number = desk.short_of_hedge()
    actions = desk.window.escalations.action_bar
    assert actions.hedge.quantity.text() == "40"
    sent = len(desk.broker.orders)
    desk.qtbot.mouseClick(actions.hedge.button, LEFT)
    desk.qtbot.mouseDClick(actions.hedge.button, LEFT)
    assert "Taken up" in desk.confirm(actions.strip)
    desk.until(lambda: len(desk.broker.orders) == sent + 1)
    hedge = desk.broker.orders[-1]
    assert (hedge.quantity, hedge.symbol, hedge.side.value) == (D(40), "P1", "BUY")
    desk.broker.fill(-1, 40)
    desk.until(lambda: desk.engine.escalation(number).unfilled_qty == 0)
    assert len(desk.broker.orders) >= sent + 1


def test_a_fill_while_confirming_refuses_the_hedge(desk):
    desk.short_of_hedge()
    actions = desk.window.escalations.action_bar
    sent = len(desk.broker.orders)
    desk.qtbot.mouseClick(actions.hedge.button, LEFT)
    desk.broker.fill(-1, 10)
    desk.until(lambda: not actions.strip.asking)
    assert "was 40, now 30" in actions.strip.text.text()
    assert len(desk.broker.orders) == sent


def test_a_resent_execution_is_explained(desk):
    desk.submit()
    desk.until(lambda: len(desk.broker.orders) == 1)
    exec_id = desk.broker.fill(0, 60)
    desk.broker.cum[desk.broker.orders[0].cl_ord_id] = D(0)
    desk.broker.fill(0, 20, exec_id=exec_id)  # the same id, another content
    window = desk.window
    desk.qtbot.keyClick(window, Qt.Key.Key_F6)
    panel = window.rejected
    desk.until(lambda: bool(panel.events.store.shown) or bool(desk.engine.rejected()))
    panel.events.store.let_in()
    desk.until(lambda: bool(panel.events.store.shown))
    key = panel.events.store.shown[0]
    panel.events.view.select_key(key)
    desk.qtbot.keyClicks(panel.comment, "the broker's resend")
    desk.qtbot.mouseClick(panel.explain, LEFT)
    desk.until(lambda: desk.engine.rejected_event(int(key)).explained_by == "vera")


def test_an_orphan_is_resolved_and_the_desk_armed(start):
    broker = ScriptedBroker()
    broker.ack = False
    first = start(broker)
    first.until(lambda: first.window.bridge.last_status.phase is Phase.ARMED)
    first.submit()
    first.until(lambda: len(broker.orders) == 1)
    first.window.close()
    first.stop()

    second = start(ScriptedBroker())
    panel = second.window.orphans
    second.until(lambda: second.engine.status().phase is Phase.RESOLVING)
    second.until(panel.isVisible)
    second.until(lambda: bool(panel.table.store.shown))
    key = panel.table.store.shown[0]
    second.until(lambda: Resolution.MARK_NEVER_SENT in (second.engine.orphan(key).offered))
    rows, orphan = panel.table.store, second.engine.orphan
    second.until(lambda: (r := rows.row(key)) and r.offered == orphan(key).offered)
    panel.table.view.select_key(key)
    second.until(panel.action_bar.buttons[Resolution.MARK_NEVER_SENT].isVisible)
    panel.action_bar.reason.setText("the broker has never seen it")
    second.qtbot.mouseClick(panel.action_bar.buttons[Resolution.MARK_NEVER_SENT], LEFT)
    assert "Taken up" in second.confirm(panel.action_bar.strip)
    resolved = second.engine.orphan(key)
    assert resolved is None or resolved.resolution is Resolution.MARK_NEVER_SENT
    if second.engine.status().phase is not Phase.ARMED:
        second.until(panel.arm.isEnabled)
        second.qtbot.mouseClick(panel.arm, LEFT)
        second.confirm(panel.action_bar.strip)
    second.until(lambda: second.engine.status().phase is Phase.ARMED)


def test_kill_and_its_release(desk):
    desk.submit()
    desk.until(lambda: len(desk.broker.orders) == 1)
    desk.qtbot.mouseClick(desk.window.glance.kill, LEFT)
    desk.confirm(desk.window.top.kill_strip)
    desk.until(lambda: desk.engine.status().phase is Phase.KILLED)
    desk.until(lambda: len(desk.broker.cancels) == 1)
    desk.until(lambda: desk.window.glance.kill.text() == "Release kill…")
    desk.qtbot.mouseClick(desk.window.glance.kill, LEFT)
    strip = desk.window.top.kill_strip
    desk.qtbot.keyClicks(strip.reason, "test is over")
    desk.until(strip.confirm.isEnabled)
    desk.qtbot.keyClick(strip.reason, Qt.Key.Key_Return)
    desk.until(lambda: desk.engine.status().phase is not Phase.KILLED)
