"""A leg's own orders: whole, or worked in slices.

Owns: how much of a leg's own orders goes out now. May not: look at other legs. What was sent
counts whether it filled or not, so the sum outstanding never exceeds what the leg still needs
and a slice that was refused is not sent again.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import legs
from engine.core import order as orders
from engine.core.limits import gate
from engine.core.model import ZERO, Group, Leg, Order
from engine.core.placing import may_send, place
from engine.core.terms import LegType, Purpose, Release
from engine.core.turn import Turn


class ChildOrderManager:
    """The guide's name: the next own order of a leg, or none."""

    @staticmethod
    def next_quantity(turn: Turn, leg: Leg, allowed: Decimal) -> Decimal:
        """Quantity of the next own order, given that ``allowed`` of the leg may be sent in all.
        A hedge's last odd lot is rounded up, a risk leg's stays away."""
        most = min(allowed, leg.target_qty)
        room = min(most - sent_qty(turn, leg), most - _out_qty(turn, leg))
        if leg.child is not None:
            room = min(room, leg.child.max_quantity)
        if ZERO < room < leg.lot and leg.leg_type is LegType.HEDGE:
            return leg.lot
        return max(legs.round_down(room, leg.lot), ZERO)

    @staticmethod
    def send_next(turn: Turn, group: Group, leg: Leg, allowed: Decimal) -> Order | None:
        """Send the next own order if it is its time."""
        purpose = Purpose.HEDGE if leg.leg_type is LegType.HEDGE else Purpose.RISK
        key = f"slice:{group.group_id}/{leg.leg_id}"
        if turn.is_armed(key) or not may_send(turn, purpose, group, leg.symbol):
            return None
        if leg.opened and goes_whole(group, leg):
            return None
        quantity = ChildOrderManager.next_quantity(turn, leg, allowed)
        if quantity == ZERO or not gate.may_place(turn, group, leg, quantity):
            return None
        order = place(turn, group, leg, purpose, quantity, leg.order_type, leg.price, tif=leg.tif)
        leg.opened = True
        if leg.child is not None and sent_qty(turn, leg) < leg.target_qty:
            turn.arm(key, leg.child.interval_s, order.cl_ord_id)
        return order


def own_orders(turn: Turn, leg: Leg) -> list[Order]:
    """The leg's own orders, without emergency and manual hedges."""
    own = Purpose.HEDGE if leg.leg_type is LegType.HEDGE else Purpose.RISK
    return [order for order in legs.orders_of(turn.state, leg) if order.purpose is own]


def sent_qty(turn: Turn, leg: Leg) -> Decimal:
    """What was sent with the leg's own orders, filled or not."""
    return sum((order.order_qty for order in own_orders(turn, leg)), ZERO)


def _out_qty(turn: Turn, leg: Leg) -> Decimal:
    """What is filled, also beyond what was asked for, or may still fill."""
    return legs.filled_qty(turn.state, leg) + legs.working_qty(turn.state, leg)


def goes_whole(group: Group, leg: Leg) -> bool:
    """Whether the leg is one order: neither sliced nor released in proportion."""
    proportional = group.release is Release.PROPORTIONAL and leg.leg_type is LegType.RISK
    return leg.child is None and not proportional


def all_sent(turn: Turn, group: Group, leg: Leg) -> bool:
    """Nothing more of the leg's own orders is to come."""
    if not leg.opened:
        return False
    if goes_whole(group, leg) or sent_qty(turn, leg) >= leg.target_qty:
        return True
    rest = leg.target_qty - _out_qty(turn, leg)
    return leg.leg_type is LegType.RISK and rest < leg.lot


def any_ended_short(turn: Turn, leg: Leg) -> bool:
    """An own order is done without its quantity."""
    return any(
        orders.is_done(order) and order.cum_qty < order.order_qty for order in own_orders(turn, leg)
    )


def is_risk_short(turn: Turn, group: Group, leg: Leg) -> bool:
    """The risk leg's orders are all sent and done without its target."""
    if leg.leg_type is not LegType.RISK or not leg.orders:
        return False
    filled = legs.filled_qty(turn.state, leg)
    if filled >= leg.target_qty or legs.working_qty(turn.state, leg) > ZERO:
        return False
    by_hand = any(o.canceled_by_trader or o.never_sent for o in own_orders(turn, leg))
    return all_sent(turn, group, leg) or leg.ended_short or by_hand
