"""The only entry to the core: ``handle(state, envelope) -> decisions``.

Owns: the dispatch of inputs, the sequence within a turn, and what the shell must look up before
one. May not: await, read a clock, do I/O, draw random numbers or log. ``handle`` is total: a
bad report gives a rejected event, a bad command a refusal, never an exception (an
``AssertionError`` is a bug and stops trading).

A turn: hear the clock → apply the input → drive the groups it touched → begin and end waits →
drive again. ``state.touched`` afterwards says what changed in this turn; the shell merges the
turns of one cycle and commits them together.
"""

from __future__ import annotations

from engine.core import (
    day_end,
    invariants,
    kill,
    lost_link,
    memory,
    positions,
    questions,
    reconciliation,
    recovery,
    reports,
    routine,
    stop_loss,
    waits,
)
from engine.core import group as groups
from engine.core import order as orders
from engine.core.commands import Command
from engine.core.decisions import Decision
from engine.core.escalation import realarm
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    CancelRejected,
    EngineStarted,
    Envelope,
    ExecutionReport,
    ExecutionsListed,
    GroupStateReported,
    HeartbeatReceived,
    KillThrown,
    OpenOrdersListed,
    OrderHandedOver,
    OrderNotFound,
    PositionsListed,
    QueryFailed,
    QuoteChanged,
    RawReceived,
    SendFailed,
    TimePassed,
)
from engine.core.group_updates import on_state_update
from engine.core.lookups import lookups, recall_keys
from engine.core.memory import admit, rebuild
from engine.core.model import EngineConfig, Order
from engine.core.questions import next_wake_mono_ns
from engine.core.state import DeskState, Touched
from engine.core.terms import (
    IntentState,
)
from engine.core.trader import on_command
from engine.core.turn import Turn

__all__ = [
    "admit",
    "handle",
    "lookups",
    "new_state",
    "next_wake_mono_ns",
    "rebuild",
    "recall_keys",
]

DRIVES_MAX = 100

_ANSWERS = (
    OpenOrdersListed,
    ExecutionsListed,
    PositionsListed,
    OrderNotFound,
    HeartbeatReceived,
)
_ANSWERING = (
    ExecutionReport,
    OpenOrdersListed,
    ExecutionsListed,
    PositionsListed,
    OrderNotFound,
    QueryFailed,
)
_FROM_BROKER = (
    *_ANSWERS,
    ExecutionReport,
    CancelRejected,
    GroupStateReported,
    RawReceived,
    QuoteChanged,
    BrokerConnected,
)


def new_state(config: EngineConfig) -> DeskState:
    """The state of a desk on which nothing has happened yet."""
    return DeskState(config)


def handle(state: DeskState, envelope: Envelope) -> list[Decision]:
    """One input, one turn. Mutates ``state``, leaves what changed in ``state.touched``."""
    state.touched = Touched()
    state.mono_ns = max(state.mono_ns, envelope.mono_ns)
    state.wall_ns = envelope.wall_ns
    turn = Turn(
        state, quotes=envelope.quotes, known=envelope.known, arrived_mono_ns=envelope.mono_ns
    )
    body = envelope.body
    if not (isinstance(body, ExecutionReport) and routine.take(turn, body)):
        _hear(turn, body)
        _apply(turn, body)
        positions.count_fills(state)
        _drive(turn)
    _wait(turn)
    realarm(turn)
    positions.count_fills(state)
    invariants.check(state)
    memory.forget(state)
    return turn.out


def _hear(turn: Turn, body: object) -> None:
    if not isinstance(body, _FROM_BROKER):
        return
    fresh = isinstance(body, _ANSWERS) or (
        isinstance(body, ExecutionReport) and body.query_id is not None
    )
    turn.state.clock.hear(turn.arrived_mono_ns, body.server_time_ns, fresh)
    questions.on_heard(turn)


def _apply(turn: Turn, body: object) -> None:
    if isinstance(body, _ANSWERING) and body.query_id is not None:
        turn.note_answered(body.query_id)
    if isinstance(body, ExecutionReport):
        reports.on_report(turn, body)
    elif isinstance(body, Command):
        on_command(turn, body)
    elif isinstance(body, TimePassed):
        questions.on_time(turn)
    elif isinstance(body, QuoteChanged):
        stop_loss.on_quote(turn, body)
    elif isinstance(body, CancelRejected):
        reports.on_cancel_reject(turn, body)
    elif isinstance(body, OrderHandedOver):
        _on_handed_over(turn, body.cl_ord_id)
    else:
        _apply_rare(turn, body)
    if isinstance(body, (*_ANSWERS, ExecutionReport)):
        questions.on_heard(turn)
    if isinstance(body, (*_ANSWERS, TimePassed)):
        day_end.tick(turn)


