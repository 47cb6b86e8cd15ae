"""Letting go of what QuickFIX's binding holds on to when a message is vetoed.

Owns: the frames of vetoes. May not: import QuickFIX.

A veto is an exception raised in a callback. The binding takes it with ``PyErr_Fetch`` and never
gives it back (1.16.0), so its traceback, the callback's frame and every frame behind it live for
ever, and with them what their variables name: the engine object, which then is never destroyed.
The frames themselves are lost; their variables are cleared here once they have ended.
"""

from __future__ import annotations

from collections import deque
from types import FrameType

KEPT_MAX = 16


class VetoFrames:
    """The last frames in which a veto was raised. One thread at a time: the session's callbacks
    are called under its lock. Vetoes of one resend share the frames behind them, so the last
    few are enough to reach all that were still running when they were noted."""

    def __init__(self) -> None:
        self._frames: deque[FrameType] = deque(maxlen=KEPT_MAX)

    def note(self, frame: FrameType) -> None:
        self.release()
        self._frames.append(frame)

    def release(self) -> None:
        """Clear what has ended of the noted frames and of those behind them."""
        for frame in self._frames:
            _clear(frame)


def _clear(frame: FrameType) -> None:
    """Clear outwards up to the first frame that still runs."""
    found: FrameType | None = frame
    while found is not None:
        try:
            found.clear()
        except RuntimeError:
            return
        found = found.f_back
