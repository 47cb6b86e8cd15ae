"""On real quotes: only when DESK_QUOTES names a folder of them in LEAN's layout."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from engine.broker.paper import open_paper
from engine.broker.paper.lean import LeanFolder
from engine.core.events import QuoteChanged
from engine.core.terms import Side
from tests.engine.broker.paper_kit import order
from tests.engine.broker.paper_link import Ear

BASKET = 40
DEPTH = 2
STREAM_S_MAX = 10.0


@pytest.fixture
def real_folder() -> Path:
    """A real folder of quotes, when the person who runs the tests names one."""
    if "DESK_QUOTES" not in os.environ:
        pytest.skip("DESK_QUOTES names no folder of real quotes")
    return Path(os.environ["DESK_QUOTES"])


def test_real_quotes_come_whole_and_in_order(real_folder: Path) -> None:
    folder = LeanFolder(real_folder)
    lines = 0
    for path in real_folder.rglob("*_quote*.zip"):
        with zipfile.ZipFile(path) as archive:
            lines += sum(archive.read(name).count(b"\n") for name in archive.namelist())
    last_ns, count, begin = 0, 0, time.perf_counter()
    for quote in folder.stream(None):
        assert quote.server_time_ns is not None and quote.server_time_ns >= last_ns
        assert quote.bid is None or quote.ask is None or quote.bid <= quote.ask
        last_ns, count = quote.server_time_ns, count + 1
    assert 0 <= lines - folder.problems.count - count <= len(list(folder.contracts)) * 2
    assert folder.problems.count < count / 100
    assert time.perf_counter() - begin < STREAM_S_MAX


async def test_a_basket_on_real_quotes_fills_inside_them(real_folder: Path, tmp_path: Path) -> None:
    """MARKET orders of 1 to 200 lots while two hours of a day pass in seconds."""
    every = {(q.symbol, q.server_time_ns): q for q in LeanFolder(real_folder).stream(None)}
    kinds = LeanFolder(real_folder).contracts
    puts = [c.symbol for c in kinds.values() if c.kind == "futureoption" and c.right == "P"]
    start_ns = min(t for s, t in every if s == puts[0] and t is not None)
    market = open_paper(
        real_folder, speed=1800, state_path=tmp_path / "paper.db", start_ns=start_ns, watch=puts
    )
    ear = Ear()
    await market.broker.start(ear)
    for number in range(BASKET):
        side = Side.BUY if number % 2 else Side.SELL
        symbol = puts[number % len(puts)]
        market.broker.send(order(f"c{number}", side, 1 + number * 5, symbol=symbol))
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.0)
    await market.broker.stop()
    with sqlite3.connect(tmp_path / "paper.db") as db:
        rows = db.execute(
            "SELECT symbol, side, last_qty, last_px, time_ns, bid, bid_size, ask, ask_size, level "
            "FROM executions"
        ).fetchall()
    db.close()
    assert len(rows) > BASKET
    moments: dict[str, list[int]] = {}
    for symbol, time_ns in every:
        moments.setdefault(symbol, []).append(time_ns or 0)
    for symbol, side, qty, px, time_ns, bid, bid_size, ask, ask_size, level in rows:
        at = max(t for t in moments[symbol] if t <= time_ns)
        real = every[symbol, at]
        assert real == QuoteChanged(
            symbol, _number(bid), Decimal(bid_size), _number(ask), Decimal(ask_size), None, at
        ), "the exchange's quote is the file's"
        touch = real.ask if side == "BUY" else real.bid
        size = real.ask_size if side == "BUY" else real.bid_size
        assert touch is not None and Decimal(qty) <= size
        tick = kinds[symbol].tick_at(touch)
        assert tick is not None
        worse = Decimal(px) - touch if side == "BUY" else touch - Decimal(px)
        assert worse == level * tick and level <= DEPTH


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
