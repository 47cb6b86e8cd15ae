"""A small language in which a race reads like a script.

Owns: a desk in a box: the core, a broker whose book is honest, virtual time. May not: hold
rules of the engine. ``Playbook`` feeds inputs to ``handle`` and carries its decisions out as the
shell would: what is sent is handed over, acknowledged and confirmed unless the script says
otherwise; questions are answered from the broker's book; time runs from wake to wake.

    desk = Playbook()
    desk.submit(pair())
    assert desk.sent() == ["NEW G/H/1 BUY 100 LIMIT 10"]
    desk.fill("G/H/1", 60)
    desk.wait(5)
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 40 MARKET"]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from engine.core import commands as c
from engine.core.decisions import (
    Answer,
    AskExecutions,
    AskOpenOrders,
    AskOrder,
    Decision,
    SendCancel,
    SendOrder,
    SendReplace,
)
from engine.core.events import (
    EngineStarted,
    Envelope,
    ExecutionReport,
    ExecutionsListed,
    HeartbeatReceived,
    OpenOrdersListed,
    OrderHandedOver,
    OrderNotFound,
    QuoteChanged,
    TimePassed,
)
from engine.core.idempotency import plain
from engine.core.machine import handle, lookups, new_state, next_wake_mono_ns
from engine.core.model import EngineConfig, Escalation, Group, Leg, Order
from engine.core.terms import (
    CxlRejReason,
    EscalationState,
    LegType,
    OrdStatus,
    OrdType,
    Phase,
    Side,
)
from tests.engine.core.disk import Disk
from tests.engine.core.honest_broker import BrokerTime, HonestOrder, Pending
from tests.engine.core.witness import Witness

NS = 1_000_000_000
WALL_START_NS = 1_790_000_000 * NS
Number = int | str | Decimal


def leg(leg_id: str, leg_type: LegType, quantity: Number, **more: object) -> c.LegRequest:
    """A leg: hedges buy, risk sells, LIMIT 10 unless ``more`` says otherwise."""
    side = Side.BUY if leg_type is LegType.HEDGE else Side.SELL
    plain_leg = c.LegRequest(
        leg_id, leg_type, f"SYM-{leg_id}", side, Decimal(quantity), price=Decimal(10)
    )
    return replace(plain_leg, **more)  # type: ignore[arg-type]


def pair(
    hedge: Number = 100,
    risk: Number = 100,
    *,
    group_id: str = "G",
    hedge_more: Mapping[str, object] | None = None,
    risk_more: Mapping[str, object] | None = None,
    **more: object,
) -> c.GroupRequest:
    """One HEDGE leg "H" and one RISK leg "R"."""
    legs = (
        leg("H", LegType.HEDGE, hedge, **(hedge_more or {})),
        leg("R", LegType.RISK, risk, **(risk_more or {})),
    )
    return replace(c.GroupRequest(group_id, legs), **more)  # type: ignore[arg-type]


class Playbook:
    """One desk and its broker. ``acks``: new orders are answered with NEW. ``cancels`` and
    ``replaces``: "confirm", "reject" or "silent". ``answers``: "truth", "silent" or "unknown"."""

    handle = staticmethod(handle)

    def __init__(
        self,
        config: EngineConfig | None = None,
        *,
        stamps: bool = True,
        start: bool = True,
        acks: bool = True,
        cancels: str = "confirm",
    ) -> None:
        self.state = new_state(config or EngineConfig())
        self.time = BrokerTime(WALL_START_NS, stamps, step_ns=0)
        self.mono_ns = 0
        self.skew_ns = 0
        self.acks = acks
        self.cancels = cancels
        self.replaces = "confirm"
        self.answers = "truth"
        self.list_complete = True
        self.book: dict[str, HonestOrder] = {}
        self.journal: list[Envelope] = []
        self.answered: list[Answer] = []
        self.asked: list[Decision] = []
        self.disk = Disk()
        self.witness: Witness | None = Witness()
        self.in_line: list[ExecutionReport] = []
        self._held_back = False
        self._sent: list[str] = []
        self._requests: dict[tuple[str, int], Pending] = {}
        self._inbox: deque[object] = deque()
        if start:
            self.feed(EngineStarted(1, "desk"))

    # -- inputs --------------------------------------------------------------------------------

    def feed(self, body: object, quotes: Mapping[str, QuoteChanged] | None = None) -> list[Answer]:
        """One input and everything that follows from it at the same instant."""
        before = len(self.answered)
        self._inbox.append(body)
        while self._inbox:
            self._turn(self._inbox.popleft(), quotes or {})
        return self.answered[before:]

    def do(self, command: c.Command) -> str:
        """A trader's command: "" when it was taken up, else the reason why not."""
        (answer,) = self.feed(command)
        assert answer.accepted or answer.reason, "a refusal without a reason"
        return "" if answer.accepted else answer.reason

    def submit(self, request: c.GroupRequest) -> str:
        return self.do(c.SubmitGroup(group=request))

    def report(self, report: ExecutionReport) -> None:
        """Let the broker send a report: now, or once the script lets the line through."""
        if self._held_back:
            self.in_line.append(report)
        else:
            self.feed(report)

    def fill(self, ref: str, quantity: Number, px: Number = 10) -> str:
        """A trade; the ExecID of it."""
        self._at_broker()
        made = self.book[ref].fill(Decimal(quantity), Decimal(px))
        self.report(made)
        return made.exec_id

    def fill_rest(self, ref: str, px: Number = 10) -> str:
        return self.fill(ref, self.book[ref].leaves_qty, px)

    def bust(self, ref: str, exec_id: str) -> None:
        self._at_broker()
        self.report(self.book[ref].bust(exec_id))

    def correct(self, ref: str, exec_id: str, quantity: Number, px: Number = 10) -> str:
        self._at_broker()
        made = self.book[ref].correct(exec_id, Decimal(quantity), Decimal(px))
        self.report(made)
        return made.exec_id

    def ack(self, ref: str) -> None:
        self._at_broker()
        self.report(self.book[ref].accept())

    def reject(self, ref: str) -> None:
        self._at_broker()
        self.report(self.book[ref].reject())

    def end(self, ref: str, base: OrdStatus = OrdStatus.CANCELED) -> None:
        """The broker ends the order of its own accord."""
        self._at_broker()
        self.report(self.book[ref].end(base))

    def confirm(self, ref: str, request: int = 1) -> None:
        """The broker confirms a cancel or replace that it left open so far."""
        self._at_broker()
        self.report(self.book[ref].confirm(self._requests[ref, request]))

    def refuse(
        self, ref: str, request: int = 1, reason: CxlRejReason = CxlRejReason.TOO_LATE
    ) -> None:
        self._at_broker()
        self.feed(self.book[ref].refuse(self._requests[ref, request], reason))

    def quote(self, symbol: str, last: Number) -> None:
        self._at_broker()
        price = Decimal(last)
        one = Decimal(1)
        self.feed(QuoteChanged(symbol, price, one, price, one, price, self.time.stamp()))

    def heartbeat(self) -> None:
        self._at_broker()
        self.feed(HeartbeatReceived(self.time.stamp()))

    # -- time ----------------------------------------------------------------------------------

    def wait(self, seconds: Number) -> None:
        """Let local and server time run; the core is woken whenever it wants to be."""
        until = self.mono_ns + int(Decimal(seconds) * NS)
        wakes = 0
        while (wake := next_wake_mono_ns(self.state)) is not None and wake <= until:
            wakes = wakes + 1 if wake <= self.mono_ns else 0
            assert wakes < 100, "it wants to be woken without end"
            self.mono_ns = max(self.mono_ns, wake)
            self.feed(TimePassed())
        self.mono_ns = until
        self.feed(TimePassed())

    def hold_back(self) -> None:
        """From now on reports wait in the line."""
        self._held_back = True

    def let_through(self) -> None:
        """Deliver what waits in the line and hold nothing back any more."""
        self._held_back = False
        while self.in_line:
            self.feed(self.in_line.pop(0))

    def restart(self) -> None:
        """The process dies after a commit and starts again on what is on disk."""
        assert self.disk.differences(self.state) == []
        self._inbox.clear()
        self.state = self.disk.load(self.state)
        self.feed(EngineStarted(self.state.meta.run + 1, "desk"))

    # -- what is to be seen --------------------------------------------------------------------

    def sent(self) -> list[str]:
        """What was sent since the last look, in words."""
        told, self._sent = self._sent, []
        return told

    def order(self, ref: str) -> Order:
        return self.state.orders[ref]

    def group(self, group_id: str = "G") -> Group:
        return self.state.groups[group_id]

    def leg(self, leg_id: str, group_id: str = "G") -> Leg:
        return self.group(group_id).legs[leg_id]

    def standing(self) -> list[Escalation]:
        """Escalations that are not resolved, oldest first."""
        return [
            e for e in self.state.escalations.values() if e.state is not EscalationState.RESOLVED
        ]

    def alarms(self) -> list[str]:
        """Standing escalations in words: kind, unfilled quantity, state."""
        return [f"{e.kind} {plain(e.unfilled_qty)} {e.state}" for e in self.standing()]

    def alarm(self, kind: str) -> Escalation:
        (found,) = [e for e in self.standing() if e.kind == kind]
        return found

    def rejected(self) -> list[str]:
        """Rejected events in words: reason, what came, what was booked all the same."""
        return [
            f"{e.reason} {e.incoming} {plain(e.booked_qty)}" for e in self.state.rejected.values()
        ]

    @property
    def phase(self) -> Phase:
        return self.state.meta.phase

    # -- the shell's part ----------------------------------------------------------------------

    def _turn(self, body: object, quotes: Mapping[str, QuoteChanged]) -> None:
        known = {key: self.disk.seen[key] for key in lookups(self.state, body)
                 if key in self.disk.seen}  # fmt: skip
        known |= {
            key: "1"
            for key in lookups(self.state, body)
            if key.startswith("group:") and key[6:] in self.disk.groups_ever
        }
        wall_ns = WALL_START_NS + self.mono_ns
        envelope = Envelope(self.mono_ns, wall_ns, body, quotes, known)
        self.journal.append(envelope)
        if self.witness is not None:
            self.witness.hear(body)
        decisions = self.handle(self.state, envelope)
        self.disk.commit(self.state)
        if self.witness is not None:
            self.witness.turned(self.state, decisions)
        for decision in decisions:
            self._carry_out(decision)

    def _carry_out(self, decision: Decision) -> None:
        self._at_broker()
        if isinstance(decision, Answer):
            self.answered.append(decision)
        elif isinstance(decision, SendOrder):
            self._send_order(decision)
        elif isinstance(decision, SendCancel | SendReplace):
            self._send_request(decision)
        else:
            self.asked.append(decision)
            self._answer(decision)

    def _send_order(self, message: SendOrder) -> None:
        price = f" {plain(message.price)}" if message.price is not None else ""
        self._sent.append(
            f"NEW {message.ref} {message.side} {plain(message.quantity)} "
            f"{message.order_type}{price}"
        )
        self._inbox.append(OrderHandedOver(message.cl_ord_id))
        if message.ref in self.book:
            return
        made = self.book[message.ref] = HonestOrder(
            self.time, message.cl_ord_id, f"O{len(self.book) + 1}", message.symbol,
            message.side, message.quantity, message.price,
        )  # fmt: skip
        if self.acks:
            report = made.accept()
            self._say(report)

    def _send_request(self, message: SendCancel | SendReplace) -> None:
        cancels = isinstance(message, SendCancel)
        wanted = "" if cancels else f" {plain(message.quantity)}"
        self._sent.append(f"{'CANCEL' if cancels else 'REPLACE'} {message.ref}{wanted}")
        self._inbox.append(OrderHandedOver(message.cl_ord_id))
        order = self.book.get(message.ref)
        if order is None:
            return
        request = Pending(message.cl_ord_id, message.orig_cl_ord_id, cancels)
        if isinstance(message, SendReplace):
            request.quantity, request.price = message.quantity, message.price
        self._requests[message.ref, message.request] = request
        order.take_request(request)
        manner = self.cancels if cancels else self.replaces
        if manner == "silent":
            return
        if manner == "reject" or not order.is_open:
            self._inbox.append(order.refuse(request))
            return
        report = order.confirm(request)
        self._say(report)

    def _say(self, report: ExecutionReport) -> None:
        if self._held_back:
            self.in_line.append(report)
            return
        self._inbox.append(report)

    def _answer(self, question: Decision) -> None:
        if self.answers == "silent":
            return
        unknown = self.answers == "unknown"
        if isinstance(question, AskOrder):
            named = (o for o in self.book.values() if question.cl_ord_id == o.first_cl_ord_id)
            order = next(named, None)
            if order is None or unknown:
                stamp = self.time.stamp()
                self._inbox.append(OrderNotFound(question.cl_ord_id, question.query_id, stamp))
            else:
                answer = order.status(question.query_id)
                self._inbox.append(answer)
        elif isinstance(question, AskOpenOrders):
            listed = () if unknown else tuple(
                o.status() for o in self.book.values() if o.is_open)  # fmt: skip
            self._inbox.append(
                OpenOrdersListed(question.query_id, listed, self.list_complete, self.time.stamp())
            )
        elif isinstance(question, AskExecutions):
            trades = () if unknown else tuple(t for o in self.book.values() for t in o.trades)
            self._inbox.append(
                ExecutionsListed(question.query_id, trades, self.list_complete, self.time.stamp())
            )

    def _at_broker(self) -> None:
        self.time.now_ns = WALL_START_NS + self.mono_ns + self.skew_ns


LIMIT = OrdType.LIMIT
MARKET = OrdType.MARKET
