"""What the trader asks of the window by name: from a key, the menu, or the palette.

Owns: the names of what the window itself does, and the way to panels, groups and orders. May
not: know which key or menu entry it was, or do a panel's own work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ui.actions import BINDINGS, Keymap
from ui.layouts import Docks
from ui.panel import Panel
from ui.rooms import Rooms


class Going(QObject):
    """Runs actions by name and goes to places. ``said`` carries remarks."""

    said = Signal(str)

    def __init__(self, home: QWidget, rooms: Rooms, docks: Docks, keymap: Keymap) -> None:
        super().__init__(home)
        self._home = home
        self._rooms = rooms
        self._docks = docks
        self._keymap = keymap
        self._runs: dict[str, Callable[[], object]] = {
            f"go.{place.dock}": partial(self.go, place.dock) for place in rooms.places
        }
        self._runs |= {
            "keys": partial(self.go, "keys"),
            "next_alarm": rooms.escalations.next_unacknowledged,
            "arm": self.arm,
            "filter": self.go_filter,
        }

    def bind(self, more: Mapping[str, Callable[[], object]]) -> None:
        """Take in what the rest of the window does, then give everything its key."""
        self._runs |= more
        for binding in BINDINGS:
            # Arm's key belongs to its panel, which has connected it already.
            if not binding.where and binding.name in self._runs and binding.name != "arm":
                run = partial(self.run, binding.name)
                self._keymap.connect_action(binding.name, self._home, run)

    def run(self, name: str) -> None:
        """Do an action by name (key, menu or palette)."""
        run = self._runs.get(name)
        if run is not None:
            run()
            return
        binding = next((b for b in BINDINGS if b.name == name), None)
        if binding is not None:
            self.said.emit(f"“{binding.text}” works in {binding.where}: {self._keymap.shown(name)}")

    def go(self, dock: str) -> None:
        """Show a panel and give it the keyboard."""
        panel = self._rooms.panel(dock)
        if dock in self._docks.titles():
            self._docks.bring(dock)
        if isinstance(panel, Panel):
            panel.take_focus()
        else:
            panel.setFocus()

    def show_group(self, group_id: str) -> None:
        """Select a group in the groups panel and in the detail."""
        if not self._rooms.groups.show_group(group_id):
            self.said.emit(f"Group {group_id} isn't in the table; its detail is shown")
            self._rooms.detail.show_group(group_id)

    def found(self, what: str, target: str) -> None:
        """The palette's choice: a group, or an order as ``group/leg/n``."""
        group = target.split("/", 1)[0]
        self.show_group(group)
        if "/" in target:
            self._docks.bring("detail")
            self._rooms.detail.show_group(group)
            self._rooms.detail.show_order(target)

    def arm(self) -> None:
        """Go to where Arm is asked, and ask."""
        self.go("orphans")
        self._rooms.orphans.arm.click()

    def go_filter(self) -> None:
        """The filter of the panel that has the keyboard; the groups' otherwise."""
        at: QWidget | None = self._home.focusWidget()
        while at is not None and not isinstance(at, Panel):
            at = at.parentWidget()
        tables = (at if isinstance(at, Panel) else self._rooms.groups).tables
        shown = [t for t in tables if t.isVisible()]
        if shown:
            shown[0].filter.setFocus()
