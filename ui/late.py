"""Widgets that come after the window: what draws with pyqtgraph takes half a second to load.

Owns: when the library is loaded, and the place that keeps what such a widget must be told until it
is there. May not: draw, or know what is drawn.

A start after a crash must show its orphans, not load what draws curves. The library is imported on
a thread of its own (it makes no Qt object) once the window is on the screen; then one place after
the other is filled, one with each turn of the loop.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.controls import Note
from ui.theme import Tone

LIBRARY = "pyqtgraph"

W = TypeVar("W", bound=QWidget)


class Loader(QObject):
    """Loads one library once, and then serves who waits for it. ``came`` carries why it could
    not be loaded, "" when it was."""

    came = Signal(str)

    def __init__(self, library: str) -> None:
        super().__init__()
        self._library = library
        self._waiting: deque[Callable[[str], None]] = deque()
        self._why_not = ""
        self._done = False
        self._thread: threading.Thread | None = None
        self._next = QTimer(self)
        self._next.setInterval(0)
        self._next.timeout.connect(self._serve)
        self.came.connect(self._on_came, Qt.ConnectionType.QueuedConnection)

    def load(self) -> None:
        """Begin to load, unless that was done."""
        if self._thread is None and not self._done:
            # No daemon: one that is killed in the middle of an import may take the process with it.
            self._thread = threading.Thread(target=self._import, name="plots")
            self._thread.start()

    def when_there(self, serve: Callable[[str], None]) -> None:
        """Call this once the library is there, with why it is not; at once when it already is."""
        if self._thread is None and self._library in sys.modules:
            self._done = True  # somebody else has imported it
        if self._done and not self._waiting:
            serve(self._why_not)
        else:
            self._waiting.append(serve)

    def _import(self) -> None:
        try:
            importlib.import_module(self._library)
        except Exception as error:  # whatever a broken installation raises, it is shown
            self.came.emit(f"{type(error).__name__}: {error}")
        else:
            self.came.emit("")

    def _on_came(self, why_not: str) -> None:
        self._why_not = why_not
        self._done = True
        self._next.start()

    def _serve(self) -> None:
        if self._waiting:
            self._waiting.popleft()(self._why_not)
        if not self._waiting:
            self._next.stop()


_loaders: dict[str, Loader] = {}


def loader() -> Loader:
    """The one of this process."""
    if LIBRARY not in _loaders:
        _loaders[LIBRARY] = Loader(LIBRARY)
    return _loaders[LIBRARY]


class Late(QWidget, Generic[W]):
    """The place of a widget that ``make`` makes once the library is there. ``least_px``: how high
    the place is at least, before and after."""

    def __init__(self, make: Callable[[], W], least_px: int = 0) -> None:
        super().__init__()
        self._make = make
        self._acts: dict[str, Callable[[W], object]] = {}
        self.widget: W | None = None
        self.setMinimumHeight(least_px)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        loader().when_there(self._fill)

    def do(self, what: str, act: Callable[[W], object]) -> None:
        """Do this with the widget, when it is there; of several ``what`` until then, the last."""
        if self.widget is not None:
            act(self.widget)
        else:
            self._acts.pop(what, None)
            self._acts[what] = act

    def _fill(self, why_not: str) -> None:
        if why_not:
            self._column.addWidget(Note(f"not drawn: {why_not}", Tone.WARNING))
            return
        self.widget = self._make()
        self._column.addWidget(self.widget)
        acts, self._acts = self._acts, {}
        for act in acts.values():
            act(self.widget)
