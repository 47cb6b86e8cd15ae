"""The ticket: a new group, checked by the engine while it is typed.

Owns: the form. May not: judge a field; the engine's errors are shown where they belong.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, QStringListModel, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine import (
    Answer,
    BasketError,
    Changes,
    FieldError,
    GroupRequest,
    KillScope,
    Phase,
    Release,
    RiskShortfall,
    SubmitGroup,
    parse_group,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow, Note
from ui.panel import Panel
from ui.proposal import Facts, Proposal
from ui.risk.kill_offers import KillOffer
from ui.strip import ConfirmStrip
from ui.theme import Theme, Tone
from ui.ticket.leg_editor import LegEditor
from ui.ticket.margin import MarginBox
from ui.ticket.words import error_words, estimate_words, leg_words, split_field

CHECK_MS = 150
LEGS_MAX = 20


class TicketPanel(Panel):
    """A form for one group. ``kill_wanted``: scope and target of a kill of a part."""

    kill_wanted = Signal(object, str)

    def __init__(self, bridge: Bridge, keymap: Keymap) -> None:
        super().__init__(bridge, keymap, "Ticket")
        self._request: GroupRequest | None = None
        self._legs: list[LegEditor] = []
        self._touched = False
        self._errors = 0
        self._count = 0
        self.symbols = QStringListModel(list(bridge.engine.symbols()))
        self.group_id, self.account = QLineEdit(), QLineEdit("default")
        self.release, self.shortfall = QComboBox(), QComboBox()
        self.release.addItems([r.value for r in Release])
        self.shortfall.addItems([r.value for r in RiskShortfall])
        self.wrong = Note("", Tone.WARNING)
        self.estimate = Note("", Tone.DIM)
        self.strip = ConfirmStrip(bridge, "the ticket")
        self.submit = ActionButton("Submit group…", lambda: "ticket", "Opens a confirmation")
        bridge.bar(self.submit, SubmitGroup)
        self.add = QPushButton("Add leg")
        self.clear = QPushButton("Clear")
        self.kill = QPushButton("KILL a part…")
        self.margin = MarginBox(bridge)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(CHECK_MS)
        self._later.timeout.connect(self._check)
        self._lay_out()
        self._connect()
        self.empty()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        for short, caption, widget, width in (
            ("Group", "Group", self.group_id, 110),
            ("Account", "Account", self.account, 76),
            ("Release", "When to release the risk legs", self.release, 104),
            ("If short", "What to do when risk ends short", self.shortfall, 76),
        ):
            label = QLabel(short)
            label.setToolTip(caption)
            widget.setToolTip(caption)
            label.setProperty("tone", "dim")
            label.setBuddy(widget)
            widget.setAccessibleName(caption)
            widget.setMaximumWidth(width * 2)
            widget.setMinimumWidth(width)
            head.addWidget(label)
            head.addWidget(widget)
        head.addStretch(1)
        page = QWidget()
        page.setObjectName("plain")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(8, 6, 8, 6)
        self._column.addLayout(head)
        self._column.addWidget(self.wrong)
        self._column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        self.row = ActionRow((self.submit, self.add, self.clear, self.kill))
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 2, 8, 4)
        for below in (self.strip, self.estimate, self.row):
            foot.addWidget(below)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        form = QWidget()
        inner = QVBoxLayout(form)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(scroll, 1)
        inner.addLayout(foot)
        split.addWidget(form)
        split.addWidget(self.margin)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 1)
        split.setSizes([700, 215])
        column.addWidget(split)

    def _connect(self) -> None:
        for field in (self.group_id, self.account):
            field.textChanged.connect(lambda _: self._edited())
        for box in (self.release, self.shortfall):
            box.currentTextChanged.connect(lambda _: self._edited())
        self.add.setAccessibleName("Add a leg")
        self.clear.setAccessibleName("Clear the ticket")
        self.add.clicked.connect(lambda: self.add_leg({}))
        self.clear.clicked.connect(self.empty)
        self.kill.setAccessibleName("Kill the account or an instrument of this ticket")
        self.kill.setToolTip("Asks for a confirmation at the top of the window")
        self.kill.clicked.connect(self._offer_kills)
        self.submit.acted.connect(lambda _: self._propose())
        self.strip.answered.connect(self._answered)

    # --- the form ----------------------------------------------------------------------
    def empty(self) -> None:
        """A fresh ticket: one HEDGE and one RISK leg."""
        for leg in list(self._legs):
            self._drop(leg)
        self.group_id.clear()
        self._count = 0
        self.add_leg({"leg_id": "H1", "leg_type": "HEDGE", "side": "BUY"})
        self.add_leg({"leg_id": "R1", "leg_type": "RISK", "side": "SELL"})
        self._touched = False
        self._check()

    def add_leg(self, defaults: dict[str, str]) -> None:
        """One more leg."""
        if len(self._legs) >= LEGS_MAX:
            self.strip.say(
                f"A ticket has at most {LEGS_MAX} legs; use a basket file.", Tone.WARNING
            )
            return
        self._count += 1
        leg = LegEditor(self._count, self.symbols, defaults)
        leg.changed.connect(self._edited)
        leg.removed.connect(self._drop)
        self._legs.append(leg)
        self._column.insertWidget(self._column.count() - 1, leg)
        self._edited()

    @property
    def legs(self) -> tuple[LegEditor, ...]:
        return tuple(self._legs)

    def as_object(self) -> dict[str, Any]:
        """The group as in a basket file."""
        return {
            "group_id": self.group_id.text().strip(),
            "account": self.account.text().strip() or "default",
            "release": self.release.currentText(),
            "on_risk_shortfall": self.shortfall.currentText(),
            "legs": [leg.as_object() for leg in self._legs],
        }

    def take_focus(self) -> None:
        self.symbols.setStringList(list(self.engine.symbols()))
        self.group_id.setFocus()

    def on_changes(self, changes: Changes) -> None:
        if changes.status and self.isVisible():
            self.want()

    def flush(self, deadline: float) -> bool:
        self._allow()
        return False

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.margin.set_theme(theme)

    def tick(self, phase: bool) -> None:
        super().tick(phase)
        self.margin.tick()
        # What refuses it may be over by now: a limit lifted, a kill released, the market moved.
        refused = self._touched and self._errors > 0 and not self._later.isActive()
        if phase and refused and self.in_sight():
            self._check()

    # --- inside ------------------------------------------------------------------------
    def _drop(self, leg: LegEditor) -> None:
        if leg in self._legs:
            self._legs.remove(leg)
            self._column.removeWidget(leg)
            leg.deleteLater()
            self._edited()

    def _edited(self) -> None:
        self._touched = True
        self._later.start()

    def _check(self) -> None:
        errors: tuple[FieldError, ...]
        try:
            request: GroupRequest | None = parse_group(self.as_object())
            errors = () if request is None else self.engine.check(request)
        except BasketError as refusal:
            request, errors = None, refusal.errors
        # Over a soft limit it can be sent all the same: the strip asks, once more and loudly.
        self._request = request if all(e.confirmable for e in errors) else None
        self.margin.show_request(request)
        by_leg: dict[int | None, list[tuple[str, FieldError]]] = {}
        for error in errors:
            at, name = split_field(error.field)
            by_leg.setdefault(at if at is not None and at < len(self._legs) else None, []).append(
                (name, error)
            )
        # An untouched form isn't scolded for being empty.
        shown = by_leg if self._touched else {}
        for at, leg in enumerate(self._legs):
            leg.show_errors(shown.get(at, []))
        own = [f"{n}: {error_words(e)}" for n, e in shown.get(None, [])]
        self.wrong.say("\n".join(own), Tone.WARNING)
        self._errors = len(errors)
        words = "" if request is None else estimate_words(request, self.engine.quote)
        self.estimate.say(words, Tone.DIM)
        self._allow()

    def _allow(self) -> None:
        status = self.bridge.last_status
        if self._request is None:
            number = self._errors
            why = (
                f"{number} fields lack something; see there"
                if self._touched
                else "fill in the legs"
            )
        elif status is not None and status.phase is not Phase.ARMED:
            blocks = "; ".join(status.blocks)
            why = f"the engine is {status.phase.value}" + (f": {blocks}" if blocks else "")
        else:
            why = ""
        self.submit.allow(why)
        self.row.explain()

    def kill_offers(self) -> tuple[KillOffer, ...]:
        """The account and the instruments that stand in the ticket now."""
        account = self.account.text().strip() or "default"
        symbols = dict.fromkeys(leg.text("symbol") for leg in self._legs)
        return (
            KillOffer(KillScope.ACCOUNT, account),
            *(KillOffer(KillScope.INSTRUMENT, symbol) for symbol in symbols if symbol),
        )

    def _offer_kills(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for offer in self.kill_offers():
            menu.addAction(offer.text, partial(self.kill_wanted.emit, offer.scope, offer.target))
        menu.popup(self.kill.mapToGlobal(QPoint(0, self.kill.height())))

    def _propose(self) -> None:
        self._check()
        request = self._request
        if request is None:
            return

        def look() -> Facts:
            status = self.engine.status()
            same = "unchanged" if self._request == request else "edited"
            return (("state", status.phase.value), ("ticket", same))

        self.strip.propose(
            Proposal(
                f"Submit group {request.group_id}: {leg_words(request)}",
                self.estimate.text().replace("\n", " · "),
                SubmitGroup(user=self.bridge.user, group=request),
                look,
            )
        )

    def _answered(self, answer: Answer) -> None:
        if answer.accepted:
            group = self.group_id.text().strip()
            self.empty()
            self.group_wanted.emit(group)
        elif answer.field:
            at, name = split_field(answer.field)
            error = FieldError(answer.field, answer.reason, "this", None)
            if at is not None and at < len(self._legs):
                self._legs[at].show_errors([(name, error)])
