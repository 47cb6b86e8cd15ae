"""Start-up and reconnect: ask the broker what a crash left in doubt.

Owns: RECOVERING -> RESOLVING -> ARMED, the evidence about orphans, and the questions asked
after a reconnect. May not: act on an orphan; that is the trader's (``trader.py``). There is no
second recovery logic: everything learned here goes through the same rules as running reports.
"""

from __future__ import annotations

from engine.core import escalation, externals, legs
from engine.core import order as orders
from engine.core.events import (
    EngineStarted,
    ExecutionReport,
    OpenOrdersListed,
    OrderNotFound,
)
from engine.core.intents import unresolved
from engine.core.lifecycle import TERMINAL
from engine.core.limits import rates
from engine.core.model import Deadline, Order, Orphan
from engine.core.order_table import CLOSED
from engine.core.order_terms import shown_by
from engine.core.placing import cancel
from engine.core.terms import (
    EscalationKind,
    Evidence,
    IntentState,
    OrdStatus,
    Phase,
    RequestKind,
    RequestState,
    Severity,
)
from engine.core.turn import Turn, to_ns

_IN_DOUBT = frozenset({IntentState.INTENT_PERSISTED, IntentState.SENT})
_PENDING = frozenset({OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_REPLACE})
NOT_FOUND_TIMES = 2
RETRY_NS = 1_000_000_000


def on_started(turn: Turn, event: EngineStarted) -> None:
    """The process starts on this database: what is in doubt becomes an orphan."""
    state = turn.state
    state.meta.run, state.meta.instance_id = event.run, event.instance_id
    state.meta.phase = Phase.RECOVERING
    state.touched.meta = True
    state.volatile.recovery_started_mono_ns = turn.mono_ns
    _restart_waits(turn)
    escalation.restart_realarms(turn)
    rates.recount(state)
    for ref in list(state.volatile.working):
        order = state.orders[ref]
        if order.intent in _IN_DOUBT:
            _orphan(turn, order)
        _restart_cancel_waits(turn, order)
        state.volatile.unanswered.add(ref)
    for orphan in unresolved(state):
        state.volatile.unanswered.add(orphan.ref)
    state.volatile.recovery_orders = len(state.volatile.unanswered)
    ask_everything(turn)
    if not state.volatile.working and not unresolved(state) and event.run == 1:
        leave_recovering(turn)


def ask_everything(turn: Turn) -> None:
    """The questions of a start-up and of a reconnect."""
    state = turn.state
    state.volatile.recovery_asked_mono_ns = turn.mono_ns
    turn.ask_open_orders()
    turn.ask_executions()
    refs = dict.fromkeys(state.volatile.working) | dict.fromkeys(o.ref for o in unresolved(state))
    for ref in refs:
        turn.ask_order(state.orders[ref])


def note_answer(turn: Turn, order: Order, report: ExecutionReport) -> None:
    """The broker answered about an order of ours."""
    if report.query_id is not None:
        turn.state.volatile.unanswered.discard(order.ref)
    orphan = turn.state.orphans.get(order.ref)
    if orphan is not None and orphan.resolution is None:
        _note_evidence(turn, orphan, report)
    elif report.query_id is not None and report.ord_status not in _PENDING | CLOSED:
        renew_lost_requests(turn, order, report)


def on_not_found(turn: Turn, event: OrderNotFound) -> None:
    """The broker does not know an order: evidence only for an orphan, and only when asked
    twice with a complete list."""
    ref = turn.state.by_cl_ord_id.get(event.cl_ord_id)
    if ref is None:
        return
    turn.state.volatile.heard_at[ref] = turn.mono_ns
    orphan = turn.state.orphans.get(ref)
    if orphan is None or orphan.resolution is not None:
        turn.state.volatile.unanswered.discard(ref)
        _tell_denied(turn, turn.state.orders[ref])
        return
    orphan.not_found += 1
    orphan.asked += 1
    turn.state.touched.orphans.add(ref)
    _judge_absence(turn, orphan)


def _tell_denied(turn: Turn, order: Order) -> None:
    """A running order that the broker denies for longer than it can be on its way: lost or late,
    nobody knows, so it counts as live, and somebody must hear of it."""
    if orders.is_done(order) or order.ref not in turn.state.volatile.working:
        return
    if turn.mono_ns - order.created_mono_ns < to_ns(turn.state.config.leg_timeout_s):
        return
    escalation.escalate(
        turn, f"unconfirmed:{order.ref}", EscalationKind.ORDER_UNCONFIRMED, Severity.WARNING,
        f"the broker does not know {order.ref}, which was sent; it counts as live",
        group_id=order.group_id, leg_id=order.leg_id, symbol=order.symbol, side=order.side,
        unfilled_qty=order.leaves_qty, order_ref=order.ref,
    )  # fmt: skip


