"""The numbered cases. Each is a sentence that holds for every adapter.

Owns: the cases. May not: know an adapter. A case gets a ``Stage``: it opens the venue, connects
and listens. Numbers are for good: a case that is dropped leaves its number free.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import pytest

from engine.broker.port import NotSent
from engine.core.decisions import AskExecutions, AskOpenOrders, AskPositions, Question
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    CancelRejected,
    ExecutionReport,
    ExecutionsListed,
    HeartbeatReceived,
    OpenOrdersListed,
    OrderHandedOver,
    OrderNotFound,
    PositionClaim,
    PositionsListed,
    QueryFailed,
    QuoteChanged,
    SendFailed,
)
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, TimeInForce
from tests.acceptance.stage import Life, Stage
from tests.acceptance.venues import SYMBOL
from tests.engine.broker.paper_kit import ask_order, cancel, order, replace

Run = Callable[[Stage], Awaitable[None]]
TRADES = (ExecType.TRADE,)
FAR = "0.05"
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its number, what holds, and how it is shown."""

    number: int
    holds: str
    run: Run


CASES: list[Case] = []


def case(number: int, holds: str) -> Callable[[Run], Run]:
    def add(run: Run) -> Run:
        assert all(each.number != number for each in CASES), f"case {number} twice"
        CASES.append(Case(number, holds, run))
        return run

    return add


def filled(life: Life, cl_ord_id: str) -> bool:
    return any(
        r.cl_ord_id == cl_ord_id and r.ord_status is OrdStatus.FILLED for r in life.ear.reports()
    )


async def answer(life: Life, question: Question, kind: type[Answer]) -> Answer:
    life.broker.ask(question)

    def given() -> list[Answer]:
        return [
            e
            for e in life.ear.heard
            if isinstance(e, kind) and getattr(e, "query_id", None) == question.query_id
        ]

    await life.ear.until(lambda: bool(given()))
    return given()[0]


# -- the link ------------------------------------------------------------------------------


