"""The second ledger, as simple as it can be: what the venue did against what was booked.

Owns: invariants 2, 3, 7 and the final comparison (8). May not: use any rule of the engine.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from engine.core.terms import ExecType, OrdStatus
from engine.sim.durable import CLOSED, ZERO, ExecutionRow, OrderRow, Snapshot
from engine.sim.venue import Venue
from engine.sim.venue_order import VenueOrder
from engine.sim.verdict import violated

RANKS = (
    "CREATED", "VALIDATED", "HEDGE_SUBMITTED", "HEDGE_PARTIAL", "HEDGE_FILLED", "RISK_SUBMITTED",
    "RISK_PARTIAL", "RISK_FILLED", "HEDGED", "COMPLETED", "EMERGENCY_HEDGED", "FAILED",
)  # fmt: skip
ENDS = ("COMPLETED", "EMERGENCY_HEDGED", "FAILED")
_TRADES = (ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)


def check_executions(shot: Snapshot, venue: Venue) -> None:
    """Invariant 2: what is booked is what the venue did, each fill once, counted when booked."""
    for ref, order in shot.orders.items():
        rows = shot.executions.get(ref, [])
        live = [row for row in rows if row.live]
        total = sum((row.qty for row in live), ZERO)
        if total != order.booked:
            violated(2, f"{ref}: executions add up to {total}, booked {order.booked}")
        if order.cum != order.booked + order.gap or order.gap < ZERO:
            violated(2, f"{ref}: CumQty {order.cum}, booked {order.booked}, gap {order.gap}")
        truth = venue.find(order.cl_ord_id)
        if truth is None:
            if order.cum or rows:
                violated(2, f"{ref}: the venue never had it, booked {order.cum}")
            continue
        if order.cum > truth.max_cum:
            violated(2, f"{ref}: CumQty {order.cum}, the venue never said above {truth.max_cum}")
        _check_rows(ref, rows, order, truth, shot)


def _check_rows(
    ref: str, rows: list[ExecutionRow], order: OrderRow, truth: VenueOrder, shot: Snapshot
) -> None:
    if not truth.history:
        if rows:
            violated(2, f"{ref}: booked {rows[0].key}, the venue executed nothing")
        return
    fills = {exec_id: fill.number for fill in truth.fills for exec_id in fill.ids}
    booked: set[int] = set()
    for row in rows:
        if not row.live:
            continue
        number = fills.get(row.key)
        if number is None:
            violated(2, f"{ref}: booked {row.key}, which is no execution of the venue's")
        if number in booked:
            violated(2, f"{ref}: one fill of the venue is booked twice, the second as {row.key}")
        booked.add(number)
    counted = {row.key for row in rows}
    said = {report.exec_id for report in truth.history}
    said.update(exec_id for fill in truth.fills for exec_id in fill.ids)
    for exec_id in said:
        seen = f"sim#{exec_id}" in shot.seen or f"sim#{order.cl_ord_id}#{exec_id}" in shot.seen
        if seen != (exec_id in counted):
            word = "counted but not applied" if seen else "applied but not counted"
            violated(2, f"{ref}: execution {exec_id} is {word}")


def check_history(before: Snapshot, now: Snapshot, venue: Venue) -> None:
    """Invariants 3 and 7: against the last reading nothing fell, and nothing vanished."""
    for group_id, group in now.groups.items():
        old = before.groups.get(group_id)
        if old is not None and group.history[: len(old.history)] != old.history:
            violated(3, f"{group_id}: its history {old.history} became {group.history}")
        _check_ranks(group_id, group.history)
        if group.history and group.history[-1] != group.lifecycle:
            violated(3, f"{group_id}: {group.lifecycle} is not its last step {group.history[-1]}")
    for what, old_keys, keys in (
        ("group", before.groups.keys(), now.groups.keys()),
        ("order", before.orders.keys(), now.orders.keys()),
        ("counted event", before.seen, now.seen),
        ("orphan", before.open_orphans.keys(), now.open_orphans.keys() | now.resolutions.keys()),
    ):
        gone = set(old_keys) - set(keys)
        if gone:
            violated(7, f"{what} {min(gone)} is gone from the database")
    for ref, order in now.orders.items():
        if ref in before.orders:
            _check_order(before.orders[ref], order, venue)
    for number, escalation in before.escalations.items():
        if number not in now.escalations:
            violated(7, f"escalation {number} ({escalation.kind}) is gone from the database")
    for number, escalation in now.escalations.items():
        if escalation.state == "RESOLVED" and not escalation.seen_or_accepted:
            violated(7, f"escalation {number} ({escalation.kind}) ended, and nobody saw it")


def _check_ranks(group_id: str, history: tuple[str, ...]) -> None:
    for old, new in pairwise(history):
        if new not in RANKS or RANKS.index(new) <= RANKS.index(old):
            violated(3, f"{group_id}: {new} after {old}")


def _check_order(old: OrderRow, new: OrderRow, venue: Venue) -> None:
    if old == new:
        return
    truth = venue.find(new.cl_ord_id)
    undone = truth is not None and truth.busted
    revoked = old.never_sent and not new.never_sent
    if new.cum < old.cum and not undone:
        violated(3, f"{new.ref}: CumQty fell from {old.cum} to {new.cum} without a bust")
    if old.base in CLOSED and new.base not in CLOSED and not undone and not revoked:
        violated(3, f"{new.ref}: {old.base} became {new.base}")
    if new.base == "PENDING_NEW" and old.base != "PENDING_NEW" and not revoked:
        violated(3, f"{new.ref}: {old.base} became PENDING_NEW")
    if old.base == "PARTIALLY_FILLED" and new.base == "NEW" and not undone:
        violated(3, f"{new.ref}: PARTIALLY_FILLED became NEW")
    if old.intent == "CLOSED" and new.intent in ("INTENT_PERSISTED", "SENT"):
        violated(3, f"{new.ref}: its intent went from CLOSED to {new.intent}")


def check_equal(shot: Snapshot, venue: Venue) -> None:
    """Invariant 8: every order ends as it did at the venue."""
    for ref, order in shot.orders.items():
        truth = venue.find(order.cl_ord_id)
        if truth is None:
            if not order.closed:
                violated(8, f"{ref}: {order.base}, but it never reached the venue")
            continue
        if order.cum != truth.cum_qty:
            violated(8, f"{ref}: CumQty {order.cum}, at the venue {truth.cum_qty}")
        if order.gap:
            violated(8, f"{ref}: executions for {order.gap} were never found")
        if order.closed != truth.ended:
            violated(8, f"{ref}: {order.base}, at the venue {truth.status}")
        if order.base != truth.status and not _same_end(order, truth):
            violated(8, f"{ref}: {order.base}, at the venue {truth.status}")
    known = {order.cl_ord_id for order in shot.orders.values()}
    for truth in venue.orders:
        if not truth.ids & known:
            violated(8, f"the venue has {truth.cl_ord_id} ({truth.ref}), which is in no ledger")


def _same_end(order: OrderRow, truth: VenueOrder) -> bool:
    """FILLED and CANCELED of the same quantity differ only in who spoke last."""
    ended = {OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.EXPIRED}
    return (
        truth.status in ended
        and order.base in {each.value for each in ended}
        and (order.cum == truth.cum_qty)
    )


def total(quantities: list[Decimal]) -> Decimal:
    return sum(quantities, ZERO)
