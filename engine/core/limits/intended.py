"""Which orders a group may come to need: its own, every emergency hedge, every stop.

Owns: the list that the whole-group check looks at. May not: check. A hedge leg that fills nothing
is hedged at MARKET for all of it in one order, so that order is in the list; a group whose hedge
could not be sent is refused before its first order.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.core.commands import GroupRequest, LegRequest
from engine.core.limits.checks import Intended
from engine.core.terms import LegType, OrdType


def orders_of(request: GroupRequest) -> Iterator[Intended]:
    """Every order that the group may send, at its largest."""
    for leg in request.legs:
        yield own_order(request, leg, _slice_qty(leg))
        if leg.leg_type is LegType.HEDGE:
            yield _emergency(request, leg)
        if leg.stop_loss is not None:
            yield _stop(request, leg)


def whole_legs(request: GroupRequest) -> list[Intended]:
    """Each leg as one order for all of it: what it adds to an exposure."""
    return [own_order(request, leg, leg.quantity) for leg in request.legs]


def own_order(request: GroupRequest, leg: LegRequest, quantity: Decimal) -> Intended:
    return Intended(
        where=leg.leg_id,
        what="an order",
        account=request.account,
        symbol=leg.symbol,
        side=leg.side,
        quantity=quantity,
        order_type=leg.order_type,
        price=leg.price,
    )


def _slice_qty(leg: LegRequest) -> Decimal:
    return leg.quantity if leg.child is None else min(leg.child.max_quantity, leg.quantity)


def _emergency(request: GroupRequest, leg: LegRequest) -> Intended:
    return Intended(
        where=leg.leg_id,
        what="its emergency hedge",
        account=request.account,
        symbol=leg.hedge_symbol or leg.symbol,
        side=leg.hedge_side or leg.side,
        quantity=leg.quantity,
        order_type=OrdType.MARKET,
        price=leg.price if leg.hedge_symbol in (None, leg.symbol) else None,
        planned=False,
    )


def _stop(request: GroupRequest, leg: LegRequest) -> Intended:
    assert leg.stop_loss is not None
    return Intended(
        where=leg.leg_id,
        what="its protective stop",
        account=request.account,
        symbol=leg.symbol,
        side=leg.side.opposite,
        quantity=leg.quantity,
        order_type=OrdType.MARKET,
        price=leg.stop_loss.trigger_price,
        planned=False,
    )
