"""One life of the simulated desk: from a start to the crash that ends it.

Owns: the real store and runner on this generation's file, and the points at which a life may end.
May not: know the world. A life that ends in a crash leaves nothing behind but its file.
"""

from __future__ import annotations

from engine.core import machine
from engine.core.commands import Command
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.errors import EngineError
from engine.scenario.clock import VirtualClock
from engine.shell import recovery
from engine.shell.checkpoints import Point
from engine.shell.runner import Runner
from engine.sim.chance import Chance
from engine.sim.disk import Crashed, Disk, SimStore
from engine.sim.link import Link

INSTANCE_ID = "sim"
CYCLES_MAX = 5_000
CRASHES_MAX = 8


class Fate:
    """Where lives end: drawn, or at those points of ``crash_at``, counted over all lives."""

    def __init__(self, chance: Chance, crash_at: frozenset[int] = frozenset()) -> None:
        self._chance = chance
        self._crash_at = crash_at
        self.passed = 0
        self.crashes = 0
        self.store: SimStore | None = None

    def strikes(self, where: str) -> bool:
        """Whether the life ends at this point."""
        self.passed += 1
        drawn = self._chance.strikes("crash") and self.crashes < CRASHES_MAX
        if not drawn and self.passed not in self._crash_at:
            return False
        if where == "in_commit" and drawn and not self._chance.strikes("power_loss"):
            return False
        self.crashes += 1
        return True

    def passing(self, point: Point) -> None:
        if not self.strikes(point.value):
            return
        lost = self._chance.strikes("power_loss") and self.store is not None
        raise Crashed(point.value, self.store.power_loss() if lost and self.store else None)


class Process:
    """A started engine on the present generation's file."""

    def __init__(self, store: SimStore, runner: Runner) -> None:
        self.store = store
        self.runner = runner

    @classmethod
    async def begin(
        cls, disk: Disk, link: Link, config: EngineConfig, clock: VirtualClock,
        fate: Fate, chance: Chance,
    ) -> Process:  # fmt: skip
        """Start the engine; its first input is the start."""
        store = SimStore(disk, chance, fate.strikes)
        fate.store = store

        async def open_store(_: object) -> SimStore:
            return store

        _, runner = await recovery.recover_execution_from_crash(
            disk.path, link, config, lambda _: clock, lambda: INSTANCE_ID, fate, open_store
        )
        return cls(store, runner)

    @property
    def state(self) -> DeskState:
        return self.runner.state

    def next_wake_ns(self) -> int | None:
        if self.runner.stopped_why:
            return None
        return machine.next_wake_mono_ns(self.state)

    def ask(self, command: Command) -> None:
        self.runner.ask(command)

    async def settle(self) -> int:
        """Run cycles until nothing is left to do at this instant; how many."""
        for cycles in range(CYCLES_MAX):
            if not await self.runner.step():
                return cycles
        raise EngineError(f"the engine does not come to rest: {CYCLES_MAX} cycles in one instant")

    async def end(self) -> None:
        await self.store.close()
