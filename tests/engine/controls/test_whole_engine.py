"""The controls through the whole engine: scenario files, views, the quotes a command carries."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from desk_kit import Desk, d, leg, rules, spread
from hypothesis import given
from hypothesis import strategies as st

from engine.core.broker_time import DeadlineBook
from engine.core.commands import (
    ChildSpec,
    EnterPositions,
    GroupRequest,
    KillPart,
    PauseGroup,
    PositionEntry,
    ReleaseKillPart,
    ResumeGroup,
    SubmitGroup,
)
from engine.core.events import (
    ExecutionReport,
    HeartbeatReceived,
    OpenOrdersListed,
    QuoteChanged,
    TimePassed,
)
from engine.core.model import Deadline, Instrument
from engine.core.terms import ExecType, InstrumentKind, KillScope, OrdStatus
from engine.scenario.parse import parse_scenario
from engine.scenario.reading import ScenarioError
from engine.scenario.run import run_scenario
from engine.shell.market import Market
from engine.view_controls import kill_views, limits_view, margin_view

GROUP = {
    "group_id": "G1",
    "legs": [
        {"leg_id": "H1", "leg_type": "HEDGE", "symbol": "P3000", "side": "BUY",
         "quantity": Decimal(10), "price": Decimal(10)},
        {"leg_id": "R1", "leg_type": "RISK", "symbol": "P3100", "side": "SELL",
         "quantity": Decimal(10), "price": Decimal(25)},
    ],
}  # fmt: skip


def _run(limits: dict[str, Any], steps: list[dict[str, Any]], **config: Any) -> dict[str, Any]:
    table = {"config": {"limits": limits, **config}, "steps": steps}
    return asyncio.run(run_scenario(parse_scenario(table, "test")))


def _at(t: object, **action: Any) -> dict[str, Any]:
    return {"t": d(t), **action}


def test_limits_of_a_scenario_refuse_and_are_reloaded() -> None:
    limits = {"rules": [{"name": "a", "max_order_qty": Decimal(5)}]}
    wider = {"rules": [{"name": "a", "max_order_qty": Decimal(50)}]}
    report = _run(
        limits,
        [
            _at(0, submit=GROUP),
            _at(1, trader={"do": "reload_limits", "limits": wider, "user": "rita"}),
            _at(2, submit=GROUP),
        ],
        roles={"rita": "RISK", "trader": "TRADER"},
    )
    assert report["ok"], report["failed"]
    refusals: Any = report["refusals"]
    assert len(refusals) == 1 and "hard limit 5" in refusals[0]["reason"]
    assert len(report["sent"]) == 1


def test_a_group_that_failed_for_margin_is_durable() -> None:
    margin = {
        "available": {"default": Decimal(1000)},
        "products": [
            {"underlying": "ES", "multiplier": Decimal(50), "scan_range": Decimal(6930),
             "price": Decimal(3240), "volatility": Decimal("0.14")}
        ],
    }  # fmt: skip
    puts = [
        {"symbol": f"P{k}", "kind": "PUT", "underlying": "ES", "multiplier": Decimal(50),
         "strike": Decimal(k), "expiry": "2030-03-20"}
        for k in (3000, 3100)
    ]  # fmt: skip
    report = _run({"margin": margin}, [_at(0, submit=GROUP), _at(1, restart={})], instruments=puts)
    groups: Any = report["groups"]
    assert groups["G1"]["lifecycle"] == "FAILED"
    assert groups["G1"]["end_reason"] == "MARGIN"
    assert report["sent"] == []


def test_kill_of_a_part_survives_a_crash() -> None:
    report = _run(
        {"rules": []},
        [
            _at(0, submit=GROUP),
            _at(1, trader={"do": "kill_part", "scope": "INSTRUMENT", "target": "P3000",
                           "reason": "test"}),
            _at(2, crash={}),
            _at(3, restart={}),
            _at(6, submit=GROUP | {"group_id": "G2"}),
        ],
    )  # fmt: skip
    refusals: Any = report["refusals"]
    assert "killed P3000" in refusals[-1]["reason"], refusals
    orders: Any = report["orders"]
    assert orders["G1/H1/1"]["ord_status"] == "CANCELED"
    assert len([each for each in report["sent"] if each["what"] == "NEW"]) == 1  # type: ignore[attr-defined]


def test_misspelled_limit_makes_a_scenario_malformed() -> None:
    with pytest.raises(ScenarioError, match="did you mean max_order_qty"):
        _run({"rules": [{"name": "a", "max_order_qt": Decimal(5)}]}, [_at(0, submit=GROUP)])


# -- views -----------------------------------------------------------------------------------------


def test_views_show_the_figures_that_the_controls_use() -> None:
    desk = Desk(
        rules(
            {
                "max_open_groups": {"soft": 2, "hard": 3}, "max_gross_exposure": 1000,
                "max_orders_per_s": 2, "orders_burst": 3,
            }
        )
    )  # fmt: skip
    desk.submit(spread("G1"))
    view = limits_view(desk.state, desk.mono_ns, {})
    assert view is not None
    assert [(each.control, each.figure, each.hard) for each in view.uses] == [
        ("max_open_groups", 1, 3),
        ("max_gross_exposure", 350, 1000),
    ]
    (rate,) = view.rates
    assert (rate.tokens, rate.burst, rate.per_s) == (2, 3, 2)
    assert limits_view(Desk().state, 0, {}) is None
    desk.ask(KillPart(scope=KillScope.GROUP, target="G1", reason="why", user="anna"))
    (killed,) = kill_views(desk.state)
    assert (killed.user, killed.target, killed.asked, killed.unknown) == (
        "anna", "G1", 1, ("G1/H1/1",),
    )  # fmt: skip


def test_margin_view_says_why_there_is_none() -> None:
    view = margin_view(Desk().state, spread(), {})
    assert view.path is None and view.why_not == "no margin settings are in force"
    desk = Desk(rules(margin={"available": {"default": 5}}))
    view = margin_view(desk.state, spread(), {})
    assert view.available == 5 and "P3000 is not among the instruments" in view.why_not


# -- quotes ----------------------------------------------------------------------------------------


def _quote(symbol: str) -> QuoteChanged:
    return QuoteChanged(symbol, d(9), d(1), d(11), d(1))


def test_a_submit_carries_the_quotes_that_margin_needs() -> None:
    instruments = tuple(
        Instrument(symbol, kind=kind, underlying="ES", strike=d(3000), expiry_day=20_000)
        for symbol, kind in (("P3000", InstrumentKind.PUT), ("ESH20", InstrumentKind.FUTURE))
    )
    limits = rules(margin={"available": {"default": 5}})
    desk, market = Desk(limits, instruments=instruments), Market()
    for symbol in ("P3000", "ES", "ESH20", "OTHER"):
        market.note(_quote(symbol), 0, desk.state)
    told = market.note(SubmitGroup(group=spread()), 0, desk.state)
    assert sorted(told) == ["ES", "ESH20", "P3000"]
    plain = Desk(instruments=instruments)
    assert sorted(market.note(SubmitGroup(group=spread()), 0, plain.state)) == ["P3000"]


def test_a_submit_carries_the_quotes_of_what_its_account_holds() -> None:
    puts = [f"P{n}" for n in range(250)]
    instruments = (
        *(Instrument(each, kind=InstrumentKind.PUT, underlying="NQ", strike=d(100),
                     expiry_day=20_000) for each in puts),
        Instrument("NQH20", kind=InstrumentKind.FUTURE, underlying="NQ", expiry_day=20_000),
    )  # fmt: skip
    desk = Desk(rules(margin={"available": {"default": 5}}), instruments=instruments)
    market = Market()
    for symbol in (*puts, "NQH20", "P3000", "OTHERS"):
        market.note(_quote(symbol), 0, desk.state)
    entries = tuple(PositionEntry("default", each, d(1)) for each in puts)
    others = PositionEntry("else", "OTHERS", d(1))
    desk.ask(EnterPositions(positions=(*entries, others), reason="x"))
    told = market.note(SubmitGroup(group=spread()), 0, desk.state)
    assert {"P3000", "NQH20"} <= told.keys() and "OTHERS" not in told
    assert len(told.keys() & set(puts)) == 200, "bounded: it goes into the journal"
    desk.ask(EnterPositions(positions=tuple(PositionEntry("default", each, d(0)) for each in puts),
                            reason="x"))  # fmt: skip
    assert sorted(market.note(SubmitGroup(group=spread()), 0, desk.state)) == ["P3000"]


def test_a_fill_that_releases_risk_is_checked_against_the_market_of_that_moment() -> None:
    desk = Desk(rules({"symbol": "P3100", "collar_pct": 5}))
    desk.quote("P3100", 24, 26)
    assert desk.submit(spread("G1")).accepted
    desk.quotes.clear()
    market = Market()
    market.note(QuoteChanged("P3100", d(40), d(1), d(42), d(1)), 0, desk.state)
    order = desk.state.orders["G1/H1/1"]
    fill = ExecutionReport(
        order.cl_ord_id, "e", ExecType.TRADE, OrdStatus.FILLED, d(10), d(0), last_qty=d(10),
        last_px=d(10), server_time_ns=desk.mono_ns,
    )  # fmt: skip
    desk.quotes = dict(market.note(fill, 0, desk.state))
    assert list(desk.quotes) == ["P3100"]
    desk.put(fill)
    assert desk.refs() == ["G1/H1/1"]
    assert desk.kinds() == ["LIMIT_BLOCKED"]


def test_without_a_collar_reports_carry_no_quotes() -> None:
    desk, market = Desk(), Market()
    desk.submit(spread("G1"))
    market.note(_quote("P3100"), 0, desk.state)
    order = desk.state.orders["G1/H1/1"]
    ack = ExecutionReport(order.cl_ord_id, "0", ExecType.NEW, OrdStatus.NEW, d(0), d(10))
    assert not market.note(ack, 0, desk.state)


def test_two_rules_both_count() -> None:
    request = GroupRequest(
        "G1", (leg("H1", "HEDGE", "A", "BUY", 10), leg("R1", "RISK", "B", "SELL", 10))
    )
    answer = Desk(rules({"max_order_qty": 5}, {"symbol": "B", "max_order_qty": 3})).submit(request)
    assert answer.reason.count("is over the hard limit") >= 3
    assert "rule 0" in answer.reason and "rule 1" in answer.reason


def test_positions_are_durable_and_a_flat_one_leaves_no_row(tmp_path: Any) -> None:
    import sqlite3

    path = tmp_path / "desk.db"
    fill = {"exec_type": "TRADE", "ord_status": "FILLED", "cum_qty": d(10), "leaves_qty": d(0)}
    bust = {"exec_type": "TRADE_CANCEL", "ord_status": "CANCELED", "leaves_qty": d(0)}
    steps = [
        _at(0, submit=GROUP),
        _at(1, report={"order": "G1/H1/1", "exec_id": "e1", "last_qty": d(10), "last_px": d(9),
                       **fill}),
        _at(2, report={"order": "G1/R1/1", "exec_id": "e2", "last_qty": d(10), "last_px": d(25),
                       **fill}),
        _at(3, report={"order": "G1/R1/1", "exec_id": "e3", "exec_ref_id": "e2",
                       "cum_qty": d(0), **bust}),
    ]  # fmt: skip
    asyncio.run(run_scenario(parse_scenario({"steps": steps}, "test"), path))
    connection = sqlite3.connect(path)
    rows = dict(connection.execute("SELECT key, value FROM meta WHERE key LIKE 'position:%'"))
    connection.close()
    assert list(rows) == ["position:default|P3000"]
    assert '"10"' in rows["position:default|P3000"]


def test_exposure_is_the_same_after_a_restart() -> None:
    limits = {"rules": [{"name": "a", "max_gross_exposure": d(700)}]}
    fill = {"exec_type": "TRADE", "ord_status": "FILLED", "cum_qty": d(10), "leaves_qty": d(0)}
    report = _run(
        limits,
        [
            _at(0, submit=GROUP),
            _at(1, report={"order": "G1/H1/1", "exec_id": "e1", "last_qty": d(10),
                           "last_px": d(10), **fill}),
            _at(2, report={"order": "G1/R1/1", "exec_id": "e2", "last_qty": d(10),
                           "last_px": d(25), **fill}),
            _at(3, restart={}),
            _at(6, submit=GROUP | {"group_id": "G2"}),
            _at(7, submit=GROUP | {"group_id": "G3"}),
        ],
    )  # fmt: skip
    refusals: Any = report["refusals"]
    assert len(refusals) == 1 and "gross exposure at its worst, 1050" in refusals[0]["reason"]


# -- whatever releases an order is checked against the market of that moment ---------------------


class MarketDesk:
    """A desk whose inputs carry the quotes that the shell would give them."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.market = desk, Market()

    def put(self, body: object) -> None:
        state, mono_ns = self.desk.state, self.desk.mono_ns
        self.desk.quotes = dict(self.market.note(body, 0, state, mono_ns))
        self.desk.put(body)

    def quote(self, symbol: str, bid: object, ask: object) -> None:
        self.put(QuoteChanged(symbol, d(bid), d(1), d(ask), d(1)))

    def wait(self, seconds: float) -> None:
        self.desk.mono_ns += int(seconds * 1_000_000_000)
        self.put(TimePassed())

    def beat(self, seconds: float) -> None:
        self.desk.mono_ns += int(seconds * 1_000_000_000)
        self.put(HeartbeatReceived(self.desk.mono_ns))


