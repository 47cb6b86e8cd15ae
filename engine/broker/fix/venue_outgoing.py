"""The exchange's end, outbound: the paper exchange's events as FIX.

Owns: 8, 9, AQ, AE, W, X, j and r as a venue writes them. May not: know a session.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.broker.fix.codes import code
from engine.broker.fix.message import Draft, FixMessage, Group, Pair
from engine.broker.fix.outgoing import plain
from engine.broker.fix.stamps import format_stamp
from engine.broker.fix.tags import Tag
from engine.core.events import (
    BrokerEvent,
    CancelRejected,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    OrderNotFound,
    QueryFailed,
    QuoteChanged,
)
from engine.core.terms import ExecType, OrdStatus


def draft_event(event: BrokerEvent, *, replaces: bool = False) -> Sequence[Draft]:
    """The messages that tell this event. ``replaces``: a CancelRejected of a replace."""
    match event:
        case ExecutionReport():
            return (draft_report(event),)
        case CancelRejected():
            return (_cancel_reject(event, replaces),)
        case OpenOrdersListed():
            return _open_orders(event)
        case ExecutionsListed():
            return _executions(event)
        case OrderNotFound():
            return (_not_found(event),)
        case QueryFailed():
            return (_refusal("H", event.query_id, event.why),)
    return ()


def draft_report(report: ExecutionReport, extra: Sequence[Pair] = ()) -> Draft:
    """An ExecutionReport."""
    fields: list[Pair] = [
        (Tag.ORDER_ID, report.order_id or "NONE"),
        *_texts((Tag.CL_ORD_ID, report.cl_ord_id), (Tag.ORIG_CL_ORD_ID, report.orig_cl_ord_id)),
        *_texts((Tag.EXEC_ID, report.exec_id), (Tag.EXEC_REF_ID, report.exec_ref_id)),
        (Tag.EXEC_TYPE, code(report.exec_type)),
        (Tag.ORD_STATUS, code(report.ord_status)),
        *_texts((Tag.ACCOUNT, report.account), (Tag.SYMBOL, report.symbol)),
    ]
    if report.side is not None:
        fields.append((Tag.SIDE, code(report.side)))
    if report.ord_type is not None:
        fields.append((Tag.ORD_TYPE, code(report.ord_type)))
    fields += _numbers(
        (Tag.ORDER_QTY, report.order_qty),
        (Tag.PRICE, report.price),
        (Tag.LAST_QTY, report.last_qty),
        (Tag.LAST_PX, report.last_px),
        (Tag.LEAVES_QTY, report.leaves_qty),
        (Tag.CUM_QTY, report.cum_qty),
        (Tag.AVG_PX, report.avg_px),
    )
    fields += _instant(report.server_time_ns)
    fields += _texts((Tag.TEXT, report.text))
    if report.query_id is not None and not extra:
        fields.append((Tag.ORD_STATUS_REQ_ID, report.query_id))
    return Draft("8", (*fields, *extra))


def draft_quote(quote: QuoteChanged, wire_id: str, *, incremental: bool) -> Draft:
    """A quote as W, or as X with a change (or a deletion) of each side."""
    rows: list[tuple[str, Decimal | None, Decimal | None]] = [
        ("0", quote.bid, quote.bid_size),
        ("1", quote.ask, quote.ask_size),
        ("2", quote.last, None),
    ]
    entries: list[tuple[Pair, ...]] = []
    for kind, price, size in rows:
        if price is None and (not incremental or kind == "2"):
            continue
        begin: list[Pair] = []
        if incremental:
            begin.append((Tag.MD_UPDATE_ACTION, "2" if price is None else "1"))
        begin.append((Tag.MD_ENTRY_TYPE, kind))
        if incremental:
            begin.append((Tag.SYMBOL, quote.symbol))
        pair = _numbers((Tag.MD_ENTRY_PX, price), (Tag.MD_ENTRY_SIZE, size))
        entries.append((*begin, *pair))
    fields: list[Pair] = [(Tag.MD_REQ_ID, wire_id)]
    if not incremental:
        fields.append((Tag.SYMBOL, quote.symbol))
    groups = (Group(Tag.NO_MD_ENTRIES, tuple(entries)),) if entries else ()
    if not groups:
        fields.append((Tag.NO_MD_ENTRIES, "0"))
    return Draft("X" if incremental else "W", tuple(fields), groups)


def draft_mass_cancel_report(cl_ord_id: str, order_id: str, affected: int) -> Draft:
    """The answer to a mass cancel of all orders; each order is reported by itself."""
    fields = (
        (Tag.CL_ORD_ID, cl_ord_id),
        (Tag.ORDER_ID, order_id),
        (Tag.MASS_CANCEL_REQUEST_TYPE, "7"),
        (Tag.MASS_CANCEL_RESPONSE, "7"),
        (Tag.TOTAL_AFFECTED_ORDERS, str(affected)),
    )
    return Draft("r", fields)


def draft_business_reject(message: FixMessage, why: str, reason: str) -> Draft:
    """A message that this venue cannot take. ``reason``: BusinessRejectReason (380)."""
    fields: list[Pair] = [
        (Tag.REF_SEQ_NUM, str(message.seq)),
        (Tag.REF_MSG_TYPE, message.msg_type),
        (Tag.BUSINESS_REJECT_REASON, reason),
        (Tag.TEXT, why),
    ]
    ref = message.get(Tag.CL_ORD_ID)
    for tag in (Tag.ORD_STATUS_REQ_ID, Tag.MASS_STATUS_REQ_ID, Tag.TRADE_REQUEST_ID):
        ref = message.get(tag) or ref
    if ref:
        fields.append((Tag.BUSINESS_REJECT_REF_ID, ref))
    return Draft("j", tuple(fields))


def _cancel_reject(event: CancelRejected, replaces: bool) -> Draft:
    fields = [
        (Tag.ORDER_ID, event.order_id or "NONE"),
        (Tag.CL_ORD_ID, event.cl_ord_id),
        (Tag.ORIG_CL_ORD_ID, event.orig_cl_ord_id),
        (Tag.ORD_STATUS, code(event.ord_status)),
        (Tag.CXL_REJ_RESPONSE_TO, "2" if replaces else "1"),
        (Tag.CXL_REJ_REASON, code(event.reason)),
        *_instant(event.server_time_ns),
        *_texts((Tag.TEXT, event.text)),
    ]
    return Draft("9", tuple(fields))


def _open_orders(event: OpenOrdersListed) -> list[Draft]:
    """911 says how many there are, 912 marks the last: that is the proof of completeness."""
    total = str(len(event.orders))
    if not event.orders:
        nothing = ExecutionReport(
            "", "0", ExecType.ORDER_STATUS, OrdStatus.REJECTED, Decimal(0), Decimal(0),
            server_time_ns=event.server_time_ns, text="no open orders",
        )  # fmt: skip
        return [draft_report(nothing, _of_list(event.query_id, total, last=True))]
    last = len(event.orders) - 1
    return [
        draft_report(report, _of_list(event.query_id, total, last=index == last))
        for index, report in enumerate(event.orders)
    ]


def _of_list(query_id: str, total: str, *, last: bool) -> tuple[Pair, ...]:
    return (
        (Tag.MASS_STATUS_REQ_ID, query_id),
        (Tag.TOT_NUM_REPORTS, total),
        (Tag.LAST_RPT_REQUESTED, "Y" if last else "N"),
    )


def _executions(event: ExecutionsListed) -> list[Draft]:
    total = str(len(event.executions))
    done = "1" if not event.executions else "0"
    ack = Draft(
        "AQ",
        (
            (Tag.TRADE_REQUEST_ID, event.query_id),
            (Tag.TRADE_REQUEST_TYPE, "0"),
            (Tag.TRADE_REQUEST_RESULT, "0"),
            (Tag.TRADE_REQUEST_STATUS, done),
            (Tag.TOT_NUM_TRADE_REPORTS, total),
        ),
    )
    last = len(event.executions) - 1
    return [ack] + [
        _trade(report, event.query_id, total, last=index == last)
        for index, report in enumerate(event.executions)
    ]


def _trade(report: ExecutionReport, query_id: str, total: str, *, last: bool) -> Draft:
    """A TradeCaptureReport. CumQty, LeavesQty, OrdStatus, AvgPx and OrderQty are this venue's
    own addition (profile: ``executions_carry_cum_qty``)."""
    fields: list[Pair] = [
        (Tag.TRADE_REPORT_ID, f"T{report.exec_id}"),
        (Tag.TRADE_REQUEST_ID, query_id),
        (Tag.TOT_NUM_TRADE_REPORTS, total),
        (Tag.LAST_RPT_REQUESTED, "Y" if last else "N"),
        (Tag.PREVIOUSLY_REPORTED, "Y"),
        (Tag.EXEC_ID, report.exec_id),
        (Tag.EXEC_TYPE, code(report.exec_type)),
        (Tag.ORD_STATUS, code(report.ord_status)),
        (Tag.SYMBOL, report.symbol),
    ]
    fields += _numbers(
        (Tag.ORDER_QTY, report.order_qty),
        (Tag.PRICE, report.price),
        (Tag.LAST_QTY, report.last_qty),
        (Tag.LAST_PX, report.last_px),
        (Tag.LEAVES_QTY, report.leaves_qty),
        (Tag.CUM_QTY, report.cum_qty),
        (Tag.AVG_PX, report.avg_px),
    )
    fields += _instant(report.server_time_ns)
    if report.ord_type is not None:
        fields.append((Tag.ORD_TYPE, code(report.ord_type)))
    side: list[Pair] = [(Tag.SIDE, code(report.side))] if report.side is not None else []
    side += _texts(
        (Tag.ORDER_ID, report.order_id),
        (Tag.CL_ORD_ID, report.cl_ord_id),
        (Tag.ACCOUNT, report.account),
    )
    return Draft("AE", tuple(fields), (Group(Tag.NO_SIDES, (tuple(side),)),))


def _not_found(event: OrderNotFound) -> Draft:
    report = ExecutionReport(
        event.cl_ord_id, "0", ExecType.ORDER_STATUS, OrdStatus.REJECTED, Decimal(0), Decimal(0),
        server_time_ns=event.server_time_ns, text="unknown order",
    )  # fmt: skip
    extra = ((Tag.ORD_STATUS_REQ_ID, event.query_id), (Tag.ORD_REJ_REASON, "5"))
    return draft_report(report, extra)


def _refusal(msg_type: str, ref: str, why: str) -> Draft:
    fields = (
        (Tag.REF_MSG_TYPE, msg_type),
        (Tag.BUSINESS_REJECT_REF_ID, ref),
        (Tag.BUSINESS_REJECT_REASON, "0"),
        (Tag.TEXT, why),
    )
    return Draft("j", fields)


def _texts(*pairs: Pair) -> list[Pair]:
    return [pair for pair in pairs if pair[1]]


def _numbers(*pairs: tuple[int, Decimal | None]) -> list[Pair]:
    return [(tag, plain(value)) for tag, value in pairs if value is not None]


def _instant(at_ns: int | None) -> list[Pair]:
    return [] if at_ns is None else [(Tag.TRANSACT_TIME, format_stamp(at_ns))]
