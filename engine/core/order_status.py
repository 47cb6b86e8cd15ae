"""Which claimed OrdStatus is believed: a claim passes the table, and what is behind says nothing.

Owns: ``base``, the broker's word on an order. May not: book a quantity; those are facts and are
booked before (``order_reports``).
"""

from __future__ import annotations

from engine.core.events import ExecutionReport
from engine.core.model import ZERO, Order, Request
from engine.core.order import (
    is_closed,
    open_requests,
)
from engine.core.order_outcome import TRADES, UNDOES, Outcome
from engine.core.order_table import CLOSED, PENDING, admits
from engine.core.terms import (
    ExecType,
    IntentState,
    OrdStatus,
    RejectReason,
    RequestKind,
    RequestState,
)

_LIVE = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED})
_FULL = frozenset({OrdStatus.FILLED, OrdStatus.CALCULATED})
_PASSING = _LIVE | {OrdStatus.STOPPED, OrdStatus.SUSPENDED, OrdStatus.DONE_FOR_DAY}


def take_status(
    order: Order,
    report: ExecutionReport,
    request: Request | None,
    behind: bool,
    outcome: Outcome,
) -> None:
    """Let a claimed OrdStatus pass the table. ``behind``: its quantities are older than ours."""
    claim, kind = report.ord_status, report.exec_type
    if claim in PENDING:
        _take_pending(order, report, request)
        return
    if kind is ExecType.REJECTED and claim is not OrdStatus.REJECTED:
        return
    if _belongs_to_an_old_id(order, report):
        outcome.refuse(RejectReason.OUT_OF_ORDER, "closes a ClOrdID that was replaced")
        return
    claim = _by_quantities(order, claim, kind)
    undoes = kind in UNDOES
    if undoes and _is_older(order, report) and order.base is OrdStatus.FILLED:
        if order.cum_qty < order.order_qty:
            order.base = OrdStatus.PARTIALLY_FILLED
            outcome.ask = True
        return
    if _is_behind(order, report, claim, behind):
        outcome.refuse(RejectReason.OUT_OF_ORDER, f"{report.ord_status} is behind what we know")
        return
    if kind is ExecType.ORDER_STATUS and _is_news(order, report, claim):
        kind = ExecType.TRADE_CANCEL if order.base in _FULL else ExecType.RESTATED
    if not admits(order.base, claim, kind):
        if kind in TRADES and outcome.booked_qty != ZERO:
            return  # a fill after the end is legal (J.1.b): booked, and the status stays
        outcome.refuse(RejectReason.OUT_OF_ORDER, f"{claim} cannot follow {order.base}")
        outcome.ask |= claim is OrdStatus.REJECTED
        return
    order.base = claim
    if claim is OrdStatus.DONE_FOR_DAY:
        order.leaves_qty = report.leaves_qty
    if kind is ExecType.CANCELED or claim is OrdStatus.CANCELED:
        _accept_cancels(order)


def _take_pending(order: Order, report: ExecutionReport, request: Request | None) -> None:
    lapsed = request is not None and request.state is RequestState.LAPSED
    if request is not None and lapsed and not request.refused and not is_closed(order):
        request.state = RequestState.OPEN  # a bust opened the order again, and the broker has it
    if request is not None and request.state is RequestState.OPEN:
        request.pending_seen = True
        request.intent = IntentState.ACKNOWLEDGED
    has_fills = order.base in (OrdStatus.PENDING_NEW, OrdStatus.NEW) and order.cum_qty > ZERO
    # What was stopped (guaranteed at a price) and is complete is no longer stopped.
    had_all = order.base is OrdStatus.STOPPED and order.cum_qty >= order.order_qty
    is_short = order.base is OrdStatus.FILLED and order.cum_qty < order.order_qty
    if has_fills or had_all or is_short:
        order.base = OrdStatus.PARTIALLY_FILLED


def _by_quantities(order: Order, claim: OrdStatus, kind: ExecType) -> OrdStatus:
    """What a live or filled claim means with the quantities that we hold."""
    if claim is OrdStatus.REPLACED:
        claim = OrdStatus.NEW
    undone = kind in UNDOES
    if claim in _LIVE:
        if order.cum_qty >= order.order_qty and (undone or order.base is OrdStatus.FILLED):
            return OrdStatus.FILLED
        return OrdStatus.PARTIALLY_FILLED if order.cum_qty > ZERO else OrdStatus.NEW
    if claim is OrdStatus.FILLED and undone and order.cum_qty < order.order_qty:
        return OrdStatus.PARTIALLY_FILLED if order.cum_qty > ZERO else OrdStatus.NEW
    return claim


def _is_behind(order: Order, report: ExecutionReport, claim: OrdStatus, behind: bool) -> bool:
    """A report from before what we know may close an order, but says nothing of a live one;
    and FILLED short of OrderQty is believed only from a report that is not behind."""
    if claim is OrdStatus.FILLED and order.cum_qty < order.order_qty:
        smaller = report.order_qty is not None and report.order_qty < order.order_qty
        return behind or (smaller and _had_other_terms(order))
    if _is_older(order, report) and claim in _PASSING and order.base is not OrdStatus.PENDING_NEW:
        return claim is not order.base
    if report.exec_type is ExecType.NEW and claim is not order.base:
        return report.cum_qty < order.cum_qty
    return False


def _had_other_terms(order: Order) -> bool:
    """Whether a report of a smaller size may be from before a change of it. One that never was
    amended nor restated had no other size: then the broker took it down, and we did not hear."""
    return order.terms_server_ns is not None or any(
        r.kind is RequestKind.REPLACE and r.state is RequestState.ACCEPTED for r in order.requests
    )


def _is_older(order: Order, report: ExecutionReport) -> bool:
    """Whether the broker stamped it before something that it said of this order already."""
    stamp, newest = report.server_time_ns, order.newest_server_ns
    return stamp is not None and newest is not None and stamp < newest


def _is_news(order: Order, report: ExecutionReport, claim: OrdStatus) -> bool:
    """Whether a status answer is newer than all we know and so tells of a report that is
    missing. FILLED and CALCULATED it undoes only where a bust did."""
    stamp, newest = report.server_time_ns, order.newest_server_ns
    if stamp is None or newest is None or stamp <= newest:
        return False
    if order.base in _FULL:
        return bool(order.superseded) and order.cum_qty < order.order_qty
    return claim not in CLOSED


def _belongs_to_an_old_id(order: Order, report: ExecutionReport) -> bool:
    """A broker that replaces by cancel-and-new closes the old ClOrdID; the order lives on."""
    if report.exec_type is not ExecType.CANCELED or not report.cl_ord_id:
        return False
    accepted = [
        r.cl_ord_id
        for r in order.requests
        if r.kind is RequestKind.REPLACE and r.state is RequestState.ACCEPTED
    ]
    if not accepted or report.cl_ord_id == accepted[-1] or report.orig_cl_ord_id == accepted[-1]:
        return False
    if open_requests(order, RequestKind.CANCEL):
        return False
    return report.cl_ord_id == order.cl_ord_id or report.cl_ord_id in accepted


def _accept_cancels(order: Order) -> None:
    for request in open_requests(order, RequestKind.CANCEL):
        request.state, request.intent = RequestState.ACCEPTED, IntentState.CLOSED
