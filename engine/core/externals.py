"""Orders at the broker that this desk did not send: kept, shown, never dropped.

Owns: external orders (telephoned, another desk's, or lost by us). May not: send for them
anything but a cancel that the trader asked for.
"""

from __future__ import annotations

from engine.core import executions
from engine.core.escalation import end_cause, escalate
from engine.core.events import ExecutionReport
from engine.core.model import ZERO, Execution, ExternalOrder, Order
from engine.core.order_outcome import TRADES, UNDOES
from engine.core.order_table import CLOSED
from engine.core.terms import EscalationKind, ExecType, RejectReason, Severity
from engine.core.turn import Turn


def is_live(external: ExternalOrder) -> bool:
    """Whether it may still fill."""
    return external.ord_status not in CLOSED and external.leaves_qty > ZERO


def blocking(turn: Turn) -> list[ExternalOrder]:
    """Live external orders that nobody has dealt with yet."""
    return [e for e in turn.state.externals.values() if is_live(e) and not e.adopted_into]


def on_report(turn: Turn, report: ExecutionReport) -> None:
    """A report for an order that we do not know."""
    key = report.cl_ord_id or report.order_id
    if report.orig_cl_ord_id in turn.state.externals:
        key = report.orig_cl_ord_id
    external = turn.state.externals.get(key)
    answered = report.exec_type is ExecType.ORDER_STATUS
    if external is not None and answered and _says_nothing_new(external, report):
        return
    filled_before = external.cum_qty if external is not None else ZERO
    external = _keep(turn, key, external, report)
    filled = external.cum_qty > filled_before
    if not answered or filled:
        turn.record(
            RejectReason.UNKNOWN_ORDER,
            exec_id=report.exec_id,
            incoming=report.ord_status.value,
            text=f"no order of this desk has ClOrdID {report.cl_ord_id or '(none)'}",
            raw=report.raw,
        )
    _tell(turn, key, external)


def _tell(turn: Turn, key: str, external: ExternalOrder) -> None:
    """A live unknown order is a WARNING, one that filled is CRITICAL and stays."""
    if external.cum_qty > ZERO:
        severity, quantity = Severity.CRITICAL, external.cum_qty
        text = f"an order that this desk does not know filled {external.cum_qty}"
    elif is_live(external) and not external.adopted_into:
        severity, quantity = Severity.WARNING, external.leaves_qty
        text = f"an order that this desk does not know works at the broker: {key}"
    else:
        end_cause(turn, f"external:{key}")
        return
    escalate(
        turn,
        f"external:{key}",
        EscalationKind.UNKNOWN_ORDER,
        severity,
        text,
        symbol=external.symbol,
        side=external.side,
        unfilled_qty=quantity,
        order_ref=key,
    )


def _says_nothing_new(external: ExternalOrder, report: ExecutionReport) -> bool:
    return (
        external.cum_qty >= report.cum_qty
        and external.ord_status is report.ord_status
        and external.leaves_qty == report.leaves_qty
    )


def _keep(
    turn: Turn, key: str, external: ExternalOrder | None, report: ExecutionReport
) -> ExternalOrder:
    if external is None:
        external = ExternalOrder(
            key=key,
            cl_ord_id=report.cl_ord_id,
            order_id=report.order_id,
            symbol=report.symbol,
            side=report.side,
            order_qty=report.order_qty,
            cum_qty=ZERO,
            leaves_qty=report.leaves_qty,
            ord_status=report.ord_status,
            avg_px=report.avg_px,
            seen_wall_ns=turn.wall_ns,
        )
        turn.state.externals[key] = external
    if external.ord_status not in CLOSED or report.ord_status in CLOSED:
        external.ord_status, external.leaves_qty = report.ord_status, report.leaves_qty
    undone = report.exec_type in UNDOES
    external.cum_qty = report.cum_qty if undone else max(external.cum_qty, report.cum_qty)
    external.order_id = report.order_id or external.order_id
    external.symbol = report.symbol or external.symbol
    external.side = report.side or external.side
    external.order_qty = report.order_qty or external.order_qty
    external.avg_px = report.avg_px if report.avg_px is not None else external.avg_px
    if report.exec_type in TRADES and report.exec_id not in ("", "0"):
        external.executions[report.exec_id] = Execution(
            exec_id=report.exec_id,
            ref=key,
            qty=report.last_qty or ZERO,
            px=report.last_px or ZERO,
            exec_ref_id=report.exec_ref_id,
            live=report.exec_type is not ExecType.TRADE_CANCEL,
            claimed_cum=report.cum_qty,
            server_time_ns=report.server_time_ns,
        )
    turn.state.touched.externals.add(key)
    return external


def book_into(order: Order, external: ExternalOrder) -> None:
    """Book what was executed before the order was adopted, busts and corrections too, in the
    order in which it came; then what its CumQty says beyond that."""
    for kept in external.executions.values():
        kind = ExecType.TRADE_CORRECT if kept.live else ExecType.TRADE_CANCEL
        told = ExecutionReport(
            cl_ord_id=order.cl_ord_id,
            exec_id=kept.exec_id,
            exec_type=kind if kept.exec_ref_id else ExecType.TRADE,
            ord_status=external.ord_status,
            cum_qty=kept.claimed_cum if kept.exec_ref_id else kept.claimed_cum or external.cum_qty,
            leaves_qty=external.leaves_qty,
            last_qty=kept.qty,
            last_px=kept.px,
            exec_ref_id=kept.exec_ref_id,
            server_time_ns=kept.server_time_ns,
        )
        executions.book(order, told, kept.exec_id)
    if external.cum_qty > order.cum_qty:
        executions.claim_cum(
            order,
            ExecutionReport(
                order.cl_ord_id, "", ExecType.ORDER_STATUS, external.ord_status,
                external.cum_qty, external.leaves_qty,
            ),
        )  # fmt: skip
