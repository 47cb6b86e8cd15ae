"""Reading raw inbound objects: JSON-like values to events, or a reason why not.

Owns: the strict reading of an execution report, a cancel reject or a group state update from
untrusted values. May not: raise; garbage gives a reason in words. Used for raw inbound text and
by adapters that speak JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from engine.core.events import CancelRejected, ExecutionReport, GroupStateReported
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, OrdType, Side

E = TypeVar("E", bound=StrEnum)
Parsed = ExecutionReport | CancelRejected | GroupStateReported
QTY_MAX = Decimal(10) ** 15


class Unreadable(Exception):
    """A field that cannot be read: says which, what was expected, what came."""


def read(raw: str) -> Parsed:
    """An event from JSON text. Raises ``Unreadable`` and nothing else."""
    try:
        value = json.loads(raw, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable(f"expected an object, got {type(value).__name__}")
    if "event_id" in value or "state" in value:
        return _state_update(value, raw)
    if "cxl_rej_reason" in value or "reason" in value:
        return _cancel_reject(value, raw)
    return _report(value, raw)


def _no_number(text: str) -> Decimal:
    raise ValueError(f"{text} is not a number")


def _report(value: Mapping[str, object], raw: str) -> ExecutionReport:
    side = _text(value, "side")
    ord_type = _text(value, "ord_type")
    report = ExecutionReport(
        cl_ord_id=_text(value, "cl_ord_id"),
        orig_cl_ord_id=_text(value, "orig_cl_ord_id"),
        order_id=_text(value, "order_id"),
        exec_id=_text(value, "exec_id"),
        exec_type=_enum(value, "exec_type", ExecType),
        ord_status=_enum(value, "ord_status", OrdStatus),
        order_qty=_number(value, "order_qty"),
        cum_qty=_required(value, "cum_qty"),
        leaves_qty=_required(value, "leaves_qty"),
        last_qty=_number(value, "last_qty"),
        last_px=_number(value, "last_px"),
        avg_px=_number(value, "avg_px"),
        price=_number(value, "price"),
        exec_ref_id=_text(value, "exec_ref_id"),
        symbol=_text(value, "symbol"),
        side=_enum(value, "side", Side) if side else None,
        ord_type=_enum(value, "ord_type", OrdType) if ord_type else None,
        account=_text(value, "account"),
        poss_dup=bool(value.get("poss_dup", False)),
        server_time_ns=_instant(value),
        text=_text(value, "text"),
        raw=raw,
    )
    if not report.cl_ord_id and not report.order_id:
        raise Unreadable("cl_ord_id or order_id: expected one of them, got neither")
    return report


def _cancel_reject(value: Mapping[str, object], raw: str) -> CancelRejected:
    key = "cxl_rej_reason" if "cxl_rej_reason" in value else "reason"
    return CancelRejected(
        cl_ord_id=_text(value, "cl_ord_id"),
        orig_cl_ord_id=_text(value, "orig_cl_ord_id"),
        order_id=_text(value, "order_id"),
        ord_status=_enum(value, "ord_status", OrdStatus),
        reason=_enum(value, key, CxlRejReason),
        server_time_ns=_instant(value),
        text=_text(value, "text"),
        raw=raw,
    )


def _state_update(value: Mapping[str, object], raw: str) -> GroupStateReported:
    return GroupStateReported(
        event_id=_text(value, "event_id"),
        group_id=_text(value, "group_id") or _text(value, "group"),
        state=_text(value, "state"),
        server_time_ns=_instant(value),
        raw=raw,
    )


def _text(value: Mapping[str, object], key: str) -> str:
    found = value.get(key, "")
    if found is None:
        return ""
    if isinstance(found, Decimal):
        return str(found)
    if not isinstance(found, str):
        raise Unreadable(f"{key}: expected text, got {type(found).__name__}")
    if len(found) > 4096 or any(ord(c) < 32 for c in found):
        raise Unreadable(f"{key}: expected at most 4096 printable characters")
    return found


def _enum(value: Mapping[str, object], key: str, enum: type[E]) -> E:
    found = value.get(key)
    try:
        return enum(found if isinstance(found, str) else "")
    except ValueError:
        raise Unreadable(f"{key}: expected one of {', '.join(enum)}, got {found!r}") from None


def _number(value: Mapping[str, object], key: str) -> Decimal | None:
    found = value.get(key)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, Decimal | str):
        raise Unreadable(f"{key}: expected a number, got {found!r}")
    try:
        number = Decimal(found)
    except InvalidOperation:
        raise Unreadable(f"{key}: expected a number, got {found!r}") from None
    if not number.is_finite() or abs(number) > QTY_MAX:
        raise Unreadable(f"{key}: expected a number up to {QTY_MAX:f}, got {found!r}")
    return number


def _required(value: Mapping[str, object], key: str) -> Decimal:
    number = _number(value, key)
    if number is None or number < 0:
        raise Unreadable(f"{key}: expected a number of at least 0, got {value.get(key)!r}")
    return number


def _instant(value: Mapping[str, object]) -> int | None:
    found = value.get("server_time_ns")
    if found is None:
        return None
    if isinstance(found, Decimal) and found.is_finite() and 0 <= found < 2**63:
        return int(found)
    raise Unreadable(f"server_time_ns: expected nanoseconds UTC, got {found!r}")
