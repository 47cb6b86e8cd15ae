"""Quotes over FIX: W (full refresh) and X (incremental), kept as top of book.

Owns: the top of book by symbol as the counterparty has told it. May not: decide from prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from engine.broker.fix.incoming import made_at
from engine.broker.fix.message import FixMessage, FixUnreadable
from engine.broker.fix.tags import Tag
from engine.core.events import QuoteChanged

ZERO = Decimal(0)
BID, ASK, TRADE = "0", "1", "2"
DELETE = "2"
SYMBOLS_MAX = 100_000


@dataclass(slots=True)
class _Top:
    """One symbol's prices and sizes by MDEntryType."""

    px: dict[str, Decimal]
    size: dict[str, Decimal]


class TopOfBook:
    """The last known top of book of every symbol."""

    def __init__(self) -> None:
        self._tops: dict[str, _Top] = {}

    def clear(self) -> None:
        """The link is new: what was known of prices is not known any more."""
        self._tops.clear()

    def read(self, message: FixMessage) -> tuple[QuoteChanged, ...]:
        """The quotes that a W or X brings, one for each symbol in it. Raises ``FixUnreadable``."""
        if message.msg_type == "W":
            return (self._refresh(message),)
        return self._update(message)

    def _refresh(self, message: FixMessage) -> QuoteChanged:
        symbol = message.need(Tag.SYMBOL)
        top = self._top(symbol)
        top.px.clear()
        top.size.clear()
        for entry in message.entries(Tag.NO_MD_ENTRIES, Tag.MD_ENTRY_TYPE):
            self._take(message, top, entry)
        return _quote(symbol, top, made_at(message))

    def _update(self, message: FixMessage) -> tuple[QuoteChanged, ...]:
        changed: dict[str, None] = {}
        symbol = message.get(Tag.SYMBOL)
        for entry in message.entries(Tag.NO_MD_ENTRIES, Tag.MD_UPDATE_ACTION):
            symbol = entry.get(Tag.SYMBOL, symbol)
            if not symbol:
                raise FixUnreadable(f"{message.name}: Symbol (55) is missing in an entry")
            self._take(message, self._top(symbol), entry)
            changed[symbol] = None
        at_ns = made_at(message)
        return tuple(_quote(each, self._tops[each], at_ns) for each in changed)

    def _take(self, message: FixMessage, top: _Top, entry: dict[int, str]) -> None:
        kind = entry.get(Tag.MD_ENTRY_TYPE, "")
        if kind not in (BID, ASK, TRADE):
            return  # an opening price, a volume …: no part of a quote
        if entry.get(Tag.MD_UPDATE_ACTION) == DELETE:
            top.px.pop(kind, None)
            top.size.pop(kind, None)
            return
        top.px[kind] = _number(message, entry, Tag.MD_ENTRY_PX)
        top.size[kind] = _number(message, entry, Tag.MD_ENTRY_SIZE, ZERO)

    def _top(self, symbol: str) -> _Top:
        top = self._tops.get(symbol)
        if top is None:
            if len(self._tops) >= SYMBOLS_MAX:
                raise FixUnreadable(f"quotes of more than {SYMBOLS_MAX} symbols")
            top = self._tops[symbol] = _Top({}, {})
        return top


def _quote(symbol: str, top: _Top, at_ns: int | None) -> QuoteChanged:
    return QuoteChanged(
        symbol,
        top.px.get(BID),
        top.size.get(BID, ZERO),
        top.px.get(ASK),
        top.size.get(ASK, ZERO),
        top.px.get(TRADE),
        at_ns,
    )


def _number(
    message: FixMessage, entry: dict[int, str], tag: int, default: Decimal | None = None
) -> Decimal:
    text = entry.get(tag)
    if text is None and default is not None:
        return default
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise FixUnreadable(f"{message.name}: tag {tag:d}: expected a number, got {text!r}")
    return number
