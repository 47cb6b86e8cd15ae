"""The groups panel: tabs with counts, the table, and what can be done to the selected group.

Owns: this panel. May not: decide what is allowed; what it disables it explains, and the engine
answers in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTabBar, QVBoxLayout

from engine import (
    AcceptPartial,
    CancelGroup,
    Changes,
    GroupRow,
    LegView,
    ManualHedge,
    OrdType,
    PauseGroup,
    ResumeGroup,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow
from ui.formats import qty
from ui.groups.columns import columns, haystack
from ui.groups.delegates import BarsDelegate, StepsDelegate
from ui.hedge_form import HedgeForm, HedgeTarget
from ui.panel import Panel
from ui.strip import ConfirmStrip, Facts, Proposal
from ui.theme import Theme, Tone

TABS: tuple[tuple[str, Callable[[GroupRow], bool]], ...] = (
    ("Live", lambda r: not r.closed),
    ("Needs me", lambda r: r.needs_me),
    ("Done", lambda r: r.closed),
    ("All", lambda r: True),
)
NO_GROUP = "no group is selected"


class GroupsPanel(Panel):
    """``chosen`` carries the selected group; ``new_wanted`` and ``import_wanted`` ask for the
    ticket and the basket."""

    chosen = Signal(str)
    new_wanted = Signal()
    import_wanted = Signal()

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
        self.strip = ConfirmStrip(bridge, "groups")
        self._build_actions()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.tabs, self.table, self.strip, self.action_bar):
            column.addWidget(widget)
        column.setStretchFactor(self.table, 1)
        self.tabs.currentChanged.connect(self._tab)
        self.table.view.chosen.connect(self._chosen)
        self._tab(0)
        self.refresh()

    def _build_actions(self) -> None:
        key = self.table.view.current_key
        self.cancel = ActionButton("Cancel group…", key, "Cancel what works and send no more")
        self.pause = ActionButton("Pause…", key, "Hold back further leg orders; hedging goes on")
        self.partial = ActionButton(
            "Accept partial…", key, "Go on at the size the hedge has proven"
        )
        self.leg = QComboBox()
        self.leg.setAccessibleName("Leg to hedge by hand")
        self.hedge = HedgeForm(self.engine.quote)
        caption = QLabel("Hedge leg")
        self.action_bar = ActionRow(
            (self.cancel, self.pause, self.partial, caption, self.leg, self.hedge)
        )
        self.action_bar.setContentsMargins(6, 4, 6, 4)
        self.cancel.acted.connect(self._cancel)
        self.pause.acted.connect(self._pause)
        self.partial.acted.connect(self._partial)
        self.leg.currentTextChanged.connect(lambda _: self._retarget())
        self.hedge.proposed.connect(self.strip.propose)
        self.hedge.wrong.connect(lambda text: self.strip.say(text, Tone.WARNING))
        for button in (self.cancel, self.pause, self.partial):
            button.slipped.connect(
                lambda: self.strip.say("The selection changed while you pressed; nothing was done.")
            )
        for name, button in (
            ("group.cancel", self.cancel),
            ("group.pause", self.pause),
            ("group.accept_partial", self.partial),
            ("group.hedge", self.hedge.button),
        ):
            self.keymap.connect_action(name, self, button.click)
        self._allow(None)

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
            self._allow(self.current())
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

    # --- acting ------------------------------------------------------------------------
    def _chosen(self, group_id: str) -> None:
        row = self.current()
        self.leg.blockSignals(True)
        self.leg.clear()
        if row is not None:
            self.leg.addItems([leg.leg_id for leg in row.legs])
        self.leg.blockSignals(False)
        self._allow(row)
        if group_id:
            # A group that leaves the tab (it ended) stays in the detail.
            self.chosen.emit(group_id)

    def _allow(self, row: GroupRow | None) -> None:
        over = f"{row.group_id} has ended" if row is not None and row.closed else ""
        why = NO_GROUP if row is None else over
        self.cancel.allow(why)
        self.pause.allow(why)
        self.partial.allow(why)
        paused = row is not None and row.paused
        self.pause.plain_text = "Resume…" if paused else "Pause…"
        self.pause.set_pending("")
        self._retarget()
        self.action_bar.explain()

    def _leg(self, row: GroupRow) -> LegView | None:
        wanted = self.leg.currentText()
        return next((leg for leg in row.legs if leg.leg_id == wanted), None)

    def _retarget(self) -> None:
        row = self.current()
        leg = None if row is None else self._leg(row)
        if row is None or leg is None:
            self.hedge.set_target(None)
            return
        group_id, leg_id = row.group_id, leg.leg_id
        user = self.bridge.user

        def make(
            quantity: Decimal, kind: OrdType, price: Decimal | None, excess: bool
        ) -> ManualHedge:
            return ManualHedge(
                user=user,
                group=group_id,
                leg=leg_id,
                quantity=quantity,
                order_type=kind,
                price=price,
                allow_excess=excess,
            )

        target = HedgeTarget(
            f"{group_id}/{leg_id}",
            leg.symbol,
            leg.side,
            row.unhedged_qty,
            make,
            lambda: self._exposure(group_id),
        )
        self.hedge.set_target(target)

    def _alive(self, group_id: str) -> Facts:
        """What stopping or pausing a group rests on: that there is something to stop. Fills
        that go on meanwhile must not keep a cancel from going out."""
        row = self.engine.group(group_id)
        return () if row is None else (("ended", "yes" if row.closed else "no"),)

    def _exposure(self, group_id: str) -> Facts:
        """What a hedge by hand rests on."""
        row = self.engine.group(group_id)
        return () if row is None else (("unhedged", qty(row.unhedged_qty)),)

    def _sizes(self, group_id: str) -> Facts:
        """What accepting a smaller size rests on."""
        row = self.engine.group(group_id)
        if row is None:
            return ()
        return tuple(
            (leg.leg_id, f"{qty(leg.filled_qty)}/{qty(leg.target_qty)}") for leg in row.legs
        )

    def _working(self, group_id: str) -> str:
        row = self.engine.group(group_id)
        if row is None:
            return ""
        works = [
            f"{qty(leg.working_qty)} {leg.side.value} {leg.symbol}"
            for leg in row.legs
            if leg.working_qty
        ]
        return "works: " + ", ".join(works) if works else "nothing works"

    def _cancel(self, group_id: str) -> None:
        self.strip.propose(
            Proposal(
                f"Cancel group {group_id}: cancel its working orders, send no more of its own",
                f"now {self._working(group_id)} · it may still fill; exposure is hedged",
                CancelGroup(user=self.bridge.user, group=group_id),
                lambda: self._alive(group_id),
                Tone.WARNING,
            )
        )

    def _pause(self, group_id: str) -> None:
        row = self.engine.group(group_id)
        if row is None:
            return
        user = self.bridge.user
        if row.paused:
            verb, cost = f"Resume group {group_id}", "its leg orders go on"
            command = ResumeGroup(user=user, group=group_id)
        else:
            verb, cost = f"Pause group {group_id}", f"now {self._working(group_id)}; that goes on"
            command = PauseGroup(user=user, group=group_id)  # type: ignore[assignment]
        self.strip.propose(Proposal(verb, cost, command, lambda: self._alive(group_id)))

    def _partial(self, group_id: str) -> None:
        row = self.engine.group(group_id)
        if row is None:
            return
        legs = ", ".join(
            f"{leg.leg_id} {qty(leg.filled_qty)}/{qty(leg.target_qty)}" for leg in row.legs
        )
        self.strip.propose(
            Proposal(
                f"Accept group {group_id} at the size its hedge has proven",
                f"risk legs are scaled down: {legs}",
                AcceptPartial(user=self.bridge.user, group=group_id),
                lambda: self._sizes(group_id),
                Tone.WARNING,
            )
        )
