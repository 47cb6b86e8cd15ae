"""One repaint a frame: who has news asks, and each is served once per frame, one a loop pass.

Owns: the clock of the screen, the slow tick for ages and blinking, and the order in which panels
are flushed. May not: read the engine or know a panel's content. Between two flushes the event
loop runs, so that the longest stall is one panel's share and not the sum.

Pace. At most 30 frames a second, and fewer while a frame takes long, because it paints much or
because the engine has much to do: then the screen leaves the loop to the engine for twice as
long, at most ``PAUSE_MAX_S``. After a quiet moment a frame comes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer, Signal

PAUSE_S = 0.033
PAUSE_MAX_S = 0.066
PAUSE_SHARE = 2.0
"""The pause after a frame, as a multiple of what it took."""
TICK_MS = 500
BUDGET_S = 0.001
PASSES_MAX = 40

Flush = Callable[[float], bool]


class Frame(QObject):
    """Serves the panels. A flush gets a deadline (``time.perf_counter`` seconds) for the work
    that can wait, and says whether some of it is left."""

    ticked = Signal(bool)  # each 0.5 s; the argument is the blink phase
    faulted = Signal(str, str)  # name of the panel, what went wrong

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._flushes: dict[str, Flush] = {}
        self._urgent: dict[str, Callable[[], bool]] = {}
        self._passes = 0
        self._wanted: set[str] = set()
        self._turn: list[str] = []
        self._phase = False
        self._awake = False
        self._collect: Callable[[], None] | None = None
        self._frame = QTimer(self)
        self._begun_s = self._next_s = 0.0
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.setSingleShot(True)
        self._frame.timeout.connect(self._begin)
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._serve)
        self._end = QTimer(self)
        self._end.setInterval(0)
        self._end.setSingleShot(True)
        self._end.timeout.connect(self._ended)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._slow)
        self._tick.start()

    def add(
        self,
        name: str,
        flush: Flush,
        *,
        first: bool = False,
        urgent: Callable[[], bool] | None = None,
    ) -> None:
        """Take a panel in; those added first are served first, ``first`` before all of them.
        ``urgent`` says after a flush whether what is left can be seen, so that it is served
        again in this frame, after the others. Raises on a name given twice."""
        if name in self._flushes:
            raise ValueError(f"frame: {name!r} was added twice")
        if urgent is not None:
            self._urgent[name] = urgent
        if first:
            self._flushes = {name: flush, **self._flushes}
        else:
            self._flushes[name] = flush

    def collect_first(self, collect: Callable[[], None]) -> None:
        """Call this at the beginning of each frame: it tells the panels what is new."""
        self._collect = collect

    def wake(self) -> None:
        """There will be news: let the next frame come."""
        self._awake = True
        if not self._frame.isActive() and not self._is_under_way():
            self._frame.start(max(0, round((self._next_s - perf_counter()) * 1000)))

    def want(self, name: str) -> None:
        """A panel has news: serve it in the next frame."""
        self._wanted.add(name)
        self.wake()

    def stop(self) -> None:
        """No more frames (the window closes)."""
        self._frame.stop()
        self._next.stop()
        self._end.stop()
        self._tick.stop()
        self._wanted.clear()
        self._turn.clear()

    def _is_under_way(self) -> bool:
        return bool(self._turn) or self._end.isActive()

    def _begin(self) -> None:
        if self._is_under_way():
            # Still serving the last one (the machine is busy): nothing may be dropped.
            self._awake = True
            return
        self._begun_s = perf_counter()
        self._next_s = self._begun_s + PAUSE_S
        self._awake = False
        if self._collect is not None:
            self._collect()
        self._frame.stop()  # what the collecting woke is served in this very turn
        self._turn = [name for name in self._flushes if name in self._wanted]
        self._passes = 0
        self._wanted.clear()
        self._awake = False
        if self._turn:
            self._serve()

    def _serve(self) -> None:
        if not self._turn:
            return
        name = self._turn[0]
        try:
            more = self._flushes[name](perf_counter() + BUDGET_S)
        except Exception as error:
            # One panel that fails must not darken the others; it is shown and goes on.
            self.faulted.emit(name, f"{type(error).__name__}: {error}")
            more = False
        self._turn = self._turn[1:]
        if more and name in self._urgent and self._passes < PASSES_MAX and self._urgent[name]():
            self._passes += 1
            self._turn.append(name)
        elif more:
            self._wanted.add(name)
        if self._turn:
            self._next.start()
        else:
            self._end.start()  # after what this frame has changed is painted

    def _ended(self) -> None:
        now_s = perf_counter()
        pause_s = min(PAUSE_MAX_S, max(PAUSE_S, PAUSE_SHARE * (now_s - self._begun_s)))
        self._next_s = now_s + pause_s
        if self._wanted or self._awake:
            self.wake()

    def _slow(self) -> None:
        self._phase = not self._phase
        self.ticked.emit(self._phase)
