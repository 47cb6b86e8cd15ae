"""The venue's own clock: skewed, drifting, now and then set back, or not shown at all.

Owns: the stamps on everything that the venue says. May not: be known to the engine otherwise.
"""

from __future__ import annotations

from engine.scenario.clock import VirtualClock
from engine.sim.agenda import NS
from engine.sim.chance import Chance

SKEW_MAX_S = 5.0
DRIFT_MAX = 0.05


class VenueClock:
    """Reads the venue's time in nanoseconds UTC; None where it does not stamp its messages."""

    def __init__(self, clock: VirtualClock, chance: Chance) -> None:
        self._clock = clock
        self._skew_ns = int(chance.between(-SKEW_MAX_S, SKEW_MAX_S) * NS)
        self._drift = chance.odds("drift") * chance.between(-DRIFT_MAX, DRIFT_MAX)
        self._stamps = not chance.strikes("no_server_time")

    def now_ns(self) -> int | None:
        if not self._stamps:
            return None
        mono_ns = self._clock.mono_ns()
        return self._clock.start_wall_ns + mono_ns + int(mono_ns * self._drift) + self._skew_ns

    def set_back(self, seconds: float) -> None:
        self._skew_ns -= int(seconds * NS)
