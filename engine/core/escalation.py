"""Escalations: what a person must see, until it is proven gone or accepted.

Owns: the occurrences and their states (``engine.md`` §3). May not: decide what raises one.
One occurrence per cause: the same cause raised again updates the standing occurrence, and
when it got worse after it was acknowledged, asks again one level up. Nothing here is deleted
before it is RESOLVED.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core.model import ZERO, Acknowledgement, Escalation
from engine.core.terms import EscalationKind, EscalationState, Severity, Side
from engine.core.turn import Turn, to_ns

RESOLVED_KEPT = 500
MANUAL_HEDGE = "IMMEDIATE_MANUAL_HEDGE"

_WEIGHT = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
EVENT_KINDS = frozenset(
    {
        EscalationKind.FILL_AFTER_DONE,
        EscalationKind.OVERFILL,
        EscalationKind.CONFLICTING_EXECUTION,
        EscalationKind.UNKNOWN_ORDER,
        EscalationKind.NEVER_SENT_REVOKED,
        EscalationKind.RISK_SHORT,
        EscalationKind.HEDGE_OVER_LIMIT,
    }
)
"""Kinds that tell of something that happened: acknowledging ends them once nothing is unhedged."""


def standing(turn: Turn, cause_key: str) -> Escalation | None:
    """The occurrence of this cause that is not RESOLVED."""
    number = turn.state.standing.get(cause_key)
    return turn.state.escalations[number] if number is not None else None


def escalate(
    turn: Turn,
    cause_key: str,
    kind: EscalationKind,
    severity: Severity,
    text: str,
    *,
    group_id: str = "",
    leg_id: str = "",
    symbol: str = "",
    side: Side | None = None,
    unfilled_qty: Decimal = ZERO,
    order_ref: str = "",
    action_required: str | None = None,
) -> Escalation:
    """Raise a cause, or update its standing occurrence."""
    known = standing(turn, cause_key)
    if known is None:
        return _raise(
            turn, cause_key, kind, severity, text, group_id, leg_id, symbol, side,
            unfilled_qty, order_ref, action_required,
        )  # fmt: skip
    same = (
        known.kind is kind
        and known.severity is severity
        and known.unfilled_qty == unfilled_qty
        and not known.returned
    )
    if same:
        return known
    heavier = _WEIGHT[severity] > _WEIGHT[known.severity]
    worse = heavier or unfilled_qty > known.unfilled_qty or known.returned or kind is not known.kind
    known.kind, known.severity, known.text = kind, severity, text
    known.unfilled_qty, known.action_required = unfilled_qty, action_required
    known.order_ref = order_ref or known.order_ref
    known.returned = False
    if heavier:
        known.raised_mono_ns, known.raised_wall_ns = turn.mono_ns, turn.wall_ns
    if worse and known.state is not EscalationState.UNACKNOWLEDGED:
        known.state = EscalationState.UNACKNOWLEDGED
        known.level += 1
        _set_realarm(turn, known, None)
    _changed(turn, known)
    return known


def set_unfilled(turn: Turn, escalation: Escalation, quantity: Decimal) -> None:
    """A fill lowered what is open; at zero the alarm returns to normal."""
    if quantity <= ZERO:
        escalation.unfilled_qty = ZERO
        return_to_normal(turn, escalation)
    elif quantity != escalation.unfilled_qty:
        if quantity > escalation.unfilled_qty:
            escalation.unfilled_qty = quantity
            if escalation.state is EscalationState.ACKNOWLEDGED:
                escalation.state = EscalationState.UNACKNOWLEDGED
                escalation.level += 1
                _set_realarm(turn, escalation, None)
        escalation.unfilled_qty = quantity
        _changed(turn, escalation)


def return_to_normal(turn: Turn, escalation: Escalation) -> None:
    """The cause is gone. Unseen alarms stay until somebody looks."""
    if escalation.state is EscalationState.UNACKNOWLEDGED:
        escalation.state = EscalationState.RETURNED_UNACKNOWLEDGED
        escalation.returned = True
        _changed(turn, escalation)
    elif escalation.state is EscalationState.ACKNOWLEDGED:
        _resolve(turn, escalation)


def end_cause(turn: Turn, cause_key: str) -> None:
    """Return the standing occurrence of a cause to normal, if there is one."""
    known = standing(turn, cause_key)
    if known is not None:
        return_to_normal(turn, known)


def refusal_to_acknowledge(
    escalation: Escalation,
    level: int,
    comment: str,
    seen_qty: Decimal | None,
    seen_severity: Severity | None,
) -> str:
    """Why this acknowledgement may not be taken, in words; "" when it may."""
    if escalation.state is EscalationState.RESOLVED:
        return "it is resolved already"
    if escalation.state is EscalationState.ACKNOWLEDGED:
        last = escalation.acknowledgements[-1]
        return f"it was acknowledged already, by {last.user}"
    if level != escalation.level:
        return (
            f"it changed: level was {level}, now {escalation.level}; "
            f"{escalation.unfilled_qty} unhedged, {escalation.severity}"
        )
    if seen_severity is not None and seen_severity is not escalation.severity:
        return f"it changed: {seen_severity} before, now {escalation.severity}"
    if seen_qty is not None and (not seen_qty.is_finite() or seen_qty != escalation.unfilled_qty):
        return f"it changed: quantity was {seen_qty}, now {escalation.unfilled_qty}"
    if escalation.severity is Severity.CRITICAL and not comment.strip():
        return "a CRITICAL escalation needs a comment"
    return ""


def acknowledge(
    turn: Turn, escalation: Escalation, user: str, comment: str, unhedged: Decimal
) -> None:
    """Note who took note of what. Acknowledged is not fixed."""
    escalation.acknowledgements.append(
        Acknowledgement(
            escalation.level, user, turn.wall_ns, escalation.unfilled_qty, comment.strip()
        )
    )
    if escalation.returned or (escalation.kind in EVENT_KINDS and unhedged == ZERO):
        _resolve(turn, escalation)
        return
    escalation.state = EscalationState.ACKNOWLEDGED
    _set_realarm(turn, escalation, turn.mono_ns + to_ns(turn.state.config.realarm_s))
    _changed(turn, escalation)


def accept_risk(turn: Turn, escalation: Escalation, user: str, reason: str) -> None:
    """The trader accepts what it says, with a reason."""
    escalation.accepted_by, escalation.accepted_reason = user, reason
    _resolve(turn, escalation)


def realarm(turn: Turn) -> None:
    """Ask again for what was acknowledged long ago and still stands: after ``realarm_s``, then
    each time twice that. People's time, so the local monotonic clock."""
    if not turn.state.volatile.realarms:
        return
    due = [n for n, at in turn.state.volatile.realarms.items() if at <= turn.mono_ns]
    for number in due:
        escalation = turn.state.escalations[number]
        _set_realarm(turn, escalation, None)
        if escalation.state is EscalationState.ACKNOWLEDGED:
            escalation.state = EscalationState.UNACKNOWLEDGED
            escalation.level += 1
            escalation.realarms += 1
            _changed(turn, escalation)


