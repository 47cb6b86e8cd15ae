"""The health panel: three curves over the last half hour.

Owns: the samples (one a second, bounded) and their drawing. May not: draw more than one curve a
tick: a plot costs milliseconds, and the loop also carries the engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from engine import Changes, StatusView
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import Note
from ui.formats import age, number
from ui.panel import Panel
from ui.table.overlay import Overlay
from ui.theme import Theme, Tone

KEPT_MAX = 1800

Pick = Callable[[StatusView], float | None]

CURVES: tuple[tuple[str, Pick], ...] = (
    ("Events / s", lambda s: s.events_per_s),
    ("Decision latency p99, ms", lambda s: s.decision_p99_ms),
    ("Worst unhedged quantity", lambda s: float(s.worst_unhedged_qty)),
)


class HealthPanel(Panel):
    """Curves and figures."""

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        super().__init__(bridge, keymap, "Health")
        self._samples: list[deque[tuple[float, float]]] = [deque(maxlen=KEPT_MAX) for _ in CURVES]
        self._turn = 0
        self._half = False
        self._plots: list[Any] = []
        self._lines: list[Any] = []
        self._overlays: list[Overlay] = []
        row = QHBoxLayout()
        for title, _ in CURVES:
            plot = pg.PlotWidget()
            plot.setAccessibleName(title)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setMouseEnabled(x=False, y=False)
            plot.getViewBox().setLimits(yMin=0)
            plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._plots.append(plot)
            self._overlays.append(Overlay(plot))
            self._lines.append(plot.plot([], []))
            row.addWidget(plot)
        self.figures = Note("", Tone.DIM)
        self.figures.setContentsMargins(8, 2, 8, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.figures)
        column.addLayout(row, 1)
        self._loop_stall_ms = 0.0

    def on_changes(self, changes: Changes) -> None:
        """Nothing: it samples by itself."""

    def set_stall(self, milliseconds: float) -> None:
        """The longest lateness of the loop in the last minute."""
        self._loop_stall_ms = milliseconds

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        self._half = not self._half
        if self._half:
            self._sample()
        if self.isVisible():
            self._draw(self._turn % len(CURVES))
            self._turn += 1
            self._say()
            stale = f"STALE {age(self.bridge.silence_s())}" if self.bridge.stale else ""
            for overlay in self._overlays:
                overlay.say("", stale)

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for overlay in self._overlays:
            overlay.set_theme(theme)
        for (title, _), plot, line in zip(CURVES, self._plots, self._lines, strict=True):
            plot.setBackground(theme.color("surface"))
            plot.setTitle(title, color=theme.tokens.dim, size=f"{theme.px(9)}pt")
            for name in ("bottom", "left"):
                axis = plot.getAxis(name)
                axis.setPen(theme.color("line"))
                axis.setTextPen(theme.color("dim"))
                axis.setStyle(tickFont=theme.font(10))
            line.setPen(pg.mkPen(theme.color("bar"), width=1.5))
            plot.getAxis("bottom").setLabel("seconds ago", color=theme.tokens.dim)

    def _sample(self) -> None:
        status = self.bridge.last_status
        if status is None or self.bridge.stale:
            return
        at = self.bridge.wall_ns() / 1e9
        for samples, (_, pick) in zip(self._samples, CURVES, strict=True):
            value = pick(status)
            if value is not None:
                samples.append((at, value))

    def _draw(self, at: int) -> None:
        samples = self._samples[at]
        now = self.bridge.wall_ns() / 1e9
        self._lines[at].setData([t - now for t, _ in samples], [v for _, v in samples])
        # From zero up: a curve that moves by a thousandth must not look like a cliff.
        top = max((v for _, v in samples), default=0.0)
        self._plots[at].setYRange(0, top * 1.1 if top > 0 else 1.0, padding=0)
        self._plots[at].setXRange(min((samples[0][0] - now) if samples else -60, -60), 0, padding=0)

    def _say(self) -> None:
        s = self.bridge.last_status
        if s is None:
            self.figures.say("not yet known: the engine hasn't answered")
            return
        stall = number(self._loop_stall_ms, 0, "ms")
        commit = f"{number(s.commit_p50_ms, 2, 'ms')}, p99 {number(s.commit_p99_ms, 2, 'ms')}"
        self.figures.say(
            f"events {number(s.events_per_s, 0, '/s')} · queue {s.queue_depth} · "
            f"decision p99 {number(s.decision_p99_ms, 2, 'ms')} · commit p50 {commit} · "
            f"loop stall {stall} · duplicates {s.duplicates:,}"
        )
