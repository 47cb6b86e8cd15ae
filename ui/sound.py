"""The alarm's sound, and the truth about whether it can be heard.

Owns: three sounds by severity, the ways of playing them, and the state of the sound path. May
not: decide when to sound. A failing sound device is itself an alarm, so every failure is kept
in ``trouble`` and signaled. Ways, best first: QtMultimedia where it is installed, a player of
the system (PipeWire, PulseAudio, ALSA, macOS), the system bell.
"""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QStandardPaths, QUrl, Signal
from PySide6.QtWidgets import QApplication

from engine import Severity
from ui.assets import resource

PLAYERS = (("pw-play", ()), ("paplay", ()), ("aplay", ("-q",)), ("afplay", ()))
PLAYING_MAX = 4
NOT_RUNNING = QProcess.ProcessState.NotRunning

FILES = {
    Severity.CRITICAL: "critical.wav",
    Severity.WARNING: "warning.wav",
    Severity.INFO: "info.wav",
}


class Sound(QObject):
    """Plays the alarm sounds. ``trouble`` is "" when the last sound was played."""

    changed = Signal(str)  # the trouble, "" for none

    def __init__(self, parent: QObject | None = None, *, muted: bool = False) -> None:
        super().__init__(parent)
        self.trouble = ""
        self.how = ""
        self._muted = muted
        self._effects: dict[Severity, Any] = {}
        self._player: tuple[str, tuple[str, ...]] | None = None
        self._players: list[QProcess] = []
        self._choose()

    def test(self) -> None:
        """Play the mildest sound once, so that a dead device is found before it is needed."""
        self.play(Severity.INFO)

    def play(self, severity: Severity) -> None:
        """Play the sound of a severity; what fails is signaled, never raised."""
        if self._muted:
            self._note("sound is switched off")
            return
        effect = self._effects.get(severity)
        if effect is not None:
            effect.play()
            return
        if self._player is not None:
            self._play_with_process(resource("sounds", FILES[severity]))
            return
        QApplication.beep()
        self._note("no sound player found; only the system bell")

    def _choose(self) -> None:
        if self._muted:
            self.how = "off"
            return
        if self._try_multimedia():
            return
        for name, arguments in PLAYERS:
            found = QStandardPaths.findExecutable(name)
            if found:
                self._player, self.how = (found, arguments), name
                return
        self.how = "system bell"

    def _try_multimedia(self) -> bool:
        try:
            multimedia = importlib.import_module("PySide6.QtMultimedia")
        except ImportError:
            return False
        if multimedia.QMediaDevices.defaultAudioOutput().isNull():
            return False
        for severity, name in FILES.items():
            effect = multimedia.QSoundEffect(self)
            effect.setSource(QUrl.fromLocalFile(str(resource("sounds", name))))
            effect.statusChanged.connect(
                lambda effect=effect, name=name: (
                    self._note(f"{name} can't be played")
                    if effect.status() == multimedia.QSoundEffect.Status.Error
                    else None
                )
            )
            self._effects[severity] = effect
        self.how = "QtMultimedia"
        return True

    def _play_with_process(self, path: Path) -> None:
        assert self._player is not None
        free = next((p for p in self._players if p.state() is NOT_RUNNING), None)
        if free is None and len(self._players) >= PLAYING_MAX:
            self._note(f"{self.how} hangs: {PLAYING_MAX} sounds are still playing")
            return
        if free is None:
            # Kept and used again: the processes live as long as the window.
            free = QProcess(self)
            free.finished.connect(partial(self._played, len(self._players)))
            free.errorOccurred.connect(self._not_started)
            self._players.append(free)
        program, arguments = self._player
        free.start(program, [*arguments, str(path)])

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._failed("it can't be started")

    def _played(self, which: int, code: int, status: QProcess.ExitStatus) -> None:
        said = bytes(self._players[which].readAllStandardError().data()).decode(errors="replace")
        if code == 0 and status is QProcess.ExitStatus.NormalExit:
            self._note("")
            return
        lines = said.strip().splitlines()
        self._failed(lines[0][:80] if lines else f"exit {code}")

    def _failed(self, why: str) -> None:
        QApplication.beep()
        self._note(f"{self.how} failed ({why}); only the system bell")

    def close(self) -> None:
        """The window closes: no sound goes on, and nothing is reported any more."""
        for process in self._players:
            process.finished.disconnect()
            process.errorOccurred.disconnect()
            process.kill()
        self._player = None

    def _note(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self.changed.emit(trouble)
