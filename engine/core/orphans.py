"""The trader's decisions about orphans and unknown orders, on the evidence shown.

Owns: resolving. May not: resolve anything by itself, or send again without being told to.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import externals, recovery
from engine.core import order as orders
from engine.core.blocked import blocks
from engine.core.commands import AdoptExternal, QueryOrphan, ResolveOrphan
from engine.core.intents import offered, refused
from engine.core.lifecycle import TERMINAL
from engine.core.model import ZERO, ExternalOrder, Group, Order, Orphan
from engine.core.order_table import BASE
from engine.core.placing import cancel, new_order_message
from engine.core.terms import (
    IntentState,
    LegType,
    OrdStatus,
    OrdType,
    Purpose,
    Resolution,
    TimeInForce,
)
from engine.core.turn import NS, Turn


def on_query_orphan(turn: Turn, command: QueryOrphan) -> None:
    """Ask the broker again, by ClOrdID and by the list."""
    orphan = turn.state.orphans.get(command.order)
    if orphan is None or orphan.resolution is not None:
        turn.answer(command.command_id, "query_orphan", False, "no such open orphan", "order")
        return
    turn.state.volatile.unanswered.add(orphan.ref)
    orphan.not_found = 0
    turn.ask_open_orders()
    turn.ask_order(turn.state.orders[orphan.ref])
    turn.answer(command.command_id, "query_orphan", True, "asked")


def on_resolve_orphan(turn: Turn, command: ResolveOrphan) -> None:
    """Carry out a resolution that the evidence allows; everything else is refused with why."""
    orphan = turn.state.orphans.get(command.order)
    reason = _resolve_refusal(turn, orphan, command)
    if reason or orphan is None or command.resolution is None:
        turn.answer(command.command_id, "resolve_orphan", False, reason, "resolution")
        return
    orphan.evidence_shown = orphan.evidence.value if orphan.evidence is not None else ""
    orphan.resolution, orphan.reason = command.resolution, command.reason
    orphan.resolved_by, orphan.resolved_wall_ns = command.user, turn.wall_ns
    turn.state.touched.orphans.add(orphan.ref)
    turn.state.volatile.unanswered.discard(orphan.ref)
    order = turn.state.orders[orphan.ref]
    _CARRY_OUT[command.resolution](turn, order, command)
    turn.touch_order(order)
    turn.answer(command.command_id, "resolve_orphan", True)


def _resolve_refusal(turn: Turn, orphan: Orphan | None, command: ResolveOrphan) -> str:
    if orphan is None:
        return f"no orphan {command.order!r}"
    if orphan.resolution is not None:
        return f"it was resolved already: {orphan.resolution} by {orphan.resolved_by}"
    if command.resolution is None:
        return "expected a resolution"
    if not command.reason.strip():
        return "expected a reason: every resolution says why"
    if command.seen_evidence is not None and command.seen_evidence != (orphan.evidence or ""):
        return f"the evidence changed: was {command.seen_evidence}, now {orphan.evidence}"
    if command.resolution not in offered(turn.state, orphan):
        why = refused(turn.state, orphan).get(command.resolution, "the evidence does not allow it")
        return f"{command.resolution} refused: {why}"
    if command.resolution is Resolution.RESUBMIT:
        order = turn.state.orders[orphan.ref]
        killed = blocks(turn.state, order.group_id, order.account, order.symbol)
        if killed is not None:
            return f"{killed.user} killed {killed.target or 'everything'}: nothing new is sent"
    return ""


def _adopt(turn: Turn, order: Order, command: ResolveOrphan) -> None:
    """The order is the engine's again; the waits that rested begin anew."""
    order.intent = IntentState.ACKNOWLEDGED
    orders.refresh(order)
    config, watch = turn.state.config, turn.state.stops.get(f"{order.group_id}/{order.leg_id}")
    if order.level is not None and not orders.is_done(order):
        turn.arm(f"hedge:{order.ref}", config.hedge_timeout_s)
    if watch is not None and watch.order_ref == order.ref and order.purpose is Purpose.STOP_LOSS:
        turn.arm(f"stop:{watch.key}", Decimal(watch.timeout_ns) / NS)
    recovery.renew_lost_requests(turn, order)


def _cancel_at_broker(turn: Turn, order: Order, command: ResolveOrphan) -> None:
    _adopt(turn, order, command)
    order.canceled_by_trader = True
    cancel(turn, order, command.user)


def _resubmit(turn: Turn, order: Order, command: ResolveOrphan) -> None:
    order.intent = IntentState.INTENT_PERSISTED
    if order.level is not None:
        turn.arm(f"hedge:{order.ref}", turn.state.config.hedge_timeout_s, order.cl_ord_id)
    turn.out.append(new_order_message(order, resend=True))


