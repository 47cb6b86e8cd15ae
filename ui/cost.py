"""What crossing the market costs now, from the quote on screen.

Owns: the estimate beside a confirmation. May not: be taken for a price; it says what it rests on.
Amounts are in price times quantity; the contract's multiplier isn't part of the engine's views.
"""

from __future__ import annotations

from decimal import Decimal

from engine import QuoteView, Side
from ui.formats import decimals, money, px, qty


def price_places(quote: QuoteView | None, *prices: Decimal | None) -> int | None:
    """The decimals an instrument is quoted with, from its quote and given prices."""
    seen = [p for p in prices if p is not None]
    if quote is not None:
        seen += [p for p in (quote.bid, quote.ask, quote.last) if p is not None]
    return max((decimals(p) for p in seen), default=None)


def middle(quote: QuoteView | None) -> Decimal | None:
    """The middle of the market; one side, or the last trade, where that is all there is."""
    if quote is None:
        return None
    if quote.bid is not None and quote.ask is not None:
        return (quote.bid + quote.ask) / 2
    return quote.last or quote.bid or quote.ask


def notional(quote: QuoteView | None, quantity: Decimal) -> Decimal | None:
    """Quantity times the middle of the market."""
    mid = middle(quote)
    return None if mid is None else mid * quantity


def cost_to_cross(quote: QuoteView | None, side: Side | None, quantity: Decimal) -> Decimal | None:
    """What taking the touch costs against the middle, for this side."""
    if quote is None or side is None or quote.bid is None or quote.ask is None:
        return None
    return (quote.ask - quote.bid) / 2 * quantity


def crossing_words(quote: QuoteView | None, side: Side | None, quantity: Decimal) -> str:
    """The estimate in words for a MARKET order."""
    if quote is None or side is None:
        return "no quote: the cost is not known"
    touch = quote.ask if side is Side.BUY else quote.bid
    size = quote.ask_size if side is Side.BUY else quote.bid_size
    where = "ask" if side is Side.BUY else "bid"
    if touch is None:
        return f"no {where} shown: the cost is not known"
    places = price_places(quote)
    parts = [f"{where} {px(touch, places)} × {qty(size)}"]
    if quote.bid is not None and quote.ask is not None:
        parts.append(f"{px(quote.ask - quote.bid, places)} across")
        parts.append(f"about {money(cost_to_cross(quote, side, quantity))} against the middle")
    if quantity > size:
        parts.append(f"{qty(quantity - size)} more than shown")
    return " · ".join(parts)


def limit_words(quote: QuoteView | None, side: Side | None, price: Decimal) -> str:
    """Where a LIMIT price stands against the market."""
    if quote is None or side is None:
        return "no quote to compare with"
    touch = quote.ask if side is Side.BUY else quote.bid
    if touch is None:
        return "nothing shown on the other side"
    away = touch - price if side is Side.BUY else price - touch
    where = "ask" if side is Side.BUY else "bid"
    places = price_places(quote, price)
    if away <= 0:
        return f"{where} {px(touch, places)}: crosses, fills at once if the size is there"
    return f"{where} {px(touch, places)}: rests {px(away, places)} away, may not fill"
