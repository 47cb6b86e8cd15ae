"""What the broker says about orders: found, counted once, applied, and what it brings up.

Owns: the way of an execution report or cancel reject through safeguards 1 and 2, in the
sequence of ``engine.md`` §2.1: find the order, count it once, apply it, tell what was seen.
May not: decide what a group does next; it only marks it as worth looking at.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from engine.core import escalation, externals, recovery
from engine.core import order as orders
from engine.core.child_orders import own_orders
from engine.core.events import CancelRejected, ExecutionReport, RawReceived
from engine.core.group import note_progress
from engine.core.idempotency import IdempotencyManager, plain, report_digest, report_key
from engine.core.legs import filled_qty, net_qty
from engine.core.lifecycle import ExecutionLifecycle as L
from engine.core.model import ZERO, Order
from engine.core.order_outcome import TRADES, Outcome
from engine.core.order_reports import apply_cancel_reject, apply_report
from engine.core.state import DeskState
from engine.core.terms import (
    EscalationKind,
    ExecType,
    IntentState,
    LegType,
    Purpose,
    RejectReason,
    Release,
    RequestState,
    Severity,
)
from engine.core.turn import Turn
from engine.core.wire import Unreadable, read

_ORPHANED = IntentState.ORPHANED
_AFTER_HEDGE = Release.AFTER_HEDGE
_HEDGE_LEG = LegType.HEDGE
_OWN = frozenset({Purpose.HEDGE, Purpose.RISK})
_STEPS = {
    Purpose.HEDGE: (L.HEDGE_SUBMITTED, L.HEDGE_PARTIAL),
    Purpose.RISK: (L.RISK_SUBMITTED, L.RISK_PARTIAL),
}
"""How far a group has come at least, by an own order's purpose: (it was sent, it has fills)."""
_ROUTINE = frozenset({ExecType.NEW, ExecType.TRADE})


def find_order(state: DeskState, *cl_ord_ids: str, order_id: str = "") -> Order | None:
    """By ClOrdID through the chain of requests, then by OrderID."""
    for cl_ord_id in cl_ord_ids:
        ref = state.by_cl_ord_id.get(cl_ord_id) if cl_ord_id else None
        if ref is not None:
            return state.orders.get(ref)
    ref = state.by_order_id.get(order_id) if order_id else None
    return state.orders.get(ref) if ref is not None else None


def order_of(state: DeskState, told: ExecutionReport | CancelRejected) -> Order | None:
    """The order that a report or a cancel reject is about."""
    return find_order(state, told.cl_ord_id, told.orig_cl_ord_id, order_id=told.order_id)


def owner_of(order: Order | None, report: ExecutionReport) -> str:
    """Whose report it is, the same before and after an unknown order is adopted."""
    return order.cl_ord_id if order is not None else (report.cl_ord_id or report.order_id)


def on_report(turn: Turn, report: ExecutionReport, listed: bool = False) -> None:
    """One execution report, from the stream or as an answer. ``listed``: it stands in a list
    that we asked for, so that knowing it already is no event."""
    order = order_of(turn.state, report)
    counts = turn.state.meta.counts
    owner = owner_of(order, report)
    key = report_key(report, owner, turn.state.config)
    if key is not None:
        if listed and _seen_digest(turn, key) == report_digest(report, owner):
            return
        counts.events += 1
        turn.state.touched.meta = True
        if _was_counted(turn, report, order, owner, key):
            return
        IdempotencyManager.mark(turn.state, key, report_digest(report, owner), owner)
    if order is None:
        externals.on_report(turn, report)
        return
    report = _by_what_we_asked(turn, order, report)
    turn.state.volatile.heard_at[order.ref] = turn.mono_ns
    escalation.end_cause(turn, f"unconfirmed:{order.ref}")
    recovery.note_answer(turn, order, report)
    exec_key = report.exec_id if report.exec_id not in ("", "0") else (key or "")
    _apply(turn, order, report, exec_key)


