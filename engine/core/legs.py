"""Legs and exposure: what is filled, what may still fill, what is not hedged.

Owns: the quantities of a leg and of a group, from proven fills only. May not: decide what to
do about them. With ``r`` the largest filled fraction of the risk legs, a hedge leg is short by
``r`` of its target less what it has, rounded up to the lot. One ledger: every figure here is
computed from the orders, so order, leg, group and exposure cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.core import order as orders
from engine.core.model import ZERO, Group, Leg, Order
from engine.core.state import DeskState
from engine.core.terms import LegStatus, LegType, Purpose

_STEP = Decimal("1e-10")
CLOSING = frozenset({Purpose.STOP_LOSS, Purpose.MARKET_FALLBACK, Purpose.UNWIND})
"""Purposes whose fills take the leg's position down."""


def round_up(quantity: Decimal, lot: Decimal) -> Decimal:
    """The next multiple of the lot; exact multiples stay."""
    whole, rest = divmod(quantity, lot)
    return (whole + 1) * lot if rest > ZERO else whole * lot


def round_down(quantity: Decimal, lot: Decimal) -> Decimal:
    """The multiple of the lot at or below."""
    return quantity // lot * lot


def orders_of(state: DeskState, leg: Leg) -> Iterator[Order]:
    """The leg's orders in the order they were sent."""
    return map(state.orders.__getitem__, leg.orders)


def filled_qty(state: DeskState, leg: Leg) -> Decimal:
    """What the leg's opening orders filled (leg orders, emergency and manual hedges)."""
    total, found = ZERO, state.orders
    for ref in leg.orders:
        order = found[ref]
        if order.purpose not in CLOSING:
            total += order.cum_qty
    return total


def net_qty(state: DeskState, leg: Leg) -> Decimal:
    """The leg's position: filled less what stops and unwinding took back."""
    total, found = ZERO, state.orders
    for ref in leg.orders:
        order = found[ref]
        if order.purpose in CLOSING:
            total -= order.cum_qty
        else:
            total += order.cum_qty
    return total


def proven_qty(state: DeskState, leg: Leg) -> Decimal:
    """The leg's position as far as new risk may rely on it: what CumQty says beyond the executions
    does not count on an order of which something was undone; that may be just what is gone."""
    total = net_qty(state, leg)
    for order in orders_of(state, leg):
        if order.gap_qty and order.superseded and order.purpose not in CLOSING:
            total -= order.gap_qty
    return total


def working_qty(state: DeskState, leg: Leg) -> Decimal:
    """What the leg's opening orders may still fill, as far as anyone knows."""
    total = ZERO
    for order in orders_of(state, leg):
        if order.purpose not in CLOSING:
            total += orders.may_still_fill(order)
    return total


def avg_px(state: DeskState, leg: Leg) -> Decimal | None:
    """Average price of the leg's opening fills, None while there are none."""
    quantity, notional = ZERO, ZERO
    for order in orders_of(state, leg):
        if order.purpose not in CLOSING and order.cum_qty > ZERO:
            quantity += order.cum_qty
            notional += order.cum_qty * orders.avg_px(order)
    return (notional / quantity).quantize(_STEP) if quantity else None


def legs_of(group: Group, leg_type: LegType) -> list[Leg]:
    return [leg for leg in group.legs.values() if leg.leg_type is leg_type]


def risk_fraction(state: DeskState, group: Group) -> tuple[Decimal, Decimal]:
    """The largest filled fraction of the risk legs as (filled, target), exact."""
    best = (ZERO, Decimal(1))
    for leg in legs_of(group, LegType.RISK):
        net = max(net_qty(state, leg), ZERO)
        if net == ZERO:
            continue
        target = leg.target_qty if leg.target_qty > ZERO else net
        if net * best[1] > best[0] * target:
            best = (net, target)
    return best


def hedge_fraction(state: DeskState, group: Group) -> tuple[Decimal, Decimal]:
    """The smallest proven fraction of the hedge legs as (proven, target), exact."""
    worst: tuple[Decimal, Decimal] | None = None
    for leg in legs_of(group, LegType.HEDGE):
        if leg.target_qty == ZERO:
            continue
        net = max(proven_qty(state, leg), ZERO)
        if worst is None or net * worst[1] < worst[0] * leg.target_qty:
            worst = (net, leg.target_qty)
    return worst if worst is not None else (ZERO, Decimal(1))


def hedge_required(state: DeskState, group: Group, leg: Leg) -> Decimal:
    """What this hedge leg must have for the risk that is on, rounded up to the lot."""
    filled, target = risk_fraction(state, group)
    if filled == ZERO:
        return ZERO
    return round_up(filled * leg.target_qty / target, leg.lot)


def leg_unhedged(state: DeskState, group: Group, leg: Leg) -> Decimal:
    """How much this hedge leg lacks for the risk that is on."""
    return max(hedge_required(state, group, leg) - net_qty(state, leg), ZERO)


def unhedged_qty(state: DeskState, group: Group) -> Decimal:
    """The group's unhedged quantity: the sum over its short hedge legs."""
    return sum((leg_unhedged(state, group, leg) for leg in legs_of(group, LegType.HEDGE)), ZERO)


def over_hedged_qty(state: DeskState, group: Group) -> Decimal:
    """Hedge beyond the risk that is on: allowed, shown, not an emergency."""
    total = ZERO
    for leg in legs_of(group, LegType.HEDGE):
        total += max(net_qty(state, leg) - hedge_required(state, group, leg), ZERO)
    return total


def risk_allowed(state: DeskState, group: Group, leg: Leg) -> Decimal:
    """How much of a risk leg the hedge proven so far permits, rounded down to the lot."""
    filled, target = hedge_fraction(state, group)
    return min(leg.target_qty, round_down(filled * leg.target_qty / target, leg.lot))


def has_gap(state: DeskState, group: Group) -> bool:
    """Whether CumQty of any order says more than its executions."""
    for leg in group.legs.values():
        for ref in leg.orders:
            if state.orders[ref].gap_qty != ZERO:
                return True
    return False


def works(state: DeskState, group: Group) -> bool:
    """Whether any order of the group may still fill."""
    for leg in group.legs.values():
        for ref in leg.orders:
            if not orders.is_done(state.orders[ref]):
                return True
    return False


def leg_status(state: DeskState, group: Group, leg: Leg) -> LegStatus:
    """Where the leg stands, for people."""
    filled = filled_qty(state, leg)
    if filled >= leg.target_qty:
        return LegStatus.FILLED
    if leg.ended_short:
        return LegStatus.SHORT
    if filled > ZERO:
        return LegStatus.PARTIALLY_FILLED
    return LegStatus.SUBMITTED if leg.orders else LegStatus.PENDING
