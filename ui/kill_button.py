"""The guarded KILL: held it kills, pressed for a moment it asks.

Owns: the guard. May not: kill anything itself; it only says what was meant.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QPushButton

HOLD_MS = 1200
HOLD_STEP_MS = 40


class KillButton(QPushButton):
    """Guarded: held for 1.2 s it kills; a short press or its key opens the two-step strip."""

    held = Signal()
    pressed_short = Signal()

    def __init__(self) -> None:
        super().__init__("KILL")
        self.setObjectName("kill")
        self.setAccessibleName("KILL: block new orders and cancel all that works")
        self.setToolTip("Hold to kill, or press once and confirm. Blocks every new order first.")
        self._progress = 0.0
        self._down = QTimer(self)
        self._down.setInterval(HOLD_STEP_MS)
        self._down.timeout.connect(self._step)
        self.pressed.connect(self._begin)
        self.released.connect(self._end)

    def _begin(self) -> None:
        self._progress = 0.0
        self._down.start()

    def _step(self) -> None:
        """Counted in ticks, not by the clock: after a stall the release may still wait behind this
        tick, and a short press must never kill."""
        self._progress += HOLD_STEP_MS / HOLD_MS
        self.update()
        if self._progress >= 1.0:
            self._down.stop()
            self.held.emit()

    def _end(self) -> None:
        short = self._down.isActive() or self._progress == 0.0
        self._down.stop()
        if short:
            self.pressed_short.emit()
        self._progress = 0.0
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._progress > 0:
            painter = QPainter(self)
            width = round(self.width() * min(1.0, self._progress))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.fillRect(0, self.height() - 5, width, 5, self.palette().highlight())
