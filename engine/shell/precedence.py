"""How many inputs a cycle takes and which: what is urgent goes first while many wait.

Owns: the size of a cycle, when it takes what is urgent, when it makes room for that, and the order
in which durable inputs are reported back. May not: know what is urgent (``core.urgency``).

Only while more than ``AHEAD_MIN`` inputs wait, and in every second cycle at most, so that the
others go on whatever comes. A cycle under way that has decided so many ends at the first urgent
input; the next one takes few enough to be nearly through when the next one comes.
"""

from __future__ import annotations

from engine.core import urgency
from engine.core.state import DeskState
from engine.shell.inbox import Inbox
from engine.shell.waiting import Arrived

BATCH = 256
BATCH_MAX = 2_048
"""A cycle takes half of what waits, within these bounds. A large batch writes each order and group
once for many reports; it must not make the first of them wait much longer than the queue does."""
AHEAD_MIN = 128
"""So many inputs take about as long as the commit that a cycle costs in any case."""


class Precedence:
    """The order of one runner's inputs. ``ahead_min``: so many may wait without any precedence;
    ``went_first``: cycles of what was urgent so far."""

    def __init__(self, state: DeskState, inbox: Inbox) -> None:
        self._state = state
        self._inbox = inbox
        self._is_first = False  # whether the cycle under way is the urgent ones'
        self._most = BATCH_MAX
        self._untold: list[Arrived] = []
        self.ahead_min = AHEAD_MIN
        self.went_first = 0

    def take(self) -> list[Arrived]:
        """The inputs of the next cycle."""
        first = [] if self._is_first else self._take_first()
        self._is_first = bool(first)
        if first:
            self.went_first += 1
            return first
        most = min(self._most, max(BATCH, len(self._inbox) // 2))
        self._most = min(BATCH_MAX, 2 * self._most)
        return self._inbox.take(most)

    def _take_first(self) -> list[Arrived]:
        inbox = self._inbox
        inbox.urgent_came = False
        if not inbox.index.has_urgent() or len(inbox) <= self.ahead_min:
            return []
        first = urgency.go_first(self._state, inbox.index, BATCH_MAX)
        inbox.take_first(first)
        return first

    def must_make_room(self, decided: int) -> bool:
        """Whether the cycle under way, which has decided so many inputs, ends for an urgent one."""
        if self._is_first or not self._inbox.urgent_came or decided < self.ahead_min:
            return False
        self._most = max(BATCH, decided)
        return True

    def in_order(self, durable: list[Arrived]) -> list[Arrived]:
        """What an adapter may be told now that these inputs are durable: everything up to the
        oldest that waits, in order of arrival. The rest is told when that is durable too: an
        adapter takes the word on one input for all that came before it."""
        if not self._is_first and not self._untold:
            return durable
        done = sorted([*self._untold, *durable], key=lambda each: each.number)
        oldest = self._inbox.oldest
        told = [each for each in done if oldest is None or each.number < oldest.number]
        self._untold = done[len(told) :]
        return told
