"""Who acts at this desk, in what role; and letting somebody else act, by PIN.

Owns: the button at the top that says who acts, and the strip that asks for a PIN. May not: prove
anybody (the host does, off this thread) or decide what a role may do (the engine does).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from engine import PersonView, Role
from ui.bridge import Bridge
from ui.controls import Note, set_tone
from ui.theme import Tone

#: Name and PIN to the name under which they act; None when it isn't their PIN. May take long.
Prove = Callable[[str, str], str | None]
WRONG_FREE = 3
WAIT_S = 5.0
BACK_AFTER_MS = 5 * 60 * 1000

_MAY = {
    Role.TRADER: "sends, amends, cancels and hedges; the limits are the risk role's",
    Role.RISK: "changes limits, lifts one once; stops and looks; sends no new groups",
    Role.VIEWER: "looks, and may kill; nothing else",
}


def person_words(person: PersonView) -> str:
    """Name and role: "vera · trader"."""
    if not person.by_roles:
        return f"{person.user} · no roles set"
    if person.role is None:
        return f"{person.user} · no role here"
    return f"{person.user} · {person.role.value.lower()}"


def may_words(person: PersonView) -> str:
    """What that means, in a sentence."""
    if not person.by_roles:
        return "No roles file: everybody may do everything. Commands are recorded under this name."
    if person.role is None:
        return f"The roles file doesn't name {person.user}: may look, and kill; nothing else."
    return f"{person.role.value.capitalize()}: {_MAY[person.role]}. Everybody may kill."


class WhoButton(QPushButton):
    """Says who acts; pressed, it asks for another."""

    def __init__(self) -> None:
        super().__init__("")
        self.setObjectName("who")
        self.setFlat(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_person(self, person: PersonView) -> None:
        """Say who it is and what they may do."""
        self.setText(person_words(person))
        self.setToolTip(may_words(person))
        self.setAccessibleName(f"Who acts: {person_words(person)}")
        self.setAccessibleDescription(may_words(person))
        lacks = person.by_roles and person.role is None
        set_tone(self, Tone.WARNING if lacks else Tone.DIM)


class ActAs(QWidget):
    """Asks for a name and a PIN. The name that the desk was started under comes back by itself
    when nothing was asked of the engine for five minutes, or by its button, without a PIN."""

    def __init__(
        self, bridge: Bridge, prove: Prove | None, *, mono: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._bridge = bridge
        self._prove = prove
        self._mono = mono
        self._own = bridge.user
        self._wrong = 0
        self._not_before = 0.0
        self.who = WhoButton()
        self.name, self.pin = QLineEdit(), QLineEdit()
        self.name.setPlaceholderText("name")
        self.pin.setPlaceholderText("PIN, Enter acts, Esc closes")
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.name.setAccessibleName("Name of who is to act")
        self.pin.setAccessibleName("PIN of who is to act")
        self.name.setMaximumWidth(140)
        self.pin.setMaximumWidth(220)
        self.go = QPushButton("Act")
        self.go.setAccessibleName("Act under this name")
        self.back = QPushButton("")
        self.back.setAccessibleName("Back to the name that the desk was started under")
        self.note = Note("", Tone.DIM)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        for widget in (QLabel("Act as"), self.name, self.pin, self.go, self.back):
            row.addWidget(widget)
        row.addWidget(self.note, 1)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(BACK_AFTER_MS)
        self._idle.timeout.connect(self.go_back)
        self.who.clicked.connect(self.ask)
        self.name.returnPressed.connect(self.pin.setFocus)
        self.pin.returnPressed.connect(self._try)
        self.go.clicked.connect(self._try)
        self.back.clicked.connect(self.go_back)
        bridge.person_changed.connect(lambda _: self._show())
        bridge.answered.connect(lambda *_: self._keep())
        self.hide()
        self._show()

    def ask(self) -> None:
        """Open and take the keyboard; closes when it is open."""
        if self.isVisible():
            self._close()
            return
        able = self._prove is not None
        for widget in (self.name, self.pin, self.go):
            widget.setEnabled(able)
        self.note.say("" if able else "the desk was started without a roles file", Tone.DIM)
        self.show()
        (self.name if able else self.back).setFocus()

    def go_back(self) -> None:
        """Who started the desk acts again."""
        self._bridge.act_as(self._own)
        self._close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
            return
        super().keyPressEvent(event)

    # --- inside ------------------------------------------------------------------------
    def _show(self) -> None:
        self.who.show_person(self._bridge.engine.person(self._bridge.user))
        other = self._bridge.user != self._own
        self.back.setText(f"Back to {self._own}")
        self.back.setVisible(other)
        if other:
            self._idle.start()
        else:
            self._idle.stop()

    def _keep(self) -> None:
        if self._idle.isActive():
            self._idle.start()

    def _close(self) -> None:
        self.pin.clear()
        self.hide()

    def _try(self) -> None:
        left = self._not_before - self._mono()
        name, pin = self.name.text().strip(), self.pin.text()
        if left > 0:
            self.note.say(f"too many wrong PINs: wait {left:.0f} s", Tone.WARNING)
        elif self._prove is not None and name and pin and self.go.isEnabled():
            self.go.setEnabled(False)
            self._bridge.spawn("act as", self._proven(self._prove, name, pin))

    async def _proven(self, prove: Prove, name: str, pin: str) -> None:
        """A PIN's hash takes long on purpose: not on this thread."""
        try:
            person = await asyncio.to_thread(prove, name, pin)
        finally:
            self.go.setEnabled(True)
            self.pin.clear()
        if person is None:
            self._wrong += 1
            over = self._wrong - WRONG_FREE
            if over >= 0:
                self._not_before = self._mono() + WAIT_S * 2 ** min(over, 6)
            self.note.say("name and PIN don't belong together", Tone.WARNING)
            return
        self._wrong = 0
        self._bridge.act_as(person)
        self._close()
