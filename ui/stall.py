"""How late the event loop is: the longest stall of the last minute.

Owns: a heartbeat and its maximum. May not: mend a stall; it measures.
"""

from __future__ import annotations

from collections import deque
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS = 50
WINDOW_S = 60.0


class StallWatch(QObject):
    """A timer that should fire each 50 ms, and how late it was at worst."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._late: deque[tuple[float, float]] = deque()
        self._due = perf_counter() + BEAT_MS / 1000
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def begin(self) -> None:
        """Measure from now on."""
        self._late.clear()
        self._due = perf_counter() + BEAT_MS / 1000
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def worst_ms(self) -> float:
        """The longest stall of the last minute in milliseconds."""
        self._forget(perf_counter())
        return self._late[0][1] if self._late else 0.0

    def _beat(self) -> None:
        now = perf_counter()
        late_ms = max(0.0, (now - self._due) * 1000)
        self._due = now + BEAT_MS / 1000
        # Kept falling, so that the maximum of the window stands in front.
        while self._late and self._late[-1][1] <= late_ms:
            self._late.pop()
        self._late.append((now, late_ms))
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._late and now - self._late[0][0] > WINDOW_S:
            self._late.popleft()
