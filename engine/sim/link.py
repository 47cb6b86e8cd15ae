"""The line between the engine and the venue: it delays, loses, repeats and reorders.

Owns: every message on its way, in both directions; it implements the broker port. May not: change
what a message says (except that a question may be answered with an error). Messages that are
on their way when the engine dies still arrive at the venue; what was on its way back is lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from engine.broker.port import BrokerTraits, Deliver, NotSent
from engine.core.decisions import AskOrder, Outbound, Question, SendOrder
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    BrokerEvent,
    ExecutionReport,
    HeartbeatReceived,
    QueryFailed,
)
from engine.sim.agenda import NS, Agenda, Trace
from engine.sim.chance import Chance
from engine.sim.venue import Venue

Sent = Callable[[Outbound], None]
REPLAYED = 12
CALM_DELAY_S = 0.01


class Link:
    """One line for a whole run. ``sent`` is told of each message the moment it is handed over."""

    def __init__(self, agenda: Agenda, chance: Chance, trace: Trace, sent: Sent) -> None:
        self._agenda = agenda
        self._chance = chance
        self._trace = trace
        self._sent = sent
        self._deliver: Deliver | None = None
        self._venue: Venue | None = None
        self._up = False
        self._epoch = 0
        self._last_in_ns = 0
        self._last_out_ns = 0
        self._past: deque[BrokerEvent] = deque(maxlen=REPLAYED)
        self._base_s = chance.between(0.0, 0.05)
        self._instant = chance.rng.random() < 0.2
        self._beats = chance.rng.random() < 0.3
        self.on_the_way: dict[str, Outbound] = {}
        self._told: dict[str, Decimal] = {}

    def join(self, venue: Venue) -> None:
        self._venue = venue

    @property
    def venue(self) -> Venue:
        assert self._venue is not None
        return self._venue

    # -- the port --------------------------------------------------------------------------------

    @property
    def traits(self) -> BrokerTraits:
        return BrokerTraits("sim", self.venue.dedups, self.venue.ids_per_order)

    async def start(self, deliver: Deliver) -> None:
        self.connect(deliver)

    async def stop(self) -> None:
        self.cut()

    def send(self, message: Outbound) -> None:
        """An order, cancel or replace leaves; or certainly not; or nobody knows."""
        if self._chance.strikes("not_sent"):
            self._trace.note("not_sent", message.cl_ord_id)
            raise NotSent("the line is closed")
        self._sent(message)
        lost = not self._up or self._chance.strikes("drop_request")
        if lost:
            self._trace.note("drop_request", message.cl_ord_id)
        else:
            self._send_out(message)
            if self._chance.strikes("duplicate_request") and self.venue.dedups:
                self._send_out(message)
        if self._chance.strikes("send_error"):
            self._trace.note("send_error", message.cl_ord_id)
            raise ConnectionError("the line broke while sending")

    def ask(self, question: Question) -> None:
        """A question leaves; its answer may be lost, late, or an error."""
        if not self._up:
            self._in(self._failed(question, "the line is down"))
            return
        if self._chance.strikes("query_error"):
            self._in(self._failed(question, "the venue's query service failed"))
            return
        epoch = self._epoch
        self._agenda.at(self._arrival_out(), lambda: self._answer(question, epoch))

    def _answer(self, question: Question, epoch: int) -> None:
        if epoch != self._epoch or self._chance.strikes("drop_answer"):
            self._trace.note("drop_answer", question.query_id)
            return
        self._in(self.venue.answer(question))

    @staticmethod
    def _failed(question: Question, why: str) -> QueryFailed:
        cl_ord_id = question.cl_ord_id if isinstance(question, AskOrder) else ""
        return QueryFailed(question.query_id, cl_ord_id, why)

    # -- connecting ------------------------------------------------------------------------------

    def connect(self, deliver: Deliver) -> None:
        """A new life of the engine is on the line."""
        self._deliver = deliver
        self._come_up()

    def cut(self) -> None:
        """The engine is gone, or the line is: what was on its way back is lost."""
        self._epoch += 1
        self._up = False
        self._deliver = None

    def drop_line(self, for_s: float) -> None:
        """The line breaks under a living engine and comes back later."""
        if not self._up or self._deliver is None:
            return
        deliver, self._up = self._deliver, False
        self._epoch += 1
        epoch = self._epoch
        deliver(BrokerDisconnected("the line broke"))
        self._trace.note("disconnect")

        def back() -> None:
            if epoch == self._epoch:
                self._come_up()

        self._agenda.after(for_s, back)

    def _come_up(self) -> None:
        assert self._deliver is not None
        self._epoch += 1
        self._up = True
        self._last_in_ns = 0
        self._deliver(BrokerConnected(self.venue.clock.now_ns()))
        if self._past and self._chance.strikes("replay"):
            self._trace.note("replay")
            for event in tuple(self._past):
                self._in(_again(event))
        if self._beats:
            self._beat(self._epoch)

    def _beat(self, epoch: int) -> None:
        def beat() -> None:
            if epoch == self._epoch and self._up:
                self._in(HeartbeatReceived(self.venue.clock.now_ns()))
                self._beat(epoch)

        self._agenda.after(0.7, beat)

    # -- the way in ------------------------------------------------------------------------------

    def report(self, event: BrokerEvent) -> None:
        """The venue reports something on its own account (not as an answer)."""
        self._past.append(event)
        if not self._up or self._chance.strikes("drop_report"):
            self._trace.note("drop_report", _brief(event))
            return
        self._in(event)
        if self._chance.strikes("duplicate"):
            self._trace.note("duplicate", _brief(event))
            epoch = self._epoch
            delay_s = self._chance.between(0.0, 4.0)
            self._agenda.after(delay_s, lambda: self._hand_in(event, epoch))

    def market(self, event: BrokerEvent) -> None:
        """A quote; the market data line has no faults of its own."""
        if self._up and self._deliver is not None:
            self._deliver(event)

    def _in(self, event: BrokerEvent) -> None:
        epoch = self._epoch
        if self._instant and not self._chance.strikes("slow"):
            self._hand_in(event, epoch)
            return
        at_ns = self._agenda.clock.mono_ns() + int(self._delay_s() * NS)
        if self._chance.strikes("reorder"):
            at_ns += int(self._chance.between(0.0, 2.0) * NS)
            self._trace.note("reorder")
        else:
            at_ns = self._last_in_ns = max(at_ns, self._last_in_ns)
        self._agenda.at(at_ns, lambda: self._hand_in(event, epoch))

    def _hand_in(self, event: BrokerEvent, epoch: int) -> None:
        if epoch != self._epoch or self._deliver is None:
            self._trace.note("lost_with_the_line", _brief(event))
            return
        self._trace.note("in", _brief(event))
        self._note_told(event)
        self._deliver(event)

    def take_told(self) -> dict[str, Decimal]:
        """The highest CumQty that the engine was told since the last time this was asked, by the
        venue's OrderID."""
        told, self._told = self._told, {}
        return told

    def _note_told(self, event: BrokerEvent) -> None:
        if isinstance(event, ExecutionReport):
            known = self._told.get(event.order_id, event.cum_qty)
            self._told[event.order_id] = max(known, event.cum_qty)

    # -- the way out -----------------------------------------------------------------------------

    def _send_out(self, message: Outbound) -> None:
        self.on_the_way[message.cl_ord_id] = message
        late = self._chance.odds("late_order") and isinstance(message, SendOrder)
        if late and self._chance.strikes("late_order"):
            self._trace.note("late_order", message.cl_ord_id)
            self._agenda.after(self._chance.between(1.0, 8.0), lambda: self._arrive(message))
            return
        if self._instant and not self._chance.strikes("slow"):
            self._arrive(message)
        else:
            self._agenda.at(self._arrival_out(), lambda: self._arrive(message))

    def _arrive(self, message: Outbound) -> None:
        self.on_the_way.pop(message.cl_ord_id, None)
        self._trace.note("out", f"{type(message).__name__} {message.cl_ord_id} {message.quantity}")
        self.venue.take(message)

    def _arrival_out(self) -> int:
        at_ns = self._agenda.clock.mono_ns() + int(self._delay_s() * NS)
        self._last_out_ns = max(at_ns, self._last_out_ns)
        return self._last_out_ns

    def _delay_s(self) -> float:
        if self._chance.calm:
            return CALM_DELAY_S
        if self._chance.strikes("slow"):
            return self._chance.between(0.1, 3.0)
        return self._base_s


def _again(event: BrokerEvent) -> BrokerEvent:
    return replace(event, poss_dup=True) if isinstance(event, ExecutionReport) else event


def _brief(event: BrokerEvent) -> str:
    if isinstance(event, ExecutionReport):
        return (
            f"{event.exec_type} {event.cl_ord_id} {event.exec_id} {event.ord_status} "
            f"cum={event.cum_qty} last={event.last_qty} q={event.query_id}"
        )
    return (
        f"{type(event).__name__} {getattr(event, 'cl_ord_id', '')} {getattr(event, 'query_id', '')}"
    )
