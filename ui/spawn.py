"""Coroutines started from the screen: kept alive, named, and their failures reported.

Owns: the references to running coroutines. May not: create or run an event loop; the host does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Spawner:
    """Starts coroutines on the running loop. ``report`` gets a name and a sentence for each
    that fails; a canceled one is no failure."""

    def __init__(self, report: Callable[[str, str], None]) -> None:
        self._report = report
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, name: str, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any] | None:
        """Start ``coro``. Returns its task, or None (and reports) when no loop is running."""
        try:
            task = asyncio.get_running_loop().create_task(coro, name=name)
        except RuntimeError as error:
            coro.close()
            self._report(name, f"nothing was sent, the event loop isn't running ({error})")
            return None
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def cancel_all(self) -> None:
        """Cancel what still runs (the window closes)."""
        for task in tuple(self._running):
            task.cancel()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._report(task.get_name(), f"{type(error).__name__}: {error}")
