"""The log panel: what was asked and answered, newest first, bounded.

Owns: this panel, and the screen's own remarks in it (what failed in the window). May not: keep
more than ``KEPT_MAX`` lines; the whole log is in the desk's files.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout

from engine import Changes, LogLine
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.formats import clock
from ui.panel import Panel
from ui.table import Column, Look
from ui.theme import Tone

KEPT_MAX = 2000
READ_MAX = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its place in the log."""

    number: int
    line: LogLine


def _look(row: Line) -> Look:
    if row.line.level in ("ERROR", "CRITICAL"):
        return Look(Tone.WARNING, icon="warning")
    return Look(Tone.WARNING) if row.line.level == "WARNING" else Look()


def columns() -> tuple[Column[Line], ...]:
    return (
        Column(
            "time",
            "Time UTC",
            lambda r, _: clock(r.line.wall_ns),
            sort=lambda r: (r.line.wall_ns, r.number),
            look=_look,
            width=94,
        ),
        Column("level", "Level", lambda r, _: r.line.level, look=_look, width=84),
        Column("group", "Group", lambda r, _: r.line.group_id, look=_look, width=92),
        Column("text", "What", lambda r, _: r.line.text, look=_look, width=700),
    )


class LogPanel(Panel):
    """Shows the log."""

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        self._lines: dict[str, Line] = {}
        self._read = 0
        self._own = 0
        self._stirred = True
        super().__init__(bridge, keymap, "Log")
        self.table = self.make_table(
            "Log",
            columns(),
            self._lines.get,
            lambda r: f"{r.line.level} {r.line.group_id} {r.line.text}",
            why_empty=lambda: "nothing has been logged yet",
            sort=("time", True),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.table.view.acted.connect(self._acted)
        self.want()

    def on_changes(self, changes: Changes) -> None:
        if changes.log:
            self._stirred = True
            self.want()

    def refresh(self) -> None:
        self._stirred = True
        self.want()

    def flush(self, deadline: float) -> bool:
        if self._stirred and self.isVisible():
            self._stirred = False
            lines = self.engine.log(self._read)
            self._read = self.engine.log_count  # some before them may not be kept any more
            lines = lines[-READ_MAX:]
            for number, line in enumerate(lines, self._read - len(lines)):
                self._add(str(number), Line(number, line))
        return super().flush(deadline)

    def add_own(self, level: str, text: str) -> None:
        """A remark of the window's own."""
        self._own += 1
        self._add(f"own {self._own}", Line(self._own, LogLine(self.bridge.wall_ns(), level, text)))
        self.want()

    def _add(self, key: str, line: Line) -> None:
        self._lines[key] = line
        gone = []
        while len(self._lines) > KEPT_MAX:
            oldest = next(iter(self._lines))
            del self._lines[oldest]
            gone.append(oldest)
        self.table.store.mark([key, *gone])

    def _acted(self, key: str, column: str) -> None:
        line = self._lines.get(key)
        if line is not None and line.line.group_id:
            self.group_wanted.emit(line.line.group_id)
