"""One run: the world, the desk, the trader and the judge, from one seed to one outcome.

Owns: the order of things in virtual time, lives and deaths of the desk, and the three acts: faults,
calm, clearing up. May not: judge (``judge``) or decide what goes wrong (``faults``, ``chance``).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from engine.core.commands import Command
from engine.core.decisions import Outbound
from engine.core.events import QuoteChanged
from engine.core.lifecycle import TERMINAL
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.core.terms import EscalationState, Side
from engine.errors import EngineError
from engine.scenario.clock import VirtualClock
from engine.sim.agenda import NS, Agenda, Trace
from engine.sim.chance import Chance, Weather
from engine.sim.disk import Crashed, Disk
from engine.sim.faults import Faults, draw_faults
from engine.sim.groups import INSTRUMENTS, SYMBOLS, TRIGGER
from engine.sim.judge import Judge
from engine.sim.link import Link
from engine.sim.process import Fate, Process
from engine.sim.trader import Trader
from engine.sim.venue import Venue
from engine.sim.verdict import Violation, violated

CALM_S = 40.0
CLEAR_ROUNDS = 30
CLEAR_EACH_S = 2.5
RESTART_ROUNDS = (6, 14, 22)
STEPS_MAX = 60_000
_INJECTED = ("the disk is full", "the disk reports an error")


@dataclass(slots=True)
class Outcome:
    """What became of one seed. ``failure``: the violated invariant in words, "" when none."""

    seed: int
    profile: str
    faults: Faults
    number: int = -1
    failure: str = ""
    digest: str = ""
    virtual_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    tail: tuple[str, ...] = ()


class Run:
    """One seed's world. ``play`` once."""

    def __init__(
        self, seed: int, profile: str, folder: Path, without: frozenset[str] = frozenset()
    ) -> None:
        root = random.Random(seed)
        faults = draw_faults(root, profile).without(without)
        self.outcome = Outcome(seed, profile, faults)
        self._weather = Weather(faults)
        self._clock = VirtualClock()
        self._agenda = Agenda(self._clock)
        self.trace = Trace(self._clock)
        self._disk = Disk(folder)
        self._world = Chance(root, self._weather)
        self._link = Link(self._agenda, Chance(root, self._weather), self.trace, self._on_sent)
        venue_chance = Chance(root, self._weather)
        self._venue = Venue(self._agenda, venue_chance, self.trace, self._link.report)
        self._link.join(self._venue)
        self._judge = Judge(self._venue, self._link, self._disk)
        self._trader = Trader(self, Chance(root, self._weather), self._judge.bounds)
        self._disk_chance = Chance(root, self._weather)
        self._fate = Fate(Chance(root, self._weather))
        self._config = _draw_config(Chance(root, self._weather))
        self._process: Process | None = None
        self._stalled_until_ns: int | None = None
        self._held: list[Callable[[], None]] = []
        self._restart_at_ns: int | None = None
        self._stop_asked = False
        self._last_state: DeskState | None = None

    # -- what others see of the desk -------------------------------------------------------------

    @property
    def state(self) -> DeskState | None:
        """What the trader's screen shows; None while nothing runs or moves."""
        if self._process is None or self._stalled_until_ns is not None:
            return None
        return self._process.state

    def ask(self, command: Command) -> None:
        self.trace.note("command", type(command).__name__)
        if self._process is not None and self._stalled_until_ns is None:
            self._process.ask(command)

    def _on_sent(self, message: Outbound) -> None:
        self.trace.note("send", f"{type(message).__name__} {message.cl_ord_id} {message.quantity}")
        assert self._process is not None
        self._judge.on_sent(message, self._process.runner.stopped_why)

    def _deliver(self, event: object) -> None:
        if self._process is None:
            return
        if self._stalled_until_ns is not None:
            self._held.append(lambda: self._deliver(event))
        else:
            self._process.runner.deliver(event)

    # -- the acts ----------------------------------------------------------------------------------

    async def play(self) -> Outcome:
        """Faults, calm, clearing up; then the last comparison."""
        try:
            await self._start()
            await self._faulty_act()
            await self._calm_act()
            await self._clear_up()
            self._judge.final()
        except Violation as violation:
            self.outcome.number, self.outcome.failure = violation.number, str(violation)
        except EngineError as error:
            self.outcome.number, self.outcome.failure = 0, str(error)
        finally:
            await self._close()
        self.outcome.digest = self.trace.digest()
        self.outcome.virtual_s = self._clock.mono_ns() / NS
        self.outcome.counts = dict(self.trace.counts)
        self.outcome.counts["commits"] = self._disk.commits
        if self.outcome.failure:
            self.outcome.tail = tuple(self.trace.tail)
        return self.outcome

    async def _faulty_act(self) -> None:
        rng = self._world.rng
        length_s = self._world.between(6.0, 22.0)
        for _ in range(rng.randint(1, 4)):
            self._agenda.after(self._world.between(0.0, length_s * 0.6), self._trader.submit)
        self._every(self._world.between(0.3, 2.0), length_s, self._trader.act)
        self._every(1.0, length_s, self._quote)
        self._every(0.5, length_s, self._disturb)
        await self._run_until(length_s)

    async def _calm_act(self) -> None:
        """Faults end. What is under way has to come to an end, or to wait for the trader."""
        self._weather.calm = True
        self.trace.note("calm")
        self._agenda.after(0.1, self._reconnect)
        self._venue.plans.settle()
        limit_s = self._now_s() + CALM_S
        await self._run_until(self._now_s() + 4.0)
        while self._now_s() < limit_s and self._unsettled():
            await self._run_until(self._now_s() + 1.0)
        stuck = self._unsettled()
        if stuck:
            violated(8, f"stuck: {'; '.join(stuck)}")

    async def _clear_up(self) -> None:
        """The trader deals with all that waits; then nothing may be open."""
        for number in range(CLEAR_ROUNDS):
            self._trader.clear_up(final=number >= 2)
            # What never reached the venue is settled only after a restart, as an orphan.
            self._stop_asked = number in RESTART_ROUNDS
            await self._run_until(self._now_s() + CLEAR_EACH_S)
            if number >= 2 and not self._still_open():
                break
        left = self._still_open()
        if left:
            violated(8, f"cannot be closed: {'; '.join(left)}")
        self._reconnect()
        await self._run_until(self._now_s() + 3.0)

    def _unsettled(self) -> list[str]:
        """Groups that neither ended nor wait for the trader, by the durable rows."""
        if self._process is None:
            return ["the desk is down"]
        shot = self._judge.now()
        found = []
        for group in shot.groups.values():
            if group.lifecycle in TERMINAL or group.paused:
                continue
            waits = any(e.group_id == group.group_id and e.state != "RESOLVED"
                        for e in shot.escalations.values())  # fmt: skip
            orphan = any(ref.split("/")[0] == group.group_id for ref in shot.open_orphans)
            if not waits and not orphan and not self._waits_for_phase(group.group_id):
                found.append(f"{group.group_id} is {group.lifecycle}")
        return found

    def _waits_for_phase(self, group_id: str) -> bool:
        """Nothing new is sent before the desk is armed; and a stop may watch for ever."""
        state = self.state
        if state is None or state.meta.phase.value != "ARMED":
            return True
        watching = any(s.group_id == group_id and s.state.value == "WATCHING"
                       for s in state.stops.values())  # fmt: skip
        return watching and state.groups[group_id].lifecycle == "HEDGED"

    def _still_open(self) -> list[str]:
        shot = self._judge.now()
        found = [f"{g.group_id} is {g.lifecycle}" for g in shot.groups.values()
                 if g.lifecycle not in TERMINAL]  # fmt: skip
        found += [f"{ref} is an orphan ({why})" for ref, why in shot.open_orphans.items()]
        found += [f"{o.ref} is {o.shown}" for o in shot.orders.values() if not o.closed]
        found += [f"escalation {e.number} {e.kind} is {e.state}"
                  for e in shot.escalations.values()
                  if e.state != EscalationState.RESOLVED.value]  # fmt: skip
        return found

    # -- time --------------------------------------------------------------------------------------

    def _now_s(self) -> float:
        return self._clock.mono_ns() / NS

    def _every(self, seconds: float, until_s: float, act: Callable[[], None]) -> None:
        at_s = self._now_s() + self._world.between(0.0, seconds)
        while at_s < until_s:
            self._agenda.at(int(at_s * NS), act)
            at_s += seconds * self._world.between(0.5, 1.5)

    async def _run_until(self, until_s: float) -> None:
        until_ns, steps = int(until_s * NS), 0
        while True:
            dues = [until_ns]
            for due_ns in (self._agenda.next_due_ns(), self._next_wake_ns(), self._restart_at_ns):
                if due_ns is not None:
                    dues.append(due_ns)
            self._clock.advance_to(max(min(dues), self._clock.mono_ns()))
            if self._restart_at_ns is not None and self._restart_at_ns <= self._clock.mono_ns():
                await self._start()
            self._agenda.run_due()
            self._wake_up_if_due()
            await self._step()
            steps += 1
            if steps > STEPS_MAX:
                violated(8, f"{steps} steps in {until_s} s: the engine is woken without end")
            later = self._agenda.next_due_ns()
            if self._clock.mono_ns() >= until_ns and (later is None or later > until_ns):
                return

    def _next_wake_ns(self) -> int | None:
        if self._stalled_until_ns is not None:
            return self._stalled_until_ns
        return self._process.next_wake_ns() if self._process is not None else None

    def _wake_up_if_due(self) -> None:
        if self._stalled_until_ns is None or self._clock.mono_ns() < self._stalled_until_ns:
            return
        self._stalled_until_ns = None
        held, self._held = self._held, []
        for deliver in held:
            deliver()

    async def _step(self) -> None:
        if self._process is not None and self._stalled_until_ns is None:
            try:
                await self._process.settle()
            except Crashed as crash:
                await self._die(crash)
                return
            await self._look_at_stop()
        if self._process is not None:
            self._judge.look()
            if self._stop_asked:
                await self._stop()

    # -- life and death ----------------------------------------------------------------------------

    async def _start(self) -> None:
        self._restart_at_ns = None
        self._process = await Process.begin(
            self._disk, self._link, self._config, self._clock, self._fate, self._disk_chance
        )
        self.trace.note("start")
        self._judge.durable.open(self._disk.path)
        self._judge.look(crashed=True)
        self._link.connect(self._deliver)

    async def _look_at_stop(self) -> None:
        """Fail-stop after a failed commit is right, and the process is started again."""
        assert self._process is not None
        why = self._process.runner.stopped_why
        if not why:
            return
        if not self._process.store.injected or not any(each in why for each in _INJECTED):
            violated(0, why)
        self.trace.note("fail_stop", self._process.store.injected)
        await self._die(Crashed("fail_stop"))

    async def _die(self, crash: Crashed) -> None:
        assert self._process is not None
        self.trace.note("crash", f"{crash.where} {crash.wal_bytes is not None}")
        self._link.cut()
        old = self._disk.path
        process, self._process = self._process, None
        self._stalled_until_ns = None
        self._held.clear()
        self._disk.survive(crash.wal_bytes)
        self._judge.durable.open(self._disk.path)
        await process.end()
        self._disk.drop_generation(old)
        self._judge.look(crashed=True)
        self._restart_later()

    async def _stop(self) -> None:
        """An orderly end: the file is closed, nothing is lost, nothing is in memory."""
        assert self._process is not None
        self.trace.note("stop")
        self._stop_asked = False
        self._link.cut()
        process, self._process = self._process, None
        self._judge.durable.close()
        await process.end()
        self._judge.durable.open(self._disk.path)
        self._judge.look(crashed=True)
        self._restart_later()

    def _restart_later(self) -> None:
        down_s = 0.1 if self._weather.calm else self._world.between(0.05, 4.0)
        self._restart_at_ns = self._clock.mono_ns() + int(down_s * NS)

    # -- the world ---------------------------------------------------------------------------------

    def _reconnect(self) -> None:
        self._link.drop_line(0.1)

    def _quote(self) -> None:
        """Mostly quiet, now and then through a stop's trigger in either direction."""
        symbol = self._world.one_of(SYMBOLS)
        away = self._world.rng.choice((-5, 5)) if self._world.rng.random() < 0.3 else 0
        px = TRIGGER + away
        event = QuoteChanged(
            symbol, px - 1, Decimal(10), px + 1, Decimal(10), px if away else None,
            self._venue.server_ns(),
        )  # fmt: skip
        self._link.market(event)

    def _disturb(self) -> None:
        """What happens to the line, the clocks and the machine."""
        chance = self._world
        if chance.strikes("disconnect"):
            self._link.drop_line(chance.between(0.1, 4.0))
        if chance.strikes("broker_clock_back"):
            self.trace.note("broker_clock_back")
            self._venue.set_back(chance.between(0.5, 3600.0))
        if chance.strikes("local_jump"):
            self.trace.note("local_jump")
            self._clock.jump(int(chance.between(-7200, 7200) * NS))
        if chance.strikes("stall") and self._stalled_until_ns is None:
            self.trace.note("stall")
            self._stalled_until_ns = self._clock.mono_ns() + int(chance.between(0.5, 10.0) * NS)
        self._stop_asked |= chance.strikes("stop")
        if chance.strikes("foreign_order") and chance.rng.random() < 0.1:
            self._venue.phone(chance.one_of(SYMBOLS), Side.BUY, Decimal(chance.rng.randint(1, 9)))

    @property
    def last_state(self) -> DeskState | None:
        """The engine's state as the run left it, for whoever looks into a failure."""
        return self._last_state

    async def _close(self) -> None:
        self._judge.durable.close()
        self._last_state = self._process.state if self._process is not None else None
        if self._process is not None:
            await self._process.end()


def _draw_config(chance: Chance) -> EngineConfig:
    """Settings differ from run to run, mostly shorter than the defaults."""
    rng = chance.rng
    if rng.random() < 0.3:
        return EngineConfig(instruments=INSTRUMENTS)

    def drawn(low: int, high: int) -> Decimal:
        return Decimal(rng.randint(low, high)) / 10

    return EngineConfig(
        leg_timeout_s=drawn(10, 50),
        hedge_timeout_s=drawn(10, 50),
        max_hedge_depth=rng.randint(1, 3),
        cancel_confirm_s=drawn(3, 12),
        cancel_grace_s=drawn(2, 6),
        poll_interval_s=drawn(2, 5),
        silent_after_s=drawn(15, 40),
        stop_loss_timeout_s=drawn(10, 30),
        realarm_s=drawn(50, 600),
        arm="auto" if rng.random() < 0.8 else "manual",
        instruments=INSTRUMENTS,
        closed_groups_kept=rng.choice((0, 1, 500)),
    )
