"""The stage: one desk and one venue in virtual time, with its lives, deaths and its judge.

Owns: the order of things within an instant, starting and ending the desk's lives, the line between
the two. May not: decide what goes wrong or what the trader does (``run``, ``crash_points``).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from engine.core.commands import Command, ReloadLimits
from engine.core.decisions import Outbound
from engine.core.limits.rules import Limits
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.core.terms import Side
from engine.scenario.clock import VirtualClock
from engine.sim.agenda import NS, Agenda, Trace
from engine.sim.chance import Chance, Weather
from engine.sim.disk import Crashed, Disk
from engine.sim.faults import Faults
from engine.sim.judge import Judge
from engine.sim.link import Link
from engine.sim.process import Fate, Process
from engine.sim.venue import Venue
from engine.sim.verdict import violated

STEPS_MAX = 60_000
DOWN_MAX_S = 4.0
CALM_DOWN_S = 0.1
BEHIND_MAX_S = 1.5
AHEAD_MIN = 1
"""In a run in which the engine falls behind, what is urgent goes first from two inputs on."""
_INJECTED = ("the disk is full", "the disk reports an error")


class Stage:
    """One run's world. ``crash_at``: points at which a life ends, counted over all lives."""

    def __init__(
        self,
        root: random.Random,
        faults: Faults,
        folder: Path,
        crash_at: frozenset[int] = frozenset(),
    ) -> None:
        self.weather = Weather(faults)
        self.clock = VirtualClock()
        self.agenda = Agenda(self.clock)
        self.trace = Trace(self.clock)
        self.disk = Disk(folder)
        self.chance = Chance(root, self.weather)
        self.link = Link(self.agenda, Chance(root, self.weather), self.trace, self._on_sent)
        self.venue = Venue(self.agenda, Chance(root, self.weather), self.trace, self.link.report)
        self.link.join(self.venue)
        self.judge = Judge(self.venue, self.link, self.disk)
        self.fate = Fate(Chance(root, self.weather), crash_at)
        self.config = EngineConfig()
        self.down_max_s = DOWN_MAX_S
        self._disk_chance = Chance(root, self.weather)
        self._process: Process | None = None
        self._last_state: DeskState | None = None
        self._stalled_until_ns: int | None = None
        self._held: list[Callable[[], None]] = []
        self._behind_until_ns: int | None = None
        self._restart_at_ns: int | None = None
        self._stop_asked = False

    # -- the desk, as seen from outside ------------------------------------------------------------

    @property
    def state(self) -> DeskState | None:
        """What the trader's screen shows; None while nothing runs or moves."""
        if self._process is None or self._stalled_until_ns is not None:
            return None
        return self._process.state

    @property
    def last_state(self) -> DeskState | None:
        """The engine's state as the run left it, for whoever looks into a failure."""
        return self._last_state

    def ask(self, command: Command) -> None:
        self.trace.note("command", type(command).__name__)
        self.trace.counts[f"command {type(command).__name__}"] += 1
        if self._process is not None and self._stalled_until_ns is None:
            self._process.ask(command)

    def reload_limits(self, limits: Limits) -> None:
        """The file of the limits is new, and the running desk is told to read it."""
        self.config = replace(self.config, limits=limits)
        self.judge.in_force.change(limits, self.clock.mono_ns())
        self.ask(ReloadLimits(limits=limits, reason="new figures"))

    def phone(self, symbol: str, side: Side, quantity: Decimal) -> None:
        """Somebody telephones an order in, past the desk."""
        self.venue.phone(symbol, side, quantity)

    def ask_stop(self) -> None:
        """The desk is shut down in order after this step, and started again later."""
        self._stop_asked = True

    def stall(self, seconds: float) -> None:
        """The event loop stands still; what arrives waits in the line."""
        if self._stalled_until_ns is None:
            self.trace.note("stall")
            self._stalled_until_ns = self.clock.mono_ns() + int(seconds * NS)

    def now_s(self) -> float:
        return self.clock.mono_ns() / NS

    def every(self, seconds: float, until_s: float, act: Callable[[], None]) -> None:
        """Put ``act`` on the agenda about each so many seconds."""
        at_s = self.now_s() + self.chance.between(0.0, seconds)
        while at_s < until_s:
            self.agenda.at(int(at_s * NS), act)
            at_s += seconds * self.chance.between(0.5, 1.5)

    # -- time --------------------------------------------------------------------------------------

    async def run_until(self, until_s: float) -> None:
        """Let everything happen that is due up to and at this instant."""
        until_ns, steps = int(until_s * NS), 0
        while True:
            waiting = (self.agenda.next_due_ns(), self._next_wake_ns(), self._restart_at_ns)
            due_ns = min(each for each in (until_ns, *waiting) if each is not None)
            self.clock.advance_to(max(due_ns, self.clock.mono_ns()))
            if self._restart_at_ns is not None and self._restart_at_ns <= self.clock.mono_ns():
                await self.start()
            self.agenda.run_due()
            self._wake_up_if_due()
            await self._step()
            steps += 1
            if steps > STEPS_MAX:
                violated(8, f"{steps} steps in {until_s} s: the engine is woken without end")
            later = self.agenda.next_due_ns()
            if self.clock.mono_ns() >= until_ns and (later is None or later > until_ns):
                return

    def _next_wake_ns(self) -> int | None:
        if self._stalled_until_ns is not None:
            return self._stalled_until_ns
        if self._process is None:
            return None
        return self._behind_until_ns or self._process.next_wake_ns()

    def _wake_up_if_due(self) -> None:
        if self._stalled_until_ns is None or self.clock.mono_ns() < self._stalled_until_ns:
            return
        self._stalled_until_ns = None
        held, self._held = self._held, []
        for deliver in held:
            deliver()

    def _falls_behind(self) -> bool:
        """Whether what has arrived waits in the engine's queue, because the engine is busy."""
        now_ns = self.clock.mono_ns()
        if self._behind_until_ns is None:
            # Not drawn where it cannot strike: other profiles' seeds stay what they were.
            if not self.chance.odds("behind") or not self.chance.strikes("behind"):
                return False
            self.trace.note("behind")
            self._behind_until_ns = now_ns + int(self.chance.between(0.0, BEHIND_MAX_S) * NS)
        if self._behind_until_ns > now_ns:
            return True
        self._behind_until_ns = None
        return False

    async def _step(self) -> None:
        process = self._process
        if process is not None and self._stalled_until_ns is None and not self._falls_behind():
            try:
                await process.settle()
            except Crashed as crash:
                await self._die(crash)
                return
            await self._look_at_stop()
        if self._process is not None:
            self.judge.look()
            if self._stop_asked:
                await self._stop()

    # -- the line ----------------------------------------------------------------------------------

    def _on_sent(self, message: Outbound) -> None:
        self.trace.note("send", f"{type(message).__name__} {message.cl_ord_id} {message.quantity}")
        assert self._process is not None
        self.judge.on_sent(message, self._process.runner.stopped_why, self.clock.mono_ns())

    def _deliver(self, event: object) -> None:
        if self._process is None:
            return
        if self._stalled_until_ns is not None:
            self._held.append(lambda: self._deliver(event))
        else:
            self._process.runner.deliver(event)

    # -- life and death ----------------------------------------------------------------------------

    async def start(self) -> None:
        """A new life on what is on the disk."""
        self._restart_at_ns = self._behind_until_ns = None
        self._process = await Process.begin(
            self.disk, self.link, self.config, self.clock, self.fate, self._disk_chance
        )
        if self.chance.odds("behind"):
            self._process.runner.precedence.ahead_min = AHEAD_MIN
        self.trace.note("start")
        self.judge.durable.open(self.disk.path)
        self.judge.look(crashed=True)
        self.link.connect(self._deliver)

    async def close(self) -> None:
        if self._process is not None:
            self._last_state = self._process.state
            self._count(self._process)
            await self._process.end()
        self.judge.durable.close()

    async def _look_at_stop(self) -> None:
        """Fail-stop after a failed commit is right, and the process is started again."""
        assert self._process is not None
        why = self._process.runner.stopped_why
        if not why:
            return
        if not self._process.store.injected or not any(each in why for each in _INJECTED):
            self._last_state = self._process.state
            violated(0, why)
        self.trace.note("fail_stop", self._process.store.injected)
        await self._die(Crashed("fail_stop"))

    async def _die(self, crash: Crashed) -> None:
        assert self._process is not None
        self.trace.note("crash", crash.where)
        if crash.wal_bytes is not None:
            self.trace.note("power_loss", f"{crash.wal_bytes} bytes of the log survive")
        self.link.cut()
        old = self.disk.path
        process, self._process = self._process, None
        self._stalled_until_ns = None
        self._held.clear()
        self.disk.survive(crash.wal_bytes)
        self._count(process)
        # While the judge still reads the old file, its closing folds nothing into it: no time lost.
        await process.end()
        self.judge.durable.open(self.disk.path)
        self.disk.drop_generation(old)
        self.judge.look(crashed=True)
        self._restart_later()

    async def _stop(self) -> None:
        """An orderly end: the file is closed, nothing is lost, nothing is in memory."""
        assert self._process is not None
        self.trace.note("stop")
        self._stop_asked = False
        self.link.cut()
        process, self._process = self._process, None
        self._count(process)
        self.judge.durable.close()
        await process.end()
        self.judge.durable.open(self.disk.path)
        self.judge.look(crashed=True)
        self._restart_later()

    def _count(self, process: Process) -> None:
        """Kept beside the trace, not in it: how often the order of arrival was left."""
        self.trace.counts["went_first"] += process.runner.precedence.went_first

    def _restart_later(self) -> None:
        down_s = CALM_DOWN_S if self.weather.calm else self.chance.between(0.05, self.down_max_s)
        self._restart_at_ns = self.clock.mono_ns() + int(down_s * NS)
