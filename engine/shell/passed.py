"""Inputs that changed nothing durable, kept until the next one that does.

Owns: which of them the journal needs so that a replay is exact. May not: cause a commit, except
when too many wait. They are written in front of the next journaled input, in its transaction.
After a crash they are lost together with everything they did, which was in memory only.

Of quotes, heartbeats, time and status answers that follow each other only the last (by symbol or
order) matters. Whatever made the core ask something, and everything else, is kept, and what
lies before it stays as it is.
"""

from __future__ import annotations

from engine.core.decisions import Decision
from engine.core.events import (
    Envelope,
    ExecutionReport,
    HeartbeatReceived,
    QuoteChanged,
    TimePassed,
)

KEPT_MAX = 10_000

Key = tuple[str, str]


class Passed:
    """The inputs since the last journaled one, oldest first."""

    def __init__(self) -> None:
        self._kept: dict[int, Envelope] = {}
        self._last: dict[Key, int] = {}
        self._next = 0

    @property
    def is_full(self) -> bool:
        """Whether so many wait that they should be journaled by themselves."""
        return len(self._kept) >= KEPT_MAX

    def add(self, envelope: Envelope, decisions: list[Decision]) -> None:
        """Keep an input that changed nothing durable; ``decisions`` are questions at most."""
        key = None if decisions else _key(envelope.body)
        if key is None:
            self._last.clear()
        else:
            self._kept.pop(self._last.get(key, -1), None)
            self._last[key] = self._next
        self._kept[self._next] = envelope
        self._next += 1

    def take(self) -> list[Envelope]:
        """All that is kept, once."""
        if not self._kept:
            return []
        kept = list(self._kept.values())
        self._kept.clear()
        self._last.clear()
        return kept


def _key(body: object) -> Key | None:
    """What a later input must have in common to make this one superfluous."""
    if isinstance(body, QuoteChanged):
        return "quote", body.symbol
    if isinstance(body, TimePassed):
        return "time", ""
    if isinstance(body, HeartbeatReceived):
        return "heartbeat", ""
    if isinstance(body, ExecutionReport):
        return "report", body.cl_ord_id
    return None
