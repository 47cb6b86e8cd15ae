"""The desk's end of a paper exchange that runs in its own process.

Owns: the connection, its renewal, and the questions that are open on it. May not: read
messages (``wire``) or remember orders. Implements ``BrokerPort``; a lost connection is told as
``BrokerDisconnected``, each question open on it as ``QueryFailed``, a new one as
``BrokerConnected``, and it is tried again until ``stop``.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Collection, Sequence

from engine.broker.paper import direct
from engine.broker.paper.address import parse_address
from engine.broker.paper.wire import VERSION, Hello, Watch, WireError, from_json, to_json
from engine.broker.port import BrokerTraits, Deliver, NotSent
from engine.core.decisions import AskOrder, Outbound, Question, SendCancel
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    BrokerEvent,
    CancelRejected,
    ExecutionReport,
    ExecutionsListed,
    HeartbeatReceived,
    OpenOrdersListed,
    OrderHandedOver,
    OrderNotFound,
    PositionsListed,
    QueryFailed,
    QuoteChanged,
    RawReceived,
    SendFailed,
)
from engine.core.model import Instrument

RETRY_FIRST_S = 0.1
RETRY_MAX_S = 2.0
LINE_BYTES_MAX = 64 * 1024 * 1024
QUERIES_OPEN_MAX = 10_000
_HEARD = (
    ExecutionReport, CancelRejected, OrderNotFound, QueryFailed, OpenOrdersListed,
    ExecutionsListed, PositionsListed, HeartbeatReceived, QuoteChanged,
)  # fmt: skip
_log = logging.getLogger(__name__)


class PaperClient:
    """A link to the exchange at ``address`` (see ``server.serve``). Raises ``PaperError`` for
    an address that cannot be one. ``instruments`` is empty until the first connection."""

    def __init__(
        self, address: str, *, name: str = "paper", watch: Collection[str] | None = None
    ) -> None:
        self._address = parse_address(address)
        self._traits = BrokerTraits(name, tells_positions=True)
        self._watched = None if watch is None else tuple(sorted(watch))
        self._writer: asyncio.StreamWriter | None = None
        self._open_queries: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()
        self.instruments: tuple[Instrument, ...] = ()
        self.description = ""

    @property
    def traits(self) -> BrokerTraits:
        return self._traits

    async def start(self, deliver: Deliver) -> None:
        """Begin to connect. Returns at once, also while no exchange is there."""
        assert self._task is None, "started twice"
        self._loop = asyncio.get_running_loop()
        self._deliver_to = deliver
        self._task = asyncio.create_task(self._run(), name="paper client")

    async def stop(self) -> None:
        """End the link; what was handed over is still written."""
        if self._task is None:
            return
        if self._writer is not None:
            with contextlib.suppress(OSError):
                await self._writer.drain()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    def send(self, message: Outbound) -> None:
        """See ``BrokerPort``. Raises ``NotSent`` while there is no connection."""
        if not self._tell(message):
            raise NotSent(f"no connection to the paper exchange at {self._address}")

    def cancel_directly(self, cancels: Sequence[SendCancel]) -> list[OrderHandedOver | SendFailed]:
        """See ``DirectCancels``: over a connection of its own."""
        return direct.cancel(self._address, cancels)

    def ask(self, question: Question) -> None:
        """See ``BrokerPort``."""
        cl_ord_id = question.cl_ord_id if isinstance(question, AskOrder) else ""
        if len(self._open_queries) < QUERIES_OPEN_MAX and self._tell(question):
            self._open_queries[question.query_id] = cl_ord_id
        else:
            failed = QueryFailed(question.query_id, cl_ord_id, "no connection")
            self._loop.call_soon(self._deliver, failed)

    def watch(self, symbols: Collection[str] | None) -> None:
        """Quotes of these symbols from now on, also after a reconnect; None: of all."""
        self._watched = None if symbols is None else tuple(sorted(symbols))
        self._tell(Watch(self._watched))

    def _tell(self, message: object) -> bool:
        if self._writer is None or self._writer.transport.is_closing():
            return False
        self._writer.write(to_json(message).encode("ascii") + b"\n")
        return True

    async def _run(self) -> None:
        wait_s, told = RETRY_FIRST_S, False
        while True:
            why = await self._session()
            if self.connected.is_set():
                self.connected.clear()
                wait_s, told = RETRY_FIRST_S, False
            if not told:
                self._lost(why)
                told = True
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RETRY_MAX_S)

    async def _session(self) -> str:
        """One connection from begin to end; returns why it ended."""
        writer: asyncio.StreamWriter | None = None
        try:
            reader, writer = await self._address.connect(LINE_BYTES_MAX)
            self._greet(await reader.readline(), writer)
            while line := await reader.readline():
                self._hear(line)
            return "the exchange closed the connection"
        except (OSError, WireError, ValueError) as error:
            return f"{self._address}: {error}"
        finally:
            self._writer = None
            if writer is not None:
                writer.close()

    def _greet(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        hello = from_json(line)
        if not isinstance(hello, Hello) or hello.version != VERSION:
            raise WireError(f"expected a paper exchange speaking version {VERSION}")
        self._writer = writer
        self.instruments = hello.instruments
        self.description = hello.description
        if self._watched is not None:
            self._tell(Watch(self._watched))
        self.connected.set()
        self._deliver(BrokerConnected(hello.server_time_ns))

    def _hear(self, line: bytes) -> None:
        """One line from the exchange; what cannot be read is kept whole as raw."""
        raw = line.decode("utf-8", "replace").rstrip("\n")
        try:
            event = from_json(line)
        except WireError as error:
            self._deliver(RawReceived(raw, str(error)))
            return
        if not isinstance(event, _HEARD):
            self._deliver(RawReceived(raw, f"{type(event).__name__} is not for a desk"))
            return
        query_id = getattr(event, "query_id", None)
        if query_id is not None:
            self._open_queries.pop(query_id, None)
        if isinstance(event, ExecutionReport | CancelRejected) and not event.raw:
            event = dataclasses.replace(event, raw=raw)
        self._deliver(event)

    def _lost(self, why: str) -> None:
        self._deliver(BrokerDisconnected(why))
        unanswered, self._open_queries = self._open_queries, {}
        for query_id, cl_ord_id in unanswered.items():
            self._deliver(QueryFailed(query_id, cl_ord_id, "the connection was lost"))

    def _deliver(self, event: BrokerEvent) -> None:
        """Hand one event over; a listener's fault is logged and does not end the link."""
        try:
            self._deliver_to(event)
        except Exception:
            _log.exception("the listener failed on %s", type(event).__name__)