def on_list(turn: Turn, event: OpenOrdersListed) -> None:
    """The broker's open orders: what is in it is proven, what is not only if it is complete."""
    volatile = turn.state.volatile
    first = not volatile.list_answered
    volatile.list_answered, volatile.list_complete = True, event.complete
    for orphan in unresolved(turn.state):
        if orphan.not_found:
            _judge_absence(turn, orphan)
    if first and turn.state.meta.phase is Phase.ARMED and externals.blocking(turn):
        enter_phase(turn, Phase.RESOLVING)


def tick(turn: Turn) -> None:
    """Ask again what was not answered, and see whether recovery is over."""
    state, volatile = turn.state, turn.state.volatile
    waited = turn.mono_ns - volatile.recovery_started_mono_ns
    limit = to_ns(state.config.cancel_confirm_s)
    poll = to_ns(state.config.poll_interval_s)
    since = turn.mono_ns - volatile.recovery_asked_mono_ns
    in_doubt = [o for o in unresolved(state) if needs_asking(o)]
    if since >= (poll if waited < limit else RETRY_NS):
        volatile.recovery_asked_mono_ns = turn.mono_ns
        if not volatile.list_answered:
            turn.ask_open_orders()
        for ref in dict.fromkeys([o.ref for o in in_doubt] + sorted(volatile.unanswered)):
            turn.ask_order(state.orders[ref])
    if waited >= limit:
        for orphan in unresolved(state):
            if orphan.evidence is None:
                found = Evidence.NOT_FOUND_INCOMPLETE if orphan.not_found else Evidence.UNREACHABLE
                _set_evidence(turn, orphan, found)
    review(turn)


def review(turn: Turn) -> None:
    """Leave RECOVERING when everything is answered, or it has waited long enough."""
    state, volatile = turn.state, turn.state.volatile
    if state.meta.phase is not Phase.RECOVERING:
        _arm_when_answered(turn)
        return
    waited = turn.mono_ns - volatile.recovery_started_mono_ns
    judged = all(o.evidence is not None for o in unresolved(state))
    complete = judged and volatile.list_answered and not volatile.unanswered
    if complete or (judged and waited >= to_ns(state.config.cancel_confirm_s)):
        leave_recovering(turn)


def leave_recovering(turn: Turn) -> None:
    """To what the findings allow: KILLED stays killed; nothing to resolve may arm by itself."""
    state = turn.state
    if state.meta.killed_by:
        enter_phase(turn, Phase.KILLED)
    elif _nothing_to_resolve(turn) and state.config.arm == "auto" and _all_answered(turn):
        enter_phase(turn, Phase.ARMED)
    else:
        state.volatile.arms_itself = _nothing_to_resolve(turn) and state.config.arm == "auto"
        enter_phase(turn, Phase.RESOLVING)


def blocks(turn: Turn) -> list[str]:
    """What still blocks arming, in words."""
    found = [f"orphan {o.ref} is not resolved" for o in unresolved(turn.state)]
    found += [
        f"unknown order {e.key} at the broker is neither adopted nor canceled"
        for e in externals.blocking(turn)
    ]
    return found


def renew_lost_requests(turn: Turn, order: Order, report: ExecutionReport | None = None) -> None:
    """A request that a crash left in doubt and of which the broker shows nothing: a cancel is
    asked anew (it can double nothing), an amendment is the trader's to repeat."""
    for request in order.requests:
        lost = (
            request.state is RequestState.OPEN
            and request.intent in _IN_DOUBT
            and not request.pending_seen
            and request.run < turn.state.meta.run
        )
        if not lost or orders.is_closed(order):
            continue
        if report is not None and request is shown_by(order, report):
            continue
        request.state, request.intent = RequestState.LAPSED, IntentState.CLOSED
        orders.refresh(order)
        turn.touch_order(order)
        if request.kind is RequestKind.CANCEL:
            cancel(turn, order, request.user)


def _orphan(turn: Turn, order: Order) -> None:
    state = turn.state
    if order.ref not in state.orphans or state.orphans[order.ref].resolution is not None:
        state.orphans[order.ref] = Orphan(
            ref=order.ref, found_wall_ns=turn.wall_ns, intent_before=order.intent
        )
    order.intent = IntentState.ORPHANED
    state.touched.orphans.add(order.ref)
    turn.touch_order(order)


