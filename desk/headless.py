"""The desk without a window: what it prints, and when it has nothing left to do.

Owns: the printed progress and the idle watch. May not: decide about groups that wait for the
trader; they are not the idle watch's business, they are said in the report.
"""

from __future__ import annotations

import asyncio
import time

from engine import Changes, Engine, Phase

POLL_S = 0.1
QUIET_S = 1.0


class Progress:
    """Prints what happens, a line each: the desk's log, groups that move on, escalations."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._printed = engine.log_count
        self._groups: dict[str, str] = {}
        self._escalations: dict[int, str] = {}
        self._unsubscribe = engine.subscribe(self._changed)

    async def end(self) -> None:
        self._unsubscribe()

    def _changed(self, changes: Changes) -> None:
        if changes.log:
            for line in self._engine.log(self._printed):
                _print_at(line.wall_ns, line.text)
            self._printed = self._engine.log_count
        for group_id in sorted(changes.groups):
            self._group(group_id)
        for number in sorted(changes.escalations):
            self._escalation(number)

    def _group(self, group_id: str) -> None:
        row = self._engine.group(group_id)
        if row is None or self._groups.get(group_id) == row.lifecycle:
            return
        self._groups[group_id] = row.lifecycle
        end = f" ({row.end_reason})" if row.end_reason else ""
        _print_at(row.state_since_wall_ns, f"{group_id}: {row.lifecycle}{end}")

    def _escalation(self, number: int) -> None:
        item = self._engine.escalation(number)
        if item is None or self._escalations.get(number) == item.state:
            return
        self._escalations[number] = item.state
        what = f"escalation {number} {item.severity} {item.kind} {item.state}: {item.text}"
        _print_at(item.changed_wall_ns, what)


def _print_at(wall_ns: int, text: str) -> None:
    seconds, rest_ns = divmod(wall_ns, 10**9)
    clock = time.strftime("%H:%M:%S", time.gmtime(seconds))
    print(f"{clock}.{rest_ns // 10**6:03d} {text}", flush=True)


def is_at_rest(engine: Engine) -> bool:
    """No group lives and nothing waits: what takes long now, hurts nobody."""
    status = engine.status()
    return not status.live_groups and not status.queue_depth


async def wait_until_idle(engine: Engine, market_over: asyncio.Event) -> str:
    """Wait until nothing has been at work for ``QUIET_S``. Returns what ended the wait.

    At work: a live group that does not wait for the trader, a start-up that is not armed yet.
    When the market is over nothing can work any more.
    """
    quiet_since: float | None = None
    while True:
        status = engine.status()
        if status.phase is Phase.STOPPED:
            return f"the engine stopped: {status.stopped_why}"
        busy = status.phase in (Phase.RECOVERING, Phase.RESOLVING)
        busy = busy or status.queue_depth > 0
        if not market_over.is_set():
            busy = busy or status.live_groups > status.needs_me
        now = time.monotonic()
        if busy:
            quiet_since = None
        elif quiet_since is None:
            quiet_since = now
        elif now - quiet_since >= QUIET_S:
            waiting = f", {status.needs_me} wait for the trader" if status.needs_me else ""
            if market_over.is_set():
                return f"the quotes have ended{waiting}"
            return f"idle: no group is at work{waiting}"
        await asyncio.sleep(POLL_S)
