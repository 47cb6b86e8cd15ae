"""The kill over its own path: it works while the loop, the screen or the store does not.

Owns: the order of a kill: shut the gate, let the engine do it, and only where the engine does not
within a moment, do it beside the engine. May not: send anything but cancels, end a kill, or keep
the books: whatever it did becomes the engine's next input, ``KillThrown`` and what became of each
cancel, as if the engine had asked. See ``docs/decisions/0005-the-kill-beside-the-loop.md``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from functools import partial
from pathlib import Path

from engine.broker.port import BrokerPort
from engine.core import kill
from engine.core.commands import KillPart
from engine.core.decisions import Answer
from engine.core.events import KillThrown
from engine.shell import direct_cancels, kill_file
from engine.shell.kill_report import KillCounts, KillOutcome, KillWish
from engine.shell.runner import Runner

HANDOVER_S = 0.25
"""So long a hand-over under way may take before the kill says that one may still leave."""
LOOP_S = 0.3
"""A loop that has not turned for so long hangs."""
STORE_S = 1.5
"""A kill that the loop has taken and not made durable for so long is stuck in the store."""
FILE_S = 1.0
BUSY_S = 20.0
_log = logging.getLogger(__name__)


class _Attempt:
    """One kill on its way: either the loop takes it or the kill's own thread does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._direct = False
        self._taken = False
        self.done: Future[tuple[Answer, KillCounts | None] | None] = Future()
        self.taken = threading.Event()

    def take(self) -> bool:
        """The loop's: whether it is still wanted there."""
        with self._lock:
            self._taken = not self._direct
            self.taken.set()
            return self._taken

    def go_direct(self) -> None:
        """The thread's: the loop does not begin with it any more."""
        with self._lock:
            self._direct = True


