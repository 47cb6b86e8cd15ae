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
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine import GroupRequest, MarginPath, MarginView
from ui.bridge import Bridge
from ui.controls import Note
from ui.formats import px
from ui.late import Late
from ui.theme import Theme, Tone

if TYPE_CHECKING:
    from ui.ticket.margin_plot import MarginPlot

ASK_MS = 120
#: Asking takes at most this share of the time.
SHARE = 0.1
AGAIN_S = 2.0
PLOT_LEAST_PX = 70


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
        self.plot: Late[MarginPlot] = Late(_make_plot, PLOT_LEAST_PX)
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
        self.plot.do("theme", lambda plot: plot.set_theme(theme))

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
            available = view.available
            self.plot.do("path", lambda plot: plot.show_path(path, available))

    @staticmethod
    def _over_words(view: MarginView) -> str:
        assert view.path is not None and view.available is not None, "asked only when over"
        more = view.path.worst - view.available
        return f"▲ {amount(more)} over: it will be refused"


def _make_plot() -> MarginPlot:
    from ui.ticket.margin_plot import MarginPlot

    return MarginPlot()