def _sliced(**config: Any) -> MarketDesk:
    """A hedge that goes in slices of 4 each 2 s, with a collar of 5 % around its price of 10."""
    made = MarketDesk(Desk(rules({"symbol": "P3000", "collar_pct": 5}), **config))
    made.quote("P3000", 10, 10)
    hedge = leg("H1", "HEDGE", "P3000", "BUY", 10, 10, child=ChildSpec(d(4), d(2)))
    risk = leg("R1", "RISK", "P3100", "SELL", 10, 25)
    made.put(SubmitGroup(group=GroupRequest("G1", (hedge, risk))))
    assert made.desk.refs() == ["G1/H1/1"]
    made.beat(0.1)
    return made


@pytest.mark.parametrize("how", ["heartbeat", "quote", "status of another"])
def test_a_slice_that_its_timer_releases_is_held_where_the_market_has_gone(how: str) -> None:
    made = _sliced(leg_timeout_s=d(100))
    made.quote("P3000", 12, 12)
    made.desk.mono_ns += 3_000_000_000
    if how == "heartbeat":
        made.put(HeartbeatReceived(made.desk.mono_ns))
    elif how == "quote":
        made.put(QuoteChanged("X", d(1), d(1), d(1), d(1), server_time_ns=made.desk.mono_ns))
    else:
        made.put(OpenOrdersListed("Q7", (), True, made.desk.mono_ns))
    assert made.desk.refs() == ["G1/H1/1"]
    assert made.desk.kinds() == ["LIMIT_BLOCKED"]
    for _ in range(5):
        made.wait(1.1)
        assert made.desk.refs() == ["G1/H1/1"], "not at the next look either"
    made.quote("P3000", "10.2", "10.2")
    made.wait(1.1)
    assert made.desk.refs() == ["G1/H1/1", "G1/H1/2"], "the market is back"


