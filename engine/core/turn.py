"""One turn of the core: the state, the instant, and what has been decided so far.

Owns: ``Turn`` and the small verbs every rule needs (touch, ask, record, note a lifecycle).
May not: hold a rule of its own. One turn is one input; rules write to it, nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.broker_time import NOT_YET
from engine.core.decisions import (
    Answer,
    AskExecutions,
    AskOpenOrders,
    AskOrder,
    AskPositions,
    Decision,
)
from engine.core.events import QuoteChanged
from engine.core.lifecycle import RANK, ExecutionStateValidator
from engine.core.model import ZERO, Deadline, Group, Instrument, Order, RejectedEvent
from engine.core.state import DeskState, Question
from engine.core.terms import RejectReason

NS = 1_000_000_000
REJECTED_KEPT = 1_000
EXECUTIONS_OVERLAP_NS = 3_600 * NS


def to_ns(seconds: Decimal) -> int:
    """Seconds as whole nanoseconds."""
    return int(seconds * NS)


@dataclass(slots=True)
class Turn:
    """The working context of one input. ``answered``: the question of ours that it answers;
    ``arrived_mono_ns``: when it arrived, which is before ``mono_ns`` where a later one went first.
    """

    state: DeskState
    quotes: Mapping[str, QuoteChanged] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    out: list[Decision] = field(default_factory=list)
    answered: Question | None = None
    arrived_mono_ns: int = 0

    @property
    def mono_ns(self) -> int:
        return self.state.mono_ns

    @property
    def wall_ns(self) -> int:
        return self.state.wall_ns

    def touch_order(self, order: Order) -> None:
        """Mark an order as changed, and its group as worth looking at again."""
        self.state.touched.orders.add(order.ref)
        if order.group_id in self.state.groups:
            self.state.volatile.active[order.group_id] = None

    def touch_group(self, group: Group) -> None:
        self.state.touched.groups.add(group.group_id)
        self.state.volatile.active[group.group_id] = None

    def enter(self, group: Group, lifecycle: str) -> bool:
        """Move a group forward; a step that the table does not admit is not taken."""
        if group.lifecycle == lifecycle:
            return False
        if not ExecutionStateValidator.validate_state_transition(group.lifecycle, lifecycle):
            return False
        lifecycle = str(lifecycle)
        group.lifecycle = lifecycle
        group.history.append((lifecycle, self.mono_ns))
        self.touch_group(group)
        return True

    def reached(self, group: Group, lifecycle: str) -> bool:
        """Whether the group's rank is at least that of ``lifecycle``."""
        return RANK[group.lifecycle] >= RANK[lifecycle]

    def arm(self, key: str, seconds: Decimal, sent: str = "") -> None:
        """Begin (or begin again) a wait in the deadline book. ``sent``: ClOrdID of the message
        whose answer it waits for; it begins when that was handed over and not before: after a
        stall the core hears of seconds that passed before anything left."""
        armed_mono_ns = NOT_YET if sent else self.mono_ns
        if sent:
            self.state.volatile.unsent_waits[key] = sent
        self.state.deadlines.put(Deadline(key, to_ns(seconds), armed_mono_ns))
        self.state.touched.deadlines.add(key)

    def begin_waits(self, cl_ord_id: str, *keys: str) -> None:
        """This message was handed over: those of these waits that stand for it begin."""
        unsent = self.state.volatile.unsent_waits
        for key in keys:
            if unsent.get(key) == cl_ord_id:
                del unsent[key]
                deadline = self.state.deadlines.by_key.get(key)
                if deadline is not None and deadline.armed_mono_ns == NOT_YET:
                    self.state.deadlines.put(Deadline(key, deadline.duration_ns, self.mono_ns))
                    self.state.touched.deadlines.add(key)

    def disarm(self, key: str) -> None:
        self.state.volatile.unsent_waits.pop(key, None)
        if self.state.deadlines.drop(key):
            self.state.touched.deadlines.add(key)

    def is_armed(self, key: str) -> bool:
        return key in self.state.deadlines.by_key

    def ask_order(self, order: Order, why: str = "status") -> None:
        """Ask the broker about one order, unless that was asked just now and not answered."""
        volatile = self.state.volatile
        if volatile.asked_at.get(order.ref) == self.mono_ns and order.ref in volatile.asking:
            return
        volatile.asked_at[order.ref] = self.mono_ns
        query_id = self.next_query_id()
        volatile.asking[order.ref] = query_id
        volatile.questions[query_id] = Question(query_id, why, order.ref, self.mono_ns)
        self._bound_questions()
        self.out.append(
            AskOrder(query_id, order.cl_ord_id, order.order_id, order.symbol, order.side)
        )

    def note_answered(self, query_id: str) -> None:
        """A question of ours got its answer."""
        volatile = self.state.volatile
        self.answered = question = volatile.questions.pop(query_id, None)
        if question is not None and volatile.asking.get(question.ref) == query_id:
            del volatile.asking[question.ref]

    def ask_open_orders(self) -> str:
        query_id = self.next_query_id()
        self.state.volatile.questions[query_id] = Question(query_id, "list", "", self.mono_ns)
        self.out.append(AskOpenOrders(query_id))
        return query_id

    def ask_executions(self, everything: bool = False) -> str:
        """Ask for the executions since the last one known, and some before it: one that was
        lost on its way may be older. ``everything``: all that the broker keeps."""
        since_ns = self.state.meta.last_execution_server_ns
        if everything or self.state.clock.offset_ns:
            since_ns = None  # after its clock was set back, the broker's stamps order nothing
        elif since_ns is not None:
            since_ns -= EXECUTIONS_OVERLAP_NS
        query_id = self.next_query_id()
        self.state.volatile.questions[query_id] = Question(query_id, "executions", "", self.mono_ns)
        self.out.append(AskExecutions(query_id, since_ns))
        return query_id

    def ask_positions(self) -> str:
        query_id = self.next_query_id()
        self.state.volatile.questions[query_id] = Question(query_id, "positions", "", self.mono_ns)
        self.out.append(AskPositions(query_id))
        return query_id

    def next_query_id(self) -> str:
        volatile = self.state.volatile
        number = volatile.next_query
        volatile.next_query = number + 1
        return f"Q{self.state.meta.run}-{number}"

    def answer(
        self,
        command_id: str,
        what: str,
        accepted: bool,
        reason: str = "",
        about: str = "",
        confirmable: bool = False,
    ) -> None:
        """Answer a command; the shell gives it to whoever asked, after the commit."""
        self.out.append(Answer(command_id, what, accepted, reason, about, confirmable))

    def record(
        self,
        reason: RejectReason,
        *,
        order: Order | None = None,
        group_id: str = "",
        exec_id: str = "",
        current: str = "",
        incoming: str = "",
        booked_qty: Decimal = ZERO,
        text: str = "",
        raw: str = "",
    ) -> RejectedEvent:
        """Record an inbound event that was not (wholly) applied."""
        meta, state = self.state.meta, self.state
        event = RejectedEvent(
            number=meta.next_rejected,
            mono_ns=self.mono_ns,
            wall_ns=self.wall_ns,
            reason=reason,
            ref=order.ref if order is not None else "",
            group_id=order.group_id if order is not None else group_id,
            exec_id=exec_id,
            current=current,
            incoming=incoming,
            booked_qty=booked_qty,
            text=text,
            raw=raw,
        )
        meta.next_rejected += 1
        state.rejected[event.number] = event
        if len(state.rejected) > REJECTED_KEPT:
            del state.rejected[next(iter(state.rejected))]
        state.touched.rejected.append(event)
        if reason is RejectReason.DUPLICATE:
            meta.counts.duplicates += 1
        else:
            meta.counts.rejected += 1
        state.touched.meta = True
        return event

    def instrument(self, symbol: str) -> Instrument:
        """What is known of an instrument; lot 1 where nothing is."""
        for instrument in self.state.config.instruments:
            if instrument.symbol == symbol:
                return instrument
        return Instrument(symbol)

    def _bound_questions(self) -> None:
        questions = self.state.volatile.questions
        while len(questions) > 10_000:
            del questions[next(iter(questions))]
