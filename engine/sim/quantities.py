"""The naive ledger's arithmetic: what is filled, what may still fill, which part of a target it is.

Owns: quantities of legs and groups, from the durable rows and from the venue. May not: judge
(``exposure``) or use any rule of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.sim.durable import CLOSING, ZERO, GroupRow, LegRow, OrderRow, Snapshot
from engine.sim.link import Link
from engine.sim.venue import Venue

HAIR = Decimal("1e-12")
"""A quotient like 2/3 of a target comes back this much off at most."""


def at_venue(
    leg: LegRow, shot: Snapshot, venue: Venue, link: Link
) -> tuple[Decimal, Decimal, Decimal]:
    """What filled, what may still fill, and what the venue itself did too much."""
    filled = to_fill = slack = ZERO
    for ref in leg.orders:
        row = shot.orders[ref]
        truth = venue.find(row.cl_ord_id)
        if truth is None:
            waiting = link.on_the_way.get(row.cl_ord_id)
            if waiting is not None and row.purpose not in CLOSING:
                to_fill += waiting.quantity
            continue
        slack += excess(row, venue) + amended(row, venue)
        if row.purpose in CLOSING:
            filled -= truth.cum_qty
            continue
        filled += truth.cum_qty
        to_fill += truth.leaves
    return filled, to_fill, slack


def true_qty(row: OrderRow, venue: Venue, link: Link) -> Decimal:
    truth = venue.find(row.cl_ord_id)
    if truth is None:
        waiting = link.on_the_way.get(row.cl_ord_id)
        return waiting.quantity if waiting is not None else ZERO
    return truth.cum_qty + truth.leaves


def excess(row: OrderRow, venue: Venue) -> Decimal:
    truth = venue.find(row.cl_ord_id)
    return truth.excess if truth is not None else ZERO


def proven(row: OrderRow, venue: Venue) -> Decimal:
    """What is booked, less what a stale answer may have said after a bust."""
    truth = venue.find(row.cl_ord_id)
    return min(row.cum, truth.cum_qty) if truth is not None and truth.busted else row.cum


def overfilled(row: OrderRow | None) -> Decimal:
    """What is booked beyond OrderQty; without a row nothing is."""
    return max(row.cum - row.qty, ZERO) if row is not None else ZERO


def amended(row: OrderRow, venue: Venue) -> Decimal:
    """What an accepted amendment added that the desk has not heard of yet."""
    truth = venue.find(row.cl_ord_id)
    return max(truth.order_qty - row.qty, ZERO) if truth is not None else ZERO


def filled_qty(leg: LegRow, shot: Snapshot, venue: Venue) -> Decimal:
    """What the leg's opening orders filled, by the venue or by the books, whichever is more."""
    total = ZERO
    for ref in leg.orders:
        row = shot.orders[ref]
        if row.purpose not in CLOSING:
            truth = venue.find(row.cl_ord_id)
            total += max(row.cum, truth.cum_qty if truth is not None else ZERO)
    return total


def net_qty(leg: LegRow, shot: Snapshot) -> Decimal:
    rows = (shot.orders[ref] for ref in leg.orders)
    return sum((-row.cum if row.purpose in CLOSING else row.cum for row in rows), ZERO)


def true_net_qty(leg: LegRow, shot: Snapshot, venue: Venue) -> Decimal:
    total = ZERO
    for ref in leg.orders:
        row = shot.orders[ref]
        truth = venue.find(row.cl_ord_id)
        if truth is not None:
            total += -truth.cum_qty if row.purpose in CLOSING else truth.cum_qty
    return total


def risk_fraction(group: GroupRow, shot: Snapshot, before: Snapshot | None = None) -> Decimal:
    """The largest filled fraction of the risk legs, by the books. With ``before``: as it was at its
    most within the commit that followed it."""
    best = ZERO
    for leg in group.legs:
        if leg.leg_type == "RISK":
            net = net_qty(leg, shot)
            if before is not None:
                net += sum((undone(ref, shot, before) for ref in leg.orders), ZERO)
            best = max(best, _fraction(leg, net))
    return best


def true_risk_fraction(group: GroupRow, shot: Snapshot, venue: Venue) -> Decimal:
    """The same by the venue."""
    risk = (leg for leg in group.legs if leg.leg_type == "RISK")
    return max((_fraction(leg, true_net_qty(leg, shot, venue)) for leg in risk), default=ZERO)


def _fraction(leg: LegRow, net: Decimal) -> Decimal:
    if net <= ZERO:
        return ZERO
    return net / leg.target if leg.target > ZERO else Decimal(1)


def hedge_fraction(
    group: GroupRow,
    shot: Snapshot,
    before: Snapshot | None = None,
    told: Mapping[str, Decimal] | None = None,
) -> Decimal:
    """The smallest filled fraction. With ``before``: as it was at its best within the commit that
    followed it, in which a fill and its bust may both have arrived. With ``told``: at the CumQty
    that was said of each order, where that is more."""
    worst: Decimal | None = None
    for leg in group.legs:
        if leg.leg_type == "HEDGE" and leg.target > ZERO:
            net = net_qty(leg, shot)
            if before is not None:
                net += sum((undone(ref, shot, before) for ref in leg.orders), ZERO)
            if told is not None:
                rows = (shot.orders[ref] for ref in leg.orders)
                more = (told[row.ref] - row.cum for row in rows if row.purpose not in CLOSING)
                net += sum((max(each, ZERO) for each in more), ZERO)
            fraction = max(net, ZERO) / leg.target
            worst = fraction if worst is None else min(worst, fraction)
    return worst if worst is not None else ZERO


def undone(ref: str, shot: Snapshot, before: Snapshot) -> Decimal:
    """What this commit booked of an order and took back again."""
    old = {row.key for row in before.executions.get(ref, []) if not row.live}
    rows = shot.executions.get(ref, [])
    return sum((row.qty for row in rows if not row.live and row.key not in old), ZERO)


def round_up(quantity: Decimal, lot: Decimal) -> Decimal:
    """The next multiple of the lot. A quotient like 2/3 comes back a hair off: that is no lot."""
    whole, rest = divmod(quantity, lot)
    return (whole + 1) * lot if rest > HAIR else whole * lot
