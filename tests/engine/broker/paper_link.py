"""A paper exchange on a scripted market, and an ear for what it delivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from engine.broker.paper.broker import PaperBroker
from engine.broker.paper.contracts import Contract
from engine.broker.paper.exchange import Exchange
from engine.broker.paper.feed import QuoteFeed
from engine.broker.paper.ledger import Ledger
from engine.broker.paper.quotes import ProblemLog
from engine.core.events import BrokerEvent, ExecutionReport, QuoteChanged
from tests.engine.broker.paper_kit import CALL, FUTURE, PUT

WAIT_S = 20.0
Event = TypeVar("Event", bound=BrokerEvent)


class ScriptedMarket:
    """A quote source that plays what it was given."""

    def __init__(self, quotes: Sequence[QuoteChanged]) -> None:
        self._quotes = quotes
        self.problems = ProblemLog()
        self.description = "scripted"
        self.contracts: Mapping[str, Contract] = {c.symbol: c for c in (PUT, CALL, FUTURE)}
        self.closed = False

    def stream(self, start_ns: int | None) -> Iterator[QuoteChanged]:
        for quote in self._quotes:
            if start_ns is None or (quote.server_time_ns or 0) >= start_ns:
                yield quote

    def close(self) -> None:
        self.closed = True


class Ear:
    """Keeps what is delivered and waits for more."""

    def __init__(self) -> None:
        self.heard: list[BrokerEvent] = []
        self._news = asyncio.Event()

    def __call__(self, event: BrokerEvent) -> None:
        self.heard.append(event)
        self._news.set()

    def reports(self) -> list[ExecutionReport]:
        return [e for e in self.heard if isinstance(e, ExecutionReport)]

    def of(self, kind: type[Event]) -> list[Event]:
        return [e for e in self.heard if isinstance(e, kind)]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds; it fails where that never comes."""
        async with asyncio.timeout(WAIT_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def until_count(self, count: int) -> None:
        await self.until(lambda: len(self.heard) >= count)

    async def until_heard(self, kind: type[Event], count: int = 1) -> None:
        await self.until(lambda: len(self.of(kind)) >= count)


def link(
    quotes: Sequence[QuoteChanged],
    *,
    path: Path | None = None,
    speed: float = 1.0,
    latency_s: float = 0.0,
    start_ns: int | None = None,
    watch: Sequence[str] | None = None,
) -> PaperBroker:
    market = ScriptedMarket(quotes)
    exchange = Exchange(Ledger(path, "T"), market.contracts)
    feed = QuoteFeed(market, speed, start_ns)
    return PaperBroker(exchange, feed, latency_s=latency_s, watch=watch)
