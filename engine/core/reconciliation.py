"""Ours against the broker's: orders, executions, positions.

Owns: comparing, on demand, and what the comparison found. May not: mend anything; a break is for
a person. Asking goes the same way as every question; what the answers teach the engine is booked
by the usual rules first, so a break is what is left after that.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from engine.core import order as orders
from engine.core.commands import Reconcile
from engine.core.escalation import end_cause, escalate
from engine.core.events import (
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    PositionClaim,
    PositionsListed,
    QueryFailed,
)
from engine.core.model import ZERO, Order
from engine.core.positions import key_of, split_key
from engine.core.reconciled import Break, Pending, Reconciliation
from engine.core.reports import order_of
from engine.core.state import DeskState
from engine.core.terms import EscalationKind, ExecType, Severity
from engine.core.turn import Turn

CAUSE = "reconciliation"
BREAKS_KEPT = 1_000
"""More of them are counted, not kept."""
CSV_HEADER = "what,key,account,symbol,ours,theirs,text"


def on_reconcile(turn: Turn, command: Reconcile) -> None:
    """Ask the broker for everything that is compared."""
    begin(turn, command.user, command.positions)
    turn.answer(command.command_id, "reconcile", True, "asked the broker")


def begin(
    turn: Turn, user: str, claims: tuple[PositionClaim, ...] | None = None, day: int = 0
) -> None:
    """Ask. ``claims``: a statement of positions, instead of asking; ``day``: see ``day_end``."""
    asks = claims is None and turn.state.config.asks_positions
    turn.state.volatile.reconciling = Pending(
        user,
        turn.wall_ns,
        turn.ask_open_orders(),
        turn.ask_executions(everything=True),
        claims,
        before=_as_we_had_it(turn.state),
        positions_query=turn.ask_positions() if asks else "",
        day=day,
    )


def on_answer(turn: Turn, event: OpenOrdersListed | ExecutionsListed | PositionsListed) -> None:
    """An answer came; with the last of them the comparison is made."""
    pending = turn.state.volatile.reconciling
    if pending is None:
        return
    if isinstance(event, OpenOrdersListed) and event.query_id == pending.orders_query:
        pending.open_orders = event
    elif isinstance(event, ExecutionsListed) and event.query_id == pending.executions_query:
        pending.executions = event
    elif isinstance(event, PositionsListed) and event.query_id == pending.positions_query:
        pending.positions_query = ""
        pending.claims = event.positions
        # What the broker reported before this answer is booked; what it will report is not in it.
        pending.ours = _our_positions(turn.state)
        if not event.complete:
            pending.failed.append(("positions", "the list is not proven complete"))
    else:
        return
    _finish_if_answered(turn, pending)


def on_failed(turn: Turn, event: QueryFailed) -> None:
    """A question got no answer: the comparison goes without it, and says so. The one at the end
    of the day is made another time instead."""
    pending = turn.state.volatile.reconciling
    if pending is None:
        return
    now_ns = turn.state.clock.now_ns
    if event.query_id == pending.positions_query:
        pending.positions_query = ""
    elif event.query_id == pending.orders_query:
        pending.open_orders = OpenOrdersListed(event.query_id, (), False, now_ns)
    elif event.query_id == pending.executions_query:
        pending.executions = ExecutionsListed(event.query_id, (), False, now_ns)
    else:
        return
    pending.failed.append((_asked(event.query_id, pending), f"no answer: {event.why}"))
    if pending.day:
        turn.state.volatile.reconciling = None
        return
    _finish_if_answered(turn, pending)


def _asked(query_id: str, pending: Pending) -> str:
    names = {pending.orders_query: "open orders", pending.executions_query: "executions"}
    return names.get(query_id, "positions")


def _finish_if_answered(turn: Turn, pending: Pending) -> None:
    if pending.open_orders is None or pending.executions is None or pending.positions_query:
        return
    turn.state.volatile.reconciling = None
    _finish(turn, pending, pending.open_orders, pending.executions)


def _finish(
    turn: Turn, pending: Pending, open_orders: OpenOrdersListed, executions: ExecutionsListed
) -> None:
    breaks = [
        *(Break("list", name, "", "", "", "", why) for name, why in pending.failed),
        *_order_breaks(turn.state, pending, open_orders),
        *_execution_breaks(turn.state, pending, executions),
    ]
    if pending.claims is not None:
        ours = pending.ours if pending.ours is not None else _our_positions(turn.state)
        breaks += _position_breaks(ours, pending.claims)
    trades = [each for each in executions.executions if each.exec_type is ExecType.TRADE]
    done = Reconciliation(
        pending.asked_by,
        pending.asked_wall_ns,
        turn.wall_ns,
        len(open_orders.orders),
        len(trades),
        None if pending.claims is None else len(pending.claims),
        tuple(breaks[:BREAKS_KEPT]),
        max(len(breaks) - BREAKS_KEPT, 0),
    )
    turn.state.reconciled = done
    turn.state.touched.reconciled = turn.state.touched.meta = True
    if pending.day:
        turn.state.meta.day_reconciled = pending.day
    end_cause(turn, CAUSE)
    if breaks:
        escalate(
            turn, CAUSE, EscalationKind.RECONCILIATION_BREAK, Severity.WARNING, done.summary(),
            unfilled_qty=Decimal(len(breaks)),
        )  # fmt: skip


def _as_we_had_it(state: DeskState) -> dict[str, tuple[Decimal, bool]]:
    """CumQty and whether it is open, of every order that worked when we asked."""
    working = (state.orders[ref] for ref in state.volatile.working)
    return {order.ref: (order.cum_qty, not orders.is_closed(order)) for order in working}


def _order_breaks(state: DeskState, pending: Pending, answer: OpenOrdersListed) -> Iterator[Break]:
    theirs: dict[str, ExecutionReport] = {}
    for report in answer.orders:
        order = order_of(state, report)
        if order is None:
            yield Break(
                "order", report.cl_ord_id or report.order_id, report.account, report.symbol, "",
                f"{report.ord_status} {report.cum_qty}/{report.leaves_qty}",
                "open at the broker, unknown to us",
            )  # fmt: skip
            continue
        theirs[order.ref] = report
        yield from _order_break(pending, order, report)
    for ref, (cum_qty, was_open) in pending.before.items():
        order = state.orders.get(ref)
        if was_open and ref not in theirs and order is not None and not orders.is_closed(order):
            yield Break(
                "order", ref, order.account, order.symbol, f"open, {cum_qty} filled", "",
                "open with us, not among the broker's open orders"
                + ("" if answer.complete else " (its list is not proven complete)"),
            )  # fmt: skip
    if not answer.complete and not pending.has_failed("open orders"):
        yield Break("list", "open orders", "", "", "", "", "the list is not proven complete")


def _order_break(pending: Pending, order: Order, report: ExecutionReport) -> Iterator[Break]:
    """Ours may have moved on since we asked, but theirs lies between then and now."""
    had = pending.before.get(order.ref)
    if had is None and order.created_wall_ns > pending.asked_wall_ns:
        return
    theirs = f"open, {report.cum_qty} filled"
    if had is None:
        ours = f"{order.ord_status}, {order.cum_qty} filled"
        text = "closed with us, open at the broker"
        yield Break("order", order.ref, order.account, order.symbol, ours, theirs, text)
    elif not had[0] <= report.cum_qty <= order.cum_qty:
        ours = f"open, {order.cum_qty} filled"
        yield Break("order", order.ref, order.account, order.symbol, ours, theirs, "they differ")


def _execution_breaks(
    state: DeskState, pending: Pending, answer: ExecutionsListed
) -> Iterator[Break]:
    """Their executions that we have not booked, and what we booked in another size or price."""
    for report in answer.executions:
        if report.exec_type is not ExecType.TRADE:
            continue
        order = order_of(state, report)
        if order is None:
            if not _is_kept(state, report):
                yield Break(
                    "execution", report.exec_id, report.account, report.symbol, "",
                    f"{report.last_qty} @ {report.last_px}", "of an order that is not in memory",
                )  # fmt: skip
            continue
        booked = [e for e in order.executions.values() if e.exec_id == report.exec_id]
        if not booked:
            yield Break(
                "execution", report.exec_id, order.account, order.symbol, "",
                f"{report.last_qty} @ {report.last_px}", f"not booked on {order.ref}",
            )  # fmt: skip
        elif booked[-1].live and (booked[-1].qty, booked[-1].px) != (
            report.last_qty,
            report.last_px,
        ):
            yield Break(
                "execution", report.exec_id, order.account, order.symbol,
                f"{booked[-1].qty} @ {booked[-1].px}", f"{report.last_qty} @ {report.last_px}",
                f"booked otherwise on {order.ref}",
            )  # fmt: skip
    if not answer.complete and not pending.has_failed("executions"):
        yield Break("list", "executions", "", "", "", "", "the list is not proven complete")


def _our_positions(state: DeskState) -> dict[str, Decimal]:
    return {key: position.quantity for key, position in state.positions.items()}


def _position_breaks(
    ours: dict[str, Decimal], claims: tuple[PositionClaim, ...]
) -> Iterator[Break]:
    theirs = {key_of(each.account, each.symbol): each.quantity for each in claims}
    for key in sorted(theirs.keys() | ours.keys()):
        mine, their = ours.get(key, ZERO), theirs.get(key, ZERO)
        if mine != their:
            account, symbol = split_key(key)
            yield Break("position", key, account, symbol, str(mine), str(their), "they differ")


def _is_kept(state: DeskState, report: ExecutionReport) -> bool:
    """Whether it belongs to an order at the broker that is not ours, of which we know."""
    return report.cl_ord_id in state.externals or report.order_id in state.externals


def csv_text(found: Reconciliation) -> str:
    """The breaks as CSV: a header, one line a break, the result with its counts as the last line;
    quotes doubled, as RFC 4180 has it."""
    lines = [CSV_HEADER]
    for each in found.breaks:
        cells = (
            each.what, each.key, each.account, each.symbol, each.ours, each.theirs, each.text,
        )  # fmt: skip
        lines.append(",".join(_cell(cell) for cell in cells))
    lines.append(f"result,,,,,,{_cell(found.summary())}")
    return "\r\n".join(lines) + "\r\n"


def _cell(text: str) -> str:
    """Quoted where it must be; a cell that a spreadsheet would run as a formula is defused."""
    if text[:1] in ("=", "+", "-", "@") and not _is_number(text):
        text = f"'{text}"
    if any(c in text for c in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()
