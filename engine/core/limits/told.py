"""What the controls said, as it came, for people.

Owns: the last ``KEPT_MAX`` decisions, numbered from 1 in this process. May not: decide, or be
truth: the journal and the escalations are; this is forgotten at the end of the process.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.limits.checks import Breach
from engine.core.limits.verdict import lifts
from engine.core.model import LimitDecision, LimitOverride
from engine.core.terms import Verdict
from engine.core.turn import Turn

KEPT_MAX = 500


def note(
    turn: Turn, verdict: Verdict, target: str, user: str, text: str, control: str = "",
    rule: str = "",
) -> None:  # fmt: skip
    """Keep one decision."""
    volatile = turn.state.volatile
    volatile.limits_told += 1
    volatile.limit_decisions.append(
        LimitDecision(
            volatile.limits_told, turn.wall_ns, verdict, target, user, control, rule, text
        )
    )
    if len(volatile.limit_decisions) > KEPT_MAX:
        del volatile.limit_decisions[0]


def note_breaches(
    turn: Turn, verdict: Verdict, target: str, user: str, found: Iterable[Breach]
) -> None:
    """Keep one decision for each breach, each once."""
    for breach in dict.fromkeys(found):
        text = f"{breach.where}: {breach.text}"
        note(turn, verdict, target, user, text, breach.control, breach.rule)


def note_verdict(
    turn: Turn,
    found: list[Breach],
    override: LimitOverride | None,
    target: str,
    user: str,
    confirm: bool,
) -> None:
    """Keep what the limits said of something that was asked for."""
    lifted = [b for b in found if override is not None and lifts(override, b.control)]
    left = [b for b in found if b not in lifted]
    hard = [b for b in left if b.hard]
    soft = [b for b in left if not b.hard]
    note_breaches(turn, Verdict.OVERRIDDEN, target, user, [b for b in lifted if b.hard])
    note_breaches(turn, Verdict.REFUSED, target, user, hard)
    if not hard:
        verdict = Verdict.CONFIRMED if confirm else Verdict.ASKED
        note_breaches(turn, verdict, target, user, soft)
