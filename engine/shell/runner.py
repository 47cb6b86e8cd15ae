"""The one cycle: take what arrived -> core -> one commit -> only then act.

Owns: the order of decide, persist and act, which is what crash safety is made of. May not: hold a
trading rule. A cycle that ends before its commit has done nothing; what it wants to send is
durable as an intent before it is sent. A commit that fails stops trading for the rest of this
process's life: nothing is sent any more, the state stays readable, every command is refused
with the reason. A view that is read while a commit is under way may be ahead of the disk by
that one commit; listeners are told only after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.broker.port import BrokerPort
from engine.core import machine
from engine.core.commands import Command
from engine.core.decisions import (
    Answer,
    AskExecutions,
    AskOpenOrders,
    AskOrder,
    AskPositions,
    Decision,
)
from engine.core.events import (
    CancelRejected,
    Envelope,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    TimePassed,
)
from engine.core.idempotency import IdempotencyManager
from engine.core.state import DeskState
from engine.shell.answers import Answers
from engine.shell.checkpoints import Checkpoints, NoCheckpoints, Point
from engine.shell.clock import Clock
from engine.shell.desk_log import DeskLog
from engine.shell.gate import Gate
from engine.shell.inbox import Inbox
from engine.shell.listeners import Listeners
from engine.shell.market import Market
from engine.shell.metrics import Metrics
from engine.shell.outbox import Outbox
from engine.shell.passed import Passed
from engine.shell.precedence import Precedence
from engine.shell.waiting import Arrived
from engine.store.batch import RECALLED, Batch, JournalEntry
from engine.store.errors import StoreError
from engine.store.store import Store

DECIDE_MAX_NS = 1_000_000
"""So long a cycle decides before the loop's other work gets a turn."""
LOOK_EACH = 4
IDLE_WAIT_S = 0.5
SHORTEST_WAIT_S = 0.001

_QUESTION = (AskOrder, AskOpenOrders, AskExecutions, AskPositions)
_REPORTS = (ExecutionReport, CancelRejected, OpenOrdersListed, ExecutionsListed)
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Cycle:
    """What one cycle decided: the batch to commit and the decisions to carry out after it."""

    arrived_mono_ns: int
    begun_mono_ns: int = 0
    batch: Batch = field(default_factory=Batch)
    decisions: list[Decision] = field(default_factory=list)
    forgot: bool = False


