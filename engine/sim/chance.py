"""Drawing what happens: one random stream per subject, and the switch that ends all faults.

Owns: the draws. May not: know what is drawn for. The streams are split off one generator, so that
taking one fault away disturbs the others as little as possible.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from engine.sim.faults import Faults

T = TypeVar("T")


@dataclass(slots=True)
class Weather:
    """The faults of this run; ``calm`` True: none happens any more."""

    faults: Faults
    calm: bool = False


class Chance:
    """One subject's random stream under the run's weather."""

    def __init__(self, root: random.Random, weather: Weather) -> None:
        self.rng = random.Random(root.getrandbits(64))
        self._weather = weather

    @property
    def calm(self) -> bool:
        return self._weather.calm

    def strikes(self, knob: str) -> bool:
        """Whether this fault happens now."""
        drawn = self.rng.random()
        return not self._weather.calm and drawn < self._weather.faults[knob]

    def odds(self, knob: str) -> float:
        return self._weather.faults[knob]

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[self.rng.randrange(len(choices))]

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.rng.random()

    def part(self, whole: Decimal, step: Decimal) -> Decimal:
        """A multiple of ``step`` from one step to ``whole``."""
        steps = int(whole / step)
        return whole if steps <= 1 else step * self.rng.randint(1, steps)
