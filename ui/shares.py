"""The docks' shares of the window, kept when its size changes.

Owns: noting how large each dock is while the window stands still, and giving it the same share of
another size. May not: choose a share; the layout or the trader did. Qt alone gives the middle all
the room that a maximized window gains.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar

SETTLED_MS = 60
"""So long after the last change of the window's size the docks follow."""

_AREA = Qt.DockWidgetArea
_SIDES = (_AREA.LeftDockWidgetArea, _AREA.RightDockWidgetArea)


class Shares(QObject):
    """Of one window; ``keep`` begins it, once the window stands."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._docks: list[QDockWidget] = []
        self._kept = False
        self._of = QSize()
        self._sizes: dict[QDockWidget, QSize] = {}
        self._note_soon = self._timer(0, self._note)
        self._follow_soon = self._timer(SETTLED_MS, self._follow)
        window.installEventFilter(self)

    def watch(self, dock: QDockWidget) -> None:
        """Take a dock in."""
        self._docks.append(dock)
        dock.installEventFilter(self)

    def keep(self) -> None:
        """From now on."""
        self._kept = True
        self._of = self._window.size()
        self._note()
        self._note_soon.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._kept and isinstance(event, QResizeEvent):
            # A dock that changes while the window does not was changed by the trader.
            (self._follow_soon if watched is self._window else self._note_soon).start()
        return False

    # --- inside ------------------------------------------------------------------------
    def _timer(self, ms: int, do: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(ms)
        made.timeout.connect(do)
        return made

    def _note(self) -> None:
        if self._window.size() != self._of or self._follow_soon.isActive():
            return
        # Of docks behind each other only the one in front has the size of its place.
        front = [d for d in self._docks if not d.isFloating() and not d.visibleRegion().isEmpty()]
        self._sizes = {dock: dock.size() + QSize(0, self._tabs(dock)) for dock in front}

    def _tabs(self, dock: QDockWidget) -> int:
        """The height of the tabs above a dock: they are a part of its place."""
        if not self._window.tabifiedDockWidgets(dock):
            return 0
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        bars = self._window.findChildren(QTabBar, options=direct)
        return max((bar.height() for bar in bars if bar.isVisible()), default=0)

    def _follow(self) -> None:
        was, now = self._of, self._window.size()
        self._of = now
        if was != now and not was.isEmpty():
            at = self._window.dockWidgetArea
            sizes = {d: s for d, s in self._sizes.items() if not d.isFloating()}
            beside = {d: s for d, s in sizes.items() if at(d) in _SIDES}
            under = {d: s for d, s in sizes.items() if d not in beside}
            widths = [s.width() * now.width() // was.width() for s in beside.values()]
            heights = [s.height() * now.height() // was.height() for s in under.values()]
            self._window.resizeDocks(list(beside), widths, Qt.Orientation.Horizontal)
            self._window.resizeDocks(list(under), heights, Qt.Orientation.Vertical)
        self._note_soon.start()
