"""Whatever is sent, whatever the quotes do: what must hold of every fill."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.broker.paper.exchange import Exchange
from engine.core.decisions import AskExecutions, SendOrder
from engine.core.events import BrokerEvent, ExecutionReport, ExecutionsListed, QuoteChanged
from engine.core.terms import ExecType, OrdStatus, Side, TimeInForce
from tests.engine.broker.paper_kit import (
    NOW,
    SYMBOL,
    ask_order,
    cancel,
    exchange,
    order,
    quote,
    replace,
)

TICK = Decimal("0.25")
DEPTH = 2


@st.composite
def quotes(draw: st.DrawFn) -> QuoteChanged:
    bid = 20 + draw(st.integers(0, 8))
    ask = bid + draw(st.integers(0, 4))
    sides = draw(st.sampled_from(["both", "bid", "ask"]))
    return quote(
        None if sides == "ask" else str(bid * TICK),
        draw(st.integers(1, 6)),
        None if sides == "bid" else str(ask * TICK),
        draw(st.integers(1, 6)),
    )


@st.composite
def orders(draw: st.DrawFn) -> SendOrder:
    px = draw(st.none() | st.integers(18, 34).map(lambda n: str(n * TICK)))
    stop = draw(st.none() | st.integers(18, 34).map(lambda n: str(n * TICK))) if px else None
    return order(
        f"c{draw(st.integers(0, 30))}",
        draw(st.sampled_from(Side)),
        draw(st.integers(1, 25)),
        px,
        stop=stop,
        tif=draw(st.sampled_from(TimeInForce)),
    )


steps = st.lists(
    quotes()
    | orders()
    | st.tuples(st.just("cancel"), st.integers(0, 30))
    | st.tuples(st.just("replace"), st.integers(0, 30), st.integers(1, 30)),
    max_size=40,
)


class Judge:
    """A second, naive book-keeping over what the exchange says."""

    def __init__(self) -> None:
        self.sent: dict[str, SendOrder] = {}
        self.quote: QuoteChanged | None = None
        self.taken: dict[tuple[Side, Decimal], Decimal] = defaultdict(Decimal)
        self.cum: dict[str, Decimal] = defaultdict(Decimal)
        self.notional: dict[str, Decimal] = defaultdict(Decimal)
        self.exec_ids: set[str] = set()

    def see_quote(self, new: QuoteChanged) -> None:
        self.quote = new
        self.taken.clear()

    def see(self, events: list[BrokerEvent], prices: dict[str, Decimal | None]) -> None:
        for report in events:
            if not isinstance(report, ExecutionReport):
                continue
            assert report.exec_id not in self.exec_ids
            self.exec_ids.add(report.exec_id)
            assert report.order_qty is not None and report.cum_qty <= report.order_qty
            done = report.ord_status not in (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED)
            assert report.leaves_qty == (0 if done else report.order_qty - report.cum_qty)
            if report.exec_type is ExecType.TRADE:
                self.see_fill(report, prices)

    def see_fill(self, report: ExecutionReport, prices: dict[str, Decimal | None]) -> None:
        assert self.quote is not None and report.side is not None
        assert report.last_qty is not None and report.last_px is not None
        buys = report.side is Side.BUY
        touch = self.quote.ask if buys else self.quote.bid
        size = self.quote.ask_size if buys else self.quote.bid_size
        assert touch is not None, "a fill on a side without a quote"
        worse = (report.last_px - touch) if buys else (touch - report.last_px)
        assert 0 <= worse <= DEPTH * TICK, "a fill outside the book of its moment"
        limit = prices[report.order_id]
        if limit is not None:
            assert report.last_px <= limit if buys else report.last_px >= limit
        level = (report.side, report.last_px)
        self.taken[level] += report.last_qty
        assert self.taken[level] <= size, "more taken than displayed"
        self.cum[report.order_id] += report.last_qty
        self.notional[report.order_id] += report.last_qty * report.last_px
        assert self.cum[report.order_id] == report.cum_qty
        average = self.notional[report.order_id] / report.cum_qty
        assert report.avg_px is not None and abs(report.avg_px - average) <= Decimal("1e-10")


def play(market: Exchange, judge: Judge, number: int, step: object) -> None:
    now = NOW + number
    prices: dict[str, Decimal | None] = {}

    def limits() -> dict[str, Decimal | None]:
        return {o.order_id: o.limit for o in market.ledger.open_orders()}

    prices.update(limits())
    match step:
        case QuoteChanged():
            judge.see_quote(step)
            events = market.on_quote(step, now)
        case SendOrder():
            events = market.on_message(step, now)
            for report in events:
                if isinstance(report, ExecutionReport) and report.exec_type is ExecType.NEW:
                    prices[report.order_id] = step.price
        case ("cancel", int(which)):
            events = market.on_message(cancel(f"x{number}", f"c{which}"), now)
        case ("replace", int(which), int(qty)):
            events = market.on_message(replace(f"r{number}", f"c{which}", qty), now)
            known = market.on_question(ask_order(f"r{number}"), now)
            if isinstance(known, ExecutionReport):
                prices.setdefault(known.order_id, known.price)
        case _:
            raise AssertionError(step)
    judge.see(events, prices)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_fills_lie_in_the_book_and_add_up(script: list[object]) -> None:
    market, judge = exchange(), Judge()
    for number, step in enumerate(script):
        play(market, judge, number, step)
        market.ledger.commit()
    listed = market.on_question(AskExecutions("q", None), NOW)
    assert isinstance(listed, ExecutionsListed)
    total: dict[str, Decimal] = defaultdict(Decimal)
    for execution in listed.executions:
        assert execution.last_qty is not None
        total[execution.order_id] += execution.last_qty
    assert dict(total) == dict(judge.cum)
    for order_id, cum_qty in judge.cum.items():
        known = market.ledger.find("", order_id)
        assert known is not None and known.cum_qty == cum_qty
    assert {e.symbol for e in listed.executions} <= {SYMBOL}
