"""One order: what is known of it, and what follows from that.

Owns: what is derived from an order's record (closed, done, LeavesQty, the shown OrdStatus) and the
trader's word that it never left. May not: read a report (``order_reports``), look at groups or
send anything.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from engine.core.events import ExecutionReport
from engine.core.model import ZERO, Order, Request
from engine.core.order_table import CLOSED, DEAD
from engine.core.terms import (
    IntentState,
    OrdStatus,
    RequestKind,
    RequestState,
)

_LIVE = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED})
_AVG_PX_STEP = Decimal("1e-10")


def avg_px(order: Order) -> Decimal:
    """AvgPx from the executions, to 10 decimals; the broker's own while some are missing."""
    if order.gap_qty != ZERO and order.reported_avg_px is not None:
        return order.reported_avg_px.quantize(_AVG_PX_STEP, ROUND_HALF_EVEN)
    if order.booked_qty == ZERO:
        return ZERO
    return (order.booked_notional / order.booked_qty).quantize(_AVG_PX_STEP, ROUND_HALF_EVEN)


def is_closed(order: Order) -> bool:
    """Closed by the broker's word, or by the trader's that it never left."""
    return order.never_sent or order.base in CLOSED


def may_still_fill(order: Order) -> Decimal:
    """What of this order can still fill, as far as anyone knows."""
    return ZERO if is_closed(order) else order.leaves_qty


def is_done(order: Order) -> bool:
    """Nothing can fill any more today: from quantities and status together."""
    return order.never_sent or order.base in CLOSED or not order.leaves_qty


def open_requests(order: Order, kind: RequestKind) -> list[Request]:
    """Requests of ours that the broker has not settled."""
    return [r for r in order.requests if r.kind is kind and r.state is RequestState.OPEN]


def current_cl_ord_id(order: Order) -> str:
    """The ClOrdID that the next request chains on: the last replace not rejected (matrix D.2)."""
    for request in reversed(order.requests):
        if request.kind is RequestKind.REPLACE and request.state in (
            RequestState.OPEN,
            RequestState.ACCEPTED,
        ):
            return request.cl_ord_id
    return order.cl_ord_id


def request_of(order: Order, cl_ord_id: str) -> Request | None:
    """The request with this ClOrdID, or None when it is the order's own."""
    for request in order.requests:
        if request.cl_ord_id == cl_ord_id:
            return request
    return None


def mark_never_sent(order: Order) -> None:
    """The trader's claim that this order never left. Revocable: see ``revoke_never_sent``."""
    order.never_sent = True
    order.intent = IntentState.CLOSED
    order.base = OrdStatus.CANCELED
    refresh(order)


def revoke_never_sent(order: Order) -> None:
    """A report proves that the order did leave: it is open again, from what is known."""
    order.never_sent = False
    order.base = OrdStatus.PENDING_NEW
    refresh(order)


def reject_unsent(order: Order) -> None:
    """It certainly did not leave: ended with nothing filled, like a reject."""
    order.base = OrdStatus.REJECTED
    refresh(order)


def reject_unsent_request(order: Order, request: Request) -> None:
    """A request that certainly did not leave."""
    request.state, request.intent = RequestState.REJECTED, IntentState.CLOSED
    refresh(order)


def reopen_if_short(order: Order, report: ExecutionReport) -> None:
    """A report that is believed for lowering a filled order is believed for its life as well:
    what may still fill at the broker must not be hedged a second time."""
    short = order.cum_qty < order.order_qty
    if order.base is OrdStatus.FILLED and short and report.leaves_qty > ZERO:
        order.base = OrdStatus.PARTIALLY_FILLED if order.cum_qty > ZERO else OrdStatus.NEW


def refresh(order: Order) -> None:
    """Derive LeavesQty, the shown OrdStatus and the intent from what is known."""
    if order.base in _LIVE:
        order.base = OrdStatus.PARTIALLY_FILLED if order.cum_qty > ZERO else OrdStatus.NEW
    if is_closed(order):
        order.leaves_qty = ZERO
        _lapse_requests(order)
    elif order.base is not OrdStatus.DONE_FOR_DAY:
        order.leaves_qty = max(order.order_qty - order.cum_qty, ZERO)
    order.ord_status = shown_status(order)
    if is_closed(order) and order.intent is not IntentState.ORPHANED:
        order.intent = IntentState.CLOSED
    elif order.intent is IntentState.CLOSED:
        order.intent = IntentState.ACKNOWLEDGED


def shown_status(order: Order) -> OrdStatus:
    """OrdStatus with our open requests laid over it: asked is not done."""
    if order.base in DEAD or order.base is OrdStatus.CALCULATED:
        return order.base
    pending = [r for r in order.requests if r.state is RequestState.OPEN]
    if order.base is OrdStatus.FILLED:
        pending = [r for r in pending if r.pending_seen]
    if any(r.kind is RequestKind.CANCEL for r in pending):
        return OrdStatus.PENDING_CANCEL
    if pending:
        return OrdStatus.PENDING_REPLACE
    return order.base


def _lapse_requests(order: Order) -> None:
    """On a closed order no request has anything left to do, unless the broker said that it
    is working on it."""
    for request in order.requests:
        if request.state is RequestState.OPEN and not (
            request.pending_seen and order.base is OrdStatus.FILLED
        ):
            if order.base is OrdStatus.FILLED and request.kind is RequestKind.REPLACE:
                continue
            request.state, request.intent = RequestState.LAPSED, IntentState.CLOSED