def _by_what_we_asked(turn: Turn, order: Order, report: ExecutionReport) -> ExecutionReport:
    """The report with a stamp that can be compared with those we know of its order. An answer
    to a question that we asked after the last word on the order is newer than all of them; where
    the broker's clock was set back in between, its stamp alone would make it the oldest, for ever.
    """
    question, stamp = turn.answered, report.server_time_ns
    if report.query_id is None or question is None or stamp is None:
        return report
    known = max(order.newest_server_ns or 0, order.reduced_server_ns or 0)
    asked_since = question.asked_mono_ns >= turn.state.volatile.heard_at.get(order.ref, 0)
    if question.ref != order.ref or stamp >= known or not asked_since:
        return report
    if not turn.state.clock.was_set_back_below(known):
        return report
    return replace(report, server_time_ns=known + 1)


def on_cancel_reject(turn: Turn, reject: CancelRejected) -> None:
    """A cancel or replace was refused."""
    turn.state.meta.counts.events += 1
    turn.state.touched.meta = True
    order = order_of(turn.state, reject)
    if order is None:
        turn.record(
            RejectReason.UNKNOWN_ORDER,
            incoming=reject.ord_status.value,
            text=f"a cancel reject for {reject.cl_ord_id}, which we do not know",
            raw=reject.raw,
        )
        return
    before = order.ord_status
    outcome = apply_cancel_reject(order, reject)
    _tell_rejected(turn, order, outcome, before.value, reject.ord_status.value, "", reject.raw)
    if outcome.changed:
        turn.state.meta.counts.applied += 1
        turn.touch_order(order)
    if outcome.ask:
        turn.ask_order(order)
    follow_order(turn, order)


def on_raw(turn: Turn, event: RawReceived) -> None:
    """Something the adapter could not read: read strictly here, or recorded as malformed."""
    from engine.core.group_updates import on_state_update

    try:
        parsed = read(event.raw)
    except Unreadable as error:
        turn.state.meta.counts.events += 1
        turn.record(RejectReason.MALFORMED, text=str(error), raw=event.raw)
        return
    if isinstance(parsed, ExecutionReport):
        on_report(turn, parsed)
    elif isinstance(parsed, CancelRejected):
        on_cancel_reject(turn, parsed)
    else:
        on_state_update(turn, parsed)


def follow_order(turn: Turn, order: Order) -> None:
    """Keep the waits and the list of working orders in step with an order."""
    volatile = turn.state.volatile
    if order.order_id:
        turn.state.by_order_id[order.order_id] = order.ref
    _note_ends(turn, order)
    if orders.is_done(order):
        for wait in ("cancel", "grace", "hedge"):
            turn.disarm(f"{wait}:{order.ref}")
        if order.ref in volatile.uncertain:
            del volatile.uncertain[order.ref]
        escalation.end_cause(turn, f"cancel:{order.ref}")
    if order.gap_qty == ZERO:
        turn.disarm(f"gap:{order.ref}")
        escalation.end_cause(turn, f"gap:{order.ref}")
    elif (
        not turn.is_armed(f"gap:{order.ref}")
        and escalation.standing(turn, f"gap:{order.ref}") is None
    ):
        turn.arm(f"gap:{order.ref}", turn.state.config.leg_timeout_s)
    if orders.is_done(order) and order.gap_qty == ZERO:
        volatile.working.pop(order.ref, None)
    else:
        volatile.working[order.ref] = None


def _note_ends(turn: Turn, order: Order) -> None:
    """When the order and its requests were settled, for people who look at it later."""
    if order.closed_mono_ns is None and orders.is_closed(order):
        order.closed_mono_ns = turn.mono_ns
    for request in order.requests:
        if request.ended_mono_ns is None and request.state is not RequestState.OPEN:
            request.ended_mono_ns = turn.mono_ns


def _seen_digest(turn: Turn, key: str) -> str | None:
    return IdempotencyManager.seen(turn.state, key, turn.known.get(key))


def _was_counted(
    turn: Turn, report: ExecutionReport, order: Order | None, owner: str, key: str
) -> bool:
    """Safeguard 2: the same id again is a duplicate, or conflicts; the first stands."""
    digest = _seen_digest(turn, key)
    if digest is None:
        return False
    current = order.ord_status.value if order is not None else ""
    if digest == report_digest(report, owner):
        turn.record(
            RejectReason.DUPLICATE,
            order=order,
            exec_id=report.exec_id,
            current=current,
            incoming=report.ord_status.value,
            text="counted before",
            raw=report.raw,
        )
        return True
    turn.record(
        RejectReason.CONFLICTING_EXECUTION,
        order=order,
        exec_id=report.exec_id,
        current=current,
        incoming=report.ord_status.value,
        text="this ExecID was counted before with other content; the first stands",
        raw=report.raw,
    )
    escalation.escalate(
        turn,
        f"conflict:{key}",
        EscalationKind.CONFLICTING_EXECUTION,
        Severity.CRITICAL,
        f"ExecID {report.exec_id} came again with other content; the first stands",
        group_id=order.group_id if order is not None else "",
        leg_id=order.leg_id if order is not None else "",
        symbol=order.symbol if order is not None else report.symbol,
        side=order.side if order is not None else report.side,
        order_ref=order.ref if order is not None else "",
    )
    if order is not None:
        turn.ask_order(order)
    return True


