"""What the trader asks: each command is taken up or refused with the reason.

Owns: the commands about orders, groups, escalations and the engine's phase. May not: decide
anything that the facts decide; it sets what the trader wants and lets ``group.drive`` act.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.core import commands as c
from engine.core import (
    controls,
    escalation,
    externals,
    hedging,
    kill,
    legs,
    permissions,
    recovery,
    stop_loss,
)
from engine.core import order as orders
from engine.core.admission import on_submit
from engine.core.blocked import blocking
from engine.core.decisions import SendCancel
from engine.core.group import targets_reached
from engine.core.intents import derive_cl_ord_id
from engine.core.lifecycle import TERMINAL
from engine.core.limits import gate
from engine.core.model import ZERO, Group, Leg, Order
from engine.core.order_table import DEAD
from engine.core.orphans import on_adopt_external, on_query_orphan, on_resolve_orphan
from engine.core.placing import cancel, replace, take_in_hand
from engine.core.reconciliation import on_reconcile
from engine.core.terms import (
    ChainState,
    EscalationKind,
    EscalationState,
    LegType,
    OrdType,
    Phase,
    Purpose,
    RequestKind,
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


def on_command(turn: Turn, command: c.Command) -> None:
    """Dispatch one command; an unknown one is refused, as is one that the user's role does
    not allow."""
    denied = permissions.refusal(turn.state, command)
    if denied:
        turn.answer(command.command_id, type(command).__name__, False, denied, "user")
        return
    handler = HANDLERS.get(type(command))
    if handler is None:
        turn.answer(command.command_id, type(command).__name__, False, "unknown command")
        return
    handler(turn, command)


def proven_exposure(turn: Turn, group: Group, leg: Leg) -> Decimal:
    """What a manual hedge may take without excess: short, less what may still fill, except
    what the chain's own order would be canceled for first."""
    need = hedging.shortfall(turn, group, leg, by_hand=True)
    chain = hedging.active_chain(turn, group, leg)
    if chain is not None and chain.state in (ChainState.WORKING, ChainState.CANCELING):
        return need if chain.manual_qty is None else ZERO
    return max(need - legs.working_qty(turn.state, leg), ZERO)


def _on_cancel_order(turn: Turn, command: c.CancelOrder) -> None:
    order = turn.state.orders.get(command.order)
    if order is None:
        _cancel_external(turn, command)
        return
    reason = why_not_cancel(order)
    if reason:
        turn.answer(command.command_id, "cancel_order", False, reason, "order")
        return
    take_in_hand(turn, order)
    cancel(turn, order, command.user)
    turn.answer(command.command_id, "cancel_order", True, "cancel asked, may still fill")


def why_not_cancel(order: Order) -> str:
    """Why an order cannot be canceled, in words; "" when it can."""
    if orders.is_closed(order):
        return f"{order.ref} is {order.ord_status}: nothing is left to cancel"
    if orders.open_requests(order, RequestKind.CANCEL):
        return f"{order.ref}: a cancel is asked already"
    return ""


def why_not_replace(order: Order) -> str:
    """Why an order cannot be amended, in words; "" when it can."""
    if order.base in DEAD or order.never_sent:
        return f"{order.ref} is {order.ord_status}: nothing is left to amend"
    if orders.open_requests(order, RequestKind.CANCEL):
        return f"{order.ref}: a cancel is asked already"
    if order.order_type is OrdType.MARKET:
        return f"{order.ref} is a MARKET order"
    return ""


def _cancel_external(turn: Turn, command: c.CancelOrder) -> None:
    external = turn.state.externals.get(command.order)
    if external is None:
        turn.answer(command.command_id, "cancel_order", False, "no such order", "order")
    elif not externals.is_live(external):
        turn.answer(
            command.command_id, "cancel_order", False, f"it is {external.ord_status}", "order"
        )
    elif external.cancel_asked or external.side is None:
        reason = "a cancel is asked already" if external.cancel_asked else "its side is unknown"
        turn.answer(command.command_id, "cancel_order", False, reason, "order")
    else:
        external.cancel_asked = True
        turn.state.touched.externals.add(external.key)
        turn.out.append(
            SendCancel(
                ref=external.key,
                request=1,
                cl_ord_id=derive_cl_ord_id(turn.state.meta.instance_id, f"ext/{external.key}"),
                orig_cl_ord_id=external.cl_ord_id,
                order_id=external.order_id,
                account="",
                symbol=external.symbol,
                side=external.side,
                quantity=external.order_qty or external.leaves_qty,
            )
        )
        turn.answer(command.command_id, "cancel_order", True, "cancel asked")


