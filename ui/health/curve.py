"""One curve of the health panel.

Owns: its drawing (pyqtgraph). May not: sample. Imported late (``ui.late``).
"""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg

from ui.plot import Plot
from ui.table.overlay import Overlay
from ui.theme import Theme

LEAST_S = 60.0


class Curve(Plot):
    """Values over the seconds before now."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._title = title
        self.getViewBox().setLimits(yMin=0)
        self.overlay = Overlay(self)
        self._line = self.plot([], [])

    def set_theme(self, theme: Theme) -> None:
        self.overlay.set_theme(theme)
        self.dress(theme)
        self.setTitle(self._title, color=theme.tokens.dim, size=f"{theme.px(9)}pt")
        self._line.setPen(pg.mkPen(theme.color("bar"), width=1.5))
        self.getAxis("bottom").setLabel("seconds ago", color=theme.tokens.dim)

    def show_points(self, points: Sequence[tuple[float, float]]) -> None:
        """``points``: (seconds, negative before now; value), oldest first."""
        self._line.setData([at for at, _ in points], [value for _, value in points])
        # From zero up: a curve that moves by a thousandth must not look like a cliff.
        top = max((value for _, value in points), default=0.0)
        self.setYRange(0, top * 1.1 if top > 0 else 1.0, padding=0)
        self.setXRange(min(points[0][0] if points else -LEAST_S, -LEAST_S), 0, padding=0)
