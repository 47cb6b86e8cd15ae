"""Ours against the broker's: what is a break, what is not, and the CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from desk_kit import Desk, d, spread

from engine.core.commands import EnterPositions, PositionEntry, Reconcile
from engine.core.decisions import AskExecutions, AskOpenOrders, AskPositions
from engine.core.events import (
    ExecutionReport,
    ExecutionsListed,
    HeartbeatReceived,
    OpenOrdersListed,
    PositionClaim,
    PositionsListed,
    QueryFailed,
)
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
    found = desk.state.reconciled
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
    assert desk.state.reconciled is not None
    assert desk.state.reconciled.breaks == ()


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
    assert (rows.pop()["what"], len(rows)) == ("result", len(found.breaks))
    row = next(each for each in rows if each["symbol"] == "A,B")
    assert row["account"] == "'=cmd()" and row["theirs"] == "-1"


# -- the broker's word on positions --------------------------------------------------------------


def _ask(desk: Desk) -> dict[type, str]:
    out = desk.put(Reconcile(user="rita", command_id="r"))
    asks = (AskOpenOrders, AskExecutions, AskPositions)
    return {type(each): each.query_id for each in out if isinstance(each, asks)}


def _asking() -> Desk:
    desk = Desk(asks_positions=True)
    desk.submit(spread("G1"))
    desk.fill("G1/H1/1", 4)
    return desk


def test_a_venue_that_tells_positions_is_asked_for_them() -> None:
    desk = _asking()
    asked = _ask(desk)
    desk.put(OpenOrdersListed(asked[AskOpenOrders], (_open(desk, "G1/H1/1"),), True, desk.mono_ns))
    desk.put(ExecutionsListed(asked[AskExecutions], tuple(_trades(desk)), True, desk.mono_ns))
    assert desk.state.reconciled is None, "the positions have not come"
    theirs = (PositionClaim("default", "P3000", d(4)), PositionClaim("other", "X", d(-2)))
    desk.put(PositionsListed(asked[AskPositions], theirs, True, desk.mono_ns))
    found = desk.state.reconciled
    assert found is not None and found.positions == 2
    assert [(each.what, each.symbol, each.ours, each.theirs) for each in found.breaks] == [
        ("position", "X", "0", "-2")
    ]


def test_a_fill_after_their_word_is_no_break() -> None:
    desk = _asking()
    asked = _ask(desk)
    theirs = (PositionClaim("default", "P3000", d(4)),)
    desk.put(PositionsListed(asked[AskPositions], theirs, True, desk.mono_ns))
    desk.fill("G1/H1/1", 2)
    desk.put(OpenOrdersListed(asked[AskOpenOrders], (_open(desk, "G1/H1/1"),), True, desk.mono_ns))
    desk.put(ExecutionsListed(asked[AskExecutions], tuple(_trades(desk)), True, desk.mono_ns))
    assert desk.state.reconciled is not None and desk.state.reconciled.breaks == ()


def test_a_question_without_an_answer_is_told_and_holds_up_nothing() -> None:
    desk = _asking()
    asked = _ask(desk)
    desk.put(QueryFailed(asked[AskPositions], why="not today"))
    desk.put(QueryFailed(asked[AskOpenOrders], why="too busy"))
    desk.put(QueryFailed("Q9-99", why="another question's"))
    assert desk.state.reconciled is None
    desk.put(ExecutionsListed(asked[AskExecutions], tuple(_trades(desk)), True, desk.mono_ns))
    found = desk.state.reconciled
    assert found is not None and found.positions is None
    told = [(each.key, each.text) for each in found.breaks if each.what == "list"]
    assert told == [("positions", "no answer: not today"), ("open orders", "no answer: too busy")]


def test_more_breaks_than_are_kept_are_counted() -> None:
    desk = _busy()
    strangers = [
        ExecutionReport(f"t{n}", "0", ExecType.ORDER_STATUS, OrdStatus.NEW, d(0), d(5), symbol="X")
        for n in range(1_005)
    ]
    found = _reconcile(desk, strangers, _trades(desk))
    assert len(found.breaks) == 1_000 and found.more_breaks == 7
    assert found.summary().startswith("1007 breaks: ")


# -- the end of the day ----------------------------------------------------------------------------

EVENING_S = 21 * 3600 + 15 * 60
DAY = 18_267
"""2020-01-06, on which these desks live."""


def _at(day: int, seconds: int) -> int:
    return (day * 86_400 + seconds) * 1_000_000_000


def _beat(desk: Desk, day: int, seconds: int) -> list[object]:
    """A heartbeat of the broker's at that instant of its clock; the questions that follow."""
    desk.mono_ns += 61 * 1_000_000_000
    return [type(x) for x in desk.put(HeartbeatReceived(_at(day, seconds)))]


def _answer_all(desk: Desk) -> None:
    pending = desk.state.volatile.reconciling
    assert pending is not None
    at_ns = desk.state.clock.now_ns
    desk.put(OpenOrdersListed(pending.orders_query, (), True, at_ns))
    desk.put(ExecutionsListed(pending.executions_query, (), True, at_ns))