def _on_replace_order(turn: Turn, command: c.ReplaceOrder) -> None:
    order = turn.state.orders.get(command.order)
    if order is None:
        turn.answer(command.command_id, "replace_order", False, "no such order", "order")
        return
    reason, about = _replace_refusal(turn, order, command)
    if reason:
        turn.answer(command.command_id, "replace_order", False, reason, about)
        return
    quantity = command.quantity if command.quantity is not None else _wanted_qty(order)
    price = command.price if command.price is not None else _wanted_price(order)
    about, reason = gate.amend_refusal(turn, order, quantity, price, command.confirm)
    if reason:
        turn.answer(command.command_id, "replace_order", False, reason, about)
        return
    replace(turn, order, quantity, price, command.user)
    turn.answer(command.command_id, "replace_order", True, "amendment asked, may still fill")


def _replace_refusal(turn: Turn, order: Order, command: c.ReplaceOrder) -> tuple[str, str]:
    reason = why_not_replace(order)
    if reason:
        return reason, "order"
    if turn.state.meta.phase not in (Phase.ARMED, Phase.RESOLVING):
        return f"the desk is {turn.state.meta.phase}", "state"
    if order.ref in turn.state.orphans and turn.state.orphans[order.ref].resolution is None:
        return f"{order.ref} is an orphan: resolve it first", "order"
    if command.quantity is None and command.price is None:
        return "expected a quantity or a price", "quantity"
    leg = turn.state.groups[order.group_id].legs[order.leg_id]
    if command.quantity is not None and (
        not command.quantity.is_finite() or command.quantity <= 0 or command.quantity % leg.lot
    ):
        return f"expected a positive multiple of {leg.lot}, got {command.quantity}", "quantity"
    raised = command.quantity is not None and command.quantity > _wanted_qty(order)
    if raised and order.purpose not in (Purpose.HEDGE, Purpose.RISK):
        return f"{order.ref} is sized by what is proven: its quantity is not raised", "quantity"
    if command.price is not None and (not command.price.is_finite() or command.price <= 0):
        return f"expected a price above 0, got {command.price}", "price"
    return "", ""


def _wanted_qty(order: Order) -> Decimal:
    """The quantity of the last open amendment, else the order's."""
    open_ones = orders.open_requests(order, RequestKind.REPLACE)
    last = open_ones[-1].quantity if open_ones else None
    return last if last is not None else order.order_qty


def _wanted_price(order: Order) -> Decimal | None:
    open_ones = orders.open_requests(order, RequestKind.REPLACE)
    last = open_ones[-1].price if open_ones else None
    return last if last is not None else order.price


def _group(turn: Turn, command: c.Command, what: str, group_id: str) -> Group | None:
    group = turn.state.groups.get(group_id)
    if group is None:
        turn.answer(command.command_id, what, False, f"no group {group_id!r}", "group")
    return group


def _on_cancel_group(turn: Turn, command: c.CancelGroup) -> None:
    group = _group(turn, command, "cancel_group", command.group)
    if group is None:
        return
    if group.lifecycle in TERMINAL and not legs.works(turn.state, group):
        turn.answer(
            command.command_id, "cancel_group", False, f"{group.group_id} is {group.lifecycle}"
        )
        return
    if group.stopping is not None:
        turn.answer(command.command_id, "cancel_group", False, "it is being stopped already")
        return
    if group.lifecycle == "HEDGED":
        for leg in group.legs.values():
            stop_loss.release(turn, group, leg)
    # A bust may have taken back what once made it HEDGED: then it is stopped like any other.
    done = group.lifecycle == "HEDGED" and targets_reached(turn, group)
    if not done or legs.works(turn.state, group):
        group.stopping = "CANCELED_BY_TRADER"
    turn.touch_group(group)
    turn.answer(command.command_id, "cancel_group", True, "cancel asked, may still fill")


