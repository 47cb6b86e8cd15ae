"""The counterparty's messages: from FIX to the engine's events.

Owns: 8, 9, AE, W and the times they carry. May not: decide, guess, or drop: what cannot be
read raises ``FixUnreadable`` and is kept raw by the caller. Source: FIX 4.4, volumes 4 and 6.

Time. An unasked report carries TransactTime, when it happened; an answer's SendingTime says
when it was made. A PossDup message was made at OrigSendingTime, whatever its SendingTime says.
"""

from __future__ import annotations

from decimal import Decimal

from engine.broker.fix.codes import (
    CXL_REJ_REASONS,
    EXEC_TYPES,
    OLD_FILLS,
    ORD_STATUSES,
    ORD_TYPES,
    SIDES,
    read_code,
)
from engine.broker.fix.message import FixMessage
from engine.broker.fix.profile import ReportTime, VenueProfile
from engine.broker.fix.tags import Tag
from engine.core.events import CancelRejected, ExecutionReport
from engine.core.terms import CxlRejReason, ExecType, OrdStatus

ZERO = Decimal(0)
UNKNOWN_ORDER = "5"
"""OrdRejReason (103): unknown order."""

ENDED = frozenset(
    {
        OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED,
        OrdStatus.DONE_FOR_DAY, OrdStatus.CALCULATED,
    }
)  # fmt: skip


def made_at(message: FixMessage) -> int | None:
    """When the counterparty made this message, by its clock."""
    if message.is_poss_dup:
        original = message.instant(Tag.ORIG_SENDING_TIME)
        if original is not None:
            return original
    return message.instant(Tag.SENDING_TIME)


def happened_at(message: FixMessage, profile: VenueProfile) -> int | None:
    """When what this message tells happened, by the counterparty's clock."""
    if profile.report_time is ReportTime.TRANSACT:
        instant = message.instant(Tag.TRANSACT_TIME)
        if instant is not None:
            return instant
    return made_at(message)


def query_id_of(message: FixMessage) -> str:
    """The id of the question that this message answers; "": none."""
    for tag in (Tag.ORD_STATUS_REQ_ID, Tag.MASS_STATUS_REQ_ID, Tag.TRADE_REQUEST_ID):
        if message.get(tag):
            return message.get(tag)
    return ""


def read_report(
    message: FixMessage, profile: VenueProfile, query_id: str | None = None
) -> ExecutionReport:
    """An ExecutionReport. ``query_id``: the engine's, where it answers a question. Raises
    ``FixUnreadable``."""
    exec_type = _exec_type(message, profile)
    ord_status = read_code(message, Tag.ORD_STATUS, ORD_STATUSES)
    cum_qty = message.need_number(Tag.CUM_QTY)
    order_qty = message.number(Tag.ORDER_QTY)
    asked = query_id is not None
    side, ord_type = message.get(Tag.SIDE), message.get(Tag.ORD_TYPE)
    return ExecutionReport(
        cl_ord_id=message.get(Tag.CL_ORD_ID),
        exec_id=message.get(Tag.EXEC_ID),
        exec_type=exec_type,
        ord_status=ord_status,
        cum_qty=cum_qty,
        leaves_qty=_leaves(message, ord_status, order_qty, cum_qty),
        order_id=_order_id(message),
        orig_cl_ord_id=message.get(Tag.ORIG_CL_ORD_ID),
        order_qty=order_qty,
        last_qty=message.number(Tag.LAST_QTY),
        last_px=message.number(Tag.LAST_PX),
        avg_px=message.number(Tag.AVG_PX),
        price=message.number(Tag.PRICE),
        exec_ref_id=message.get(Tag.EXEC_REF_ID),
        symbol=message.get(Tag.SYMBOL),
        side=SIDES.get(side),
        ord_type=ORD_TYPES.get(ord_type),
        account=message.get(Tag.ACCOUNT),
        poss_dup=message.is_poss_dup or message.flag(Tag.POSS_RESEND),
        server_time_ns=made_at(message) if asked else happened_at(message, profile),
        text=message.get(Tag.TEXT),
        raw=message.raw,
        query_id=query_id,
    )


