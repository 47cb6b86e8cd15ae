"""The made-up market."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice

import pytest

from engine.broker.paper.quotes import QuotesError
from engine.broker.paper.synthetic import SyntheticMarket

SECOND_NS = 1_000_000_000


def test_the_same_seed_is_the_same_market() -> None:
    one, two, other = (list(islice(SyntheticMarket(seed).stream(0), 500)) for seed in (7, 7, 8))
    assert one == two != other


def test_quotes_are_in_order_on_the_tick_and_not_crossed() -> None:
    market = SyntheticMarket(3)
    last_ns = 0
    for quote in islice(market.stream(5), 5000):
        assert quote.server_time_ns is not None and quote.server_time_ns >= last_ns
        last_ns = quote.server_time_ns
        assert quote.bid is not None and quote.ask is not None and 0 < quote.bid < quote.ask
        assert quote.bid_size >= 1 and quote.ask_size >= 1
        tick = market.contracts[quote.symbol].instrument.tick
        assert tick is not None and quote.bid % tick == quote.ask % tick == 0


def test_everything_is_quoted_at_once_and_puts_rise_with_their_strike() -> None:
    market = SyntheticMarket(1)
    first = list(islice(market.stream(0), len(market.contracts)))
    assert {q.symbol for q in first} == set(market.contracts)
    assert all((q.server_time_ns or 0) < SECOND_NS // 1000 for q in first)
    puts = [q.bid for q in first if q.symbol.startswith("ES200320P") and q.bid is not None]
    assert puts == sorted(puts)


def test_one_put_is_thin() -> None:
    quotes = [q for q in islice(SyntheticMarket(1).stream(0), 5000)]
    thin = [q for q in quotes if q.symbol == "ES200320P2900"]
    other = [q for q in quotes if q.symbol == "ES200320P3000"]
    assert max(q.ask_size for q in thin) <= 4 < max(q.ask_size for q in other)
    assert len(thin) * 3 < len(other)


def test_the_walk_stays_near_its_start() -> None:
    mids = [q.bid for q in islice(SyntheticMarket(5).stream(0), 50_000) if q.symbol == "ESH20"]
    assert all(bid is not None and abs(bid - 3240) < Decimal(60) for bid in mids)


def test_symbols_wanted() -> None:
    assert list(SyntheticMarket(1, ["ESH20"]).contracts) == ["ESH20"]
    with pytest.raises(QuotesError, match="has no NOPE; expected one of ESH20"):
        SyntheticMarket(1, ["NOPE"])
