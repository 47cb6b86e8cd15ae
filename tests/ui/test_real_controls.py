"""Limits, margin, kills of a part, reconciliation, roles and the connection on the real engine."""

import asyncio
from decimal import Decimal as D

import pytest
from PySide6.QtCore import Qt

from engine import CancelGroup, KillScope, Phase, ReloadLimits, Role, SessionState
from engine.broker.fix import open_fix
from engine.core.limits.rules import (
    Available,
    Bound,
    Limits,
    MarginProduct,
    MarginSettings,
    Rule,
    ScanRange,
)
from engine.core.model import Instrument, UserRole
from engine.core.terms import InstrumentKind
from tests.engine.fix.fix_kit import free_port, needs_quickfix
from tests.engine.fix.session_kit import settings, venue

LEFT, CTRL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier

SIZE = Limits((Rule("size", max_order_qty=Bound(D(50), D(80))),), "limits.toml")
WIDER = Limits((Rule("size", max_order_qty=Bound(hard=D(500))),), "limits.toml")


def armed(desk):
    desk.until(lambda: desk.engine.status().phase is Phase.ARMED)
    desk.until(lambda: desk.window.bridge.last_status.phase is Phase.ARMED)
    return desk


def told(desk):
    return [d.verdict.value for d in desk.engine.limit_decisions()]


def with_reason(desk, strip, reason):
    desk.qtbot.keyClicks(strip.reason, reason)
    desk.until(strip.confirm.isEnabled)
    desk.qtbot.keyClick(strip.reason, Qt.Key.Key_Return)
    desk.until(lambda: not strip.pending and not strip.asking)
    return strip.note.text()


def fill_in(desk, group_id, lots):
    window, ticket = desk.window, desk.window.ticket
    window.run("go.ticket")
    ticket.group_id.setText(group_id)
    for leg, symbol, price in zip(ticket.legs, ("P1", "P2"), ("10", "20"), strict=True):
        for name, value in (("quantity", lots), ("symbol", symbol), ("price", price)):
            leg.put(name, value)


def said_of(ticket):
    return " ".join([ticket.wrong.text(), *(leg.wrong.text() for leg in ticket.legs)])


def test_a_refusal_is_lifted_once_and_a_reload_lifts_it_for_all(start):
    desk = armed(start(limits=SIZE, window={"read_limits": lambda: WIDER}))
    window, bar = desk.window, desk.window.limits.action_bar
    fill_in(desk, "G1", "100")
    desk.until(lambda: "over the hard limit 80" in said_of(window.ticket))
    assert told(desk) == [], "what is only typed is no decision"
    window.run("go.limits")
    desk.until(lambda: window.limits.uses.store.row("size/max_order_qty") is not None)
    bar.target.setText("G1")
    desk.until(bar.override.isEnabled)
    desk.qtbot.mouseClick(bar.override, LEFT)
    assert "lifted once" in with_reason(desk, bar.strip, "agreed with the client")
    desk.until(lambda: "G1" in window.limits.words.text())
    window.run("go.ticket")
    desk.until(window.ticket.submit.isEnabled)  # without any further edit
    desk.qtbot.mouseClick(window.ticket.submit, LEFT)
    assert "Taken up" in desk.confirm(window.ticket.strip)
    desk.until(lambda: {"LIFTED", "OVERRIDDEN"} <= set(told(desk)))
    window.run("go.limits")
    desk.until(lambda: len(window.limits.decisions.store.shown) == len(told(desk)))
    desk.qtbot.mouseClick(bar.reload, LEFT)
    assert "rule size: max_order_qty" in with_reason(desk, bar.strip, "new day")
    desk.until(lambda: window.limits.uses.store.row("size/max_order_qty").hard == "500")
    desk.submit("G2", "100")
    assert told(desk)[-1] == "RELOADED", "nothing of G2 met a limit"


