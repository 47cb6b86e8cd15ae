"""Named points of the cycle, for whoever has to interrupt it exactly there.

Owns: the points' names and the protocol. May not: do anything in a live desk. Crash safety is a
property of what happens between these points; the scenario runner and the simulation hand in
checkpoints that end the process's life at one of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Point(StrEnum):
    """Where a cycle can be interrupted, in the order in which a cycle passes them."""

    BEFORE_REPORTS_APPLIED = "before_reports_applied"
    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    AFTER_SEND = "after_send"


class Checkpoints(Protocol):
    """Told of every point that is passed; raising ends the cycle there."""

    def passing(self, point: Point) -> None: ...


class NoCheckpoints:
    """A live desk's: nothing happens."""

    def passing(self, point: Point) -> None:
        return None
