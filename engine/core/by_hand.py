"""Exposure in the trader's own hands: hedging it, or accepting it.

Owns: what a manual hedge may take and how it takes over the automatic chain, and ending a
chain by accepting what it leaves open. May not: let two hedges go for the same quantity.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import commands as c
from engine.core import (
    escalation,
    hedging,
    legs,
    stop_loss,
)
from engine.core.blocked import blocking
from engine.core.lifecycle import TERMINAL
from engine.core.limits import gate
from engine.core.limits.verdict import Refusal
from engine.core.model import ZERO, Group, Leg
from engine.core.placing import cancel_or_ask
from engine.core.terms import (
    ChainState,
    EscalationKind,
    EscalationState,
    LegType,
    OrdType,
    Phase,
    Purpose,
)
from engine.core.turn import Turn

_HEDGEABLE = frozenset(
    {
        EscalationKind.HEDGE_PARTIAL,
        EscalationKind.HEDGE_DEPTH_EXCEEDED,
        EscalationKind.HEDGE_UNCERTAIN,
        EscalationKind.HEDGE_BLOCKED,
        EscalationKind.MANUAL_HEDGE_SHORT,
        EscalationKind.LEG_HELD,
        EscalationKind.FILL_AFTER_DONE,
        EscalationKind.OVERFILL,
        EscalationKind.NEVER_SENT_REVOKED,
    }
)


def proven_exposure(turn: Turn, group: Group, leg: Leg) -> Decimal:
    """What a manual hedge may take without excess: short, less what may still fill, except
    what the chain's own order would be canceled for first."""
    need = hedging.shortfall(turn, group, leg, by_hand=True)
    chain = hedging.active_chain(turn, group, leg)
    if chain is not None and chain.state in (ChainState.WORKING, ChainState.CANCELING):
        return need if chain.manual_qty is None else ZERO
    return max(need - legs.working_qty(turn.state, leg), ZERO)


def on_accept_risk(turn: Turn, command: c.AcceptRisk) -> None:
    known = turn.state.escalations.get(command.escalation)
    if known is None or known.state is EscalationState.RESOLVED:
        reason = "no such escalation" if known is None else "it is resolved already"
        turn.answer(command.command_id, "accept_risk", False, reason, "escalation")
        return
    if not command.reason.strip():
        turn.answer(command.command_id, "accept_risk", False, "expected a reason", "reason")
        return
    group = turn.state.groups.get(known.group_id)
    leg = group.legs.get(known.leg_id) if group is not None else None
    is_hedge = leg is not None and leg.leg_type is LegType.HEDGE
    if group is not None and leg is not None and is_hedge and known.kind in _HEDGEABLE:
        _accept_open(turn, group, leg, command.user)
    if group is not None and leg is not None and known.kind is EscalationKind.STOP_LOSS_SHORT:
        stop_loss.accept_short(turn, group, leg)
    escalation.accept_risk(turn, known, command.user, command.reason.strip())
    turn.answer(command.command_id, "accept_risk", True)


def _accept_open(turn: Turn, group: Group, leg: Leg, user: str) -> None:
    """What is short now is accepted as it is; the group ends, nothing more is hedged for it."""
    leg.accepted_qty += hedging.shortfall(turn, group, leg, by_hand=True)
    if group.lifecycle not in TERMINAL and group.stopping is None:
        group.stopping, group.stopped_by = "RISK_ACCEPTED", user
    turn.touch_group(group)


def on_manual_hedge(turn: Turn, command: c.ManualHedge) -> None:
    found = _hedge_target(turn, command)
    if isinstance(found, str):
        turn.answer(command.command_id, "manual_hedge", False, found, "escalation")
        return
    group, leg = found
    about, reason, confirmable = _manual_refusal(turn, group, leg, command)
    if reason:
        turn.answer(command.command_id, "manual_hedge", False, reason, about, confirmable)
        return
    assert command.quantity is not None
    chain = hedging.active_chain(turn, group, leg)
    if chain is None:
        chain = hedging.start_chain(turn, group, leg, "BY_HAND")
    chain.manual_qty, chain.manual_type = command.quantity, command.order_type
    chain.manual_price, chain.manual_user = command.price, command.user
    chain.state = ChainState.TAKEN_OVER
    hedging.touch(turn, group, chain)
    need = hedging.shortfall(turn, group, leg, by_hand=True)
    automatic = [
        order
        for order in hedging.working_hedges(turn, leg)
        if order.purpose is not Purpose.MANUAL_HEDGE
    ]
    if command.allow_excess or not automatic:
        hedging.place_manual(turn, group, leg, chain, need, excess=command.allow_excess)
        told = "hedge sent"
    else:
        for order in automatic:
            cancel_or_ask(turn, order)
        told = "the automatic hedge is canceled first; yours follows for what remains"
    turn.answer(command.command_id, "manual_hedge", True, told)


def _hedge_target(turn: Turn, command: c.ManualHedge) -> tuple[Group, Leg] | str:
    group_id, leg_id = command.group, command.leg
    if command.escalation:
        known = turn.state.escalations.get(command.escalation)
        if known is None or known.state is EscalationState.RESOLVED:
            return "no such standing escalation"
        if known.kind not in _HEDGEABLE:
            return f"{known.kind} is nothing that a hedge ends"
        group_id, leg_id = known.group_id, known.leg_id
    group = turn.state.groups.get(group_id)
    if group is None:
        return f"no group {group_id!r}"
    leg = group.legs.get(leg_id)
    if leg is None or leg.leg_type is not LegType.HEDGE:
        short = [x for x in legs.legs_of(group, LegType.HEDGE)
                 if hedging.shortfall(turn, group, x, by_hand=True) > ZERO]  # fmt: skip
        leg = (short or legs.legs_of(group, LegType.HEDGE))[0]
    return group, leg


def _manual_refusal(turn: Turn, group: Group, leg: Leg, command: c.ManualHedge) -> Refusal:
    phase = turn.state.meta.phase
    if phase not in (Phase.ARMED, Phase.RESOLVING):
        return Refusal("state", f"the desk is {phase}: nothing new is sent")
    killed = blocking(turn.state, group, leg.hedge_symbol)
    if killed is not None:
        return Refusal("state", f"{killed.user} killed {killed.target}: nothing new is sent")
    quantity = command.quantity
    if quantity is None or not quantity.is_finite() or quantity <= 0 or quantity % leg.lot:
        return Refusal("quantity", f"expected a positive multiple of {leg.lot}, got {quantity}")
    if command.order_type is OrdType.STOP_LIMIT:
        return Refusal("order_type", "expected MARKET or LIMIT")
    if command.order_type is OrdType.LIMIT and (
        command.price is None or not command.price.is_finite() or command.price <= 0
    ):
        return Refusal("price", "expected a price above 0 for a LIMIT hedge")
    proven = proven_exposure(turn, group, leg)
    if quantity > proven and not command.allow_excess:
        return Refusal(
            "quantity",
            f"{quantity} is more than the proven exposure {proven}"
            f" ({legs.working_qty(turn.state, leg)} may still fill); type it as excess to send it",
        )
    if quantity > proven:
        return gate.excess_refusal(
            turn, group, leg, quantity, command.price, command.confirm, command.user
        )
    return Refusal()