def _evening_desk() -> Desk:
    desk = Desk(reconcile_at_s=EVENING_S)
    desk.state.meta.day_reconciled = 0  # the kit's broker began in 1970
    assert AskExecutions not in _beat(desk, DAY, 12 * 3600), "the evening before is none of ours"
    return desk


def test_the_day_is_compared_once_when_the_brokers_clock_says_so() -> None:
    desk = _evening_desk()
    assert AskExecutions not in _beat(desk, DAY, EVENING_S - 1)
    assert AskExecutions in _beat(desk, DAY, EVENING_S)
    assert AskExecutions not in _beat(desk, DAY, EVENING_S + 70), "it is under way"
    _answer_all(desk)
    assert desk.state.reconciled is not None and desk.state.reconciled.asked_by == "end of day"
    assert desk.state.touched.reconciled and desk.state.touched.meta
    assert AskExecutions not in _beat(desk, DAY, EVENING_S + 200), "once a day"
    assert AskExecutions in _beat(desk, DAY + 1, EVENING_S)


def test_local_time_ends_no_day() -> None:
    desk = _evening_desk()
    desk.wall_ns += 3 * 86_400 * 1_000_000_000
    desk.wait(3 * 86_400)
    assert desk.state.volatile.reconciling is None


def test_a_desk_that_was_away_compares_when_it_is_back() -> None:
    desk = _evening_desk()
    _beat(desk, DAY, EVENING_S)
    _answer_all(desk)
    desk.restart()
    desk.put(OpenOrdersListed("Q2-1", (), True, desk.mono_ns))
    assert AskExecutions in _beat(desk, DAY + 3, 9 * 3600), "the evenings it missed, in one"
    _answer_all(desk)
    assert desk.state.meta.day_reconciled == DAY + 2
    assert AskExecutions not in _beat(desk, DAY + 3, 10 * 3600)


def test_an_evening_without_answers_is_tried_again() -> None:
    desk = _evening_desk()
    _beat(desk, DAY, EVENING_S)
    pending = desk.state.volatile.reconciling
    assert pending is not None
    desk.put(QueryFailed(pending.executions_query, why="down"))
    assert desk.state.reconciled is None and desk.state.volatile.reconciling is None
    desk.put(HeartbeatReceived(_at(DAY, EVENING_S + 1)))
    assert desk.state.volatile.reconciling is None, "not at once"
    assert AskExecutions in _beat(desk, DAY, EVENING_S + 70)


def test_without_a_setting_no_day_ends() -> None:
    desk = Desk()
    assert AskExecutions not in _beat(desk, DAY, EVENING_S)
    assert AskExecutions not in _beat(desk, DAY + 1, EVENING_S)
    assert desk.state.meta.day_reconciled == 0


# -- positions by hand -----------------------------------------------------------------------------


def _entry(symbol: str, quantity: object, price: object = 0, account: str = "default") -> Any:
    return PositionEntry(account, symbol, d(quantity), d(price))


def test_entered_positions_stand_and_fills_go_on_from_them() -> None:
    desk = Desk()
    entries = (_entry("P3000", 7, 11), _entry("ES", -2, 3_000, "two"))
    assert desk.ask(EnterPositions(positions=entries, reason="from before")).accepted
    desk.submit(spread("G1"))
    desk.fill("G1/H1/1", 4)
    held = {key: each.quantity for key, each in desk.state.positions.items()}
    assert held == {"default|P3000": d(11), "two|ES": d(-2)}
    assert desk.ask(EnterPositions(positions=(_entry("P3000", 4),), reason="theirs")).accepted
    assert desk.state.positions["default|P3000"].quantity == d(4)
    flat = EnterPositions(positions=(_entry("ES", 0, 0, "two"),), reason="flat")
    assert desk.ask(flat).accepted
    assert "two|ES" not in desk.state.positions and "two|ES" in desk.state.touched.positions


@pytest.mark.parametrize(
    ("command", "about"),
    [
        (EnterPositions(positions=(_entry("X", 1),)), "reason"),
        (EnterPositions(reason="x"), "positions"),
        (EnterPositions(positions=(_entry("X", 1), _entry("X", 2)), reason="x"), "positions[1]"),
        (EnterPositions(positions=(_entry("", 1),), reason="x"), "positions[0]"),
        (EnterPositions(positions=(_entry("A|B", 1),), reason="x"), "positions[0]"),
        (EnterPositions(positions=(_entry("X", "nan"),), reason="x"), "positions[0]"),
        (EnterPositions(positions=(_entry("X", 1, -1),), reason="x"), "positions[0]"),
        (EnterPositions(positions=(_entry("X", 1, 0, " "),), reason="x"), "positions[0]"),
    ],
)
def test_what_is_no_position_is_refused_whole(command: EnterPositions, about: str) -> None:
    desk = Desk()
    answer = desk.ask(command)
    assert (answer.accepted, answer.field) == (False, about)
    assert not desk.state.positions
