"""The paper exchange in a process of its own, and what a kill leaves behind."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from engine.broker.paper import PaperClient, PaperError, open_paper, serve
from engine.broker.paper.address import parse_address
from engine.broker.port import NotSent
from engine.core.decisions import AskExecutions, AskOpenOrders
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    ExecutionReport,
    ExecutionsListed,
    OrderNotFound,
    QueryFailed,
    QuoteChanged,
    RawReceived,
)
from engine.core.terms import ExecType, OrdStatus, TimeInForce
from tests.engine.broker.paper_kit import ask_order, order
from tests.engine.broker.paper_link import Ear

ROOT = Path(__file__).parents[3]
HELLO = (
    b'{"type":"Hello","version":2,"name":"p","rejects_duplicates":true,'
    b'"exec_id_per_order":false,"description":"","instruments":[]}\n'
)
pytestmark = pytest.mark.process
Start = Callable[[], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts exchange processes on one state file and one socket; ends them."""
    begun: list[asyncio.subprocess.Process] = []

    async def begin() -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.engine.broker.exchange_process",
            str(tmp_path / "paper.db"), str(tmp_path / "x.sock"), "5",
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        begun.append(process)
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert b"listening" in await process.stdout.readline()
        return process

    yield begin
    for process in begun:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@asynccontextmanager
async def desk(address: str) -> AsyncIterator[tuple[PaperClient, Ear]]:
    client, ear = PaperClient(address, watch=["ES200320P3000"]), Ear()
    await client.start(ear)
    try:
        yield client, ear
    finally:
        await client.stop()


async def test_kill_the_exchange_and_nothing_reported_is_lost(start: Start, tmp_path: Path) -> None:
    process = await start()
    async with desk(str(tmp_path / "x.sock")) as (client, ear):
        await ear.until_heard(QuoteChanged)
        assert "ES200320P3000" in {i.symbol for i in client.instruments}
        client.send(order(qty=200, symbol="ES200320P3000", tif=TimeInForce.GTC))
        client.send(order("rests", qty=2, px="1", symbol="ES200320P3000"))
        await ear.until_heard(ExecutionReport, 6)
        process.kill()
        await ear.until_heard(BrokerDisconnected)
        with pytest.raises(NotSent):
            client.send(order("c9"))
        reported = {r.exec_id: r for r in ear.reports() if r.exec_type is ExecType.TRADE}
        await process.wait()
        await start()
        await ear.until_heard(BrokerConnected, 2)
        client.ask(AskExecutions("q", None))
        client.ask(AskOpenOrders("o"))
        await ear.until_heard(ExecutionsListed)
        (listed,) = ear.of(ExecutionsListed)
        assert isinstance(listed, ExecutionsListed)
        kept = {e.exec_id: e for e in listed.executions}
        assert reported.keys() <= kept.keys()
        for exec_id, report in reported.items():
            assert (kept[exec_id].last_qty, kept[exec_id].last_px, kept[exec_id].cum_qty) == (
                report.last_qty, report.last_px, report.cum_qty,
            )  # fmt: skip
        client.send(order(qty=200, symbol="ES200320P3000"))
        await ear.until(
            lambda: any("duplicate" in r.text and r.query_id is None for r in ear.reports())
        )


async def test_the_exchange_lives_on_while_no_desk_is_there(start: Start, tmp_path: Path) -> None:
    await start()
    async with desk(str(tmp_path / "x.sock")) as (client, ear):
        await ear.until_heard(BrokerConnected)
        client.send(order(qty=60, symbol="ES200320P3000"))
        await ear.until_heard(ExecutionReport)
    await asyncio.sleep(1.0)
    async with desk(str(tmp_path / "x.sock")) as (client, ear):
        await ear.until_heard(BrokerConnected)
        client.ask(ask_order("c1", "q"))
        await ear.until_heard(ExecutionReport)
        answers = [r for r in ear.reports() if r.query_id == "q"]
        assert answers and answers[0].cum_qty > 0