class KillSwitch:
    """One engine's. ``throw`` and ``counts`` on any thread but the loop's; the loop is the one
    that runs while this is made."""

    def __init__(self, runner: Runner, broker: BrokerPort, database: Path) -> None:
        self._runner = runner
        self._broker = broker
        self._database = database
        self._loop = asyncio.get_running_loop()
        self._run = runner.state.meta.run + 1
        self._one_at_a_time = threading.Lock()
        self._in_books: set[str] = set()
        runner.gate.when_taken = self._is_taken

    def take_up(self) -> None:
        """The kills that an earlier process left beside the database, as the first inputs after
        the start. The loop's thread, before anything else is delivered."""
        for thrown in kill_file.standing(self._database):
            _log.warning("a kill by %s stands from before: %s", thrown.user, thrown.reason)
            self._runner.gate.shut(thrown, HANDOVER_S)
            self._runner.deliver(thrown)

    def throw(self, wish: KillWish) -> KillOutcome:
        """Kill. Returns what was achieved, within seconds, whatever hangs. Never raises."""
        begun_ns = time.monotonic_ns()
        if not self._one_at_a_time.acquire(timeout=BUSY_S):
            return KillOutcome(False, "another kill is still under way", is_blocked=True)
        try:
            return self._throw(wish, begun_ns)
        except Exception as error:
            _log.exception("a kill failed")
            shut = self._runner.gate.is_shut
            return KillOutcome(False, f"{type(error).__name__}: {error}", is_blocked=shut)
        finally:
            self._one_at_a_time.release()

    def counts(self, wish: KillWish) -> KillCounts | None:
        """How the kill stands now; None: it does not, or the loop does not answer."""
        told: Future[KillCounts | None] = Future()
        if not self._post(lambda: told.set_result(self._count(wish))):
            return None
        try:
            return told.result(LOOP_S)
        except NotInTime:
            return None

    def _throw(self, wish: KillWish, begun_ns: int) -> KillOutcome:
        kill_id = wish.kill_id or f"{time.time_ns()}"
        user = wish.user or "local"
        thrown = KillThrown(
            kill_id, wish.scope, wish.target, user, wish.reason, time.time_ns(), self._run
        )
        is_blocked = self._runner.gate.shut(thrown, HANDOVER_S)
        blocked_ns = time.monotonic_ns() - begun_ns
        attempt = _Attempt()
        if self._post(lambda: self._on_loop(thrown, wish, attempt)):
            found = self._await(attempt)
            if found is not None:
                answer, counts = found
                return KillOutcome(
                    answer.accepted or counts is not None,
                    answer.reason,
                    is_blocked=answer.accepted or counts is not None,
                    by_engine=True,
                    is_durable=True,
                    counts=counts,
                    blocked_ns=blocked_ns,
                    asked_ns=time.monotonic_ns() - begun_ns,
                )
        attempt.go_direct()
        outcome = self._directly(thrown, is_blocked)
        outcome.blocked_ns, outcome.asked_ns = blocked_ns, time.monotonic_ns() - begun_ns
        return outcome

    # -- through the engine ----------------------------------------------------------------

    def _on_loop(self, thrown: KillThrown, wish: KillWish, attempt: _Attempt) -> None:
        """The loop turns: the kill goes the ordinary way, unless that way is closed."""
        if not attempt.take():
            return
        if self._runner.stopped_why or not self._runner.inbox.has_room():
            attempt.done.set_result(None)
            return
        command = KillPart(
            thrown.user, thrown.kill_id, scope=thrown.scope, target=thrown.target,
            reason=thrown.reason,
        )  # fmt: skip
        asked = self._runner.ask(command)
        asked.add_done_callback(partial(self._answered, thrown.kill_id, wish, attempt))

    def _answered(
        self, kill_id: str, wish: KillWish, attempt: _Attempt, asked: asyncio.Future[Answer]
    ) -> None:
        if attempt.done.done():
            return
        if asked.cancelled() or self._runner.gate.holds(kill_id):
            attempt.done.set_result(None)  # it never came to the core
            return
        attempt.done.set_result((asked.result(), self._count(wish)))

    def _await(self, attempt: _Attempt) -> tuple[Answer, KillCounts | None] | None:
        """The engine's answer; None: the engine does not carry this out."""
        try:
            return attempt.done.result(LOOP_S)
        except NotInTime:
            if not attempt.taken.is_set():
                return None
        try:
            return attempt.done.result(STORE_S)
        except NotInTime:
            return None

    def _count(self, wish: KillWish) -> KillCounts | None:
        for each in kill.counts(self._runner.state):
            if (each.killed.scope, each.killed.target) == (wish.scope, wish.target):
                return KillCounts(each.asked, each.confirmed, each.unknown)
        return None

    # -- beside the engine -----------------------------------------------------------------

    def _directly(self, thrown: KillThrown, is_blocked: bool) -> KillOutcome:
        """Without the loop and without the database's writer: note it, tell it, cancel."""
        plan = direct_cancels.plan(self._runner.state, self._database, self._broker, thrown)
        thrown = plan.thrown
        why_not = self._write(thrown)
        # The engine hears of the requests before any answer to them can reach it.
        self._post(partial(self._runner.deliver, thrown))
        unsent = 0
        for outcome in plan.carry_out():
            unsent += not direct_cancels.left(outcome)
            self._post(partial(self._runner.deliver, outcome))
        asked = len(thrown.asked) - unsent
        _log.critical("kill by %s beside the loop: %d cancels asked, %d could not be", thrown.user,
                      asked, plan.working - asked)  # fmt: skip
        return KillOutcome(
            True,
            plan.text,
            is_blocked=is_blocked,
            is_durable=not why_not,
            counts=KillCounts(asked, 0, plan.refs),
            unsent=plan.working - asked,
            why_not_durable=why_not,
        )

    def _write(self, thrown: KillThrown) -> str:
        """Put it beside the database; "" or why that is not sure."""

        def work() -> None:
            kill_file.write(self._database, thrown)
            if thrown.kill_id in self._in_books:
                kill_file.remove(self._database, thrown.kill_id)

        try:
            direct_cancels.within(FILE_S, work)
        except NotInTime:
            return f"the disk did not take it within {FILE_S:g} s"
        except OSError as error:
            return f"the disk refused it: {error.strerror or error}"
        return ""

    def _is_taken(self, kill_id: str) -> None:
        self._in_books.add(kill_id)
        kill_file.remove(self._database, kill_id)

    def _post(self, work: Callable[[], object]) -> bool:
        try:
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:  # the loop is closed
            return False
        return True
