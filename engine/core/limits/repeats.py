"""What is sent again and again: duplicate intents, and the repeated-execution throttle.

Owns: recognizing the same order and the same shape of group. May not: let a stopped shape go on
by itself; that takes a person (RTS 6 Art. 15(3)).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.core.commands import GroupRequest
from engine.core.escalation import escalate
from engine.core.limits.checks import Breach, plain
from engine.core.limits.rules import Rule
from engine.core.model import Group
from engine.core.terms import EscalationKind, Severity, Side
from engine.core.turn import NS, Turn

_MS = 1_000_000
_Same = tuple[str, Side, Decimal, Decimal | None]


def shape_of(request: GroupRequest | Group) -> str:
    """What a group does, whatever its sizes and prices: account, and legs by type, side, symbol."""
    legs = request.legs.values() if isinstance(request, Group) else request.legs
    parts = sorted(f"{leg.leg_type} {leg.side} {leg.symbol}" for leg in legs)
    return f"{request.account}: {', '.join(parts)}"


def duplicates(turn: Turn, rule: Rule, request: GroupRequest) -> Iterator[Breach]:
    """Legs that repeat another leg's symbol, side, quantity and price within the window."""
    bound = rule.duplicate_window_ms
    if bound is None:
        return
    recent = list(_recent_legs(turn, max(bound.hard or Decimal(0), bound.soft or Decimal(0))))
    for leg in request.legs:
        if not rule.covers(request.account, leg.symbol):
            continue
        same: _Same = (leg.symbol, leg.side, leg.quantity, leg.price)
        for other, age_ns, where in recent:
            hard = bound.hard is not None and age_ns <= bound.hard * _MS
            soft = bound.soft is not None and age_ns <= bound.soft * _MS
            if other == same and (hard or soft):
                limit = bound.hard if hard else bound.soft
                yield _duplicate(rule, leg.leg_id, where, age_ns, limit or Decimal(0), hard)
                break
        recent.append((same, 0, f"its own leg {leg.leg_id}"))


def repeats(turn: Turn, rule: Rule, request: GroupRequest) -> Iterator[Breach]:
    """The throttle: a shape that is stopped, or would be submitted once too often."""
    if rule.max_repeats is None or not any(
        rule.covers(request.account, leg.symbol) for leg in request.legs
    ):
        return
    shape = shape_of(request)
    if shape in turn.state.meta.repeats_stopped:
        text = f"the repeated-execution throttle stopped this shape ({shape}); risk lets it go on"
        yield Breach("max_repeats", rule.name, True, "group", text)
    elif _count(turn, rule, shape) >= rule.max_repeats:
        text = (
            f"this shape was submitted {rule.max_repeats} times within"
            f" {plain(rule.repeat_period_s)} s, the hard limit is {rule.max_repeats} ({shape})"
        )
        yield Breach("max_repeats", rule.name, True, "group", text)


def stop_shape(turn: Turn, request: GroupRequest) -> None:
    """A group was refused for repeating: its shape stays stopped until a person lets it go."""
    shape, stopped = shape_of(request), turn.state.meta.repeats_stopped
    if shape in stopped:
        return
    stopped.append(shape)
    turn.state.touched.meta = True
    escalate(
        turn, f"repeats:{shape}", EscalationKind.REPEATED_EXECUTION, Severity.WARNING,
        f"the repeated-execution throttle stopped {shape}; the risk role lets it go on",
    )  # fmt: skip


def _count(turn: Turn, rule: Rule, shape: str) -> int:
    since_ns = turn.mono_ns - int(rule.repeat_period_s * NS)
    since_ns = max(since_ns, turn.state.meta.repeats_allowed.get(shape, since_ns))
    return sum(
        group.created_mono_ns > since_ns and shape_of(group) == shape
        for group in turn.state.groups.values()
    )


def _recent_legs(turn: Turn, window_ms: Decimal) -> Iterator[tuple[_Same, int, str]]:
    for group in reversed(turn.state.groups.values()):
        age_ns = turn.mono_ns - group.created_mono_ns
        if age_ns > window_ms * _MS:
            continue
        for leg in group.legs.values():
            what = (leg.symbol, leg.side, leg.target_qty, leg.price)
            yield what, age_ns, f"{group.group_id}/{leg.leg_id}"


def _duplicate(
    rule: Rule, leg_id: str, where: str, age_ns: int, limit: Decimal, hard: bool
) -> Breach:
    text = (
        f"the same symbol, side, quantity and price as {where}, {age_ns // _MS} ms ago; the"
        f" window is {plain(limit)} ms"
    )
    return Breach("duplicate_window_ms", rule.name, hard, leg_id, text)
