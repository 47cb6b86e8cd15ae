"""What an instrument is and what it is worth now, for the controls.

Owns: the reference price of a control. May not: keep quotes; those of a turn come with its input
and stand in the journal, so that a replay checks against the same market.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core.model import ZERO, Instrument
from engine.core.positions import key_of
from engine.core.state import DeskState
from engine.core.turn import Turn


def instrument(state: DeskState, symbol: str) -> Instrument:
    """What is known of an instrument; the defaults where nothing is."""
    known = state.volatile.instruments
    if not known and state.config.instruments:
        known.update((each.symbol, each) for each in state.config.instruments)
    return known.get(symbol) or Instrument(symbol)


def market_px(turn: Turn, symbol: str) -> Decimal | None:
    """The middle of the market, else the last trade, else the one side there is; None without
    a quote."""
    quote = turn.quotes.get(symbol)
    if quote is None:
        return None
    if quote.bid is not None and quote.ask is not None:
        return (quote.bid + quote.ask) / 2
    return quote.last or quote.bid or quote.ask


def value_px(turn: Turn, account: str, symbol: str, price: Decimal | None = None) -> Decimal | None:
    """The price that a quantity is valued at: the higher of the order's own and the market's,
    else that of our last fill. None where no price is known at all."""
    known = [each for each in (price, market_px(turn, symbol)) if each is not None]
    if known:
        return max(abs(each) for each in known)
    position = turn.state.positions.get(key_of(account, symbol))
    if position is not None and position.last_px != ZERO:
        return abs(position.last_px)
    return None
