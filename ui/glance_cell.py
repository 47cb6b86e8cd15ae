"""One figure of the glance line: caption, value, tone.

Owns: how a figure looks and that it is never cut off where it matters. May not: know which figure
it is (``ui.glance``).
"""

from __future__ import annotations

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout

from ui.controls import set_tone


class Cell(QFrame):
    """Caption, value and a tone."""

    def __init__(self, caption: str, share: int, tip: str) -> None:
        super().__init__()
        self.setObjectName("glanceCell")
        self.setToolTip(tip)
        self.setAccessibleName(caption)
        self.share = share
        self.caption = QLabel(caption)
        self.caption.setObjectName("glanceCaption")
        self.value = QLabel("–")
        self.value.setObjectName("glanceValue")
        for label in (self.caption, self.value):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(7, 2, 5, 2)
        column.setSpacing(0)
        column.addWidget(self.caption)
        column.addWidget(self.value)

    def fitting(self, name: str, rest: str) -> str:
        """``name`` shortened in its middle so that ``rest``, the figures, are never cut off."""
        metrics = self.value.fontMetrics()
        room = self.value.width() - metrics.horizontalAdvance(rest)
        return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(room, 0)) + rest

    def put(self, value: str, tone: str = "normal", caption: str = "", *, whole: str = "") -> None:
        """Show a value. ``whole``: what it was before it was shortened."""
        if self.value.text() != value:
            self.value.setText(value)
            self.value.setToolTip(whole or value)
            self.setAccessibleDescription(whole or value)
        if caption and self.caption.text() != caption:
            self.caption.setText(caption)
        if self.property("tone") != tone:
            set_tone(self, tone)
            for label in (self.caption, self.value):
                label.style().unpolish(label)
                label.style().polish(label)
