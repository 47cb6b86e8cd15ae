"""What every panel is: a widget that notes news, is flushed once a frame, and has a theme.

Owns: the common behaviour of panels. May not: know any panel's content. Panels don't know each
other either: what concerns another one goes out as a signal, and the window connects it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QWidget

from engine import Changes
from ui.actions import Keymap
from ui.bridge import Bridge, EngineLike
from ui.table import Column, RowStore, TablePanel
from ui.theme import Theme

T = TypeVar("T")


class Panel(QWidget):
    """Base of the panels. ``said`` carries short remarks for the status line, ``group_wanted``
    asks the window to show a group, ``count_changed`` the number for the panel's tab."""

    said = Signal(str)
    group_wanted = Signal(str)
    count_changed = Signal(int)

    def __init__(self, bridge: Bridge, keymap: Keymap, name: str) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(name)
        self.bridge = bridge
        self.keymap = keymap
        self.name = name
        self.theme = Theme()
        self._tables: list[TablePanel[Any]] = []
        bridge.frame.add(name, self.flush, urgent=self.urgent)
        bridge.listen(self.on_changes)

    @property
    def engine(self) -> EngineLike:
        return self.bridge.engine

    @property
    def tables(self) -> Sequence[TablePanel[Any]]:
        return self._tables

    def make_table(
        self,
        name: str,
        columns: Sequence[Column[T]],
        read: Callable[[str], T | None],
        haystack: Callable[[T], str],
        *,
        why_empty: Callable[[], str],
        sort: tuple[str, bool] | None = None,
    ) -> TablePanel[T]:
        """A table wired into this panel."""
        store = RowStore(columns, read, haystack, wall_ns=self.bridge.wall_ns, sort=sort)
        table = TablePanel(
            name,
            store,
            spawn=self.bridge.spawn,
            user=self.bridge.user,
            wall_ns=self.bridge.wall_ns,
            why_empty=why_empty,
        )
        self.bridge.person_changed.connect(table.set_user)
        table.said.connect(self.said.emit)
        table.view.unfrozen.connect(self.want)
        self._tables.append(table)
        return table

    def in_sight(self) -> bool:
        """Whether anything of it can be seen: a panel behind another tab counts as visible for
        Qt, and nobody sees it."""
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def want(self) -> None:
        """Ask to be flushed in the next frame."""
        self.bridge.frame.want(self.name)

    def on_changes(self, changes: Changes) -> None:
        """Note the keys that concern this panel and ``want``; reading comes with the flush."""
        raise NotImplementedError

    def flush(self, deadline: float) -> bool:
        """Show the news. Returns whether something is left for the next frame."""
        more = False
        for table in self._tables:
            more = table.store.flush(deadline) or more
        return more

    def urgent(self) -> bool:
        """Whether rows in sight still wait for their news after a flush."""
        return any(table.store.urgent for table in self._tables)

    def refresh(self) -> None:
        """Read everything anew."""

    def tick(self, phase: bool) -> None:
        """Each half second: ages, blinking, staleness."""
        silence, stale = self.bridge.silence_s(), self.bridge.stale
        for table in self._tables:
            table.tick(phase, silence, stale)
        self.want()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for table in self._tables:
            table.set_theme(theme)

    def take_focus(self) -> None:
        """The keyboard goes to this panel's table, or to the panel when it has none."""
        (self._tables[0].view if self._tables else self).setFocus()

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.want()
