"""Archiving, as far as a window goes: how much is over, and how it is moved.

Owns: the strip that counts what ended before a day and shows the command that archives it. May
not: move anything. While the desk runs its engine is the one writer of the database, and it still
knows the groups that are over: a late report of one would be written to rows that are gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from PySide6.QtGui import QGuiApplication, QKeyEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout

from engine import Archivable, EngineError
from ui.bridge import Bridge
from ui.controls import Note
from ui.formats import SECOND_NS
from ui.theme import Tone

DAYS_KEPT = 30
WHY_NOT_NOW = (
    "Not while this desk runs: its engine is the one writer of the database and still knows these "
    "groups. Close the desk, then run this; it counts n of N, and Ctrl+C stops it between groups:"
)


@dataclass(frozen=True, slots=True)
class ArchiveOffer:
    """``count``: what ended before an instant (ns UTC); blocks, may raise ``EngineError``.
    ``command``: the command line that archives what ended before a day (YYYY-MM-DD)."""

    count: Callable[[int], Archivable]
    command: Callable[[str], str]


def day_ns(text: str) -> int | None:
    """The beginning of a day in UTC, or None when the text is no day."""
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(day.timestamp()) * SECOND_NS


class ArchiveStrip(QFrame):
    """Opens with ``ask``; Esc closes it."""

    def __init__(self, bridge: Bridge, offer: ArchiveOffer | None) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.setAccessibleName("Archive")
        self._bridge = bridge
        self._offer = offer
        self._asked = 0
        self.day = QLineEdit()
        self.day.setAccessibleName("Groups that ended before this day, UTC")
        self.day.setMaximumWidth(110)
        self.words = Note("")
        self.why = Note(WHY_NOT_NOW, Tone.DIM)
        self.command = Note("")
        self.command.setAccessibleName("The command that archives")
        self.copy = QPushButton("Copy command")
        self.close_ = QPushButton("Close Esc")
        self.close_.setAccessibleName("Close the archive strip")
        label = QLabel("Archive groups that ended before")
        label.setBuddy(self.day)
        first = QHBoxLayout()
        for widget in (label, self.day):
            first.addWidget(widget)
        first.addWidget(self.words, 1)
        second = QHBoxLayout()
        second.addWidget(self.command, 1)
        second.addWidget(self.copy)
        second.addWidget(self.close_)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 6, 4)
        column.setSpacing(2)
        column.addLayout(first)
        column.addWidget(self.why)
        column.addLayout(second)
        self.day.textChanged.connect(lambda _: self._look())
        self.copy.clicked.connect(self._copy)
        self.close_.clicked.connect(self.hide)
        self.hide()

    def ask(self) -> None:
        """Open, with the day that many days ago, and count."""
        if not self.day.text():
            now = datetime.fromtimestamp(self._bridge.wall_ns() / SECOND_NS, UTC)
            self.day.setText((now - timedelta(days=DAYS_KEPT)).strftime("%Y-%m-%d"))
        else:
            self._look()
        self.show()
        self.day.setFocus()
        self.day.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)

    # --- inside ------------------------------------------------------------------------
    def _look(self) -> None:
        before_ns = day_ns(self.day.text())
        offer = self._offer
        self._asked += 1
        self.copy.setEnabled(before_ns is not None and offer is not None)
        if offer is None:
            self.words.say("this desk keeps no database file", Tone.DIM)
            self.command.say("")
            return
        if before_ns is None:
            self.words.say("expected a day as YYYY-MM-DD", Tone.WARNING)
            self.command.say("")
            return
        self.command.say(offer.command(self.day.text().strip()))
        self.words.say("counting…", Tone.DIM)
        self._bridge.spawn("counting for the archive", self._count(offer, before_ns, self._asked))

    async def _count(self, offer: ArchiveOffer, before_ns: int, asked: int) -> None:
        try:
            found = await asyncio.to_thread(offer.count, before_ns)
        except EngineError as error:
            said, tone = f"can't be counted: {error}", Tone.WARNING
        else:
            said, tone = archivable_words(found), Tone.NORMAL
        if asked == self._asked:
            self.words.say(said, tone)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.command.text())
        self.words.say("the command is in the clipboard", Tone.DIM)


def archivable_words(found: Archivable) -> str:
    """How much could move, in words."""
    return (
        f"{found.groups:,} of {found.of:,} groups are over and could move, "
        f"with {found.lines:,} journal lines"
    )