def test_a_soft_limit_asks_and_both_steps_are_told(start):
    desk = armed(start(limits=SIZE))
    fill_in(desk, "G1", "60")
    ticket, strip = desk.window.ticket, desk.window.ticket.strip
    desk.until(ticket.submit.isEnabled)
    desk.qtbot.mouseClick(ticket.submit, LEFT)
    desk.until(strip.confirm.isEnabled)
    desk.qtbot.keyClick(strip, Qt.Key.Key_Return)
    desk.until(lambda: "Over a soft limit" in strip.text.text() and strip.confirm.isEnabled())
    assert desk.engine.group("G1") is None
    desk.confirm(strip)
    desk.until(lambda: desk.engine.group("G1") is not None)
    assert list(dict.fromkeys(told(desk))) == ["ASKED", "CONFIRMED"]
    assert {d.user for d in desk.engine.limit_decisions()} == {"vera"}


def test_a_killed_group_counts_down_until_the_broker_has_confirmed(start):
    desk = armed(start())
    desk.submit("G1")
    desk.until(lambda: len(desk.broker.orders) == 1)
    desk.broker.confirm_cancels = False
    window, strip, line = desk.window, desk.window.top.kill_strip, desk.window.top.kill_line
    window.run("search")
    desk.qtbot.keyClicks(window.palette_.field, "kill G1")
    desk.qtbot.keyClick(window.palette_.field, Qt.Key.Key_Return)
    assert "1 cancels asked" in desk.confirm(strip)
    desk.until(lambda: "1 asked, 0 confirmed, 1 unknown" in line.words.text())
    assert line.property("tone") == "critical"
    order = desk.broker.orders[0]
    desk.broker.confirm_cancels = True
    desk.broker.send(desk.broker.cancels[0])
    desk.until(lambda: "1 asked, 1 confirmed, 0 unknown" in line.words.text())
    assert order.cl_ord_id not in desk.broker.open
    window.run("go.kills")
    panel = window.kills
    desk.until(lambda: panel.table.store.row("GROUP/G1") is not None)
    panel.table.view.select_key("GROUP/G1")
    desk.until(panel.release.isEnabled)
    desk.qtbot.mouseClick(panel.release, LEFT)
    with_reason(desk, panel.strip, "was the wrong one")
    desk.until(lambda: desk.engine.kills() == ())
    desk.until(lambda: not line.isVisible())


def test_a_killed_instrument_blocks_its_orders_and_no_others(start):
    desk = armed(start())
    desk.window.top.kill_part(KillScope.INSTRUMENT, "P2")
    desk.confirm(desk.window.top.kill_strip)
    fill_in(desk, "G1", "10")
    why = desk.window.ticket
    desk.until(lambda: "killed P2" in why.wrong.text() + why.submit.why)
    assert desk.broker.orders == []


def test_the_margin_of_the_ticket_is_the_engines(start):
    product = MarginProduct("X", D(50), (ScanRange(0, D(1000)),), price=D(100), volatility=D("0.2"))
    margin = MarginSettings((Available("default", D(15_000)),), (product,))
    future = InstrumentKind.FUTURE
    known = tuple(
        Instrument(symbol, kind=future, underlying="X", multiplier=D(50)) for symbol in ("P1", "P2")
    )
    desk = armed(start(limits=Limits((), "limits.toml", margin=margin), instruments=known))
    box = desk.window.ticket.margin
    fill_in(desk, "G1", "10")
    desk.until(lambda: box.view is not None and box.view.path is not None)
    path = box.view.path
    # Bought and sold alike: nothing at the end, one leg alone on the way.
    assert (path.now, path.end, path.worst) == (0, 0, 10_000)
    assert not box.over.isVisible() and "Available 15,000" in box.figures.text()
    fill_in(desk, "G1", "20")
    desk.until(box.over.isVisible)
    assert box.over.text() == "▲ 5,000 over: it will be refused"
    answer = desk.submit("G1", "20", submitted=False)
    assert "worst-case margin of default would be 20000" in answer


