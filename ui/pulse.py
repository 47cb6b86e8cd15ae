"""The half-second pulse of the window: glance line, title, ages, staleness, and trouble said.

Owns: when the status is read and who is told. May not: know what a panel shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow

from engine import Changes, Phase
from ui.bridge import Bridge
from ui.frame import Frame
from ui.glance import Glance
from ui.panel import Panel
from ui.rooms import Rooms
from ui.sound import Sound
from ui.stall import StallWatch


class Pulse(QObject):
    """Keeps ``window`` alive. ``said`` carries what belongs into the status line as well as into
    the log."""

    said = Signal(str)

    def __init__(
        self,
        window: QMainWindow,
        bridge: Bridge,
        frame: Frame,
        rooms: Rooms,
        glance: Glance,
        sound: Sound,
        stall: StallWatch,
        banner: str,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bridge = bridge
        self._frame = frame
        self._rooms = rooms
        self._panels: Sequence[Panel] = rooms.panels
        self._glance = glance
        self._sound = sound
        self._stall = stall
        self._banner = banner
        self._phase = False
        self._alarmed = False
        # The glance line is served first in a frame: what can hurt now.
        frame.add("glance", self._show_glance, first=True)
        for panel in self._panels:
            frame.add(f"tick {panel.name}", partial(self._tick_panel, panel))
        bridge.listen(self._heard)
        bridge.failed.connect(self.failed)
        bridge.staleness.connect(self._stale)
        frame.faulted.connect(self.failed)
        frame.ticked.connect(self.beat)
        sound.changed.connect(self._sound_changed)

    def beat(self, phase: bool) -> None:
        """Read the status and have everything that ages shown anew. ``phase``: of blinking."""
        self._phase = phase
        self._bridge.probe()
        self._rooms.health.set_stall(self._stall.worst_ms())
        self._frame.want("glance")
        for panel in self._panels:
            self._frame.want(f"tick {panel.name}")

    def failed(self, what: str, why: str) -> None:
        """Something failed: in the log and in the status line."""
        self._rooms.log.add_own("ERROR", f"{what}: {why}")
        self.said.emit(f"{what}: {why}")

    def _heard(self, changes: Changes) -> None:
        """An alarm is in the glance line with the next frame, everything else with the beat."""
        if changes.escalations or changes.orphans:
            self._alarmed = True
            self._frame.want("glance")

    def _tick_panel(self, panel: Panel, deadline: float) -> bool:
        panel.tick(self._phase)
        return False

    def _show_glance(self, deadline: float) -> bool:
        if self._alarmed:
            self._alarmed = False
            self._bridge.probe()
        self._glance.show_status(self._stall.worst_ms(), self._sound.trouble, self._sound.how)
        status = self._bridge.last_status
        critical = 0 if status is None else status.unacknowledged_critical
        killed = status is not None and status.phase is Phase.KILLED
        parts = [f"{critical} CRITICAL"] if critical else []
        parts += ["KILLED"] if killed else []
        parts += ["STALE"] if self._bridge.stale else []
        title = " · ".join([*parts, "Desk", *([self._banner] if self._banner else [])])
        if self._window.windowTitle() != title:
            self._window.setWindowTitle(title)
        return False

    def _stale(self, stale: bool) -> None:
        log = self._rooms.log
        if stale:
            log.add_own("ERROR", "the engine has been silent for 2 s: what is shown is old")
        else:
            log.add_own("INFO", "the engine answers again")
            for panel in self._panels:
                panel.refresh()
        self._frame.want("glance")

    def _sound_changed(self, trouble: str) -> None:
        if trouble:
            self._rooms.log.add_own("WARNING", f"alarm sound: {trouble}")
        self._frame.want("glance")
