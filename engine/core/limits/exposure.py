"""Sums over a rule's scope: net and gross exposure, open groups.

Owns: the figures, at their worst over what may still fill. May not: forget an order whose fate
is unknown: what works counts from its intent, and so does an orphan after a restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core import externals, legs
from engine.core import order as orders
from engine.core.lifecycle import TERMINAL
from engine.core.limits.checks import Intended
from engine.core.limits.market import instrument, value_px
from engine.core.limits.rules import ANY, Rule
from engine.core.model import ZERO, Group, Order
from engine.core.positions import position_qty, split_key
from engine.core.state import DeskState
from engine.core.terms import RequestKind, Side
from engine.core.turn import Turn


@dataclass(slots=True)
class _Line:
    """One symbol of one account: the position, what may still be bought and sold, a price."""

    position: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    price: Decimal | None = None

    def add(self, side: Side, quantity: Decimal, price: Decimal | None) -> None:
        if side is Side.BUY:
            self.buys += quantity
        else:
            self.sells += quantity
        if price is not None and (self.price is None or price > self.price):
            self.price = price


@dataclass(frozen=True, slots=True)
class Exposure:
    """Worst net and gross exposure in money. ``unpriced``: symbols without any price."""

    net: Decimal
    gross: Decimal
    unpriced: tuple[str, ...] = ()


@dataclass(slots=True)
class _Lines:
    rule: Rule
    by_key: dict[tuple[str, str], _Line] = field(default_factory=dict)

    def line(self, account: str, symbol: str) -> _Line | None:
        if not self.rule.covers(account, symbol):
            return None
        return self.by_key.setdefault((account, symbol), _Line())

    def add(
        self, account: str, symbol: str, side: Side, quantity: Decimal, price: Decimal | None
    ) -> None:
        line = self.line(account, symbol)
        if line is not None and quantity > ZERO:
            line.add(side, quantity, price)


def exposure(
    turn: Turn, rule: Rule, extra: Iterable[Intended] = (), with_plans: bool = True
) -> Exposure:
    """The scope's exposure with ``extra`` orders on top. ``with_plans``: what the live groups
    have not sent yet counts too."""
    lines = _Lines(rule)
    _add_positions(turn.state, lines)
    _add_working(turn.state, lines)
    if with_plans:
        for group in live_groups(turn.state):
            _add_plan(turn.state, group, lines)
    for order in extra:
        lines.add(order.account, order.symbol, order.side, order.quantity, order.price)
    return _sum(turn, lines)


def live_groups(state: DeskState) -> list[Group]:
    return [group for group in state.groups.values() if group.lifecycle not in TERMINAL]


def open_groups(state: DeskState, rule: Rule) -> int:
    """Live groups with a leg in the scope."""
    return sum(
        any(rule.covers(group.account, leg.symbol) for leg in group.legs.values())
        for group in live_groups(state)
    )


def _add_positions(state: DeskState, lines: _Lines) -> None:
    for key in state.positions:
        account, symbol = split_key(key)
        line = lines.line(account, symbol)
        if line is not None:
            line.position = position_qty(state, account, symbol)


def _add_working(state: DeskState, lines: _Lines) -> None:
    for ref in state.volatile.working:
        order = state.orders[ref]
        lines.add(order.account, order.symbol, order.side, _may_fill(order), order.price)
    if lines.rule.account != ANY:
        return
    for external in state.externals.values():
        if external.side is not None and externals.is_live(external) and not external.adopted_into:
            lines.add("", external.symbol, external.side, external.leaves_qty, None)


def _may_fill(order: Order) -> Decimal:
    """What may fill, an amendment that the broker has not answered counted at its larger size."""
    if orders.is_closed(order):
        return ZERO
    asked = orders.open_requests(order, RequestKind.REPLACE)
    wanted = max((each.quantity or ZERO for each in asked), default=ZERO)
    return max(order.leaves_qty, wanted - order.cum_qty)


def _add_plan(state: DeskState, group: Group, lines: _Lines) -> None:
    """What a group that still aims at its targets has not sent yet."""
    if group.stopping is not None:
        return
    for leg in group.legs.values():
        if lines.rule.covers(group.account, leg.symbol):
            sent = legs.filled_qty(state, leg) + legs.working_qty(state, leg)
            lines.add(group.account, leg.symbol, leg.side, leg.target_qty - sent, leg.price)


def _sum(turn: Turn, lines: _Lines) -> Exposure:
    longest, shortest, gross = ZERO, ZERO, ZERO
    unpriced = []
    for (account, symbol), line in lines.by_key.items():
        price = value_px(turn, account, symbol, line.price)
        if price is None:
            if line.buys or line.sells:
                unpriced.append(symbol)
            continue
        unit = price * instrument(turn.state, symbol).multiplier
        highest, lowest = line.position + line.buys, line.position - line.sells
        longest += highest * unit
        shortest += lowest * unit
        gross += max(abs(highest), abs(lowest)) * unit
    return Exposure(max(abs(longest), abs(shortest)), gross, tuple(unpriced))
