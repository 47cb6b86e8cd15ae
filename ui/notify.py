"""A word outside the window: the tray's message for a CRITICAL, where the platform has a tray.

Owns: the tray icon. May not: raise the window or take the focus.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon

from engine import EscalationView
from ui.formats import qty, words
from ui.icons import Icons
from ui.theme import Theme

SHOWN_MS = 15_000


class Notifier(QObject):
    """Tells of CRITICAL escalations; ``available`` says whether anybody can see it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray: QSystemTrayIcon | None = None
        self.available = QSystemTrayIcon.isSystemTrayAvailable()

    def set_theme(self, theme: Theme) -> None:
        if not self.available:
            return
        icon = Icons(theme).on_ground("desk")
        if self._tray is None:
            self._tray = QSystemTrayIcon(icon, self)
            self._tray.setToolTip("Desk")
            self._tray.show()
        self._tray.setIcon(icon)

    def tell(self, view: EscalationView) -> None:
        """Show a CRITICAL."""
        if self._tray is None:
            return
        what = words(view.kind.value)
        text = f"{view.group_id or 'desk'}: {what}, {qty(view.unfilled_qty)} {view.symbol} unhedged"
        self._tray.showMessage(
            f"{view.severity.value}", text, QSystemTrayIcon.MessageIcon.Critical, SHOWN_MS
        )

    def close(self) -> None:
        if self._tray is not None:
            self._tray.hide()
