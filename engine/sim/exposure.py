"""Exposure as the naive ledger sees it: what is on, what hedges it, what may still fill.

Owns: invariants 4, 5 and 6. May not: use any rule of the engine. Quantities are the venue's where
the venue is asked what may still fill, and the durable ones where the engine had to know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.decisions import SendOrder
from engine.core.terms import Purpose
from engine.sim.durable import CLOSING, ZERO, GroupRow, LegRow, OrderRow, Snapshot
from engine.sim.link import Link
from engine.sim.quantities import (
    HAIR,
    amended,
    at_venue,
    excess,
    filled_qty,
    hedge_fraction,
    net_qty,
    overfilled,
    proven,
    risk_fraction,
    round_up,
    true_qty,
    true_risk_fraction,
)
from engine.sim.venue import Venue
from engine.sim.verdict import violated

LegKey = tuple[str, str]


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

    def note(
        self, shot: Snapshot, venue: Venue, link: Link, before: Snapshot | None = None
    ) -> None:
        """Raise the maxima to what is so now, and was within the commit after ``before``."""
        for group in shot.groups.values():
            fraction = max(
                risk_fraction(group, shot, before), true_risk_fraction(group, shot, venue)
            )
            for leg in group.legs:
                key = (group.group_id, leg.leg_id)
                on = filled_qty(leg, shot, venue)
                self.on[key] = max(self.on.get(key, ZERO), on)
                if leg.leg_type == "HEDGE":
                    need = max(leg.target, round_up(fraction * leg.target, leg.lot))
                    self.required[key] = max(self.required.get(key, ZERO), need)
                if any(_did_leave(shot.orders[ref], shot, venue, link) for ref in leg.orders):
                    self.revoked.add(key)


def _did_leave(order: OrderRow, shot: Snapshot, venue: Venue, link: Link) -> bool:
    """Whether an order that the trader marked as never sent is at the venue or on its way there:
    from then on its leg may have more than anyone at the desk can know of."""
    if shot.resolutions.get(order.ref) != "MARK_NEVER_SENT":
        return False
    there = venue.find(order.cl_ord_id) is not None or order.cl_ord_id in link.on_the_way
    return there or not order.never_sent


def check_hedges(shot: Snapshot, venue: Venue, link: Link, bounds: Bounds) -> None:
    """Invariant 4: at the venue, hedges filled and still to fill stay within the exposure."""
    for group in shot.groups.values():
        for leg in group.legs:
            key = (group.group_id, leg.leg_id)
            if leg.leg_type != "HEDGE" or key in bounds.revoked:
                continue
            filled, to_fill, slack = at_venue(leg, shot, venue, link)
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
    known = sum((proven(r, venue) * (-1 if r.purpose in CLOSING else 1) for r in rows), ZERO)
    known += sum((r.may_fill for r in rows if r.purpose not in CLOSING), ZERO)
    bound = bounds.required[key] + bounds.typed.get(key, ZERO)
    bound += sum((excess(r, venue) + amended(r, venue) for r in rows), ZERO)
    if known > bound:
        violated(4, f"{message.ref}: with it {known} filled or may fill, for {bound}")


def check_closings(shot: Snapshot, venue: Venue, link: Link, bounds: Bounds) -> None:
    """Stops and unwinding never close more of a leg than was on."""
    for group in shot.groups.values():
        for leg in group.legs:
            closing = [r for r in (shot.orders[ref] for ref in leg.orders) if r.purpose in CLOSING]
            if not closing or (group.group_id, leg.leg_id) in bounds.revoked:
                continue
            total = sum((true_qty(r, venue, link) for r in closing), ZERO)
            bound = bounds.on[(group.group_id, leg.leg_id)]
            bound += sum((excess(r, venue) for r in closing), ZERO)
            if total > bound:
                violated(
                    4, f"{group.group_id}/{leg.leg_id}: {total} close or may close it, {bound} on"
                )


def check_risk_order(
    message: SendOrder,
    before: Snapshot,
    shot: Snapshot,
    bounds: Bounds,
    told: Mapping[str, Decimal],
) -> None:
    """Invariant 5: with this order, risk stays within what the hedge proven permits. ``told``: the
    highest CumQty that came in with this commit, by order; a correction may have followed it."""
    if message.purpose is not Purpose.RISK:
        return
    order = shot.orders[message.ref]
    group = shot.groups[order.group_id]
    fractions = [
        hedge_fraction(group, shot),
        hedge_fraction(group, shot, before),
        hedge_fraction(group, shot, told=told),
    ]
    if order.group_id in before.groups:
        fractions.append(hedge_fraction(before.groups[order.group_id], before))
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
            # What this commit overfilled nobody could know; what it took back is not out any more.
            out -= max(overfilled(row) - overfilled(before.orders.get(ref)), ZERO)
    if out > allowed + HAIR:
        violated(5, f"{message.ref}: {out} of risk out, the hedge proven permits {allowed}")


def check_nothing_forgotten(shot: Snapshot) -> None:
    """Invariant 6: what is unhedged is being hedged, escalated, or waits as an orphan."""
    if shot.phase == "RECOVERING":
        return
    for group in shot.groups.values():
        fraction = risk_fraction(group, shot)
        for leg in group.legs:
            if leg.leg_type != "HEDGE":
                continue
            net = net_qty(leg, shot)
            short = round_up(fraction * leg.target, leg.lot) - net - leg.accepted
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
