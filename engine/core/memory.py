"""Which records are in memory: the indexes over them, closed groups that leave and come back.

Owns: ``rebuild``, ``admit`` and ``forget``. May not: change a record. The store keeps every group
for good; what left memory is read back when something about it comes in (``recall_keys``).
"""

from __future__ import annotations

from itertools import islice

from engine.core import order as orders
from engine.core.intents import is_open_orphan
from engine.core.lifecycle import TERMINAL
from engine.core.model import Group, HedgeChain, Order, StopWatch
from engine.core.state import DeskState
from engine.core.terms import ChainState, EscalationState, IntentState, Phase

FORGOTTEN_A_TURN = 2
"""Closed groups looked at in one turn: more than one can close, and the cost is bounded."""


def rebuild(state: DeskState) -> None:
    """After loading: derive the indexes and caches from the records."""
    for order in state.orders.values():
        _index(state, order)
    for escalation in state.escalations.values():
        if escalation.state is not EscalationState.RESOLVED:
            state.standing[escalation.cause_key] = escalation.number
    for group in state.groups.values():
        if group.lifecycle in TERMINAL:
            state.volatile.closed_order[group.group_id] = None


def admit(
    state: DeskState,
    group: Group,
    orders_of_group: list[Order],
    chains: list[HedgeChain],
    stops: list[StopWatch],
) -> None:
    """Take a closed group back into memory, because something about it came in."""
    state.groups[group.group_id] = group
    for order in orders_of_group:
        state.orders[order.ref] = order
        _index(state, order)
    state.chains.update({chain.chain_id: chain for chain in chains})
    state.stops.update({watch.key: watch for watch in stops})
    state.volatile.closed_order[group.group_id] = None


def _index(state: DeskState, order: Order) -> None:
    state.by_cl_ord_id[order.cl_ord_id] = order.ref
    for request in order.requests:
        state.by_cl_ord_id[request.cl_ord_id] = order.ref
    if order.order_id:
        state.by_order_id[order.order_id] = order.ref
    if order.never_sent:
        return
    if not orders.is_done(order) or order.gap_qty != 0 or order.intent is IntentState.ORPHANED:
        state.volatile.working[order.ref] = None


def forget(state: DeskState) -> None:
    """Bound memory: the oldest closed groups leave it; the store keeps them for good. None does
    while recovering: what a bust opened again is looked at only after that."""
    if state.meta.phase is Phase.RECOVERING:
        return
    closed = state.volatile.closed_order
    excess = len(closed) - state.config.closed_groups_kept
    if excess <= 0:
        return
    for group_id in tuple(islice(closed, min(excess, FORGOTTEN_A_TURN))):
        del closed[group_id]
        group = state.groups.get(group_id)
        if group is None or group.lifecycle not in TERMINAL:
            continue
        if _is_forgettable(state, group):
            _drop(state, group)
        else:
            closed[group_id] = None  # its turn comes again


def _is_forgettable(state: DeskState, group: Group) -> bool:
    if group.lifecycle not in TERMINAL or _is_touched(state, group):
        return False
    if any(state.chains[c].state is not ChainState.DONE for c in group.chains):
        return False
    if any(state.escalations[n].group_id == group.group_id for n in state.standing.values()):
        return False
    return not any(
        ref in state.volatile.working or ref in state.touched.orders or is_open_orphan(state, ref)
        for leg in group.legs.values()
        for ref in leg.orders
    )


def _is_touched(state: DeskState, group: Group) -> bool:
    """Whether this turn changed anything of the group: then it must stay to be written."""
    touched = state.touched
    refs = {ref for leg in group.legs.values() for ref in leg.orders}
    stops = {f"{group.group_id}/{leg_id}" for leg_id in group.legs}
    return (
        group.group_id in touched.groups
        or not refs.isdisjoint(touched.orders)
        or not refs.isdisjoint(touched.orphans)
        or not stops.isdisjoint(touched.stops)
        or not touched.chains.isdisjoint(group.chains)
    )


def _drop(state: DeskState, group: Group) -> None:
    for leg in group.legs.values():
        state.stops.pop(f"{group.group_id}/{leg.leg_id}", None)
        for ref in leg.orders:
            order = state.orders.pop(ref)
            for cl_ord_id in (order.cl_ord_id, *(r.cl_ord_id for r in order.requests)):
                state.by_cl_ord_id.pop(cl_ord_id, None)
            state.by_order_id.pop(order.order_id, None)
            state.volatile.heard_at.pop(ref, None)
            state.volatile.asked_at.pop(ref, None)
            state.volatile.asking.pop(ref, None)
            state.volatile.uncertain.pop(ref, None)
            state.volatile.unanswered.discard(ref)
            state.orphans.pop(ref, None)
    for chain_id in group.chains:
        state.chains.pop(chain_id, None)
    del state.groups[group.group_id]
    state.touched.forgotten.append(group.group_id)