def _apply_rare(turn: Turn, body: object) -> None:
    state = turn.state
    if isinstance(body, OpenOrdersListed):
        for report in body.orders:
            reports.on_report(turn, report)
        recovery.on_list(turn, body)
        reconciliation.on_answer(turn, body)
    elif isinstance(body, ExecutionsListed):
        for report in body.executions:
            reports.on_report(turn, report, listed=True)
        reconciliation.on_answer(turn, body)
    elif isinstance(body, PositionsListed):
        reconciliation.on_answer(turn, body)
    elif isinstance(body, QueryFailed):
        reconciliation.on_failed(turn, body)
    elif isinstance(body, OrderNotFound):
        recovery.on_not_found(turn, body)
    elif isinstance(body, EngineStarted):
        state.volatile.started_mono_ns = turn.mono_ns
        recovery.on_started(turn, body)
    elif isinstance(body, GroupStateReported):
        on_state_update(turn, body)
    elif isinstance(body, RawReceived):
        reports.on_raw(turn, body)
    elif isinstance(body, SendFailed):
        _on_send_failed(turn, body)
    elif isinstance(body, KillThrown):
        kill.on_thrown(turn, body)
    elif isinstance(body, BrokerConnected):
        if not state.volatile.connected:
            recovery.ask_everything(turn)
        state.volatile.connected = True
        lost_link.on_back(turn)
        kill.on_back(turn)
    elif isinstance(body, BrokerDisconnected):
        state.volatile.connected = False
        lost_link.on_lost(turn)


def _on_handed_over(turn: Turn, cl_ord_id: str) -> None:
    """The shell handed a message over: the intent is SENT, unless the broker spoke first."""
    order = reports.find_order(turn.state, cl_ord_id)
    if order is None:
        return
    _begin_waits(turn, order, cl_ord_id)
    request = orders.request_of(order, cl_ord_id)
    if request is not None:
        if request.intent is IntentState.INTENT_PERSISTED:
            request.intent = IntentState.SENT
            turn.touch_order(order)
        return
    if order.sent_mono_ns is not None and order.intent is not IntentState.INTENT_PERSISTED:
        return
    if order.sent_mono_ns is None:
        order.sent_mono_ns = turn.mono_ns
    if order.intent is IntentState.INTENT_PERSISTED:
        order.intent = IntentState.SENT
    if reports.is_in_quiet_group(turn, order) and not orders.is_done(order):
        reports.note_routine(turn, order)
    else:
        turn.touch_order(order)


def _begin_waits(turn: Turn, order: Order, cl_ord_id: str) -> None:
    """What waits for the answer to this message waits from now on."""
    leg = f"{order.group_id}/{order.leg_id}"
    turn.begin_waits(
        cl_ord_id, f"cancel:{order.ref}", f"hedge:{order.ref}",
        f"leg:{leg}", f"slice:{leg}", f"stop:{leg}",
    )  # fmt: skip


def _on_send_failed(turn: Turn, event: SendFailed) -> None:
    """What certainly did not leave is ended; what may have left is asked about."""
    order = reports.find_order(turn.state, event.cl_ord_id)
    if order is None:
        return
    # Nothing else will begin the waits of this message: without it the next slice never came.
    _begin_waits(turn, order, event.cl_ord_id)
    if event.left:
        turn.ask_order(order)
        return
    request = orders.request_of(order, event.cl_ord_id)
    if request is None:
        order.text = event.why
        orders.reject_unsent(order)
    else:
        orders.reject_unsent_request(order, request)
    turn.touch_order(order)
    reports.follow_order(turn, order)


def _drive(turn: Turn) -> None:
    """Drive every touched group until its facts call for nothing more."""
    active, rounds = turn.state.volatile.active, 0
    while active:
        group_id = next(iter(active))
        del active[group_id]
        group = turn.state.groups.get(group_id)
        if group is not None:
            groups.drive(turn, group)
        rounds += 1
        assert rounds < DRIVES_MAX + 20 * len(turn.state.groups), "a group does not settle"


def _wait(turn: Turn) -> None:
    """Begin the waits that have evidence of time, and act on those that are over."""
    book, clock = turn.state.deadlines, turn.state.clock
    for _ in range(DRIVES_MAX):
        if book.unanchored:
            turn.state.touched.deadlines.update(book.anchor_all(clock))
        over = book.pop_due(clock, turn.mono_ns)
        if not over:
            return
        for key in over:
            turn.state.touched.deadlines.add(key)
            waits.on_over(turn, key)
        _drive(turn)
    raise AssertionError("waits do not settle")
