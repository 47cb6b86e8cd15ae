"""Safeguard 1 for groups: the lifecycle, its table and its validator.

Owns: ``ExecutionLifecycle``, which state may follow which, and ``ExecutionStateValidator``.
May not: change a group. The table is data; ``docs/lifecycle.md`` is drawn from it.
"""

from __future__ import annotations

from enum import StrEnum


class ExecutionLifecycle(StrEnum):
    """The group's states in the guide's order; the rank is the position."""

    CREATED = "CREATED"
    VALIDATED = "VALIDATED"
    HEDGE_SUBMITTED = "HEDGE_SUBMITTED"
    HEDGE_PARTIAL = "HEDGE_PARTIAL"
    HEDGE_FILLED = "HEDGE_FILLED"
    RISK_SUBMITTED = "RISK_SUBMITTED"
    RISK_PARTIAL = "RISK_PARTIAL"
    RISK_FILLED = "RISK_FILLED"
    HEDGED = "HEDGED"
    COMPLETED = "COMPLETED"
    EMERGENCY_HEDGED = "EMERGENCY_HEDGED"
    FAILED = "FAILED"


RANK: dict[str, int] = {state.value: rank for rank, state in enumerate(ExecutionLifecycle)}

_ENDS: dict[ExecutionLifecycle, frozenset[ExecutionLifecycle]] = {
    ExecutionLifecycle.COMPLETED: frozenset(
        {
            ExecutionLifecycle.COMPLETED,
            ExecutionLifecycle.EMERGENCY_HEDGED,
            ExecutionLifecycle.FAILED,
        }
    ),
    ExecutionLifecycle.EMERGENCY_HEDGED: frozenset(
        {ExecutionLifecycle.EMERGENCY_HEDGED, ExecutionLifecycle.FAILED}
    ),
    ExecutionLifecycle.FAILED: frozenset({ExecutionLifecycle.FAILED}),
}

TERMINAL: frozenset[str] = frozenset(state.value for state in _ENDS)

TRANSITIONS: dict[ExecutionLifecycle, frozenset[ExecutionLifecycle]] = {
    current: _ENDS.get(
        current,
        frozenset(s for s in ExecutionLifecycle if RANK[s.value] >= RANK[current.value]),
    )
    for current in ExecutionLifecycle
}


_NONE: frozenset[str] = frozenset()
_ADMITTED: dict[str, frozenset[str]] = {
    current.value: frozenset(each.value for each in following)
    for current, following in TRANSITIONS.items()
}
"""The same table by plain text, because every turn asks it."""


class ExecutionStateValidator:
    """Refuses every step back in a group's lifecycle (guide, step 1)."""

    @staticmethod
    def validate_state_transition(
        current: ExecutionLifecycle | str, incoming: ExecutionLifecycle | str
    ) -> bool:
        """Whether ``incoming`` may follow ``current``; an unknown state may not."""
        return incoming in _ADMITTED.get(current, _NONE)
