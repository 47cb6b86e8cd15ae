"""Ours against the broker's: what is a break, what is not, and the CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

from desk_kit import Desk, d, spread

from engine.core.commands import PositionClaim, Reconcile
from engine.core.decisions import AskExecutions, AskOpenOrders
from engine.core.events import ExecutionReport, ExecutionsListed, OpenOrdersListed
from engine.core.reconciled import Reconciliation
from engine.core.reconciliation import csv_text
from engine.core.terms import ExecType, OrdStatus


def _reconcile(
    desk: Desk,
    open_orders: Sequence[ExecutionReport],
    executions: Sequence[ExecutionReport],
    positions: tuple[PositionClaim, ...] | None = None,
    complete: bool = True,
) -> Reconciliation:
    out = desk.put(Reconcile(user="rita", command_id="r", positions=positions))
    orders_query = next(x.query_id for x in out if isinstance(x, AskOpenOrders))
    executions_query = next(x.query_id for x in out if isinstance(x, AskExecutions))
    desk.put(OpenOrdersListed(orders_query, tuple(open_orders), complete, desk.mono_ns))
    desk.put(ExecutionsListed(executions_query, tuple(executions), complete, desk.mono_ns))
    found = desk.state.volatile.reconciled
    assert found is not None
    return found


def _open(desk: Desk, ref: str, cum: object | None = None) -> ExecutionReport:
    order = desk.state.orders[ref]
    cum_qty = order.cum_qty if cum is None else d(cum)
    status = OrdStatus.PARTIALLY_FILLED if cum_qty else OrdStatus.NEW
    return ExecutionReport(
        order.cl_ord_id, "0", ExecType.ORDER_STATUS, status, cum_qty, order.order_qty - cum_qty,
        order_id=order.order_id, symbol=order.symbol, side=order.side,
    )  # fmt: skip


def _trades(desk: Desk) -> list[ExecutionReport]:
    return [
        ExecutionReport(
            order.cl_ord_id, each.exec_id, ExecType.TRADE, OrdStatus.PARTIALLY_FILLED,
            order.cum_qty, order.leaves_qty, order_id=order.order_id, last_qty=each.qty,
            last_px=each.px, symbol=order.symbol, side=order.side,
        )
        for order in desk.state.orders.values()
        for each in order.executions.values()
    ]  # fmt: skip


def _busy() -> Desk:
    desk = Desk()
    desk.submit(spread("G1"))
    desk.fill("G1/H1/1", 4)
    desk.submit(spread("G2", 7))
    desk.ack("G2/H1/1")
    return desk


def test_clean_one_says_so_with_counts() -> None:
    desk = _busy()
    found = _reconcile(
        desk,
        [_open(desk, "G1/H1/1"), _open(desk, "G2/H1/1")],
        _trades(desk),
        (PositionClaim("default", "P3000", d(4)),),
    )
    assert found.breaks == ()
    assert found.summary() == (
        "no breaks: 2 open orders, 1 executions, 1 positions compared"
    )  # fmt: skip
    assert found.asked_by == "rita"
    assert "RECONCILIATION_BREAK" not in desk.kinds()


def test_positions_not_given_are_said_not_to_be_compared() -> None:
    desk = _busy()
    found = _reconcile(desk, [_open(desk, "G1/H1/1"), _open(desk, "G2/H1/1")], _trades(desk))
    assert "positions were not" in found.summary()


def test_order_open_with_us_only_is_a_break_and_escalates() -> None:
    desk = _busy()
    found = _reconcile(desk, [_open(desk, "G1/H1/1")], _trades(desk))
    (only,) = found.breaks
    assert (only.what, only.key) == ("order", "G2/H1/1")
    assert "RECONCILIATION_BREAK" in desk.kinds()
    _reconcile(desk, [_open(desk, "G1/H1/1"), _open(desk, "G2/H1/1")], _trades(desk))
    told = next(e for e in desk.state.escalations.values() if e.kind == "RECONCILIATION_BREAK")
    assert told.returned


def test_order_open_at_the_broker_only_is_a_break() -> None:
    desk = _busy()
    unknown = ExecutionReport(
        "theirs", "0", ExecType.ORDER_STATUS, OrdStatus.NEW, d(0), d(5), symbol="X"
    )
    mine = [_open(desk, "G1/H1/1"), _open(desk, "G2/H1/1")]
    found = _reconcile(desk, [*mine, unknown], _trades(desk))
    assert [(each.what, each.key) for each in found.breaks] == [("order", "theirs")]


def test_order_closed_with_us_and_open_there_is_a_break() -> None:
    desk = _busy()
    ghost = _open(desk, "G2/H1/1")
    desk.cancel("G2/H1/1")
    alive = [each for each in desk.refs() if not each.startswith("G2/H1/1")]
    reports = [_open(desk, ref) for ref in alive]
    found = _reconcile(desk, [*reports, ghost], _trades(desk))
    assert ("order", "G2/H1/1") in [(each.what, each.key) for each in found.breaks]


def test_a_fill_between_question_and_answer_is_no_break() -> None:
    desk = _busy()
    before = _open(desk, "G1/H1/1")
    out = desk.put(Reconcile(command_id="r"))
    desk.fill("G1/H1/1", 2)
    ids = [x.query_id for x in out if isinstance(x, AskOpenOrders | AskExecutions)]
    desk.put(OpenOrdersListed(ids[0], (before, _open(desk, "G2/H1/1")), True, desk.mono_ns))
    desk.put(ExecutionsListed(ids[1], tuple(_trades(desk)), True, desk.mono_ns))
    assert desk.state.volatile.reconciled is not None
    assert desk.state.volatile.reconciled.breaks == ()


def test_positions_that_differ_or_are_missing_are_breaks() -> None:
    desk = _busy()
    mine = [_open(desk, "G1/H1/1"), _open(desk, "G2/H1/1")]
    claims = (PositionClaim("default", "P3000", d(5)), PositionClaim("default", "ZZ", d(-1)))
    found = _reconcile(desk, mine, _trades(desk), claims)
    assert [(b.key, b.ours, b.theirs) for b in found.breaks] == [
        ("default|P3000", "4", "5"),
        ("default|ZZ", "0", "-1"),
    ]


def test_executions_booked_otherwise_or_unknown_are_breaks() -> None:
    from dataclasses import replace

    desk = _busy()
    mine = [_open(desk, "G1/H1/1"), _open(desk, "G2/H1/1")]
    (trade,) = _trades(desk)
    other = replace(trade, last_px=Decimal(11))
    found = _reconcile(desk, mine, [other])
    assert [(b.what, b.ours, b.theirs) for b in found.breaks] == [("execution", "4 @ 10", "4 @ 11")]


def test_list_that_is_not_proven_complete_is_said() -> None:
    desk = _busy()
    mine = [_open(desk, "G1/H1/1"), _open(desk, "G2/H1/1")]
    found = _reconcile(desk, mine, _trades(desk), complete=False)
    assert [each.what for each in found.breaks] == ["list", "list"]


def test_csv_has_every_break_and_runs_no_formula() -> None:
    desk = _busy()
    claims = (PositionClaim("=cmd()", "A,B", d(-1)),)
    found = _reconcile(desk, [_open(desk, "G1/H1/1")], _trades(desk), claims)
    rows = list(csv.DictReader(io.StringIO(csv_text(found), newline="")))
    assert len(rows) == len(found.breaks)
    row = next(each for each in rows if each["symbol"] == "A,B")
    assert row["account"] == "'=cmd()" and row["theirs"] == "-1"
