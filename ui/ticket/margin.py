"""The margin of the group in the ticket: now, at its worst on the way, at its end, and a plot.

Owns: this box, and when the margin is asked for. May not: compute margin, or compare for the
engine: a group over what is available is refused there, whatever is shown here.

The engine answers from memory, on this thread: it takes milliseconds. Where it takes longer (very
many instruments and groups), it is asked less often, so that typing is never held up.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine import GroupRequest, MarginPath, MarginView
from ui.bridge import Bridge
from ui.controls import Note
from ui.formats import px
from ui.theme import Theme, Tone

ASK_MS = 120
#: Asking takes at most this share of the time.
SHARE = 0.1
AGAIN_S = 2.0


def amount(value: Decimal) -> str:
    """Money: to the cent while cents matter."""
    return px(value, 0 if abs(value) >= 1000 else 2)


def figures_words(view: MarginView) -> str:
    """Now, worst on the way, end, and what is available."""
    if view.path is None:
        return f"Margin: {view.why_not}"
    path = view.path
    limit = "not limited" if view.available is None else amount(view.available)
    return (
        f"Margin now {amount(path.now)}, end {amount(path.end)}\n"
        f"Worst on the way {amount(path.worst)}\n"
        f"Available {limit}"
    )


def worst_words(path: MarginPath) -> str:
    """The worst state and scenario by name."""
    product = f"{path.product}, " if path.product else ""
    return f"Worst: {path.worst_state}; {product}{path.scenario}"


def is_over(view: MarginView) -> bool:
    """Whether the worst case is above what the account may use."""
    return view.path is not None and view.available is not None and view.path.worst > view.available


class MarginBox(QWidget):
    """Asks for the margin of a request some time after the last edit, and shows it."""

    def __init__(self, bridge: Bridge, *, mono: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(200)
        self._bridge = bridge
        self._mono = mono
        self._request: GroupRequest | None = None
        self._cost_s = 0.0
        self._asked_s = mono()
        self.view: MarginView | None = None
        self.figures = Note("")
        self.over = Note("")
        self.worst = Note("", Tone.DIM)
        self.plot = pg.PlotWidget()
        self.plot.setAccessibleName("Margin along the fill path")
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumHeight(70)
        self._line: Any = self.plot.plot([], [])
        self._worst: Any = pg.InfiniteLine(
            angle=0, label="worst", labelOpts={"position": 0.04, "anchors": [(0, 0), (0, 0)]}
        )
        self._available: Any = pg.InfiniteLine(
            angle=0, label="available", labelOpts={"position": 0.96, "anchors": [(1, 0), (1, 0)]}
        )
        for line in (self._worst, self._available):
            line.setVisible(False)
            self.plot.addItem(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 4)
        column.setSpacing(3)
        for widget in (self.figures, self.over, self.worst):
            column.addWidget(widget)
        column.addWidget(self.plot, 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._ask)
        self.show_request(None)

    def show_request(self, request: GroupRequest | None) -> None:
        """The ticket says this now; None while it isn't a group yet."""
        if request is not None and request == self._request and self.view is not None:
            return
        self._request = request
        if request is None:
            self._later.stop()
            self._show(None)
            return
        self._later.start(self.wait_ms())

    def wait_ms(self) -> int:
        """How long after an edit the margin is asked for."""
        return max(ASK_MS, round(self._cost_s / SHARE * 1000))

    def tick(self) -> None:
        """Quotes and positions move: ask again now and then while it is looked at."""
        due = self._mono() - self._asked_s >= max(AGAIN_S, self._cost_s / SHARE)
        if (
            self._request is not None
            and not self.visibleRegion().isEmpty()
            and due
            and not self._later.isActive()
        ):
            self._ask()

    def set_theme(self, theme: Theme) -> None:
        self.plot.setBackground(theme.color("surface"))
        for name in ("bottom", "left"):
            axis = self.plot.getAxis(name)
            axis.setPen(theme.color("line"))
            axis.setTextPen(theme.color("dim"))
            axis.setStyle(tickFont=theme.font(10))
        self._line.setPen(pg.mkPen(theme.color("bar"), width=2))
        dashes = Qt.PenStyle.DashLine
        for line, tone in ((self._worst, Tone.NORMAL), (self._available, Tone.WARNING)):
            color = theme.text(tone)
            line.setPen(pg.mkPen(color, width=1.5, style=dashes))
            line.label.setColor(color)
            line.label.setFont(theme.font(10))

    # --- inside ------------------------------------------------------------------------
    def _ask(self) -> None:
        if self._request is None:
            return
        begun = self._mono()
        try:
            view = self._bridge.engine.margin(self._request)
        except Exception as error:
            self._bridge.failed.emit("margin", f"{type(error).__name__}: {error}")
            view = MarginView(None, None, "the margin could not be computed; see the log")
        self._asked_s = self._mono()
        self._cost_s = self._asked_s - begun
        self._show(view)

    def _show(self, view: MarginView | None) -> None:
        self.view = view
        path = None if view is None else view.path
        self.plot.setVisible(path is not None)
        if view is None:
            self.figures.say("Margin: as soon as the ticket is a group.", Tone.DIM)
            self.over.say("")
            self.worst.say("")
            return
        over = is_over(view)
        self.figures.say(figures_words(view), Tone.DIM if path is None else Tone.NORMAL)
        self.over.say(self._over_words(view) if over else "", Tone.CRITICAL)
        self.worst.say("" if path is None else worst_words(path), Tone.DIM)
        if path is not None:
            self._draw(path, view.available)

    @staticmethod
    def _over_words(view: MarginView) -> str:
        assert view.path is not None and view.available is not None, "asked only when over"
        more = view.path.worst - view.available
        return f"▲ {amount(more)} over: it will be refused"

    def _draw(self, path: MarginPath, limit: Decimal | None) -> None:
        """A step for each leg as planned, the worst case and what is available as lines."""
        values = [float(path.now), *(float(step.amount) for step in path.steps)]
        self._line.setData(list(range(len(values) + 1)), values, stepMode="center")
        names = ["now", *(step.what for step in path.steps)]
        self.plot.getAxis("bottom").setTicks([[(n + 0.5, name) for n, name in enumerate(names)]])
        self._worst.setPos(float(path.worst))
        self._worst.setVisible(True)
        tops = [*values, float(path.worst)]
        # What is far above would press the path flat: it is only drawn where it matters.
        near = limit is not None and float(limit) <= 3 * max(tops)
        self._available.setVisible(near)
        if limit is not None and near:
            self._available.setPos(float(limit))
            tops.append(float(limit))
        self.plot.setXRange(0, len(values), padding=0)
        self.plot.setYRange(0, max(tops) * 1.3 or 1.0, padding=0)
        self._available.label.setText("available")
        self._worst.label.setText("worst")
