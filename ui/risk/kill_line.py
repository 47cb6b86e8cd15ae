"""The line at the top that stands while a kill does.

Owns: that line: what is killed, by whom, and what of it is not proven to have ended. May not: end
or begin a kill.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from engine import KillView
from ui.controls import Note, set_tone
from ui.risk.kill_words import count_words, what_words
from ui.theme import Tone

SHOWN_MAX = 3


def line_words(kills: tuple[KillView, ...]) -> str:
    """All standing kills in one line, those with unknown orders first."""
    worst = sorted(kills, key=lambda k: -len(k.unknown))
    said = [
        f"KILLED {what_words(k.scope, k.target)} by {k.user}: {count_words(k)}"
        for k in worst[:SHOWN_MAX]
    ]
    left = len(kills) - SHOWN_MAX
    return "  ·  ".join([*said, *([f"and {left} more"] if left > 0 else [])])


class KillLine(QFrame):
    """Hidden while nothing is killed. ``shown`` asks for the kills panel."""

    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setAccessibleName("Kills that stand")
        self.words = Note("")
        self.button = QPushButton("Kills…")
        self.button.setAccessibleName("Go to the kills")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 6, 2)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self.button.clicked.connect(self.shown.emit)
        self.hide()

    def show_kills(self, kills: tuple[KillView, ...]) -> None:
        """Say what stands; critical while an order of it may still fill."""
        self.words.say(line_words(kills))
        unknown = any(kill.unknown for kill in kills)
        set_tone(self, Tone.CRITICAL if unknown else Tone.WARNING)
        self.setVisible(bool(kills))
