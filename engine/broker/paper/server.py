"""The paper exchange in a process of its own: one broker behind a local socket.

Owns: the listening socket, the sessions, and who gets which event. May not: match, or read
messages (``wire``). Lines of JSON both ways; the first line from the server is a ``Hello``.

Every session gets all execution reports and the quotes it watches; the answer to a question
goes to the session that asked. Without a session the market goes on, as a real one does: what
was reported meanwhile is not sent again, it is there to be asked for. A session that reads too
slowly is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable, Sequence

from engine.broker.paper.address import Address, parse_address
from engine.broker.paper.broker import PaperBroker
from engine.broker.paper.quotes import PaperError
from engine.broker.paper.wire import VERSION, Hello, Watch, WireError, from_json, to_json
from engine.broker.port import NotSent
from engine.core.decisions import (
    AskExecutions,
    AskOpenOrders,
    AskOrder,
    AskPositions,
    SendCancel,
    SendOrder,
    SendReplace,
)
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    BrokerEvent,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    OrderNotFound,
    PositionsListed,
    QueryFailed,
    QuoteChanged,
)
from engine.core.model import Instrument

UNSENT_BYTES_MAX = 16 * 1024 * 1024
LINE_BYTES_MAX = 1024 * 1024
_log = logging.getLogger(__name__)


async def serve(
    broker: PaperBroker,
    instruments: Sequence[Instrument],
    listen: str,
    *,
    description: str = "",
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run the exchange on ``listen`` until this task is canceled or the exchange fails.

    ``listen``: a path (Unix socket, for this user only) or ``HOST:PORT`` on the loopback.
    ``ready`` is called with the address once it listens. Raises ``PaperError``.
    """
    address = parse_address(listen)
    server = PaperServer(broker, tuple(instruments), description)
    listener = await _listen(address, server)
    try:
        await broker.start(server.deliver)
        if ready is not None:
            ready(str(address))
        await server.failed.wait()
        raise PaperError(server.why)
    finally:
        listener.close()
        await server.hang_up()
        address.remove()
        await broker.stop()


async def _listen(address: Address, server: PaperServer) -> asyncio.Server:
    await address.claim()
    try:
        if address.path is not None:
            listener = await asyncio.start_unix_server(
                server.session, str(address.path), limit=LINE_BYTES_MAX
            )
            address.path.chmod(0o600)
            return listener
        return await asyncio.start_server(
            server.session, address.host, address.port, limit=LINE_BYTES_MAX
        )
    except OSError as error:
        raise PaperError(f"{address}: cannot listen there ({error.strerror or error})") from error


class Session:
    """One connected desk. ``watched`` None: all quotes."""

    def __init__(self, number: int, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.watched: frozenset[str] | None = None
        self._writer = writer

    def tell(self, line: bytes) -> None:
        """Send one line; a reader too far behind is dropped."""
        transport = self._writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > UNSENT_BYTES_MAX:
            _log.warning("session %d reads too slowly and is dropped", self.number)
            transport.abort()
            return
        self._writer.write(line)

    def hang_up(self) -> None:
        self._writer.close()


class PaperServer:
    """The sessions around one broker. ``failed`` is set, with ``why``, when it stopped."""

    def __init__(
        self, broker: PaperBroker, instruments: tuple[Instrument, ...], description: str
    ) -> None:
        self._broker = broker
        self._instruments = instruments
        self._description = description
        self._sessions: dict[int, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_number = 1
        self.failed = asyncio.Event()
        self.why = ""

    async def session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        session = Session(self._next_number, writer)
        self._next_number += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        session.tell(_line(self._hello()))
        self._sessions[session.number] = session
        try:
            while line := await reader.readline():
                self._hear(session, line)
        except (WireError, ValueError) as error:
            _log.warning("session %d sent what we cannot read: %s", session.number, error)
        except OSError:
            pass  # the other side went away, which is its right
        finally:
            self._sessions.pop(session.number, None)
            self._tasks.discard(task)
            writer.close()

    def deliver(self, event: BrokerEvent) -> None:
        """Pass one event of the broker on to whom it concerns."""
        if isinstance(event, BrokerDisconnected):
            self.why = event.why
            self.failed.set()
        elif isinstance(event, BrokerConnected):
            pass  # each session learns it from its Hello
        elif (asked := _query_of(event)) is not None:
            self._answer(event, asked)
        else:
            self._broadcast(event)

    async def hang_up(self) -> None:
        """End all sessions."""
        for session in tuple(self._sessions.values()):
            session.hang_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, session: Session, line: bytes) -> None:
        message = from_json(line)
        match message:
            case Watch():
                session.watched = None if message.symbols is None else frozenset(message.symbols)
            case SendOrder() | SendCancel() | SendReplace():
                with contextlib.suppress(NotSent):  # the exchange stopped; sessions end with it
                    self._broker.send(message)
            case AskOrder() | AskOpenOrders() | AskExecutions() | AskPositions():
                asked = f"{session.number}:{message.query_id}"
                self._broker.ask(dataclasses.replace(message, query_id=asked))
            case _:
                raise WireError(f"{type(message).__name__} is not for the exchange to hear")

    def _answer(self, event: BrokerEvent, asked: str) -> None:
        number, _, query_id = asked.partition(":")
        session = self._sessions.get(int(number))
        if session is not None:
            session.tell(_line(_readdress(event, query_id)))

    def _broadcast(self, event: BrokerEvent) -> None:
        symbol = event.symbol if isinstance(event, QuoteChanged) else None
        line = b""
        for session in tuple(self._sessions.values()):
            if symbol is None or session.watched is None or symbol in session.watched:
                line = line or _line(event)
                session.tell(line)

    def _hello(self) -> Hello:
        traits = self._broker.traits
        return Hello(
            VERSION,
            traits.name,
            traits.rejects_duplicates,
            traits.exec_id_per_order,
            self._description,
            self._instruments,
            self._broker.now_ns,
        )


def _query_of(event: BrokerEvent) -> str | None:
    answers = (
        ExecutionReport, OrderNotFound, QueryFailed, OpenOrdersListed, ExecutionsListed,
        PositionsListed,
    )  # fmt: skip
    return event.query_id if isinstance(event, answers) else None


def _readdress(event: BrokerEvent, query_id: str) -> BrokerEvent:
    """The answer with the query id that its session gave."""
    match event:
        case OpenOrdersListed():
            orders = tuple(dataclasses.replace(o, query_id=query_id) for o in event.orders)
            return dataclasses.replace(event, query_id=query_id, orders=orders)
        case ExecutionsListed():
            done = tuple(dataclasses.replace(e, query_id=query_id) for e in event.executions)
            return dataclasses.replace(event, query_id=query_id, executions=done)
        case ExecutionReport() | OrderNotFound() | QueryFailed() | PositionsListed():
            return dataclasses.replace(event, query_id=query_id)
    raise AssertionError("not an answer")


def _line(message: object) -> bytes:
    return to_json(message).encode("ascii") + b"\n"
