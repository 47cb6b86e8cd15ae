"""How orders trade on the paper exchange.

Owns: the books, the resting orders and the rules below. May not: read a clock or answer
messages; time is handed in.

The rules:
- An order takes displayed liquidity (``book``), best level first, never worse than its limit.
- What a DAY or GTC order leaves over rests, MARKET included, and goes on at the next quote of
  its symbol: MARKET first, then the better limit, then the earlier order.
- A resting LIMIT fills when the opposite side crosses it, at the price displayed there (never
  worse than its limit, always a price of that moment's book); the queue at its own price is
  not simulated. Own orders do not trade with each other.
- IOC: what is not taken at once is canceled. FOK: all of it at once or canceled (FIX I.1).
- STOP_LIMIT waits until ``last`` (else the side it would trade against) is at or through
  ``stop_px``, then is a LIMIT for good.
- At the end of the day everything but GTC expires.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.broker.paper.book import Book, Take
from engine.broker.paper.contracts import Contract
from engine.broker.paper.ledger import Ledger
from engine.broker.paper.orders import PaperOrder
from engine.core.events import ExecutionReport, QuoteChanged
from engine.core.terms import ExecType, OrdStatus, Side, TimeInForce


class Matcher:
    """The matching of all symbols over one ledger; takes up the ledger's open orders."""

    def __init__(
        self, ledger: Ledger, contracts: Mapping[str, Contract], depth: int, share: Decimal
    ) -> None:
        self._ledger = ledger
        self._books = {s: Book(c, depth, share) for s, c in contracts.items()}
        self._resting: dict[str, dict[str, PaperOrder]] = {}
        for order in ledger.open_orders():
            self.rest(order)

    def quote(self, symbol: str) -> QuoteChanged | None:
        """The symbol's latest quote."""
        book = self._books.get(symbol)
        return book.quote if book else None

    def lot(self, symbol: str) -> Decimal | None:
        """The symbol's lot; None: not traded here."""
        book = self._books.get(symbol)
        return book.contract.instrument.lot if book else None

    def on_quote(self, quote: QuoteChanged, now_ns: int) -> list[ExecutionReport]:
        """A new quote: displayed sizes are fresh, resting orders get their turn."""
        self._books[quote.symbol].refresh(quote)
        resting = self._resting.get(quote.symbol)
        if not resting:
            return []
        reports: list[ExecutionReport] = []
        for order in sorted(resting.values(), key=_turn):
            reports += self.match(order, now_ns)
        return reports

    def match(self, order: PaperOrder, now_ns: int) -> list[ExecutionReport]:
        """Let one order take what it may now; end it where its TimeInForce says so."""
        book = self._books.get(order.symbol)
        if book is None or not self._may_trade(order, book.quote):
            return []
        reports: list[ExecutionReport] = []
        if order.tif is not TimeInForce.FOK or (
            book.available(order.side, order.limit) >= order.leaves_qty
        ):
            for take in book.take(order.side, order.leaves_qty, order.limit):
                reports.append(self._fill(order, take, book.quote, now_ns))
        if order.is_open and order.tif in (TimeInForce.IOC, TimeInForce.FOK):
            reports.append(self.end(order, ExecType.CANCELED, OrdStatus.CANCELED, now_ns))
        if not order.is_open:
            self.unrest(order)
        return reports

    def end(
        self,
        order: PaperOrder,
        exec_type: ExecType,
        status: OrdStatus,
        now_ns: int,
        request: str = "",
    ) -> ExecutionReport:
        """Close an order unfilled or part-filled; ``request`` is the cancel's ClOrdID."""
        order.ord_status = status
        self._ledger.touch(order)
        self.unrest(order)
        return order.report(
            exec_type,
            self._ledger.new_exec_id(),
            now_ns,
            cl_ord_id=request,
            orig_cl_ord_id=order.cl_ord_id if request else "",
        )

    def rest(self, order: PaperOrder) -> None:
        """Give the order its turn at each quote of its symbol from now on."""
        self._resting.setdefault(order.symbol, {})[order.order_id] = order

    def unrest(self, order: PaperOrder) -> None:
        """No more turns for this order."""
        self._resting.get(order.symbol, {}).pop(order.order_id, None)

    def _fill(
        self, order: PaperOrder, take: Take, quote: QuoteChanged | None, now_ns: int
    ) -> ExecutionReport:
        assert quote is not None, "liquidity without a quote"
        order.fill(take.qty, take.price)
        self._ledger.touch(order)
        report = order.report(
            ExecType.TRADE,
            self._ledger.new_exec_id(),
            now_ns,
            last_qty=take.qty,
            last_px=take.price,
        )
        self._ledger.book(report, take.level, quote)
        return report

    def _may_trade(self, order: PaperOrder, quote: QuoteChanged | None) -> bool:
        """Whether it is open and, if a stop, has been triggered by now."""
        if not order.is_open or order.triggered:
            return order.is_open
        if quote is None or order.stop_px is None:
            return False
        buys = order.side is Side.BUY
        seen = quote.last if quote.last is not None else (quote.ask if buys else quote.bid)
        if seen is None:
            return False
        order.triggered = seen >= order.stop_px if buys else seen <= order.stop_px
        if order.triggered:
            self._ledger.touch(order)
        return order.triggered


def _turn(order: PaperOrder) -> tuple[bool, Decimal, int]:
    """MARKET first, then the better limit, then the earlier order."""
    limit = order.limit
    if limit is None:
        return (False, Decimal(0), order.priority)
    return (True, -limit if order.side is Side.BUY else limit, order.priority)
