"""Exposure as the naive ledger sees it: what is on, what hedges it, what may still fill.

Owns: invariants 4, 5 and 6. May not: use any rule of the engine. Quantities are the venue's where
the venue is asked what may still fill, and the durable ones where the engine had to know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.decisions import SendOrder
from engine.core.terms import Purpose
from engine.sim.durable import CLOSING, ZERO, GroupRow, LegRow, OrderRow, Snapshot
from engine.sim.link import Link
from engine.sim.venue import Venue
from engine.sim.verdict import violated

LegKey = tuple[str, str]
HAIR = Decimal("1e-12")


@dataclass(slots=True)
class Bounds:
    """The largest values seen in this run. ``typed``: excess that the trader typed;
    ``revoked``: legs where the trader's "never sent" proved wrong; ``target``/``on``: of each leg;
    ``amended``: the largest sum of amendments upwards."""

    typed: dict[LegKey, Decimal] = field(default_factory=dict)
    revoked: set[LegKey] = field(default_factory=set)
    required: dict[LegKey, Decimal] = field(default_factory=dict)
    on: dict[LegKey, Decimal] = field(default_factory=dict)
    sent: dict[str, Decimal] = field(default_factory=dict)

    def type_excess(self, group_id: str, leg_id: str, quantity: Decimal) -> None:
        key = (group_id, leg_id)
        self.typed[key] = self.typed.get(key, ZERO) + quantity

    def note(self, shot: Snapshot, venue: Venue) -> None:
        """Raise the maxima to what is so now."""
        for group in shot.groups.values():
            fraction = max(_risk_fraction(group, shot, venue, True),
                           _risk_fraction(group, shot, venue, False))  # fmt: skip
            for leg in group.legs:
                key = (group.group_id, leg.leg_id)
                on = _filled(leg, shot, venue)
                self.on[key] = max(self.on.get(key, ZERO), on)
                if leg.leg_type == "HEDGE":
                    need = max(leg.target, _up(fraction * leg.target, leg.lot))
                    self.required[key] = max(self.required.get(key, ZERO), need)
                for ref in leg.orders:
                    order = shot.orders[ref]
                    if (
                        order.ref in shot.resolutions
                        and not order.never_sent
                        and (shot.resolutions[order.ref] == "MARK_NEVER_SENT")
                    ):
                        self.revoked.add(key)


def check_hedges(shot: Snapshot, venue: Venue, link: Link, bounds: Bounds) -> None:
    """Invariant 4: at the venue, hedges filled and still to fill stay within the exposure."""
    for group in shot.groups.values():
        for leg in group.legs:
            key = (group.group_id, leg.leg_id)
            if leg.leg_type != "HEDGE" or key in bounds.revoked:
                continue
            filled, to_fill, slack = _at_venue(leg, shot, venue, link)
            bound = bounds.required[key] + bounds.typed.get(key, ZERO) + slack
            if filled + to_fill > bound:
                violated(
                    4,
                    f"{group.group_id}/{leg.leg_id}: {filled} filled and {to_fill} may still "
                    f"fill, for an exposure of {bound}",
                )


def check_hedge_order(message: SendOrder, shot: Snapshot, bounds: Bounds, venue: Venue) -> None:
    """Invariant 4 at the moment of sending, by what the engine had to know: everything not
    proven over may still fill."""
    if message.purpose not in (Purpose.HEDGE, Purpose.EMERGENCY_HEDGE, Purpose.MANUAL_HEDGE):
        return
    order = shot.orders[message.ref]
    group = shot.groups[order.group_id]
    leg = next(leg for leg in group.legs if leg.leg_id == order.leg_id)
    key = (group.group_id, leg.leg_id)
    if key in bounds.revoked:
        return
    rows = [shot.orders[ref] for ref in leg.orders]
    known = sum((_proven(r, venue) * (-1 if r.purpose in CLOSING else 1) for r in rows), ZERO)
    known += sum((r.may_fill for r in rows if r.purpose not in CLOSING), ZERO)
    bound = bounds.required[key] + bounds.typed.get(key, ZERO)
    bound += sum((_excess(r, venue) + _amended(r, venue) for r in rows), ZERO)
    if known > bound:
        violated(4, f"{message.ref}: with it {known} filled or may fill, for {bound}")


def check_closings(shot: Snapshot, venue: Venue, link: Link, bounds: Bounds) -> None:
    """Stops and unwinding never close more of a leg than was on."""
    for group in shot.groups.values():
        for leg in group.legs:
            closing = [r for r in (shot.orders[ref] for ref in leg.orders) if r.purpose in CLOSING]
            if not closing:
                continue
            total = sum((_true_qty(r, venue, link) for r in closing), ZERO)
            bound = bounds.on[(group.group_id, leg.leg_id)]
            bound += sum((_excess(r, venue) for r in closing), ZERO)
            if total > bound:
                violated(
                    4, f"{group.group_id}/{leg.leg_id}: {total} close or may close it, {bound} on"
                )


def check_risk_order(message: SendOrder, before: Snapshot, shot: Snapshot, bounds: Bounds) -> None:
    """Invariant 5: with this order, risk stays within what the hedge proven permits."""
    if message.purpose is not Purpose.RISK:
        return
    order = shot.orders[message.ref]
    group = shot.groups[order.group_id]
    fractions = [_hedge_fraction(group, shot), _hedge_fraction(group, shot, before)]
    if order.group_id in before.groups:
        fractions.append(_hedge_fraction(before.groups[order.group_id], before))
    proven = max(fractions)
    leg = next(leg for leg in group.legs if leg.leg_id == order.leg_id)
    if group.release == "after_hedge" and proven < 1 - HAIR:
        violated(5, f"{message.ref} was sent with {proven:.4f} of the hedge proven")
    allowed = proven * leg.target
    out = ZERO
    for ref in leg.orders:
        row = shot.orders[ref]
        if row.purpose == "RISK":
            out += row.cum + row.may_fill - max(row.qty - bounds.sent.get(ref, row.qty), ZERO)
    if out > allowed + HAIR:
        violated(5, f"{message.ref}: {out} of risk out, the hedge proven permits {allowed}")


def check_nothing_forgotten(shot: Snapshot) -> None:
    """Invariant 6: what is unhedged is being hedged, escalated, or waits as an orphan."""
    if shot.phase == "RECOVERING":
        return
    for group in shot.groups.values():
        fraction = _risk_fraction(group, shot, None, False)
        for leg in group.legs:
            if leg.leg_type != "HEDGE":
                continue
            net = _net(leg, shot)
            short = _up(fraction * leg.target, leg.lot) - net - leg.accepted
            if short > ZERO and not _is_covered(group, leg, shot, short):
                violated(6, f"{group.group_id}/{leg.leg_id}: {short} unhedged, and nothing is done")


def _is_covered(group: GroupRow, leg: LegRow, shot: Snapshot, short: Decimal) -> bool:
    if any(ref.split("/")[0] == group.group_id for ref in shot.open_orphans):
        return True
    if any(e.group_id == group.group_id and e.is_live for e in shot.escalations.values()):
        return True
    rows = [shot.orders[ref] for ref in leg.orders if shot.orders[ref].purpose not in CLOSING]
    working = sum((row.may_fill for row in rows), ZERO)
    if working >= short:
        return True
    chains = [c for c in shot.chains.values()
              if (c.group_id, c.leg_id) == (group.group_id, leg.leg_id)]  # fmt: skip
    return working > ZERO and any(c.state in ("CANCELING", "WORKING") for c in chains)


# -- quantities ----------------------------------------------------------------------------------


def _at_venue(
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
        slack += _excess(row, venue) + _amended(row, venue)
        if row.purpose in CLOSING:
            filled -= truth.cum_qty
            continue
        filled += truth.cum_qty
        to_fill += truth.leaves
    return filled, to_fill, slack


def _true_qty(row: OrderRow, venue: Venue, link: Link) -> Decimal:
    truth = venue.find(row.cl_ord_id)
    if truth is None:
        waiting = link.on_the_way.get(row.cl_ord_id)
        return waiting.quantity if waiting is not None else ZERO
    return truth.cum_qty + truth.leaves


def _excess(row: OrderRow, venue: Venue) -> Decimal:
    truth = venue.find(row.cl_ord_id)
    return truth.excess if truth is not None else ZERO


def _proven(row: OrderRow, venue: Venue) -> Decimal:
    """What is booked, less what a stale answer may have said after a bust."""
    truth = venue.find(row.cl_ord_id)
    return min(row.cum, truth.cum_qty) if truth is not None and truth.busted else row.cum


def _amended(row: OrderRow, venue: Venue) -> Decimal:
    """What an accepted amendment added that the desk has not heard of yet."""
    truth = venue.find(row.cl_ord_id)
    return max(truth.order_qty - row.qty, ZERO) if truth is not None else ZERO


def _filled(leg: LegRow, shot: Snapshot, venue: Venue) -> Decimal:
    """What the leg's opening orders filled, by the venue or by the books, whichever is more."""
    total = ZERO
    for ref in leg.orders:
        row = shot.orders[ref]
        if row.purpose not in CLOSING:
            truth = venue.find(row.cl_ord_id)
            total += max(row.cum, truth.cum_qty if truth is not None else ZERO)
    return total