@case(1, "BrokerConnected comes first")
async def connected_first(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        assert isinstance(life.ear.heard[0], BrokerConnected)


@case(2, "without a link an order is NotSent, and it does not arrive later")
async def not_sent_is_certain(stage: Stage) -> None:
    async with stage.life() as life:
        with pytest.raises(NotSent):
            life.broker.send(order("early", symbol=SYMBOL))
        async with stage.venue():
            await life.ear.until_heard(BrokerConnected)
            found = await answer(life, ask_order("early", "q1"), OrderNotFound)
            assert found.cl_ord_id == "early"


@case(3, "without a link a question fails as QueryFailed, never as absence")
async def question_without_link(stage: Stage) -> None:
    async with stage.life() as life:
        failed = await answer(life, ask_order("c1", "q1"), QueryFailed)
        assert failed.cl_ord_id == "c1"
        assert life.ear.of(OrderNotFound) == []


@case(4, "a lost link is told, and a new one is told as BrokerConnected")
async def link_lost_and_found(stage: Stage) -> None:
    async with stage.life() as life:
        for count in (1, 2):
            async with stage.venue():
                await life.ear.until_heard(BrokerConnected, count)
            await life.ear.until(
                lambda: isinstance(stage.last_link_event(life), BrokerDisconnected)
            )


@case(5, "time moves while nothing happens: heartbeats carry the venue's clock")
async def time_moves(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(HeartbeatReceived, 3)
        stamps = [e.server_time_ns for e in life.ear.of(HeartbeatReceived)]
        known = [stamp for stamp in stamps if stamp is not None]
        assert len(known) == len(stamps) and known == sorted(known) and known[-1] > known[0]


@case(6, "quotes come with a time, and a side without a quote has size 0")
async def quotes(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(QuoteChanged, 3)
        for quote in life.ear.of(QuoteChanged):
            assert quote.server_time_ns is not None
            assert (quote.bid is None) == (quote.bid_size == 0)


# -- orders --------------------------------------------------------------------------------


@case(10, "an order is acknowledged and filled, with ids, quantities and a time")
async def order_filled(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", qty=3, symbol=SYMBOL))
        await life.ear.until(lambda: filled(life, "c1"))
        first, *_, last = life.ear.reports()
        assert (first.exec_type, first.cum_qty) == (ExecType.NEW, 0)
        assert (last.cum_qty, last.leaves_qty) == (3, 0)
        for report in life.ear.reports():
            assert report.order_id and report.exec_id and report.server_time_ns is not None
            assert report.cl_ord_id == "c1" and report.symbol == SYMBOL and report.raw


@case(11, "CumQty is a total, never an increment: it is the sum of LastQty (field case 20)")
async def cum_is_total(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", qty=150, symbol=SYMBOL))
        await life.ear.until(lambda: filled(life, "c1"))
        total = Decimal(0)
        for report in life.ear.reports():
            if report.exec_type in TRADES:
                assert report.last_qty is not None
                total += report.last_qty
                assert report.cum_qty == total and report.leaves_qty == 150 - total
        assert total == 150


@case(12, "ExecIDs are unique, and only status answers have none")
async def exec_ids_unique(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        for number in range(3):
            life.broker.send(order(f"c{number}", qty=40, symbol=SYMBOL))
        await life.ear.until(lambda: all(filled(life, f"c{n}") for n in range(3)))
        ids = [r.exec_id for r in life.ear.reports()]
        assert len(set(ids)) == len(ids) and not {"", "0"} & set(ids)


@case(13, "what the venue refuses is REJECTED with its reason")
async def rejected(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", symbol="NO-SUCH-THING"))
        await life.ear.until_heard(ExecutionReport)
        (report,) = life.ear.reports()
        assert (report.exec_type, report.ord_status) == (ExecType.REJECTED, OrdStatus.REJECTED)
        assert report.cum_qty == report.leaves_qty == 0 and report.text


@case(14, "a second order with the ClOrdID is refused, as the traits say, and proves the first")
async def duplicate_refused(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        assert life.broker.traits.rejects_duplicates
        life.broker.send(order("c1", px=FAR, symbol=SYMBOL))
        await life.ear.until_heard(ExecutionReport)
        life.broker.send(order("c1", px=FAR, symbol=SYMBOL))
        await life.ear.until_heard(ExecutionReport, 2)
        report = life.ear.reports()[1]
        assert (report.exec_type, report.ord_status) == (ExecType.REJECTED, OrdStatus.NEW)


@case(15, "IOC leaves nothing behind")
async def ioc(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(QuoteChanged)
        life.broker.send(order("c1", px=FAR, tif=TimeInForce.IOC, symbol=SYMBOL))
        await life.ear.until_heard(ExecutionReport, 2)
        assert life.ear.reports()[-1].ord_status is OrdStatus.CANCELED


@case(16, "many orders at once: each is answered, reports of one order stay in order")
async def many_at_once(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        for number in range(200):
            life.broker.send(order(f"c{number}", qty=1, px=FAR, symbol=SYMBOL))
        await life.ear.until_heard(ExecutionReport, 200)
        assert [r.cl_ord_id for r in life.ear.reports()] == [f"c{n}" for n in range(200)]


@case(17, "what is reported of an order is what was sent: symbol, side, quantity, price, account")
async def reported_as_sent(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        sent = order("c1", qty=7, px="0.1", symbol=SYMBOL, tif=TimeInForce.GTC)
        life.broker.send(sent)
        await life.ear.until_heard(ExecutionReport)
        said = life.ear.reports()[0]
        assert (said.symbol, said.side, said.order_qty, said.price, said.account) == (
            sent.symbol, sent.side, sent.quantity, sent.price, sent.account,
        )  # fmt: skip


# -- cancel and replace --------------------------------------------------------------------


@case(20, "a cancel is confirmed under its own ClOrdID, with the order's as OrigClOrdID")
async def cancel_confirmed(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", px=FAR, symbol=SYMBOL))
        life.broker.send(cancel("x1", "c1"))
        await life.ear.until_heard(ExecutionReport, 2)
        report = life.ear.reports()[-1]
        assert (report.exec_type, report.ord_status) == (ExecType.CANCELED, OrdStatus.CANCELED)
        assert (report.cl_ord_id, report.orig_cl_ord_id, report.leaves_qty) == ("x1", "c1", 0)


@case(21, "a cancel that comes too late is refused as TOO_LATE")
async def cancel_too_late(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", qty=1, symbol=SYMBOL))
        await life.ear.until(lambda: filled(life, "c1"))
        life.broker.send(cancel("x1", "c1"))
        await life.ear.until_heard(CancelRejected)
        (reject,) = life.ear.of(CancelRejected)
        assert (reject.reason, reject.ord_status) == (CxlRejReason.TOO_LATE, OrdStatus.FILLED)
        assert (reject.cl_ord_id, reject.orig_cl_ord_id) == ("x1", "c1")


@case(22, "a cancel of an unknown order is refused as UNKNOWN_ORDER")
async def cancel_unknown(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(cancel("x1", "never"))
        await life.ear.until_heard(CancelRejected)
        assert life.ear.of(CancelRejected)[0].reason is CxlRejReason.UNKNOWN_ORDER


@case(23, "a replace is confirmed; a cancel then goes by the new ClOrdID")
async def replaced(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", qty=5, px=FAR, symbol=SYMBOL))
        life.broker.send(replace("r1", "c1", 7, "0.1"))
        life.broker.send(cancel("x1", "r1"))
        await life.ear.until_heard(ExecutionReport, 3)
        _, changed, ended = life.ear.reports()
        assert (changed.exec_type, changed.order_qty, changed.price) == (
            ExecType.REPLACED, 7, Decimal("0.1"),
        )  # fmt: skip
        assert (changed.cl_ord_id, changed.orig_cl_ord_id) == ("r1", "c1")
        assert ended.ord_status is OrdStatus.CANCELED


@case(24, "a replace that comes too late, or of an unknown order, is refused and changes nothing")
async def replace_refused(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", px=FAR, symbol=SYMBOL))
        life.broker.send(cancel("x1", "c1"))
        life.broker.send(replace("r1", "c1", 700, "0.1"))
        life.broker.send(replace("r2", "never", 700, "0.1"))
        await life.ear.until_heard(CancelRejected, 2)
        refused = {each.cl_ord_id: each.reason for each in life.ear.of(CancelRejected)}
        assert refused == {"r1": CxlRejReason.TOO_LATE, "r2": CxlRejReason.UNKNOWN_ORDER}
        report = await answer(life, ask_order("c1", "q1"), ExecutionReport)
        assert (report.ord_status, report.leaves_qty) == (OrdStatus.CANCELED, 0)


@case(25, "a cancel beside the loop, where there is a way, is confirmed like any other")
async def canceled_beside_the_loop(stage: Stage) -> None:
    async with stage.life() as life:
        directly = getattr(life.broker, "cancel_directly", None)
        if directly is None:
            return
        (told,) = await asyncio.to_thread(directly, [cancel("x0", "c0")])
        assert isinstance(told, SendFailed) and not told.left, "no link: nothing left"
        async with stage.venue():
            await life.ear.until_heard(BrokerConnected)
            for number in range(20):
                life.broker.send(order(f"c{number}", px=FAR, symbol=SYMBOL))
            await life.ear.until_heard(ExecutionReport, 20)
            wanted = [cancel(f"x{number}", f"c{number}") for number in range(1, 20)]
            told = await asyncio.to_thread(directly, wanted)
            assert told == [OrderHandedOver(each.cl_ord_id) for each in wanted]
            await life.ear.until_heard(ExecutionReport, 39)
            ended = [r.cl_ord_id for r in life.ear.reports() if r.exec_type is ExecType.CANCELED]
            assert ended == [each.cl_ord_id for each in wanted]


# -- questions -----------------------------------------------------------------------------


@case(30, "an order's state is answered with the question's id, and has no ExecID of its own")
async def status_answered(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", qty=4, px=FAR, symbol=SYMBOL))
        report = await answer(life, ask_order("c1", "q1"), ExecutionReport)
        assert (report.exec_type, report.ord_status) == (ExecType.ORDER_STATUS, OrdStatus.NEW)
        assert report.exec_id in ("", "0") and report.leaves_qty == 4


@case(31, "an unknown order is answered OrderNotFound")
async def unknown_order(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        found = await answer(life, ask_order("never", "q1"), OrderNotFound)
        assert found.cl_ord_id == "never" and found.server_time_ns is not None


@case(32, "the list of open orders is whole and proven, also when it is empty")
async def open_orders(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        empty = await answer(life, AskOpenOrders("q1"), OpenOrdersListed)
        assert empty.complete and empty.orders == ()
        for number in range(5):
            life.broker.send(order(f"c{number}", px=FAR, symbol=SYMBOL))
        listed = await answer(life, AskOpenOrders("q2"), OpenOrdersListed)
        assert listed.complete
        assert sorted(o.cl_ord_id for o in listed.orders) == [f"c{n}" for n in range(5)]


@case(33, "executions since an instant are whole, and the same as on the stream")
async def executions_since(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        for number in range(2):
            life.broker.send(order(f"c{number}", qty=60, symbol=SYMBOL))
            await life.ear.until(lambda n=number: filled(life, f"c{n}"))
        fills = [r for r in life.ear.reports() if r.exec_type in TRADES]
        everything = await answer(life, AskExecutions("q1", None), ExecutionsListed)
        assert everything.complete
        assert [brief(e) for e in everything.executions] == [brief(r) for r in fills]
        since = fills[-1].server_time_ns
        later = await answer(life, AskExecutions("q2", since), ExecutionsListed)
        wanted = [brief(r) for r in fills if (r.server_time_ns or 0) >= (since or 0)]
        assert [brief(e) for e in later.executions] == wanted


def brief(report: ExecutionReport) -> tuple[object, ...]:
    return (
        report.exec_id, report.order_id, report.last_qty, report.last_px, report.cum_qty,
        report.leaves_qty, report.side, report.symbol, report.account,
    )  # fmt: skip


@case(34, "questions under way when the link breaks have failed")
async def open_questions_fail(stage: Stage) -> None:
    async with stage.life() as life:
        async with stage.venue():
            await life.ear.until_heard(BrokerConnected)
            for number in range(20):
                life.broker.ask(AskOpenOrders(f"q{number}"))
        await life.ear.until_heard(BrokerDisconnected)
        ended = {e.query_id for e in life.ear.of(QueryFailed) + life.ear.of(OpenOrdersListed)}  # type: ignore[operator]
        assert ended == {f"q{n}" for n in range(20)}


@case(35, "positions are what the executions come to, where the venue tells them; else it fails")
async def positions_told(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        if not life.broker.traits.tells_positions:
            await answer(life, AskPositions("q0"), QueryFailed)
            return
        for number in range(2):
            life.broker.send(order(f"c{number}", qty=6, symbol=SYMBOL))
            await life.ear.until(lambda n=number: filled(life, f"c{n}"))
        listed = await answer(life, AskPositions("q1"), PositionsListed)
        account = life.ear.reports()[0].account
        assert listed.complete
        assert listed.positions == (PositionClaim(account, SYMBOL, Decimal(12)),)


@case(36, "many questions at once: each is answered once, under its own id")
async def many_questions(stage: Stage) -> None:
    async with stage.venue(), stage.life() as life:
        await life.ear.until_heard(BrokerConnected)
        life.broker.send(order("c1", px=FAR, symbol=SYMBOL))
        await life.ear.until_heard(ExecutionReport)
        for number in range(50):
            life.broker.ask(ask_order("c1" if number % 2 else "never", f"q{number}"))

        def answered() -> list[str]:
            both = [*life.ear.of(OrderNotFound), *life.ear.reports()]
            return [each.query_id for each in both if each.query_id]

        await life.ear.until(lambda: len(answered()) >= 50)
        life.broker.ask(AskOpenOrders("last"))
        await life.ear.until_heard(OpenOrdersListed)
        assert sorted(answered()) == sorted(f"q{n}" for n in range(50))
        unknown = {each.query_id for each in life.ear.of(OrderNotFound)}
        assert unknown == {f"q{n}" for n in range(0, 50, 2)}


# -- lives ---------------------------------------------------------------------------------


@case(40, "what happened while no desk was there can be asked for in the next life")
async def next_life(stage: Stage) -> None:
    async with stage.venue():
        async with stage.life() as life:
            await life.ear.until_heard(BrokerConnected)
            life.broker.send(order("c1", qty=200, tif=TimeInForce.GTC, symbol=SYMBOL))
            await life.ear.until_heard(ExecutionReport)
        await asyncio.sleep(0.5)
        async with stage.life() as life:
            await life.ear.until_heard(BrokerConnected)
            report = await answer(life, ask_order("c1", "q1"), ExecutionReport)
            listed = await answer(life, AskExecutions("q2", None), ExecutionsListed)
            booked = sum((e.last_qty or Decimal(0) for e in listed.executions), Decimal(0))
            assert listed.complete and booked >= report.cum_qty


@case(41, "the venue forgets nothing over its own restart: ClOrdIDs, orders, executions")
async def venue_restart(stage: Stage) -> None:
    async with stage.life() as life:
        async with stage.venue():
            await life.ear.until_heard(BrokerConnected)
            life.broker.send(order("rests", px=FAR, tif=TimeInForce.GTC, symbol=SYMBOL))
            life.broker.send(order("done", qty=2, symbol=SYMBOL))
            await life.ear.until(lambda: filled(life, "done"))
        async with stage.venue():
            await life.ear.until_heard(BrokerConnected, 2)
            listed = await answer(life, AskOpenOrders("q1"), OpenOrdersListed)
            assert [o.cl_ord_id for o in listed.orders] == ["rests"] and listed.complete
            done = await answer(life, ask_order("done", "q2"), ExecutionReport)
            assert done.ord_status is OrdStatus.FILLED


@case(42, "a report is never told twice as if it were new: a repeat has the same ExecID")
async def repeats_keep_their_id(stage: Stage) -> None:
    heard: list[tuple[str, Decimal]] = []
    async with stage.venue():
        for number in range(3):
            async with stage.life() as life:
                await life.ear.until_heard(BrokerConnected)
                life.broker.send(order(f"c{number}", qty=20, symbol=SYMBOL))
                await life.ear.until(lambda n=number: filled(life, f"c{n}"))
                heard += [(r.exec_id, r.cum_qty) for r in life.ear.reports()]
        by_id: dict[str, Decimal] = {}
        for exec_id, cum_qty in heard:
            assert by_id.setdefault(exec_id, cum_qty) == cum_qty
