"""The embedded paper exchange as a broker: the pump that moves quotes, messages and time.

Owns: the link between the event loop and the exchange: latency, heartbeats, days, delivery.
May not: decide a fill (``matching``) or an answer (``exchange``).

One turn: take the quotes that are due and the messages that have arrived, commit the
exchange's ledger, and only then let the reports go. A report that was delivered is therefore
in the state file, whatever happens to this process.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import sqlite3
from collections import deque
from collections.abc import Collection

from engine.broker.paper.exchange import Exchange
from engine.broker.paper.feed import QuoteFeed
from engine.broker.paper.quotes import PaperError
from engine.broker.paper.wire import to_json
from engine.broker.port import BrokerTraits, Deliver, NotSent
from engine.core.decisions import AskOrder, Outbound, Question
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    BrokerEvent,
    CancelRejected,
    ExecutionReport,
    HeartbeatReceived,
    QueryFailed,
)

LATENCY_S = 0.002
HEARTBEAT_S = 1.0
MESSAGES_PER_TURN_MAX = 64
RESERVED_S = 2.0
_log = logging.getLogger(__name__)


class PaperBroker:
    """The exchange over one quote feed; implements ``BrokerPort``.

    ``latency_s``: local seconds a message takes, each way. ``finished`` is set when the
    quotes have ended, the last day is closed and all of that is delivered.
    """

    def __init__(
        self,
        exchange: Exchange,
        feed: QuoteFeed,
        *,
        name: str = "paper",
        latency_s: float = LATENCY_S,
        watch: Collection[str] | None = None,
    ) -> None:
        assert latency_s >= 0
        self._exchange = exchange
        self._feed = feed
        self._traits = BrokerTraits(name, tells_positions=True)
        self._latency_s = latency_s
        self._watched = None if watch is None else frozenset(watch)
        self._inbound: deque[tuple[float, Outbound | Question]] = deque()
        self._outbound: deque[tuple[float, BrokerEvent]] = deque()
        self._beat_s = 0.0
        self._connected = False
        self._pump: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self.finished = asyncio.Event()

    @property
    def traits(self) -> BrokerTraits:
        return self._traits

    @property
    def now_ns(self) -> int:
        """Exchange time. Only after ``start``."""
        return self._feed.now_ns

    async def start(self, deliver: Deliver) -> None:
        """Open the market and begin to deliver. Raises ``PaperError``."""
        assert self._pump is None, "started twice"
        self._loop = asyncio.get_running_loop()
        self._deliver_to = deliver
        ledger = self._exchange.ledger
        await self._loop.run_in_executor(None, self._feed.prime, ledger.clock_ns)
        self._feed.begin(self._loop.time())
        self._connected = True
        self._beat(self._loop.time())
        self._deliver(BrokerConnected(self._feed.now_ns))
        self._pump = asyncio.create_task(self._run(), name="paper exchange")

    async def stop(self) -> None:
        """Take what was handed over, close the files, also when it was never started. What
        was not delivered yet is not delivered any more."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        self._feed.close()
        if self._connected:
            self._connected = False
            while self._inbound:
                self._take(self._inbound.popleft()[1])
            self._exchange.ledger.set_clock(self._feed.now_ns)
        try:
            self._exchange.ledger.commit()
        except sqlite3.Error as error:
            raise PaperError(f"the paper exchange's state was not written: {error}") from error
        finally:
            self._exchange.ledger.close()

    def send(self, message: Outbound) -> None:
        """See ``BrokerPort``. Raises ``NotSent`` while the link is down."""
        if not self._connected:
            raise NotSent("the paper exchange is not connected")
        self._arrive(message)

    def ask(self, question: Question) -> None:
        """See ``BrokerPort``."""
        if self._connected:
            self._arrive(question)
        else:
            cl_ord_id = question.cl_ord_id if isinstance(question, AskOrder) else ""
            failed = QueryFailed(question.query_id, cl_ord_id, "not connected")
            asyncio.get_running_loop().call_soon(self._deliver, failed)

    def watch(self, symbols: Collection[str] | None) -> None:
        """Deliver quotes of these symbols from now on, beginning with the present ones; None:
        of all."""
        before = self._watched
        self._watched = None if symbols is None else frozenset(symbols)
        if before is None or not self._connected:
            return
        wanted = self._feed.symbols if self._watched is None else self._watched
        for symbol in sorted(wanted - before):
            quote = self._exchange.quote(symbol)
            if quote is not None:
                self._leave(quote)
        self._wake.set()

    def _arrive(self, message: Outbound | Question) -> None:
        self._inbound.append((self._loop.time() + self._latency_s, message))
        self._wake.set()

    # -- the pump --------------------------------------------------------------------------

    async def _run(self) -> None:
        while self._connected:
            try:
                wait_s = self._turn(self._loop.time())
            except Exception as error:
                _log.exception("the paper exchange stopped")
                self._fail(str(error))
                return
            if wait_s <= 0:
                await asyncio.sleep(0)
                continue
            self._wake.clear()
            timer = self._loop.call_later(wait_s, self._wake.set)
            await self._wake.wait()
            timer.cancel()

    def _turn(self, local_s: float) -> float:
        """One cycle; returns the seconds until the next is due."""
        made: list[BrokerEvent] = []
        for quote in self._feed.due(local_s):
            if self._watched is None or quote.symbol in self._watched:
                made.append(quote)
            made += self._exchange.on_quote(quote, self._feed.now_ns)
        made += self._days(local_s)
        made += self._messages(local_s)
        if local_s >= self._beat_s:
            made.append(self._beat(local_s))
        self._reserve_time()
        self._exchange.ledger.commit()
        for event in made:
            self._leave(event)
        while self._outbound and self._outbound[0][0] <= self._loop.time():
            self._deliver(self._outbound.popleft()[1])
        if self._feed.is_over and not self._outbound:
            self.finished.set()
        return self._next_due_s() - self._loop.time()

    def _messages(self, local_s: float) -> list[BrokerEvent]:
        """Take what has arrived. Messages wait while quotes of the same moment are still to
        come: a fill stamped with a moment must be made from that moment's quote."""
        made: list[BrokerEvent] = []
        for _ in range(MESSAGES_PER_TURN_MAX):
            if self._feed.is_mid_moment or not self._inbound or self._inbound[0][0] > local_s:
                break
            made += self._take(self._inbound.popleft()[1])
        return made

    def _days(self, local_s: float) -> list[BrokerEvent]:
        """Close the day when it is over; close the market when the quotes have ended."""
        if not self._feed.day_is_over(local_s):
            return []
        ended = list(self._exchange.end_day(self._feed.now_ns))
        if self._feed.next_day(local_s):
            return ended
        self._exchange.close("the market is closed: the quotes have ended")
        return ended

    def _take(self, message: Outbound | Question) -> list[BrokerEvent]:
        now_ns = self._feed.now_ns
        if isinstance(message, Question):
            return [self._exchange.on_question(message, now_ns)]
        return self._exchange.on_message(message, now_ns)

    def _beat(self, local_s: float) -> HeartbeatReceived:
        """A sign of life."""
        self._beat_s = local_s + HEARTBEAT_S
        return HeartbeatReceived(self._feed.now_ns)

    def _reserve_time(self) -> None:
        """Note where time goes on after a crash: beyond all that was shown, so that it never
        goes back. Noted ahead, and again when that is reached."""
        ledger = self._exchange.ledger
        if ledger.clock_ns is None or self._feed.now_ns >= ledger.clock_ns:
            ledger.set_clock(self._feed.ahead_ns(RESERVED_S))

    def _leave(self, event: BrokerEvent) -> None:
        self._outbound.append((self._loop.time() + self._latency_s, event))

    def _next_due_s(self) -> float:
        due_s = min(self._beat_s, self._feed.next_due_s())
        for line in (self._inbound, self._outbound):
            if line:
                due_s = min(due_s, line[0][0])
        return due_s

    def _deliver(self, event: BrokerEvent) -> None:
        """Hand one event over; a listener's fault is logged and does not stop the market."""
        if isinstance(event, ExecutionReport | CancelRejected):
            event = dataclasses.replace(event, raw=to_json(event))
        try:
            self._deliver_to(event)
        except Exception:
            _log.exception("the listener failed on %s", type(event).__name__)

    def _fail(self, why: str) -> None:
        """Nothing can be made durable any more: nothing more is taken or reported."""
        self._connected = False
        self._exchange.ledger.abandon()
        self._inbound.clear()
        self._outbound.clear()
        self._deliver(BrokerDisconnected(f"the paper exchange stopped: {why}"))