def restart_realarms(turn: Turn) -> None:
    """After a restart the old monotonic instants mean nothing: wait the full time again."""
    for number in turn.state.standing.values():
        escalation = turn.state.escalations[number]
        if escalation.state is EscalationState.ACKNOWLEDGED:
            wait = to_ns(turn.state.config.realarm_s)
            _set_realarm(turn, escalation, turn.mono_ns + wait)
            turn.state.touched.escalations.add(number)


def _set_realarm(turn: Turn, escalation: Escalation, at_ns: int | None) -> None:
    if at_ns is not None and escalation.realarms:
        at_ns += to_ns(turn.state.config.realarm_s)
    escalation.realarm_mono_ns = at_ns
    if at_ns is None:
        turn.state.volatile.realarms.pop(escalation.number, None)
    else:
        turn.state.volatile.realarms[escalation.number] = at_ns


def _raise(
    turn: Turn, cause_key: str, kind: EscalationKind, severity: Severity, text: str,
    group_id: str, leg_id: str, symbol: str, side: Side | None, unfilled_qty: Decimal,
    order_ref: str, action_required: str | None,
) -> Escalation:  # fmt: skip
    state = turn.state
    escalation = Escalation(
        number=state.meta.next_escalation,
        cause_key=cause_key,
        kind=kind,
        severity=severity,
        group_id=group_id,
        leg_id=leg_id,
        symbol=symbol,
        side=side,
        unfilled_qty=unfilled_qty,
        state=EscalationState.UNACKNOWLEDGED,
        level=1,
        raised_mono_ns=turn.mono_ns,
        raised_wall_ns=turn.wall_ns,
        text=text,
        action_required=action_required,
        order_ref=order_ref,
    )
    state.meta.next_escalation += 1
    state.touched.meta = True
    state.escalations[escalation.number] = escalation
    state.standing[cause_key] = escalation.number
    _changed(turn, escalation)
    return escalation


def _resolve(turn: Turn, escalation: Escalation) -> None:
    escalation.state = EscalationState.RESOLVED
    escalation.returned = True
    _set_realarm(turn, escalation, None)
    turn.state.standing.pop(escalation.cause_key, None)
    _changed(turn, escalation)
    _forget_old(turn)


def _forget_old(turn: Turn) -> None:
    """Bound memory: the oldest resolved occurrences leave it (the store keeps them)."""
    escalations = turn.state.escalations
    resolved = len(escalations) - len(turn.state.standing)
    if resolved <= RESOLVED_KEPT:
        return
    for number, escalation in list(escalations.items()):
        if escalation.state is EscalationState.RESOLVED:
            if number not in turn.state.touched.escalations:
                del escalations[number]
            return


def _changed(turn: Turn, escalation: Escalation) -> None:
    escalation.changed_mono_ns = turn.mono_ns
    turn.state.touched.escalations.add(escalation.number)
    if escalation.group_id in turn.state.groups:
        turn.state.volatile.active[escalation.group_id] = None