class Runner:
    """The engine's loop on one database and one broker. All methods: the event loop's thread.

    ``last_seq`` is the number of the journal's last entry. ``beat_wall_ns``: when a cycle last
    began; a loop that hangs, in the disk or in itself, shows by it.
    """

    def __init__(
        self,
        state: DeskState,
        store: Store,
        broker: BrokerPort,
        clock: Clock,
        last_seq: int,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.state = state
        self.inbox = Inbox(clock, cl_ord_ids=state.by_cl_ord_id, order_ids=state.by_order_id)
        self.precedence = Precedence(state, self.inbox)
        self.metrics = Metrics()
        self.log = DeskLog()
        self.market = Market()
        self.listeners = Listeners(self.log, clock)
        self.stopped_why = ""
        self.beat_wall_ns = clock.wall_ns()
        self._store = store
        self._clock = clock
        self._checkpoints = checkpoints or NoCheckpoints()
        self._answers = Answers()
        self.gate = Gate()
        self._outbox = Outbox(
            broker, self.inbox, self._answers, clock, self.log, self._checkpoints, self.gate
        )
        self._committed: Callable[[list[object]], None] | None = getattr(broker, "committed", None)
        self._seq = last_seq
        self._passed = Passed()
        self._woken = asyncio.Event()
        self._stopping = False

    def deliver(self, body: object) -> None:
        """Take an input from the broker or from the engine itself, for a later cycle."""
        if not self.stopped_why:
            self.inbox.put(body)
            self._woken.set()

    def ask(self, command: Command) -> asyncio.Future[Answer]:
        """Take a trader's command; the future gives the engine's answer after its commit."""
        refusal = self._refusal(command)
        if refusal:
            refused: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            name = type(command).__name__
            refused.set_result(Answer(command.command_id, name, False, refusal))
            return refused
        command, future = self._answers.expect(command, self.state.meta.run)
        self.deliver(command)
        return future

    async def run(self) -> None:
        """Repeat the cycle until ``finish`` is called."""
        while not self._stopping:
            self._woken.clear()
            if await self.step():
                await asyncio.sleep(0)
            else:
                await self._wait()

    def finish(self) -> None:
        """Let ``run`` end after its present cycle; commands are refused from now on."""
        self._stopping = True
        self._woken.set()

    def refuse_waiting(self, why: str) -> None:
        """Answer every command under way with a refusal: nobody else will."""
        self._answers.refuse_all(why)

    async def step(self) -> bool:
        """One cycle. Returns whether there was anything to do."""
        self.beat_wall_ns = self._clock.wall_ns()
        if self.stopped_why:
            self.inbox.clear()
            return False
        try:
            arrived = self._take()
            await self._fold_log(idle=not arrived)
            if not arrived:
                return False
            cycle = await self._decide(arrived)
            await self._commit(cycle)
        except StoreError as error:
            self._stop_trading(str(error))
        except Exception as error:
            _log.exception("a cycle failed")
            self._stop_trading(f"a fault in the engine: {type(error).__name__}: {error}")
        else:
            self._acknowledge(arrived)
            self._act(cycle)
            if self.gate.is_shut:
                self.gate.after(each.body for each in arrived)
        return True

    def _take(self) -> list[Arrived]:
        arrived = self.precedence.take()
        # Time is not ahead of what has arrived: a wait on our own clock is judged on all of it.
        oldest = self.inbox.oldest
        now_ns = oldest.mono_ns if oldest is not None else self._clock.mono_ns()
        wake_ns = machine.next_wake_mono_ns(self.state)
        if wake_ns is not None and wake_ns <= now_ns:
            arrived.append(Arrived(now_ns, self._clock.wall_ns(), TimePassed()))
        if any(isinstance(each.body, _REPORTS) for each in arrived):
            self._checkpoints.passing(Point.BEFORE_REPORTS_APPLIED)
        return arrived

    async def _decide(self, arrived: list[Arrived]) -> _Cycle:
        """Hand every input to the core, one after the other, and gather what comes of it."""
        cycle = _Cycle(arrived[0].mono_ns)
        IdempotencyManager.trim(self.state)
        await self._recall(cycle, arrived)
        keys = [machine.lookups(self.state, each.body) for each in arrived]
        counted = await self._counted({key for some in keys for key in some})
        cycle.begun_mono_ns = self._clock.mono_ns()
        for number, (each, wanted) in enumerate(zip(arrived, keys, strict=True)):
            if self._must_end(cycle, number, each.body):
                back = [each for each in arrived[number:] if not isinstance(each.body, TimePassed)]
                self.inbox.put_back(back)
                del arrived[number:]
                break
            if number % LOOK_EACH == LOOK_EACH - 1:
                await self._let_others(cycle)
            known = {key: counted[key] for key in wanted if key in counted}
            quotes = self.market.note(each.body, each.wall_ns, self.state, each.mono_ns)
            self._handle(cycle, Envelope(each.mono_ns, each.wall_ns, each.body, quotes, known))
        self.metrics.note_inputs(self._clock.mono_ns(), len(arrived))
        return cycle

    def _must_end(self, cycle: _Cycle, decided: int, body: object) -> bool:
        """Whether the cycle ends before this input: something urgent came, or its group may have
        left memory just now and the store knows it after this commit."""
        if self.precedence.must_make_room(decided):
            return True
        return cycle.forgot and bool(machine.recall_keys(self.state, body))

    async def _let_others(self, cycle: _Cycle) -> None:
        """After some milliseconds of deciding, a turn of the loop for the window and the adapter.
        The state is this task's alone: they can only read it and put into the inbox."""
        if self._clock.mono_ns() - cycle.begun_mono_ns > DECIDE_MAX_NS:
            await asyncio.sleep(0)
            cycle.begun_mono_ns = self._clock.mono_ns()

    async def _recall(self, cycle: _Cycle, arrived: list[Arrived]) -> None:
        """Take back into memory the closed groups whose orders these inputs are about."""
        order_ids: set[str] = set()
        for each in arrived:
            order_ids.update(machine.recall_keys(self.state, each.body))
        if not order_ids:
            return
        for group in await self._store.owners_of(sorted(order_ids)):
            if group.group.group_id not in self.state.groups:
                machine.admit(self.state, group.group, group.orders, group.chains, group.stops)
                envelope = Envelope(arrived[0].mono_ns, arrived[0].wall_ns, group.group.group_id)
                self._journal(cycle, envelope, RECALLED)

    async def _counted(self, keys: set[str]) -> dict[str, str]:
        """What the store knows of ids that memory has let go."""
        return await self._store.look_up(sorted(keys)) if keys else {}

    def _handle(self, cycle: _Cycle, envelope: Envelope) -> None:
        """An input that changes nothing durable waits for the next one that does."""
        decisions = machine.handle(self.state, envelope)
        touched = self.state.touched
        changed = touched.any()
        if changed or any(not isinstance(each, _QUESTION) for each in decisions):
            self._journal_passed(cycle)
            self._journal(cycle, envelope, type(envelope.body).__name__)
        else:
            self._passed.add(envelope, decisions)
            if self._passed.is_full:
                self._journal_passed(cycle)
        if changed:
            cycle.batch.take(touched, self.state)
            cycle.forgot = cycle.forgot or bool(touched.forgotten)
        if decisions:
            cycle.batch.take_outbound(decisions, self.state)
            cycle.decisions += decisions

    def _journal_passed(self, cycle: _Cycle) -> None:
        for passed in self._passed.take():
            self._journal(cycle, passed, type(passed.body).__name__)

    def _journal(self, cycle: _Cycle, envelope: Envelope, kind: str) -> None:
        self._seq += 1
        cycle.batch.journal.append(JournalEntry(self._seq, self.state.meta.run, envelope, kind))

    async def _commit(self, cycle: _Cycle) -> None:
        """The one transaction of the cycle. Nothing is carried out before it is on disk."""
        if not cycle.batch:
            return
        self._checkpoints.passing(Point.BEFORE_COMMIT)
        begun_ns = self._clock.mono_ns()
        await self._store.commit(cycle.batch, self.state)
        self.metrics.note_commit(begun_ns, self._clock.mono_ns())
        self._checkpoints.passing(Point.AFTER_COMMIT)

    def _acknowledge(self, arrived: list[Arrived]) -> None:
        """Tell an adapter that wants to know: what these inputs changed is durable now, so
        the messages behind them count as received (see ``broker.fix.acknowledged``)."""
        if self._committed is not None:
            self._committed([each.body for each in self.precedence.in_order(arrived)])

    def _act(self, cycle: _Cycle) -> None:
        self._outbox.carry_out(cycle.decisions)
        now_ns = self._clock.mono_ns()
        self.metrics.decision.add(now_ns, now_ns - cycle.arrived_mono_ns)
        self.listeners.publish(cycle.batch)

    def _refusal(self, command: Command) -> str:
        """Why a command cannot even be taken; "" when it can."""
        if self.stopped_why:
            return f"the engine has stopped: {self.stopped_why}"
        if self._stopping:
            return "the engine is being shut down"
        if not self.inbox.has_room():
            return f"{len(self.inbox)} messages wait to be read; try again in a moment"
        if self._answers.is_waiting(command.command_id):
            return f"command {command.command_id} is under way already"
        return ""

    def _stop_trading(self, why: str) -> None:
        """Fail-stop: nothing is sent any more in this process."""
        self.stopped_why = why
        self.inbox.clear()
        self.log.add(self._clock.wall_ns(), "ERROR", f"trading stopped: {why}")
        self._answers.refuse_all(f"the engine has stopped: {why}")
        self.listeners.publish_status()

    async def _fold_log(self, idle: bool) -> None:
        """Fold the write-ahead log into the database when nothing waits, or when it must be."""
        if self._store.checkpoint_due(idle):
            await self._store.checkpoint()

    async def _wait(self) -> None:
        """Sleep until something arrives or the core wants to be woken."""
        wake_ns = None if self.stopped_why else machine.next_wake_mono_ns(self.state)
        delay_s = IDLE_WAIT_S
        if wake_ns is not None:
            delay_s = min(delay_s, (wake_ns - self._clock.mono_ns()) / 1e9)
        set_later = asyncio.get_running_loop().call_later
        handle = set_later(max(delay_s, SHORTEST_WAIT_S), self._woken.set)
        try:
            await self._woken.wait()
        finally:
            handle.cancel()
