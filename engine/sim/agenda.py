"""Virtual time: what is due when, and the trace of what happened.

Owns: the order of events and the digest by which two runs are compared. May not: know what an event
does. Two events of one instant happen in the order in which they were put down.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter, deque
from collections.abc import Callable

from engine.scenario.clock import VirtualClock

NS = 1_000_000_000
TAIL = 400


class Agenda:
    """Everything that is still to happen in the world outside the engine."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._next = 0

    def at(self, mono_ns: int, act: Callable[[], None]) -> None:
        self._next += 1
        heapq.heappush(self._heap, (max(mono_ns, self.clock.mono_ns()), self._next, act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self.at(self.clock.mono_ns() + int(seconds * NS), act)

    def next_due_ns(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def run_due(self) -> bool:
        """Let everything happen that is due at this instant. Whether anything was."""
        now_ns, ran = self.clock.mono_ns(), False
        while self._heap and self._heap[0][0] <= now_ns:
            heapq.heappop(self._heap)[2]()
            ran = True
        return ran


class Trace:
    """What happened, as lines; only the last ones are kept, all of them count in the digest."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._digest = hashlib.blake2b(digest_size=12)
        self.tail: deque[str] = deque(maxlen=TAIL)
        self.counts: Counter[str] = Counter()

    def note(self, kind: str, text: str = "") -> None:
        """``kind`` is counted for the report."""
        self.counts[kind] += 1
        line = f"{self._clock.mono_ns() / NS:.6f} {kind} {text}"
        self._digest.update(line.encode("utf-8", "backslashreplace"))
        self.tail.append(line)

    def digest(self) -> str:
        return self._digest.hexdigest()
