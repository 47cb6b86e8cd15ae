"""The thread that drives QuickFIX's acceptor.

Owns: the polling. May not: import QuickFIX; it is handed the one function to call.

QuickFIX can drive itself, but its acceptor's ``stop`` closes the server under the feet of its own
thread and ends the process now and then (1.16.0: ``SocketServer::close`` in two threads). So it
is polled from a thread of ours, which has ended before ``stop`` is called. While messages come
it polls without a pause; when none have come for a while it sleeps between two looks.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

IDLE_S = 0.001
HOT_S = 0.005
_log = logging.getLogger(__name__)


class AcceptorPump:
    """Calls ``poll`` until ``finish``. ``activity``: a count that rises with each message."""

    def __init__(self, poll: Callable[[], bool], activity: Callable[[], int]) -> None:
        self._poll = poll
        self._activity = activity
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fix acceptor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def finish(self) -> None:
        """End the thread; it is gone when this returns."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        seen, hot_until_s = -1, 0.0
        try:
            while not self._ending.is_set() and self._poll():
                now_s = time.monotonic()
                if (count := self._activity()) != seen:
                    seen, hot_until_s = count, now_s + HOT_S
                time.sleep(0 if now_s < hot_until_s else IDLE_S)
        except Exception:
            _log.exception("the FIX acceptor stopped")
