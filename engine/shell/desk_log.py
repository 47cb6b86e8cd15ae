"""The desk's own log: commands with their answers, phases, faults.

Owns: the last ``LINES_MAX`` lines, numbered from 1 for good. May not: replace the
journal; this is for people and does not survive the process.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

from engine.views import LogLine

LINES_MAX = 10_000


class DeskLog:
    """A bounded list of lines; ``count`` goes on counting what has been let go."""

    def __init__(self) -> None:
        self._lines: deque[LogLine] = deque(maxlen=LINES_MAX)
        self.count = 0

    def add(self, wall_ns: int, level: str, text: str, group_id: str = "") -> None:
        """``level`` is INFO, WARNING or ERROR."""
        self._lines.append(LogLine(wall_ns, level, text, group_id))
        self.count += 1

    def after(self, number: int) -> tuple[LogLine, ...]:
        """The lines after line ``number`` (0: all), as far as they are still kept."""
        first_kept = self.count - len(self._lines)
        return tuple(islice(self._lines, max(0, number - first_kept), None))
