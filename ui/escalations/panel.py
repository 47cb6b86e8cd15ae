"""The escalations panel: the table, the selected one in words, and its actions.

Owns: this panel, its sounds' occasions and flood mode. May not: raise or lower an escalation.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QSplitter, QVBoxLayout, QWidget

from engine import Changes, EscalationState, EscalationView, Severity
from ui.actions import Keymap
from ui.alarms import AlarmBook
from ui.bridge import Bridge
from ui.controls import Note
from ui.escalations.actions import EscalationActions
from ui.escalations.detail import EscalationDetail
from ui.escalations.rows import TONES, Row, columns, haystack, is_standing, make_rows
from ui.formats import SECOND_NS
from ui.panel import Panel
from ui.theme import Theme, Tone

RESOLVED_STAYS_S = 10
"""So long its end is seen, dim, before it leaves: whoever had to see it has."""


class EscalationsPanel(Panel):
    """``sounded`` asks for a sound of a severity, ``critical`` tells of a new CRITICAL one."""

    sounded = Signal(object)  # Severity
    critical = Signal(object)  # EscalationView

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        self._rows: dict[str, Row] = {}
        self._views: dict[int, EscalationView] = {}
        self._changed: set[int] = set()
        self._anew = True
        self._leaves_ns: int | None = None
        self._flood = False
        self._told: set[tuple[int, int]] = set()
        self.book = AlarmBook()
        super().__init__(bridge, keymap, "Escalations")
        self.table = self.make_table(
            "Escalations",
            columns(bridge.engine.quote),
            self._rows.get,
            haystack,
            why_empty=self._why_empty,
            sort=("severity", True),
        )
        self.flood = Note("", Tone.WARNING)
        self.grouped = QCheckBox("group the lesser ones by cause")
        self.grouped.setAccessibleName("Group the lesser escalations by cause")
        self.grouped.setChecked(True)
        self.grouped.hide()
        self.detail = EscalationDetail()
        self.action_bar = EscalationActions(bridge, keymap, self._silent_s)
        self.action_bar.bind(keymap, self)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        # The strip takes its room from the table: the words stay readable, the buttons in place.
        rows = QWidget()
        above = QVBoxLayout(rows)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(0)
        above.addWidget(self.table, 1)
        above.addWidget(self.action_bar.strip)
        split.addWidget(rows)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 4)
        split.setStretchFactor(1, 5)
        split.setSizes([250, 310])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.flood)
        column.addWidget(self.grouped)
        column.addWidget(split, 1)
        column.addWidget(self.action_bar)
        self.table.view.chosen.connect(self._chosen)
        self.table.view.acted.connect(self._acted)
        self.table.store.waiting.connect(self._dress_pill)
        self.grouped.toggled.connect(lambda _: self.refresh())
        self.action_bar.silence_wanted.connect(self._silence)
        self.flood.hide()
        self.refresh()

    # --- feeding -----------------------------------------------------------------------
    def on_changes(self, changes: Changes) -> None:
        if changes.escalations:
            self._changed |= changes.escalations
            self.want()

    def refresh(self) -> None:
        self._anew = True
        self.want()

    def flush(self, deadline: float) -> bool:
        if self._anew or self._changed or self._over_time():
            self._read()
        more = super().flush(deadline)
        if not more:
            self.table.view.choose_first_once()
        return more

    def tick(self, phase: bool) -> None:
        # Sound and flood are judged twice a second as well: silence and re-alarm are times.
        self._listen(() if self.bridge.stale else self._views.values())
        super().tick(phase)
        if self._over_time():
            self.want()
        self.action_bar.show_view(*self._selected())

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)

    def next_unacknowledged(self) -> None:
        """Select the most urgent one that nobody has acknowledged, and take the keyboard."""
        for key in self.table.store.shown:
            row = self.table.store.row(key)
            if row is not None and row.view.state is EscalationState.UNACKNOWLEDGED:
                self.table.view.select_key(key)
                break
        self.take_focus()

    # --- inside ------------------------------------------------------------------------
    def _read(self) -> None:
        now = self.bridge.wall_ns()
        self._read_views()
        views = self._views.values()
        kept = [v for v in views if is_standing(v) or now < _leaves_ns(v)]
        self._leaves_ns = min((_leaves_ns(v) for v in kept if not is_standing(v)), default=None)
        self._listen(views)
        flood = self._flood = self.book.flooding(now)
        self.grouped.setVisible(flood)
        self.flood.say(
            "Flood: more than 10 escalations in 10 minutes. CRITICALs stay one a row."
            if flood
            else "",
            Tone.WARNING,
        )
        rows = make_rows(kept, flood=flood and self.grouped.isChecked())
        changed = [k for k, r in rows.items() if self._rows.get(k) != r]
        gone = [k for k in self._rows if k not in rows]
        self._rows.clear()
        self._rows.update(rows)
        self.table.store.mark([*changed, *gone])
        self.count_changed.emit(sum(1 for v in kept if is_standing(v)))
        self._show_selected()

    def _over_time(self) -> bool:
        """Whether time alone changes the rows: a resolved one leaves, a flood is over."""
        now = self.bridge.wall_ns()
        leaves = self._leaves_ns is not None and now >= self._leaves_ns
        return leaves or self.book.flooding(now) != self._flood

    def _read_views(self) -> None:
        """All of them at first, then only those that changed."""
        if self._anew:
            self._views = {v.number: v for v in self.engine.escalations()}
        else:
            for number in self._changed:
                view = self.engine.escalation(number)
                if view is None:
                    self._views.pop(number, None)
                else:
                    self._views[number] = view
        self._anew = False
        self._changed.clear()

    def _listen(self, views: Collection[EscalationView]) -> None:
        due = self.book.listen(views, self.bridge.wall_ns())
        if due is not None:
            self.sounded.emit(due)
        for view in views:
            mark = (view.number, view.level)
            fresh = view.state is EscalationState.UNACKNOWLEDGED and mark not in self._told
            if view.severity is Severity.CRITICAL and fresh:
                self._told.add(mark)
                self.critical.emit(view)

    def _selected(self) -> tuple[EscalationView | None, int]:
        row = self._rows.get(self.table.view.current_key())
        return (None, 0) if row is None else (row.view, len(row.members) - 1)

    def _show_selected(self) -> None:
        view, others = self._selected()
        self.detail.show_view(view, others)
        self.action_bar.show_view(view, others)

    def _chosen(self, key: str) -> None:
        self._show_selected()

    def _acted(self, key: str, column: str) -> None:
        row = self._rows.get(key)
        if row is not None and row.view.group_id:
            self.group_wanted.emit(row.view.group_id)

    def _dress_pill(self, number: int) -> None:
        """What waits behind the pill must be no less loud for waiting."""
        waiting = [self._rows[k] for k in self.table.store.waiting_keys if k in self._rows]
        if not number or not waiting:
            return
        worst = max(waiting, key=lambda r: tuple(Severity).index(r.view.severity)).view
        where = worst.group_id or "desk"
        self.table.pill.setText(f"▲ {number} new · {worst.severity.value} {where}")
        self.table.dress_pill(TONES[worst.severity])

    def _silent_s(self, number: int) -> float:
        return self.book.silent_s(number, self.bridge.wall_ns())

    def _silence(self, number: int) -> None:
        granted = self.book.silence(number, 60, self.bridge.wall_ns())
        self.action_bar.strip.say(
            f"Its sound is off for {granted} s; it stays on screen.", Tone.DIM
        )
        self._show_selected()

    def _why_empty(self) -> str:
        if self.bridge.last_status is None:
            return "not yet known: the engine hasn't answered"
        return "no escalations are standing"


def _leaves_ns(view: EscalationView) -> int:
    """When a resolved one leaves the table."""
    return view.changed_wall_ns + RESOLVED_STAYS_S * SECOND_NS
