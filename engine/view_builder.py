"""From the desk's state to the frozen views of single things.

Owns: building groups, orders, chains, escalations, orphans and the rest as ``views``. May not:
decide, change the state or keep a reference to it. Each builder costs what the one thing is
made of, never what the desk holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core import by_hand, hedging, intents, legs, order, order_commands
from engine.core.group import waits_for
from engine.core.lifecycle import RANK, TERMINAL
from engine.core.model import (
    ZERO,
    Escalation,
    ExternalOrder,
    Group,
    HedgeChain,
    Leg,
    Order,
    Orphan,
    RejectedEvent,
)
from engine.core.state import DeskState
from engine.core.terms import ChainState, EscalationState, LegType
from engine.core.turn import Turn
from engine.views import (
    AcknowledgementView,
    ChainView,
    EscalationView,
    ExecutionView,
    ExternalView,
    GroupRow,
    LegView,
    OrderView,
    OrphanView,
    RejectedView,
    RequestView,
)

_CHAIN_WORDS = {
    ChainState.CANCELING: "canceling what works before it hedges the rest",
    ChainState.WORKING: "hedging at MARKET, level {level}",
    ChainState.UNCERTAIN: "asking the broker: a cancel is not confirmed, nothing more is sent",
    ChainState.EXHAUSTED: "nothing more: all levels are used, a hand is needed",
    ChainState.TAKEN_OVER: "waiting for the hedge made by hand",
    ChainState.DONE: "nothing more: the hedge has ended",
}


def wall_of(mono_ns: int, group: Group) -> int:
    """The wall clock at a monotonic instant, by the group's own pair of both."""
    return group.created_wall_ns + mono_ns - group.created_mono_ns


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """What the sums over all groups need of one: ``wait`` is why it waits for the trader."""

    closed: bool
    wait: str
    short_qty: Decimal


def group_facts(state: DeskState, group: Group) -> GroupFacts:
    """The same as in its row, at a fraction of the cost: it is asked for each change."""
    short = ZERO
    for leg in legs.legs_of(group, LegType.HEDGE):
        short += _short_qty(state, group, leg)
    closed = group.lifecycle in TERMINAL and not legs.works(state, group)
    return GroupFacts(closed, waits_for(Turn(state), group), short)


def group_row(state: DeskState, group: Group) -> GroupRow:
    """One group as a table row."""
    facts = group_facts(state, group)
    hedged = unhedged = over_hedged = ZERO
    for leg in legs.legs_of(group, LegType.HEDGE):
        net, required = legs.net_qty(state, leg), legs.hedge_required(state, group, leg)
        hedged += min(net, required)
        unhedged += max(required - net, ZERO)
        over_hedged += max(net - required, ZERO)
    return GroupRow(
        group_id=group.group_id,
        account=group.account,
        lifecycle=str(group.lifecycle),
        rank=RANK[group.lifecycle],
        end_reason=group.end_reason,
        unhedged_qty=unhedged,
        hedged_qty=hedged,
        over_hedged_qty=over_hedged,
        gap=legs.has_gap(state, group),
        closed=facts.closed,
        needs_me=bool(facts.wait),
        wait=facts.wait,
        paused=group.paused,
        created_wall_ns=group.created_wall_ns,
        state_since_wall_ns=wall_of(group.history[-1][1], group),
        legs=tuple(_leg(state, group, leg) for leg in group.legs.values()),
        short_qty=facts.short_qty,
    )


def _short_qty(state: DeskState, group: Group, leg: Leg) -> Decimal:
    """What this hedge leg lacks: for the risk that is on, and up to its target while a chain
    hedges it or the trader holds it. A leg whose own orders still work lacks nothing yet."""
    unhedged = legs.leg_unhedged(state, group, leg)
    if not (group.chains or leg.held):
        return unhedged
    turn = Turn(state)
    if leg.held or hedging.active_chain(turn, group, leg) is not None:
        return max(unhedged, hedging.shortfall(turn, group, leg, by_hand=True))
    return unhedged


