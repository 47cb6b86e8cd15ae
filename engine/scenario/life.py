"""One life of the engine in a scenario: from a start to the crash that ends it, or to the end.

Owns: the real store and runner on the scenario's database, and how they die. May not: know the
script. A life that ends in a crash leaves nothing behind but the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from engine.core import machine
from engine.core.commands import Command
from engine.core.decisions import Answer
from engine.core.events import BrokerConnected
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.errors import EngineError
from engine.scenario.broker import ScriptedBroker
from engine.scenario.clock import VirtualClock
from engine.shell import recovery
from engine.shell.checkpoints import Point
from engine.shell.runner import Runner
from engine.store.store import Store

INSTANCE_ID = "scenario"
CYCLES_MAX = 20_000


class Crashed(BaseException):
    """The process dies at a checkpoint. No ``Exception``: nothing in the engine may catch it."""


class CrashPoint:
    """Checkpoints that end a life at the ``nth`` passing of a point, counted over restarts."""

    def __init__(self) -> None:
        self._point: Point | None = None
        self._left = 0

    def arm(self, point: Point, nth: int) -> None:
        self._point, self._left = point, nth

    def passing(self, point: Point) -> None:
        if point is not self._point:
            return
        self._left -= 1
        if self._left == 0:
            self._point = None
            raise Crashed(point.value)


class Life:
    """A started engine. ``commits`` counts its committed transactions."""

    def __init__(self, store: Store, runner: Runner) -> None:
        self._store = store
        self._runner = runner

    @classmethod
    async def begin(
        cls,
        path: Path,
        broker: ScriptedBroker,
        config: EngineConfig,
        clock: VirtualClock,
        crash_point: CrashPoint,
    ) -> Life:
        """Start on the database, the first input being the start, the second the broker's link."""
        store, runner = await recovery.recover_execution_from_crash(
            path, broker, config, lambda _: clock, lambda: INSTANCE_ID, crash_point
        )
        broker.connect(runner.deliver)
        broker.deliver(BrokerConnected(broker.server_ns()))
        return cls(store, runner)

    @property
    def state(self) -> DeskState:
        return self._runner.state

    @property
    def commits(self) -> int:
        return self._runner.metrics.commits

    @property
    def stopped_why(self) -> str:
        return self._runner.stopped_why

    @property
    def deliver(self) -> Callable[[object], None]:
        return self._runner.deliver

    def ask(self, command: Command) -> asyncio.Future[Answer]:
        return self._runner.ask(command)

    def next_wake_ns(self) -> int | None:
        if self._runner.stopped_why:
            return None
        return machine.next_wake_mono_ns(self.state)

    async def settle(self) -> None:
        """Run cycles until nothing is left to do at this instant."""
        for _ in range(CYCLES_MAX):
            if not await self._runner.step():
                return
        raise EngineError(f"the engine does not come to rest: {CYCLES_MAX} cycles in one instant")

    async def end(self) -> None:
        """Drop everything but the file. An open transaction is rolled back, as in a crash."""
        await self._store.close()
