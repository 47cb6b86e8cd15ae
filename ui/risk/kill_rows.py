"""Kills that stand, as rows.

Owns: their columns and looks. May not: read the engine.
"""

from __future__ import annotations

from engine import KillView
from ui.formats import since, stamp
from ui.risk.kill_words import state_words, tone_of, what_words
from ui.table import Column, Look
from ui.theme import Tone


def key_of(kill: KillView) -> str:
    """A kill by what it is of: only one of each stands at a time."""
    return f"{kill.scope.value}/{kill.target}"


def _look(kill: KillView) -> Look:
    return Look(tone_of(kill), icon="critical" if kill.unknown else "warning")


def _unknown_look(kill: KillView) -> Look:
    return Look(Tone.CRITICAL, bold=True) if kill.unknown else Look()


def kill_columns() -> tuple[Column[KillView], ...]:
    """One row a kill that stands."""
    return (
        Column("what", "Killed", lambda k, _: what_words(k.scope, k.target), width=170),
        Column("state", "State", lambda k, _: state_words(k), look=_look, width=250, wide=300),
        Column(
            "asked",
            "Asked",
            lambda k, _: f"{k.asked:,}",
            sort=lambda k: k.asked,
            numeric=True,
            width=92,
        ),
        Column(
            "confirmed",
            "Confirmed",
            lambda k, _: f"{k.confirmed:,}",
            sort=lambda k: k.confirmed,
            numeric=True,
            width=76,
        ),
        Column(
            "unknown",
            "Unknown",
            lambda k, _: f"{len(k.unknown):,}",
            sort=lambda k: len(k.unknown),
            look=_unknown_look,
            numeric=True,
            width=70,
        ),
        Column("user", "By", lambda k, _: k.user, width=80),
        Column("reason", "Reason", lambda k, _: k.reason, width=180, wide=420),
        Column(
            "at",
            "Asked at UTC",
            lambda k, _: stamp(k.asked_wall_ns),
            sort=lambda k: k.asked_wall_ns,
            width=166,
        ),
        Column(
            "age",
            "Age",
            lambda k, now: since(k.asked_wall_ns, now),
            sort=lambda k: -k.asked_wall_ns,
            numeric=True,
            ticking=True,
            width=66,
        ),
    )
