"""The margin along a group's fill path, drawn.

Owns: the drawing (pyqtgraph). May not: ask for margin. Imported late (``ui.late``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt

from engine import MarginPath
from ui.plot import Plot
from ui.theme import Theme, Tone


class MarginPlot(Plot):
    """A step for each leg as planned, the worst case and what is available as lines."""

    def __init__(self) -> None:
        super().__init__("Margin along the fill path")
        self.line: Any = self.plot([], [])
        self.worst: Any = pg.InfiniteLine(
            angle=0, label="worst", labelOpts={"position": 0.04, "anchors": [(0, 0), (0, 0)]}
        )
        self.available: Any = pg.InfiniteLine(
            angle=0, label="available", labelOpts={"position": 0.96, "anchors": [(1, 0), (1, 0)]}
        )
        for line in (self.worst, self.available):
            line.setVisible(False)
            self.addItem(line)

    def set_theme(self, theme: Theme) -> None:
        self.dress(theme)
        self.line.setPen(pg.mkPen(theme.color("bar"), width=2))
        dashes = Qt.PenStyle.DashLine
        for line, tone in ((self.worst, Tone.NORMAL), (self.available, Tone.WARNING)):
            color = theme.text(tone)
            line.setPen(pg.mkPen(color, width=1.5, style=dashes))
            line.label.setColor(color)
            line.label.setFont(theme.font(10))

    def show_path(self, path: MarginPath, limit: Decimal | None) -> None:
        """``limit``: what the account may use, None when it is not limited."""
        values = [float(path.now), *(float(step.amount) for step in path.steps)]
        self.line.setData(list(range(len(values) + 1)), values, stepMode="center")
        names = ["now", *(step.what for step in path.steps)]
        self.getAxis("bottom").setTicks([[(n + 0.5, name) for n, name in enumerate(names)]])
        self.worst.setPos(float(path.worst))
        self.worst.setVisible(True)
        tops = [*values, float(path.worst)]
        # What is far above would press the path flat: it is only drawn where it matters.
        near = limit is not None and float(limit) <= 3 * max(tops)
        self.available.setVisible(near)
        if limit is not None and near:
            self.available.setPos(float(limit))
            tops.append(float(limit))
        self.setXRange(0, len(values), padding=0)
        self.setYRange(0, max(tops) * 1.3 or 1.0, padding=0)
        self.available.label.setText("available")
        self.worst.label.setText("worst")
