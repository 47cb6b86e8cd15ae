"""One run: the world, the desk, the trader and the judge, from one seed to one outcome.

Owns: the three acts: faults, calm, clearing up. May not: judge (``judge``) or know how the desk
lives and dies (``stage``).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from engine.core.blocked import blocks
from engine.core.events import QuoteChanged
from engine.core.lifecycle import TERMINAL
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.core.terms import Phase, Side, StopState
from engine.errors import EngineError
from engine.sim.agenda import NS
from engine.sim.chance import Chance
from engine.sim.faults import Faults, draw_faults
from engine.sim.groups import INSTRUMENTS, SYMBOLS, TRIGGER
from engine.sim.limited import draw_limits
from engine.sim.stage import Stage
from engine.sim.trader import Trader
from engine.sim.verdict import Violation, violated

CALM_S = 40.0
CLEAR_ROUNDS = 30
CLEAR_EACH_S = 2.5
RESTART_ROUNDS = (6, 14, 22)


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
        self.stage = Stage(root, faults, folder)
        self.stage.config = _draw_config(Chance(root, self.stage.weather))
        chance = Chance(root, self.stage.weather)
        self._trader = Trader(self.stage, chance, self.stage.judge.bounds)
        drawn = Chance(root, self.stage.weather)
        if drawn.odds("limits"):
            limits = draw_limits(drawn)
            self.stage.config = replace(self.stage.config, limits=limits)
            self.stage.judge.in_force.change(limits, 0)

    async def play(self) -> Outcome:
        """Faults, calm, clearing up; then the last comparison."""
        stage, outcome = self.stage, self.outcome
        try:
            await self.play_faults()
            await self._calm_act()
            await self._clear_up()
            stage.judge.final()
        except Violation as violation:
            outcome.number, outcome.failure = violation.number, str(violation)
        except EngineError as error:
            outcome.number, outcome.failure = 0, str(error)
        finally:
            await stage.close()
        outcome.digest = stage.trace.digest()
        outcome.virtual_s = stage.now_s()
        outcome.counts = dict(stage.trace.counts)
        outcome.counts["commits"] = stage.disk.commits
        outcome.counts |= stage.judge.raised()
        if outcome.failure:
            outcome.tail = tuple(stage.trace.tail)
        return outcome

    async def play_faults(self) -> None:
        """The first act alone: it leaves a desk in the middle of everything."""
        stage = self.stage
        await stage.start()
        length_s = stage.chance.between(6.0, 22.0)
        for _ in range(stage.chance.rng.randint(1, 4)):
            stage.agenda.after(stage.chance.between(0.0, length_s * 0.6), self._trader.submit)
        stage.every(stage.chance.between(0.3, 2.0), length_s, self._trader.act)
        stage.every(1.0, length_s, self._quote)
        stage.every(0.5, length_s, self._disturb)
        await stage.run_until(length_s)

    async def _calm_act(self) -> None:
        """Faults end. What is under way has to come to an end, or to wait for the trader."""
        stage = self.stage
        stage.weather.calm = True
        stage.trace.note("calm")
        stage.agenda.after(0.1, self._reconnect)
        stage.venue.plans.settle()
        limit_s = stage.now_s() + CALM_S
        await stage.run_until(stage.now_s() + 4.0)
        while stage.now_s() < limit_s and self._unsettled():
            await stage.run_until(stage.now_s() + 1.0)
        if stuck := self._unsettled():
            violated(8, f"stuck: {'; '.join(stuck)}")

    async def _clear_up(self) -> None:
        """The trader deals with all that waits; then nothing may be open."""
        stage = self.stage
        for number in range(CLEAR_ROUNDS):
            self._trader.clear_up(final=number >= 2)
            if number in RESTART_ROUNDS:
                # What never reached the venue is settled only after a restart, as an orphan.
                stage.ask_stop()
            await stage.run_until(stage.now_s() + CLEAR_EACH_S)
            if number >= 2 and not self._still_open():
                break
        if left := self._still_open():
            violated(8, f"cannot be closed: {'; '.join(left)}")
        self._reconnect()
        await stage.run_until(stage.now_s() + 3.0)

    def _unsettled(self) -> list[str]:
        """Groups that neither ended nor wait for the trader, by the durable rows."""
        shot, state = self.stage.judge.now(), self.stage.state
        if state is None:
            return ["the desk is down"]
        waiting = {e.group_id for e in shot.escalations.values() if e.state != "RESOLVED"}
        waiting |= {ref.split("/")[0] for ref in shot.open_orphans}
        return [
            f"{group.group_id} is {group.lifecycle}"
            for group in shot.groups.values()
            if group.lifecycle not in TERMINAL
            and not group.paused
            and group.group_id not in waiting
            and not _rests(state, group.group_id)
        ]

    def _still_open(self) -> list[str]:
        shot = self.stage.judge.now()
        groups = shot.groups.values()
        found = [f"{g.group_id} is {g.lifecycle}" for g in groups if g.lifecycle not in TERMINAL]
        found += [f"{ref} is an orphan ({why})" for ref, why in shot.open_orphans.items()]
        found += [f"{o.ref} is {o.shown}" for o in shot.orders.values() if not o.closed]
        found += [
            f"escalation {e.number} {e.kind} is {e.state}"
            for e in shot.escalations.values()
            if e.state != "RESOLVED"
        ]
        return found

    # -- the world ---------------------------------------------------------------------------------

    def _reconnect(self) -> None:
        self.stage.link.drop_line(0.1)

    def _quote(self) -> None:
        """Mostly quiet, now and then through a stop's trigger in either direction."""
        rng = self.stage.chance.rng
        symbol = self.stage.chance.one_of(SYMBOLS)
        away = rng.choice((-5, 5)) if rng.random() < 0.3 else 0
        px, size = TRIGGER + away, Decimal(10)
        last = px if away else None
        now_ns = self.stage.venue.clock.now_ns()
        self.stage.link.market(QuoteChanged(symbol, px - 1, size, px + 1, size, last, now_ns))

    def _disturb(self) -> None:
        """What happens to the line, the clocks and the machine."""
        stage, chance = self.stage, self.stage.chance
        if chance.strikes("disconnect"):
            stage.link.drop_line(chance.between(0.1, 4.0))
        if chance.strikes("broker_clock_back"):
            stage.trace.note("broker_clock_back")
            stage.venue.clock.set_back(chance.between(0.5, 3600.0))
        if chance.strikes("local_jump"):
            stage.trace.note("local_jump")
            stage.clock.jump(int(chance.between(-7200, 7200) * NS))
        if chance.strikes("stall"):
            stage.stall(chance.between(0.5, 10.0))
        if chance.strikes("stop"):
            stage.ask_stop()
        if chance.strikes("foreign_order") and chance.rng.random() < 0.1:
            stage.venue.phone(chance.one_of(SYMBOLS), Side.BUY, Decimal(chance.rng.randint(1, 9)))


def _rests(state: DeskState, group_id: str) -> bool:
    """Whether a group rests by right: nothing new is sent before the desk is armed or under a
    kill, and a stop watches for as long as its group is open."""
    if state.meta.phase is not Phase.ARMED:
        return True
    group = state.groups.get(group_id)
    legs = group.legs.values() if group is not None else ()
    if any(blocks(state, group_id, "default", each.symbol) for each in legs):
        return True
    stops = [stop for stop in state.stops.values() if stop.group_id == group_id]
    hedged = group is not None and group.lifecycle == "HEDGED"
    return hedged and any(stop.state is StopState.WATCHING for stop in stops)


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
