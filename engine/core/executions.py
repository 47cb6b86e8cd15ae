"""One order's executions: trades, corrections and busts, in whatever order they arrive.

Owns: what is booked and what CumQty says beyond it. May not: know statuses.

``cum_qty`` is always ``booked_qty + gap_qty``: what the live executions add up to, and what the
broker's CumQty says beyond them. What is booked depends only on the *set* of executions that
arrived, never on their order: an execution is live unless another one names it in ExecRefID.
An execution for which CumQty leaves no room is *held*: it belongs to the time after a bust that
has not arrived yet, and is booked when there is room. CumQty itself is the newest claim, where
the broker stamps its reports: a bust that is older than what we know leaves it as it is.
Cost per report is O(1) in the length of the history, except while executions are held.
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
    fill under another id. ``held``: kept aside. ``claimed_more``: its CumQty opened a gap.
    ``overtaken``: a bust that we know undid what it says."""

    booked_qty: Decimal = ZERO
    behind: bool = False
    twin: bool = False
    held: bool = False
    claimed_more: bool = False
    overtaken: bool = False
    touched: tuple[Execution, ...] = ()


def claim_cum(order: Order, report: ExecutionReport) -> Booking:
    """Take a CumQty that comes without an execution."""
    if report.cum_qty < order.cum_qty:
        return Booking(behind=not _lower(order, report))
    if _is_stale(order, report.server_time_ns):
        return Booking(overtaken=True)
    before = order.cum_qty
    _claim(order, report.cum_qty)
    released = _release_held(order)
    rose = order.cum_qty - before
    return Booking(rose, claimed_more=rose > ZERO, touched=tuple(released))


def shrink_gap(order: Order, cum_qty: Decimal) -> bool:
    """Let a fresh answer lower what no execution ever explained, after a bust. True if it did."""
    if not order.superseded or cum_qty >= order.cum_qty:
        return False
    order.claimed_cum_qty = cum_qty
    _settle(order)
    return order.cum_qty == cum_qty


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
        booking = _book_trade(order, execution)
    elif report.exec_type is ExecType.TRADE_CORRECT:
        booking = _book_correction(order, execution, report)
    else:
        booking = _book_bust(order, execution, report)
    booking.touched = (execution, *booking.touched)
    return booking


def scale(order: Order, ratio: Decimal) -> tuple[Execution, ...]:
    """A split: every execution is ``ratio`` times as many at one ``ratio``-th of the price."""
    for execution in order.executions.values():
        execution.qty *= ratio
        execution.px /= ratio
        execution.claimed_cum *= ratio
    order.booked_qty *= ratio
    order.claimed_cum_qty *= ratio
    _settle(order)
    return tuple(order.executions.values())


def _book_trade(order: Order, x: Execution) -> Booking:
    if x.exec_id in order.superseded:
        order.reduced_qty += x.qty
        return Booking(overtaken=True)
    before = order.cum_qty
    if _is_copy(order, x):
        _hold(order, x)
        return Booking(twin=True)
    if _fit(order, x):
        return Booking(
            x.qty, behind=x.claimed_cum < before, claimed_more=order.gap_qty > ZERO,
            touched=tuple(_release_held(order)),
        )  # fmt: skip
    _hold(order, x)
    if order.cum_qty > before:
        return Booking(order.cum_qty - before, held=True, claimed_more=True)
    if _has_twin(order, x):
        return Booking(twin=True)
    return Booking(behind=True, held=True)


def _fit(order: Order, x: Execution) -> bool:
    """Make an execution live if what CumQty says, or what it says itself, has room for it."""
    total = order.booked_qty + x.qty
    if not _is_stale(order, x.server_time_ns):
        _claim(order, x.claimed_cum)
    elif x.claimed_cum >= total > order.cum_qty:
        order.claimed_cum_qty = total
        _settle(order)
    if total > order.cum_qty:
        return False
    _make_live(order, x)
    return True


def _book_correction(order: Order, x: Execution, report: ExecutionReport) -> Booking:
    old = order.executions.get(_end_of_chain(order, report.exec_ref_id, x.exec_id))
    order.superseded.setdefault(old.exec_id if old else report.exec_ref_id, x.exec_id)
    before, cum_before = order.booked_qty, order.cum_qty
    stood = old is None or old.live or old.held
    if old is not None:
        _make_dead(order, old)
    _take_undoing(order, before, cum_before, report)
    if stood and x.exec_id not in order.superseded and not _fit(order, x):
        _hold(order, x)
    _note_reduction(order, before, report)
    return _after_reference(order, before, cum_before, old)


