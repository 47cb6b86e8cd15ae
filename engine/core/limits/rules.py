"""What ``limits.toml`` says, as values: rules with a scope, and the settings beside them.

Owns: the shape of the limits. May not: check anything against them (``checks``, ``gate``) or read
a file. Everything is frozen and can be journaled: a reload carries the whole of it. Quantities
and money are ``Decimal``, windows in seconds or milliseconds as named.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.terms import LegType

ANY = "*"


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit in two steps: over ``soft`` needs a confirmation, over ``hard`` is refused."""

    soft: Decimal | None = None
    hard: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TradingWindow:
    """Weekdays (0 Monday) and seconds of the day, UTC. ``end_s`` at or before ``begin_s`` means
    the following day."""

    days: tuple[int, ...]
    begin_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the accounts and symbols it holds for (``*`` stands for any text), and its
    controls. Sums (exposure, groups, rates) are over everything in the scope; every rule that
    fits an order is checked, so the strictest one counts. None: not limited here.

    ``max_order_qty`` in units of the instrument, ``*_notional`` and ``*_exposure`` in money
    (quantity x price x multiplier), ``collar_pct`` in percent and ``collar_ticks`` in ticks of
    the market, ``period_collar_pct`` in percent of our own prices of the last ``period_s``.
    """

    name: str
    account: str = ANY
    symbol: str = ANY
    max_order_qty: Bound | None = None
    max_order_notional: Bound | None = None
    collar_pct: Bound | None = None
    collar_ticks: Bound | None = None
    period_collar_pct: Bound | None = None
    period_s: Decimal = Decimal(60)
    max_orders_per_s: Decimal | None = None
    orders_burst: int = 1
    max_messages_per_s: Decimal | None = None
    messages_burst: int = 1
    max_open_groups: Bound | None = None
    max_net_exposure: Bound | None = None
    max_gross_exposure: Bound | None = None
    restricted: bool = False
    trading_hours: tuple[TradingWindow, ...] = ()
    duplicate_window_ms: Bound | None = None
    max_repeats: int | None = None
    repeat_period_s: Decimal = Decimal(60)

    def covers(self, account: str, symbol: str) -> bool:
        """Whether the rule holds for this account and symbol."""
        return matches(self.account, account) and matches(self.symbol, symbol)


@dataclass(frozen=True, slots=True)
class ScanRange:
    """The scan range from a day on (days since 1970-01-01), in money a contract."""

    from_day: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MarginProduct:
    """How one underlying is scanned (SPAN's parameters of a combined commodity).

    ``scan_ranges`` by date, ascending; ``multiplier`` of the contract they are quoted for: range
    in price = amount / multiplier. ``volatility_range`` is added to and taken from the yearly
    volatility (0.20 is 20 %). ``extreme_move`` in scan ranges, of whose loss ``extreme_cover``
    counts. ``price`` and ``volatility`` stand in where the market gives none.
    """

    underlying: str
    multiplier: Decimal
    scan_ranges: tuple[ScanRange, ...]
    volatility_range: Decimal = Decimal("0.05")
    extreme_move: Decimal = Decimal(2)
    extreme_cover: Decimal = Decimal("0.33")
    short_option_minimum: Decimal = Decimal(0)
    price: Decimal | None = None
    volatility: Decimal | None = None
    fx: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Available:
    """The margin that an account may use, in the margin currency."""

    account: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MarginSettings:
    """The margin check. An account that no ``available`` names is not checked."""

    available: tuple[Available, ...] = ()
    products: tuple[MarginProduct, ...] = ()
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Limits:
    """Everything ``limits.toml`` says. ``source`` is for people. ``collar_without_market``: what
    a collar does when there is no market: ``confirm``, ``refuse`` or ``allow``.
    ``cancel_on_disconnect``: the legs whose orders are canceled when the broker was lost."""

    rules: tuple[Rule, ...] = ()
    source: str = ""
    collar_without_market: str = "confirm"
    cancel_on_disconnect: tuple[LegType, ...] = (LegType.RISK,)
    margin: MarginSettings | None = None


def matches(pattern: str, text: str) -> bool:
    """Whether ``text`` fits ``pattern``, in which ``*`` stands for any text."""
    if ANY not in pattern:
        return pattern == text
    first, *middle, last = pattern.split(ANY)
    if not text.startswith(first) or len(text) < len(first) + len(last):
        return False
    if not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
