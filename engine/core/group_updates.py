"""A venue's own word about a group's lifecycle (the guide's state update).

Owns: checking it. May not: believe fills that our orders do not show; those are asked about.
"""

from __future__ import annotations

from engine.core import order as orders
from engine.core.events import GroupStateReported
from engine.core.idempotency import IdempotencyManager, state_update_key
from engine.core.lifecycle import RANK, ExecutionLifecycle, ExecutionStateValidator
from engine.core.model import Group
from engine.core.terms import RejectReason
from engine.core.turn import Turn

L = ExecutionLifecycle
_WITHOUT_FILLS = frozenset({L.VALIDATED.value, L.HEDGE_SUBMITTED.value})


def on_state_update(turn: Turn, event: GroupStateReported) -> None:
    """Take, refuse or ask about a claimed group state."""
    counts = turn.state.meta.counts
    counts.events += 1
    turn.state.touched.meta = True
    group = turn.state.groups.get(event.group_id)
    key = state_update_key(event, turn.state.config)
    content = f"{event.group_id}|{event.state}"
    seen = IdempotencyManager.seen(turn.state, key, turn.known.get(key))
    if seen is not None:
        same = seen == content
        _reject(
            turn, event, group,
            RejectReason.DUPLICATE if same else RejectReason.CONFLICTING_EXECUTION,
            "counted before" if same else "this event id was counted before with other content",
        )  # fmt: skip
        return
    IdempotencyManager.mark(turn.state, key, content, event.group_id)
    if group is None:
        _reject(turn, event, None, RejectReason.UNKNOWN_ORDER, "no such group")
    elif event.state not in RANK:
        _reject(turn, event, group, RejectReason.UNSUPPORTED_STATE, "no such lifecycle state")
    elif not ExecutionStateValidator.validate_state_transition(group.lifecycle, event.state):
        _reject(turn, event, group, RejectReason.OUT_OF_ORDER, "the rank never falls")
    elif event.state == group.lifecycle:
        counts.applied += 1
    elif event.state == L.FAILED.value:
        counts.applied += 1
        group.stopping = group.stopping or "FAILED_BY_VENUE"
        turn.touch_group(group)
    elif event.state in _WITHOUT_FILLS:
        counts.applied += 1
        turn.enter(group, event.state)
    else:
        _reject(turn, event, group, RejectReason.UNSUPPORTED_STATE, "our orders do not show this")
        _ask_all(turn, group)


def _ask_all(turn: Turn, group: Group) -> None:
    turn.ask_open_orders()
    for leg in group.legs.values():
        for ref in leg.orders:
            order = turn.state.orders[ref]
            if not orders.is_closed(order):
                turn.ask_order(order)


def _reject(
    turn: Turn, event: GroupStateReported, group: Group | None, reason: RejectReason, why: str
) -> None:
    turn.record(
        reason,
        group_id=event.group_id,
        exec_id=event.event_id,
        current=group.lifecycle if group is not None else "",
        incoming=event.state,
        text=why,
        raw=event.raw,
    )
