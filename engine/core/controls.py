"""Commands about the limits and the link: reload, override, let a stopped shape go on; logon.

Owns: putting limits in force and lifting them once, handing on what is asked of the link. May
not: check an order (``limits.gate``) or a role (``permissions``). The command itself carries the
whole of the new limits into the journal; the answer says what changed.
"""

from __future__ import annotations

from dataclasses import fields, replace

from engine.core.commands import AllowRepeats, OperateLink, OverrideLimit, ReloadLimits
from engine.core.decisions import LinkOperation
from engine.core.escalation import end_cause
from engine.core.limits import rates, told
from engine.core.limits.rules import Limits, Rule
from engine.core.model import LimitOverride
from engine.core.terms import Verdict
from engine.core.turn import Turn

OVERRIDES_MAX = 100


def on_reload(turn: Turn, command: ReloadLimits) -> None:
    """Other limits are in force from now on; what waits for a limit is looked at again."""
    if command.limits is None:
        turn.answer(command.command_id, "reload_limits", False, "no limits were given", "limits")
        return
    before = turn.state.config.limits
    turn.state.config = replace(turn.state.config, limits=command.limits)
    turn.state.touched.meta = True
    rates.keep(turn.state)
    for group_id in turn.state.volatile.throttled:
        turn.state.volatile.throttled[group_id] = turn.mono_ns
    told_text = "; ".join(changes(before, command.limits)) or "nothing changed"
    because = f"{command.reason.strip()}: " if command.reason.strip() else ""
    told.note(turn, Verdict.RELOADED, command.limits.source, command.user, f"{because}{told_text}")
    turn.answer(command.command_id, "reload_limits", True, told_text)


def changes(before: Limits | None, after: Limits) -> list[str]:
    """What a reload changes, rule by rule, in words."""
    old = {rule.name: rule for rule in before.rules} if before is not None else {}
    new = {rule.name: rule for rule in after.rules}
    said = [f"rule {name} is gone" for name in old if name not in new]
    said += [f"rule {name} is new" for name in new if name not in old]
    for name, rule in new.items():
        if name in old and old[name] != rule:
            said.append(f"rule {name}: {_fields_changed(old[name], rule)}")
    if before is None or before.margin != after.margin:
        said.append("the margin settings changed")
    if before is None or before.cancel_on_disconnect != after.cancel_on_disconnect:
        said.append(f"canceled on disconnect: {', '.join(after.cancel_on_disconnect) or 'nothing'}")
    return said


def _fields_changed(old: Rule, new: Rule) -> str:
    names = [f.name for f in fields(Rule) if getattr(old, f.name) != getattr(new, f.name)]
    return ", ".join(names)


def on_override(turn: Turn, command: OverrideLimit) -> None:
    """Lift hard limits once, for one group or order, with a reason."""
    overrides = turn.state.meta.overrides
    reason, about = "", ""
    if not command.target.strip():
        reason, about = "expected the id of a group or the reference of an order", "target"
    elif not command.reason.strip():
        reason, about = "expected a reason", "reason"
    elif any(each.target == command.target for each in overrides):
        reason, about = f"an override for {command.target} waits already", "target"
    elif len(overrides) >= OVERRIDES_MAX:
        reason, about = f"{OVERRIDES_MAX} overrides wait to be used already", "target"
    elif command.target in turn.state.groups:
        reason, about = f"{command.target} was submitted already", "target"
    if reason:
        turn.answer(command.command_id, "override_limit", False, reason, about)
        return
    overrides.append(
        LimitOverride(
            command.target, command.controls, command.user, command.reason.strip(), turn.wall_ns
        )
    )
    turn.state.touched.meta = True
    what = ", ".join(command.controls) or "all limits"
    told.note(
        turn, Verdict.LIFTED, command.target, command.user,
        f"{what}: lifted once: {command.reason.strip()}", ", ".join(command.controls),
    )  # fmt: skip
    turn.answer(command.command_id, "override_limit", True, f"{what}: lifted once")


def on_allow_repeats(turn: Turn, command: AllowRepeats) -> None:
    """A stopped shape may be submitted again; its count begins anew."""
    meta = turn.state.meta
    if command.shape not in meta.repeats_stopped:
        turn.answer(command.command_id, "allow_repeats", False, "nothing such is stopped", "shape")
        return
    if not command.reason.strip():
        turn.answer(command.command_id, "allow_repeats", False, "expected a reason", "reason")
        return
    meta.repeats_stopped.remove(command.shape)
    meta.repeats_allowed[command.shape] = turn.mono_ns
    turn.state.touched.meta = True
    end_cause(turn, f"repeats:{command.shape}")
    reason = command.reason.strip()
    told.note(turn, Verdict.ALLOWED, command.shape, command.user, reason, "max_repeats")
    turn.answer(command.command_id, "allow_repeats", True)


def on_operate_link(turn: Turn, command: OperateLink) -> None:
    """Something is asked of the link to the broker; what it says to that is the answer."""
    why = command.reason.strip() or f"asked by {command.user}"
    turn.out.append(LinkOperation(command.command_id, command.action, why))
