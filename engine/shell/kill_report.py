"""What a kill over its own path is asked and what it achieved.

Owns: the values. May not: do anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.terms import KillScope


@dataclass(frozen=True, slots=True)
class KillWish:
    """Who wants what killed. ``kill_id``: the caller's own, so that a kill the caller noted by
    itself is known again; "" for none. Letters, digits and hyphens."""

    user: str
    reason: str = ""
    scope: KillScope = KillScope.ALL
    target: str = ""
    kill_id: str = ""


@dataclass(frozen=True, slots=True)
class KillCounts:
    """Cancels asked, orders ended since, and those not proven to have ended, by reference."""

    asked: int
    confirmed: int
    unknown: tuple[str, ...]


@dataclass(slots=True)
class KillOutcome:
    """What a kill achieved. ``text`` is a sentence for people.

    ``is_blocked``: nothing that adds risk leaves any more; False beside the loop: one message
    that was being handed over at that moment may. ``by_engine``: the ordinary way. ``unsent``:
    working orders whose cancel did not leave. Durations from the call, nanoseconds.
    """

    accepted: bool
    text: str
    is_blocked: bool = False
    by_engine: bool = False
    is_durable: bool = False
    counts: KillCounts | None = None
    unsent: int = 0
    why_not_durable: str = ""
    blocked_ns: int = 0
    asked_ns: int = 0
