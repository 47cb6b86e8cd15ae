"""Between the engine and the panels: changes in, commands out, answers back.

Owns: the subscription, the protocol the screen expects of an engine, the engine's last sign of
life, and the way a command is sent and answered. May not: decide anything or change what the
engine said. All on the loop's thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from engine import (
    Answer,
    Changes,
    Command,
    ConnectionView,
    EscalationView,
    ExternalView,
    FieldError,
    GroupDetail,
    GroupRequest,
    GroupRow,
    KillView,
    LimitDecision,
    LimitsView,
    LogLine,
    MarginView,
    OrderView,
    OrphanView,
    PersonView,
    QuoteView,
    ReconciliationView,
    RejectedView,
    SessionLine,
    StatusView,
)
from ui.formats import SECOND_NS
from ui.frame import Frame
from ui.spawn import Spawner

STALE_AFTER_S = 2.0
ROWS_A_FRAME = 12

Listener = Callable[[Changes], None]


class EngineLike(Protocol):
    """What the screen needs of an engine. Reads are cheap and from memory."""

    async def submit(self, command: Command) -> Answer: ...
    def subscribe(self, listener: Listener) -> Callable[[], None]: ...
    def status(self, *, exact: bool = True) -> StatusView: ...
    def catch_up(self, rows: int) -> bool: ...
    def group_ids(self) -> tuple[str, ...]: ...
    def group(self, group_id: str) -> GroupRow | None: ...
    def group_detail(self, group_id: str) -> GroupDetail | None: ...
    def order(self, ref: str) -> OrderView | None: ...
    def escalations(self) -> tuple[EscalationView, ...]: ...
    def escalation(self, number: int) -> EscalationView | None: ...
    def orphans(self) -> tuple[OrphanView, ...]: ...
    def orphan(self, ref: str) -> OrphanView | None: ...
    def externals(self) -> tuple[ExternalView, ...]: ...
    def rejected(self, limit: int = 1000) -> tuple[RejectedView, ...]: ...
    def rejected_event(self, number: int) -> RejectedView | None: ...
    def log(self, after: int = 0) -> tuple[LogLine, ...]: ...
    @property
    def log_count(self) -> int: ...
    def quote(self, symbol: str) -> QuoteView | None: ...
    def symbols(self) -> tuple[str, ...]: ...
    def search(self, text: str) -> tuple[tuple[str, str], ...]: ...
    def check(self, request: GroupRequest) -> tuple[FieldError, ...]: ...
    def limits(self) -> LimitsView | None: ...
    def limit_decisions(self, after: int = 0) -> tuple[LimitDecision, ...]: ...
    def kills(self) -> tuple[KillView, ...]: ...
    def margin(self, request: GroupRequest) -> MarginView: ...
    def reconciliation(self) -> ReconciliationView: ...
    def reconciliation_csv(self) -> str | None: ...
    def connections(self) -> tuple[ConnectionView, ...]: ...
    def connection_lines(self, name: str, after: int = 0) -> tuple[SessionLine, ...]: ...
    def person(self, user: str) -> PersonView: ...
    def denied(self, user: str, kind: type[Command]) -> str: ...


class _News:
    """What changed since the last frame, summed up."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._groups: set[str] = set()
        self._orders: set[str] = set()
        self._escalations: set[int] = set()
        self._orphans: set[str] = set()
        self._externals: set[str] = set()
        self._rejected: set[int] = set()
        self._status = self._log = self._any = False

    def add(self, changes: Changes) -> None:
        self._any = True
        self._groups |= changes.groups
        self._orders |= changes.orders
        self._escalations |= changes.escalations
        self._orphans |= changes.orphans
        self._externals |= changes.externals
        self._rejected |= changes.rejected
        self._status = self._status or changes.status
        self._log = self._log or changes.log

    def take(self) -> Changes | None:
        """The sum, and begin anew; None when nothing changed."""
        if not self._any:
            return None
        changes = Changes(
            groups=frozenset(self._groups),
            orders=frozenset(self._orders),
            escalations=frozenset(self._escalations),
            orphans=frozenset(self._orphans),
            externals=frozenset(self._externals),
            rejected=frozenset(self._rejected),
            status=self._status,
            log=self._log,
        )
        self._begin()
        return changes


class Barred(Protocol):
    """What can be disabled because of the role."""

    def bar(self, why_not: str) -> None: ...


