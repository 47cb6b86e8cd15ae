"""The paper exchange as a FIX 4.4 acceptor: one desk's session in front of one exchange.

Owns: who gets which message, market data subscriptions, and mass cancel. May not: match, or
touch QuickFIX (``quickfix_link``).

Reports made while the desk is away are stored by the session and sent again when it asks for
the numbers it missed; answers and quotes are not, they would be stale. Between the exchange's
own commit and the session's store a kill can lose a report from the stream: the desk asks for
executions (AD) when it is back, and that list comes from the exchange's own ledger.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from engine.broker.fix.dictionary import write_dictionary
from engine.broker.fix.engine_settings import acceptor_text
from engine.broker.fix.errors import FixError
from engine.broker.fix.link import Arrived, FixLink, LinkDown, LinkEvent, LinkUp, Refused
from engine.broker.fix.message import FixMessage, FixUnreadable, parse_message
from engine.broker.fix.opening import need_quickfix
from engine.broker.fix.stamps import format_stamp
from engine.broker.fix.venue_incoming import (
    MarketDataWanted,
    MassCancelWanted,
    VenueInput,
    read_venue_input,
)
from engine.broker.fix.venue_outgoing import (
    draft_business_reject,
    draft_event,
    draft_mass_cancel_report,
    draft_quote,
)
from engine.broker.fix.view import SessionWatch
from engine.broker.paper.broker import PaperBroker
from engine.broker.paper.opening import PaperMarket
from engine.broker.port import BrokerPort, NotSent
from engine.core.decisions import (
    AskExecutions,
    AskOpenOrders,
    AskOrder,
    SendCancel,
    SendOrder,
    SendReplace,
)
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    BrokerEvent,
    CancelRejected,
    HeartbeatReceived,
    OpenOrdersListed,
    QuoteChanged,
)

RESENDABLE = frozenset({"8", "9", "r", "j"})
REPLACES_MAX = 20_000
UNSUPPORTED, OTHER = "3", "0"
MASS_CANCEL = "mass-cancel:"
EXCHANGE_STOPPED = "the paper exchange stopped"
_log = logging.getLogger(__name__)


async def serve_fix(
    market: PaperMarket,
    port: int,
    *,
    store: Path,
    sender: str = "PAPER",
    target: str = "DESK",
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run the exchange as a FIX 4.4 acceptor on ``port`` of this machine until this task is
    canceled or the exchange fails.

    ``store``: the folder of the session's sequence numbers and sent messages; it belongs to
    the exchange's state file and outlives the process as that does. ``sender``, ``target``: the
    exchange's CompID and the desk's. ``ready`` is told the address once it listens. A fault
    profile of the market applies to what the desk gets to hear. Raises ``FixError``,
    ``PaperError``.
    """
    need_quickfix()
    from engine.broker.fix.quickfix_app import LinkPolicy
    from engine.broker.fix.quickfix_link import QuickFixLink

    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    policy = LinkPolicy(
        acceptor_text(sender, target, port, store, write_dictionary(store)),
        accepts=True,
        resendable=RESENDABLE,
        stamp=lambda: format_stamp(market.paper.now_ns),
        accept_port=port,
    )
    watch = SessionWatch(time.monotonic_ns, time.time_ns)
    link = QuickFixLink(policy, store, watch)
    venue = FixVenue(market.broker, market.paper, link)
    await market.broker.start(venue.deliver)
    try:
        await link.start(venue.hear)
        if ready is not None:
            ready(f"FIX.4.4 {sender} for {target} at 127.0.0.1:{port}")
        await venue.failed.wait()
        raise FixError(venue.why)
    finally:
        await link.stop()
        await market.broker.stop()