def _apply(turn: Turn, order: Order, report: ExecutionReport, exec_key: str) -> None:
    if order.never_sent:
        _revoke(turn, order)
    before, qty_before, intent = order.ord_status.value, order.order_qty, order.intent
    cum_before = order.cum_qty
    outcome = apply_report(order, report, exec_key)
    if report.query_id is not None:
        _shrink(order, report, outcome)
    _move_target(turn, order, qty_before, outcome, report)
    for execution in outcome.touched:
        if execution.booked_mono_ns is None:
            execution.booked_mono_ns = turn.mono_ns
        turn.state.touched.executions[(order.ref, execution.exec_id)] = execution
    if report.exec_type in TRADES:
        note_execution_time(turn, report)
    if not _is_overtaken_answer(report, outcome):
        _tell_rejected(
            turn, order, outcome, before, report.ord_status.value, report.exec_id, report.raw
        )
    is_new = report.exec_type is not ExecType.ORDER_STATUS
    if outcome.changed or order.intent is not intent or outcome.booked_qty != ZERO or is_new:
        if report.exec_type in _ROUTINE and _is_routine(turn, order, outcome):
            note_routine(turn, order)
        else:
            turn.touch_order(order)
    if outcome.reason is None and is_new:
        turn.state.meta.counts.applied += 1
    if outcome.ask and report.query_id is None:
        turn.ask_order(order)
    if order.gap_qty != ZERO and order.cum_qty > cum_before:
        turn.ask_executions()
    _tell_fills(turn, order, outcome, order.cum_qty - cum_before)
    follow_order(turn, order)


def _is_routine(turn: Turn, order: Order, outcome: Outcome) -> bool:
    """Whether a report can change nothing that its group would act on: an own order that goes
    on working, in a quiet group. Most reports are; they need not drive the group."""
    if outcome.reason is not None or outcome.late_fill or outcome.overfill or order.superseded:
        return False
    return not orders.is_done(order) and is_in_quiet_group(turn, order)


def note_execution_time(turn: Turn, report: ExecutionReport) -> None:
    """Keep the newest stamp of an execution: after a crash, what came later is asked for."""
    if report.server_time_ns is not None:
        meta = turn.state.meta
        meta.last_execution_server_ns = max(
            meta.last_execution_server_ns or 0, report.server_time_ns
        )


def is_in_quiet_group(turn: Turn, order: Order, rises: Decimal = ZERO) -> bool:
    """Whether an own order works in a group that acts on nothing but its end: no chain, no stop,
    no request, nothing in doubt, nothing released in proportion, and no risk that the hedge does
    not cover; a correction or a bust can take a hedge away after the risk was released.
    ``rises``: what is about to be booked of the order. Where its leg is full with that, although
    the order goes on working, another order of the leg filled more than it was for: what was
    risked may then be more than the hedge covers, and a hedge is complete before its last slice."""
    if order.purpose not in _OWN or order.requests or order.intent is _ORPHANED:
        return False
    group = turn.state.groups.get(order.group_id)
    if group is None or group.chain_count or group.stopping is not None:
        return False
    if group.release is not _AFTER_HEDGE:
        return False
    group_legs = group.legs.values()
    if any([leg.stop_loss is not None for leg in group_legs]):
        return False
    own = group.legs[order.leg_id]
    if filled_qty(turn.state, own) + rises >= own.target_qty:
        return False
    if order.purpose is Purpose.HEDGE:
        return not group.risk_was_on
    return all([
        net_qty(turn.state, leg) >= leg.target_qty
        for leg in group_legs if leg.leg_type is _HEDGE_LEG
    ])  # fmt: skip


