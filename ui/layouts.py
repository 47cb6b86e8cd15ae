"""Docks and named layouts.

Owns: where panels stand, saving and restoring that, and the rule that the escalations are never
closed and never in a tab. May not: know what is in a panel.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QByteArray, QObject, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from ui.preferences import Preferences
from ui.shares import Shares

STATE_VERSION = 2
LAYOUTS_MAX = 20
LEFT_PERCENT, RIGHT_PERCENT, BOTTOM_PERCENT = 28, 32, 28

_AREA = Qt.DockWidgetArea


class Docks(QObject):
    """The docks of a window. ``changed`` after the set of named layouts did."""

    changed = Signal()

    def __init__(self, window: QMainWindow, preferences: Preferences) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self._docks: dict[str, QDockWidget] = {}
        self._shares = Shares(window)
        self._default = QByteArray()
        window.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        window.setCorner(Qt.Corner.TopLeftCorner, _AREA.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.BottomLeftCorner, _AREA.LeftDockWidgetArea)
        window.setCorner(Qt.Corner.TopRightCorner, _AREA.RightDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, _AREA.BottomDockWidgetArea)
        window.setTabPosition(_AREA.BottomDockWidgetArea, QTabWidget.TabPosition.North)

    def add(
        self, name: str, title: str, panel: QWidget, area: Qt.DockWidgetArea, *, fixed: bool = False
    ) -> QDockWidget:
        """Put a panel into a dock. ``fixed``: it can be moved, not closed and not tabbed."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(panel)
        features = QDockWidget.DockWidgetFeature
        if fixed:
            dock.setFeatures(features.DockWidgetMovable | features.DockWidgetFloatable)
            dock.dockLocationChanged.connect(lambda _: self._keep_untabbed(dock))
        self._window.addDockWidget(area, dock)
        self._docks[name] = dock
        self._shares.watch(dock)
        return dock

    def stack(self, *names: str) -> None:
        """Put docks behind each other as tabs; they need no title bar of their own."""
        for first, second in pairwise(names):
            self._window.tabifyDockWidget(self._docks[first], self._docks[second])
        for name in names:
            dock = self._docks[name]
            dock.setTitleBarWidget(QWidget(dock))
            dock.topLevelChanged.connect(lambda up, d=dock: self._title(d, up))

    def dock(self, name: str) -> QDockWidget:
        return self._docks[name]

    def titles(self) -> dict[str, str]:
        """Dock names and their titles now."""
        return {name: dock.windowTitle() for name, dock in self._docks.items()}

    def bring(self, name: str) -> None:
        """Show a dock and put its tab in front; the window itself is not raised."""
        dock = self._docks[name]
        dock.show()
        dock.raise_()

    def set_count(self, name: str, title: str, count: int) -> None:
        """Write a count into a dock's title and tab."""
        text = f"{title} {count:,}" if count else title
        if self._docks[name].windowTitle() != text:
            self._docks[name].setWindowTitle(text)

    def float(self, name: str) -> None:
        """Take a panel out into its own window (for another monitor), or back."""
        dock = self._docks[name]
        dock.show()
        dock.setFloating(not dock.isFloating())

    # --- layouts -----------------------------------------------------------------------
    def remember_default(self) -> None:
        """The layout as built is what "reset" goes back to."""
        self.share()
        self._default = self._window.saveState(STATE_VERSION)

    def names(self) -> list[str]:
        """Named layouts."""
        kept = self._preferences.get("layouts", {})
        return sorted(kept) if isinstance(kept, dict) else []

    def save(self, name: str) -> str:
        """Keep the layout under a name. Returns why not, or ""."""
        name = name.strip()
        kept = dict(self._preferences.get("layouts", {}) or {})
        if not name or len(name) > 40:
            return "a layout's name has 1 to 40 characters"
        if name not in kept and len(kept) >= LAYOUTS_MAX:
            return f"at most {LAYOUTS_MAX} layouts are kept; delete one first"
        kept[name] = self.state()
        self._preferences.set("layouts", kept)
        self.changed.emit()
        return ""

    def delete(self, name: str) -> None:
        kept = dict(self._preferences.get("layouts", {}) or {})
        kept.pop(name, None)
        self._preferences.set("layouts", kept)
        self.changed.emit()

    def use(self, name: str) -> bool:
        """Go to a named layout. Returns False when it doesn't fit this version."""
        kept = self._preferences.get("layouts", {})
        return isinstance(kept, dict) and self.restore(kept.get(name))

    def share(self) -> None:
        """Give each side its share of the window as it is now."""
        width, height = self._window.width(), self._window.height()
        docks = [self._docks["escalations"], self._docks["detail"]]
        sizes = [width * LEFT_PERCENT // 100, width * RIGHT_PERCENT // 100]
        self._window.resizeDocks(docks, sizes, Qt.Orientation.Horizontal)
        bottom = [self._docks["orphans"]]
        self._window.resizeDocks(bottom, [height * BOTTOM_PERCENT // 100], Qt.Orientation.Vertical)

    def keep_shares(self) -> None:
        """From now on the docks keep their shares when the window grows or shrinks."""
        self._shares.keep()

    def reset(self) -> None:
        """Back to the layout as built."""
        self._window.restoreState(self._default, STATE_VERSION)
        self.share()

    def state(self) -> str:
        return bytes(self._window.saveState(STATE_VERSION).toBase64().data()).decode()

    def restore(self, state: object) -> bool:
        """Apply a kept state; what doesn't fit changes nothing."""
        if not isinstance(state, str):
            return False
        blob = QByteArray.fromBase64(QByteArray(state.encode()))
        done = self._window.restoreState(blob, STATE_VERSION)
        for dock in self._docks.values():
            if not dock.features() & QDockWidget.DockWidgetFeature.DockWidgetClosable:
                dock.show()
                self._keep_untabbed(dock)
        return done

    # --- inside ------------------------------------------------------------------------
    def _keep_untabbed(self, dock: QDockWidget) -> None:
        if self._window.tabifiedDockWidgets(dock):
            self._window.addDockWidget(_AREA.LeftDockWidgetArea, dock)

    @staticmethod
    def _title(dock: QDockWidget, floating: bool) -> None:
        dock.setTitleBarWidget(None if floating else QWidget(dock))  # type: ignore[arg-type]
