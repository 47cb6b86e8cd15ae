"""What is traded on the paper exchange: names, ticks and sizes of contracts.

Owns: the symbol scheme and the table of known contract specifications. May not: read files.

The scheme (unique over a LEAN folder, stable over time, readable):

    equity        ROOT                        SPY
    future        ROOT MONTHCODE YY           ESH20          (CME month codes F G H J K M ...)
    any option    ROOT YYMMDD P|C STRIKE      ES200320P3000  SPXW210106C3700  SPY200117P312.5

The date is the option's own expiry, so weekly and monthly options of one future differ.
Sources: CME and Cboe contract specifications (tick steps as of 2020).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from engine.core.model import Instrument

MONTH_CODES = "FGHJKMNQUVXZ"


class Kind(StrEnum):
    """LEAN's security types that the paper exchange trades; the value is the folder's name."""

    EQUITY = "equity"
    OPTION = "option"
    INDEX_OPTION = "indexoption"
    FUTURE = "future"
    FUTURE_OPTION = "futureoption"


@dataclass(frozen=True, slots=True)
class Spec:
    """Price steps and size of one root. From ``coarse_from`` on the step is ``coarse_tick``."""

    tick: Decimal
    multiplier: Decimal
    coarse_tick: Decimal | None = None
    coarse_from: Decimal | None = None


def _spec(tick: str, multiplier: int, coarse: str = "", coarse_from: int = 0) -> Spec:
    if not coarse:
        return Spec(Decimal(tick), Decimal(multiplier))
    return Spec(Decimal(tick), Decimal(multiplier), Decimal(coarse), Decimal(coarse_from))


_ES_OPTION = _spec("0.05", 50, "0.25", 5)
_SPX_OPTION = _spec("0.05", 100, "0.10", 3)
_BY_ROOT: Mapping[tuple[Kind, str], Spec] = MappingProxyType(
    {
        (Kind.FUTURE, "ES"): _spec("0.25", 50),
        (Kind.FUTURE, "MES"): _spec("0.25", 5),
        (Kind.FUTURE, "NQ"): _spec("0.25", 20),
        (Kind.FUTURE, "CL"): _spec("0.01", 1000),
        (Kind.FUTURE, "GC"): _spec("0.10", 100),
        (Kind.FUTURE_OPTION, "ES"): _ES_OPTION,
        (Kind.INDEX_OPTION, "SPX"): _SPX_OPTION,
        (Kind.INDEX_OPTION, "SPXW"): _SPX_OPTION,
    }
)
_BY_KIND: Mapping[Kind, Spec] = MappingProxyType(
    {Kind.EQUITY: _spec("0.01", 1), Kind.OPTION: _spec("0.01", 100)}
)


@dataclass(frozen=True, slots=True)
class Contract:
    """One tradable contract. ``expiry``: yyyymmdd, of a future yyyymm, of an equity "".
    ``known``: its size and tick come from the table; otherwise multiplier 1 and no tick."""

    instrument: Instrument
    kind: Kind
    root: str
    expiry: str = ""
    right: str = ""
    strike: Decimal | None = None
    coarse_tick: Decimal | None = None
    coarse_from: Decimal | None = None
    known: bool = True

    @property
    def symbol(self) -> str:
        return self.instrument.symbol

    def tick_at(self, price: Decimal) -> Decimal | None:
        """The price step at this price; None when the contract's tick is not known."""
        if self.coarse_from is not None and price >= self.coarse_from:
            return self.coarse_tick
        return self.instrument.tick


def plain(number: Decimal) -> str:
    """A number without exponent and without trailing zeros: ``3000``, ``112.5``."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _build(
    kind: Kind, root: str, symbol: str, expiry: str, right: str, strike: Decimal | None
) -> Contract:
    spec = _BY_ROOT.get((kind, root)) or _BY_KIND.get(kind)
    if spec is None:
        return Contract(Instrument(symbol), kind, root, expiry, right, strike, known=False)
    instrument = Instrument(symbol, tick=spec.tick, multiplier=spec.multiplier)
    return Contract(
        instrument, kind, root, expiry, right, strike, spec.coarse_tick, spec.coarse_from
    )


def equity(root: str) -> Contract:
    """An equity: ``SPY``."""
    return _build(Kind.EQUITY, root, root, "", "", None)


def future(root: str, expiry: str) -> Contract:
    """A future; ``expiry`` is yyyymm or yyyymmdd: ``ESH20``. Raises ``ValueError``."""
    month = int(expiry[4:6])
    if not 1 <= month <= 12:
        raise ValueError(f"expiry month {expiry!r}: expected yyyymm")
    return _build(
        Kind.FUTURE, root, f"{root}{MONTH_CODES[month - 1]}{expiry[2:4]}", expiry, "", None
    )


def option(kind: Kind, root: str, expiry: str, right: str, strike: Decimal) -> Contract:
    """An option; ``expiry`` yyyymmdd, ``right`` P or C: ``ES200320P3000``."""
    symbol = f"{root}{expiry[2:]}{right}{plain(strike)}"
    return _build(kind, root, symbol, expiry, right, strike)