def test_reconciliation_says_clean_with_counts_and_names_a_break(start):
    desk = armed(start())
    desk.submit("G1")
    desk.until(lambda: len(desk.broker.orders) == 1)
    desk.window.run("go.reconciliation")
    panel = desk.window.reconciliation
    desk.qtbot.mouseClick(panel.run_now, LEFT)
    desk.until(lambda: "1 open orders" in panel.result.text())
    assert "Asked by vera" in panel.result.text()
    order = desk.broker.orders[0]
    del desk.broker.open[order.cl_ord_id]  # gone at the broker, and no report of it came
    desk.qtbot.mouseClick(panel.run_now, LEFT)
    desk.until(lambda: "0 open orders" in panel.result.text())
    desk.until(lambda: len(panel.table.store.shown) >= 1)
    row = panel.table.store.row("0")
    assert (row.what, row.key) == ("order", "G1/H1/1")
    assert "not among the broker's open orders" in desk.engine.reconciliation_csv()


def test_the_engine_refuses_what_the_screen_did_not_offer(start):
    people = (UserRole("vera", Role.VIEWER), UserRole("rita", Role.RISK))
    desk = armed(start(roles=people, limits=SIZE))
    assert desk.window.top.who.text() == "vera · viewer"
    for command in (CancelGroup(user="vera", group="G1"), ReloadLimits(user="vera", limits=WIDER)):
        answers = []
        desk.window.bridge.submit(command, answers.append)
        desk.until(lambda a=answers: bool(a))
        assert not answers[0].accepted and "vera is VIEWER" in answers[0].reason
    assert desk.engine.limits().rules == SIZE.rules


# --- over FIX ---------------------------------------------------------------------------------
@pytest.fixture
def exchange(loop, qtbot, tmp_path):
    """The paper exchange as a FIX acceptor on the test's loop; gives its port."""
    port, ended = free_port(), asyncio.Event()
    up = []

    async def serve():
        async with venue(tmp_path, port):
            up.append(True)
            await ended.wait()

    serving = loop.create_task(serve())
    qtbot.waitUntil(lambda: bool(up) or serving.done())
    yield port
    loop.call_soon(ended.set)
    qtbot.waitUntil(serving.done)
    serving.result()


@needs_quickfix
def test_a_fix_session_is_shown_logged_out_and_on_again(start, exchange, tmp_path):
    desk = armed(start(open_fix(settings(tmp_path, exchange))))
    desk.window.run("go.connection")
    panel = desk.window.connection

    def state():
        return desk.engine.connections()[0].session.state

    desk.until(lambda: panel.state.text() == "LOGGED ON · PAPER as DESK, venue paper")

    def names():
        rows = [panel.table.store.row(key) for key in panel.table.store.shown]
        return {row.msg_name for row in rows}

    desk.window.setFocus()
    desk.until(lambda: {"Logon", "OrderMassStatusRequest"} <= names())
    desk.until(lambda: panel.log_out.isEnabled())
    desk.qtbot.mouseClick(panel.log_out, LEFT)
    assert "logout asked" in with_reason(desk, panel.strip, "lunch")
    desk.until(lambda: state() is SessionState.DISCONNECTED)
    desk.until(lambda: panel.state.text().startswith("DISCONNECTED"))
    assert any("Text=lunch" in line.named for line in desk.engine.connection_lines("paper"))
    desk.until(panel.log_on.isEnabled)
    assert panel.cancel_all.why == "not logged on"
    desk.qtbot.mouseClick(panel.log_on, LEFT)
    assert "logon asked" in desk.confirm(panel.strip)
    desk.until(lambda: state() is SessionState.LOGGED_ON)
    desk.until(panel.cancel_all.isEnabled)
    desk.qtbot.mouseClick(panel.cancel_all, LEFT)
    assert "mass cancel" in desk.confirm(panel.strip)
    sent = {line.msg_name for line in desk.engine.connection_lines("paper")}
    assert "OrderMassCancelRequest" in sent
