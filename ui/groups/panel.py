"""The groups panel: tabs with counts, the table, and what can be done to the selected group.

Owns: this panel. May not: decide what is allowed; what it disables it explains, and the engine
answers in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QTabBar, QVBoxLayout

from engine import (
    Changes,
    GroupRow,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.groups.actions import GroupActions
from ui.groups.columns import columns, haystack
from ui.groups.delegates import BarsDelegate, StepsDelegate
from ui.panel import Panel
from ui.risk.kill_offers import offers_for
from ui.theme import Theme

TABS: tuple[tuple[str, Callable[[GroupRow], bool]], ...] = (
    ("Live", lambda r: not r.closed),
    ("Needs me", lambda r: r.needs_me),
    ("Done", lambda r: r.closed),
    ("All", lambda r: True),
)
NO_GROUP = "no group is selected"


class GroupsPanel(Panel):
    """``chosen`` carries the selected group; ``new_wanted`` and ``import_wanted`` ask for the
    ticket and the basket, ``kill_wanted`` for a kill of a part (scope, target)."""

    chosen = Signal(str)
    new_wanted = Signal()
    import_wanted = Signal()
    kill_wanted = Signal(object, str)

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        self._touched = False
        super().__init__(bridge, keymap, "Groups")
        self.table = self.make_table(
            "Groups",
            columns(),
            bridge.engine.group,
            haystack,
            why_empty=self._why_empty,
            sort=("created", True),
        )
        self.tabs = QTabBar()
        self.tabs.setAccessibleName("Which groups are shown")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        for name, _ in TABS:
            self.tabs.addTab(name)
        self.steps, self.bars = StepsDelegate(), BarsDelegate()
        keys = [c.key for c in self.table.store.columns]
        self.table.view.setItemDelegateForColumn(keys.index("lifecycle"), self.steps)
        self.table.view.setItemDelegateForColumn(keys.index("legs"), self.bars)
        new, load = QPushButton("New group…"), QPushButton("Import…")
        new.setAccessibleName("New group ticket")
        load.setAccessibleName("Import a basket file")
        new.clicked.connect(self.new_wanted.emit)
        load.clicked.connect(self.import_wanted.emit)
        self.table.bar.insertWidget(0, new)
        self.table.bar.insertWidget(1, load)
        self.action_bar = GroupActions(bridge, self.current, self.table.view.current_key)
        self.action_bar.bind(keymap, self)
        self.strip, self.hedge, self.leg = (
            self.action_bar.strip,
            self.action_bar.hedge,
            self.action_bar.leg,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.tabs, self.table, self.action_bar):
            column.addWidget(widget)
        column.setStretchFactor(self.table, 1)
        self.table.row_menu = self._offer_kills
        self.tabs.currentChanged.connect(self._tab)
        self.table.view.chosen.connect(self._chosen)
        self._tab(0)
        self.refresh()

    # --- feeding -----------------------------------------------------------------------
    def on_changes(self, changes: Changes) -> None:
        if changes.groups:
            self._touched = self._touched or self.table.view.current_key() in changes.groups
            self.table.store.mark(changes.groups)
            self.want()

    def refresh(self) -> None:
        self.table.store.reset(self.engine.group_ids())
        self.want()

    def flush(self, deadline: float) -> bool:
        more = super().flush(deadline)
        if not more:
            self.table.view.choose_first_once()
        if self._touched:
            self._touched = False
            self.action_bar.allow(self.current())
        return more

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        self._count()

    def set_theme(self, theme: Theme) -> None:
        self.steps.set_theme(theme)
        self.bars.set_theme(theme)
        super().set_theme(theme)

    def current(self) -> GroupRow | None:
        """The selected group as last read."""
        return self.table.store.row(self.table.view.current_key())

    def show_group(self, group_id: str) -> bool:
        """Select a group; leaves the tab when it isn't in it."""
        if not self.table.store.ensure(group_id):
            self.tabs.setCurrentIndex(len(TABS) - 1)
        return self.table.let_show(group_id)

    # --- tabs --------------------------------------------------------------------------
    def _tab(self, at: int) -> None:
        name, accepts = TABS[max(0, at)]
        self.table.set_accepts(accepts, name)

    def _count(self) -> None:
        status = self.bridge.last_status
        if status is None:
            return
        done = status.done_groups
        counts = (status.live_groups, status.needs_me, done, status.live_groups + done)
        for at, ((name, _), count) in enumerate(zip(TABS, counts, strict=True)):
            text = f"{name} {count:,}"
            if self.tabs.tabText(at) != text:
                self.tabs.setTabText(at, text)

    def _why_empty(self) -> str:
        status = self.bridge.last_status
        if status is None:
            return "not yet known: the engine hasn't answered"
        tab = TABS[max(0, self.tabs.currentIndex())][0]
        if tab == "Needs me":
            return "nothing waits for you"
        if tab == "Done":
            return "no group has ended yet"
        return "no groups. New group… (F9) or drop a basket file here."

    def _offer_kills(self, menu: QMenu, group_id: str) -> None:
        row = self.engine.group(group_id)
        for offer in () if row is None else offers_for(row):
            menu.addAction(offer.text, partial(self.kill_wanted.emit, offer.scope, offer.target))

    # --- acting ------------------------------------------------------------------------
    def _chosen(self, group_id: str) -> None:
        self.action_bar.choose(self.current())
        if group_id:
            # A group that leaves the tab (it ended) stays in the detail.
            self.chosen.emit(group_id)
