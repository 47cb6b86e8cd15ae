"""What every plot of the desk is: bare, without focus or menu, in the theme's colors.

Owns: that common behaviour (pyqtgraph). May not: know what is drawn. Imported late (``ui.late``).
"""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt

from ui.theme import Theme


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """``name`` is its accessible name; ``moves``: wheel and dragging move it along x; ``more`` goes
    to pyqtgraph."""

    def __init__(self, name: str, *, moves: bool = False, **more: Any) -> None:
        super().__init__(**more)
        self.setAccessibleName(name)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=moves, y=False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def dress(self, theme: Theme, tick_px: int = 10) -> None:
        """Ground and axes in this theme; ``tick_px``: the size of their labels."""
        self.setBackground(theme.color("surface"))
        for name in ("bottom", "left"):
            axis = self.getAxis(name)
            axis.setPen(theme.color("line"))
            axis.setTextPen(theme.color("dim"))
            axis.setStyle(tickFont=theme.font(tick_px))
