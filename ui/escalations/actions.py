"""What can be done about an escalation: acknowledge, hedge, cancel, accept, silence.

Owns: the buttons, their reasons when disabled, and the commands they make. May not: assume
success; each answer is shown by the strip.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from engine import (
    AcceptRisk,
    Acknowledge,
    CancelGroup,
    CancelOrder,
    EscalationState,
    EscalationView,
    ManualHedge,
    OrdType,
    Severity,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow
from ui.formats import age, qty
from ui.hedge_form import HedgeForm, HedgeTarget
from ui.proposal import Facts, Proposal
from ui.strip import ConfirmStrip
from ui.theme import Tone

NONE = "no escalation is selected"


class EscalationActions(QWidget):
    """The actions of the selected escalation. ``silence_wanted`` carries its number. The panel
    places ``strip``: where it opens, nothing may move under the pointer."""

    silence_wanted = Signal(int)

    def __init__(self, bridge: Bridge, keymap: Keymap, silent_s: Callable[[int], float]) -> None:
        super().__init__()
        self._bridge = bridge
        self._silent_s = silent_s
        self._view: EscalationView | None = None
        self._others = 0
        self.strip = ConfirmStrip(bridge, "escalations")
        self.comment = QLineEdit()
        self.comment.setAccessibleName("Comment or reason")
        self.comment.setPlaceholderText("Comment (required for CRITICAL) or reason")
        self.hedge = HedgeForm(bridge.engine.quote)
        self.acknowledge = ActionButton("Acknowledge", self._key, "I have seen it, at this level")
        self.cancel = ActionButton("Cancel orders…", self._key, "Cancel what works here")
        self.accept = ActionButton("Accept risk…", self._key, "Close it as it is, with a reason")
        self.silence = ActionButton("Silence 60 s", self._key, "The sound only, for at most 60 s")
        bridge.bar(self.hedge.button, ManualHedge)
        bridge.bar(self.acknowledge, Acknowledge)
        bridge.bar(self.cancel, CancelOrder)
        bridge.bar(self.accept, AcceptRisk)
        self.row = ActionRow((self.acknowledge, self.cancel, self.accept, self.silence))
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 6)
        column.setSpacing(4)
        for widget in (self.hedge, self.comment, self.row):
            column.addWidget(widget)
        self._connect(keymap)
        self.show_view(None, 0)

    def _connect(self, keymap: Keymap) -> None:
        self.acknowledge.acted.connect(lambda _: self._acknowledge())
        self.cancel.acted.connect(lambda _: self._cancel())
        self.accept.acted.connect(lambda _: self._accept())
        self.silence.acted.connect(lambda key: self.silence_wanted.emit(int(key)))
        self.comment.returnPressed.connect(self.acknowledge.click)
        self.comment.textChanged.connect(lambda _: self._allow())
        self.hedge.proposed.connect(self.strip.propose)
        self.hedge.wrong.connect(lambda text: self.strip.say(text, Tone.WARNING))
        self.strip.answered.connect(
            lambda answer: self.comment.clear() if answer.accepted else None
        )
        for button in (self.acknowledge, self.cancel, self.accept, self.silence):
            button.slipped.connect(
                lambda: self.strip.say("The selection changed while you pressed; nothing was done.")
            )

    def bind(self, keymap: Keymap, home: QWidget) -> None:
        """Give the buttons their keys in ``home``."""
        for name, button in (
            ("escalation.acknowledge", self.acknowledge),
            ("escalation.hedge", self.hedge.button),
            ("escalation.cancel", self.cancel),
            ("escalation.accept", self.accept),
            ("escalation.silence", self.silence),
        ):
            keymap.connect_action(name, home, partial(self._by_key, button))

    def show_view(self, view: EscalationView | None, others: int) -> None:
        """Act on this one from now on."""
        if view is None or self._view is None or view.number != self._view.number:
            self.comment.clear()
        self._view, self._others = view, others
        self._allow()
        self.hedge.set_target(None if view is None else self._target(view))

    # --- inside ------------------------------------------------------------------------
    def _by_key(self, button: ActionButton) -> None:
        if button.isEnabled():
            button.click()
        elif button is self.acknowledge and self._view is not None:
            self.comment.setFocus()
        else:
            self.strip.say(f"{button.plain_text.rstrip('…')}: {button.why}", Tone.DIM)

    def _key(self) -> str:
        return "" if self._view is None else str(self._view.number)

    def _allow(self) -> None:
        view = self._view
        if view is None:
            for button in (self.acknowledge, self.cancel, self.accept, self.silence):
                button.allow(NONE)
            self.row.explain()
            return
        critical = view.severity is Severity.CRITICAL
        comment = self.comment.text().strip()
        if self._others:
            seen = "these are several; clear the flood grouping to act on one"
        elif view.state is EscalationState.ACKNOWLEDGED:
            seen = f"acknowledged by {view.owner or 'someone'} at this level"
        elif view.state is EscalationState.RESOLVED:
            seen = "it is resolved"
        elif critical and not comment:
            seen = "a CRITICAL needs a comment"
        else:
            seen = ""
        self.acknowledge.allow(seen)
        over = "it is resolved" if view.state is EscalationState.RESOLVED else ""
        self.cancel.allow(over or ("" if view.order_ref or view.group_id else "it has no order"))
        self.accept.allow(
            over or ("" if comment else "accepting needs a reason in the field above")
        )
        silent = self._silent_s(view.number)
        self.silence.allow(over or (f"silent for {age(silent)} more" if silent else ""))
        self.row.explain()

    def _target(self, view: EscalationView) -> HedgeTarget:
        number = view.number

        def make(
            quantity: Decimal, kind: OrdType, price: Decimal | None, excess: bool
        ) -> ManualHedge:
            return ManualHedge(
                user=self._bridge.user,
                escalation=number,
                group=view.group_id,
                leg=view.leg_id,
                quantity=quantity,
                order_type=kind,
                price=price,
                allow_excess=excess,
            )

        why_not = ""
        if view.proven_qty is None:
            why_not = "this kind of escalation can't be hedged"
        elif view.state is EscalationState.RESOLVED:
            why_not = "it is resolved"
        elif self._others:
            why_not = "these are several"
        return HedgeTarget(
            str(number),
            view.symbol,
            view.side,
            view.proven_qty or Decimal(0),
            make,
            lambda: self._facts(number),
            why_not,
        )

    def _facts(self, number: int) -> Facts:
        """What a confirmation about an escalation rests on."""
        view = self._bridge.engine.escalation(number)
        if view is None:
            return ()
        return (
            ("unhedged", qty(view.unfilled_qty)),
            ("may be hedged", qty(view.proven_qty)),
            ("level", str(view.level)),
            ("state", view.state.value.lower().replace("_", " ")),
        )

    def _acknowledge(self) -> None:
        view = self._view
        if view is None:
            return
        self.strip.send(
            Acknowledge(
                user=self._bridge.user,
                escalation=view.number,
                level=view.level,
                comment=self.comment.text().strip(),
                seen_qty=view.unfilled_qty,
                seen_severity=view.severity,
            ),
            f"Acknowledge {view.severity.value} {view.group_id or 'desk'} at level {view.level}, "
            f"{qty(view.unfilled_qty)} unhedged",
        )

    def _cancel(self) -> None:
        view = self._view
        if view is None:
            return
        user, number = self._bridge.user, view.number
        order = self._bridge.engine.order(view.order_ref) if view.order_ref else None
        if view.order_ref and order is not None:
            verb = (
                f"Cancel order {view.order_ref}: {order.side.value} {qty(order.leaves_qty)} of "
                f"{qty(order.order_qty)} {order.symbol}"
            )
            command: CancelOrder | CancelGroup = CancelOrder(user=user, order=view.order_ref)
        elif view.group_id:
            verb = f"Cancel all working orders of group {view.group_id}"
            command = CancelGroup(user=user, group=view.group_id)
        else:
            verb = f"Cancel order {view.order_ref}"
            command = CancelOrder(user=user, order=view.order_ref)
        cost = "a fill may still arrive until the broker confirms"
        self.strip.propose(Proposal(verb, cost, command, lambda: self._facts(number), Tone.WARNING))

    def _accept(self) -> None:
        view = self._view
        if view is None:
            return
        number, reason = view.number, self.comment.text().strip()
        self.strip.propose(
            Proposal(
                f"Accept the risk of {qty(view.unfilled_qty)} unhedged {view.symbol} in "
                f"{view.group_id or 'the desk'}: “{reason}”",
                "the escalation ends; nothing more is hedged for it",
                AcceptRisk(user=self._bridge.user, escalation=number, reason=reason),
                lambda: self._facts(number),
                Tone.CRITICAL,
            )
        )