def _on_pause(turn: Turn, command: c.PauseGroup | c.ResumeGroup) -> None:
    what = "pause" if isinstance(command, c.PauseGroup) else "resume"
    group = _group(turn, command, what, command.group)
    if group is None:
        return
    wanted = what == "pause"
    if group.lifecycle in TERMINAL or group.paused == wanted:
        reason = f"it is {group.lifecycle}" if group.paused != wanted else f"it is {what}d already"
        turn.answer(command.command_id, what, False, reason, "group")
        return
    group.paused = wanted
    turn.touch_group(group)
    turn.answer(command.command_id, what, True)


def _on_accept_partial(turn: Turn, command: c.AcceptPartial) -> None:
    group = _group(turn, command, "accept_partial", command.group)
    if group is None:
        return
    reason = _accept_partial_refusal(turn, group)
    if reason:
        turn.answer(command.command_id, "accept_partial", False, reason, "group")
        return
    _scale_to_proven(turn, group)
    group.accepted_partial = True
    turn.touch_group(group)
    turn.answer(command.command_id, "accept_partial", True)


def _accept_partial_refusal(turn: Turn, group: Group) -> str:
    if group.lifecycle in TERMINAL or group.stopping is not None:
        return f"{group.group_id} has ended or is ending ({group.lifecycle})"
    for leg in legs.legs_of(group, LegType.HEDGE):
        if legs.working_qty(turn.state, leg) > ZERO:
            return f"{leg.leg_id} still works: cancel it or wait for it first"
    if legs.hedge_fraction(turn.state, group)[0] == ZERO:
        return "no hedge is proven: there is nothing to scale to"
    return ""


def _scale_to_proven(turn: Turn, group: Group) -> None:
    """The risk legs' targets to the fraction that the hedge proved, the hedge legs' likewise."""
    state = turn.state
    risk_targets = {
        leg.leg_id: max(
            legs.risk_allowed(state, group, leg),
            legs.filled_qty(state, leg) + legs.working_qty(state, leg),
        )
        for leg in legs.legs_of(group, LegType.RISK)
    }
    filled, target = legs.hedge_fraction(state, group)
    for leg in legs.legs_of(group, LegType.HEDGE):
        leg.target_qty = legs.round_up(filled * leg.target_qty / target, leg.lot)
        leg.held, leg.ended_short = False, True
        chain = hedging.active_chain(turn, group, leg)
        if chain is not None:
            hedging.finish(turn, group, leg, chain)
        hedging.return_escalation(turn, group, leg)
        escalation.end_cause(turn, f"held:{group.group_id}/{leg.leg_id}")
    for leg in legs.legs_of(group, LegType.RISK):
        leg.target_qty = risk_targets[leg.leg_id]
    escalation.end_cause(turn, f"risk:{group.group_id}")


def _on_acknowledge(turn: Turn, command: c.Acknowledge) -> None:
    known = turn.state.escalations.get(command.escalation)
    if known is None:
        turn.answer(command.command_id, "acknowledge", False, "no such escalation", "escalation")
        return
    reason = escalation.refusal_to_acknowledge(
        known, command.level, command.comment, command.seen_qty, command.seen_severity
    )
    if reason:
        turn.answer(command.command_id, "acknowledge", False, reason, "escalation")
        return
    group = turn.state.groups.get(known.group_id)
    unhedged = legs.unhedged_qty(turn.state, group) if group is not None else ZERO
    escalation.acknowledge(turn, known, command.user, command.comment, unhedged)
    turn.answer(command.command_id, "acknowledge", True)


def _on_accept_risk(turn: Turn, command: c.AcceptRisk) -> None:
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
        _accept_open(turn, group, leg)
    if group is not None and leg is not None and known.kind is EscalationKind.STOP_LOSS_SHORT:
        stop_loss.accept_short(turn, group, leg)
    escalation.accept_risk(turn, known, command.user, command.reason.strip())
    turn.answer(command.command_id, "accept_risk", True)


def _accept_open(turn: Turn, group: Group, leg: Leg) -> None:
    """What is short now is accepted as it is; the group ends, nothing more is hedged for it."""
    leg.accepted_qty += hedging.shortfall(turn, group, leg, by_hand=True)
    if group.lifecycle not in TERMINAL and group.stopping is None:
        group.stopping = "RISK_ACCEPTED"
    turn.touch_group(group)