def _restart_waits(turn: Turn) -> None:
    """Waits on the broker's clock go on where they stood; those on the local monotonic clock,
    and those not begun, begin again, because that clock did not survive."""
    book = turn.state.deadlines
    for deadline in list(book.by_key.values()):
        if deadline.server is True and deadline.anchor_ns is not None:
            continue
        book.put(Deadline(deadline.key, deadline.duration_ns, turn.mono_ns))
        turn.state.touched.deadlines.add(deadline.key)


def _restart_cancel_waits(turn: Turn, order: Order) -> None:
    if orders.open_requests(order, RequestKind.CANCEL) and not orders.is_closed(order):
        turn.disarm(f"grace:{order.ref}")
        turn.arm(f"cancel:{order.ref}", turn.state.config.cancel_confirm_s)


def _note_evidence(turn: Turn, orphan: Orphan, report: ExecutionReport) -> None:
    if _says_the_same(turn, orphan, report):
        return
    orphan.asked += 1 if report.query_id is not None else 0
    orphan.not_found = 0
    orphan.answer_status = report.ord_status
    orphan.answer_cum_qty = report.cum_qty
    orphan.answer_leaves_qty = report.leaves_qty
    orphan.answer_avg_px = report.avg_px
    orphan.answer_order_id = report.order_id
    orphan.answer_order_qty = report.order_qty
    if report.ord_status is OrdStatus.FILLED:
        found = Evidence.FILLED
    elif report.ord_status in CLOSED or report.ord_status is OrdStatus.DONE_FOR_DAY:
        found = Evidence.CLOSED_AT_BROKER
    else:
        found = Evidence.PARTIALLY_FILLED if report.cum_qty > 0 else Evidence.LIVE
    _set_evidence(turn, orphan, found)


def _says_the_same(turn: Turn, orphan: Orphan, report: ExecutionReport) -> bool:
    """Whether an answer adds nothing, not even a younger query time worth a commit."""
    known = (orphan.answer_status, orphan.answer_cum_qty, orphan.answer_leaves_qty)
    if orphan.evidence_wall_ns is None or orphan.not_found:
        return False
    if known != (report.ord_status, report.cum_qty, report.leaves_qty):
        return False
    return 0 <= turn.wall_ns - orphan.evidence_wall_ns < RETRY_NS


def _judge_absence(turn: Turn, orphan: Orphan) -> None:
    volatile = turn.state.volatile
    if orphan.not_found < NOT_FOUND_TIMES or not volatile.list_answered:
        return
    volatile.unanswered.discard(orphan.ref)
    complete = volatile.list_complete is True
    _set_evidence(turn, orphan, Evidence.NOT_FOUND if complete else Evidence.NOT_FOUND_INCOMPLETE)


def _set_evidence(turn: Turn, orphan: Orphan, evidence: Evidence) -> None:
    orphan.evidence, orphan.evidence_wall_ns = evidence, turn.wall_ns
    turn.state.touched.orphans.add(orphan.ref)


def needs_asking(orphan: Orphan) -> bool:
    """Whether the broker has said nothing about it yet."""
    return orphan.evidence in (None, Evidence.UNREACHABLE)


def _all_answered(turn: Turn) -> bool:
    volatile = turn.state.volatile
    fresh = turn.state.meta.run == 1 and not volatile.working
    return fresh or (volatile.list_answered and not volatile.unanswered)


def _nothing_to_resolve(turn: Turn) -> bool:
    return not unresolved(turn.state) and not externals.blocking(turn)


def _arm_when_answered(turn: Turn) -> None:
    """Nothing was in doubt, only the answers came late: arm by itself after all."""
    volatile = turn.state.volatile
    if turn.state.meta.phase is not Phase.RESOLVING or not volatile.arms_itself:
        return
    if _nothing_to_resolve(turn) and _all_answered(turn):
        enter_phase(turn, Phase.ARMED)


def enter_phase(turn: Turn, phase: Phase) -> None:
    turn.state.meta.phase = phase
    turn.state.touched.meta = True
    if phase is Phase.ARMED:
        turn.state.volatile.arms_itself = False
    for group in turn.state.groups.values():
        # A closed group, too, if a bust that came while recovering took its hedge away.
        closed = group.lifecycle in TERMINAL and not group.chains
        if not closed or legs.unhedged_qty(turn.state, group) > 0:
            turn.state.volatile.active[group.group_id] = None
