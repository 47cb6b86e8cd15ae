"""Background tasks that can neither vanish nor fail in silence.

Owns: ``Tasks``: asyncio keeps only weak references to tasks and reports their exceptions when
they are collected, if ever; this keeps them and reports at once. May not: know what they do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine

LOG = logging.getLogger(__name__)

Report = Callable[[str, BaseException], None]


class Tasks:
    """The tasks of one run. ``report`` is called with name and exception of one that failed."""

    def __init__(self, report: Report | None = None) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._report = report

    def spawn(self, name: str, coro: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Start ``coro`` on the running loop."""
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def cancel_all(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        running = tuple(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        LOG.error("the task %s failed", task.get_name(), exc_info=error)
        if self._report is not None:
            self._report(task.get_name(), error)
