"""The exchange's clock: data time that runs ``speed`` times as fast as local time.

Owns: the mapping between the loop's seconds and exchange nanoseconds, and that exchange time
never goes back. May not: read a clock; the loop's time is handed in.
"""

from __future__ import annotations

SECOND_NS = 1_000_000_000


class ExchangeClock:
    """``speed`` exchange seconds pass in one local second, from ``start_ns`` at ``local_s``."""

    def __init__(self, start_ns: int, local_s: float, speed: float) -> None:
        assert speed > 0
        self._anchor_ns = start_ns
        self._anchor_s = local_s
        self._speed = speed
        self.now_ns = start_ns

    def at(self, local_s: float) -> int:
        """What the clock would show at this local time, if nothing held it back."""
        passed = (local_s - self._anchor_s) * self._speed
        return self._anchor_ns + int(passed * SECOND_NS)

    def local_at(self, exchange_ns: int) -> float:
        """The local time at which the clock shows this."""
        return self._anchor_s + (exchange_ns - self._anchor_ns) / SECOND_NS / self._speed

    def advance(self, to_ns: int) -> int:
        """Move the shown time forward; it never goes back. Returns it."""
        self.now_ns = max(self.now_ns, to_ns)
        return self.now_ns

    def jump(self, to_ns: int, local_s: float) -> None:
        """Go on from ``to_ns`` at this local time: a break between two days is left out."""
        self._anchor_ns = max(to_ns, self.now_ns)
        self._anchor_s = local_s
        self.now_ns = self._anchor_ns