def _net(leg: LegRow, shot: Snapshot) -> Decimal:
    rows = (shot.orders[ref] for ref in leg.orders)
    return sum((-row.cum if row.purpose in CLOSING else row.cum for row in rows), ZERO)


def _true_net(leg: LegRow, shot: Snapshot, venue: Venue) -> Decimal:
    total = ZERO
    for ref in leg.orders:
        row = shot.orders[ref]
        truth = venue.find(row.cl_ord_id)
        if truth is not None:
            total += -truth.cum_qty if row.purpose in CLOSING else truth.cum_qty
    return total


def _risk_fraction(group: GroupRow, shot: Snapshot, venue: Venue | None, true: bool) -> Decimal:
    best = ZERO
    for leg in group.legs:
        if leg.leg_type != "RISK":
            continue
        net = _true_net(leg, shot, venue) if true and venue is not None else _net(leg, shot)
        if net > ZERO:
            best = max(best, net / leg.target if leg.target > ZERO else Decimal(1))
    return best


def _hedge_fraction(group: GroupRow, shot: Snapshot, before: Snapshot | None = None) -> Decimal:
    """The smallest filled fraction. With ``before``: as it was at its best within the commit that
    followed it, in which a fill and its bust may both have arrived."""
    worst: Decimal | None = None
    for leg in group.legs:
        if leg.leg_type == "HEDGE" and leg.target > ZERO:
            net = _net(leg, shot)
            if before is not None:
                net += sum((_undone(ref, shot, before) for ref in leg.orders), ZERO)
            fraction = max(net, ZERO) / leg.target
            worst = fraction if worst is None else min(worst, fraction)
    return worst if worst is not None else ZERO


def _undone(ref: str, shot: Snapshot, before: Snapshot) -> Decimal:
    """What this commit booked of an order and took back again."""
    old = {row.key for row in before.executions.get(ref, []) if not row.live}
    rows = shot.executions.get(ref, [])
    return sum((row.qty for row in rows if not row.live and row.key not in old), ZERO)


def _up(quantity: Decimal, lot: Decimal) -> Decimal:
    """The next multiple of the lot. A quotient like 2/3 comes back a hair off: that is no lot."""
    whole, rest = divmod(quantity, lot)
    return (whole + 1) * lot if rest > HAIR else whole * lot
