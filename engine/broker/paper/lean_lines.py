"""One contract's minute quotes in LEAN's CSV: reading its lines, one at a time.

Owns: the meaning of a line. May not: open archives or merge contracts.

A line is ``ms since midnight, bid open, high, low, close, bid size, ask open, high, low,
close, ask size``; a side without a quote is empty. The close of a bar is the quote of the
moment at which the bar ends, one minute after the time in its line; so no quote is known
before its time. A line that cannot be used is skipped and noted, never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import IO

from engine.broker.paper.quotes import ProblemLog
from engine.core.events import QuoteChanged

ZERO = Decimal(0)
BAR_NS = 60_000_000_000
DAY_MS = 86_400_000
COLUMNS = 11
LINE_BYTES_MAX = 1_000


class LineReader:
    """Reads one member. ``where`` names it in problems; ``day_ns`` is its midnight in UTC
    nanoseconds; ``divisor`` turns its prices into plain ones (10000 or 1)."""

    def __init__(
        self, where: str, symbol: str, day_ns: int, divisor: int, problems: ProblemLog
    ) -> None:
        self._where = where
        self._symbol = symbol
        self._day_ns = day_ns
        self._divisor = Decimal(divisor)
        self._problems = problems
        self._last_ns = -1

    def read(self, lines: IO[bytes], start_ns: int | None) -> Iterator[QuoteChanged]:
        """Quotes in time order. With ``start_ns``: the last one before it, then the rest."""
        before: tuple[int, list[bytes], int] | None = None
        number = 0
        while line := lines.readline(LINE_BYTES_MAX):
            number += 1
            fields = line.split(b",")
            when_ns = self._when_ns(number, fields)
            if when_ns is None:
                continue
            if start_ns is not None and when_ns < start_ns:
                before = (number, fields, when_ns)
                continue
            if before is not None:
                yield from self._quotes(*before)
                before = None
            yield from self._quotes(number, fields, when_ns)
        if before is not None:
            yield from self._quotes(*before)

    def _when_ns(self, number: int, fields: list[bytes]) -> int | None:
        """The moment of the line's quote; None, and noted, when the line has none."""
        if len(fields) != COLUMNS:
            self._skip(number, f"{len(fields)} columns", f"{COLUMNS} columns")
            return None
        try:
            ms = int(fields[0])
        except ValueError:
            got = fields[0].decode("ascii", "replace")
            self._skip(number, f"time {got!r}", "whole milliseconds since midnight")
            return None
        when_ns = self._day_ns + ms * 1_000_000 + BAR_NS
        if not 0 <= ms < DAY_MS:
            self._skip(number, f"time {ms}", f"milliseconds from 0 to {DAY_MS - 1}")
            return None
        if when_ns <= self._last_ns:
            self._skip(number, f"time {ms}", "a time after the line before")
            return None
        self._last_ns = when_ns
        return when_ns

    def _quotes(self, number: int, fields: list[bytes], when_ns: int) -> Iterator[QuoteChanged]:
        """The line's quote, or nothing and a note."""
        try:
            bid, bid_size = self._side(fields[4], fields[5])
            ask, ask_size = self._side(fields[9], fields[10])
        except (InvalidOperation, ValueError):
            self._skip(number, "a price or size that is no number", "numbers or empty")
            return
        if bid is not None and ask is not None and bid > ask:
            self._skip(number, f"bid {bid} above ask {ask}", "a bid not above the ask")
            return
        yield QuoteChanged(self._symbol, bid, bid_size, ask, ask_size, None, when_ns)

    def _side(self, price: bytes, size: bytes) -> tuple[Decimal | None, Decimal]:
        """Price and displayed size of a side. Raises ``InvalidOperation``, ``ValueError``."""
        size = size.strip()
        if not price or not size:
            return None, ZERO
        value, shown = Decimal(price.decode("ascii")), Decimal(size.decode("ascii"))
        if not (value.is_finite() and shown.is_finite()) or value < 0 or shown < 0:
            raise ValueError("negative or not finite")
        if not value or not shown:
            return None, ZERO
        return value / self._divisor, shown

    def _skip(self, number: int, got: str, expected: str) -> None:
        self._problems.note(f"{self._where}, line {number}: {got}; expected {expected}")
