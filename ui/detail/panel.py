"""The detail panel: everything about the selected group.

Owns: this panel. May not: know the groups panel; it is told which group to show.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QTabWidget, QVBoxLayout

from engine import Changes, GroupDetail, OrderView
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import Note, set_tone
from ui.detail.actions import OrderActions
from ui.detail.columns import (
    ExecutionRow,
    IntentRow,
    execution_columns,
    intent_columns,
    orders_columns,
)
from ui.detail.hedge_tree import HedgeTree
from ui.formats import age, qty, since, words
from ui.late import Late
from ui.panel import Panel
from ui.theme import Theme, Tone

if TYPE_CHECKING:
    from ui.detail.timeline import Timeline

DRAW_EVERY_S = 0.5
TIMELINE_LEAST_PX = 122
"""Its plot and the line under it."""


class DetailPanel(Panel):
    """Shows one group."""

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        self._group = ""
        self._detail: GroupDetail | None = None
        self._stirred = False
        self._drawn = 0.0
        self._orders: dict[str, OrderView] = {}
        self._executions: dict[str, ExecutionRow] = {}
        self._intents: dict[str, IntentRow] = {}
        super().__init__(bridge, keymap, "Detail")
        self.title = Note("", Tone.NORMAL)
        self.title.setProperty("role", "title")
        self.summary = Note("", Tone.DIM)
        self.age = QLabel("")
        self.age.setToolTip("Age of the data shown here")
        self.timeline: Late[Timeline] = Late(_make_timeline, TIMELINE_LEAST_PX)
        self.orders = self.make_table(
            "Orders",
            orders_columns(),
            self._orders.get,
            lambda o: f"{o.ref} {o.cl_ord_id} {o.order_id} {o.symbol} {o.ord_status} {o.purpose}",
            why_empty=lambda: self._why("orders"),
            sort=("created", False),
        )
        self.executions = self.make_table(
            "Executions",
            execution_columns(),
            self._executions.get,
            lambda r: f"{r.execution.exec_id} {r.order.ref} {r.order.symbol}",
            why_empty=lambda: self._why("executions"),
            sort=("time", False),
        )
        self.intents = self.make_table(
            "Intents",
            intent_columns(),
            self._intents.get,
            lambda r: f"{r.order.ref} {r.order.cl_ord_id} {r.order.intent.value}",
            why_empty=lambda: self._why("intents"),
            sort=("time", False),
        )
        for table in self.tables:
            table.go_bare()
        self.tree = HedgeTree()
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName("Orders, executions, intents and hedges of the group")
        self.tabs.setDocumentMode(True)
        for name, widget in (
            ("Orders", self.orders),
            ("Executions", self.executions),
            ("Intents", self.intents),
            ("Hedges", self.tree),
        ):
            self.tabs.addTab(widget, name)
        self.action_bar = OrderActions(bridge)
        self.action_bar.bind(keymap, self)
        self._lay_out()
        self.orders.view.chosen.connect(
            lambda key: self.action_bar.show_order(self._orders.get(key))
        )
        self._show_head()

    def _lay_out(self) -> None:
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.timeline)
        split.addWidget(self.tabs)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(8, 3, 8, 0)
        head.addWidget(self.title, 1)
        head.addWidget(self.age)
        column.addLayout(head)
        self.summary.setContentsMargins(8, 0, 8, 2)
        column.addWidget(self.summary)
        column.addWidget(split, 1)
        column.addWidget(self.action_bar)

    # --- feeding -----------------------------------------------------------------------
    def show_group(self, group_id: str) -> None:
        """Show this group from now on ("" for none)."""
        if group_id != self._group:
            self._group = group_id
            self._detail = None
            self._stirred = True
            self._drawn = 0.0
            self.want()

    def on_changes(self, changes: Changes) -> None:
        if self._group in changes.groups or (
            changes.orders and any(r.startswith(self._group + "/") for r in changes.orders)
        ):
            self._stirred = True
            self.want()

    def refresh(self) -> None:
        self._stirred = True
        self.want()

    def flush(self, deadline: float) -> bool:
        # A whole group is read at most twice a second, however fast it ticks.
        wait = self._stirred and perf_counter() - self._drawn < DRAW_EVERY_S
        if self._stirred and not wait and self.isVisible():
            self._stirred = False
            self._drawn = perf_counter()
            self._read()
        return super().flush(deadline) or wait

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        silence, stale = self.bridge.silence_s(), self.bridge.stale
        self.age.setText(f"data {age(silence)}")
        set_tone(self.age, "stale" if stale else "dim")
        said = f"STALE {age(silence)}" if stale else ""
        self.timeline.do("stale", lambda drawn: drawn.overlay.say("", said))
        self.action_bar.tick()
        self._show_head()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.timeline.do("theme", lambda drawn: drawn.set_theme(theme))
        self.tree.set_theme(theme)
        if self._detail is not None:
            self.tree.show_chains(self._detail.chains, self._orders)

    def show_order(self, ref: str) -> None:
        """Select an order once its group is shown."""
        self.tabs.setCurrentWidget(self.orders)
        if self._stirred:
            self._stirred = False
            self._read()
            self.orders.store.flush(perf_counter() + 1)
        self.orders.let_show(ref)

    # --- inside ------------------------------------------------------------------------
    def _read(self) -> None:
        detail = self.engine.group_detail(self._group) if self._group else None
        self._detail = detail
        orders = () if detail is None else detail.orders
        self._replace(self._orders, {o.ref: o for o in orders})
        self._replace(
            self._executions,
            {f"{o.ref} {x.exec_id}": ExecutionRow(o, x) for o in orders for x in o.executions},
        )
        intents = {o.ref: IntentRow(o, None) for o in orders}
        intents |= {f"{o.ref} {r.number}": IntentRow(o, r) for o in orders for r in o.requests}
        self._replace(self._intents, intents)
        for table, rows in (
            (self.orders, self._orders),
            (self.executions, self._executions),
            (self.intents, self._intents),
        ):
            table.store.reset(rows)
            name = table.name
            self.tabs.setTabText(self.tabs.indexOf(table), f"{name} {len(rows)}" if rows else name)
        chains = () if detail is None else detail.chains
        self.tabs.setTabText(3, f"Hedges {len(chains)}" if chains else "Hedges")
        self.tree.show_chains(chains, self._orders)
        legs = () if detail is None else tuple(leg.leg_id for leg in detail.row.legs)
        marks = () if detail is None else detail.marks
        group_id = self._group
        self.timeline.do("marks", lambda drawn: drawn.show_marks(group_id, legs, marks))
        self.action_bar.show_order(self._orders.get(self.orders.view.current_key()))
        self._show_head()

    @staticmethod
    def _replace(kept: dict, new: dict) -> None:  # type: ignore[type-arg]
        kept.clear()
        kept.update(new)

    def _show_head(self) -> None:
        if self._detail is None:
            self.title.say("No group is selected." if not self._group else self._group, Tone.DIM)
            self.summary.say("" if not self._group else "not in memory: ended long ago, or unknown")
            return
        row, now = self._detail.row, self.bridge.wall_ns()
        self.title.say(f"{row.group_id} · {words(row.lifecycle)}")
        parts = [f"unhedged {qty(row.short_qty)}"] if row.short_qty else []
        parts += [f"over-hedged {qty(row.over_hedged_qty)}"] if row.over_hedged_qty else []
        parts.append(f"in state {since(row.state_since_wall_ns, now)}")
        parts += [words(row.end_reason)] if row.end_reason else []
        parts += [row.wait] if row.wait else []
        parts += [f"{len(self._detail.rejected)} rejected events"] if self._detail.rejected else []
        self.summary.say(" · ".join(parts), Tone.WARNING if row.short_qty else Tone.DIM)

    def _why(self, what: str) -> str:
        return f"this group has no {what}" if self._group else "select a group"


def _make_timeline() -> Timeline:
    from ui.detail.timeline import Timeline

    return Timeline()
