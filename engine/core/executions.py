"""One order's executions: trades, corrections and busts, in whatever order they arrive.

Owns: what is booked and what CumQty says beyond it. May not: know statuses.

``cum_qty`` is always ``booked_qty + gap_qty``: what the live executions add up to, and what the
broker's CumQty says beyond them. What is booked depends only on the *set* of executions that
arrived, never on their order: an execution is live unless another one names it in ExecRefID.
An execution for which CumQty leaves no room is *held*: it belongs to the time after a bust that
has not arrived yet, and is booked when there is room. Cost per report is O(1) in the length of
the history, except where a bust releases held executions.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.events import ExecutionReport
from engine.core.model import ZERO, Execution, Order
from engine.core.terms import ExecType


@dataclass(slots=True)
class Booking:
    """What booking one report did. ``behind``: it says less than we know. ``twin``: the same
    fill under another id. ``held``: kept aside. ``claimed_more``: its CumQty opened a gap."""

    booked_qty: Decimal = ZERO
    behind: bool = False
    twin: bool = False
    held: bool = False
    claimed_more: bool = False
    touched: tuple[Execution, ...] = ()


def claim_cum(order: Order, report: ExecutionReport) -> Booking:
    """Take a CumQty that comes without an execution."""
    if report.cum_qty < order.cum_qty:
        return Booking(behind=True)
    if report.cum_qty == order.cum_qty or _is_stale_claim(order, report):
        return Booking()
    before = order.cum_qty
    order.gap_qty = report.cum_qty - order.booked_qty
    released = _release_held(order)
    _settle(order)
    return Booking(order.cum_qty - before, claimed_more=True, touched=tuple(released))


def shrink_gap(order: Order, cum_qty: Decimal) -> bool:
    """Let a fresh answer lower what no execution ever explained, after a bust. True if it did."""
    if order.reduced_qty == ZERO or not order.booked_qty <= cum_qty < order.cum_qty:
        return False
    order.gap_qty = cum_qty - order.booked_qty
    _settle(order)
    return True


def book(order: Order, report: ExecutionReport, exec_id: str) -> Booking:
    """Book a TRADE, TRADE_CORRECT or TRADE_CANCEL that was not counted before."""
    if exec_id in order.executions:
        return Booking(twin=True)
    execution = Execution(
        exec_id=exec_id,
        ref=order.ref,
        qty=report.last_qty or ZERO,
        px=report.last_px or ZERO,
        exec_ref_id=report.exec_ref_id,
        live=False,
        claimed_cum=report.cum_qty,
        server_time_ns=report.server_time_ns,
    )
    order.executions[exec_id] = execution
    if report.exec_type is ExecType.TRADE:
        booking = _book_trade(order, execution, report)
    elif report.exec_type is ExecType.TRADE_CORRECT:
        booking = _book_correction(order, execution, report)
    else:
        booking = _book_bust(order, execution, report)
    _settle(order)
    booking.touched = (execution, *booking.touched)
    return booking


def scale(order: Order, ratio: Decimal) -> tuple[Execution, ...]:
    """A split: every execution is ``ratio`` times as many at one ``ratio``-th of the price."""
    for execution in order.executions.values():
        execution.qty *= ratio
        execution.px /= ratio
        execution.claimed_cum *= ratio
    order.booked_qty *= ratio
    order.gap_qty *= ratio
    _settle(order)
    return tuple(order.executions.values())


def _settle(order: Order) -> None:
    order.cum_qty = order.booked_qty + order.gap_qty


def _book_trade(order: Order, x: Execution, report: ExecutionReport) -> Booking:
    if x.exec_id in order.superseded:
        order.reduced_qty += x.qty
        return Booking()
    return _fit(order, x, report.cum_qty, _is_stale_claim(order, report))


def _fit(order: Order, x: Execution, claim: Decimal, stale: bool) -> Booking:
    """Find room for an execution within what CumQty says."""
    cum = order.booked_qty + order.gap_qty
    ahead = claim > cum and not stale
    total = order.booked_qty + x.qty
    if ahead and claim >= total:
        _make_live(order, x)
        order.gap_qty = claim - total
        return Booking(x.qty, claimed_more=order.gap_qty > ZERO)
    if x.qty <= order.gap_qty:
        _make_live(order, x)
        order.gap_qty -= x.qty
        if ahead:
            order.gap_qty = max(claim - order.booked_qty, ZERO)
        return Booking(x.qty, behind=claim < cum)
    if ahead:
        order.gap_qty = claim - order.booked_qty
        x.held = True
        return Booking(claim - cum, held=True, claimed_more=True)
    if stale and claim >= total:
        _make_live(order, x)
        order.gap_qty = ZERO
        return Booking(x.qty)
    if _has_twin(order, x):
        return Booking(twin=True)
    x.held = True
    return Booking(behind=True, held=True)


def _book_correction(order: Order, x: Execution, report: ExecutionReport) -> Booking:
    old = order.executions.get(_end_of_chain(order, report.exec_ref_id, x.exec_id))
    order.superseded.setdefault(old.exec_id if old else report.exec_ref_id, x.exec_id)
    dead = x.exec_id in order.superseded
    if old is None:
        return Booking() if dead else _fit(order, x, report.cum_qty, False)
    before = order.booked_qty
    was_live, was_held = old.live, old.held
    _make_dead(order, old)
    if was_live and not dead:
        _make_live(order, x)
    elif was_held and not dead:
        x.held = True
    # What the correction adds may be what CumQty said beyond the executions all along.
    order.gap_qty = max(order.gap_qty - max(order.booked_qty - before, ZERO), ZERO)
    _note_reduction(order, before, report)
    return _after_reference(order, before, old, report)


def _book_bust(order: Order, x: Execution, report: ExecutionReport) -> Booking:
    old = order.executions.get(_end_of_chain(order, report.exec_ref_id, x.exec_id))
    order.superseded.setdefault(old.exec_id if old else report.exec_ref_id, x.exec_id)
    before = order.booked_qty
    if old is not None:
        _make_dead(order, old)
    elif order.gap_qty > ZERO and report.cum_qty < order.cum_qty:
        kept = max(report.cum_qty - order.booked_qty, ZERO)
        order.reduced_qty += order.gap_qty - kept
        order.gap_qty = kept
    _note_reduction(order, before, report)
    return _after_reference(order, before, old, report)


def _after_reference(
    order: Order, before: Decimal, old: Execution | None, report: ExecutionReport
) -> Booking:
    """After a bust or correction: room for what was held, and what its CumQty says beyond."""
    released = _release_held(order)
    claimed_more = False
    if report.cum_qty > order.booked_qty + order.gap_qty:
        order.gap_qty = report.cum_qty - order.booked_qty
        claimed_more = True
        released += _release_held(order)
    touched = tuple(released) if old is None else (old, *released)
    return Booking(order.booked_qty - before, claimed_more=claimed_more, touched=touched)


def _release_held(order: Order) -> list[Execution]:
    """Book what was held for want of room, oldest claim first."""
    held = [x for x in order.executions.values() if x.held] if order.reduced_qty else []
    if not held and order.gap_qty > ZERO:
        held = [x for x in order.executions.values() if x.held]
    released = []
    for x in sorted(held, key=lambda h: (h.claimed_cum, h.exec_id)):
        x.held = False
        if _fit(order, x, x.claimed_cum, False).booked_qty > ZERO and x.live:
            released.append(x)
        elif not x.live:
            x.held = True
    return released + _release_twins(order)


def _release_twins(order: Order) -> list[Execution]:
    """After a bust, a fill that looked like the same one under another id proves to be its
    successor: it fills what CumQty says beyond the rest, and nothing more."""
    if order.reduced_qty == ZERO or order.gap_qty == ZERO:
        return []
    released = []
    for x in order.executions.values():
        aside = not (x.live or x.held or x.exec_ref_id or x.exec_id in order.superseded)
        if aside and x.qty <= order.gap_qty:
            _make_live(order, x)
            order.gap_qty -= x.qty
            released.append(x)
    return released


def _note_reduction(order: Order, before: Decimal, report: ExecutionReport) -> None:
    if order.booked_qty < before:
        order.reduced_qty += before - order.booked_qty
    if report.server_time_ns is not None:
        known = order.reduced_server_ns
        if known is None or report.server_time_ns > known:
            order.reduced_server_ns = report.server_time_ns


def _is_stale_claim(order: Order, report: ExecutionReport) -> bool:
    """Whether a CumQty was said before a bust we know already, and so counts what it undid."""
    if order.reduced_server_ns is not None and report.server_time_ns is not None:
        return report.server_time_ns < order.reduced_server_ns
    return False


def _end_of_chain(order: Order, exec_id: str, unless: str) -> str:
    """Follow corrections from an execution to the one that stands for it now."""
    while True:
        later = order.superseded.get(exec_id)
        if later is None or later == unless or later not in order.executions:
            return exec_id
        exec_id = later


def _has_twin(order: Order, x: Execution) -> bool:
    """The same fill under another id: same quantity, price and CumQty, already booked."""
    return any(
        t.live and t.qty == x.qty and t.px == x.px and t.claimed_cum == x.claimed_cum
        for t in order.executions.values()
    )


def _make_live(order: Order, x: Execution) -> None:
    x.live, x.held = True, False
    order.booked_qty += x.qty
    order.booked_notional += x.qty * x.px


def _make_dead(order: Order, x: Execution) -> None:
    if x.live:
        order.booked_qty -= x.qty
        order.booked_notional -= x.qty * x.px
    x.live = x.held = False
