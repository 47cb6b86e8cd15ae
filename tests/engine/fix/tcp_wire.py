"""Two QuickFIX sessions over loopback TCP: the adapter, and a venue that says what it is told.

Both live on an event loop in a thread of their own, so that a scenario, which runs in virtual time
on another loop, can put each single message through a real socket and wait for it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import queue
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from engine.broker.fix import open_fix
from engine.broker.fix.dictionary import write_dictionary
from engine.broker.fix.engine_settings import acceptor_text
from engine.broker.fix.link import Arrived, LinkEvent
from engine.broker.fix.message import parse_message
from engine.broker.fix.quickfix_app import LinkPolicy
from engine.broker.fix.quickfix_link import QuickFixLink
from engine.broker.fix.stamps import format_stamp
from engine.broker.fix.venue_incoming import VenueInput, read_venue_input
from engine.broker.fix.venue_outgoing import draft_event
from engine.broker.fix.view import SessionWatch
from engine.core.decisions import Outbound
from engine.core.events import (
    BrokerConnected,
    BrokerEvent,
    CancelRejected,
    ExecutionReport,
    RawReceived,
)
from tests.engine.fix.session_kit import settings

WAIT_S = 20.0
START_NS = 1_577_836_800_000_000_000


class TcpWire:
    """``tell`` and ``send`` take one message to the other end and give what arrived there."""

    def __init__(self, folder: Path, port: int) -> None:
        self._told: queue.Queue[BrokerEvent] = queue.Queue()
        self._asked: queue.Queue[VenueInput | None] = queue.Queue()
        self._now_ns = START_NS
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tcp wire")
        self._thread.start()
        self._broker = open_fix(settings(folder, port))
        self._venue = self._make_venue(folder / "venue", port)
        self._run(self._venue.start(self._hear))
        self._run(self._broker.start(self._deliver))
        first = self._told.get(timeout=WAIT_S)
        assert isinstance(first, BrokerConnected), first

    def tell(self, event: ExecutionReport | CancelRejected) -> BrokerEvent:
        """What the adapter makes of a report that the venue sends."""
        assert event.server_time_ns is not None, "a FIX message has a SendingTime"
        self._now_ns = event.server_time_ns
        (draft,) = draft_event(event)
        assert self._call(lambda: self._venue.send(draft)) is not None, "the session is down"
        return self._told.get(timeout=WAIT_S)

    def send(self, message: Outbound) -> VenueInput:
        """What the venue reads of a message that the adapter sends."""
        self._call(lambda: self._broker.send(message))
        came = self._asked.get(timeout=WAIT_S)
        assert came is not None, "a message that this venue does not take"
        return came

    def close(self) -> None:
        self._run(self._broker.stop())
        self._run(self._venue.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _make_venue(self, folder: Path, port: int) -> QuickFixLink:
        folder.mkdir()
        policy = LinkPolicy(
            acceptor_text("PAPER", "DESK", port, folder, write_dictionary(folder)),
            accepts=True,
            stamp=lambda: format_stamp(self._now_ns),
            accept_port=port,
        )
        clock_ns: Callable[[], int] = lambda: self._now_ns  # noqa: E731
        return QuickFixLink(policy, folder, SessionWatch(clock_ns, clock_ns))

    def _deliver(self, event: BrokerEvent) -> None:
        self._broker.committed([event])
        if isinstance(event, ExecutionReport | CancelRejected | RawReceived | BrokerConnected):
            self._told.put(event)

    def _hear(self, event: LinkEvent) -> None:
        if isinstance(event, Arrived):
            message = parse_message(event.raw)
            if not message.is_admin and message.msg_type != "V":
                self._asked.put(read_venue_input(message))

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(WAIT_S)

    def _call(self, work: Callable[[], Any]) -> Any:
        async def call() -> Any:
            return work()

        return self._run(call())


def ours_again(message: Outbound, came: VenueInput) -> Outbound:
    """What FIX does not carry of a message: our own reference, request number and purpose."""
    assert isinstance(came, type(message))
    kept = ("ref", "request", "purpose")
    ours = {name: getattr(message, name) for name in kept if hasattr(message, name)}
    again = dataclasses.replace(came, **ours)
    assert isinstance(again, type(message))
    return again
