"""What a faulty link owes the adapter behind it: word of what became durable, in its order.

Owns: the events on their way through the link, and when one of them is settled. May not: delay or
lose anything. An event that is held back is not durable yet, and with it nothing that came after
it: an adapter that may ask its broker for messages again must not move past it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from engine.core.events import BrokerEvent, HeartbeatReceived, QuoteChanged

Committed = Callable[[Sequence[object]], None]
_NOT_DURABLE = (HeartbeatReceived, QuoteChanged)


class Passage:
    """``tell``: the ``committed`` of the adapter behind."""

    def __init__(self, tell: Committed) -> None:
        self._tell = tell
        self._way: deque[BrokerEvent] = deque()
        self._open: set[int] = set()

    def came(self, event: BrokerEvent) -> None:
        """The adapter made it."""
        if not isinstance(event, _NOT_DURABLE):
            self._way.append(event)
            self._open.add(id(event))

    def lost(self, event: BrokerEvent) -> None:
        """The link lost it for good, as a line loses a message that was received."""
        self._open.discard(id(event))

    def committed(self, inputs: Sequence[object]) -> None:
        """The shell's word, passed on as far as nothing earlier is still on its way."""
        for each in inputs:
            self._open.discard(id(each))
        done: list[object] = []
        while self._way and id(self._way[0]) not in self._open:
            done.append(self._way.popleft())
        self._tell(done)
