"""What the store must be asked before an input: ids that memory has let go.

Owns: reading the ids out of an input. May not: ask (the shell does, in one hop) or apply. What
is found comes back with the envelope (``known``) or is taken back into memory (``admit``).
"""

from __future__ import annotations

from engine.core.commands import SubmitGroup
from engine.core.events import (
    CancelRejected,
    ExecutionReport,
    ExecutionsListed,
    GroupStateReported,
    OpenOrdersListed,
    RawReceived,
)
from engine.core.idempotency import report_key, state_update_key
from engine.core.reports import order_of, owner_of
from engine.core.state import DeskState
from engine.core.wire import Unreadable, read


def lookups(state: DeskState, body: object) -> tuple[str, ...]:
    """Keys of counted events that memory does not hold and this input may repeat."""
    if isinstance(body, ExecutionReport):
        key = _key_of(state, body)
        return (key,) if key is not None and key not in state.volatile.seen else ()
    if isinstance(body, ExecutionsListed):
        return tuple(key for report in body.executions for key in lookups(state, report))
    if isinstance(body, OpenOrdersListed):
        return tuple(key for report in body.orders for key in lookups(state, report))
    if isinstance(body, GroupStateReported):
        key = state_update_key(body, state.config)
        return (key,) if key not in state.volatile.seen else ()
    if isinstance(body, RawReceived):
        return lookups(state, _parsed(body))
    group = body.group if isinstance(body, SubmitGroup) else None
    if group is not None and group.group_id not in state.groups:
        return (f"group:{group.group_id}",)
    return ()


def recall_keys(state: DeskState, body: object) -> tuple[str, ...]:
    """ClOrdIDs and OrderIDs named by this input that memory does not hold."""
    if isinstance(body, ExecutionReport | CancelRejected):
        ids = (body.cl_ord_id, body.orig_cl_ord_id)
        if any(i in state.by_cl_ord_id for i in ids) or body.order_id in state.by_order_id:
            return ()
        return tuple(i for i in (*ids, body.order_id) if i)
    if isinstance(body, ExecutionsListed):
        return tuple(key for report in body.executions for key in recall_keys(state, report))
    if isinstance(body, OpenOrdersListed):
        return tuple(key for report in body.orders for key in recall_keys(state, report))
    if isinstance(body, RawReceived):
        return recall_keys(state, _parsed(body))
    return ()


def _parsed(raw: RawReceived) -> object:
    try:
        return read(raw.raw)
    except Unreadable:
        return None


def _key_of(state: DeskState, report: ExecutionReport) -> str | None:
    return report_key(report, owner_of(order_of(state, report), report), state.config)