def test_kill_the_desk_with_its_embedded_exchange(tmp_path: Path) -> None:
    """Three times: everything printed before the kill is in the file, and no id comes twice."""
    state = tmp_path / "paper.db"
    heard: list[list[str]] = []
    for run in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.broker.embedded_process", str(state), str(run)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        for _ in range(400):
            heard.append(process.stdout.readline().split())
        process.kill()
        rest, _ = process.communicate()
        heard += [line.split() for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    with sqlite3.connect(state) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = dict(db.execute("SELECT exec_id, last_qty FROM executions"))
        sums = dict(
            db.execute(
                "SELECT order_id, sum(CAST(last_qty AS INTEGER)) FROM executions GROUP BY order_id"
            )
        )
        cums = dict(db.execute("SELECT order_id, CAST(cum_qty AS INTEGER) FROM orders"))
        known = {row[0] for row in db.execute("SELECT cl_ord_id FROM cl_ord_ids")}
    db.close()
    exec_ids = [words[1] for words in heard]
    assert len(exec_ids) >= 1200 and len(set(exec_ids)) == len(exec_ids)
    traded = [words for words in heard if words[3] == "TRADE"]
    assert traded and all(Decimal(kept[w[1]]) == Decimal(w[4]) for w in traded)
    assert {words[0] for words in heard} <= known
    assert {o: c for o, c in cums.items() if c} == sums


# -- the socket, in this process -----------------------------------------------------------


@asynccontextmanager
async def served(listen: str) -> AsyncIterator[None]:
    market = open_paper(seed=5)
    ready = asyncio.Event()
    task = asyncio.create_task(
        serve(market.paper, market.instruments, listen, ready=lambda _: ready.set())
    )
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_over_loopback_tcp(unused_tcp_port: int) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    async with served(address), desk(address) as (client, ear):
        await ear.until_heard(QuoteChanged)
        client.send(order(qty=1, symbol="ES200320P3000"))
        await ear.until(lambda: any(r.ord_status is OrdStatus.FILLED for r in ear.reports()))
        assert '"type":"ExecutionReport"' in ear.reports()[-1].raw


async def test_answers_go_to_the_desk_that_asked(tmp_path: Path) -> None:
    address = str(tmp_path / "x.sock")
    async with served(address), desk(address) as (one, ear_1), desk(address) as (_, ear_2):
        await ear_1.until_heard(BrokerConnected)
        await ear_2.until_heard(BrokerConnected)
        one.ask(ask_order("nobody", "mine"))
        await ear_1.until_heard(OrderNotFound)
        one.send(order(qty=1, symbol="ES200320P3000"))
        await ear_2.until_heard(ExecutionReport)
        assert ear_2.of(OrderNotFound) == []
        (answer,) = ear_1.of(OrderNotFound)
        assert isinstance(answer, OrderNotFound) and answer.query_id == "mine"


async def test_the_socket_is_the_users_own_and_goes_with_the_exchange(tmp_path: Path) -> None:
    path = tmp_path / "x.sock"
    async with served(str(path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(PaperError, match="another exchange listens there"):
            async with served(str(path)):
                pass
    assert not path.exists()


async def test_a_socket_that_a_kill_left_is_cleared_away(tmp_path: Path) -> None:
    import socket

    path = tmp_path / "x.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    async with served(str(path)), desk(str(path)) as (_, ear):
        await ear.until_heard(BrokerConnected)


async def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.sock"
    path.write_text("mine")
    with pytest.raises(PaperError, match="is a file; expected a free path"):
        async with served(str(path)):
            pass
    assert path.read_text() == "mine"


async def test_a_port_in_use(unused_tcp_port: int) -> None:
    address = f"127.0.0.1:{unused_tcp_port}"
    async with served(address):
        with pytest.raises(PaperError, match="cannot listen there"):
            async with served(address):
                pass


@pytest.mark.logs_warnings
async def test_a_desk_that_talks_nonsense_is_dropped_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address = str(tmp_path / "x.sock")
    async with served(address), desk(address) as (_, ear):
        await ear.until_heard(BrokerConnected)
        reader, writer = await asyncio.open_unix_connection(address)
        await reader.readline()
        writer.write(b'{"type": "AskOpenOrders"}\n')
        async with asyncio.timeout(5):
            while await reader.readline():
                pass
        writer.close()
        await ear.until_heard(QuoteChanged)
    assert "AskOpenOrders: field query_id is missing" in caplog.text


async def test_without_an_exchange_the_client_says_so_and_keeps_trying(tmp_path: Path) -> None:
    address = str(tmp_path / "x.sock")
    async with desk(address) as (client, ear):
        client.ask(AskOpenOrders("q"))
        await ear.until_heard(QueryFailed)
        await ear.until_heard(BrokerDisconnected)
        async with served(address):
            await ear.until_heard(BrokerConnected)
        await ear.until_heard(BrokerDisconnected, 2)
        assert len(ear.of(BrokerDisconnected)) == 2


async def test_a_question_open_on_a_lost_connection_has_failed(tmp_path: Path) -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO)
        await reader.readline()
        writer.close()

    server = await asyncio.start_unix_server(deaf, str(tmp_path / "x.sock"))
    client, ear = PaperClient(str(tmp_path / "x.sock")), Ear()
    await client.start(ear)
    await ear.until_heard(BrokerConnected)
    client.ask(ask_order("c1", "q"))
    await ear.until_heard(QueryFailed)
    (failed,) = ear.of(QueryFailed)
    assert (failed.query_id, failed.cl_ord_id) == ("q", "c1")
    assert ear.heard.index(ear.of(BrokerDisconnected)[0]) < ear.heard.index(failed)
    await client.stop()
    server.close()


async def test_what_the_client_cannot_read_is_kept_raw(tmp_path: Path) -> None:
    path = tmp_path / "x.sock"

    async def odd(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HELLO + b'{"type":"ExecutionReport"}\n{"type":"Watch"}\nnonsense\n')
        writer.close()

    server = await asyncio.start_unix_server(odd, str(path))
    async with desk(str(path)) as (_, ear):
        await ear.until_heard(RawReceived, 3)
        first = ear.of(RawReceived)[0]
        assert isinstance(first, RawReceived)
        assert first.raw == '{"type":"ExecutionReport"}' and "is missing" in first.why
    server.close()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "expected a path with a slash, or HOST:PORT"),
        ("host:0", "expected a path"),
        ("10.0.0.1:99", "expected 127.0.0.1 or ::1"),
        ("/" + "x" * 200, "too long for a socket's path"),
    ],
)
def test_addresses_that_are_none(text: str, says: str) -> None:
    with pytest.raises(PaperError, match=says):
        parse_address(text)