def _mark_never_sent(turn: Turn, order: Order, command: ResolveOrphan) -> None:
    orders.mark_never_sent(order)
    turn.state.volatile.working.pop(order.ref, None)
    turn.state.volatile.uncertain.pop(order.ref, None)
    for wait in ("cancel", "grace", "hedge", "gap"):
        turn.disarm(f"{wait}:{order.ref}")
    group = turn.state.groups.get(order.group_id)
    if group is None or order.purpose not in (Purpose.HEDGE, Purpose.RISK):
        return
    order.canceled_by_trader = True
    if group.lifecycle not in TERMINAL and group.stopping is None and not _anything_on(turn, group):
        group.stopping = "ABANDONED"
        turn.touch_group(group)


_CARRY_OUT = {
    Resolution.ADOPT: _adopt,
    Resolution.CANCEL_AT_BROKER: _cancel_at_broker,
    Resolution.RESUBMIT: _resubmit,
    Resolution.MARK_NEVER_SENT: _mark_never_sent,
}


def _anything_on(turn: Turn, group: Group) -> bool:
    """Whether any order of the group filled or may still fill."""
    return any(
        turn.state.orders[ref].cum_qty > ZERO or not orders.is_done(turn.state.orders[ref])
        for leg in group.legs.values()
        for ref in leg.orders
    )


def on_adopt_external(turn: Turn, command: AdoptExternal) -> None:
    """Count an unknown order towards a group's leg from now on."""
    external = turn.state.externals.get(command.cl_ord_id)
    reason = _adopt_refusal(turn, external, command)
    if reason or external is None:
        turn.answer(command.command_id, "adopt_external", False, reason, "cl_ord_id")
        return
    order = _order_from(turn, external, command)
    external.adopted_into = order.ref
    turn.state.touched.externals.add(external.key)
    turn.answer(command.command_id, "adopt_external", True)


def _adopt_refusal(turn: Turn, external: ExternalOrder | None, command: AdoptExternal) -> str:
    group = turn.state.groups.get(command.group)
    if external is None:
        return f"no unknown order {command.cl_ord_id!r}"
    if external.adopted_into:
        return f"it was adopted already, as {external.adopted_into}"
    if group is None or command.leg not in group.legs:
        return f"no leg {command.group}/{command.leg}"
    leg = group.legs[command.leg]
    symbols = {(leg.symbol, leg.side), (leg.hedge_symbol, leg.hedge_side)}
    if (external.symbol, external.side) not in symbols:
        return f"it is {external.side} {external.symbol}, the leg is {leg.side} {leg.symbol}"
    if group.lifecycle in TERMINAL:
        return f"{group.group_id} is {group.lifecycle}"
    return ""


def _order_from(turn: Turn, external: ExternalOrder, command: AdoptExternal) -> Order:
    group = turn.state.groups[command.group]
    leg = group.legs[command.leg]
    assert external.side is not None
    purpose = Purpose.MANUAL_HEDGE if leg.leg_type is LegType.HEDGE else Purpose.RISK
    quantity = external.order_qty or external.cum_qty + external.leaves_qty
    number = len(leg.orders) + 1
    base = external.ord_status if external.ord_status in BASE else OrdStatus.NEW
    order = Order(
        ref=f"{group.group_id}/{leg.leg_id}/{number}",
        group_id=group.group_id,
        leg_id=leg.leg_id,
        number=number,
        purpose=purpose,
        account=group.account,
        symbol=external.symbol,
        side=external.side,
        order_type=OrdType.LIMIT,
        tif=TimeInForce.DAY,
        price=None,
        order_qty=quantity,
        cl_ord_id=external.cl_ord_id or external.key,
        created_mono_ns=turn.mono_ns,
        created_wall_ns=turn.wall_ns,
        order_id=external.order_id,
        base=base,
        reported_avg_px=external.avg_px,
        intent=IntentState.ACKNOWLEDGED,
    )
    externals.book_into(order, external)
    for execution in order.executions.values():
        execution.booked_mono_ns = turn.mono_ns
        turn.state.touched.executions[(order.ref, execution.exec_id)] = execution
    orders.refresh(order)
    leg.orders.append(order.ref)
    turn.state.orders[order.ref] = order
    turn.state.by_cl_ord_id[order.cl_ord_id] = order.ref
    if order.order_id:
        turn.state.by_order_id[order.order_id] = order.ref
    turn.state.volatile.working[order.ref] = None
    turn.ask_order(order)
    turn.ask_executions()
    turn.touch_order(order)
    turn.touch_group(group)
    return order
