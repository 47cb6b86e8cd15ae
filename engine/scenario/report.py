"""The report of a scenario: what the engine's state, the broker link and the script came to.

Owns: the shape of the report. May not: decide, or read memory where the scenario guide says that
it comes from the database. Decimals are plain text without trailing zeros, instants seconds
since the start as text; objects are in a fixed order, so that a run gives the same bytes again.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import intents, legs
from engine.core.idempotency import plain
from engine.core.model import Escalation, ExternalOrder, Group, Order, Orphan, RejectedEvent
from engine.core.order import avg_px
from engine.core.state import DeskState
from engine.scenario.clock import START_WALL_NS

Json = dict[str, object]


def seconds(instant_ns: int) -> str:
    """Nanoseconds as plain decimal seconds ("12.5")."""
    sign = "-" if instant_ns < 0 else ""
    whole, rest = divmod(abs(instant_ns), 1_000_000_000)
    return f"{sign}{whole}" + (f".{rest:09d}".rstrip("0") if rest else "")


def engine_part(state: DeskState) -> Json:
    """Everything of the report that the engine's state says."""
    now_ns = state.clock.now_ns
    groups = sorted(state.groups.values(), key=lambda each: each.group_id)
    orders = sorted(
        state.orders.values(), key=lambda each: (each.group_id, each.leg_id, each.number)
    )
    return {
        "state": state.meta.phase.value,
        "broker_time_s": None if now_ns is None else seconds(now_ns - START_WALL_NS),
        "groups": {each.group_id: _group(state, each) for each in groups},
        "orders": {each.ref: _order(each) for each in orders},
        "rejected_events": [_rejected(each) for _, each in sorted(state.rejected.items())],
        "escalations": {str(n): _escalation(each) for n, each in sorted(state.escalations.items())},
        "orphans": {ref: _orphan(state, each) for ref, each in sorted(state.orphans.items())},
        "external_orders": [_external(each) for _, each in sorted(state.externals.items())],
    }


def counts(state: DeskState, commits: int) -> Json:
    totals = state.meta.counts
    return {
        "events": totals.events,
        "applied": totals.applied,
        "duplicates": totals.duplicates,
        "rejected": totals.rejected,
        "commits": commits,
    }


def _maybe(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _group(state: DeskState, group: Group) -> Json:
    return {
        "lifecycle": str(group.lifecycle),
        "end_reason": group.end_reason,
        "unhedged_qty": plain(legs.unhedged_qty(state, group)),
        "over_hedged_qty": plain(legs.over_hedged_qty(state, group)),
        "gap": legs.has_gap(state, group),
        "history": [[str(lifecycle), seconds(at)] for lifecycle, at in group.history],
        "legs": {
            leg.leg_id: {
                "leg_type": leg.leg_type.value,
                "status": legs.leg_status(state, group, leg).value,
                "target_qty": plain(leg.target_qty),
                "filled_qty": plain(legs.filled_qty(state, leg)),
                "avg_px": _maybe(legs.avg_px(state, leg)),
            }
            for leg in group.legs.values()
        },
    }


def _order(order: Order) -> Json:
    return {
        "cl_ord_id": order.cl_ord_id,
        "order_id": order.order_id or None,
        "purpose": order.purpose.value,
        "symbol": order.symbol,
        "side": order.side.value,
        "order_type": order.order_type.value,
        "price": _maybe(order.price),
        "order_qty": plain(order.order_qty),
        "ord_status": order.ord_status.value,
        "cum_qty": plain(order.cum_qty),
        "leaves_qty": plain(order.leaves_qty),
        "avg_px": plain(avg_px(order)),
        "level": order.level,
        "intent": order.intent.value,
        "sent_t": None if order.sent_mono_ns is None else seconds(order.sent_mono_ns),
        "executions": [
            {"exec_id": each.exec_id, "qty": plain(each.qty), "px": plain(each.px)}
            for each in order.executions.values()
            if each.live and not each.held
        ],
    }


def _rejected(event: RejectedEvent) -> Json:
    return {
        "t": seconds(event.mono_ns),
        "reason": event.reason.value,
        "order": event.ref or None,
        "exec_id": event.exec_id or None,
        "current": event.current or None,
        "incoming": event.incoming or None,
        "booked_qty": plain(event.booked_qty),
    }


def _escalation(escalation: Escalation) -> Json:
    return {
        "kind": escalation.kind.value,
        "severity": escalation.severity.value,
        "group": escalation.group_id or None,
        "leg": escalation.leg_id or None,
        "symbol": escalation.symbol or None,
        "side": escalation.side.value if escalation.side is not None else None,
        "unfilled_qty": plain(escalation.unfilled_qty),
        "state": escalation.state.value,
        "level": escalation.level,
        "raised_t": seconds(escalation.raised_mono_ns),
        "action_required": escalation.action_required,
    }


def _orphan(state: DeskState, orphan: Orphan) -> Json:
    preselected = intents.preselected(state, orphan)
    return {
        "evidence": orphan.evidence.value if orphan.evidence is not None else None,
        "offered": [each.value for each in intents.offered(state, orphan)],
        "preselected": preselected.value if preselected is not None else None,
        "resolution": orphan.resolution.value if orphan.resolution is not None else None,
    }


def _external(external: ExternalOrder) -> Json:
    return {
        "cl_ord_id": external.cl_ord_id or None,
        "order_id": external.order_id or None,
        "symbol": external.symbol or None,
        "side": external.side.value if external.side is not None else None,
        "order_qty": _maybe(external.order_qty),
        "ord_status": external.ord_status.value,
        "cum_qty": plain(external.cum_qty),
        "leaves_qty": plain(external.leaves_qty),
        "avg_px": _maybe(external.avg_px),
    }
