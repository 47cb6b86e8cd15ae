"""The limits panel: what is in force and how far it is used, and what the controls said.

Owns: this panel. May not: compare a figure with a limit for anybody's order (the engine does), or
let anyone edit a limit: the file is edited, and put in force by the risk role.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout

from engine import Changes, LimitDecision, LimitsView
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import Note
from ui.panel import Panel
from ui.risk.decision_rows import LOUD, decision_columns, decision_haystack
from ui.risk.limit_actions import LimitActions, ReadLimits
from ui.risk.use_rows import UseRow, use_columns, use_haystack, use_rows
from ui.theme import Tone

KEPT_MAX = 500


class LimitsPanel(Panel):
    """Rules with their use, decisions as they came. Its tab counts what was refused, waits or was
    let through while nobody looked."""

    def __init__(self, bridge: Bridge, keymap: Keymap, read_limits: ReadLimits | None) -> None:
        self._uses: dict[str, UseRow] = {}
        self._told: dict[str, LimitDecision] = {}
        self._read = 0
        self._known = False
        self._unseen = 0
        super().__init__(bridge, keymap, "Limits")
        self.uses = self.make_table(
            "Limits in force",
            use_columns(),
            self._uses.get,
            use_haystack,
            why_empty=self._why_no_limits,
        )
        self.decisions = self.make_table(
            "Limit decisions",
            decision_columns(),
            self._told.get,
            decision_haystack,
            why_empty=lambda: "no order has met a limit since the desk started",
            sort=("time", True),
        )
        self.words = Note("", Tone.DIM)
        self.words.setContentsMargins(8, 3, 8, 2)
        self.action_bar = LimitActions(bridge, read_limits)
        self.action_bar.bind(keymap, self)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.uses)
        split.addWidget(self.decisions)
        split.setSizes([600, 560])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.words)
        column.addWidget(split, 1)
        column.addWidget(self.action_bar)
        self.decisions.view.chosen.connect(self._chosen)
        self.decisions.view.acted.connect(self._acted)
        self.refresh()

    # --- feeding -----------------------------------------------------------------------
    def on_changes(self, changes: Changes) -> None:
        """Nothing: a token comes back without any change, so it is read with the tick."""

    def refresh(self) -> None:
        self._look()
        self.want()

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        self._look()

    def take_focus(self) -> None:
        self.uses.view.setFocus()

    # --- inside ------------------------------------------------------------------------
    def _look(self) -> None:
        self._take_decisions()
        self.count_changed.emit(self._unseen)
        if not self.in_sight():
            # Exposures are summed over all that works: not for a panel that nobody sees.
            return
        view = self.engine.limits()
        self._known = True
        rows = {} if view is None else use_rows(view)
        differing = [k for k in rows if self._uses.get(k) != rows[k]]
        differing += [k for k in self._uses if k not in rows]
        self._uses.clear()
        self._uses.update(rows)
        if differing:
            self.uses.store.mark(differing)
        self._say(view)
        self.action_bar.show_limits(view)
        self.want()

    def _take_decisions(self) -> None:
        new = self.engine.limit_decisions(self._read)
        keys = []
        for each in new:
            self._read = each.number
            self._told[str(each.number)] = each
            keys.append(str(each.number))
        loud = sum(1 for each in new if each.verdict in LOUD)
        self._unseen = 0 if self.in_sight() else self._unseen + loud
        while len(self._told) > KEPT_MAX:
            oldest = next(iter(self._told))
            del self._told[oldest]
            keys.append(oldest)
        if keys:
            self.decisions.store.mark(keys)

    def _say(self, view: LimitsView | None) -> None:
        if view is None:
            self.words.say("No limits are in force: nothing but the broker stops an order.")
            return
        parts = [f"{view.source or 'limits'}: {len(view.rules)} rules in force"]
        if view.waiting:
            parts.append(f"waiting for a rate or a limit: {', '.join(view.waiting)}")
        if view.overrides:
            parts.append(f"lifted once, not used yet: {', '.join(view.overrides)}")
        if view.repeats_stopped:
            parts.append(f"stopped for repeating: {len(view.repeats_stopped)}")
        self.words.say(" · ".join(parts), Tone.NORMAL if len(parts) > 1 else Tone.DIM)

    def _chosen(self, key: str) -> None:
        decision = self._told.get(key)
        if decision is not None:
            self.action_bar.take_up(decision)

    def _acted(self, key: str, column: str) -> None:
        decision = self._told.get(key)
        group = "" if decision is None else decision.target.split("/", 1)[0]
        if group and self.engine.group(group) is not None:
            self.group_wanted.emit(group)

    def _why_no_limits(self) -> str:
        if not self._known:
            return "not yet known: the engine hasn't answered"
        return "no limits are in force (docs/limits.md says how to set them)"
