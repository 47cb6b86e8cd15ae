"""One escalation in words: what happened, what follows, what to do, who saw it.

Owns: that text. May not: act; the actions stand beneath it in the panel.
"""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from engine import EscalationView
from ui.controls import Note
from ui.escalations.knowledge import advice
from ui.escalations.rows import STATE_WORDS, TONES
from ui.formats import clock, qty
from ui.theme import Tone

FIELDS = ("What happened", "Consequence", "What to do", "Time", "The engine", "State", "Seen by")


class EscalationDetail(QScrollArea):
    """Shows one escalation, or says that none is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setAccessibleName("Escalation in words")
        page = QWidget()
        page.setObjectName("plain")
        self.title = Note("", Tone.NORMAL)
        self.title.setProperty("role", "title")
        self._notes = {name: Note() for name in FIELDS}
        self._captions = {name: QLabel(name) for name in FIELDS}
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(2)
        column.addWidget(self.title)
        # No form layout: with its rows wrapped it gives a text that needs more lines too few.
        for name, note in self._notes.items():
            caption = self._captions[name]
            caption.setProperty("tone", "dim")
            caption.setBuddy(note)
            column.addWidget(caption)
            column.addWidget(note)
        column.addStretch(1)
        self.setWidget(page)
        self.show_view(None, 0)

    def show_view(self, view: EscalationView | None, others: int) -> None:
        """Fill in. ``others``: how many more of the kind stand behind this row."""
        if view is None:
            self.title.say("No escalation is selected.", Tone.DIM)
            for name in FIELDS:
                self._put(name, "")
            return
        known = advice(view.kind)
        where = "/".join(t for t in (view.group_id, view.leg_id) if t)
        more = f" and {others} more of this kind" if others else ""
        self.title.say(f"{known.title}{' · ' + where if where else ''}{more}", TONES[view.severity])
        unhedged = (
            f" Unhedged: {qty(view.unfilled_qty)} {view.symbol}." if view.unfilled_qty else ""
        )
        self._put("What happened", f"{known.cause} {view.text}.{unhedged}".replace("..", "."))
        self._put("Consequence", known.consequence)
        self._put("What to do", known.response)
        self._put("Time", known.time)
        self._put("The engine", view.doing)
        level = f", level {view.level}" if view.level > 1 else ""
        self._put(
            "State", f"{STATE_WORDS[view.state]}{level}, since {clock(view.changed_wall_ns)} UTC"
        )
        self._put(
            "Seen by",
            "\n".join(
                f"{a.user} {clock(a.wall_ns)} at level {a.level}, {qty(a.unfilled_qty)} unhedged"
                + (f": {a.comment}" if a.comment else "")
                for a in view.acknowledgements
            ),
        )

    def _put(self, name: str, text: str) -> None:
        self._notes[name].say(text)
        self._captions[name].setVisible(bool(text))