def _leg(state: DeskState, group: Group, leg: Leg) -> LegView:
    watch = state.stops.get(f"{group.group_id}/{leg.leg_id}")
    return LegView(
        leg_id=leg.leg_id,
        leg_type=leg.leg_type,
        symbol=leg.symbol,
        side=leg.side,
        status=legs.leg_status(state, group, leg),
        target_qty=leg.target_qty,
        filled_qty=legs.filled_qty(state, leg),
        working_qty=legs.working_qty(state, leg),
        avg_px=legs.avg_px(state, leg),
        held=leg.held,
        stop_state=watch.state.value if watch is not None else "",
        short_qty=_short_qty(state, group, leg) if leg.leg_type is LegType.HEDGE else ZERO,
    )


def order_view(found: Order) -> OrderView:
    """One order with its requests and executions."""
    ahead_ns = found.created_wall_ns - found.created_mono_ns
    return OrderView(
        ref=found.ref,
        group_id=found.group_id,
        leg_id=found.leg_id,
        purpose=found.purpose,
        level=found.level,
        symbol=found.symbol,
        side=found.side,
        order_type=found.order_type,
        price=found.price,
        order_qty=found.order_qty,
        cum_qty=found.cum_qty,
        leaves_qty=found.leaves_qty,
        avg_px=order.avg_px(found),
        gap_qty=found.gap_qty,
        ord_status=found.ord_status,
        intent=found.intent,
        cl_ord_id=found.cl_ord_id,
        order_id=found.order_id,
        created_wall_ns=found.created_wall_ns,
        requests=tuple(
            RequestView(
                each.number,
                each.kind,
                each.cl_ord_id,
                each.state,
                each.quantity,
                each.price,
                each.asked_mono_ns + ahead_ns,
                each.user,
            )
            for each in found.requests
        ),
        executions=tuple(
            ExecutionView(
                each.exec_id, each.qty, each.px, each.live and not each.held, each.server_time_ns
            )
            for each in found.executions.values()
        ),
        can_cancel=order_commands.why_not_cancel(found),
        can_replace=order_commands.why_not_replace(found),
    )


def chain_view(state: DeskState, chain: HedgeChain) -> ChainView:
    """One hedge chain."""
    group = state.groups[chain.group_id]
    filled = sum((state.orders[ref].cum_qty for ref in chain.orders), ZERO)
    return ChainView(
        chain_id=chain.chain_id,
        group_id=chain.group_id,
        leg_id=chain.leg_id,
        state=chain.state,
        cause=chain.cause,
        level=chain.level,
        target_qty=chain.target_qty,
        filled_qty=filled,
        orders=tuple(chain.orders),
        started_wall_ns=wall_of(chain.started_mono_ns, group),
    )


def escalation_view(state: DeskState, found: Escalation) -> EscalationView:
    """One escalation, with what the engine does about it now and what a hand may hedge."""
    group = state.groups.get(found.group_id)
    leg = group.legs.get(found.leg_id) if group is not None else None
    proven, doing = None, ""
    if group is not None and leg is not None:
        turn = Turn(state)
        if leg.leg_type is LegType.HEDGE:
            proven = by_hand.proven_exposure(turn, group, leg)
        chain = hedging.active_chain(turn, group, leg)
        if chain is not None:
            doing = _CHAIN_WORDS[chain.state].format(level=max(chain.level, 0))
    if found.state is EscalationState.RESOLVED:
        doing, proven = "nothing: it is resolved", None
    return EscalationView(
        number=found.number,
        kind=found.kind,
        severity=found.severity,
        group_id=found.group_id,
        leg_id=found.leg_id,
        symbol=found.symbol,
        side=found.side,
        unfilled_qty=found.unfilled_qty,
        proven_qty=proven,
        state=found.state,
        level=found.level,
        raised_wall_ns=found.raised_wall_ns,
        changed_wall_ns=found.raised_wall_ns + max(found.changed_mono_ns - found.raised_mono_ns, 0),
        text=found.text,
        doing=doing or "watching",
        action_required=found.action_required,
        order_ref=found.order_ref,
        owner=found.acknowledgements[-1].user if found.acknowledgements else "",
        acknowledgements=tuple(
            AcknowledgementView(a.level, a.user, a.wall_ns, a.unfilled_qty, a.comment)
            for a in found.acknowledgements
        ),
    )


