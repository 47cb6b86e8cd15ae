"""Theme and text size of the window: which, and that everything wears them.

Owns: the choice, the kept preference of it, and handing it on part by part: Qt looks at every
widget anew for a style sheet, which for the whole window at once held the loop for 0.2 s and
more. May not: know a color.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QChildEvent, QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QTabBar, QWidget

from ui.preferences import Preferences
from ui.theme import SCALES, THEMES, Theme


class Dressed(Protocol):
    """Whatever paints something by itself."""

    def set_theme(self, theme: Theme) -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the window: the widget that takes the style sheet, and what paints in it."""

    widget: QWidget
    painters: tuple[Dressed, ...] = ()


class Dresser(QObject):
    """Dresses ``window`` and its ``parts``. ``wanted``: the theme when none is kept, or in any
    case when it ``wins``; ``after`` is called with each new theme."""

    def __init__(
        self,
        window: QMainWindow,
        parts: Sequence[Part],
        preferences: Preferences,
        wanted: str,
        after: Callable[[Theme], None],
        *,
        wins: bool = False,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._parts = tuple(parts)
        self._preferences = preferences
        self._after = after
        self._left: list[Part] = []
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._dress_one)
        name = wanted if wins else preferences.get("theme", wanted)
        scale = preferences.get("scale", 100)
        window.installEventFilter(self)
        self._begin(Theme(name if name in THEMES else wanted, scale if scale in SCALES else 100))
        while self._left:
            self._dress_one()

    @property
    def busy(self) -> bool:
        """Whether some part still wears the theme before."""
        return bool(self._left)

    def switch(self) -> None:
        """Dark to light and back."""
        other = "light" if self.theme.name == "dark" else "dark"
        self._begin(Theme(other, self.theme.scale))
        self._preferences.set("theme", other)

    def set_scale(self, percent: int) -> None:
        """Text size in percent, 100 to 200."""
        self._begin(Theme(self.theme.name, percent))
        self._preferences.set("scale", percent)

    def step(self, by: int) -> None:
        """The next larger or smaller text size."""
        at = min(range(len(SCALES)), key=lambda i: abs(SCALES[i] - self.theme.scale))
        self.set_scale(SCALES[max(0, min(len(SCALES) - 1, at + by))])

    # --- inside ------------------------------------------------------------------------
    def _begin(self, theme: Theme) -> None:
        """What is in sight first; the event loop runs between two parts."""
        self.theme = theme
        self._left = sorted(self._parts, key=lambda part: not part.widget.isVisible())
        self._frame()
        self._after(theme)
        self._next.start()

    def _frame(self) -> None:
        """The window itself, which has no style sheet (it would reach every widget), and the
        tab bars that it makes for its docks."""
        window, theme = self._window, self.theme
        window.setPalette(theme.palette())
        window.setFont(theme.font())
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        for bar in window.findChildren(QTabBar, options=direct):
            theme.apply(bar)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A dock was put behind another one: the window made a new tab bar.
        if isinstance(event, QChildEvent) and event.type() == QEvent.Type.ChildPolished:
            bar = event.child()
            if isinstance(bar, QTabBar) and not bar.styleSheet():
                self.theme.apply(bar)
        return False

    def _dress_one(self) -> None:
        part = self._left.pop(0)
        self.theme.apply(part.widget)
        for painter in part.painters:
            painter.set_theme(self.theme)
        if self._left:
            self._next.start()
        else:
            self._next.stop()