class Bridge(QObject):
    """The one place where the screen touches the engine. ``user`` is who acts now."""

    answered = Signal(object, object)  # Command, Answer
    failed = Signal(str, str)  # what, sentence
    staleness = Signal(bool)  # the engine fell silent, or came back
    person_changed = Signal(str)  # somebody else acts from now on

    def __init__(
        self,
        engine: EngineLike,
        frame: Frame,
        *,
        user: str,
        wall_ns: Callable[[], int] = time.time_ns,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.engine = engine
        self.frame = frame
        self.user = user
        self.wall_ns = wall_ns
        self._mono = mono
        self._listeners: list[Listener] = []
        self._barred: list[tuple[Barred, type[Command]]] = []
        self._spawner = Spawner(self.failed.emit)
        self._sign = mono()
        self._engine_wall_ns = -1
        self._stale = False
        self._news = _News()
        frame.collect_first(self._collect)
        self.last_status: StatusView | None = None
        self._unsubscribe = engine.subscribe(self._changed)
        self.probe()

    def listen(self, listener: Listener) -> None:
        """Have a panel told of every change; it only notes keys, reads come with the frame."""
        self._listeners.append(listener)

    def spawn(self, name: str, coro: Coroutine[Any, Any, Any]) -> None:
        """Start a coroutine that outlives the call; a failure is shown."""
        self._spawner.spawn(name, coro)

    def submit(self, command: Command, answered: Callable[[Answer], None] | None = None) -> None:
        """Send a command; ``answered`` gets the engine's answer, or one that says why none came."""
        self._spawner.spawn(type(command).__name__, self._ask(command, answered))

    async def ask(self, command: Command) -> Answer:
        """Send a command and wait for its answer; a failing engine gives a refusal, no raise."""
        try:
            answer = await self.engine.submit(command)
        except Exception as error:
            what = type(command).__name__
            self.failed.emit(what, f"no answer from the engine: {type(error).__name__}: {error}")
            return Answer(
                command.command_id, what, False, f"no answer from the engine ({error}); unknown"
            )
        self.answered.emit(command, answer)
        return answer

    def denied(self, kind: type[Command]) -> str:
        """Why whoever sits here may not ask for this kind of command; "" when they may. Only
        for saying so early: the engine refuses it anyway."""
        try:
            return self.engine.denied(self.user, kind)
        except Exception:
            # An engine that can't be read says so elsewhere; nothing is barred by that.
            return ""

    def bar(self, control: Barred, kind: type[Command]) -> None:
        """Keep a control barred while whoever acts may not ask for this kind of command."""
        self._barred.append((control, kind))
        control.bar(self.denied(kind))

    def act_as(self, user: str) -> None:
        """Somebody else acts from now on; the host has proven who."""
        if user == self.user:
            return
        self.user = user
        for control, kind in self._barred:
            control.bar(self.denied(kind))
        self.person_changed.emit(user)

    def probe(self) -> StatusView | None:
        """Read the status and note a sign of life; None when the engine can't be read."""
        try:
            status = self.engine.status(exact=False)
        except Exception:
            status = None
        if status is not None:
            if status.wall_ns != self._engine_wall_ns:
                self._engine_wall_ns = status.wall_ns
                self._sign = self._mono()
            self.last_status = status
        stale = self.silence_s() > STALE_AFTER_S
        if stale != self._stale:
            self._stale = stale
            self.staleness.emit(stale)
        return status

    def silence_s(self) -> float:
        """Seconds since the engine's last sign of life."""
        return self._mono() - self._sign

    @property
    def stale(self) -> bool:
        return self._stale

    def age_s(self, then_ns: int) -> float:
        """Seconds from a wall instant to now."""
        return (self.wall_ns() - then_ns) / SECOND_NS

    def close(self) -> None:
        """Stop listening and drop what still waits for an answer."""
        self._unsubscribe()
        self._spawner.cancel_all()

    async def _ask(self, command: Command, answered: Callable[[Answer], None] | None) -> None:
        answer = await self.ask(command)
        if answered is not None:
            answered(answer)

    def _engine_is_behind(self) -> bool:
        """Have the engine bring some more of its sums up to date, a few with each frame."""
        try:
            return self.engine.catch_up(ROWS_A_FRAME)
        except Exception:
            return False  # an engine that can't be read is shown as stale by ``probe``

    def _changed(self, changes: Changes) -> None:
        """Thousands of cycles a second come by here: only note the keys."""
        self._sign = self._mono()
        self._news.add(changes)
        self.frame.wake()

    def _collect(self) -> None:
        """Once a frame: tell the panels all that changed since the last one."""
        if self._engine_is_behind():
            self.frame.wake()
        changes = self._news.take()
        if changes is None:
            return
        for listener in self._listeners:
            try:
                listener(changes)
            except Exception as error:
                self.failed.emit("a panel's listener", f"{type(error).__name__}: {error}")
