"""The engine's front door for a host and its screen.

Owns: the ``Engine`` class. May not: hold rules or I/O; it hands commands to the shell and views
to readers. All methods are called on the event loop's thread. Reads come from memory and cost
what the one thing read is made of.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

from engine.baskets import check_group, group_object
from engine.broker.fix.view import SessionLine
from engine.broker.port import BrokerPort
from engine.core.admission import refusal
from engine.core.commands import Command, GroupRequest
from engine.core.decisions import Answer
from engine.core.model import EngineConfig
from engine.core.reconciliation import csv_text
from engine.core.state import DeskState
from engine.core.turn import Turn
from engine.fields import FieldError
from engine.shell.clock import SystemClock
from engine.shell.kill_switch import KillSwitch
from engine.shell.link import OperatedLink
from engine.shell.recovery import recover_execution_from_crash
from engine.shell.runner import Runner
from engine.store.store import Store
from engine.view_board import Board
from engine.view_builder import (
    escalation_view,
    external_view,
    order_view,
    orphan_view,
    rejected_view,
)
from engine.view_connections import ConnectionView, connection_view
from engine.view_controls import (
    KillView,
    LimitDecision,
    LimitsView,
    MarginView,
    PersonView,
    ReconciliationView,
    denied,
    kill_views,
    limits_view,
    margin_view,
    person_view,
    reconciliation_view,
)
from engine.view_timeline import group_detail
from engine.views import (
    Changes,
    EscalationView,
    ExternalView,
    GroupDetail,
    GroupRow,
    LogLine,
    OrderView,
    OrphanView,
    QuoteView,
    RejectedView,
    StatusView,
)

SEARCH_MAX = 50


class Engine:
    """One desk: a database, a broker, and everything that has to be right between them."""

    def __init__(
        self, store_path: Path, broker: BrokerPort, config: EngineConfig | None = None
    ) -> None:
        self._path = store_path
        self._broker = broker
        self._config = config or EngineConfig()
        self._store: Store | None = None
        self._parts: tuple[Runner, SystemClock, Board] | None = None
        self._loop_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the database, recover, connect to the broker, and run. Raises ``StoreError``."""
        clock = SystemClock()

        def clock_from(last_mono_ns: int) -> SystemClock:
            clock.not_before(last_mono_ns)
            return clock

        store, runner = await recover_execution_from_crash(
            self._path, self._broker, self._config, clock_from, lambda: secrets.token_hex(8)
        )
        board = Board(runner)
        runner.listeners.subscribe(board.note)
        self._store, self._parts = store, (runner, clock, board)
        self._kill_switch = KillSwitch(runner, self._broker, self._path)
        self._kill_switch.take_up()
        try:
            await self._broker.start(runner.deliver)
        except BaseException:
            await store.close()
            self._store = None
            raise
        self._loop_task = asyncio.create_task(runner.run(), name="engine")

    async def stop(self) -> None:
        """End in order: no new commands, what is queued is handled and committed, then close."""
        if self._store is None or self._loop_task is None:
            return
        runner = self._runner
        runner.finish()
        await self._loop_task
        await self._broker.stop()
        while await runner.step():
            pass
        runner.refuse_waiting("the engine was shut down")
        store, self._store = self._store, None
        await store.close()

    async def submit(self, command: Command) -> Answer:
        """The engine's answer to a command, after it is durable. Accepted says that it was
        taken up, never that the broker did it."""
        return await self._runner.ask(command)

    def subscribe(self, listener: Callable[[Changes], None]) -> Callable[[], None]:
        """Call ``listener`` once a cycle with the keys of what changed, after its commit. The
        function returned ends that."""
        return self._runner.listeners.subscribe(listener)

    def note(self, level: str, text: str) -> None:
        """A line of the host's for the desk's log: INFO, WARNING or ERROR."""
        runner, clock, _ = self._need()
        runner.log.add(clock.wall_ns(), level, text)
        runner.listeners.publish_status()

    # -- reads ---------------------------------------------------------------------------------

    def status(self, *, exact: bool = True) -> StatusView:
        """The glance line. Its ``wall_ns`` is when the engine's loop last turned, so a reader
        sees when it hangs. Unless ``exact``, counts and the worst exposure are as far as
        ``catch_up`` came: a screen may not hold the loop for hundreds of groups."""
        runner, clock, board = self._need()
        return board.status(clock.mono_ns(), runner.beat_wall_ns, exact=exact)

    def catch_up(self, rows: int) -> bool:
        """Look anew at up to so many groups that changed; whether some are left."""
        return self._need()[2].catch_up(rows)

    def group_ids(self) -> tuple[str, ...]:
        """Live groups and the recently closed ones, oldest first."""
        return tuple(self._state.groups)

    def group(self, group_id: str) -> GroupRow | None:
        return self._need()[2].row(group_id)

    def group_detail(self, group_id: str) -> GroupDetail | None:
        found = self._state.groups.get(group_id)
        return group_detail(self._state, found) if found is not None else None

    def order(self, ref: str) -> OrderView | None:
        found = self._state.orders.get(ref)
        return order_view(found) if found is not None else None

    def escalations(self) -> tuple[EscalationView, ...]:
        """All that are not RESOLVED, and the last that were; oldest first."""
        found = sorted(self._state.escalations.items())
        return tuple(escalation_view(self._state, each) for _, each in found)

    def escalation(self, number: int) -> EscalationView | None:
        found = self._state.escalations.get(number)
        return escalation_view(self._state, found) if found is not None else None

    def orphans(self) -> tuple[OrphanView, ...]:
        return tuple(orphan_view(self._state, each) for each in self._state.orphans.values())

    def orphan(self, ref: str) -> OrphanView | None:
        found = self._state.orphans.get(ref)
        return orphan_view(self._state, found) if found is not None else None

    def externals(self) -> tuple[ExternalView, ...]:
        return tuple(external_view(each) for each in self._state.externals.values())

    def rejected(self, limit: int = 1000) -> tuple[RejectedView, ...]:
        """The last ``limit`` rejected events, newest last."""
        found = list(self._state.rejected.values())
        return tuple(rejected_view(each) for each in found[max(0, len(found) - limit) :])

    def rejected_event(self, number: int) -> RejectedView | None:
        found = self._state.rejected.get(number)
        return rejected_view(found) if found is not None else None

    def log(self, after: int = 0) -> tuple[LogLine, ...]:
        """The desk's log lines after line number ``after``, as far as they are kept."""
        return self._runner.log.after(after)

    @property
    def log_count(self) -> int:
        """How many lines were ever logged in this process."""
        return self._runner.log.count

    def quote(self, symbol: str) -> QuoteView | None:
        found = self._runner.market.last(symbol)
        if found is None:
            return None
        quote, wall_ns = found
        return QuoteView(
            symbol,
            quote.bid,
            quote.bid_size,
            quote.ask,
            quote.ask_size,
            quote.last,
            wall_ns,
        )

    def symbols(self) -> tuple[str, ...]:
        """All symbols that are quoted or configured."""
        configured = {each.symbol for each in self._state.config.instruments}
        return tuple(sorted(configured | set(self._runner.market.symbols())))

    def search(self, text: str) -> tuple[tuple[str, str], ...]:
        """What a text may mean, best first: ("group", id), ("order", ref), ("execution", ref).
        At most 50."""
        wanted = text.strip().lower()
        if not wanted:
            return ()
        found = [("group", g) for g in self._state.groups if wanted in g.lower()]
        for ref, order in self._state.orders.items():
            if len(found) >= SEARCH_MAX:
                break
            if any(wanted in i.lower() for i in (ref, order.cl_ord_id, order.order_id)):
                found.append(("order", ref))
            elif any(wanted in e.exec_id.lower() for e in order.executions.values()):
                found.append(("execution", ref))
        return tuple(found[:SEARCH_MAX])

    def limits(self) -> LimitsView | None:
        """The limits in force and how far they are used; None when none are set."""
        runner, clock, _ = self._need()
        return limits_view(self._state, clock.mono_ns(), runner.market.quotes())

    def limit_decisions(self, after: int = 0) -> tuple[LimitDecision, ...]:
        """What the controls said, and what was done about the limits, after decision number
        ``after``, oldest first; as far as it is kept, of this process's life only."""
        kept = self._state.volatile.limit_decisions
        return tuple(each for each in kept if each.number > after)

    def kills(self) -> tuple[KillView, ...]:
        """Every kill that stands, with what is asked, confirmed and unknown."""
        return kill_views(self._state)

    @property
    def kill_switch(self) -> KillSwitch:
        """The kill's own path, for any thread but this one."""
        self._need()
        return self._kill_switch

    def margin(self, request: GroupRequest) -> MarginView:
        """Margin now, on the way and at its worst for a group that is not submitted yet."""
        return margin_view(self._state, request, self._runner.market.quotes())

    def reconciliation_csv(self) -> str | None:
        """The last reconciliation's breaks as CSV, None before the first one."""
        result = self._state.reconciled
        return csv_text(result) if result is not None else None

    def reconciliation(self) -> ReconciliationView:
        """The comparison with the broker that is under way, and the last one made."""
        return reconciliation_view(self._state)

    def connections(self) -> tuple[ConnectionView, ...]:
        """The links to brokers; a desk has one."""
        _, clock, _ = self._need()
        return (connection_view(self._state, self._broker, clock.mono_ns()),)

    def connection_lines(self, name: str, after: int = 0) -> tuple[SessionLine, ...]:
        """The raw log of the link of that name after line ``after``, as far as it is kept; ()
        for a link that has none."""
        if name != self._broker.traits.name or not isinstance(self._broker, OperatedLink):
            return ()
        return self._broker.lines(after)

    def person(self, user: str) -> PersonView:
        """Who a user is at this desk, and in what role."""
        return person_view(self._state, user)

    def denied(self, user: str, kind: type[Command]) -> str:
        """Why this user may not ask for commands of this kind, in words; "" when they may. The
        engine asks itself the same when such a command comes."""
        return denied(self._state, user, kind)

    def check(self, request: GroupRequest) -> tuple[FieldError, ...]:
        """Everything that would be refused about a group if it were submitted now."""
        lots = {each.symbol: each.lot for each in self._state.config.instruments}
        _, errors = check_group(group_object(request), "", lots)
        if errors:
            return errors
        turn = Turn(self._state, quotes=self._runner.market.quotes())
        field, reason, confirmable = refusal(turn, request)
        return (FieldError(field, reason, "", None, confirmable),) if reason else ()

    def measure_anew(self) -> None:
        """Forget the durations measured so far: the host held the loop while it was starting."""
        self._runner.metrics.forget_durations()

    # -- inside --------------------------------------------------------------------------------

    def _need(self) -> tuple[Runner, SystemClock, Board]:
        if self._parts is None:
            raise RuntimeError("the engine has not been started")
        return self._parts

    @property
    def _runner(self) -> Runner:
        return self._need()[0]

    @property
    def _state(self) -> DeskState:
        return self._need()[0].state
