"""One symbol's displayed liquidity: what a quote offers and what of it is taken.

Owns: the rule that turns a top-of-book quote into levels, and their consumption. May not:
know orders.

The rule. The touch shows the quoted size. Behind it stand ``depth`` worse levels, each one
price step worse than the one before and each showing the touch's size; where the contract's
tick is not known the step is the spread, and without both sides there is no worse level.
What is taken stays taken until the next quote of the symbol shows the sizes afresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.broker.paper.contracts import Contract
from engine.core.events import QuoteChanged
from engine.core.terms import Side

ZERO = Decimal(0)
DEPTH_DEFAULT = 2


@dataclass(slots=True)
class Level:
    """One price and what is left there. ``number`` 0 is the touch."""

    number: int
    price: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Take:
    """A quantity taken at one level."""

    qty: Decimal
    price: Decimal
    level: int


class Book:
    """The levels of one symbol. ``share``: the part of each displayed size that is ours to
    trade against (1: all), rounded down to the lot but never below one lot."""

    def __init__(
        self, contract: Contract, depth: int = DEPTH_DEFAULT, share: Decimal = Decimal(1)
    ) -> None:
        assert depth >= 0 and 0 < share <= 1
        self.contract = contract
        self.quote: QuoteChanged | None = None
        self._depth = depth
        self._share = share
        self._asks: list[Level] = []
        self._bids: list[Level] = []

    def refresh(self, quote: QuoteChanged) -> None:
        """Take over a new quote: every level shows its whole size again."""
        self.quote = quote
        up, down = self._steps(quote)
        self._asks = self._levels(quote.ask, quote.ask_size, up)
        self._bids = self._levels(quote.bid, quote.bid_size, down)

    def available(self, side: Side, limit: Decimal | None) -> Decimal:
        """What an order of this side could take now, not worse than ``limit``."""
        return sum((level.left for level in self._reach(side, limit)), ZERO)

    def take(self, side: Side, qty: Decimal, limit: Decimal | None) -> list[Take]:
        """Consume up to ``qty`` from the best level on, never worse than ``limit``."""
        taken = []
        for level in self._reach(side, limit):
            part = min(qty, level.left)
            level.left -= part
            qty -= part
            taken.append(Take(part, level.price, level.number))
            if qty == 0:
                break
        return taken

    def _reach(self, side: Side, limit: Decimal | None) -> list[Level]:
        if side is Side.BUY:
            return [x for x in self._asks if x.left > 0 and (limit is None or x.price <= limit)]
        return [x for x in self._bids if x.left > 0 and (limit is None or x.price >= limit)]

    def _steps(self, quote: QuoteChanged) -> tuple[Decimal, Decimal]:
        """How far the next worse ask and bid are; 0 means that there is none."""
        spread = quote.ask - quote.bid if quote.ask is not None and quote.bid is not None else ZERO
        up = self.contract.tick_at(quote.ask) if quote.ask is not None else None
        down = self.contract.tick_at(quote.bid) if quote.bid is not None else None
        return (spread if up is None else up), (ZERO - spread if down is None else -down)

    def _levels(self, touch: Decimal | None, size: Decimal, step: Decimal) -> list[Level]:
        if touch is None or size <= 0:
            return []
        shown = self._shown(size)
        deep = self._depth if step else 0
        prices = (touch, *(touch + step * number for number in range(1, deep + 1)))
        return [Level(n, price, shown) for n, price in enumerate(prices) if price > 0]

    def _shown(self, size: Decimal) -> Decimal:
        lot = self.contract.instrument.lot
        return max(lot, size * self._share // lot * lot) if self._share != 1 else size
