"""What can be done to one order: cancel, amend, ask the broker.

Owns: these buttons and their commands. May not: judge whether the broker will comply.
"""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from engine import AskBroker, CancelOrder, OrderView, ReplaceOrder
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow
from ui.cost import price_places
from ui.detail.columns import pending_words
from ui.formats import parse_decimal, plain, px, qty
from ui.proposal import Facts, Proposal
from ui.strip import ConfirmStrip
from ui.theme import Tone

NONE = "no order is selected"


class OrderActions(QWidget):
    """The actions of the selected order."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._order: OrderView | None = None
        self.strip = ConfirmStrip(bridge, "orders")
        self.cancel = ActionButton("Cancel order…", self._key, "Ask the broker to cancel it")
        self.amend = ActionButton("Amend…", self._key, "Ask for this quantity and price")
        self.ask = ActionButton("Ask the broker", self._key, "Send a status request now")
        bridge.bar(self.cancel, CancelOrder)
        bridge.bar(self.amend, ReplaceOrder)
        bridge.bar(self.ask, AskBroker)
        self.quantity, self.price = QLineEdit(), QLineEdit()
        for field, name in ((self.quantity, "New quantity"), (self.price, "New price")):
            field.setAccessibleName(name)
            field.setPlaceholderText(name.split()[1])
            field.setMaximumWidth(72)
            field.returnPressed.connect(self.amend.click)
        self.row = ActionRow((self.cancel, self.quantity, self.price, self.amend, self.ask))
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(3)
        column.addWidget(self.strip)
        column.addWidget(self.row)
        self.cancel.acted.connect(self._cancel)
        self.amend.acted.connect(self._amend)
        self.ask.acted.connect(self._ask)
        for button in (self.cancel, self.amend, self.ask):
            button.slipped.connect(
                lambda: self.strip.say("The selection changed while you pressed; nothing was done.")
            )
        self.show_order(None)

    def bind(self, keymap: Keymap, home: QWidget) -> None:
        keymap.connect_action("order.cancel", home, self.cancel.click)
        keymap.connect_action("order.amend", home, self.quantity.setFocus)

    def show_order(self, order: OrderView | None) -> None:
        """Act on this one from now on."""
        other = order is None or self._order is None or order.ref != self._order.ref
        self._order = order
        if other:
            self.quantity.setText("" if order is None else plain(order.order_qty))
            self.price.setText("" if order is None or order.price is None else plain(order.price))
        if order is None:
            for button in (self.cancel, self.amend, self.ask):
                button.allow(NONE)
        else:
            self.cancel.allow(order.can_cancel)
            self.amend.allow(order.can_replace)
            self.ask.allow("")
            self.price.setEnabled(order.price is not None and not order.can_replace)
            self.quantity.setEnabled(not order.can_replace)
        self.tick()
        self.row.explain()

    def tick(self) -> None:
        """Keep the pending look's age right."""
        order = self._order
        pending = "" if order is None else pending_words(order, self._bridge.wall_ns())
        self.cancel.set_pending(pending if pending.startswith("cancel") else "")
        self.amend.set_pending(pending if pending.startswith("amend") else "")

    def _key(self) -> str:
        return "" if self._order is None else self._order.ref

    def _facts(self, ref: str) -> Facts:
        order = self._bridge.engine.order(ref)
        if order is None:
            return ()
        return (("CumQty", qty(order.cum_qty)), ("LeavesQty", qty(order.leaves_qty)))

    def _cancel(self, ref: str) -> None:
        order = self._bridge.engine.order(ref)
        if order is None:
            return
        at = order.order_type.value if order.price is None else px(order.price)
        self.strip.propose(
            Proposal(
                f"Cancel {ref}: {order.side.value} {qty(order.leaves_qty)} of "
                f"{qty(order.order_qty)} {order.symbol} @ {at}",
                "asked is not done: it may still fill until the broker confirms",
                CancelOrder(user=self._bridge.user, order=ref),
                lambda: self._facts(ref),
                Tone.WARNING,
            )
        )

    def _amend(self, ref: str) -> None:
        order = self._bridge.engine.order(ref)
        if order is None:
            return
        quantity = parse_decimal(self.quantity.text())
        price = parse_decimal(self.price.text()) if order.price is not None else None
        if quantity is None or quantity <= 0:
            self._wrong(self.quantity, "Quantity")
            return
        if order.price is not None and (price is None or price <= 0):
            self._wrong(self.price, "Price")
            return
        if quantity == order.order_qty and price == order.price:
            self.strip.say("Nothing is different: type another quantity or price.", Tone.WARNING)
            return
        places = price_places(self._bridge.engine.quote(order.symbol), price, order.price)
        was = f"{qty(order.order_qty)}" + (
            "" if order.price is None else f" @ {px(order.price, places)}"
        )
        now = f"{qty(quantity)}" + ("" if price is None else f" @ {px(price, places)}")
        command = ReplaceOrder(
            user=self._bridge.user,
            order=ref,
            quantity=None if quantity == order.order_qty else quantity,
            price=None if price == order.price else price,
        )
        cost = f"{qty(order.cum_qty)} already filled; the leg's target moves with the quantity"
        self.strip.propose(
            Proposal(
                f"Amend {ref} {order.side.value} {order.symbol}: {was} → {now}",
                cost,
                command,
                lambda: self._facts(ref),
                Tone.WARNING,
            )
        )

    def _wrong(self, field: QLineEdit, name: str) -> None:
        self.strip.say(f"{name}: expected a number above 0, got “{field.text()}”", Tone.WARNING)
        field.setFocus()

    def _ask(self, ref: str) -> None:
        self.strip.send(AskBroker(user=self._bridge.user, order=ref), f"Ask the broker about {ref}")
