"""Virtual time: it moves only when the driver says so.

Owns: the two local clocks of a scenario. May not: know the broker's clock beyond the common start.
"""

from __future__ import annotations

START_WALL_NS = 1_767_571_200_000_000_000
"""2026-01-05T00:00:00Z."""


class VirtualClock:
    """The monotonic clock begins at 0, the wall clock at ``start_wall_ns``."""

    def __init__(self, start_wall_ns: int = START_WALL_NS) -> None:
        self.start_wall_ns = start_wall_ns
        self._mono_ns = 0
        self._jumped_ns = 0

    def mono_ns(self) -> int:
        return self._mono_ns

    def wall_ns(self) -> int:
        return self.start_wall_ns + self._mono_ns + self._jumped_ns

    def advance_to(self, mono_ns: int) -> None:
        """Let time pass; it never runs back."""
        assert mono_ns >= self._mono_ns, (mono_ns, self._mono_ns)
        self._mono_ns = mono_ns

    def jump(self, by_ns: int) -> None:
        """The wall clock jumps; nothing else does."""
        self._jumped_ns += by_ns
