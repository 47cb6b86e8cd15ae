"""Who acts at this desk, in what role, in words.

Owns: the label at the top that says so. May not: decide what a role may do (the engine does).
"""

from __future__ import annotations

from PySide6.QtWidgets import QLabel

from engine import PersonView, Role
from ui.controls import set_tone
from ui.theme import Tone

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


class WhoLabel(QLabel):
    """Shows who acts."""

    def __init__(self) -> None:
        super().__init__("")
        self.setObjectName("who")
        self.setContentsMargins(8, 4, 10, 2)

    def show_person(self, person: PersonView) -> None:
        """Say who it is and what they may do."""
        self.setText(person_words(person))
        self.setToolTip(may_words(person))
        self.setAccessibleName(f"Who acts: {person_words(person)}")
        self.setAccessibleDescription(may_words(person))
        lacks = person.by_roles and person.role is None
        set_tone(self, Tone.WARNING if lacks else Tone.DIM)