class FixVenue:
    """One session before one exchange. ``broker``: the exchange, its faulty link included;
    ``paper``: the exchange itself. ``failed`` is set, with ``why``, when it stopped."""

    def __init__(self, broker: BrokerPort, paper: PaperBroker, link: FixLink) -> None:
        self._broker = broker
        self._paper = paper
        self._link = link
        self._wanted: dict[str, MarketDataWanted] = {}
        self._shown: set[str] = set()
        self._replaces: dict[str, None] = {}
        self._is_outage = False
        self.failed = asyncio.Event()
        self.why = ""

    # -- from the exchange -----------------------------------------------------------------

    def deliver(self, event: BrokerEvent) -> None:
        """Tell the desk what the exchange made."""
        match event:
            case BrokerDisconnected():
                self._broke_off(event)
            case BrokerConnected():
                if self._is_outage:
                    self._is_outage = False
                    self._link.logon()
            case QuoteChanged():
                self._quote(event)
            case HeartbeatReceived():
                pass  # the session has heartbeats of its own, with the exchange's time in them
            case OpenOrdersListed() if event.query_id.startswith(MASS_CANCEL):
                self._cancel_each(event)
            case CancelRejected():
                replaces = event.cl_ord_id in self._replaces
                self._send_all(event, replaces=replaces)
            case _:
                self._send_all(event)

    def _send_all(self, event: BrokerEvent, *, replaces: bool = False) -> None:
        for draft in draft_event(event, replaces=replaces):
            self._link.send(draft)

    def _broke_off(self, event: BrokerDisconnected) -> None:
        """A fault profile's outage ends the session for a while; anything else is the end."""
        if self._broker is not self._paper and not event.why.startswith(EXCHANGE_STOPPED):
            self._is_outage = True
            self._link.logout(event.why)
            return
        self.why = event.why
        self.failed.set()

    def _quote(self, quote: QuoteChanged) -> None:
        wanted = self._wanted.get(quote.symbol)
        if wanted is None or not self._link.is_up:
            return
        incremental = wanted.incremental and quote.symbol in self._shown
        self._shown.add(quote.symbol)
        self._link.send(draft_quote(quote, wanted.wire_id, incremental=incremental))

    # -- from the desk ---------------------------------------------------------------------

    def hear(self, event: LinkEvent) -> None:
        """One thing from the session; nothing may stop the exchange."""
        try:
            match event:
                case Arrived():
                    self._arrived(parse_message(event.raw))
                case LinkUp() | LinkDown():
                    self._wanted.clear()
                    self._shown.clear()
                case Refused():
                    _log.warning("message %d of the desk was refused: %s", event.seq, event.why)
        except Exception:
            _log.exception("the FIX venue could not take %s", event)

    def _arrived(self, message: FixMessage) -> None:
        if message.is_admin:
            return
        try:
            asked = read_venue_input(message)
        except FixUnreadable as error:
            self._link.send(draft_business_reject(message, str(error), OTHER))
            return
        if asked is None:
            why = f"{message.name} is not taken here"
            self._link.send(draft_business_reject(message, why, UNSUPPORTED))
            return
        try:
            self._take(asked)
        except NotSent as error:
            self._link.send(draft_business_reject(message, str(error), OTHER))

    def _take(self, asked: VenueInput) -> None:
        match asked:
            case SendOrder() | SendCancel() | SendReplace():
                if isinstance(asked, SendReplace):
                    self._replaces[asked.cl_ord_id] = None
                    if len(self._replaces) > REPLACES_MAX:
                        del self._replaces[next(iter(self._replaces))]
                self._broker.send(asked)
            case AskOrder() | AskOpenOrders() | AskExecutions():
                self._broker.ask(asked)
            case MassCancelWanted():
                self._broker.ask(AskOpenOrders(MASS_CANCEL + asked.cl_ord_id))
            case MarketDataWanted():
                self._watch(asked)

    def _watch(self, wanted: MarketDataWanted) -> None:
        for symbol in wanted.symbols:
            self._shown.discard(symbol)
            if wanted.subscribe:
                self._wanted[symbol] = wanted
            else:
                self._wanted.pop(symbol, None)
        self._paper.watch(())
        self._paper.watch(tuple(self._wanted))

    def _cancel_each(self, listed: OpenOrdersListed) -> None:
        """A mass cancel: one cancel an order, each reported by itself, then the answer."""
        request = listed.query_id.removeprefix(MASS_CANCEL)
        for number, order in enumerate(listed.orders, 1):
            if order.side is None:
                continue
            self._broker.send(
                SendCancel(
                    "", 1, f"{request}.{number}", order.cl_ord_id, order.order_id, order.account,
                    order.symbol, order.side, order.leaves_qty,
                )
            )  # fmt: skip
        report = draft_mass_cancel_report(request, f"MC-{request}", len(listed.orders))
        self._link.send(report)
