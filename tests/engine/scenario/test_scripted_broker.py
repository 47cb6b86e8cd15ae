"""The scripted broker's manners, key by key."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from engine.core.decisions import (
    AskExecutions,
    AskOpenOrders,
    AskOrder,
    SendCancel,
    SendOrder,
    SendReplace,
)
from engine.core.events import (
    BrokerEvent,
    CancelRejected,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    OrderNotFound,
)
from engine.core.terms import (
    CxlRejReason,
    ExecType,
    OrdStatus,
    OrdType,
    Purpose,
    Side,
    TimeInForce,
)
from engine.scenario.broker import ScriptedBroker
from engine.scenario.clock import VirtualClock
from engine.scenario.steps import BrokerSettings

D = Decimal
NEW = SendOrder(
    "G1/H1/1", "c1", "default", "ES", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, D(100), D(10),
    Purpose.HEDGE,
)  # fmt: skip
CANCEL = SendCancel("G1/H1/1", 1, "x1", "c1", "O-c1", "default", "ES", Side.BUY, D(100))
REPLACE = SendReplace(
    "G1/H1/1", 1, "x1", "c1", "O-c1", "default", "ES", Side.BUY, OrdType.LIMIT, TimeInForce.DAY,
    D(50), D(11),
)  # fmt: skip


class Link:
    def __init__(self, **settings: object) -> None:
        self.clock = VirtualClock()
        self.got: list[BrokerEvent] = []
        self.sent: list[object] = []
        wanted = replace(BrokerSettings(), **settings)  # type: ignore[arg-type]
        self.broker = ScriptedBroker(wanted, self.clock, self.sent.append)
        self.broker.connect(self.got.append)

    def last(self) -> BrokerEvent:
        return self.got[-1]

    def fill(self, quantity: int, cum: int, **more: object) -> None:
        report = ExecutionReport(
            "c1", f"f{cum}", ExecType.TRADE,
            OrdStatus.FILLED if cum == 100 else OrdStatus.PARTIALLY_FILLED, D(cum), D(100 - cum),
            last_qty=D(quantity), last_px=D(10), server_time_ns=self.broker.server_ns(),
        )  # fmt: skip
        self.broker.report(replace(report, **more))  # type: ignore[arg-type]


def test_ack_auto_and_none() -> None:
    link = Link()
    link.broker.send(NEW)
    (ack,) = link.got
    assert isinstance(ack, ExecutionReport)
    assert (ack.exec_type, ack.ord_status, ack.leaves_qty) == (ExecType.NEW, OrdStatus.NEW, 100)
    assert (ack.order_id, ack.exec_id) == ("O-c1", "ack-c1")
    quiet = Link(ack="none")
    quiet.broker.send(NEW)
    assert quiet.got == []
    assert quiet.sent == [NEW]


def test_a_duplicate_is_refused_with_the_live_status() -> None:
    link = Link()
    link.broker.send(NEW)
    link.fill(60, 60)
    link.broker.send(NEW)
    refusal = link.last()
    assert isinstance(refusal, ExecutionReport)
    assert refusal.exec_type is ExecType.REJECTED
    assert (refusal.ord_status, refusal.cum_qty) == (OrdStatus.PARTIALLY_FILLED, 60)
    assert len(link.broker.orders) == 1
    double = Link(dedup="none")
    double.broker.send(NEW)
    double.broker.send(NEW)
    assert len(double.broker.orders) == 2


def test_cancel_confirmed_keeps_cum_qty() -> None:
    link = Link()
    link.broker.send(NEW)
    link.fill(60, 60)
    link.broker.send(CANCEL)
    done = link.last()
    assert isinstance(done, ExecutionReport)
    assert (done.exec_type, done.cum_qty, done.leaves_qty) == (ExecType.CANCELED, 60, 0)
    assert (done.cl_ord_id, done.orig_cl_ord_id) == ("x1", "c1")
    assert done.avg_px == 10


def test_cancel_refused_unknown_too_late_or_silent() -> None:
    link = Link()
    link.broker.send(CANCEL)
    unknown = link.last()
    assert isinstance(unknown, CancelRejected)
    assert unknown.reason is CxlRejReason.UNKNOWN_ORDER
    link.broker.send(NEW)
    link.fill(100, 100)
    link.broker.send(CANCEL)
    late = link.last()
    assert isinstance(late, CancelRejected)
    assert (late.reason, late.ord_status) == (CxlRejReason.TOO_LATE, OrdStatus.FILLED)
    link.broker.settings = replace(link.broker.settings, cancel="silent")
    count = len(link.got)
    link.broker.send(CANCEL)
    assert len(link.got) == count
    stubborn = Link(cancel="reject")
    stubborn.broker.send(NEW)
    stubborn.broker.send(CANCEL)
    refused = stubborn.last()
    assert isinstance(refused, CancelRejected)
    assert refused.ord_status is OrdStatus.NEW


def test_replace_never_goes_below_cum_qty() -> None:
    link = Link()
    link.broker.send(NEW)
    link.broker.send(REPLACE)
    done = link.last()
    assert isinstance(done, ExecutionReport)
    assert (done.exec_type, done.order_qty, done.price) == (ExecType.REPLACED, 50, 11)
    other = Link()
    other.broker.send(NEW)
    other.fill(60, 60)
    other.broker.send(REPLACE)
    filled = other.last()
    assert isinstance(filled, ExecutionReport)
    assert (filled.ord_status, filled.order_qty, filled.leaves_qty) == (OrdStatus.FILLED, 60, 0)


def test_questions_are_answered_from_the_truth() -> None:
    link = Link(ack="none")
    link.broker.ask(AskOrder("q0", "c1", "", "ES", Side.BUY))
    assert link.last() == OrderNotFound("c1", "q0", link.broker.server_ns())
    link.broker.send(NEW)
    link.broker.ask(AskOrder("q1", "c1", "", "ES", Side.BUY))
    pending = link.last()
    assert isinstance(pending, ExecutionReport)
    assert (pending.ord_status, pending.exec_id, pending.query_id) == (
        OrdStatus.PENDING_NEW, "0", "q1",
    )  # fmt: skip
    link.fill(60, 60)
    link.broker.ask(AskOpenOrders("q2"))
    listed = link.last()
    assert isinstance(listed, OpenOrdersListed)
    assert [order.cum_qty for order in listed.orders] == [60]
    assert listed.complete
    link.broker.ask(AskExecutions("q3", None))
    done = link.last()
    assert isinstance(done, ExecutionsListed)
    assert [each.exec_id for each in done.executions] == ["f60"]
    link.broker.ask(AskExecutions("q4", (link.broker.server_ns() or 0) + 1))
    none = link.last()
    assert isinstance(none, ExecutionsListed)
    assert none.executions == ()


def test_not_found_and_silent() -> None:
    link = Link(query="not_found", list_complete=False)
    link.broker.send(NEW)
    link.fill(60, 60)
    link.broker.ask(AskOrder("q1", "c1", "", "ES", Side.BUY))
    assert isinstance(link.last(), OrderNotFound)
    link.broker.ask(AskOpenOrders("q2"))
    listed = link.last()
    assert isinstance(listed, OpenOrdersListed)
    assert (listed.orders, listed.complete) == ((), False)
    link.broker.ask(AskExecutions("q3", None))
    executions = link.last()
    assert isinstance(executions, ExecutionsListed)
    assert executions.executions == ()
    link.broker.settings = replace(link.broker.settings, query="silent")
    count = len(link.got)
    for question in (AskOpenOrders("q4"), AskExecutions("q5", None)):
        link.broker.ask(question)
    assert len(link.got) == count


def test_old_news_does_not_change_the_book() -> None:
    link = Link()
    link.broker.send(NEW)
    link.fill(60, 60)
    link.fill(100, 100, exec_id="late", cum_qty=D(40), ord_status=OrdStatus.PARTIALLY_FILLED)
    link.fill(5, 99, poss_dup=True)
    (order,) = link.broker.orders
    assert (order.cum_qty, order.ord_status) == (60, OrdStatus.PARTIALLY_FILLED)
    link.fill(
        60, 60, exec_id="bust", exec_type=ExecType.TRADE_CANCEL, cum_qty=D(0), leaves_qty=D(100)
    )
    assert order.cum_qty == 0


def test_server_time_runs_with_its_skew_or_not_at_all() -> None:
    link = Link(skew_s=D("1.5"))
    link.clock.advance_to(2_000_000_000)
    link.clock.jump(-(10**12))
    assert link.broker.server_ns() == link.clock.start_wall_ns + 3_500_000_000
    assert link.broker.server_ns(D(7)) == link.clock.start_wall_ns + 7_000_000_000
    assert Link(server_time=False).broker.server_ns(D(7)) is None


def test_while_the_engine_is_down_reports_are_lost_and_the_truth_stays() -> None:
    link = Link()
    link.broker.send(NEW)
    link.broker.disconnect()
    link.fill(60, 60)
    assert len(link.got) == 1
    assert link.broker.orders[0].cum_qty == 60
