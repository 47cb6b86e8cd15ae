"""The timeline of a group: lanes, marks, pairs of request and outcome, exact times on hover.

Owns: the drawing (pyqtgraph). May not: order or drop events; each mark of the view is drawn.
The axis is broker time where a mark has one, else local time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine import TimelineMark
from ui.controls import Note
from ui.formats import SECOND_NS, clock
from ui.plot import Plot
from ui.table.overlay import Overlay
from ui.theme import Theme, Tone

SYMBOLS = {
    "request": "t1",
    "outcome": "o",
    "fill": "s",
    "rejected": "x",
    "state": "d",
    "escalation": "star",
}
LEGEND = "▲ request  ○ outcome  ■ fill  ✕ rejected  ★ escalation  ◆ state"
NEAR_PX = 14
PAD_S = 0.4


def mark_ns(mark: TimelineMark) -> int:
    """When a mark stands on the axis: broker time, else local."""
    return mark.wall_ns if mark.server_time_ns is None else mark.server_time_ns


def lanes_of(marks: Sequence[TimelineMark], legs: Sequence[str]) -> list[str]:
    """The lanes top to bottom: legs, hedge levels, whatever else, and the trader last."""
    seen = dict.fromkeys(m.lane for m in marks)
    hedges = sorted(lane for lane in seen if lane.startswith("hedge"))
    known = {*legs, *hedges, "trader"}
    others = [lane for lane in seen if lane not in known]
    return [*legs, *hedges, *others, "trader"]


def mark_words(mark: TimelineMark) -> str:
    """A mark in words with its exact times."""
    server = "" if mark.server_time_ns is None else f"broker {clock(mark.server_time_ns)}, "
    when = f"{server}local {clock(mark.wall_ns)} UTC"
    return f"{when} · {mark.lane} · {mark.kind} {mark.what}: {mark.text}"


LABEL_PX = 96
SPACINGS_S = (
    *(n * 10.0**e for e in (-3, -2, -1) for n in (1, 2, 5)),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0),
    *(3600.0 * n for n in (1, 2, 6, 12, 24)),
)


class ClockAxis(pg.AxisItem):  # type: ignore[misc]
    """Seconds since an origin, written as UTC."""

    origin_ns = 0
    label_px = LABEL_PX

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        """One level of ticks, so far apart that no label runs into the next."""
        least = (maxVal - minVal) * self.label_px / max(size, self.label_px)
        return [(next((s for s in SPACINGS_S if s >= least), SPACINGS_S[-1]), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        texts = [clock(self.origin_ns + round(v * SECOND_NS)) for v in values]
        return [t if spacing < 1 else t[:8] for t in texts]


class Timeline(QWidget):
    """Draws the marks of one group."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: tuple[TimelineMark, ...] = ()
        self._legs: tuple[str, ...] = ()
        self._points: list[tuple[float, float, TimelineMark]] = []
        self._theme = Theme()
        self._group = ""
        self._axis = ClockAxis("bottom")
        self.plot = Plot("Timeline of the group", moves=True, axisItems={"bottom": self._axis})
        self.words = Note(LEGEND, Tone.DIM)
        self.words.setMinimumHeight(32)
        self.plot.setMinimumHeight(90)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.plot, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 0, 6, 2)
        self.whole = QPushButton("Whole")
        self.whole.setAccessibleName("Show the whole timeline")
        self.whole.setToolTip("Show the whole timeline (the wheel zooms, dragging moves)")
        self.whole.clicked.connect(self.zoom_all)
        foot.addWidget(self.words, 1)
        foot.addWidget(self.whole)
        column.addLayout(foot)
        self.overlay = Overlay(self.plot)
        self.plot.scene().sigMouseMoved.connect(self._hover)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.overlay.set_theme(theme)
        self.plot.dress(theme, tick_px=11)
        self._draw(keep_view=True)

    def show_marks(
        self, group_id: str, legs: Sequence[str], marks: tuple[TimelineMark, ...]
    ) -> None:
        """Draw these; the zoom is kept while the group is the same."""
        if group_id == self._group and marks == self._marks:
            return
        same = group_id == self._group and bool(self._marks)
        self._group, self._legs, self._marks = group_id, tuple(legs), marks
        self._draw(keep_view=same)

    def zoom_all(self) -> None:
        """Show everything."""
        self._draw(keep_view=False)

    # --- inside ------------------------------------------------------------------------
    def _draw(self, *, keep_view: bool) -> None:
        plot = self.plot.getPlotItem()
        plot.clear()
        self._points = []
        lanes = lanes_of(self._marks, self._legs)
        at = {lane: float(len(lanes) - 1 - i) for i, lane in enumerate(lanes)}
        origin = min((mark_ns(m) for m in self._marks), default=0)
        if origin != self._axis.origin_ns:
            keep_view = False
        self._axis.origin_ns = origin
        plot.getAxis("left").setTicks([[(y, lane) for lane, y in at.items()]])
        for y in at.values():
            plot.addItem(pg.InfiniteLine(y, angle=0, pen=pg.mkPen(self._theme.color("raised"))))
        self._points = [
            ((mark_ns(m) - origin) / SECOND_NS, at.get(m.lane, -1.0), m) for m in self._marks
        ]
        self._pairs(plot)
        self._spots(plot)
        if not keep_view:
            last = max((x for x, _, _ in self._points), default=1.0)
            self.plot.setXRange(-PAD_S, last + PAD_S, padding=0.02)
        self.plot.setYRange(-0.6, max(0.6, len(lanes) - 0.4), padding=0)
        self._axis.setStyle(showValues=bool(self._marks))
        self.words.say(LEGEND if self._marks else "nothing has happened yet", Tone.DIM)

    def _pairs(self, plot: Any) -> None:
        """A line from each request to its outcome; dashed where there is none yet."""
        pairs: dict[str, list[tuple[float, float]]] = {}
        for x, y, mark in self._points:
            if mark.pair:
                pairs.setdefault(mark.pair, []).append((x, y))
        last = max((x for x, _, _ in self._points), default=0.0)
        for ends in pairs.values():
            if len(ends) >= 2:
                pen = pg.mkPen(self._theme.color("bar"), width=3)
                (x0, y0), (x1, y1) = ends[0], ends[-1]
            else:
                pen = pg.mkPen(
                    self._theme.color("pending_text"), width=2, style=Qt.PenStyle.DashLine
                )
                (x0, y0), (x1, y1) = ends[0], (max(last, ends[0][0]), ends[0][1])
            plot.addItem(pg.PlotDataItem([x0, x1], [y0, y1], pen=pen))

    def _spots(self, plot: Any) -> None:
        theme = self._theme
        colors = {
            "rejected": theme.color("warning_text"),
            "escalation": theme.color("critical_text"),
        }
        spots = [
            {
                "pos": (x, y),
                "symbol": SYMBOLS.get(mark.kind, "o"),
                "size": theme.px(13 if mark.kind == "escalation" else 10),
                "pen": pg.mkPen(colors.get(mark.kind, theme.color("text"))),
                "brush": pg.mkBrush(
                    theme.color("surface")
                    if mark.kind == "outcome"
                    else colors.get(mark.kind, theme.color("text"))
                ),
            }
            for x, y, mark in self._points
        ]
        plot.addItem(pg.ScatterPlotItem(spots=spots))

    def _hover(self, position: QPointF) -> None:
        found = self.mark_near(position)
        if found is None:
            self.words.say(LEGEND, Tone.DIM)
        else:
            self.words.say(mark_words(found), Tone.NORMAL)

    def mark_near(self, position: QPointF) -> TimelineMark | None:
        """The mark under a scene position, within a few pixels."""
        box = self.plot.getViewBox()
        best: tuple[float, TimelineMark] | None = None
        for x, y, mark in self._points:
            spot = box.mapViewToScene(QPointF(x, y))
            away = (spot - position).manhattanLength()
            if away <= NEAR_PX and (best is None or away < best[0]):
                best = (away, mark)
        return None if best is None else best[1]
