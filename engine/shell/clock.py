"""The local clocks, as something handed in.

Owns: the ``Clock`` protocol and the real one. May not: be read by the core; the shell puts the
instants into each ``Envelope``.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two local clocks in integer nanoseconds."""

    def mono_ns(self) -> int:
        """Monotonic: measures, never jumps, meaningless as a date."""
        ...

    def wall_ns(self) -> int:
        """Wall clock UTC: for people only; it may jump."""
        ...


class SystemClock:
    """The machine's clocks."""

    def __init__(self) -> None:
        self._ahead_ns = 0

    def not_before(self, mono_ns: int) -> None:
        """Never show less than this from now on: the last instant in the database, so that the
        monotonic clock also runs forward over a reboot."""
        self._ahead_ns = max(0, mono_ns - time.monotonic_ns())

    def mono_ns(self) -> int:
        return time.monotonic_ns() + self._ahead_ns

    def wall_ns(self) -> int:
        return time.time_ns()
