"""The health panel: three curves over the last half hour.

Owns: the samples (one a second, bounded) and when they are drawn. May not: draw more than one
curve a tick: a plot costs milliseconds, and the loop also carries the engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from engine import Changes, StatusView
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import Note
from ui.formats import SECOND_NS, age, number
from ui.late import Late
from ui.panel import Panel
from ui.theme import Theme, Tone

if TYPE_CHECKING:
    from ui.health.curve import Curve

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
        self.curves: list[Late[Curve]] = [Late(partial(_make_curve, title)) for title, _ in CURVES]
        row = QHBoxLayout()
        for curve in self.curves:
            row.addWidget(curve)
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
            for curve in self.curves:
                curve.do("stale", lambda plot: plot.overlay.say("", stale))

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        for curve in self.curves:
            curve.do("theme", lambda plot: plot.set_theme(theme))

    def _sample(self) -> None:
        status = self.bridge.last_status
        if status is None or self.bridge.stale:
            return
        at = self.bridge.wall_ns() / SECOND_NS
        for samples, (_, pick) in zip(self._samples, CURVES, strict=True):
            value = pick(status)
            if value is not None:
                samples.append((at, value))

    def _draw(self, at: int) -> None:
        now = self.bridge.wall_ns() / SECOND_NS
        points = [(then - now, value) for then, value in self._samples[at]]
        self.curves[at].do("points", lambda plot: plot.show_points(points))

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


def _make_curve(title: str) -> Curve:
    from ui.health.curve import Curve

    return Curve(title)
