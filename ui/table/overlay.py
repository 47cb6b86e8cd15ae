"""What lies over a table: the reason why it is empty, and the hatch when its data is stale.

Owns: that one overlay. May not: take the pointer or the keyboard; it only paints.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.theme import Theme


class Overlay(QWidget):
    """Covers a widget exactly; says why it is empty, hatches it when it is stale."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._theme = Theme()
        self._reason = ""
        self._stale = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        over.installEventFilter(self)
        self.setGeometry(over.rect())
        self.hide()

    @property
    def reason(self) -> str:
        return self._reason

    @property
    def stale_text(self) -> str:
        return self._stale

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def say(self, reason: str, stale: str) -> None:
        """Show a reason ("" for none) and staleness ("" for fresh)."""
        if (reason, stale) == (self._reason, self._stale):
            return
        self._reason, self._stale = reason, stale
        self.setAccessibleName(" ".join(t for t in (stale, reason) if t))
        self.setVisible(bool(reason or stale))
        self.raise_()
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        if self._stale:
            hatch = QColor(theme.color("stale_fill"))
            hatch.setAlpha(105)
            painter.fillRect(self.rect(), QBrush(hatch, Qt.BrushStyle.BDiagPattern))
            self._plate(painter, self._stale, "stale_fill", "on_stale")
        if self._reason:
            painter.setPen(theme.color("dim"))
            painter.setFont(theme.font(12))
            area = self.rect().adjusted(12, 8, -12, -8)
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(area, flags, self._reason)

    def _plate(self, painter: QPainter, text: str, ground: str, words: str) -> None:
        """The words on a plate at the foot, where they hide the least."""
        painter.setFont(self._theme.font(12, bold=True))
        width = painter.fontMetrics().horizontalAdvance(text) + 20
        height = painter.fontMetrics().height() + 6
        top = max(0, self.height() - height - 4)
        plate = QRect((self.width() - width) // 2, top, width, height)
        painter.fillRect(plate, self._theme.color(ground))
        painter.setPen(self._theme.color(words))
        painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)
