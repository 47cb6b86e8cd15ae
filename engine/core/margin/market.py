"""Contracts for the scan: from instruments, quotes and settings at one instant.

Owns: which forward, volatility, range and time a contract is scanned with. May not: guess; what
cannot be valued is an ``Unvalued`` with the reason. The forward is the quote of the underlying,
else of its first quoted future that does not expire before the option, else the setting; the
volatility is what the option's own quote implies, else the setting. Time runs in whole days, the
day of expiry included.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.events import QuoteChanged
from engine.core.limits.rules import MarginProduct, MarginSettings
from engine.core.margin.black import implied_volatility
from engine.core.margin.span import Contract, Losses, Scan, risk_array
from engine.core.model import Instrument
from engine.core.terms import InstrumentKind

_DAY_NS = 86_400 * 1_000_000_000
_YEAR_DAYS = 365.0


class Unvalued(Exception):
    """A symbol whose margin can't be computed, and why."""


class ContractMarket:
    """The contracts of one instant, each made and scanned once."""

    def __init__(
        self,
        settings: MarginSettings,
        instruments: Mapping[str, Instrument],
        quotes: Mapping[str, QuoteChanged],
        wall_ns: int,
    ) -> None:
        self._products = {product.underlying: product for product in settings.products}
        self._currency = settings.currency
        self._instruments = instruments
        self._quotes = quotes
        self._day = wall_ns // _DAY_NS
        self._scans: dict[str, Scan] = {}
        self._contracts: dict[str, Contract] = {}
        self._arrays: dict[str, Losses] = {}

    def contract(self, symbol: str) -> Contract:
        """Raises ``Unvalued``."""
        found = self._contracts.get(symbol)
        if found is None:
            found = self._contracts[symbol] = self._make(symbol)
        return found

    def risk_array(self, symbol: str) -> Losses:
        """Losses by scenario of one contract held long. Raises ``Unvalued``."""
        found = self._arrays.get(symbol)
        if found is None:
            found = self._arrays[symbol] = risk_array(self.contract(symbol))
        return found

    def _make(self, symbol: str) -> Contract:
        instrument = self._instruments.get(symbol)
        if instrument is None or instrument.kind is None:
            raise Unvalued(f"{symbol} is not among the instruments with a kind")
        product = self._products.get(instrument.underlying)
        if product is None:
            raise Unvalued(f"{symbol}: no margin product for {instrument.underlying!r}")
        if instrument.currency != self._currency and product.fx == 1:
            told = f"{instrument.currency} and the margin in {self._currency}"
            raise Unvalued(f"{symbol} is in {told}: set fx for {product.underlying}")
        scan = self._scan(product)
        unit = float(instrument.multiplier * product.fx)
        if instrument.kind in (InstrumentKind.FUTURE, InstrumentKind.CASH):
            return Contract(scan, instrument.kind, unit)
        return self._option(instrument, product, scan, unit)

    def _option(
        self, instrument: Instrument, product: MarginProduct, scan: Scan, unit: float
    ) -> Contract:
        if instrument.strike is None or instrument.expiry_day is None:
            raise Unvalued(f"{instrument.symbol} has no strike or no expiry")
        forward = self._forward(product, instrument.expiry_day)
        if forward is None:
            raise Unvalued(f"no price of {product.underlying} is known")
        strike = float(instrument.strike)
        years = max(instrument.expiry_day - self._day + 1, 0) / _YEAR_DAYS
        volatility = self._volatility(instrument, product, forward, strike, years)
        return Contract(scan, instrument.kind or InstrumentKind.PUT, unit, forward, strike, years,
                        volatility)  # fmt: skip

    def _forward(self, product: MarginProduct, expiry_day: int) -> float | None:
        own = _middle(self._quotes.get(product.underlying))
        if own is not None:
            return own
        futures = sorted(
            (instrument.expiry_day or 0, symbol)
            for symbol in self._quotes
            if (instrument := self._instruments.get(symbol)) is not None
            and instrument.kind is InstrumentKind.FUTURE
            and instrument.underlying == product.underlying
            and (instrument.expiry_day or 0) >= expiry_day
        )
        for _, symbol in futures:
            price = _middle(self._quotes[symbol])
            if price is not None:
                return price
        return float(product.price) if product.price is not None else None

    def _volatility(
        self, instrument: Instrument, product: MarginProduct, forward: float, strike: float,
        years: float,
    ) -> float:  # fmt: skip
        price = _middle(self._quotes.get(instrument.symbol))
        if price is not None:
            is_call = instrument.kind is InstrumentKind.CALL
            found = implied_volatility(price, forward, strike, years, is_call)
            if found is not None:
                return found
        if product.volatility is None:
            raise Unvalued(f"no volatility of {instrument.symbol} is known")
        return float(product.volatility)

    def _scan(self, product: MarginProduct) -> Scan:
        found = self._scans.get(product.underlying)
        if found is None:
            amount = product.scan_ranges[0].amount
            for each in product.scan_ranges:
                if each.from_day <= self._day:
                    amount = each.amount
            found = self._scans[product.underlying] = Scan(
                product.underlying,
                float(amount / product.multiplier),
                float(product.volatility_range),
                float(product.extreme_move),
                float(product.extreme_cover),
                float(product.short_option_minimum * product.fx),
            )
        return found


def _middle(quote: QuoteChanged | None) -> float | None:
    """The middle of both sides, else the last trade; one side alone says too little."""
    if quote is None:
        return None
    if quote.bid is not None and quote.ask is not None:
        return float(quote.bid + quote.ask) / 2
    return float(quote.last) if quote.last is not None else None