def orphan_view(state: DeskState, found: Orphan) -> OrphanView:
    """One orphan with its evidence and what may be decided on it."""
    owner = state.orders[found.ref]
    refused = intents.refused(state, found) if found.resolution is None else {}
    return OrphanView(
        ref=found.ref,
        group_id=owner.group_id,
        leg_id=owner.leg_id,
        purpose=owner.purpose,
        symbol=owner.symbol,
        side=owner.side,
        quantity=owner.order_qty,
        price=owner.price,
        cl_ord_id=owner.cl_ord_id,
        last_step=found.intent_before,
        found_wall_ns=found.found_wall_ns,
        created_wall_ns=owner.created_wall_ns,
        worst_case=worst_case(state, owner),
        evidence=found.evidence,
        evidence_wall_ns=found.evidence_wall_ns,
        evidence_text=_evidence_text(found),
        offered=intents.offered(state, found),
        preselected=intents.preselected(state, found),
        refused=tuple(refused.items()),
        resolution=found.resolution,
        resolved_by=found.resolved_by,
        reason=found.reason,
    )


def worst_case(state: DeskState, owner: Order) -> str:
    """What happens if the order is live and fills, in words."""
    leaves = max(owner.order_qty - owner.cum_qty, ZERO)
    group = state.groups.get(owner.group_id)
    leg = group.legs.get(owner.leg_id) if group is not None else None
    what = f"{owner.side} {leaves} {owner.symbol} fills"
    if leg is None:
        return what
    if owner.purpose in legs.CLOSING:
        return f"{what}: it takes {owner.leg_id} down"
    if leg.leg_type is LegType.HEDGE:
        return f"{what}: more protection, at most {leaves} over-hedged"
    return f"{what}: risk on for {leaves} of {leg.target_qty}, hedged only as far as it is proven"


def _evidence_text(found: Orphan) -> str:
    if found.evidence is None:
        return "the broker has not answered yet"
    if found.answer_status is None:
        return f"{found.evidence} after {found.asked} questions"
    quantities = f"{found.answer_cum_qty} filled, {found.answer_leaves_qty} open"
    return f"the broker says {found.answer_status}: {quantities}"


def external_view(found: ExternalOrder) -> ExternalView:
    """One order at the broker that is not ours."""
    return ExternalView(
        cl_ord_id=found.cl_ord_id,
        order_id=found.order_id,
        symbol=found.symbol,
        side=found.side,
        order_qty=found.order_qty,
        cum_qty=found.cum_qty,
        leaves_qty=found.leaves_qty,
        ord_status=found.ord_status,
        seen_wall_ns=found.seen_wall_ns,
        adopted_into=found.adopted_into,
        cancel_asked=found.cancel_asked,
    )


def rejected_view(found: RejectedEvent) -> RejectedView:
    """One inbound event that was recorded instead of applied."""
    return RejectedView(
        number=found.number,
        wall_ns=found.wall_ns,
        reason=found.reason,
        ref=found.ref,
        group_id=found.group_id,
        exec_id=found.exec_id,
        current=found.current,
        incoming=found.incoming,
        booked_qty=found.booked_qty,
        text=found.text,
        raw=found.raw,
        explained_by=found.explained_by,
        explained_comment=found.explained_comment,
    )