def test_an_order_that_a_collar_holds_back_is_held_at_every_look() -> None:
    made = MarketDesk(Desk(rules({"symbol": "P3100", "collar_pct": 5})))
    made.quote("P3100", 25, 25)
    made.put(SubmitGroup(group=spread("G1")))
    made.quote("P3100", 40, 40)
    order = made.desk.state.orders["G1/H1/1"]
    made.put(
        ExecutionReport(
            order.cl_ord_id, "e", ExecType.TRADE, OrdStatus.FILLED, d(10), d(0), last_qty=d(10),
            last_px=d(10), server_time_ns=made.desk.mono_ns,
        )
    )  # fmt: skip
    for _ in range(3):
        made.wait(1.1)
        assert made.desk.refs() == ["G1/H1/1"]
    made.quote("P3100", 25, 25)
    made.wait(1.1)
    assert made.desk.refs() == ["G1/H1/1", "G1/R1/1"]


def test_a_group_that_goes_on_after_a_pause_or_a_kill_is_checked() -> None:
    for stop, go in (
        (PauseGroup(group="G1"), ResumeGroup(group="G1")),
        (
            KillPart(scope=KillScope.INSTRUMENT, target="P3100", reason="x"),
            ReleaseKillPart(scope=KillScope.INSTRUMENT, target="P3100", reason="x"),
        ),
    ):
        made = MarketDesk(Desk(rules({"symbol": "P3100", "collar_pct": 5})))
        made.quote("P3100", 25, 25)
        made.put(SubmitGroup(group=spread("G1")))
        made.put(stop)
        made.desk.fill("G1/H1/1")
        made.quote("P3100", 40, 40)
        made.put(go)
        assert made.desk.refs() == ["G1/H1/1"], go
        assert "LIMIT_BLOCKED" in made.desk.kinds()


def test_what_releases_nothing_carries_no_quotes() -> None:
    made = _sliced(leg_timeout_s=d(100))
    made.beat(0.5)
    assert made.desk.quotes == {}
    made.beat(3)
    assert sorted(made.desk.quotes) == ["P3000"]
    made.wait(0.1)
    assert made.desk.quotes == {}


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(0, 50))
def test_waits_that_end_by_an_instant_are_found_in_the_heap(ends: list[int], now: int) -> None:
    book = DeadlineBook()
    for number, end in enumerate(ends):
        book.put(Deadline(f"slice:{number}", end, 0, bool(number % 2), 0))
    found = sorted(book.due_by(now, now))
    assert found == sorted(f"slice:{n}" for n, end in enumerate(ends) if end <= now)
    assert sorted(book.due_by(None, -1)) == []
