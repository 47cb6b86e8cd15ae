"""What can be done about an unknown order at the broker: adopt it into a leg, or cancel it.

Owns: that row of controls and what its confirmations rest on. May not: adopt anything itself.
"""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from engine import AdoptExternal, CancelOrder, ExternalView
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow
from ui.formats import qty
from ui.proposal import Facts, Proposal
from ui.strip import ConfirmStrip
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
        bridge.bar(self.adopt, AdoptExternal)
        bridge.bar(self.cancel, CancelOrder)
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
