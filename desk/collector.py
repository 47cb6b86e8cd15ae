"""When Python's cycle collector runs: never for long while the desk works.

Owns: the collector's thresholds and the moments of its full runs. May not: be what gives memory
back: the engine's records hold no cycles and go when they are let go.

A full run walks over every object there is; with 10,000 groups the screen stands still for half a
second or more. So what a start has built is frozen, the young are collected as always (a
millisecond), and a sweep looks each few seconds whether enough has grown up since the last one:
it walks only over that and freezes it. What was frozen and became garbage in a cycle later waits
for ``renew``.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable

SWEEP_EACH_S = 5.0
GROWN_UP = 10
"""Runs over the middle generation after which a sweep is worth it: some ten thousand objects."""
RENEW_EACH_S = 3_600.0
_NEVER = 1_000_000


class Collector:
    """The collector's policy for one process. ``is_idle``: nothing is at work, so a long run
    hurts nobody."""

    def __init__(self, is_idle: Callable[[], bool]) -> None:
        self._is_idle = is_idle
        self._before = gc.get_threshold()
        self._renewed_s = time.monotonic()

    def begin(self) -> None:
        """Freeze what is there and let no full run come by itself."""
        young, middle, _ = self._before
        gc.set_threshold(young, middle, _NEVER)
        self.sweep()

    async def run(self) -> None:
        """Sweep from time to time, until canceled."""
        while True:
            await asyncio.sleep(SWEEP_EACH_S)
            if gc.get_count()[2] >= GROWN_UP:
                self.sweep()
            if time.monotonic() - self._renewed_s >= RENEW_EACH_S and self._is_idle():
                self.renew()

    def sweep(self) -> None:
        """Collect what came since the last sweep and freeze what stays."""
        gc.collect()
        gc.freeze()

    def renew(self) -> None:
        """A full run over everything, frozen or not."""
        self._renewed_s = time.monotonic()
        gc.unfreeze()
        self.sweep()

    async def end(self) -> None:
        """As Python had it."""
        gc.unfreeze()
        gc.set_threshold(*self._before)
