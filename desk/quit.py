"""How the desk ends: on a signal, on the window's close, when it is idle; always in one order.

Owns: the wish to end and the order of the ending. May not: know what is being stopped. Steps
run in the reverse of the order in which they were added, each bounded in time; one that fails or
hangs does not keep the others from running. A second signal ends the process at once, which is
safe: whatever the desk must remember was durable before it acted.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable

LOG = logging.getLogger(__name__)

STEP_TIMEOUT_S = 10.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Step = Callable[[], Awaitable[None]]


class Quit:
    """The ending of one run. All methods on the event loop's thread."""

    def __init__(self, step_timeout_s: float = STEP_TIMEOUT_S) -> None:
        self._asked = asyncio.Event()
        self._steps: list[tuple[str, Step]] = []
        self._step_timeout_s = step_timeout_s
        self.reason = ""

    def ask(self, reason: str) -> None:
        """Ask for the end; the first reason stands."""
        if not self._asked.is_set():
            self.reason = reason
            LOG.info("ending: %s", reason)
            self._asked.set()

    async def asked(self) -> str:
        """Wait until someone asked; returns the reason."""
        await self._asked.wait()
        return self.reason

    def add(self, name: str, step: Step) -> None:
        """A step of the ending, run before all that were added earlier."""
        self._steps.append((name, step))

    async def run(self) -> tuple[str, ...]:
        """End in order. Returns the names of the steps that failed or hung."""
        failed: list[str] = []
        while self._steps:
            name, step = self._steps.pop()
            try:
                async with asyncio.timeout(self._step_timeout_s):
                    await step()
            except TimeoutError:
                LOG.error("ending: %s took more than %s s", name, self._step_timeout_s)
                failed.append(name)
            except Exception:
                LOG.exception("ending: %s failed", name)
                failed.append(name)
        return tuple(failed)


class SignalWatch:
    """Turns signals into a wish to end, on any event loop.

    Python runs signal handlers between two bytecodes; a Qt loop that sleeps runs none. So the
    interpreter's wakeup socket is read by the loop, which works on asyncio's and qasync's alike.
    """

    def __init__(self, quit_: Quit) -> None:
        self._quit = quit_
        self._seen = 0
        self._ours, self._theirs = socket.socketpair()
        self._before: dict[signal.Signals, object] = {}
        self._wakeup_before = -1

    def open(self) -> None:
        """Start watching; on the main thread, with the loop running."""
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._wakeup_before = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            self._before[number] = signal.signal(number, _noted)
        asyncio.get_running_loop().add_reader(self._ours.fileno(), self._arrived)

    async def close(self) -> None:
        """Stop watching and put the earlier handlers back."""
        asyncio.get_running_loop().remove_reader(self._ours.fileno())
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._ours.close()
        self._theirs.close()

    def _arrived(self) -> None:
        for number in self._ours.recv(64):
            if number in SIGNALS:
                self._take(signal.Signals(number))

    def _take(self, number: signal.Signals) -> None:
        self._seen += 1
        if self._seen > 1:
            LOG.warning("second signal (%s): ending at once", number.name)
            logging.shutdown()
            os._exit(128 + number)
        self._quit.ask(f"signal {number.name}")


def _noted(number: int, frame: object) -> None:
    """Nothing to do here: the wakeup socket carries the number to the loop."""
