"""Hedging by hand: quantity filled in from what is proven, MARKET or LIMIT, price.

Owns: the form and the proposal it makes. May not: send anything itself (the strip does), or let
more than the proven quantity pass unmarked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from engine import ManualHedge, OrdType, QuoteView, Side
from ui.controls import ActionButton, set_tone
from ui.cost import crossing_words, limit_words, price_places
from ui.formats import parse_decimal, plain, px, qty
from ui.proposal import Facts, Proposal
from ui.theme import Tone

MakeHedge = Callable[[Decimal, OrdType, Decimal | None, bool], ManualHedge]


@dataclass(frozen=True, slots=True)
class HedgeTarget:
    """What a hedge by hand would be for. ``key`` names it; ``proven``: the quantity that may be
    hedged without excess; ``look``: the facts a confirmation rests on."""

    key: str
    symbol: str
    side: Side | None
    proven: Decimal
    make: MakeHedge
    look: Callable[[], Facts]
    why_not: str = ""


class HedgeForm(QWidget):
    """``proposed`` carries the proposal for the strip, ``wrong`` what is missing."""

    proposed = Signal(object)
    wrong = Signal(str)

    def __init__(self, quote: Callable[[str], QuoteView | None]) -> None:
        super().__init__()
        self._quote = quote
        self._target: HedgeTarget | None = None
        self._typed = False
        self.quantity = QLineEdit()
        self.quantity.setAccessibleName("Quantity to hedge")
        self.quantity.setMaximumWidth(78)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Order type of the hedge")
        self.kind.addItems([OrdType.MARKET.value, OrdType.LIMIT.value])
        self.price = QLineEdit()
        self.price.setAccessibleName("Limit price of the hedge")
        self.price.setPlaceholderText("price")
        self.price.setMaximumWidth(78)
        self.price.setEnabled(False)
        self.button = ActionButton("Hedge…", self._key, "Opens a confirmation")
        self.mark = QLabel("")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        for widget in (self.quantity, self.kind, self.price, self.button):
            row.addWidget(widget)
        row.addWidget(self.mark, 1)
        self.quantity.textEdited.connect(self._edited)
        self.quantity.returnPressed.connect(self.button.click)
        self.price.returnPressed.connect(self.button.click)
        self.kind.currentTextChanged.connect(self._kind_changed)
        self.button.acted.connect(lambda _: self._propose())
        self.button.slipped.connect(
            lambda: self.wrong.emit("The selection changed while you pressed; nothing was done.")
        )
        self.set_target(None)

    def set_target(self, target: HedgeTarget | None) -> None:
        """Hedge this now. What was typed stays while the target is the same."""
        same = target is not None and self._target is not None and target.key == self._target.key
        self._target = target
        if not same:
            self._typed = False
            self.price.clear()
            self.kind.setCurrentText(OrdType.MARKET.value)
        if not self._typed:
            shown = "" if target is None or not target.proven else plain(target.proven)
            if self.quantity.text() != shown:
                self.quantity.setText(shown)
        if target is None:
            self.button.allow("nothing is selected")
        elif target.why_not:
            self.button.allow(target.why_not)
        elif target.side is None:
            self.button.allow("there is no side to hedge")
        else:
            self.button.allow("")
        enabled = self.button.isEnabled()
        self.quantity.setEnabled(enabled)
        self.kind.setEnabled(enabled)
        self._mark_excess()

    def _key(self) -> str:
        return "" if self._target is None else self._target.key

    def _edited(self) -> None:
        self._typed = True
        self._mark_excess()

    def _kind_changed(self, kind: str) -> None:
        limit = kind == OrdType.LIMIT.value
        self.price.setEnabled(limit)
        if limit and not self.price.text() and self._target is not None:
            quote = self._quote(self._target.symbol)
            if quote is not None:
                touch = quote.ask if self._target.side is Side.BUY else quote.bid
                if touch is not None:
                    self.price.setText(plain(touch))

    def _mark_excess(self) -> None:
        quantity = parse_decimal(self.quantity.text())
        target = self._target
        if target is None or quantity is None or quantity <= target.proven:
            self.mark.setText("")
            return
        self.mark.setText(f"{qty(quantity - target.proven)} more than proven")
        set_tone(self.mark, Tone.WARNING)

    def _propose(self) -> None:
        target = self._target
        if target is None or target.side is None:
            return
        quantity = parse_decimal(self.quantity.text())
        if quantity is None or quantity <= 0:
            self.wrong.emit(f"Quantity: expected a number above 0, got “{self.quantity.text()}”")
            self.quantity.setFocus()
            return
        kind = OrdType(self.kind.currentText())
        price = parse_decimal(self.price.text()) if kind is OrdType.LIMIT else None
        if kind is OrdType.LIMIT and (price is None or price <= 0):
            self.wrong.emit(f"Price: expected a number above 0, got “{self.price.text()}”")
            self.price.setFocus()
            return
        self.proposed.emit(self._proposal(target, target.side, quantity, kind, price))

    def _proposal(
        self,
        target: HedgeTarget,
        side: Side,
        quantity: Decimal,
        kind: OrdType,
        price: Decimal | None,
    ) -> Proposal:
        quote = self._quote(target.symbol)
        excess = quantity > target.proven
        at = kind.value if price is None else px(price, price_places(quote, price))
        verb = f"{side.value.capitalize()} {qty(quantity)} {target.symbol} @ {at}"
        if excess:
            verb += f" – {qty(quantity - target.proven)} MORE than the proven {qty(target.proven)}"
        cost = (
            crossing_words(quote, side, quantity)
            if price is None
            else limit_words(quote, side, price)
        )
        tone = Tone.CRITICAL if excess else Tone.WARNING
        return Proposal(verb, cost, target.make(quantity, kind, price, excess), target.look, tone)
