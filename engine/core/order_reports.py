"""What a report does to one order.

Owns: applying execution reports and cancel rejects to an ``Order``. May not: look at groups,
raise escalations or send anything; the ``Outcome`` says what was seen. Quantities are facts
and are always booked; statuses are claims and pass the table (``order_status``).
"""

from __future__ import annotations

from engine.core import executions
from engine.core.events import CancelRejected, ExecutionReport
from engine.core.model import ZERO, Order
from engine.core.order import (
    is_closed,
    refresh,
    reopen_if_short,
    request_of,
)
from engine.core.order_outcome import TRADES, UNDOES, Outcome
from engine.core.order_status import take_status
from engine.core.order_table import CLOSED, DEAD
from engine.core.order_terms import take_terms
from engine.core.terms import (
    CxlRejReason,
    ExecType,
    IntentState,
    OrdStatus,
    RejectReason,
    RequestKind,
    RequestState,
)

_LIVE = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED})


def apply_report(order: Order, report: ExecutionReport, exec_key: str) -> Outcome:
    """Apply a report that was not counted before. ``exec_key`` names its execution."""
    outcome = Outcome()
    before = _durable(order)
    if _is_nonsense(report, outcome, order):
        return outcome
    was_closed, cum_before = is_closed(order), order.cum_qty
    if report.order_id:
        order.order_id = report.order_id
    if report.avg_px is not None and report.cum_qty >= order.cum_qty:
        order.reported_avg_px = report.avg_px
    _take_split(order, report, outcome)
    booking = _take_quantities(order, report, exec_key, outcome)
    _take_acknowledgement(order, report, outcome)
    request = request_of(order, report.cl_ord_id) if report.cl_ord_id else None
    if not (booking.twin or (booking.behind and report.exec_type is ExecType.ORDER_STATUS)):
        behind = booking.behind or booking.overtaken
        behind = behind or (cum_before == order.cum_qty and booking.booked_qty > ZERO)
        take_terms(order, report, request)
        take_status(order, report, request, behind, outcome)
    if order.cum_qty < cum_before:
        reopen_if_short(order, report)
    refresh(order)
    if was_closed and not is_closed(order):
        _forgive_refusals(order)
    rose = order.cum_qty > cum_before
    outcome.late_fill = rose and was_closed and is_closed(order)
    outcome.overfill = rose and order.cum_qty > order.order_qty
    # A bust that leaves a gap lowered nothing, because it is stamped before what we know: the
    # broker's clock was set back, or it is late. Only a fresh answer tells which.
    undoes = report.exec_type in UNDOES
    outcome.ask |= order.gap_qty != ZERO and (rose or undoes)
    outcome.changed = before != _durable(order) or bool(outcome.touched)
    if outcome.reason is None and (
        outcome.changed or report.exec_type is not ExecType.ORDER_STATUS
    ):
        note_newest(order, report)
    return outcome


def apply_cancel_reject(order: Order, reject: CancelRejected) -> Outcome:
    """Settle a request that the broker refused. The status it carries is a claim without
    quantities: it is believed only where it agrees with the quantities we hold."""
    outcome = Outcome(changed=True)
    request = request_of(order, reject.cl_ord_id)
    if request is None:
        outcome.changed = False
        outcome.refuse(RejectReason.UNKNOWN_ORDER, "rejects a request that we did not make")
        return outcome
    first, request.refused = not request.refused, True
    revived = request.state is RequestState.LAPSED and first and not is_closed(order)
    if request.state is not RequestState.OPEN and not revived:
        outcome.changed = first
        if request.state is RequestState.REJECTED:
            outcome.refuse(RejectReason.DUPLICATE, "this request was rejected already")
        elif request.state is RequestState.ACCEPTED:
            outcome.refuse(RejectReason.OUT_OF_ORDER, "this request was accepted already")
        return outcome
    request.state, request.intent = RequestState.REJECTED, IntentState.CLOSED
    claim = reject.ord_status
    complete = order.cum_qty >= order.order_qty
    if claim is OrdStatus.FILLED and complete and order.base not in DEAD:
        order.base = OrdStatus.FILLED
    elif (claim in CLOSED and claim is not order.base) or (
        reject.reason is CxlRejReason.UNKNOWN_ORDER and not is_closed(order)
    ):
        outcome.ask = True
    elif claim in _LIVE and complete and not is_closed(order):
        order.base = OrdStatus.FILLED
    refresh(order)
    return outcome