def _on_manual_hedge(turn: Turn, command: c.ManualHedge) -> None:
    found = _hedge_target(turn, command)
    if isinstance(found, str):
        turn.answer(command.command_id, "manual_hedge", False, found, "escalation")
        return
    group, leg = found
    reason, about = _manual_refusal(turn, group, leg, command)
    if reason:
        turn.answer(command.command_id, "manual_hedge", False, reason, about)
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
            cancel(turn, order)
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


def _manual_refusal(turn: Turn, group: Group, leg: Leg, command: c.ManualHedge) -> tuple[str, str]:
    phase = turn.state.meta.phase
    if phase not in (Phase.ARMED, Phase.RESOLVING):
        return f"the desk is {phase}: nothing new is sent", "state"
    killed = blocking(turn.state, group, leg.hedge_symbol)
    if killed is not None:
        return f"{killed.user} killed {killed.target}: nothing new is sent", "state"
    quantity = command.quantity
    if quantity is None or not quantity.is_finite() or quantity <= 0 or quantity % leg.lot:
        return f"expected a positive multiple of {leg.lot}, got {quantity}", "quantity"
    if command.order_type is OrdType.STOP_LIMIT:
        return "expected MARKET or LIMIT", "order_type"
    if command.order_type is OrdType.LIMIT and (
        command.price is None or not command.price.is_finite() or command.price <= 0
    ):
        return "expected a price above 0 for a LIMIT hedge", "price"
    proven = proven_exposure(turn, group, leg)
    if quantity > proven and not command.allow_excess:
        return (
            f"{quantity} is more than the proven exposure {proven}"
            f" ({legs.working_qty(turn.state, leg)} may still fill); type it as excess to send it",
            "quantity",
        )
    if quantity > proven:
        about, why = gate.excess_refusal(turn, group, leg, quantity, command.price, command.confirm)
        return why, about
    return "", ""


def _on_ask_broker(turn: Turn, command: c.AskBroker) -> None:
    order = turn.state.orders.get(command.order)
    if order is None:
        turn.ask_open_orders()
        turn.answer(command.command_id, "ask_broker", True, "asked for all open orders")
        return
    turn.ask_order(order)
    turn.answer(command.command_id, "ask_broker", True, "asked")


def _on_explain(turn: Turn, command: c.ExplainRejected) -> None:
    event = turn.state.rejected.get(command.rejected)
    if event is None:
        turn.answer(command.command_id, "explain", False, "no such rejected event", "rejected")
        return
    if not command.comment.strip():
        turn.answer(command.command_id, "explain", False, "expected a comment", "comment")
        return
    event.explained_by, event.explained_comment = command.user, command.comment.strip()
    turn.state.touched.explained.add(event.number)
    turn.answer(command.command_id, "explain", True)


def _on_arm(turn: Turn, command: c.Arm) -> None:
    phase = turn.state.meta.phase
    blocked = recovery.blocks(turn)
    if phase is not Phase.RESOLVING:
        turn.answer(command.command_id, "arm", False, f"the desk is {phase}", "state")
    elif blocked:
        turn.answer(command.command_id, "arm", False, "; ".join(blocked), "state")
    else:
        recovery.enter_phase(turn, Phase.ARMED)
        turn.answer(command.command_id, "arm", True)


HANDLERS: dict[type[c.Command], Callable[[Turn, Any], None]] = {
    c.SubmitGroup: on_submit,
    c.CancelOrder: _on_cancel_order,
    c.ReplaceOrder: _on_replace_order,
    c.CancelGroup: _on_cancel_group,
    c.PauseGroup: _on_pause,
    c.ResumeGroup: _on_pause,
    c.AcceptPartial: _on_accept_partial,
    c.Acknowledge: _on_acknowledge,
    c.AcceptRisk: _on_accept_risk,
    c.ManualHedge: _on_manual_hedge,
    c.QueryOrphan: on_query_orphan,
    c.ResolveOrphan: on_resolve_orphan,
    c.AdoptExternal: on_adopt_external,
    c.AskBroker: _on_ask_broker,
    c.ExplainRejected: _on_explain,
    c.Arm: _on_arm,
    c.Kill: kill.on_kill,
    c.KillPart: kill.on_kill_part,
    c.ReleaseKill: kill.on_release,
    c.ReleaseKillPart: kill.on_release_part,
    c.ReloadLimits: controls.on_reload,
    c.OverrideLimit: controls.on_override,
    c.AllowRepeats: controls.on_allow_repeats,
    c.Reconcile: on_reconcile,
}
"""What answers each command."""
