"""One order: what a report does to it.

Owns: applying execution reports and cancel rejects to an ``Order``. May not: look at groups,
raise escalations or send anything; the ``Outcome`` says what was seen. Quantities are facts
and are always booked; statuses are claims and pass the table (``order_table``).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from engine.core import executions
from engine.core.events import CancelRejected, ExecutionReport
from engine.core.model import ZERO, Execution, Order, Request
from engine.core.order_table import CLOSED, DEAD, PENDING, admits
from engine.core.terms import (
    CxlRejReason,
    ExecType,
    IntentState,
    OrdStatus,
    RejectReason,
    RequestKind,
    RequestState,
)

TRADES = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})
_LIVE = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED})
_FULL = frozenset({OrdStatus.FILLED, OrdStatus.CALCULATED})
_PASSING = _LIVE | {OrdStatus.STOPPED, OrdStatus.SUSPENDED, OrdStatus.DONE_FOR_DAY}
_AVG_PX_STEP = Decimal("1e-10")


@dataclass(slots=True)
class Outcome:
    """What a report did. ``reason`` is set when something of it was not applied; ``ask`` when
    the broker must be asked; ``late_fill``: CumQty rose on a closed order."""

    reason: RejectReason | None = None
    why: str = ""
    booked_qty: Decimal = ZERO
    changed: bool = False
    ask: bool = False
    late_fill: bool = False
    overfill: bool = False
    split_ratio: Decimal | None = None
    touched: tuple[Execution, ...] = ()

    def refuse(self, reason: RejectReason, why: str) -> None:
        """Keep the first reason that something was not applied."""
        if self.reason is None:
            self.reason, self.why = reason, why


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
        _take_terms(order, report, request)
        _take_status(order, report, request, behind, outcome)
    if order.cum_qty < cum_before:
        reopen_if_short(order, report)
    refresh(order)
    if was_closed and not is_closed(order):
        _forgive_refusals(order)
    rose = order.cum_qty > cum_before
    outcome.late_fill = rose and was_closed and is_closed(order)
    outcome.overfill = rose and order.cum_qty > order.order_qty
    outcome.ask |= order.gap_qty != ZERO and rose
    outcome.changed = before != _durable(order) or bool(outcome.touched)
    if outcome.reason is None and (
        outcome.changed or report.exec_type is not ExecType.ORDER_STATUS
    ):
        _note_newest(order, report)
    return outcome


def reopen_if_short(order: Order, report: ExecutionReport) -> None:
    """A report that is believed for lowering a filled order is believed for its life as well:
    what may still fill at the broker must not be hedged a second time."""
    short = order.cum_qty < order.order_qty
    if order.base is OrdStatus.FILLED and short and report.leaves_qty > ZERO:
        order.base = OrdStatus.PARTIALLY_FILLED if order.cum_qty > ZERO else OrdStatus.NEW


def _note_newest(order: Order, report: ExecutionReport) -> None:
    if report.server_time_ns is not None:
        order.newest_server_ns = max(report.server_time_ns, order.newest_server_ns or 0)


def _durable(order: Order) -> tuple[object, ...]:
    """What a report can change of an order, beside its executions and requests."""
    return (
        order.base, order.ord_status, order.cum_qty, order.leaves_qty, order.order_qty,
        order.order_id, order.price, order.reported_avg_px, order.text, order.claimed_cum_qty,
        order.terms_server_ns,
    )  # fmt: skip


def apply_cancel_reject(order: Order, reject: CancelRejected) -> Outcome:
    """Settle a request that the broker refused. The status it carries is a claim without
    quantities: it is believed only where it agrees with the quantities we hold."""
    outcome = Outcome(changed=True)
    request = request_of(order, reject.cl_ord_id)
    if request is None:
        outcome.changed = False
        outcome.refuse(RejectReason.UNKNOWN_ORDER, "rejects a request that we did not make")
        return outcome
    revived = request.state is RequestState.LAPSED and not is_closed(order)
    if request.state is not RequestState.OPEN and not revived:
        outcome.changed = False
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
    undoes = report.exec_type in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)
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


def _take_terms(order: Order, report: ExecutionReport, request: Request | None) -> None:
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
        if later:
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
        order.order_qty = report.order_qty
        order.price = report.price if report.price is not None else order.price


def _are_old_terms(order: Order, report: ExecutionReport) -> bool:
    """Whether these terms were agreed before the ones we hold; else they are ours now."""
    stamp = report.server_time_ns
    if stamp is None:
        return False
    if order.terms_server_ns is not None and stamp < order.terms_server_ns:
        return True
    order.terms_server_ns = stamp
    return False


def _take_status(
    order: Order,
    report: ExecutionReport,
    request: Request | None,
    behind: bool,
    outcome: Outcome,
) -> None:
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
    undoes = kind in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)
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
    if request is not None and lapsed and not is_closed(order):
        request.state = RequestState.OPEN  # a bust opened the order again, and the broker has it
    if request is not None and request.state is RequestState.OPEN:
        request.pending_seen = True
        request.intent = IntentState.ACKNOWLEDGED
    has_fills = order.base in (OrdStatus.PENDING_NEW, OrdStatus.NEW) and order.cum_qty > ZERO
    if has_fills or (order.base is OrdStatus.FILLED and order.cum_qty < order.order_qty):
        order.base = OrdStatus.PARTIALLY_FILLED


def _by_quantities(order: Order, claim: OrdStatus, kind: ExecType) -> OrdStatus:
    """What a live or filled claim means with the quantities that we hold."""
    if claim is OrdStatus.REPLACED:
        claim = OrdStatus.NEW
    undone = kind in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT)
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


def _forgive_refusals(order: Order) -> None:
    """A cancel that came too late for a filled order is no reason not to ask again, once a
    bust has opened the order anew."""
    for request in order.requests:
        if request.kind is RequestKind.CANCEL and request.state is RequestState.REJECTED:
            request.state = RequestState.LAPSED


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
