"""Theme and text size of the window: which, and that everything wears them.

Owns: the choice, the kept preference of it, and handing it on. May not: know a color.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QWidget

from ui.preferences import Preferences
from ui.theme import SCALES, THEMES, Theme


class Dressed(Protocol):
    """Whatever has a look of its own."""

    def set_theme(self, theme: Theme) -> None: ...


class Dresser:
    """Dresses ``window`` and ``parts``. ``wanted``: the theme when none is kept;
    ``after`` is called with each new theme."""

    def __init__(
        self,
        window: QWidget,
        parts: tuple[Dressed, ...],
        preferences: Preferences,
        wanted: str,
        after: Callable[[Theme], None],
    ) -> None:
        self._window = window
        self._parts = parts
        self._preferences = preferences
        self._after = after
        name = preferences.get("theme", wanted)
        scale = preferences.get("scale", 100)
        self.theme = Theme(name if name in THEMES else wanted, scale if scale in SCALES else 100)
        self._wear(self.theme)

    def switch(self) -> None:
        """Dark to light and back."""
        other = "light" if self.theme.name == "dark" else "dark"
        self._wear(Theme(other, self.theme.scale))
        self._preferences.set("theme", other)

    def set_scale(self, percent: int) -> None:
        """Text size in percent, 100 to 200."""
        self._wear(Theme(self.theme.name, percent))
        self._preferences.set("scale", percent)

    def step(self, by: int) -> None:
        """The next larger or smaller text size."""
        at = min(range(len(SCALES)), key=lambda i: abs(SCALES[i] - self.theme.scale))
        self.set_scale(SCALES[max(0, min(len(SCALES) - 1, at + by))])

    def _wear(self, theme: Theme) -> None:
        self.theme = theme
        theme.apply(self._window)
        for part in self._parts:
            part.set_theme(theme)
        self._after(theme)
