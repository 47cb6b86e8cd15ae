"""The orphan desk: banner of what is blocked, orphans with evidence, unknown orders, Arm.

Owns: this panel. May not: arm or resolve anything itself; it asks the engine.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine import (
    Arm,
    Changes,
    ExternalView,
    OrphanView,
    Phase,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, Note, set_tone
from ui.formats import clock
from ui.orphans.actions import OrphanActions
from ui.orphans.columns import external_columns, orphan_columns
from ui.orphans.externals import ExternalActions
from ui.panel import Panel
from ui.proposal import Facts, Proposal
from ui.theme import Tone


class OrphansPanel(Panel):
    """Orphans and unknown orders, and Arm."""

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        super().__init__(bridge, keymap, "Orphans")
        self._open = 0
        self.table = self.make_table(
            "Orphans",
            orphan_columns(),
            bridge.engine.orphan,
            lambda o: f"{o.ref} {o.cl_ord_id} {o.symbol} {o.evidence or ''} {o.resolution or ''}",
            why_empty=self._why_empty,
            sort=("age", True),
        )
        self._externals: dict[str, ExternalView] = {}
        self.external_table = self.make_table(
            "Unknown orders",
            external_columns(),
            self._externals.get,
            lambda e: f"{e.cl_ord_id} {e.order_id} {e.symbol}",
            why_empty=lambda: "no unknown orders at the broker",
            sort=("seen", True),
        )
        self.external_table.go_bare()
        self.action_bar = OrphanActions(bridge)
        self.action_bar.bind(keymap, self)
        self.external_actions = ExternalActions(bridge, self.action_bar.strip)
        self.banner = QFrame()
        self.banner.setObjectName("banner")
        self.blocked = Note("")
        self.arm = ActionButton("Arm…", lambda: "desk", "Allow new groups and risk orders")
        bridge.bar(self.arm, Arm)
        keymap.connect_action("arm", self, self.arm.click)
        self._lay_out()
        self.table.view.chosen.connect(lambda _: self._show_selected())
        self.table.view.selectionModel().selectionChanged.connect(lambda *_: self._show_selected())
        self.external_table.view.chosen.connect(
            lambda key: self.external_actions.show_external(self._externals.get(key))
        )
        self.action_bar.strip.answered.connect(self.action_bar.answered)
        self.arm.acted.connect(lambda _: self._arm())
        self.refresh()

    def _lay_out(self) -> None:
        bar = QHBoxLayout(self.banner)
        bar.setContentsMargins(8, 3, 6, 3)
        bar.addWidget(self.blocked, 1)
        bar.addWidget(self.arm)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.action_bar.setObjectName("plain")
        scroll.setWidget(self.action_bar)
        scroll.setMinimumWidth(250)
        self.unknown = QWidget()
        under = QVBoxLayout(self.unknown)
        under.setContentsMargins(0, 0, 0, 0)
        under.setSpacing(0)
        under.addWidget(self.external_table, 1)
        under.addWidget(self.external_actions)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        for widget, share in ((self.table, 5), (scroll, 3), (self.unknown, 3)):
            split.addWidget(widget)
            split.setStretchFactor(split.count() - 1, share)
        split.setSizes([500, 320, 300])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(split, 1)
        # At the foot, where it moves no button.
        column.addWidget(self.action_bar.strip)

    # --- feeding -----------------------------------------------------------------------
    def on_changes(self, changes: Changes) -> None:
        if changes.orphans or changes.externals:
            self.table.store.mark(changes.orphans)
            if changes.externals:
                self._read_externals()
            self.want()

    def refresh(self) -> None:
        self.table.store.reset(o.ref for o in self.engine.orphans())
        self._read_externals()
        self._count()
        self.want()

    def flush(self, deadline: float) -> bool:
        more = super().flush(deadline)
        if not more:
            self.table.view.choose_first_once()
        self._count()
        if self.isVisible():
            self._show_selected()
        return more

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        self._say_banner()

    # --- inside ------------------------------------------------------------------------
    def _read_externals(self) -> None:
        found = {e.cl_ord_id or e.order_id: e for e in self.engine.externals()}
        self._externals.clear()
        self._externals.update(found)
        self.external_table.store.reset(found)
        self.unknown.setVisible(bool(found))

    def _count(self) -> None:
        open_ = sum(1 for o in self.engine.orphans() if o.resolution is None)
        unknown = sum(1 for e in self._externals.values() if e.leaves_qty and not e.adopted_into)
        self._open = open_ + unknown
        self.count_changed.emit(self._open)
        self._say_banner()

    def _say_banner(self) -> None:
        status = self.bridge.last_status
        if status is None:
            self.blocked.say("The engine hasn't answered yet.", Tone.DIM)
            self.arm.allow("the engine hasn't answered yet")
            return
        names = {
            Phase.RECOVERING: "RECOVERING: loading and asking the broker",
            Phase.RESOLVING: "RESOLVING: new groups and risk orders are refused",
            Phase.ARMED: "ARMED: nothing is blocked",
            Phase.KILLED: "KILLED: every new order is blocked",
            Phase.STOPPED: "STOPPED: nothing is sent any more",
        }
        blocks = "; ".join(status.blocks)
        text = names[status.phase] + (f" — {blocks}" if blocks else "")
        self.blocked.say(text)
        busy = status.phase in (Phase.RESOLVING, Phase.KILLED, Phase.STOPPED)
        set_tone(self.banner, "warning" if busy else "normal")
        self.arm.allow(self._why_not_arm(status.phase, blocks))

    def _why_not_arm(self, phase: Phase, blocks: str) -> str:
        if phase is Phase.ARMED:
            return "it is armed"
        if phase is Phase.RESOLVING:
            return f"first resolve: {blocks}" if self._open else ""
        return f"not while {phase.value}"

    def _arm(self) -> None:
        self.action_bar.strip.propose(
            Proposal(
                "Arm: allow new groups and risk orders",
                "orphans are resolved; the engine checks again",
                Arm(user=self.bridge.user),
                self._arm_facts,
                Tone.WARNING,
            )
        )

    def _arm_facts(self) -> Facts:
        status = self.engine.status()
        return (
            ("state", status.phase.value),
            ("blocked by", "; ".join(status.blocks) or "nothing"),
        )

    def _selected(self) -> tuple[OrphanView, ...]:
        keys = self.table.view.selected_keys() or [self.table.view.current_key()]
        found = [self.engine.orphan(k) for k in keys if k]
        return tuple(o for o in found if o is not None)

    def _show_selected(self) -> None:
        self.action_bar.show_orphans(self._selected())

    def _why_empty(self) -> str:
        status = self.bridge.last_status
        if status is None or status.phase is Phase.RECOVERING:
            return "not yet known: still recovering"
        return f"no orphans at {clock(status.wall_ns)} UTC"
