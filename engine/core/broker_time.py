"""Safeguard 5: every trading deadline runs on the broker's clock.

Owns: the broker's clock as we know it and the one deadline book. May not: read any clock; all
instants are handed in. A wait is measured between two *server* timestamps and ends only on
evidence of server time. A broker without server timestamps: the local monotonic clock for the
whole wait. The two bases are never mixed within one wait (``engine.md`` §2.5).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.core.model import Deadline

NOT_YET = 2**62
"""A wait armed at this instant has not begun: it comes after every instant there is."""


@dataclass(slots=True)
class BrokerClock:
    """What we know of the broker's time.

    ``now_ns``: the latest server time, clamped so that it never goes back. ``offset_ns`` is
    added to the broker's own stamps after its clock was set back for good. ``heard_mono_ns``:
    when anything was last heard; ``evidence_mono_ns``: when server time was last heard that
    is not older than what we know: a late report says nothing about the time now.
    """

    now_ns: int | None = None
    offset_ns: int = 0
    evidence_mono_ns: int | None = None
    heard_mono_ns: int | None = None
    stampless: bool = False
    back_raw_ns: int | None = None

    @property
    def has_server_time(self) -> bool:
        return self.now_ns is not None

    def once_heard(self, server_time_ns: int | None) -> int | None:
        """The broker's time after a message with this stamp."""
        if server_time_ns is None or self.now_ns is None:
            return self.now_ns
        return max(server_time_ns + self.offset_ns, self.now_ns)

    def was_set_back_below(self, stamp_ns: int) -> bool:
        """Whether the broker's own reading is before a stamp of its: nothing is stamped in the
        future, so that stamp is from before its clock was set back."""
        return self.now_ns is not None and self.now_ns - self.offset_ns < stamp_ns

    def hear(self, mono_ns: int, server_time_ns: int | None, fresh: bool) -> None:
        """Note a message that arrived at ``mono_ns``. ``fresh``: it was made just then (an answer,
        a heartbeat), so a stamp below what was heard by then means that the broker's clock was set
        back, not that it was late. What arrived since proves nothing about it: an urgent report
        goes ahead of what arrived before it."""
        self.heard_mono_ns = max(mono_ns, self.heard_mono_ns or 0)
        if server_time_ns is None:
            self.stampless = self.now_ns is None
            return
        self.stampless = False
        stamped = server_time_ns + self.offset_ns
        if self.now_ns is None or stamped >= self.now_ns:
            self.now_ns = stamped
            self.back_raw_ns = None
            self.evidence_mono_ns = max(mono_ns, self.evidence_mono_ns or 0)
        elif fresh and mono_ns >= (self.evidence_mono_ns or 0) and self._set_back(server_time_ns):
            self.evidence_mono_ns = mono_ns

    def _set_back(self, raw_ns: int) -> bool:
        """Two fresh stamps in a row below the clamp, the second not before the first: the
        clock runs again, from the clamp. Elapsed time in between is lost, so a deadline
        may fire late by it, never early."""
        assert self.now_ns is not None
        if self.back_raw_ns is not None and raw_ns >= self.back_raw_ns:
            self.offset_ns = self.now_ns - self.back_raw_ns
            self.now_ns = raw_ns + self.offset_ns
            self.back_raw_ns = None
            return True
        self.back_raw_ns = raw_ns
        return False


