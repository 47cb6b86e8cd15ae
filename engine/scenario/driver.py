"""Running a scenario: virtual time, one step after the other, the real engine in between.

Owns: when what happens. May not: know how the broker answers (``broker``) or what the report
looks like (``report``). Time jumps from one instant at which something is due to the next;
what is due at the instant of a step happens before the step.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from engine.core.commands import Command, SubmitGroup
from engine.core.decisions import Answer, Outbound, SendCancel, SendOrder
from engine.core.idempotency import plain
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.errors import EngineError
from engine.scenario import expect, report, steps
from engine.scenario.broker import ScriptedBroker
from engine.scenario.clock import VirtualClock
from engine.scenario.life import Crashed, CrashPoint, Life
from engine.scenario.references import References
from engine.scenario.steps import Scenario, Step
from engine.scenario.venue import Venue
from engine.shell import recovery
from engine.shell.checkpoints import Point
from engine.store.database import connect_to_read
from engine.store.loader import is_durable
from engine.store.store import Store

NS = 1_000_000_000
DOWN = "DOWN"
WAKES_MAX = 1_000
"""Wake-ups within one instant before it is called a fault of the engine."""


class Driver:
    """One scenario on one database file. ``run`` once."""

    def __init__(self, scenario: Scenario, path: Path) -> None:
        self._scenario = scenario
        self._path = path
        self._clock = VirtualClock()
        self.broker = ScriptedBroker(scenario.broker, self._clock, self._note_sent)
        self._references = References(self.broker)
        self._venue = Venue(self.broker, self._references)
        self._crash_point = CrashPoint()
        self._life: Life | None = None
        self._reader: sqlite3.Connection | None = None
        self._stalled_until_ns: int | None = None
        self._held: list[Callable[[Life], None]] = []
        self._asked: list[tuple[int, str, asyncio.Future[Answer]]] = []
        self._sent: list[dict[str, object]] = []
        self._refusals: list[dict[str, object]] = []
        self._failed: list[str] = []
        self._commits_before = 0

    async def run(self) -> dict[str, object]:
        """Run the script to its end; the report. Raises ``EngineError`` when it cannot go on."""
        try:
            await self._start()
            for step in self._scenario.steps:
                await self._advance(_ns(step.t))
                await self._play(step)
                await self._settle()
            await self._run_out()
            return await self._report()
        finally:
            await self._close()

    # -- time ----------------------------------------------------------------------------------

    async def _advance(self, until_ns: int) -> None:
        """Let everything happen that is due up to and at this instant."""
        wakes = 0
        while (due_ns := self._next_due_ns()) is not None and due_ns <= until_ns:
            wakes = wakes + 1 if due_ns <= self._clock.mono_ns() else 0
            if wakes > WAKES_MAX:
                at = report.seconds(self._clock.mono_ns())
                raise EngineError(f"the engine wants to be woken without end at t = {at}")
            self._clock.advance_to(max(due_ns, self._clock.mono_ns()))
            self._end_stall_if_over()
            await self._settle()
        self._clock.advance_to(until_ns)

    def _next_due_ns(self) -> int | None:
        if self._stalled_until_ns is not None:
            return self._stalled_until_ns
        return self._life.next_wake_ns() if self._life is not None else None

    async def _run_out(self) -> None:
        """After the last step: until nothing is due any more, or one second later."""
        last_t = self._scenario.steps[-1].t if self._scenario.steps else Decimal(0)
        await self._advance(_ns(last_t + 1))

    def _end_stall_if_over(self) -> None:
        if self._stalled_until_ns is None or self._clock.mono_ns() < self._stalled_until_ns:
            return
        self._stalled_until_ns = None
        held, self._held = self._held, []
        if self._life is not None:
            for deliver in held:
                deliver(self._life)

    async def _settle(self) -> None:
        """Let the engine work until it rests, unless it is down or stalled."""
        if self._life is None or self._stalled_until_ns is not None:
            return
        try:
            await self._life.settle()
        except Crashed:
            await self._die()
            return
        self._references.note(self._life.state)
        self._gather_refusals()

    def _gather_refusals(self) -> None:
        waiting = []
        for asked_ns, what, future in self._asked:
            if not future.done():
                waiting.append((asked_ns, what, future))
            elif not future.result().accepted:
                self._refuse(asked_ns, what, future.result().reason)
        self._asked = waiting

    def _refuse(self, at_ns: int, what: str, reason: str) -> None:
        self._refusals.append({"t": report.seconds(at_ns), "what": what, "reason": reason})

    # -- life and death ------------------------------------------------------------------------

    async def _start(self) -> None:
        config = self._scenario.config
        self._life = await Life.begin(
            self._path, self.broker, config, self._clock, self._crash_point
        )
        if self._stalled_until_ns is None:
            self.broker.connect(self._deliver)
        self._reader = self._reader or connect_to_read(self._path)
        await self._settle()

    async def _die(self) -> None:
        """The process is gone: memory, queue, and what it would still have heard."""
        if self._life is None:
            return
        self._references.note(self._life.state)
        self.broker.disconnect()
        self._commits_before += self._life.commits
        life, self._life = self._life, None
        self._asked.clear()
        self._held.clear()
        self._stalled_until_ns = None
        await life.end()

    async def _close(self) -> None:
        if self._life is not None:
            await self._life.end()
        if self._reader is not None:
            self._reader.close()

    # -- what goes in and out ------------------------------------------------------------------

    def _deliver(self, event: object) -> None:
        """The line to the engine; while its loop stalls, messages wait in the line."""
        self._when_awake(lambda life: life.deliver(event))

    def _when_awake(self, act: Callable[[Life], None]) -> None:
        if self._life is None:
            return
        if self._stalled_until_ns is None:
            act(self._life)
        else:
            self._held.append(act)

    def _ask(self, what: str, command: Command) -> None:
        now_ns = self._clock.mono_ns()
        if self._life is None:
            self._refuse(now_ns, what, "the engine is down")
        self._when_awake(lambda life: self._asked.append((now_ns, what, life.ask(command))))

    def _note_sent(self, message: Outbound) -> None:
        kinds = {SendOrder: "NEW", SendCancel: "CANCEL"}
        assert self._reader is not None
        self._sent.append(
            {
                "t": report.seconds(self._clock.mono_ns()),
                "what": kinds.get(type(message), "REPLACE"),
                "order": message.ref,
                "qty": plain(message.quantity),
                "durable": is_durable(self._reader, message.cl_ord_id),
            }
        )
        self._references.sent(message)

    # -- steps ---------------------------------------------------------------------------------

    async def _play(self, step: Step) -> None:
        try:
            await self._act(step)
        except EngineError as error:
            self._failed.append(f"step {step.number}: {error}")

    async def _act(self, step: Step) -> None:
        match step.action:
            case steps.Submit(group):
                self._ask("submit", SubmitGroup(group=group))
            case steps.Trader(what, command):
                self._ask(what, command)
            case steps.Expect(values):
                await self._expect(step.number, values)
            case _:
                if not self._venue.play(step.action):
                    await self._disturb(step.action)

    async def _disturb(self, action: steps.Action | None) -> None:
        """What happens to the process, its machine and the broker's manners."""
        match action:
            case steps.Crash(at=None):
                await self._die()
            case steps.Crash(at=Point() as point, nth=nth):
                self._crash_point.arm(point, nth)
            case steps.Restart():
                await self._die()
                await self._start()
            case steps.LocalClock(jump_s, stall_s):
                self._clock.jump(_ns(jump_s))
                if stall_s:
                    self._stalled_until_ns = self._clock.mono_ns() + _ns(stall_s)
            case steps.ChangeBroker(settings):
                self.broker.settings = settings

    async def _expect(self, number: int, values: object) -> None:
        assert isinstance(values, dict)
        current = await self._report()
        for path, expected in values.items():
            wrong = expect.check(current, path, expected)
            if wrong:
                self._failed.append(f"step {number}: {wrong}")

    # -- the report ----------------------------------------------------------------------------

    async def _report(self) -> dict[str, object]:
        state = await self._state()
        failed = list(self._failed)
        if self._life is not None and self._life.stopped_why:
            failed.append(f"the engine stopped: {self._life.stopped_why}")
        said = report.engine_part(state)
        commits = self._commits_before + (self._life.commits if self._life is not None else 0)
        whole: dict[str, object] = {"name": self._scenario.name, "ok": not failed, "failed": failed}
        whole["state"] = said["state"] if self._life is not None else DOWN
        for key in ("broker_time_s", "groups", "orders"):
            whole[key] = said[key]
        whole["sent"] = [dict(each) for each in self._sent]
        for key in ("rejected_events", "escalations", "orphans", "external_orders"):
            whole[key] = said[key]
        whole["refusals"] = [dict(each) for each in self._refusals]
        whole["counts"] = report.counts(state, commits)
        return whole

    async def _state(self) -> DeskState:
        """The engine's state; while it is down, what the database would give it back."""
        if self._life is not None:
            return self._life.state
        store = await Store.open(self._path)
        try:
            config: EngineConfig = recovery.for_broker(self._scenario.config, self.broker)
            state, _ = await recovery.load(store, config)
        finally:
            await store.close()
        return state


def _ns(seconds: Decimal) -> int:
    return int(seconds * NS)
