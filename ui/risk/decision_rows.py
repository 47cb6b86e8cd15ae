"""What the controls said, as rows.

Owns: the words and columns of limit decisions. May not: read the engine.
"""

from __future__ import annotations

from engine import LimitDecision, Verdict
from ui.formats import clock, words
from ui.table import Column, Look
from ui.theme import Tone

SAID = {
    Verdict.REFUSED: "refused",
    Verdict.ASKED: "soft: asked",
    Verdict.CONFIRMED: "soft: confirmed",
    Verdict.OVERRIDDEN: "overridden",
    Verdict.WAITS: "waits",
    Verdict.LET_THROUGH: "let through",
    Verdict.LIFTED: "limit lifted once",
    Verdict.ALLOWED: "may be repeated",
    Verdict.RELOADED: "limits reloaded",
}
#: What somebody should look at.
LOUD = frozenset({Verdict.REFUSED, Verdict.WAITS, Verdict.LET_THROUGH})


def _look(row: LimitDecision) -> Look:
    return Look(Tone.WARNING, icon="warning") if row.verdict in LOUD else Look()


def decision_columns() -> tuple[Column[LimitDecision], ...]:
    """One row a decision."""
    return (
        Column(
            "time",
            "Time UTC",
            lambda r, _: clock(r.wall_ns),
            sort=lambda r: r.number,
            width=94,
        ),
        Column("verdict", "What", lambda r, _: SAID[r.verdict], look=_look, width=124),
        Column("target", "Group or order", lambda r, _: r.target, width=110),
        Column("text", "Figure and limit", lambda r, _: r.text, width=420, wide=560),
        Column("control", "Control", lambda r, _: words(r.control), width=130),
        Column("rule", "Rule", lambda r, _: r.rule, width=70),
        Column("user", "Asked by", lambda r, _: r.user or "the engine", width=80),
    )


def decision_haystack(row: LimitDecision) -> str:
    return f"{SAID[row.verdict]} {row.target} {row.user} {row.control} {row.rule} {row.text}"
