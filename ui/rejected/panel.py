"""The rejected events panel: reasons with counts, the events of one, and what to do about one.

Owns: this panel. May not: apply an event after all; it can only have it explained or asked about.
"""

from __future__ import annotations

from time import perf_counter
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from engine import AskBroker, Changes, ExplainRejected, RejectReason
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow, Note
from ui.formats import qty, stamp, words
from ui.panel import Panel
from ui.rejected.rows import (
    Event,
    Reason,
    event_columns,
    event_haystack,
    make_events,
    make_reasons,
    reason_columns,
)
from ui.strip import ConfirmStrip
from ui.theme import Tone

T = TypeVar("T")

READ_SHARE = 50
"""Between two readings, as a multiple of what the last one took."""


def _refill(kept: dict[str, T], new: dict[str, T]) -> list[str]:
    """Put new rows in the place of the old ones; returns the keys that differ."""
    differing = [k for k in new if kept.get(k) != new[k]] + [k for k in kept if k not in new]
    kept.clear()
    kept.update(new)
    return differing


class RejectedPanel(Panel):
    """A work queue, not a log."""

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        self._events: dict[str, Event] = {}
        self._reasons: dict[str, Reason] = {}
        self._stirred = True
        self._next_read = 0.0
        super().__init__(bridge, keymap, "Rejected events")
        self.reasons = self.make_table(
            "Reasons",
            reason_columns(),
            self._reasons.get,
            lambda r: r.reason.value if r.reason else "",
            why_empty=lambda: "",
            sort=("reason", False),
        )
        self.events = self.make_table(
            "Rejected events",
            event_columns(),
            self._events.get,
            event_haystack,
            why_empty=self._why_empty,
            sort=("time", True),
        )
        self.reasons.go_bare()
        self.words = Note("", Tone.NORMAL)
        self.raw = Note("", Tone.DIM)
        self.raw.hide()
        self.comment = QLineEdit()
        self.comment.setAccessibleName("Explanation of the rejected event")
        self.comment.setPlaceholderText("What explains it")
        self.explain = ActionButton("Explained", self._number, "Take it off the queue")
        self.ask = ActionButton("Ask the broker", self._number, "Status request for its order")
        self.group = ActionButton("Show group", self._number, "Go to the group")
        bridge.bar(self.explain, ExplainRejected)
        bridge.bar(self.ask, AskBroker)
        self.show_raw = QPushButton("Raw message")
        self.show_raw.setCheckable(True)
        self.show_raw.setAccessibleName("Show the raw message")
        self.copy_raw = QPushButton("Copy raw")
        self.copy_raw.setAccessibleName("Copy the raw message")
        self.strip = ConfirmStrip(bridge, "rejected events")
        self.row = ActionRow((self.explain, self.ask, self.group, self.show_raw, self.copy_raw))
        self._lay_out()
        self._connect(keymap)
        self.refresh()

    def _lay_out(self) -> None:
        side = QWidget()
        under = QVBoxLayout(side)
        under.setContentsMargins(6, 4, 6, 4)
        under.setSpacing(3)
        for widget in (self.strip, self.words, self.raw, self.comment, self.row):
            under.addWidget(widget)
        under.addStretch(1)
        side.setObjectName("plain")
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(side)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        parts: tuple[tuple[QWidget, int], ...] = (
            (self.reasons, 2),
            (self.events, 6),
            (scroll, 3),
        )
        for part, share in parts:
            split.addWidget(part)
            split.setStretchFactor(split.count() - 1, share)
        split.setSizes([330, 900, 400])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(split)

    def _connect(self, keymap: Keymap) -> None:
        self.reasons.view.chosen.connect(self._filter_reason)
        self.events.view.chosen.connect(lambda _: self._show_selected())
        self.comment.textChanged.connect(lambda _: self._allow())
        self.comment.returnPressed.connect(self.explain.click)
        self.explain.acted.connect(self._explain)
        self.ask.acted.connect(lambda _: self._ask())
        self.group.acted.connect(lambda _: self._go())
        self.show_raw.toggled.connect(lambda _: self._show_selected())
        self.copy_raw.clicked.connect(self._copy)
        self.strip.answered.connect(lambda a: self.comment.clear() if a.accepted else None)
        keymap.connect_action("rejected.explain", self, self.comment.setFocus)
        keymap.connect_action("rejected.ask", self, self.ask.click)
        self._filter_reason("ALL")

    # --- feeding -----------------------------------------------------------------------
    def on_changes(self, changes: Changes) -> None:
        if changes.rejected:
            self._stirred = True
            self.want()

    def refresh(self) -> None:
        self._stirred = True
        self.want()

    def flush(self, deadline: float) -> bool:
        # All events are read, so no oftener than what that costs allows.
        began = perf_counter()
        due = self._stirred and self.isVisible()
        wait = due and began < self._next_read
        if due and not wait:
            self._stirred = False
            self._read()
            now = perf_counter()
            self._next_read = now + (now - began) * READ_SHARE
        return super().flush(deadline) or wait

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        status = self.bridge.last_status
        if status is not None:
            self.count_changed.emit(status.rejected_unexplained)

    # --- inside ------------------------------------------------------------------------
    def _read(self) -> None:
        views = self.engine.rejected()
        self.events.store.mark(_refill(self._events, make_events(views)))
        self.reasons.store.mark(_refill(self._reasons, make_reasons(views)))
        self._show_selected()

    def _filter_reason(self, key: str) -> None:
        if key in ("", "ALL"):
            benign = RejectReason.DUPLICATE
            self.events.set_accepts(lambda e: e.view.reason is not benign, "all but duplicates")
        else:
            reason = RejectReason(key)
            self.events.set_accepts(lambda e: e.view.reason is reason, words(reason.value))

    def _selected(self) -> Event | None:
        return self._events.get(self.events.view.current_key())

    def _number(self) -> str:
        event = self._selected()
        return "" if event is None else str(event.view.number)

    def _show_selected(self) -> None:
        event = self._selected()
        if event is None:
            self.words.say("Select an event.", Tone.DIM)
            self.raw.say("")
        else:
            v = event.view
            booked = (
                f"{qty(v.booked_qty)} were booked from it all the same."
                if v.booked_qty
                else "No quantity changed."
            )
            seen = (
                f" Explained by {v.explained_by}: {v.explained_comment}." if v.explained_by else ""
            )
            self.words.say(
                f"{stamp(v.wall_ns)} UTC, {v.ref or 'unknown order'}: we had {v.current or '–'}, "
                f"{v.incoming or '–'} came. {v.text}. {booked}{seen}"
            )
            self.raw.say(v.raw if self.show_raw.isChecked() else "", Tone.DIM)
        self._allow()

    def _allow(self) -> None:
        event = self._selected()
        if event is None:
            for button in (self.explain, self.ask, self.group):
                button.allow("no event is selected")
        else:
            v = event.view
            done = f"explained by {v.explained_by}" if v.explained_by else ""
            need = "" if self.comment.text().strip() else "say what explains it"
            self.explain.allow(done or need)
            self.ask.allow("" if v.ref else "it belongs to no order of ours")
            self.group.allow("" if v.group_id else "it belongs to no group")
        self.copy_raw.setEnabled(event is not None)
        self.row.explain()

    def _explain(self, number: str) -> None:
        self.strip.send(
            ExplainRejected(
                user=self.bridge.user, rejected=int(number), comment=self.comment.text().strip()
            ),
            f"Mark rejected event {number} as explained",
        )

    def _ask(self) -> None:
        event = self._selected()
        if event is not None:
            ref = event.view.ref
            self.strip.send(
                AskBroker(user=self.bridge.user, order=ref), f"Ask the broker about {ref}"
            )

    def _go(self) -> None:
        event = self._selected()
        if event is not None:
            self.group_wanted.emit(event.view.group_id)

    def _copy(self) -> None:
        event = self._selected()
        if event is not None:
            QGuiApplication.clipboard().setText(event.view.raw)
            self.said.emit("raw message copied")

    def _why_empty(self) -> str:
        if self.bridge.last_status is None:
            return "not yet known: the engine hasn't answered"
        return "no rejected events of this reason"
