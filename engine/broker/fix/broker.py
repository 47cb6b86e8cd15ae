"""A FIX 4.4 counterparty as a broker; implements ``BrokerPort``.

Owns: the way between the engine and one session: translation, acknowledgement, time. May not:
decide, remember orders, or touch QuickFIX (``quickfix_link``).

Persist before acknowledge. The shell calls ``committed(inputs)`` after every commit, before it
acts. Up to there, and no further, the counterparty's messages count as received over a restart
(``acknowledged``). Without that call everything since the last one is asked for again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from engine.broker.fix import outgoing
from engine.broker.fix.acknowledged import Acknowledgements
from engine.broker.fix.incoming import made_at
from engine.broker.fix.link import (
    Arrived,
    Beat,
    FixLink,
    LinkDown,
    LinkEvent,
    LinkUp,
    Refused,
    Repeated,
)
from engine.broker.fix.message import Draft, FixUnreadable, parse_message
from engine.broker.fix.profile import MarketDataKind, VenueProfile
from engine.broker.fix.tags import Tag
from engine.broker.fix.translator import Translator
from engine.broker.fix.view import SessionLine, SessionView, SessionWatch
from engine.broker.port import BrokerTraits, Deliver, NotSent
from engine.core.decisions import AskOrder, Outbound, Question, SendCancel
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    BrokerEvent,
    HeartbeatReceived,
    OrderHandedOver,
    QueryFailed,
    QuoteChanged,
    RawReceived,
    SendFailed,
)

TICK_S = 0.5
UNCOMMITTED_MAX = 16_384
SYMBOLS_PER_REQUEST = 500
_NOT_DURABLE = (HeartbeatReceived, QuoteChanged)
_log = logging.getLogger(__name__)


class FixBroker:
    """One session as the engine's broker. ``nonce``: text that no earlier life had."""

    def __init__(
        self,
        profile: VenueProfile,
        link: FixLink,
        watch: SessionWatch,
        acks: Acknowledgements,
        *,
        session: str,
        nonce: str,
        symbols: Sequence[str] = (),
        patience_s: float = 10.0,
        ping_s: float = 5.0,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._profile = profile
        self._link = link
        self._watch = watch
        self._acks = acks
        self._session = session
        self._nonce = nonce
        self._symbols = tuple(symbols)
        self._patience_s = patience_s
        self._ping_s = ping_s
        self._wall_ns = wall_ns
        self._translator = Translator(profile, nonce)
        self._is_up = False
        self._told_down = False
        self._requests = 0
        self._ticks: asyncio.Task[None] | None = None

    @property
    def traits(self) -> BrokerTraits:
        return self._profile.traits

    async def start(self, deliver: Deliver) -> None:
        """Open the session. Returns at once, also while the counterparty is not there. Raises
        ``FixError``."""
        assert self._ticks is None, "started twice"
        self._loop = asyncio.get_running_loop()
        self._deliver_to = deliver
        self._begun_s = self._loop.time()
        await self._link.start(self._hear)
        self._ticks = asyncio.create_task(self._tick(), name=f"fix session {self._session}")

    async def stop(self) -> None:
        """Log out and end the session."""
        if self._ticks is None:
            return
        self._ticks.cancel()
        await asyncio.gather(self._ticks, return_exceptions=True)
        self._ticks = None
        self._is_up = False
        await self._link.stop()

    def send(self, message: Outbound) -> None:
        """See ``BrokerPort``. ``NotSent``: not logged on, or the venue cannot take the id."""
        if not self._is_up:
            raise NotSent(f"not logged on to {self._session}")
        try:
            draft = self._translator.outbound(message, self._wall_ns())
        except outgoing.Unsendable as error:
            raise NotSent(str(error)) from error
        if not self._send(draft):
            raise NotSent(f"not logged on to {self._session}")

    def cancel_directly(self, cancels: Sequence[SendCancel]) -> list[OrderHandedOver | SendFailed]:
        """See ``DirectCancels``: QuickFIX sends on whichever thread calls it."""
        return [self._cancel_directly(each) for each in cancels]

    def _cancel_directly(self, message: SendCancel) -> OrderHandedOver | SendFailed:
        try:
            if self._send(self._translator.outbound(message, self._wall_ns())):
                return OrderHandedOver(message.cl_ord_id)
            why = f"not logged on to {self._session}"
        except outgoing.Unsendable as error:
            why = str(error)
        except Exception as error:
            _log.exception("a cancel could not be handed to the FIX session")
            return SendFailed(message.cl_ord_id, f"{type(error).__name__}: {error}")
        return SendFailed(message.cl_ord_id, why, left=False)

    def ask(self, question: Question) -> None:
        """See ``BrokerPort``."""
        if not self._is_up:
            cl_ord_id = question.cl_ord_id if isinstance(question, AskOrder) else ""
            why = f"not logged on to {self._session}"
            self._later(QueryFailed(question.query_id, cl_ord_id, why))
            return
        asking = self._translator.ask(question, self._loop.time())
        if asking.answer is not None:
            self._later(asking.answer)
        elif asking.draft is not None and not self._send(asking.draft):
            why = f"not logged on to {self._session}"
            self._later(self._translator.questions.fail(asking.wire_id, why))

    def committed(self, inputs: Sequence[object]) -> None:
        """Everything that these inputs changed is durable now. Call it after the commit, with
        the inputs of the cycle in order, also for a cycle that changed nothing."""
        self._acks.committed(inputs)
        self._link.resume()

    def may_go_on(self) -> bool:
        """Whether more may be handed to the engine before it commits."""
        return not self._acks.is_used or len(self._acks) < UNCOMMITTED_MAX

    # -- for people ------------------------------------------------------------------------

    def logon(self) -> None:
        """Log on (again), after a ``logout``."""
        self._link.logon()

    def logout(self, why: str = "logged out by the user") -> None:
        """Log out and stay so until ``logon``."""
        self._link.logout(why)

    def cancel_all(self) -> str:
        """Ask the venue to cancel every order of this session at once (35=q). Returns the
        request's ClOrdID. The engine's own cancels do not depend on it. Raises ``NotSent``."""
        self._requests += 1
        cl_ord_id = f"{self._nonce}Q{self._requests}"
        try:
            draft = outgoing.draft_mass_cancel(cl_ord_id, self._profile, self._wall_ns())
        except outgoing.Unsendable as error:
            raise NotSent(str(error)) from error
        if not self._is_up or not self._send(draft):
            raise NotSent(f"not logged on to {self._session}")
        return cl_ord_id

    def view(self) -> SessionView:
        """The session as it stands."""
        watch, (next_in, next_out) = self._watch, self._link.sequence_numbers()
        return SessionView(
            session=self._session,
            venue=self._profile.name,
            state=watch.state,
            why=watch.why,
            next_in=next_in,
            next_out=next_out,
            committed_in=self._acks.mark.seq,
            uncommitted=len(self._acks),
            waiting=getattr(self._link, "waiting", 0),
            last_message_age_ns=watch.age_ns(),
            round_trip_ns=watch.round_trip_ns,
            resend=watch.resend,
            resends_served=watch.resends_served,
            logons=watch.logons,
            repeated=watch.repeated,
            refused=watch.refused,
            open_questions=len(self._translator.questions),
            warnings=watch.warnings,
            line_count=watch.line_count,
            mass_cancel=self._profile.mass_cancel,
        )

    def lines(self, after: int = 0) -> tuple[SessionLine, ...]:
        """The session's raw log after line ``after``, as far as it is kept."""
        return self._watch.lines(after)

    # -- inbound ---------------------------------------------------------------------------

    def _hear(self, event: LinkEvent) -> None:
        """One thing from the session, on the loop's thread. Nothing may stop the link."""
        try:
            match event:
                case Arrived():
                    self._arrived(event)
                case Beat():
                    self._deliver(HeartbeatReceived(made_at(parse_message(event.raw))))
                case Repeated():
                    self._repeated(event)
                case Refused():
                    at_ns = None
                    why = f"refused by the session layer: {event.why}"
                    self._hand_on(event, (RawReceived(event.raw, why, at_ns),))
                case LinkUp():
                    self._up()
                case LinkDown():
                    self._down(event.why)
        except Exception:
            _log.exception("the FIX session %s could not take %s", self._session, event)

    def _arrived(self, event: Arrived) -> None:
        try:
            message = parse_message(event.raw)
        except FixUnreadable as error:
            self._hand_on(event, (RawReceived(event.raw, str(error)),))
            return
        reading = self._translator.read(message)
        if reading.note:
            self._watch.note(reading.note)
        self._hand_on(event, reading.events)

    def _hand_on(self, event: Arrived | Refused, made: Sequence[BrokerEvent]) -> None:
        """Noted before it is delivered: the engine may commit at once."""
        durable = [each for each in made if not isinstance(each, _NOT_DURABLE)]
        self._acks.delivered(event.epoch, event.seq, durable[-1] if durable else None)
        for each in made:
            self._deliver(each)

    def _repeated(self, event: Repeated) -> None:
        """A report that came before: the engine counts it once, and sees whether it differs."""
        message = parse_message(event.raw)
        if message.msg_type in ("8", "9"):
            for each in self._translator.read(message).events:
                self._deliver(each)

    def _up(self) -> None:
        self._is_up, self._told_down = True, False
        self._translator.link_up()
        self._deliver(BrokerConnected())
        self._subscribe()

    def _down(self, why: str) -> None:
        was_up, self._is_up = self._is_up, False
        if was_up or not self._told_down:
            self._told_down = True
            self._deliver(BrokerDisconnected(why))
        for failed in self._translator.link_down("the session was lost"):
            self._deliver(failed)

    def _deliver(self, event: BrokerEvent) -> None:
        try:
            self._deliver_to(event)
        except Exception:
            _log.exception("the listener failed on %s", type(event).__name__)

    def _later(self, event: BrokerEvent) -> None:
        self._loop.call_soon(self._deliver, event)

    # -- outbound --------------------------------------------------------------------------

    def _send(self, draft: Draft) -> bool:
        seq = self._link.send(draft)
        if seq is None:
            return False
        self._translator.sent.note(seq, draft)
        return True

    def _subscribe(self) -> None:
        """Quotes of the configured symbols; a subscription does not outlive its session."""
        if self._profile.market_data is MarketDataKind.NONE:
            return
        for begin in range(0, len(self._symbols), SYMBOLS_PER_REQUEST):
            wanted = self._symbols[begin : begin + SYMBOLS_PER_REQUEST]
            self._requests += 1
            wire_id = f"{self._nonce}M{self._requests}"
            self._send(outgoing.draft_market_data(wire_id, wanted, self._profile, subscribe=True))

    async def _tick(self) -> None:
        """Questions that ran out of time, the round trip, and a session that never came up."""
        pinged_s = self._loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = self._loop.time()
            for event in self._translator.questions.expire(now_s):
                self._deliver(event)
            if self._is_up and now_s - pinged_s >= self._ping_s:
                pinged_s = now_s
                self._requests += 1
                self._send(Draft("1", ((Tag.TEST_REQ_ID, f"{self._nonce}T{self._requests}"),)))
            is_new = not self._is_up and not self._told_down
            if is_new and now_s - self._begun_s >= self._patience_s:
                self._down(f"no session with {self._session} yet")