def read_cancel_reject(message: FixMessage, profile: VenueProfile) -> CancelRejected:
    """An OrderCancelReject. Raises ``FixUnreadable``."""
    reason = message.get(Tag.CXL_REJ_REASON)
    return CancelRejected(
        cl_ord_id=message.need(Tag.CL_ORD_ID),
        orig_cl_ord_id=message.get(Tag.ORIG_CL_ORD_ID),
        ord_status=read_code(message, Tag.ORD_STATUS, ORD_STATUSES),
        reason=CXL_REJ_REASONS.get(reason, CxlRejReason.OTHER),
        order_id=_order_id(message),
        server_time_ns=happened_at(message, profile),
        text=message.get(Tag.TEXT),
        raw=message.raw,
    )


def read_trade_capture(
    message: FixMessage, profile: VenueProfile, query_id: str, booked: dict[str, Decimal]
) -> ExecutionReport:
    """A TradeCaptureReport as the execution it tells of. ``booked`` sums the quantities by
    order, for venues whose trade reports carry no CumQty; changed. Raises ``FixUnreadable``."""
    last_qty = message.need_number(Tag.LAST_QTY)
    order_id = message.need(Tag.ORDER_ID)
    booked[order_id] = booked.get(order_id, ZERO) + last_qty
    carries = profile.executions_carry_cum_qty
    cum_qty = message.need_number(Tag.CUM_QTY) if carries else booked[order_id]
    leaves_qty = message.need_number(Tag.LEAVES_QTY) if carries else ZERO
    status = OrdStatus.PARTIALLY_FILLED
    if carries:
        status = read_code(message, Tag.ORD_STATUS, ORD_STATUSES)
    return ExecutionReport(
        cl_ord_id=message.get(Tag.CL_ORD_ID),
        exec_id=message.need(Tag.EXEC_ID),
        exec_type=_exec_type(message, profile) if message.has(Tag.EXEC_TYPE) else ExecType.TRADE,
        ord_status=status,
        cum_qty=cum_qty,
        leaves_qty=leaves_qty,
        order_id=order_id,
        order_qty=message.number(Tag.ORDER_QTY),
        last_qty=last_qty,
        last_px=message.need_number(Tag.LAST_PX),
        avg_px=message.number(Tag.AVG_PX) if carries else None,
        price=message.number(Tag.PRICE),
        exec_ref_id=message.get(Tag.EXEC_REF_ID),
        symbol=message.get(Tag.SYMBOL),
        side=SIDES.get(message.get(Tag.SIDE)),
        ord_type=ORD_TYPES.get(message.get(Tag.ORD_TYPE)),
        account=message.get(Tag.ACCOUNT),
        poss_dup=message.is_poss_dup,
        server_time_ns=message.instant(Tag.TRANSACT_TIME) or made_at(message),
        raw=message.raw,
        query_id=query_id,
    )


def says_unknown_order(message: FixMessage) -> bool:
    """Whether this report, as the answer to a question, means "I do not know that order"."""
    return (
        message.get(Tag.ORD_STATUS) == "8"
        and message.get(Tag.ORD_REJ_REASON) == UNKNOWN_ORDER
        and message.get(Tag.EXEC_TYPE) in ("I", "8")
    )


def _exec_type(message: FixMessage, profile: VenueProfile) -> ExecType:
    if profile.fills_as_1_and_2 and message.get(Tag.EXEC_TYPE) in OLD_FILLS:
        return ExecType.TRADE
    return read_code(message, Tag.EXEC_TYPE, EXEC_TYPES)


def _order_id(message: FixMessage) -> str:
    """ "NONE" is what FIX has for "I know no such order"; it is no id."""
    order_id = message.get(Tag.ORDER_ID)
    return "" if order_id == "NONE" else order_id


def _leaves(
    message: FixMessage, status: OrdStatus, order_qty: Decimal | None, cum_qty: Decimal
) -> Decimal:
    """LeavesQty is required; where it is missing and the rest is there, it is arithmetic."""
    leaves_qty = message.number(Tag.LEAVES_QTY)
    if leaves_qty is not None:
        return leaves_qty
    if status in ENDED:
        return ZERO
    if order_qty is None:
        return message.need_number(Tag.LEAVES_QTY)
    return max(ZERO, order_qty - cum_qty)
