"""Putting a paper exchange together from what a user asked for.

Owns: the choice of source, state file and faults. May not: hold state or know the desk.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.broker.faults import NONE, FaultProfile, FaultyBroker
from engine.broker.paper.broker import LATENCY_S, PaperBroker
from engine.broker.paper.contracts import Contract
from engine.broker.paper.exchange import Exchange
from engine.broker.paper.feed import QuoteFeed
from engine.broker.paper.lean import LeanFolder
from engine.broker.paper.ledger import Ledger
from engine.broker.paper.quotes import PaperError, QuoteSource
from engine.broker.paper.synthetic import SyntheticMarket
from engine.broker.port import BrokerPort
from engine.core.model import Instrument


@dataclass(frozen=True, slots=True)
class PaperMarket:
    """An exchange that is ready to start.

    ``broker``: what the engine talks to, the fault profile's link included. ``paper``: the
    exchange behind it, for ``watch``, ``now_ns``, ``finished``. ``source``: what was skipped
    stands in ``source.problems``.
    """

    broker: BrokerPort
    paper: PaperBroker
    source: QuoteSource
    contracts: tuple[Contract, ...]

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Symbol, lot, tick, multiplier and currency of everything that is traded here."""
        return tuple(contract.instrument for contract in self.contracts)

    @property
    def description(self) -> str:
        return self.source.description


def open_paper(
    source: Literal["synthetic"] | Path = "synthetic",
    *,
    seed: int = 1,
    speed: float = 1.0,
    state_path: Path | None = None,
    faults: FaultProfile = NONE,
    symbols: Collection[str] | None = None,
    start_ns: int | None = None,
    watch: Collection[str] | None = None,
    latency_s: float = LATENCY_S,
    rewind: bool = False,
) -> PaperMarket:
    """Open a paper exchange. Nothing runs before ``market.broker.start``.

    ``source``: "synthetic", or a folder in LEAN's layout. ``seed``: of the synthetic market
    and of the faults. ``speed``: exchange seconds per local second. ``state_path``: the
    exchange's own file, which outlives the desk; None: nothing outlives it. ``symbols``: only
    these are traded; None: all. ``watch``: only their quotes are delivered; None: all (change
    it with ``paper.watch``). ``start_ns``: where a fresh exchange begins, in exchange time;
    None: the first quote, or the present for the synthetic market. A state file that has a
    time goes on there, unless ``rewind``, which plays the quotes again and is refused while
    orders are open. ``latency_s``: of the link, each way.

    Raises ``PaperError`` (``QuotesError`` for the quotes) with a sentence for the user.
    """
    if not 0 < speed < float("inf"):
        raise PaperError(f"speed {speed}: expected a number above 0, such as 60")
    quotes = _open_source(source, seed, symbols)
    try:
        ledger = Ledger(state_path, _new_epoch())
    except PaperError:
        quotes.close()
        raise
    if rewind:
        _rewind(ledger, state_path)
    exchange = Exchange(ledger, quotes.contracts, share=faults.displayed_share)
    if start_ns is None and source == "synthetic":
        start_ns = time.time_ns()
    feed = QuoteFeed(quotes, speed, start_ns)
    paper = PaperBroker(exchange, feed, latency_s=latency_s, watch=watch)
    broker = paper if faults == NONE else FaultyBroker(paper, faults, seed)
    return PaperMarket(broker, paper, quotes, tuple(quotes.contracts.values()))


def _open_source(
    source: Literal["synthetic"] | Path, seed: int, symbols: Collection[str] | None
) -> QuoteSource:
    if isinstance(source, Path):
        return LeanFolder(source, symbols)
    return SyntheticMarket(seed, symbols)


def _rewind(ledger: Ledger, state_path: Path | None) -> None:
    still_open = len(ledger.open_orders())
    if still_open:
        ledger.close()
        raise PaperError(
            f"{state_path}: {still_open} orders are open; expected none before the quotes are "
            "played again. Cancel them first, or give a new state file"
        )
    ledger.set_clock(None)
    ledger.commit()


def _new_epoch() -> str:
    """A short text that no other state file has: ids stay unique when a file is replaced."""
    return base64.b32encode(time.time_ns().to_bytes(8, "big")[1:]).decode("ascii").rstrip("=")
