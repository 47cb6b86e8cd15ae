"""The connection panel: where the session stands, what may be asked of it, and its raw log.

Owns: this panel. May not: decide what the link does; a button sends a command, and the answer
shown is the link's own.
"""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from engine import (
    Changes,
    ConnectionView,
    SessionLine,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.connection.actions import LinkActions
from ui.connection.figures import FigureGrid, figures, state_of
from ui.connection.lines import SHOWN, haystack, line_columns, raw_text
from ui.controls import Note
from ui.panel import Panel
from ui.theme import Tone

KEPT_MAX = 5_000
QUOTES_MAX = 500


class ConnectionPanel(Panel):
    """The link to the broker. Its tab counts the remarks to look at that came while it was not
    shown."""

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        self._lines: dict[str, SessionLine] = {}
        self._quotes: deque[str] = deque()
        self._read = 0
        self._seen_warnings = 0
        self._link: ConnectionView | None = None
        super().__init__(bridge, keymap, "Connection")
        self.which = QComboBox()
        self.which.setAccessibleName("Which connection is shown")
        self.state = Note("", Tone.NORMAL)
        self.state.setAccessibleName("State of the connection")
        self.figures = FigureGrid()
        self.action_bar = LinkActions(bridge)
        self.action_bar.bind(keymap, self)
        self.strip = self.action_bar.strip
        self.log_on, self.log_out, self.cancel_all = (
            self.action_bar.log_on,
            self.action_bar.log_out,
            self.action_bar.cancel_all,
        )
        self.shown = QComboBox()
        self.shown.setAccessibleName("Which lines of the raw log are shown")
        self.shown.addItems([name for name, _ in SHOWN])
        self.table = self.make_table(
            "Raw log",
            line_columns(),
            self._lines.get,
            haystack,
            why_empty=self._why_empty,
            sort=("number", True),
        )
        self.table.bar.insertWidget(0, self.shown)
        self.raw = Note("", Tone.DIM)
        self.copy_raw = QPushButton("Copy raw")
        self.copy_raw.setAccessibleName("Copy the raw message")
        self._lay_out()
        self._connect()
        self._show_lines(0)
        self.refresh()

    def _lay_out(self) -> None:
        side = QWidget()
        side.setObjectName("plain")
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 5, 8, 5)
        column.setSpacing(5)
        for widget in (
            self.which,
            self.state,
            self.action_bar,
            self.figures,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(side)
        scroll.setMinimumWidth(250)
        log = QWidget()
        under = QVBoxLayout(log)
        under.setContentsMargins(0, 0, 0, 0)
        under.setSpacing(0)
        under.addWidget(self.table, 1)
        under.addWidget(self.raw)
        self.raw.setContentsMargins(6, 2, 6, 2)
        self.table.bar.insertWidget(1, self.copy_raw)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        for part, share in ((scroll, 3), (log, 7)):
            split.addWidget(part)
            split.setStretchFactor(split.count() - 1, share)
        split.setSizes([420, 780])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)

    def _connect(self) -> None:
        self.which.currentTextChanged.connect(lambda _: self._other())
        self.shown.currentIndexChanged.connect(self._show_lines)
        self.table.view.chosen.connect(lambda _: self._show_raw())
        self.copy_raw.clicked.connect(self._copy)

    # --- feeding -----------------------------------------------------------------------
    def on_changes(self, changes: Changes) -> None:
        """Nothing: a session moves without the engine's state; it is read with the tick."""

    def refresh(self) -> None:
        self._look()
        self.want()

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        self._look()
        if self.in_sight():
            self.want()

    def flush(self, deadline: float) -> bool:
        if self.in_sight():
            self._take_lines()
        return super().flush(deadline)

    def take_focus(self) -> None:
        self.table.view.setFocus()

    # --- inside: the session -----------------------------------------------------------
    def _name(self) -> str:
        return "" if self._link is None else self._link.name

    def _look(self) -> None:
        links = self.engine.connections()
        names = [each.name for each in links]
        if names != [self.which.itemText(i) for i in range(self.which.count())]:
            self.which.clear()
            self.which.addItems(names)
            self.which.setVisible(len(names) > 1)
        wanted = self.which.currentText()
        self._link = next((each for each in links if each.name == wanted), None)
        self._count()
        if not self.in_sight():
            return
        if self._link is not None:
            self.state.say(*state_of(self._link))
            self.figures.show_figures(figures(self._link))
        self.action_bar.show_link(self._link)

    def _count(self) -> None:
        session = None if self._link is None else self._link.session
        warnings = 0 if session is None else session.warnings
        if self.in_sight():
            self._seen_warnings = warnings
        self.count_changed.emit(max(0, warnings - self._seen_warnings))

    # --- inside: the log ---------------------------------------------------------------
    def _other(self) -> None:
        gone = list(self._lines)
        self._lines.clear()
        self._quotes.clear()
        self._read = 0
        self.table.store.mark(gone)
        self.want()

    def _show_lines(self, at: int) -> None:
        name, accepts = SHOWN[max(0, at)]
        self.table.set_accepts(accepts, name)

    def _take_lines(self) -> None:
        """Read on in the log; becoming rows is the table's, some a frame."""
        keys = []
        for line in self.engine.connection_lines(self._name(), self._read):
            self._read = line.number
            self._lines[str(line.number)] = line
            keys.append(str(line.number))
            if line.is_quote:
                self._quotes.append(str(line.number))
        while len(self._lines) > KEPT_MAX or len(self._quotes) > QUOTES_MAX:
            many = len(self._quotes) > QUOTES_MAX
            oldest = self._quotes.popleft() if many else next(iter(self._lines))
            if not many and self._quotes and self._quotes[0] == oldest:
                self._quotes.popleft()
            del self._lines[oldest]
            keys.append(oldest)
        if keys:
            self.table.store.mark(keys)

    def _current(self) -> SessionLine | None:
        return self._lines.get(self.table.view.current_key())

    def _show_raw(self) -> None:
        line = self._current()
        self.raw.say("" if line is None else raw_text(line), Tone.DIM)
        self.copy_raw.setEnabled(line is not None)

    def _copy(self) -> None:
        line = self._current()
        if line is not None:
            QGuiApplication.clipboard().setText(line.raw)
            self.said.emit("raw message copied")

    def _why_empty(self) -> str:
        if self._link is None:
            return "not yet known: the engine hasn't answered"
        if self._link.session is None:
            return f"{self._link.name} has no FIX log"
        return "no such line yet"
