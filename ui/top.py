"""The top of the window: menu bar, who acts, glance line, kills, KILL's confirmation.

Owns: these, one above the other (and the name of a new layout), and what a kill and its release
ask. May not: scroll, close or be moved.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QKeyEvent, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenuBar, QPushButton, QVBoxLayout, QWidget

from engine import Command, Kill, KillPart, KillScope, ReleaseKill
from ui.archiving import ArchiveOffer, ArchiveStrip
from ui.bridge import Bridge
from ui.glance import Glance
from ui.proposal import Facts, Proposal
from ui.risk.kill_line import KillLine
from ui.risk.kill_words import kill_verb, what_words
from ui.strip import ConfirmStrip
from ui.theme import Tone
from ui.who import ActAs, Prove


class LayoutName(QWidget):
    """Asks for the name of a layout to save. ``save`` returns why not, or ""."""

    def __init__(self, save: Callable[[str], str]) -> None:
        super().__init__()
        self._save = save
        self.field = QLineEdit()
        self.field.setPlaceholderText("Name of the layout, Enter saves, Esc closes")
        self.field.setAccessibleName("Name of the layout")
        self.button = QPushButton("Save layout")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.addWidget(self.field)
        row.addWidget(self.button)
        row.addStretch(1)
        self.button.clicked.connect(self._go)
        self.field.returnPressed.connect(self._go)
        self.hide()

    def ask(self) -> None:
        """Open and take the keyboard."""
        self.show()
        self.field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return
        super().keyPressEvent(event)

    def _go(self) -> None:
        if not self._save(self.field.text()):
            self.field.clear()
            self.hide()


class Top(QWidget):
    """What stands above all docks."""

    def __init__(
        self,
        bridge: Bridge,
        banner: str,
        save_layout: Callable[[str], str],
        *,
        market_time: bool = False,
        prove: Prove | None = None,
        archive: ArchiveOffer | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("body")
        self._bridge = bridge
        self.menu = QMenuBar()
        self.glance = Glance(bridge, banner, bridge.engine.quote, market_time=market_time)
        self.kill_strip = ConfirmStrip(bridge, "the whole desk")
        self.layout_name = LayoutName(save_layout)
        self.archive = ArchiveStrip(bridge, archive)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.act_as = ActAs(bridge, prove)
        self.who = self.act_as.who
        self.menu.setCornerWidget(self.who)
        self.kill_line = KillLine()
        for widget in (
            self.menu,
            self.act_as,
            self.glance,
            self.kill_line,
            self.kill_strip,
            self.layout_name,
            self.archive,
        ):
            column.addWidget(widget)
        self.glance.kill_wanted.connect(self._kill)
        self.glance.release_wanted.connect(self._release)

    def kill_part(self, scope: KillScope, target: str) -> None:
        """Ask to kill a part of the desk (or all of it), in the one place where kills are asked."""
        user = self._bridge.user
        reason = f"KILL pressed by {user}"
        command: Command = Kill(user=user, reason=reason)
        if scope is not KillScope.ALL:
            command = KillPart(user=user, scope=scope, target=target, reason=reason)
        # Rests on no fact: nothing that happens meanwhile may keep a kill from going out.
        facts = (("kill", what_words(scope, target)),)
        cost = "nothing is flattened; what fills before its cancel stays a position"
        self.kill_strip.propose(
            Proposal(kill_verb(scope, target), cost, command, lambda: facts, Tone.CRITICAL)
        )

    def show_kills(self) -> None:
        """Read what is killed, and how it stands."""
        self.kill_line.show_kills(self._bridge.engine.kills())

    def _kill(self, held: bool) -> None:
        if not held:
            self.kill_part(KillScope.ALL, "")
            return
        user = self._bridge.user
        command = Kill(user=user, reason=f"KILL pressed by {user}")
        self.kill_strip.send(command, kill_verb(KillScope.ALL, ""))

    def _release(self) -> None:
        user = self._bridge.user

        def look() -> Facts:
            return (("state", self._bridge.engine.status().phase.value),)

        self.kill_strip.propose(
            Proposal(
                "Release the kill: the engine resolves, and must be armed again",
                "say why it is safe",
                None,
                look,
                Tone.WARNING,
                with_reason=lambda reason: ReleaseKill(user=user, reason=reason),
            )
        )
