"""The paper exchange on the event loop: time, days, delivery, and what it survives."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.broker.paper import PaperError, QuotesError, open_paper
from engine.broker.paper import feed as feed_module
from engine.broker.paper.broker import PaperBroker
from engine.broker.paper.wire import from_json
from engine.broker.port import NotSent
from engine.core.decisions import AskExecutions, AskOpenOrders, AskPositions
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    BrokerEvent,
    ExecutionReport,
    ExecutionsListed,
    HeartbeatReceived,
    OpenOrdersListed,
    PositionsListed,
    QueryFailed,
    QuoteChanged,
)
from engine.core.terms import ExecType, OrdStatus, TimeInForce
from tests.engine.broker.lean_kit import small_folder
from tests.engine.broker.paper_kit import CALL, NOW, SYMBOL, ask_order, order, quote
from tests.engine.broker.paper_link import Ear, link

SECOND = 1_000_000_000
HOUR = 3600 * SECOND


@asynccontextmanager
async def running(broker: PaperBroker) -> AsyncIterator[Ear]:
    ear = Ear()
    await broker.start(ear)
    try:
        yield ear
    finally:
        await broker.stop()


async def test_connected_comes_first_with_the_exchanges_time() -> None:
    async with running(link([quote()])) as ear:
        await ear.until_heard(QuoteChanged)
        assert ear.heard[0] == BrokerConnected(NOW)


async def test_an_order_is_acknowledged_and_filled_in_exchange_time() -> None:
    broker = link([quote()], latency_s=0.001)
    async with running(broker) as ear:
        await ear.until_heard(QuoteChanged)
        broker.send(order(qty=5))
        await ear.until_heard(ExecutionReport, 2)
        new, fill = ear.reports()
        assert (new.exec_type, fill.ord_status) == (ExecType.NEW, OrdStatus.FILLED)
        assert fill.server_time_ns is not None
        assert NOW < fill.server_time_ns < NOW + SECOND


async def test_the_raw_text_is_the_message() -> None:
    broker = link([quote()])
    async with running(broker) as ear:
        broker.send(order(qty=1))
        await ear.until_heard(ExecutionReport, 2)
        raw = from_json(ear.reports()[1].raw)
        assert isinstance(raw, ExecutionReport) and raw.exec_id == ear.reports()[1].exec_id


async def test_speed_makes_exchange_time_run_faster() -> None:
    quotes = [quote(at=NOW + minute * 60 * SECOND) for minute in range(10)]
    broker = link(quotes, speed=6000)
    async with running(broker) as ear:
        begin = asyncio.get_running_loop().time()
        await ear.until_heard(QuoteChanged, 10)
        took = asyncio.get_running_loop().time() - begin
        assert 0.085 <= took < 1.0, "nine minutes at 6000 are 0.09 s"


async def test_a_heartbeat_a_second() -> None:
    async with running(link([quote()])) as ear:
        await ear.until_heard(HeartbeatReceived, 2)
        first, second = (e.server_time_ns for e in ear.of(HeartbeatReceived))
        assert first is not None and second is not None
        assert 0.9 * SECOND < second - first < 1.5 * SECOND


async def test_fills_come_with_the_quote_that_made_them() -> None:
    later = quote(bid="8.75", ask="9", at=NOW + SECOND // 10)
    broker = link([quote(), later])
    async with running(broker) as ear:
        broker.send(order(qty=2, px="9"))
        await ear.until(lambda: any(r.exec_type is ExecType.TRADE for r in ear.reports()))
        fill = ear.reports()[-1]
        assert fill.server_time_ns == later.server_time_ns
        assert ear.heard.index(later) < ear.heard.index(fill)


async def test_no_order_trades_between_quotes_of_one_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More quotes at one moment than a turn takes, the order's own symbol last."""
    monkeypatch.setattr(feed_module, "QUOTES_PER_TURN_MAX", 2)
    then = NOW + SECOND // 20
    crowd = [quote(symbol=CALL.symbol, at=then) for _ in range(50)]
    broker = link([quote(ask_size=10_000), *crowd, quote("1", 9, "1.10", 9, at=then)])
    async with running(broker) as ear:
        number = 0
        while not any(q.bid == 1 for q in ear.of(QuoteChanged)):
            broker.send(order(f"c{number}", qty=1, px="12"))
            number += 1
            await asyncio.sleep(0)
        await ear.until(lambda: ear.reports()[-1].cl_ord_id == f"c{number - 1}")
        late = [r for r in ear.reports() if r.server_time_ns == then and r.last_px is not None]
        assert {str(r.last_px) for r in late} <= {"1.10", "1.15", "1.20"}


