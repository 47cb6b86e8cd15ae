"""The desk without a window: what it prints, and when it has nothing left to do.

Owns: the printed log and the idle watch. May not: decide about groups that wait for the trader;
they are not idle's business, they are said in the report.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from engine import Changes, Engine, Phase

POLL_S = 0.1
QUIET_S = 1.0


def print_log(engine: Engine) -> Callable[[], Awaitable[None]]:
    """Print the desk's log from here on, a line each. Returns the step that ends it."""
    printed = engine.log_count

    def show(changes: Changes) -> None:
        nonlocal printed
        if not changes.log:
            return
        for line in engine.log(printed):
            seconds, rest_ns = divmod(line.wall_ns, 10**9)
            clock = time.strftime("%H:%M:%S", time.gmtime(seconds))
            print(f"{clock}.{rest_ns // 10**6:03d} {line.text}", flush=True)
        printed = engine.log_count

    unsubscribe = engine.subscribe(show)

    async def end() -> None:
        unsubscribe()

    return end


async def wait_until_idle(engine: Engine) -> str:
    """Wait until nothing has been at work for ``QUIET_S``. Returns what ended the wait.

    At work: a live group that does not wait for the trader, a start-up that is not armed yet.
    """
    quiet_since: float | None = None
    while True:
        status = engine.status()
        if status.phase is Phase.STOPPED:
            return f"the engine stopped: {status.stopped_why}"
        busy = status.phase in (Phase.RECOVERING, Phase.RESOLVING)
        busy = busy or status.live_groups > status.needs_me or status.queue_depth > 0
        now = time.monotonic()
        if busy:
            quiet_since = None
        elif quiet_since is None:
            quiet_since = now
        elif now - quiet_since >= QUIET_S:
            waiting = f", {status.needs_me} wait for the trader" if status.needs_me else ""
            return f"idle: no group is at work{waiting}"
        await asyncio.sleep(POLL_S)