@dataclass(slots=True)
class DeadlineBook:
    """All waits of the desk. ``by_key`` is the truth; the heaps only order it.

    Arming, ending and looking cost O(log n) however many groups live.
    """

    by_key: dict[str, Deadline] = field(default_factory=dict)
    unanchored: dict[str, None] = field(default_factory=dict)
    server_heap: list[tuple[int, str]] = field(default_factory=list)
    mono_heap: list[tuple[int, str]] = field(default_factory=list)

    def put(self, deadline: Deadline) -> None:
        """Add or replace a wait. One that has not begun is not looked at until it is put again."""
        self.by_key[deadline.key] = deadline
        if deadline.armed_mono_ns == NOT_YET:
            self.unanchored.pop(deadline.key, None)
        elif deadline.anchor_ns is None:
            self.unanchored[deadline.key] = None
        else:
            self._push(deadline)

    def drop(self, key: str) -> bool:
        """End a wait that is no longer needed. Returns whether there was one."""
        self.unanchored.pop(key, None)
        return self.by_key.pop(key, None) is not None

    def anchor_all(self, clock: BrokerClock) -> list[str]:
        """Begin the waits that now have evidence of time; their keys."""
        begun: list[str] = []
        for key in list(self.unanchored):
            deadline = self.by_key[key]
            if _begin(deadline, clock):
                del self.unanchored[key]
                self._push(deadline)
                begun.append(key)
        return begun

    def pop_due(self, clock: BrokerClock, mono_ns: int) -> list[str]:
        """Take out the waits that are over, earliest end first."""
        heap, now_ns = self.server_heap, clock.now_ns
        none_server = now_ns is None or not heap or heap[0][0] > now_ns
        if none_server and (not self.mono_heap or self.mono_heap[0][0] > mono_ns):
            return []
        over: list[tuple[int, str]] = []
        if clock.now_ns is not None:
            over += self._pop_until(self.server_heap, clock.now_ns, server=True)
        over += self._pop_until(self.mono_heap, mono_ns, server=False)
        for _, key in over:
            del self.by_key[key]
        return [key for _, key in over]

    def next_guess_mono_ns(self, clock: BrokerClock) -> int | None:
        """The local instant at which the next wait may be over: when to *ask*, never to act."""
        guesses = []
        while self.server_heap and not self._is_current(self.server_heap[0], server=True):
            heapq.heappop(self.server_heap)
        if self.server_heap and clock.now_ns is not None and clock.evidence_mono_ns is not None:
            guesses.append(clock.evidence_mono_ns + self.server_heap[0][0] - clock.now_ns)
        while self.mono_heap and not self._is_current(self.mono_heap[0], server=False):
            heapq.heappop(self.mono_heap)
        if self.mono_heap:
            guesses.append(self.mono_heap[0][0])
        return min(guesses) if guesses else None

    def due_by(self, server_ns: int | None, mono_ns: int) -> Iterator[str]:
        """Keys of waits that end by these instants, in no order; nothing is taken out. A wait that
        ended long ago may be among them. Costs what is found, however many waits there are."""
        if server_ns is not None:
            yield from _until(self.server_heap, server_ns)
        yield from _until(self.mono_heap, mono_ns)

    def soonest(self) -> list[str]:
        """Some keys whose waits end first: the orders worth asking about."""
        found = [key for _, key in self.server_heap[:8] if key in self.by_key]
        return found + list(self.unanchored)[:8]

    def _push(self, deadline: Deadline) -> None:
        assert deadline.anchor_ns is not None
        heap = self.server_heap if deadline.server else self.mono_heap
        heapq.heappush(heap, (deadline.anchor_ns + deadline.duration_ns, deadline.key))

    def _is_current(self, entry: tuple[int, str], server: bool) -> bool:
        deadline = self.by_key.get(entry[1])
        return (
            deadline is not None
            and deadline.anchor_ns is not None
            and deadline.server is server
            and deadline.anchor_ns + deadline.duration_ns == entry[0]
        )

    def _pop_until(
        self, heap: list[tuple[int, str]], now_ns: int, server: bool
    ) -> list[tuple[int, str]]:
        over: list[tuple[int, str]] = []
        while heap and heap[0][0] <= now_ns:
            entry = heapq.heappop(heap)
            # Equal entries leave a heap one after the other: only the last can be the same.
            if self._is_current(entry, server) and (not over or over[-1] != entry):
                over.append(entry)
        return over


def _until(heap: list[tuple[int, str]], now_ns: int) -> Iterator[str]:
    """In a heap nothing below a later entry is earlier."""
    at = [0] if heap and heap[0][0] <= now_ns else []
    while at:
        index = at.pop()
        yield heap[index][1]
        for below in (2 * index + 1, 2 * index + 2):
            if below < len(heap) and heap[below][0] <= now_ns:
                at.append(below)


def _begin(deadline: Deadline, clock: BrokerClock) -> bool:
    """Anchor a wait on the first evidence of time that is not older than its arming."""
    if clock.now_ns is not None:
        if clock.evidence_mono_ns is None or clock.evidence_mono_ns < deadline.armed_mono_ns:
            return False
        deadline.server, deadline.anchor_ns = True, clock.now_ns
        return True
    if clock.stampless:
        deadline.server, deadline.anchor_ns = False, deadline.armed_mono_ns
        return True
    return False