def _book_bust(order: Order, x: Execution, report: ExecutionReport) -> Booking:
    old = order.executions.get(_end_of_chain(order, report.exec_ref_id, x.exec_id))
    order.superseded.setdefault(old.exec_id if old else report.exec_ref_id, x.exec_id)
    before, cum_before = order.booked_qty, order.cum_qty
    if old is not None:
        _make_dead(order, old)
    _take_undoing(order, before, cum_before, report)
    _note_reduction(order, before, report)
    return _after_reference(order, before, cum_before, old)


def _take_undoing(
    order: Order, booked_before: Decimal, cum_before: Decimal, report: ExecutionReport
) -> None:
    """The CumQty of a bust or correction, the only reports that may lower it. One older than
    what we know lowers nothing. Without stamps the order is unknown: what was booked is taken
    back, and of what nothing explained as much as the report says."""
    stamp, claim, known = report.server_time_ns, report.cum_qty, order.newest_server_ns
    if stamp is not None and known is not None:
        if stamp >= known:
            order.claimed_cum_qty = claim
    elif booked_before == order.booked_qty:
        if claim < cum_before:
            order.reduced_qty += cum_before - max(claim, order.booked_qty)
            order.claimed_cum_qty = claim
    else:
        undone = booked_before - order.booked_qty
        order.claimed_cum_qty = max(cum_before - undone, claim)
    _settle(order)


def _after_reference(
    order: Order, before: Decimal, cum_before: Decimal, old: Execution | None
) -> Booking:
    """After a bust or correction: room for what was held."""
    released = _release_held(order)
    touched = tuple(released) if old is None else (old, *released)
    rose = order.cum_qty > cum_before
    return Booking(order.booked_qty - before, claimed_more=rose, touched=touched)


def _release_held(order: Order) -> list[Execution]:
    """Book what was held for want of room, oldest claim first."""
    if not order.held_count:
        return []
    held = [x for x in order.executions.values() if x.held]
    held.sort(key=lambda x: (x.server_time_ns or 0, x.claimed_cum, x.exec_id))
    return [x for x in held if not _is_copy(order, x) and _fit(order, x)]


def _claim(order: Order, cum_qty: Decimal) -> None:
    """A CumQty at or above ours is taken."""
    if cum_qty >= order.cum_qty:
        order.claimed_cum_qty = cum_qty
        _settle(order)


def _lower(order: Order, report: ExecutionReport) -> bool:
    """After a bust or correction, a newer report may lower what no execution explained."""
    stamp, known = report.server_time_ns, order.newest_server_ns
    if stamp is None or known is None or stamp < known:
        return False
    return shrink_gap(order, report.cum_qty)


def _settle(order: Order) -> None:
    order.cum_qty = max(order.claimed_cum_qty, order.booked_qty)
    order.gap_qty = order.cum_qty - order.booked_qty


def _note_reduction(order: Order, before: Decimal, report: ExecutionReport) -> None:
    if order.booked_qty < before:
        order.reduced_qty += before - order.booked_qty
    if report.server_time_ns is not None:
        known = order.reduced_server_ns
        if known is None or report.server_time_ns > known:
            order.reduced_server_ns = report.server_time_ns


def _is_stale(order: Order, stamp: int | None) -> bool:
    """Whether a CumQty was said before a bust we know already, and so counts what it undid."""
    if order.reduced_server_ns is not None and stamp is not None:
        return stamp < order.reduced_server_ns
    return False


def _end_of_chain(order: Order, exec_id: str, unless: str) -> str:
    """Follow corrections from an execution to the one that stands for it now."""
    while True:
        later = order.superseded.get(exec_id)
        if later is None or later == unless or later not in order.executions:
            return exec_id
        exec_id = later


def _is_copy(order: Order, x: Execution) -> bool:
    """Until something was undone CumQty only grows, so no two fills say the same one: a twin is a
    copy then, also while a gap has room for it. One that says more than any before it has no
    twin, so the usual fill costs the same however many came before."""
    if order.superseded or x.claimed_cum > order.cum_qty:
        return False
    return _has_twin(order, x)


def _has_twin(order: Order, x: Execution) -> bool:
    """The same fill under another id: same quantity, price and CumQty, already booked. A
    duplicate comes soon after its original, so the newest are looked at first."""
    return any(
        t.live and t.qty == x.qty and t.px == x.px and t.claimed_cum == x.claimed_cum
        for t in reversed(order.executions.values())
    )


def _hold(order: Order, x: Execution) -> None:
    if not x.held:
        x.held = True
        order.held_count += 1


def _make_live(order: Order, x: Execution) -> None:
    _unhold(order, x)
    x.live = True
    order.booked_qty += x.qty
    order.booked_notional += x.qty * x.px
    _settle(order)


def _make_dead(order: Order, x: Execution) -> None:
    _unhold(order, x)
    if x.live:
        order.booked_qty -= x.qty
        order.booked_notional -= x.qty * x.px
        _settle(order)
    x.live = False


def _unhold(order: Order, x: Execution) -> None:
    if x.held:
        x.held = False
        order.held_count -= 1
