"""What has arrived and waits for the next cycle: one bounded queue.

Owns: the queue and what happens when it is full. May not: look into a message beyond its type.

Policy. A quote is overtaken by a later one of its symbol once more than ``quotes_max`` messages
wait. A command is refused once ``limit`` messages wait. Anything else from the broker is money
and is never dropped in silence: beyond ``limit`` it counts as lost on the line, and when
the queue has drained a disconnect and a reconnect are put in its place, so that the core asks
the broker for everything again, as after any broken line.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from engine.core.events import BrokerConnected, BrokerDisconnected, QuoteChanged
from engine.shell.clock import Clock

INBOX_MAX = 65_536
QUOTES_MAX = 8_192


@dataclass(frozen=True, slots=True)
class Arrived:
    """One input with the local instants of its arrival."""

    mono_ns: int
    wall_ns: int
    body: object


class Inbox:
    """A queue of inputs in order of arrival. One thread: the event loop's."""

    def __init__(self, clock: Clock, limit: int = INBOX_MAX, quotes_max: int = QUOTES_MAX) -> None:
        assert 0 < quotes_max <= limit
        self._clock = clock
        self._limit = limit
        self._quotes_max = quotes_max
        self._waiting: deque[Arrived] = deque()
        self._late_quotes: dict[str, QuoteChanged] = {}
        self._lost = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def lost(self) -> int:
        """Broker messages refused since the queue last drained."""
        return self._lost

    def has_room(self) -> bool:
        return len(self._waiting) < self._limit

    def put(self, body: object) -> bool:
        """Take an input. False when it was not queued (see the policy above)."""
        if isinstance(body, QuoteChanged) and len(self._waiting) >= self._quotes_max:
            self._late_quotes[body.symbol] = body
            return False
        if not self.has_room():
            self._lost += 1
            return False
        self._waiting.append(self._stamped(body))
        return True

    def put_at(self, position: int, body: object) -> None:
        """Take an input of our own in front of what arrived meanwhile; it is never refused."""
        self._waiting.insert(position, self._stamped(body))

    def put_back(self, arrived: list[Arrived]) -> None:
        """What was taken and not handled comes first next time."""
        self._waiting.extendleft(reversed(arrived))

    def take(self, most: int) -> list[Arrived]:
        """Up to ``most`` inputs, oldest first."""
        waiting = self._waiting
        taken = [waiting.popleft() for _ in range(min(most, len(waiting)))]
        if not waiting and (self._lost or self._late_quotes):
            self._make_good()
        return taken

    def clear(self) -> None:
        self._waiting.clear()
        self._late_quotes.clear()
        self._lost = 0

    def _make_good(self) -> None:
        for quote in self._late_quotes.values():
            self._waiting.append(self._stamped(quote))
        self._late_quotes.clear()
        if self._lost:
            why = f"{self._lost} messages came faster than they could be read"
            self._waiting.append(self._stamped(BrokerDisconnected(why)))
            self._waiting.append(self._stamped(BrokerConnected()))
            self._lost = 0

    def _stamped(self, body: object) -> Arrived:
        return Arrived(self._clock.mono_ns(), self._clock.wall_ns(), body)
