"""The short path of the report that comes nine times out of ten.

Owns: the acknowledgement and the next fill of an order that goes on working, in a quiet group,
while nothing is in doubt. May not: do anything that the long path (``reports``) would do otherwise.
Whatever is not exactly the plain case is left untouched for it; ``test_routine.py`` runs both side
by side and compares every record.
"""

from __future__ import annotations

from engine.core.events import ExecutionReport
from engine.core.idempotency import NO_ID, IdempotencyManager, report_digest, report_key
from engine.core.model import ZERO, Execution, Order
from engine.core.order_reports import note_newest
from engine.core.questions import hears_plainly
from engine.core.reports import is_in_quiet_group, note_execution_time, note_routine
from engine.core.state import DeskState
from engine.core.terms import ExecType, IntentState, OrdStatus
from engine.core.turn import Turn

_NEW, _TRADE = ExecType.NEW, ExecType.TRADE
_STATUS_NEW, _PARTIAL, _PENDING = OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.PENDING_NEW
_ACKNOWLEDGED = IntentState.ACKNOWLEDGED
_LEFT = frozenset({IntentState.SENT, _ACKNOWLEDGED})


def take(turn: Turn, report: ExecutionReport) -> bool:
    """Apply the report if it is plain. False: nothing was changed, it goes the long way."""
    state = turn.state
    exec_type = report.exec_type
    if report.query_id is not None or (exec_type is not _TRADE and exec_type is not _NEW):
        return False
    ref = state.by_cl_ord_id.get(report.cl_ord_id)
    order = state.orders.get(ref) if ref is not None else None
    if order is None or ref not in state.volatile.working or not _is_plain(order):
        return False
    if order.ref in state.orphans or not hears_plainly(state):
        return False
    fills = exec_type is _TRADE
    if not (_is_next_fill(order, report) if fills else _is_first_word(order, report)):
        return False
    if not is_in_quiet_group(turn, order, report.last_qty or ZERO if fills else ZERO):
        return False
    stamp, newest = report.server_time_ns, order.newest_server_ns
    if stamp is not None and newest is not None and stamp < newest:
        return False
    owner = order.cl_ord_id
    key = report_key(report, owner, state.config)
    if key is None or key in state.volatile.seen or key in turn.known or _stands(state, order):
        return False
    state.clock.hear(turn.arrived_mono_ns, stamp, False)
    _count(turn, report, order, key)
    _take_words(state, order, report)
    if fills:
        _book(turn, order, report)
    order.base = order.ord_status = report.ord_status
    order.leaves_qty = order.order_qty - order.cum_qty
    note_newest(order, report)
    note_routine(turn, order)
    return True


def _is_plain(order: Order) -> bool:
    """It was sent and stands, and its ledger never needed mending."""
    return (
        order.intent in _LEFT
        and not order.gap_qty
        and not order.superseded
        and not order.held_count
        and not order.never_sent
        and order.reduced_server_ns is None
    )


def _is_next_fill(order: Order, report: ExecutionReport) -> bool:
    """A partial fill of a live order whose CumQty follows ours without a gap."""
    last_qty = report.last_qty
    return (
        report.ord_status is _PARTIAL
        and (order.base is _PARTIAL or order.base is _STATUS_NEW)
        and last_qty is not None
        and last_qty > ZERO
        and report.exec_id not in NO_ID
        and report.cum_qty == order.cum_qty + last_qty
        and report.cum_qty < order.order_qty
        and report.leaves_qty >= ZERO
        and report.exec_id not in order.executions
    )


def _is_first_word(order: Order, report: ExecutionReport) -> bool:
    """NEW for an order of which nothing was heard."""
    return (
        report.ord_status is _STATUS_NEW
        and order.base is _PENDING
        and not report.cum_qty
        and not order.cum_qty
        and report.leaves_qty >= ZERO
    )


def _stands(state: DeskState, order: Order) -> bool:
    """Whether an escalation or a wait stands that this report would end."""
    gap, standing = f"gap:{order.ref}", state.standing
    return (
        gap in state.deadlines.by_key or gap in standing or f"unconfirmed:{order.ref}" in standing
    )


def _count(turn: Turn, report: ExecutionReport, order: Order, key: str) -> None:
    state = turn.state
    counts = state.meta.counts
    counts.events += 1
    counts.applied += 1
    state.touched.meta = True
    owner = order.cl_ord_id
    IdempotencyManager.mark(state, key, report_digest(report, owner), owner)
    state.volatile.heard_at[order.ref] = turn.mono_ns


def _take_words(state: DeskState, order: Order, report: ExecutionReport) -> None:
    if report.order_id:
        order.order_id = report.order_id
        state.by_order_id[report.order_id] = order.ref
    order.text = report.text or order.text
    if report.avg_px is not None:
        order.reported_avg_px = report.avg_px
    order.intent = _ACKNOWLEDGED


def _book(turn: Turn, order: Order, report: ExecutionReport) -> None:
    quantity, price = report.last_qty or ZERO, report.last_px or ZERO
    execution = Execution(
        exec_id=report.exec_id,
        ref=order.ref,
        qty=quantity,
        px=price,
        exec_ref_id=report.exec_ref_id,
        live=True,
        claimed_cum=report.cum_qty,
        server_time_ns=report.server_time_ns,
        booked_mono_ns=turn.mono_ns,
    )
    order.executions[report.exec_id] = execution
    turn.state.touched.executions[(order.ref, report.exec_id)] = execution
    order.claimed_cum_qty = order.cum_qty = report.cum_qty
    order.booked_qty += quantity
    order.booked_notional += quantity * price
    note_execution_time(turn, report)
