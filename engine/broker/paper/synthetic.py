"""A made-up market: an index future and puts on it, the same from the same seed.

Owns: the random walk and the quotes made from it. May not: read a clock, or match.

The future's mid walks at random and is drawn back to its start, so that a restart does not
jump far. Puts are valued under a normal distribution around the future. Displayed sizes are
small on purpose, and one put is thin, so that larger orders fill in part. Floats live only
inside the walk; quotes are exact decimals on the tick.

Symbols: the futures ``ESH20`` and ``ESM20`` and the March puts of ``PUTS``; the same names as
in LEAN's data of January 2020, so that one basket runs on both.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.broker.paper import contracts
from engine.broker.paper.contracts import Contract, Kind
from engine.broker.paper.quotes import ProblemLog, QuotesError
from engine.core.events import QuoteChanged

PUTS = (2900, 2950, 3000, 3050, 3100, 3150, 3200)
THIN_STRIKE = 2900
START = 3240.0
FUTURE_SPREAD_POINTS = 4.0
VOLATILITY_POINTS = 170.0
WALK_POINTS_PER_ROOT_S = 0.4
PULL_PER_S = 0.002
SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """One contract and how it is quoted: mean seconds between quotes, largest size shown,
    the spread in ticks; ``strike`` None for a future, ``ahead`` its points over the front."""

    contract: Contract
    every_s: float
    size_max: int
    spread_ticks: int
    strike: float | None = None
    ahead: float = 0.0


def _listings() -> tuple[Listing, ...]:
    rows = [
        Listing(contracts.future("ES", "202003"), 0.25, 60, 1),
        Listing(contracts.future("ES", "202006"), 1.0, 15, 2, ahead=FUTURE_SPREAD_POINTS),
    ]
    for strike in PUTS:
        contract = contracts.option(Kind.FUTURE_OPTION, "ES", "20200320", "P", Decimal(strike))
        thin = strike == THIN_STRIKE
        every_s, size_max, spread = (4.0, 4, 3) if thin else (1.0, 40, 2)
        rows.append(Listing(contract, every_s, size_max, spread, float(strike)))
    return tuple(rows)


class SyntheticMarket:
    """See the module. Raises ``QuotesError`` for a symbol it does not have."""

    def __init__(self, seed: int, symbols: Collection[str] | None = None) -> None:
        self._seed = seed
        self._problems = ProblemLog()
        listings = _listings()
        known = [listing.contract.symbol for listing in listings]
        missing = sorted(set(symbols or ()) - set(known))
        if missing:
            raise QuotesError(
                f"the synthetic market has no {', '.join(missing)}; expected one of "
                f"{', '.join(known)}"
            )
        self._listings = [x for x in listings if symbols is None or x.contract.symbol in symbols]
        self._contracts = {x.contract.symbol: x.contract for x in self._listings}

    @property
    def contracts(self) -> Mapping[str, Contract]:
        return self._contracts

    @property
    def problems(self) -> ProblemLog:
        return self._problems

    @property
    def description(self) -> str:
        return f"synthetic market, seed {self._seed}"

    def stream(self, start_ns: int | None) -> Iterator[QuoteChanged]:
        """Endless quotes from ``start_ns`` (None: 0). Every contract is quoted within the
        first millisecond."""
        begin_ns = 0 if start_ns is None else start_ns
        rng = random.Random(self._seed)
        heap = [(begin_ns + i * 1000, i) for i in range(len(self._listings))]
        mid, at_ns = START, begin_ns
        while True:
            now_ns, index = heap[0]
            mid = _walk(rng, mid, (now_ns - at_ns) / SECOND_NS)
            at_ns = now_ns
            listing = self._listings[index]
            yield _quote(rng, listing, mid, now_ns)
            wait_s = listing.every_s * (0.5 + rng.random())
            heapq.heapreplace(heap, (now_ns + int(wait_s * SECOND_NS), index))

    def close(self) -> None:
        """Nothing is held."""


def _walk(rng: random.Random, mid: float, seconds: float) -> float:
    pull = (START - mid) * min(1.0, PULL_PER_S * seconds)
    return mid + pull + rng.gauss(0.0, WALK_POINTS_PER_ROOT_S) * math.sqrt(seconds)


def _quote(rng: random.Random, listing: Listing, mid: float, now_ns: int) -> QuoteChanged:
    value = mid + listing.ahead if listing.strike is None else _put(mid, listing.strike)
    tick = listing.contract.tick_at(Decimal(value))
    assert tick is not None
    below = max(1, math.floor(value / float(tick) - (listing.spread_ticks - 1) / 2))
    bid = below * tick
    ask = bid + listing.spread_ticks * tick
    bid_size, ask_size = (Decimal(rng.randint(1, listing.size_max)) for _ in range(2))
    last = bid if rng.random() < 0.5 else ask
    return QuoteChanged(listing.contract.symbol, bid, bid_size, ask, ask_size, last, now_ns)


def _put(forward: float, strike: float) -> float:
    """Value of a put under a normal distribution (Bachelier), without discounting."""
    d = (forward - strike) / VOLATILITY_POINTS
    density = math.exp(-d * d / 2) / math.sqrt(2 * math.pi)
    tail = math.erfc(d / math.sqrt(2)) / 2
    return VOLATILITY_POINTS * (density - d * tail)
