"""Random days with limits on, watched by a broker that counts for itself.

No own order beyond a limit ever reaches it; every cancel that was asked does; the hedges of
exposure do. The broker keeps its own books: it shares no code with the controls.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from desk_kit import Desk, S, d, leg, rules

from engine.core.commands import (
    CancelGroup,
    CancelOrder,
    GroupRequest,
    Kill,
    ReloadLimits,
    ReplaceOrder,
)
from engine.core.decisions import SendOrder, SendReplace
from engine.core.limits.rules import Limits
from engine.core.order import is_done
from engine.core.terms import LegType, Purpose

SYMBOLS = ("A", "B", "C", "D")
PRICE = 10
OWN = (Purpose.HEDGE, Purpose.RISK)


@dataclass
class Given:
    """The limits of the day, as plain numbers."""

    max_qty: int
    gross: int
    rate: int
    burst: int
    restricted: str

    def limits(self) -> Limits:
        return rules(
            {
                "name": "all", "max_order_qty": self.max_qty, "max_gross_exposure": self.gross,
                "max_orders_per_s": self.rate, "orders_burst": self.burst,
            },
            {"name": "banned", "symbol": self.restricted, "restricted": True},
        )  # fmt: skip


@dataclass
class CountingBroker:
    """What a broker with the same limits would see and count."""

    given: Given
    tokens: float
    at_ns: int
    open_qty: dict[str, Decimal] = field(default_factory=dict)
    sides: dict[str, tuple[str, str]] = field(default_factory=dict)
    filled: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    position: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    own_orders: int = 0
    hedges: int = 0

    def take_token(self, now_ns: int) -> None:
        refill = (now_ns - self.at_ns) / S * self.given.rate
        self.tokens = min(self.tokens + refill, float(self.given.burst)) - 1.0
        self.at_ns = now_ns

    def new(self, order: SendOrder, now_ns: int) -> None:
        self.take_token(now_ns)
        self.open_qty[order.ref] = order.quantity
        self.sides[order.ref] = (order.symbol, order.side.value)
        if order.purpose not in OWN:
            self.hedges += 1
            return
        self.own_orders += 1
        assert order.quantity <= self.given.max_qty
        assert order.symbol != self.given.restricted
        assert self.tokens > -0.001, f"{order.ref} came {-self.tokens} orders too early"
        assert self.gross() <= self.given.gross, f"{order.ref}: gross {self.gross()}"

    def replaced(self, order: SendReplace, now_ns: int) -> None:
        self.take_token(now_ns)
        self.open_qty[order.ref] = max(self.open_qty[order.ref], order.quantity)
        assert order.quantity <= self.given.max_qty

    def gross(self) -> Decimal:
        buys: dict[str, Decimal] = defaultdict(Decimal)
        sells: dict[str, Decimal] = defaultdict(Decimal)
        for ref, quantity in self.open_qty.items():
            symbol, side = self.sides[ref]
            (buys if side == "BUY" else sells)[symbol] += quantity - self.filled[ref]
        symbols = {*buys, *sells, *self.position}
        return sum(
            (
                max(abs(self.position[s] + buys[s]), abs(self.position[s] - sells[s])) * PRICE
                for s in symbols
            ),
            Decimal(0),
        )

    def fill(self, ref: str, quantity: Decimal) -> None:
        symbol, side = self.sides[ref]
        self.filled[ref] += quantity
        self.position[symbol] += quantity if side == "BUY" else -quantity
        if self.filled[ref] >= self.open_qty[ref]:
            del self.open_qty[ref]

    def closed(self, ref: str) -> None:
        self.open_qty.pop(ref, None)


class Day:
    """One random day."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.given = self._given()
        self.desk = Desk(self.given.limits())
        self.broker = CountingBroker(self.given, float(self.given.burst), self.desk.mono_ns)
        self.seen = self.seen_replaced = 0
        self.groups = 0

    def _given(self) -> Given:
        pick = self.random.choice
        return Given(
            pick([10, 20, 50]), pick([500, 2000, 20_000]), pick([1, 2, 5]), pick([1, 3]), pick("AD")
        )

    def step(self) -> None:
        do = self.random.choice(
            [self.submit, self.submit, self.fill, self.fill, self.fill, self.wait, self.wait,
             self.cancel_order, self.end_cancel, self.replace, self.reload, self.cancel_group,
             self.end_short]
        )  # fmt: skip
        do()
        self.watch()

    def watch(self) -> None:
        for order in self.desk.sent[self.seen :]:
            self.broker.new(order, self.desk.mono_ns)
        self.seen = len(self.desk.sent)
        for replaced in self.desk.replaced[self.seen_replaced :]:
            self.broker.replaced(replaced, self.desk.mono_ns)
        self.seen_replaced = len(self.desk.replaced)

    def submit(self) -> None:
        self.groups += 1
        quantity = self.random.choice([1, 5, 10, 15, 30, 60])
        symbols = self.random.sample(SYMBOLS, 2)
        self.desk.submit(
            GroupRequest(
                f"G{self.groups}",
                (
                    leg("H", "HEDGE", symbols[0], self.random.choice(["BUY", "SELL"]), quantity,
                        PRICE),
                    leg("R", "RISK", symbols[1], self.random.choice(["BUY", "SELL"]), quantity,
                        PRICE),
                ),
            )
        )  # fmt: skip

    def _is_asked(self, ref: str) -> bool:
        requests = self.desk.state.orders[ref].requests
        return any(each.kind == "CANCEL" and each.state == "OPEN" for each in requests)

    def _working(self) -> list[str]:
        orders = self.desk.state.orders
        return [ref for ref in self.broker.open_qty if ref in orders and not is_done(orders[ref])]

    def fill(self) -> None:
        working = self._working()
        if not working:
            return
        ref = self.random.choice(working)
        leaves = self.desk.state.orders[ref].leaves_qty
        quantity = (
            leaves if self.random.random() < 0.6 else Decimal(self.random.randint(1, int(leaves)))
        )
        self.broker.fill(ref, quantity)
        if quantity == leaves:
            self.broker.closed(ref)  # filled before an amendment: too late for that
        self.desk.fill(ref, quantity, PRICE)

    def wait(self) -> None:
        self.desk.wait(self.random.choice([0.05, 0.3, 1.0]))

    def cancel_order(self) -> None:
        working = self._working()
        if not working:
            return
        ref, before = self.random.choice(working), len(self.desk.canceled)
        asked = self._is_asked(ref)
        answer = self.desk.ask(CancelOrder(order=ref))
        assert answer.accepted is not asked, answer.reason
        if not asked:
            assert ref in [each.ref for each in self.desk.canceled[before:]]

    def end_cancel(self) -> None:
        waiting = [ref for ref in self._working() if self._is_asked(ref)]
        if waiting:
            ref = self.random.choice(waiting)
            self.broker.closed(ref)
            self.desk.cancel(ref)

    def end_short(self) -> None:
        """The venue ends an order by itself: a short hedge is hedged at MARKET."""
        working = self._working()
        if working:
            ref = self.random.choice(working)
            self.broker.closed(ref)
            self.desk.cancel(ref)

    def replace(self) -> None:
        working = self._working()
        if working:
            quantity = d(self.random.choice([1, 20, 60]))
            self.desk.ask(ReplaceOrder(order=self.random.choice(working), quantity=quantity))

    def cancel_group(self) -> None:
        if self.groups:
            self.desk.ask(CancelGroup(group=f"G{self.random.randint(1, self.groups)}"))

    def reload(self) -> None:
        """Tighter or wider, mid-stream."""
        self.given.max_qty = self.random.choice([5, 10, 20, 50])
        self.given.restricted = self.random.choice("AD")
        assert self.desk.ask(ReloadLimits(limits=self.given.limits())).accepted

    def kill_everything(self) -> None:
        """At the end everything is stopped: every working order is asked to cancel."""
        working = [ref for ref in self._working() if not self._is_asked(ref)]
        before = len(self.desk.canceled)
        assert self.desk.ask(Kill(reason="end of the day")).accepted
        asked = {each.ref for each in self.desk.canceled[before:]}
        assert asked == set(working)


@pytest.mark.parametrize("seed", range(60))
def test_no_own_order_beyond_a_limit_reaches_the_broker(seed: int) -> None:
    day = Day(seed)
    for _ in range(150):
        day.step()
    day.kill_everything()


def test_the_days_do_trade_and_do_hedge() -> None:
    """Without orders and hedges the other test would show nothing."""
    own = hedges = told = 0
    for seed in range(60):
        day = Day(seed)
        for _ in range(150):
            day.step()
        own, hedges = own + day.broker.own_orders, hedges + day.broker.hedges
        told += day.desk.kinds().count("HEDGE_OVER_LIMIT")
    assert own > 300 and hedges > 50 and told > 3, (own, hedges, told)


def test_leg_types_are_what_the_broker_calls_own() -> None:
    assert {each.value for each in OWN} == {each.value for each in LegType}
