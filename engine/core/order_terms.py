"""OrderQty and price: which report may change them, and which agreement is the newer.

Owns: an order's terms. May not: know statuses or executions.
"""

from __future__ import annotations

from engine.core.events import ExecutionReport
from engine.core.model import Order, Request
from engine.core.order import (
    open_requests,
)
from engine.core.order_table import PENDING
from engine.core.terms import (
    ExecType,
    IntentState,
    RequestKind,
    RequestState,
)


def take_terms(order: Order, report: ExecutionReport, request: Request | None) -> None:
    """OrderQty and price, where the report may change them."""
    accepts = report.exec_type is ExecType.REPLACED or (
        request is not None
        and request.kind is RequestKind.REPLACE
        and report.exec_type is ExecType.NEW
    )
    if not accepts and report.exec_type is ExecType.ORDER_STATUS:
        request = shown_by(order, report)
        accepts = request is not None
    if accepts:
        if request is None:
            waiting = open_requests(order, RequestKind.REPLACE)
            request = waiting[0] if waiting else None
        later = request is not None and any(
            r.kind is RequestKind.REPLACE
            and r.state is RequestState.ACCEPTED
            and r.number > request.number
            for r in order.requests
        )
        # The first word of a request by its own ClOrdID cannot be older than the terms before
        # it, whatever the broker's clock says: it may have been set back.
        first = (
            request is not None
            and request.cl_ord_id == report.cl_ord_id
            and request.state is not RequestState.ACCEPTED
        )
        if request is not None:
            request.state, request.intent = RequestState.ACCEPTED, IntentState.CLOSED
            request.pending_seen = False
        if later and not _are_newer_terms(order, report):
            return
        if first:
            order.terms_server_ns = report.server_time_ns
        elif _are_old_terms(order, report):
            return
        wanted = request.quantity if request is not None else None
        order.order_qty = report.order_qty or wanted or order.order_qty
        price = report.price or (request.price if request is not None else None)
        order.price = price if price is not None else order.price
    elif (
        report.exec_type is ExecType.RESTATED
        and report.order_qty
        and not _are_old_terms(order, report)
    ):
        if request is not None and request.kind is RequestKind.REPLACE:
            _note_accepted_before(request, report)
        order.order_qty = report.order_qty
        order.price = report.price if report.price is not None else order.price


def _note_accepted_before(request: Request, report: ExecutionReport) -> None:
    """A restatement under an amendment's own ClOrdID: that amendment was accepted before it, and
    its REPLACED, still to come, is no news."""
    if request.state is RequestState.OPEN and report.ord_status not in PENDING:
        request.state, request.intent = RequestState.ACCEPTED, IntentState.CLOSED
        request.pending_seen = False


def shown_by(order: Order, report: ExecutionReport) -> Request | None:
    """The amendment that a status answer shows as done: the broker has the order with its
    quantity, and nothing is pending. One that had lapsed must be named by its ClOrdID."""
    if report.ord_status in PENDING or report.order_qty in (None, order.order_qty):
        return None
    for request in order.requests:
        if request.kind is not RequestKind.REPLACE or request.quantity is None:
            continue
        # Asked for less than was filled, it is done at what was filled.
        if report.order_qty != request.quantity and not (
            request.quantity < report.cum_qty == report.order_qty
        ):
            continue
        named = request.cl_ord_id == report.cl_ord_id
        if request.state is RequestState.OPEN or (named and request.state is RequestState.LAPSED):
            return request
    return None


def _are_newer_terms(order: Order, report: ExecutionReport) -> bool:
    """Whether the broker stamped these terms after the ones we hold: of two amendments under way
    it may have taken the earlier one last."""
    stamp, held = report.server_time_ns, order.terms_server_ns
    return stamp is not None and held is not None and stamp > held


def _are_old_terms(order: Order, report: ExecutionReport) -> bool:
    """Whether these terms were agreed before the ones we hold; else they are ours now."""
    stamp = report.server_time_ns
    if stamp is None:
        return False
    if order.terms_server_ns is not None and stamp < order.terms_server_ns:
        return True
    order.terms_server_ns = stamp
    return False
