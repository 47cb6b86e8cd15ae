"""The codec of the desk's records, and what is kept in which row.

Owns: which record goes into which table and which columns stand beside its body. May not: run
SQL (``writer``, ``loader``). Executions and requests have rows of their own, so they are left
out of an order's body.
"""

from __future__ import annotations

from functools import cache

from engine.core.decisions import SendCancel
from engine.core.lifecycle import ExecutionLifecycle
from engine.core.model import (
    Escalation,
    Execution,
    ExternalOrder,
    Group,
    HedgeChain,
    Order,
    Orphan,
    RejectedEvent,
    Request,
    StopWatch,
)
from engine.core.order import is_closed
from engine.core.order_table import CLOSED
from engine.core.terms import ChainState, EscalationState, StopState
from engine.store.codec import Codec

Row = tuple[object, ...]

POSITION_PREFIX = "position:"
RECONCILED = "reconciled"
"""The key of the last reconciliation among the single values."""

_ENDED = frozenset(
    {
        ExecutionLifecycle.COMPLETED.value,
        ExecutionLifecycle.EMERGENCY_HEDGED.value,
        ExecutionLifecycle.FAILED.value,
    }
)
_LIVE_CHAIN = frozenset({ChainState.CANCELING, ChainState.WORKING, ChainState.UNCERTAIN})
_LIVE_STOP = frozenset(
    {StopState.WORKING, StopState.CANCELING, StopState.UNCERTAIN, StopState.FALLBACK}
)


@cache
def record_codec() -> Codec:
    """The codec for every record and every input the store keeps. One for the process: it holds
    nothing but what the classes say, and making one takes as long as some hundred commits."""
    return Codec(omit={Order: frozenset({"executions", "requests"})})


def text(value: str) -> str:
    """Text that SQLite can take: a lone surrogate (from garbage input) is written out."""
    if value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def position_key(key: str) -> str:
    """The key of a position's row among the single values."""
    return f"{POSITION_PREFIX}{text(key)}"


def group_row(group: Group, seq: int, codec: Codec) -> Row:
    closed_seq = seq if group.lifecycle in _ENDED else None
    return (
        group.group_id,
        group.lifecycle,
        group.end_reason,
        group.created_wall_ns,
        closed_seq,
        codec.encode(group),
    )


def order_row(order: Order, codec: Codec) -> Row:
    """An order is live while it may still fill or while executions are missing."""
    return (
        order.cl_ord_id,
        "NEW",
        order.ref,
        0,
        order.group_id,
        text(order.order_id),
        order.intent.value,
        order.ord_status.value,
        int(not is_closed(order) or order.gap_qty != 0),
        codec.encode(order),
    )


def request_row(order: Order, request: Request, codec: Codec) -> Row:
    return (
        request.cl_ord_id,
        request.kind.value,
        order.ref,
        request.number,
        order.group_id,
        "",
        request.intent.value,
        request.state.value,
        0,
        codec.encode(request),
    )


def external_cancel_row(message: SendCancel, codec: Codec) -> Row:
    """The intent to cancel an order that is not ours; "//" can begin no reference of ours."""
    return (
        message.cl_ord_id,
        "CANCEL",
        f"//{text(message.ref)}",
        message.request,
        "",
        text(message.order_id),
        "INTENT_PERSISTED",
        "OPEN",
        0,
        codec.encode(message),
    )


def execution_row(ref: str, exec_key: str, execution: Execution, codec: Codec) -> Row:
    return (
        text(ref),
        text(exec_key),
        str(execution.qty),
        str(execution.px),
        int(execution.live),
        codec.encode(execution),
    )


def chain_row(chain: HedgeChain, codec: Codec) -> Row:
    live = int(chain.state in _LIVE_CHAIN)
    return (chain.chain_id, chain.group_id, chain.state.value, live, codec.encode(chain))


def stop_row(stop: StopWatch, codec: Codec) -> Row:
    live = int(stop.state in _LIVE_STOP)
    return (stop.key, stop.group_id, stop.state.value, live, codec.encode(stop))


def escalation_row(escalation: Escalation, codec: Codec) -> Row:
    return (
        escalation.number,
        escalation.kind.value,
        escalation.severity.value,
        text(escalation.group_id),
        escalation.state.value,
        int(escalation.state is not EscalationState.RESOLVED),
        escalation.raised_wall_ns,
        codec.encode(escalation),
    )


def orphan_row(orphan: Orphan, codec: Codec) -> Row:
    return (
        orphan.ref,
        orphan.ref.split("/", 1)[0],
        orphan.evidence.value if orphan.evidence else None,
        orphan.resolution.value if orphan.resolution else None,
        codec.encode(orphan),
    )


def external_row(external: ExternalOrder, codec: Codec) -> Row:
    return (
        text(external.key),
        text(external.cl_ord_id),
        text(external.order_id),
        external.ord_status.value,
        int(external.ord_status not in CLOSED),
        codec.encode(external),
    )


def rejected_row(event: RejectedEvent, codec: Codec) -> Row:
    return (
        event.number,
        event.wall_ns,
        event.reason.value,
        text(event.ref),
        text(event.group_id),
        text(event.exec_id),
        text(event.explained_by),
        codec.encode(event),
    )