def note_routine(turn: Turn, order: Order) -> None:
    """Something became known of an order that its group does not act on: only how far the group
    has come may be new."""
    turn.state.touched.orders.add(order.ref)
    step = _STEPS[order.purpose][order.cum_qty > ZERO]
    group = turn.state.groups[order.group_id]
    # A group that had ended and trades again (its order was only done for the day) has come as
    # far as there is; that its risk is on must be noted all the same.
    first_risk = step == L.RISK_PARTIAL and not group.risk_was_on
    if first_risk or not turn.reached(group, step):
        note_progress(turn, group)


def _is_overtaken_answer(report: ExecutionReport, outcome: Outcome) -> bool:
    """An answer to our own question that the stream overtook tells nothing and undoes nothing;
    a hundred a second of them are not events that a trader must explain."""
    return (
        report.query_id is not None
        and outcome.reason is RejectReason.OUT_OF_ORDER
        and outcome.booked_qty == ZERO
    )


def _shrink(order: Order, report: ExecutionReport, outcome: Outcome) -> None:
    """A fresh answer after a bust may lower what no execution ever explained."""
    from engine.core.executions import shrink_gap

    if report.exec_type is not ExecType.ORDER_STATUS:
        return
    cum_before = order.cum_qty
    shrank = shrink_gap(order, report.cum_qty)
    if order.cum_qty < cum_before:
        orders.reopen_if_short(order, report)
        orders.refresh(order)
        outcome.changed = True
    if shrank:
        outcome.reason, outcome.ask = None, False


def _revoke(turn: Turn, order: Order) -> None:
    """MARK_NEVER_SENT was a claim; the broker proves it wrong."""
    orders.revoke_never_sent(order)
    turn.state.volatile.working[order.ref] = None
    escalation.escalate(
        turn,
        f"revoked:{order.ref}",
        EscalationKind.NEVER_SENT_REVOKED,
        Severity.CRITICAL,
        f"{order.ref} was marked as never sent, but the broker has it; it is open again",
        group_id=order.group_id,
        leg_id=order.leg_id,
        symbol=order.symbol,
        side=order.side,
        unfilled_qty=order.leaves_qty,
        order_ref=order.ref,
    )


def _move_target(
    turn: Turn, order: Order, qty_before: Decimal, outcome: Outcome, report: ExecutionReport
) -> None:
    """An accepted quantity amend moves the leg's target by the same difference; a split
    scales it."""
    group = turn.state.groups.get(order.group_id)
    if group is None:
        return
    leg = group.legs[order.leg_id]
    if outcome.split_ratio is not None:
        leg.target_qty *= outcome.split_ratio
        turn.touch_group(group)
        return
    amended = order.order_qty != qty_before and report.exec_type is not ExecType.RESTATED
    if amended and order in own_orders(turn, leg):
        leg.target_qty += order.order_qty - qty_before
        turn.touch_group(group)


def _tell_rejected(
    turn: Turn,
    order: Order,
    outcome: Outcome,
    current: str,
    incoming: str,
    exec_id: str,
    raw: str,
) -> None:
    if outcome.reason is not None:
        turn.record(
            outcome.reason,
            order=order,
            exec_id=exec_id,
            current=current,
            incoming=incoming,
            booked_qty=outcome.booked_qty,
            text=outcome.why,
            raw=raw,
        )


def _tell_fills(turn: Turn, order: Order, outcome: Outcome, rose: Decimal) -> None:
    """Fills that should not have been: booked, and never silent."""
    if outcome.overfill:
        order.overfilled = True
        _critical(
            turn,
            order,
            EscalationKind.OVERFILL,
            order.cum_qty - order.order_qty,
            f"{order.ref} filled {plain(order.cum_qty)} of {plain(order.order_qty)}",
        )
    elif outcome.late_fill:
        _critical(
            turn,
            order,
            EscalationKind.FILL_AFTER_DONE,
            rose,
            f"{order.ref} was {order.ord_status} and then filled {plain(rose)}",
        )


def _critical(turn: Turn, order: Order, kind: EscalationKind, quantity: Decimal, text: str) -> None:
    escalation.escalate(
        turn,
        f"{kind.lower()}:{order.ref}",
        kind,
        Severity.CRITICAL,
        text,
        group_id=order.group_id,
        leg_id=order.leg_id,
        symbol=order.symbol,
        side=order.side,
        unfilled_qty=quantity,
        order_ref=order.ref,
    )