async def test_only_watched_quotes_are_delivered_and_more_on_demand() -> None:
    other = quote(symbol=CALL.symbol, at=NOW + 1)
    broker = link([quote(), other, quote(at=NOW + SECOND // 10)], watch=[SYMBOL])
    async with running(broker) as ear:
        await ear.until_heard(QuoteChanged, 2)
        assert {q.symbol for q in ear.of(QuoteChanged)} == {SYMBOL}
        broker.watch([SYMBOL, CALL.symbol])
        await ear.until_heard(QuoteChanged, 3)
        assert ear.of(QuoteChanged)[-1] == other


async def test_questions_are_answered() -> None:
    broker = link([quote()])
    async with running(broker) as ear:
        broker.send(order(qty=20))
        broker.ask(ask_order("c1", "q1"))
        broker.ask(AskOpenOrders("q2"))
        broker.ask(AskExecutions("q3", None))
        await ear.until_heard(ExecutionsListed)
        assert [r.query_id for r in ear.reports()][-1] == "q1"
        (listed,) = ear.of(OpenOrdersListed)
        assert isinstance(listed, OpenOrdersListed) and len(listed.orders) == 1


async def test_positions_are_what_its_executions_come_to(tmp_path: Path) -> None:
    broker = link([quote()], path=tmp_path / "paper.db")
    async with running(broker) as ear:
        assert broker.traits.tells_positions
        broker.send(order(qty=20))
        await ear.until(lambda: any(r.cum_qty for r in ear.reports()))
        broker.ask(AskPositions("q1"))
        await ear.until_heard(PositionsListed)
        filled = max(r.cum_qty for r in ear.reports())
    (listed,) = ear.of(PositionsListed)
    assert (listed.query_id, listed.complete) == ("q1", True)
    assert [(p.symbol, p.quantity) for p in listed.positions] == [(SYMBOL, filled)]
    again = link([quote()], path=tmp_path / "paper.db")
    async with running(again) as ear:
        again.ask(AskPositions("q2"))
        await ear.until_heard(PositionsListed)
        assert ear.of(PositionsListed)[0].positions == listed.positions, "it forgets nothing"


async def test_the_day_ends_at_a_pause_and_time_goes_on_after_it() -> None:
    next_day = quote(at=NOW + 10 * HOUR)
    broker = link([quote(ask_size=1), next_day], speed=600)
    async with running(broker) as ear:
        broker.send(order("day", qty=30))
        broker.send(order("gtc", qty=4, px="10.25", tif=TimeInForce.GTC))
        await ear.until(lambda: next_day in ear.heard)
        expired = [r for r in ear.reports() if r.exec_type is ExecType.EXPIRED]
        assert [r.cl_ord_id for r in expired] == ["day"]
        assert expired[0].server_time_ns == NOW + 60 * SECOND
        await ear.until(lambda: ear.reports()[-1].cl_ord_id == "gtc")
        assert ear.reports()[-1].server_time_ns == NOW + 10 * HOUR


async def test_after_the_last_quote_the_market_is_closed() -> None:
    broker = link([quote()], speed=6000)
    async with running(broker) as ear:
        broker.send(order("day", qty=30))
        async with asyncio.timeout(5):
            await broker.finished.wait()
        broker.send(order("late"))
        await ear.until(lambda: ear.reports()[-1].cl_ord_id == "late")
        assert ear.reports()[-1].ord_status is OrdStatus.REJECTED
        assert "the quotes have ended" in ear.reports()[-1].text
        assert any(r.exec_type is ExecType.EXPIRED for r in ear.reports())


async def test_exchange_time_never_goes_back_across_a_kill(tmp_path: Path) -> None:
    quotes = [quote(at=NOW + i * SECOND) for i in range(200)]
    path = tmp_path / "paper.db"
    shown: list[int] = []
    for run in range(3):
        broker = link(quotes, path=path, speed=20)
        ear = Ear()
        await broker.start(ear)
        broker.send(order(f"c{run}", qty=1))
        await ear.until_count(16)
        timed = (ExecutionReport, HeartbeatReceived, QuoteChanged, BrokerConnected)
        shown += [e.server_time_ns or 0 for e in ear.heard if isinstance(e, timed)]
        assert broker._pump is not None
        broker._pump.cancel()  # a kill: nothing is written on the way out
        broker._exchange.ledger._db.close()
    assert shown == sorted(shown)


async def test_what_was_handed_over_before_stop_arrives(tmp_path: Path) -> None:
    path = tmp_path / "paper.db"
    broker = link([quote()], path=path, latency_s=0.05)
    async with running(broker) as ear:
        await ear.until_heard(QuoteChanged)
        broker.send(order(qty=1))
    again = link([quote()], path=path)
    async with running(again) as ear:
        again.ask(ask_order("c1"))
        await ear.until_heard(ExecutionReport)
        assert ear.reports()[0].ord_status is OrdStatus.FILLED


async def test_before_start_and_after_stop_nothing_is_sent() -> None:
    broker = link([quote()])
    with pytest.raises(NotSent):
        broker.send(order())
    async with running(broker):
        pass
    with pytest.raises(NotSent):
        broker.send(order())


@pytest.mark.logs_warnings
async def test_a_state_that_cannot_be_written_ends_the_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = link([quote()])
    async with running(broker) as ear:
        await ear.until_heard(QuoteChanged)

        def full() -> None:
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(broker._exchange.ledger, "commit", full)
        broker.send(order(qty=1))
        await ear.until_heard(BrokerDisconnected)
        assert ear.reports() == [], "nothing is reported that is not written"
        assert "disk is full" in ear.of(BrokerDisconnected)[-1].why
        with pytest.raises(NotSent):
            broker.send(order("c2"))
        broker.ask(AskOpenOrders("q"))
        await ear.until_heard(QueryFailed)
        monkeypatch.undo()


@pytest.mark.logs_warnings
async def test_a_listener_that_raises_does_not_stop_the_market(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = link([quote(), quote(at=NOW + SECOND // 20)])
    ear = Ear()

    def deliver(event: BrokerEvent) -> None:
        ear(event)
        if len(ear.heard) == 2:
            raise RuntimeError("a listener's fault")

    await broker.start(deliver)
    await ear.until_heard(QuoteChanged, 2)
    await broker.stop()
    assert "the listener failed on QuoteChanged" in caplog.text


# -- the factory ---------------------------------------------------------------------------


async def test_open_paper_synthetic() -> None:
    market = open_paper(seed=3, watch=["ESH20"])
    assert "ES200320P3000" in {i.symbol for i in market.instruments}
    ear = Ear()
    await market.broker.start(ear)
    await ear.until_heard(QuoteChanged, 2)
    await market.broker.stop()
    assert {q.symbol for q in ear.of(QuoteChanged)} == {"ESH20"}


async def test_open_paper_on_a_folder_plays_it_to_the_end(tmp_path: Path) -> None:
    market = open_paper(small_folder(tmp_path), speed=6000)
    ear = Ear()
    await market.broker.start(ear)
    async with asyncio.timeout(5):
        await market.paper.finished.wait()
    await market.broker.stop()
    assert len(ear.of(QuoteChanged)) == 5


async def test_a_finished_run_goes_on_where_it_was_unless_rewound(tmp_path: Path) -> None:
    folder, state = small_folder(tmp_path), tmp_path / "paper.db"

    async def play(rewind: bool) -> int:
        market = open_paper(folder, speed=60_000, state_path=state, rewind=rewind)
        ear = Ear()
        await market.broker.start(ear)
        async with asyncio.timeout(5):
            await market.paper.finished.wait()
        await market.broker.stop()
        return len(ear.of(QuoteChanged))

    assert [await play(False), await play(False), await play(True)] == [5, 3, 5]


async def test_rewinding_under_open_orders_is_refused(tmp_path: Path) -> None:
    folder, state = small_folder(tmp_path), tmp_path / "paper.db"
    market = open_paper(folder, state_path=state)
    ear = Ear()
    await market.broker.start(ear)
    market.broker.send(order(qty=1, px="1", tif=TimeInForce.GTC))
    await ear.until_heard(ExecutionReport)
    await market.broker.stop()
    with pytest.raises(PaperError, match="1 orders are open"):
        open_paper(folder, state_path=state, rewind=True)


async def test_a_market_never_started_gives_its_files_back(tmp_path: Path) -> None:
    for _ in range(2):
        market = open_paper(state_path=tmp_path / "paper.db")
        await market.broker.stop()
        await market.broker.stop()


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_a_speed_that_is_none(speed: float) -> None:
    with pytest.raises(PaperError, match="expected a number above 0"):
        open_paper(speed=speed)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(QuotesError):
        open_paper(tmp_path / "nowhere")
