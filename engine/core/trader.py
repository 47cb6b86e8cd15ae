"""What the trader asks: each command is taken up or refused with the reason.

Owns: the commands about orders, groups, escalations and the engine's phase. May not: decide
anything that the facts decide; it sets what the trader wants and lets ``group.drive`` act.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.core import commands as c
from engine.core import (
    controls,
    escalation,
    hedging,
    kill,
    legs,
    permissions,
    recovery,
    stop_loss,
)
from engine.core.admission import on_submit
from engine.core.by_hand import on_accept_risk, on_manual_hedge
from engine.core.group_end import targets_reached
from engine.core.lifecycle import TERMINAL
from engine.core.model import ZERO, Group
from engine.core.order_commands import on_cancel_order, on_replace_order
from engine.core.orphans import on_adopt_external, on_query_orphan, on_resolve_orphan
from engine.core.positions_by_hand import on_enter_positions
from engine.core.reconciliation import on_reconcile
from engine.core.terms import (
    LegType,
    Phase,
)
from engine.core.turn import Turn


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
        group.stopping, group.stopped_by = "CANCELED_BY_TRADER", command.user
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
    c.CancelOrder: on_cancel_order,
    c.ReplaceOrder: on_replace_order,
    c.CancelGroup: _on_cancel_group,
    c.PauseGroup: _on_pause,
    c.ResumeGroup: _on_pause,
    c.AcceptPartial: _on_accept_partial,
    c.Acknowledge: _on_acknowledge,
    c.AcceptRisk: on_accept_risk,
    c.ManualHedge: on_manual_hedge,
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
    c.EnterPositions: on_enter_positions,
    c.OperateLink: controls.on_operate_link,
}
"""What answers each command."""
