"""From another thread to the event loop: nothing lost, nothing reordered, bounded.

Owns: the queue between the threads. May not: look into what it carries.

The other thread appends and wakes the loop once, however much is waiting. When the queue is
full the other thread waits: for a session that means that its socket is not read, so the
counterparty is slowed down by TCP instead of anything being dropped.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")
WAITING_MAX = 50_000
PER_TURN_MAX = 512
LOOK_AGAIN_S = 0.05


class Handover(Generic[Item]):
    """``take`` is called on the loop's thread, in order. ``may_go_on`` says whether more may
    be taken now; ``resume`` is called when that has changed."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        take: Callable[[Item], None],
        may_go_on: Callable[[], bool],
        limit: int = WAITING_MAX,
    ) -> None:
        self._loop = loop
        self._take = take
        self._may_go_on = may_go_on
        self._limit = limit
        self._waiting: deque[Item] = deque()
        self._room = threading.Event()
        self._room.set()
        self._scheduled = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, item: Item) -> None:
        """From the other thread. Waits while the queue is full; after ``close`` it returns at
        once."""
        while len(self._waiting) >= self._limit and not self._closed:
            self._room.clear()
            self._room.wait(LOOK_AGAIN_S)
        self._waiting.append(item)
        self._wake()

    def resume(self) -> None:
        """On the loop's thread: what was held back may go on."""
        if self._waiting and not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._drain)

    def drain(self) -> None:
        """On the loop's thread: hand on everything that has arrived, now."""
        while self._waiting:
            self._take(self._waiting.popleft())

    def close(self) -> None:
        """Nobody waits any more; what is in the queue stays there."""
        self._closed = True
        self._room.set()

    def _wake(self) -> None:
        if self._scheduled or self._closed:
            return
        self._scheduled = True
        try:
            self._loop.call_soon_threadsafe(self._drain)
        except RuntimeError:
            self._closed = True  # the loop has ended; so has everything behind it

    def _drain(self) -> None:
        """The flag falls before the queue is read: what is appended later wakes again."""
        self._scheduled = False
        for _ in range(PER_TURN_MAX):
            if not self._waiting or self._closed or not self._may_go_on():
                break
            self._take(self._waiting.popleft())
        if not self._room.is_set() and len(self._waiting) < self._limit:
            self._room.set()
        if self._waiting and not self._closed and self._may_go_on():
            self.resume()
