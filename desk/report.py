"""What a run came to, group by group, as text and as JSON.

Owns: the end report of a headless run. May not: compute anything of its own about trading; each
figure is a view's. ``ledger`` is the one check: whether the executions of each order add up to
its CumQty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from desk.errors import UserError
from engine import ChainView, Engine, EscalationView, GroupDetail, LegView, OrderView


def build_report(engine: Engine) -> dict[str, object]:
    """The report of everything the engine holds: live groups and the recently closed ones."""
    details = [engine.group_detail(group_id) for group_id in engine.group_ids()]
    known = [detail for detail in details if detail is not None]
    escalations = engine.escalations()
    status = engine.status()
    return {
        "phase": str(status.phase),
        "broker": status.broker_name,
        "groups": {detail.row.group_id: _group(detail, escalations) for detail in known},
        "escalations": {str(item.number): _escalation(item) for item in escalations},
        "orphans_open": status.orphans_open,
        "counts": {
            "groups": len(known),
            "closed": sum(detail.row.closed for detail in known),
            "waiting_for_trader": sum(detail.row.needs_me for detail in known),
            "orders": sum(len(detail.orders) for detail in known),
            "duplicates": status.duplicates,
            "rejected_events": len(engine.rejected()),
        },
        "ledger": _ledger(order for detail in known for order in detail.orders),
    }


def write_report(report: dict[str, object], path: Path) -> None:
    """Write the report as JSON. Raises ``UserError`` when the file can't be written."""
    try:
        path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"The report {path} can't be written ({error.strerror}).") from error


def report_text(report: dict[str, object]) -> str:
    """The report as lines for a terminal."""
    groups = _dict(report["groups"])
    lines = [line for name in groups for line in _group_lines(name, _dict(groups[name]))]
    counts = ", ".join(f"{value} {name}" for name, value in _dict(report["counts"]).items())
    ledger = _dict(report["ledger"])
    lines.append(f"total: {counts.replace('_', ' ')}")
    lines.append(
        f"ledger: {ledger['orders']} orders, {ledger['executions']} executions; "
        + ("they add up to CumQty" if ledger["ok"] else f"NOT adding up: {ledger['differ']}")
    )
    return "\n".join(lines)


def _group(detail: GroupDetail, escalations: tuple[EscalationView, ...]) -> dict[str, object]:
    row = detail.row
    return {
        "lifecycle": row.lifecycle,
        "end_reason": row.end_reason,
        "unhedged_qty": _number(row.unhedged_qty),
        "over_hedged_qty": _number(row.over_hedged_qty),
        "waits_for": row.wait if row.needs_me else "",
        "legs": {leg.leg_id: _leg(leg) for leg in row.legs},
        "orders": [_order(order) for order in detail.orders],
        "hedges": [_chain(chain, detail.orders) for chain in detail.chains],
        "escalations": [item.number for item in escalations if item.group_id == row.group_id],
    }


def _leg(leg: LegView) -> dict[str, object]:
    return {
        "leg_type": str(leg.leg_type),
        "symbol": leg.symbol,
        "side": str(leg.side),
        "status": str(leg.status),
        "target_qty": _number(leg.target_qty),
        "filled_qty": _number(leg.filled_qty),
        "avg_px": _number(leg.avg_px),
    }


def _order(order: OrderView) -> dict[str, object]:
    return {
        "ref": order.ref,
        "cl_ord_id": order.cl_ord_id,
        "purpose": str(order.purpose),
        "level": order.level,
        "symbol": order.symbol,
        "side": str(order.side),
        "order_type": str(order.order_type),
        "price": _number(order.price),
        "order_qty": _number(order.order_qty),
        "cum_qty": _number(order.cum_qty),
        "avg_px": _number(order.avg_px),
        "ord_status": str(order.ord_status),
        "executions": [
            {"exec_id": item.exec_id, "qty": _number(item.qty), "px": _number(item.px),
             "server_time_ns": item.server_time_ns}
            for item in order.executions
            if item.live
        ],
    }  # fmt: skip


def _chain(chain: ChainView, orders: tuple[OrderView, ...]) -> dict[str, object]:
    by_ref = {order.ref: order for order in orders}
    return {
        "leg_id": chain.leg_id,
        "cause": chain.cause,
        "state": str(chain.state),
        "target_qty": _number(chain.target_qty),
        "filled_qty": _number(chain.filled_qty),
        "levels": [
            {
                "level": by_ref[ref].level,
                "order": ref,
                "order_qty": _number(by_ref[ref].order_qty),
                "cum_qty": _number(by_ref[ref].cum_qty),
                "avg_px": _number(by_ref[ref].avg_px),
            }
            for ref in chain.orders
            if ref in by_ref
        ],
    }


def _escalation(item: EscalationView) -> dict[str, object]:
    return {
        "kind": str(item.kind),
        "severity": str(item.severity),
        "group": item.group_id,
        "leg": item.leg_id,
        "unfilled_qty": _number(item.unfilled_qty),
        "state": str(item.state),
        "text": item.text,
    }


def _ledger(orders: Iterable[OrderView]) -> dict[str, object]:
    """Executions against CumQty, order by order; a marked gap counts as explained."""
    count = executions = 0
    differ = []
    for order in orders:
        live = [item.qty for item in order.executions if item.live]
        count += 1
        executions += len(live)
        if sum(live, Decimal(0)) + order.gap_qty != order.cum_qty:
            differ.append(order.ref)
    return {"orders": count, "executions": executions, "differ": differ, "ok": not differ}


def _group_lines(name: str, group: dict[str, object]) -> list[str]:
    end = f" ({group['end_reason']})" if group["end_reason"] else ""
    wait = f", waits: {group['waits_for']}" if group["waits_for"] else ""
    numbers = group["escalations"]
    raised = f", escalations {numbers}" if numbers else ""
    lines = [f"{name}: {group['lifecycle']}{end}, unhedged {group['unhedged_qty']}{wait}{raised}"]
    for leg_id, leg in _dict(group["legs"]).items():
        shown = _dict(leg)
        lines.append(
            f"  {leg_id} {shown['leg_type']} {shown['side']} {shown['symbol']}: "
            f"{shown['filled_qty']} of {shown['target_qty']} at {shown['avg_px'] or '-'}"
        )
    hedges = group["hedges"]
    assert isinstance(hedges, list), "built above"
    for chain in hedges:
        steps = ", ".join(
            f"level {step['level']}: {step['cum_qty']} of {step['order_qty']} at {step['avg_px']}"
            for step in chain["levels"]
        )
        lines.append(f"  hedges for {chain['leg_id']} ({chain['cause']}): {steps or 'none'}")
    return lines


def _dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict), "built above"
    return value


def _number(value: Decimal | None) -> str | None:
    """Plain decimal without trailing zeros, as in scenario reports."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