def _is_nonsense(report: ExecutionReport, outcome: Outcome, order: Order) -> bool:
    """Values that no broker can mean; nothing is taken from them but a higher CumQty."""
    if report.cum_qty < ZERO or report.leaves_qty < ZERO:
        outcome.refuse(RejectReason.MALFORMED, "a negative quantity")
        return True
    needs_last = report.exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT)
    if needs_last and (report.last_qty is None or report.last_qty <= ZERO):
        outcome.refuse(RejectReason.MALFORMED, "a fill without a positive LastQty")
        before = order.cum_qty
        outcome.booked_qty = executions.claim_cum(order, report).booked_qty
        outcome.ask = True
        outcome.changed = order.cum_qty != before
        refresh(order)
        return True
    undoes = report.exec_type in UNDOES
    if report.ord_status is OrdStatus.FILLED and report.cum_qty == ZERO and not undoes:
        outcome.refuse(RejectReason.UNSUPPORTED_STATE, "FILLED with CumQty 0")
        outcome.ask = True
        return True
    return False


def _take_split(order: Order, report: ExecutionReport, outcome: Outcome) -> None:
    """A restatement that scales OrderQty and CumQty alike is a split (matrix H)."""
    if report.exec_type is not ExecType.RESTATED or not report.order_qty:
        return
    if order.cum_qty == ZERO or report.cum_qty == order.cum_qty:
        return
    if report.cum_qty * order.order_qty != report.order_qty * order.cum_qty:
        return
    outcome.split_ratio = report.cum_qty / order.cum_qty
    outcome.touched = executions.scale(order, outcome.split_ratio)


def _take_quantities(
    order: Order, report: ExecutionReport, exec_key: str, outcome: Outcome
) -> executions.Booking:
    if report.exec_type in TRADES:
        booking = executions.book(order, report, exec_key)
    else:
        booking = executions.claim_cum(order, report)
    outcome.booked_qty = booking.booked_qty
    outcome.touched += booking.touched
    if booking.twin:
        outcome.refuse(RejectReason.DUPLICATE, "the same fill under another ExecID")
    elif booking.behind:
        outcome.refuse(
            RejectReason.OUT_OF_ORDER, f"CumQty {report.cum_qty} below {order.cum_qty} known"
        )
        outcome.ask = report.exec_type is not ExecType.ORDER_STATUS
    elif booking.held:
        outcome.refuse(RejectReason.OUT_OF_ORDER, "an execution that CumQty leaves no room for")
        outcome.ask = True
    return booking


def _take_acknowledgement(order: Order, report: ExecutionReport, outcome: Outcome) -> None:
    """A word of the broker's about an order proves that it has it; PENDING_NEW says only that
    something arrived, and is no acknowledgement."""
    order.text = report.text or order.text
    if report.ord_status is OrdStatus.PENDING_NEW:
        return
    if order.intent in (IntentState.INTENT_PERSISTED, IntentState.SENT):
        order.intent = IntentState.ACKNOWLEDGED


def note_newest(order: Order, report: ExecutionReport) -> None:
    """Keep the newest stamp of what the broker said of this order."""
    if report.server_time_ns is not None:
        order.newest_server_ns = max(report.server_time_ns, order.newest_server_ns or 0)


def _durable(order: Order) -> tuple[object, ...]:
    """What a report can change of an order, beside its executions and requests."""
    return (
        order.base, order.ord_status, order.cum_qty, order.leaves_qty, order.order_qty,
        order.order_id, order.price, order.reported_avg_px, order.text, order.claimed_cum_qty,
        order.terms_server_ns,
    )  # fmt: skip


def _forgive_refusals(order: Order) -> None:
    """A cancel that came too late for a filled order is no reason not to ask again, once a
    bust has opened the order anew."""
    for request in order.requests:
        if request.kind is RequestKind.CANCEL and request.state is RequestState.REJECTED:
            request.state = RequestState.LAPSED
