"""What a FIX session looks like from the loop's side.

Owns: the values a session hands over and the protocol of a link. May not: know QuickFIX; the
one implementation is ``quickfix_link``. Whoever listens gets these values on the loop's
thread, in the order in which they happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from engine.broker.fix.message import Draft


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Logged on."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """Logged out, disconnected, or never connected."""

    why: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message in sequence, once; ``epoch`` counts the resets of the sequence numbers."""

    raw: str
    seq: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Beat:
    """A Heartbeat or TestRequest: a sign of life that carries the counterparty's time."""

    raw: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """A PossDup message whose number was received before, and which is not known to say the
    same as it did then. The session passes it over; the engine should see it."""

    raw: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that the session layer has answered with a Reject: we never got to read it,
    and its sequence number is used up."""

    raw: str
    why: str
    seq: int
    epoch: int


LinkEvent = LinkUp | LinkDown | Arrived | Beat | Repeated | Refused
Listen = Callable[[LinkEvent], None]


class FixLink(Protocol):
    """One session."""

    async def start(self, listen: Listen) -> None: ...

    async def stop(self) -> None: ...

    @property
    def is_up(self) -> bool: ...

    def send(self, draft: Draft) -> int | None:
        """Hand a message over; its MsgSeqNum. None: it certainly did not leave and will not."""
        ...

    def resume(self) -> None:
        """What was held back because too much was uncommitted may go on."""
        ...

    def logon(self) -> None: ...

    def logout(self, why: str) -> None: ...

    def sequence_numbers(self) -> tuple[int, int]:
        """The next incoming and the next outgoing MsgSeqNum."""
        ...
