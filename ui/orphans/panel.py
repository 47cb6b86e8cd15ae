"""The orphan desk: banner of what is blocked, orphans with evidence, unknown orders, Arm.

Owns: this panel. May not: arm or resolve anything itself; it asks the engine.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine import (
    AdoptExternal,
    Arm,
    CancelOrder,
    Changes,
    ExternalView,
    OrphanView,
    Phase,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow, Note, set_tone
from ui.formats import clock, qty
from ui.orphans.actions import OrphanActions
from ui.orphans.columns import external_columns, orphan_columns
from ui.panel import Panel
from ui.strip import ConfirmStrip, Facts, Proposal
from ui.theme import Tone


class ExternalActions(QWidget):
    """What can be done about an unknown order: adopt it into a group's leg, or cancel it."""

    def __init__(self, bridge: Bridge, strip: ConfirmStrip) -> None:
        super().__init__()
        self._bridge = bridge
        self._strip = strip
        self._external: ExternalView | None = None
        self.group, self.leg, self.reason = QLineEdit(), QComboBox(), QLineEdit()
        self.group.setPlaceholderText("group")
        self.reason.setPlaceholderText("reason")
        self.group.setAccessibleName("Group to adopt the unknown order into")
        self.leg.setAccessibleName("Leg to adopt the unknown order into")
        self.reason.setAccessibleName("Reason for adopting")
        self.group.setMaximumWidth(92)
        self.reason.setMaximumWidth(120)
        self.leg.setMinimumWidth(52)
        self.adopt = ActionButton("Adopt…", self._key, "Count its fills towards this leg")
        self.cancel = ActionButton("Cancel it…", self._key, "Ask the broker to cancel it")
        self.row = ActionRow((self.group, self.leg, self.reason, self.adopt, self.cancel))
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.addWidget(self.row)
        self.group.textChanged.connect(lambda _: self._legs())
        self.adopt.acted.connect(self._adopt)
        self.cancel.acted.connect(self._cancel)
        self.show_external(None)

    def show_external(self, external: ExternalView | None) -> None:
        self._external = external
        if external is None:
            why = "no unknown order is selected"
        elif external.adopted_into:
            why = f"adopted into {external.adopted_into}"
        else:
            why = ""
        done = "nothing of it works any more" if external and not external.leaves_qty else ""
        asked = "cancel is asked, may still fill" if external and external.cancel_asked else ""
        self.cancel.allow(why or done or asked)
        leg = "" if self.leg.currentText() else "name a group that is in memory, and its leg"
        self.adopt.allow(why or leg)
        self.row.explain()

    def _key(self) -> str:
        return "" if self._external is None else self._external.cl_ord_id or self._external.order_id

    def _legs(self) -> None:
        row = self._bridge.engine.group(self.group.text().strip())
        self.leg.clear()
        if row is not None:
            self.leg.addItems([leg.leg_id for leg in row.legs])
        self.show_external(self._external)

    def _facts(self, key: str) -> Facts:
        for external in self._bridge.engine.externals():
            if key in (external.cl_ord_id, external.order_id):
                return (
                    ("CumQty", qty(external.cum_qty)),
                    ("LeavesQty", qty(external.leaves_qty)),
                    ("adopted into", external.adopted_into or "nothing"),
                )
        return ()

    def _adopt(self, key: str) -> None:
        external = self._external
        if external is None:
            return
        group, leg = self.group.text().strip(), self.leg.currentText()
        self._strip.propose(
            Proposal(
                f"Adopt {key} ({qty(external.cum_qty)} filled, {qty(external.leaves_qty)} works) "
                f"into {group}/{leg}",
                "its fills count towards this leg from now on",
                AdoptExternal(
                    user=self._bridge.user,
                    cl_ord_id=key,
                    group=group,
                    leg=leg,
                    reason=self.reason.text().strip(),
                ),
                lambda: self._facts(key),
                Tone.WARNING,
            )
        )

    def _cancel(self, key: str) -> None:
        external = self._external
        if external is None:
            return
        side = external.side.value if external.side else "side unknown"
        self._strip.propose(
            Proposal(
                f"Cancel unknown order {key}: {side} {qty(external.leaves_qty)} {external.symbol}",
                "it isn't ours: make sure that nobody else works it",
                CancelOrder(user=self._bridge.user, order=key),
                lambda: self._facts(key),
                Tone.WARNING,
            )
        )


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
