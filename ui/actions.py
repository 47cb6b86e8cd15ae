"""Every key of the desk in one table: name, what it does, default, and what the user made of it.

Owns: the keymap and its conflicts. May not: run anything itself; panels connect to the actions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Binding:
    """One action. ``default`` in Qt's portable form; ``where`` names the panel it works in,
    "" for everywhere. ``arms``: it only opens a confirmation."""

    name: str
    text: str
    default: str
    where: str = ""
    arms: bool = False


BINDINGS = (
    Binding("search", "Search groups, orders, executions, commands", "Ctrl+K"),
    Binding("keys", "This sheet of keys", "F1"),
    Binding("go.escalations", "Go to escalations", "F2"),
    Binding("go.groups", "Go to groups", "F3"),
    Binding("go.detail", "Go to detail", "F4"),
    Binding("go.orphans", "Go to orphans", "F5"),
    Binding("go.rejected", "Go to rejected events", "F6"),
    Binding("go.log", "Go to log", "F7"),
    Binding("go.health", "Go to health", "F8"),
    Binding("go.ticket", "New group ticket", "F9"),
    Binding("go.basket", "Import a basket file", "Ctrl+O"),
    Binding("go.connection", "Go to the connection", "F11"),
    Binding("go.limits", "Go to limits", "F12"),
    Binding("go.kills", "Go to kills", "Shift+F11"),
    Binding("go.reconciliation", "Go to reconciliation", "Shift+F12"),
    Binding("next_alarm", "Next unacknowledged escalation", "F10"),
    Binding("kill", "KILL: block new orders, cancel all that works", "Ctrl+Shift+K", arms=True),
    Binding("arm", "Arm the engine", "Ctrl+Shift+A", arms=True),
    Binding("act_as", "Let somebody else act (PIN), or go back", "Ctrl+Shift+U"),
    Binding("archive", "Archive what is over", "Ctrl+Shift+E"),
    Binding("theme", "Dark or light", "Ctrl+T"),
    Binding("bigger", "Larger text", "Ctrl++"),
    Binding("smaller", "Smaller text", "Ctrl+-"),
    Binding("filter", "Go to the filter of the panel", "Ctrl+F"),
    Binding("escalation.acknowledge", "Acknowledge", "Ctrl+1", "Escalations"),
    Binding("escalation.hedge", "Hedge", "Ctrl+2", "Escalations", arms=True),
    Binding("escalation.cancel", "Cancel orders", "Ctrl+3", "Escalations", arms=True),
    Binding("escalation.accept", "Accept risk", "Ctrl+4", "Escalations", arms=True),
    Binding("escalation.silence", "Silence the sound 60 s", "Ctrl+5", "Escalations"),
    Binding("group.cancel", "Cancel group", "Ctrl+Del", "Groups", arms=True),
    Binding("group.pause", "Pause or resume group", "Ctrl+P", "Groups", arms=True),
    Binding("group.accept_partial", "Accept partial", "Ctrl+J", "Groups", arms=True),
    Binding("group.hedge", "Hedge group by hand", "Ctrl+H", "Groups", arms=True),
    Binding("order.cancel", "Cancel order", "Ctrl+Del", "Detail", arms=True),
    Binding("order.amend", "Amend order", "Ctrl+E", "Detail", arms=True),
    Binding("orphan.resolve", "Resolve with the preselected resolution", "Ctrl+R", "Orphans", True),
    Binding("orphan.ask", "Ask the broker again", "Ctrl+B", "Orphans"),
    Binding("rejected.explain", "Mark as explained", "Ctrl+M", "Rejected events"),
    Binding("rejected.ask", "Ask the broker", "Ctrl+B", "Rejected events"),
    Binding("connection.logon", "Log on", "Ctrl+L", "Connection", arms=True),
    Binding("connection.logout", "Log out", "Ctrl+Shift+L", "Connection", arms=True),
    Binding(
        "connection.cancel_all", "Cancel all at the venue", "Ctrl+Shift+Del", "Connection", True
    ),
    Binding("limits.reload", "Reload the limits", "Ctrl+R", "Limits", arms=True),
    Binding("limits.override", "Lift a hard limit once", "Ctrl+Shift+O", "Limits", arms=True),
    Binding("kills.release", "Release the selected kill", "Ctrl+Shift+R", "Kills", arms=True),
    Binding("reconciliation.run", "Compare with the broker now", "Ctrl+R", "Reconciliation"),
)


class Keymap(QObject):
    """The actions and their keys."""

    changed = Signal()

    def __init__(self, overrides: Any = None) -> None:
        super().__init__()
        self._overrides: dict[str, str] = {}
        if isinstance(overrides, dict):
            known = {b.name for b in BINDINGS}
            self._overrides = {
                str(k): str(v) for k, v in overrides.items() if k in known and isinstance(v, str)
            }
        self._actions: dict[str, list[QAction]] = {}

    @staticmethod
    def knows(name: str) -> bool:
        """Whether there is an action of this name."""
        return any(b.name == name for b in BINDINGS)

    def sequence(self, name: str) -> str:
        """The key of an action now, in portable form."""
        if name in self._overrides:
            return self._overrides[name]
        return next(b.default for b in BINDINGS if b.name == name)

    def shown(self, name: str) -> str:
        """The key as this platform writes it."""
        return QKeySequence(self.sequence(name)).toString(QKeySequence.SequenceFormat.NativeText)

    def overrides(self) -> dict[str, str]:
        return dict(self._overrides)

    def connect_action(self, name: str, home: QWidget, slot: Callable[[], None]) -> QAction:
        """Make the action work in ``home`` (its window when the binding names no panel)."""
        binding = next(b for b in BINDINGS if b.name == name)
        action = QAction(binding.text, home)
        action.setShortcut(QKeySequence(self.sequence(name)))
        action.setAutoRepeat(False)
        context = Qt.ShortcutContext
        action.setShortcutContext(
            context.WidgetWithChildrenShortcut if binding.where else context.WindowShortcut
        )
        action.triggered.connect(lambda _=False: slot())
        home.addAction(action)
        self._actions.setdefault(name, []).append(action)
        return action

    def rebind(self, name: str, sequence: str) -> str:
        """Give an action another key ("" for none). Returns why not, or ""."""
        clash = self.clash(name, sequence)
        if clash:
            return clash
        self._overrides[name] = sequence
        for action in self._actions.get(name, []):
            action.setShortcut(QKeySequence(sequence))
        self.changed.emit()
        return ""

    def reset(self) -> None:
        """All keys as delivered."""
        self._overrides.clear()
        for name, actions in self._actions.items():
            for action in actions:
                action.setShortcut(QKeySequence(self.sequence(name)))
        self.changed.emit()

    def clash(self, name: str, sequence: str) -> str:
        """What already has this key where it would matter, in words."""
        if not sequence:
            return ""
        mine = next(b for b in BINDINGS if b.name == name)
        for other in BINDINGS:
            same_place = other.where == mine.where or not other.where or not mine.where
            if other.name != name and same_place and self.sequence(other.name) == sequence:
                return f"{sequence} already means “{other.text}”"
        return ""
