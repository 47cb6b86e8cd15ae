"""What has arrived and waits for the next cycle: one bounded queue.

Owns: the queue and what happens when it is full. May not: know what is urgent, or what may go
ahead of what; the core does (``core.urgency``).

Policy. A quote is overtaken by a later one of its symbol once more than ``quotes_max`` messages
wait. A command is refused once ``limit`` messages wait. Anything else from the broker is money
and is never dropped in silence: beyond ``limit`` it counts as lost on the line, and when
the queue has drained a disconnect and a reconnect are put in its place, so that the core asks
the broker for everything again, as after any broken line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container

from engine.core.events import BrokerConnected, BrokerDisconnected, QuoteChanged
from engine.core.urgency import is_urgent
from engine.shell.clock import Clock
from engine.shell.waiting import Arrived, Waiting

INBOX_MAX = 65_536
QUOTES_MAX = 8_192


STEP = 2
"""Between the numbers of two arrivals there is room for an input of our own."""


class Inbox:
    """A queue of inputs in order of arrival. One thread: the event loop's.

    ``cl_ord_ids``, ``order_ids``: those of our orders (``Waiting``). ``index``: where to find
    what waits. ``urgent_came``: something urgent arrived since this was set to False.
    """

    def __init__(
        self,
        clock: Clock,
        limit: int = INBOX_MAX,
        quotes_max: int = QUOTES_MAX,
        cl_ord_ids: Container[str] = (),
        order_ids: Container[str] = (),
    ) -> None:
        assert 0 < quotes_max <= limit
        self.index = Waiting(cl_ord_ids, order_ids)
        self.urgent_came = False
        self._clock = clock
        self._limit = limit
        self._quotes_max = quotes_max
        self._waiting: deque[Arrived] = deque()
        self._late_quotes: dict[str, QuoteChanged] = {}
        self._lost = 0
        self._last = 0
        # Numbers of those that went first. They stay in the queue until it comes to them.
        self._gone: set[int] = set()

    def __len__(self) -> int:
        return len(self._waiting) - len(self._gone)

    @property
    def end(self) -> int:
        """The place behind everything that waits, for ``put_at``."""
        return len(self._waiting)

    @property
    def oldest(self) -> Arrived | None:
        """What has waited longest."""
        return self._waiting[0] if self._waiting else None

    @property
    def lost(self) -> int:
        """Broker messages refused since the queue last drained."""
        return self._lost

    def has_room(self) -> bool:
        return len(self) < self._limit

    def put(self, body: object) -> bool:
        """Take an input. False when it was not queued (see the policy above)."""
        if isinstance(body, QuoteChanged) and len(self) >= self._quotes_max:
            self._late_quotes[body.symbol] = body
            return False
        if not self.has_room():
            self._lost += 1
            return False
        self._append(body)
        return True

    def put_at(self, position: int, body: object) -> None:
        """Take an input of our own in front of what arrived meanwhile; it is never refused.
        ``position``: ``end`` as it was before."""
        if position >= self.end:
            self._append(body)
            return
        arrived = self._stamped(body, self._waiting[position].number - 1)
        self._waiting.insert(position, arrived)
        self.index.add(arrived)

    def put_back(self, arrived: list[Arrived]) -> None:
        """What was taken and not handled takes its old place."""
        for each in reversed(arrived):
            self.index.add(each)
            if each.number in self._gone:
                self._gone.remove(each.number)
            else:
                self._waiting.appendleft(each)

    def take(self, most: int) -> list[Arrived]:
        """Up to ``most`` inputs, oldest first."""
        taken: list[Arrived] = []
        while self._waiting and len(taken) < most:
            arrived = self._waiting.popleft()
            self.index.remove(arrived)
            taken.append(arrived)
            if self._gone:
                self._pass_gone()
        self._look_at_end()
        return taken

    def take_first(self, first: list[Arrived]) -> None:
        """These, which wait, go first; the others keep their places."""
        for arrived in first:
            self.index.remove(arrived)
            self._gone.add(arrived.number)
        self._pass_gone()
        self._look_at_end()

    def clear(self) -> None:
        self.index.clear()
        self.urgent_came = False
        self._gone.clear()
        self._waiting.clear()
        self._late_quotes.clear()
        self._lost = 0

    def _pass_gone(self) -> None:
        """What went first is passed where the queue comes to it."""
        while self._waiting and self._waiting[0].number in self._gone:
            self._gone.remove(self._waiting.popleft().number)

    def _look_at_end(self) -> None:
        if not self._waiting and (self._lost or self._late_quotes):
            self._make_good()

    def _make_good(self) -> None:
        for quote in self._late_quotes.values():
            self._append(quote)
        self._late_quotes.clear()
        if self._lost:
            why = f"{self._lost} messages came faster than they could be read"
            self._append(BrokerDisconnected(why))
            self._append(BrokerConnected())
            self._lost = 0

    def _append(self, body: object) -> None:
        self._last += STEP
        arrived = self._stamped(body, self._last)
        self.urgent_came = self.urgent_came or arrived.urgent
        self._waiting.append(arrived)
        self.index.add(arrived)

    def _stamped(self, body: object, number: int) -> Arrived:
        mono_ns, wall_ns = self._clock.mono_ns(), self._clock.wall_ns()
        return Arrived(mono_ns, wall_ns, body, number, is_urgent(body))
