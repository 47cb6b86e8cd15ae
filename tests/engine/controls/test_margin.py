"""Worst-case margin: against CME's table, against brute force, and what it refuses."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from math import isclose
from pathlib import Path

import pytest
from desk_kit import START_WALL_NS, Desk, d, leg, rules
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.commands import GroupRequest
from engine.core.limits.rules import MarginProduct, MarginSettings, ScanRange
from engine.core.margin import check
from engine.core.margin.black import black, implied_volatility
from engine.core.margin.market import ContractMarket, Unvalued
from engine.core.margin.path import MarginPath, PathGroup, PathLeg, WorstCaseMarginSimulator
from engine.core.margin.span import SCENARIOS_COUNT, margin_of, risk_array
from engine.core.model import Instrument
from engine.core.terms import InstrumentKind as Kind
from engine.core.turn import Turn
from engine.instruments_file import day_of, read_scan_ranges

# CME's initial margins of ES by date, in the layout of its table.
ES_CSV = """date,initial,maintenance
20120326,4375,3500
20160627,5500,5000
20200106,6930,6300
20200316,13200,12000
20210818,12650,11500
"""
TODAY = START_WALL_NS // (86_400 * 10**9)
EXPIRY = TODAY + 74


def _instrument(symbol: str, kind: Kind, strike: int | None = None, unit: int = 50) -> Instrument:
    return Instrument(
        symbol,
        multiplier=Decimal(unit),
        kind=kind,
        underlying="NQ" if symbol.startswith("NQ") else "ES",
        strike=Decimal(strike) if strike is not None else None,
        expiry_day=EXPIRY,
    )


INSTRUMENTS = {
    each.symbol: each
    for each in (
        _instrument("F", Kind.FUTURE),
        _instrument("P3000", Kind.PUT, 3000),
        _instrument("P3100", Kind.PUT, 3100),
        _instrument("P3200", Kind.PUT, 3200),
        _instrument("C3300", Kind.CALL, 3300),
        _instrument("C3400", Kind.CALL, 3400),
        _instrument("NQF", Kind.FUTURE, unit=20),
        _instrument("NQP", Kind.PUT, 8500, unit=20),
    )
}


def _settings(minimum: int = 0, ranges: tuple[ScanRange, ...] | None = None) -> MarginSettings:
    return MarginSettings(
        products=(
            MarginProduct(
                "ES", Decimal(50), ranges or (ScanRange(0, Decimal(6930)),),
                short_option_minimum=Decimal(minimum), price=Decimal(3240),
                volatility=Decimal("0.14"),
            ),
            MarginProduct(
                "NQ", Decimal(20), (ScanRange(0, Decimal(7700)),),
                short_option_minimum=Decimal(minimum), price=Decimal(8800),
                volatility=Decimal("0.18"),
            ),
        ),
    )  # fmt: skip


def _market(
    minimum: int = 0, ranges: tuple[ScanRange, ...] | None = None, day: int = TODAY
) -> ContractMarket:
    return ContractMarket(_settings(minimum, ranges), INSTRUMENTS, {}, day * 86_400 * 10**9)


def _margin(held: dict[str, float], minimum: int = 0) -> Decimal:
    return WorstCaseMarginSimulator(_market(minimum)).margin(held)


# -- the scan --------------------------------------------------------------------------------------


def test_outright_future_is_the_scan_range_for_each_date_of_the_table(tmp_path: Path) -> None:
    file = tmp_path / "ES.csv"
    file.write_text(ES_CSV)
    ranges = read_scan_ranges(file)
    assert len(ranges) == 5
    for line in ES_CSV.splitlines()[1:]:
        date, initial, _ = line.split(",")
        day = day_of(date)
        assert day is not None
        for side in (1.0, -1.0):
            for on in (day, day + 1):
                simulator = WorstCaseMarginSimulator(_market(ranges=ranges, day=on))
                assert simulator.margin({"F": 7 * side}) == 7 * Decimal(initial)
    before = WorstCaseMarginSimulator(_market(ranges=ranges, day=ranges[0].from_day - 1))
    assert before.margin({"F": 1.0}) == 4375, "before the table its first entry holds"


def test_maintenance_column(tmp_path: Path) -> None:
    file = tmp_path / "ES.csv"
    file.write_text(ES_CSV)
    assert read_scan_ranges(file, "maintenance")[0].amount == 3500


@pytest.mark.parametrize("symbol", ["P3000", "P3100", "P3200", "C3300", "C3400"])
def test_long_option_is_at_least_nothing_and_at_most_its_premium(symbol: str) -> None:
    contract = _market().contract(symbol)
    premium = black(
        contract.forward, contract.strike, contract.years, contract.volatility,
        contract.kind is Kind.CALL,
    ) * contract.unit  # fmt: skip
    margin = _margin({symbol: 10.0})
    assert 0 < margin <= Decimal(repr(round(premium * 10, 2))) + Decimal("0.01")


def test_extreme_scenarios_count_a_fraction() -> None:
    losses = risk_array(_market().contract("F"))
    assert len(losses) == SCENARIOS_COUNT
    assert isclose(losses[15], 2 * 6930 * 0.33) and isclose(losses[14], -2 * 6930 * 0.33)


def test_short_option_minimum_holds_far_out_of_the_money() -> None:
    held = {"P3000": -2.0, "P3100": 2.0}
    assert 0 < _margin(held) < 2000
    assert _margin(held, minimum=1000) == 2000


def test_margin_is_convex_and_homogeneous() -> None:
    one, two = {"P3000": 5.0, "P3100": -5.0}, {"F": 1.0, "C3300": -3.0}
    both = {key: one.get(key, 0) + two.get(key, 0) for key in one | two}
    assert _margin(both, 100) <= _margin(one, 100) + _margin(two, 100) + Decimal("0.02")
    assert abs(_margin({k: 3 * v for k, v in one.items()}) - 3 * _margin(one)) < 1


def test_black_meets_parity_and_finds_its_volatility_again() -> None:
    call, put = black(3240, 3100, 0.2, 0.15, True), black(3240, 3100, 0.2, 0.15, False)
    assert isclose(call - put, 140, abs_tol=1e-9)
    # Hull, Options, Futures and Other Derivatives, Black's model: F=20, K=20, s=25 %, T=4/12
    # with r=9 % gives 1.116; undiscounted 1.15.
    assert isclose(black(20, 20, 4 / 12, 0.25, False), 1.1503, abs_tol=5e-4)
    found = implied_volatility(put, 3240, 3100, 0.2, False)
    assert found is not None and isclose(found, 0.15, abs_tol=1e-6)
    assert implied_volatility(5000, 3240, 3100, 0.2, False) is None


# -- the path --------------------------------------------------------------------------------------


def _spread(quantity: float = 10) -> PathGroup:
    return PathGroup(
        "G", (PathLeg("H1", True, "P3000", quantity), PathLeg("R1", False, "P3100", -quantity))
    )


def test_worst_case_of_a_put_spread_is_on_the_way_not_at_its_end() -> None:
    path = WorstCaseMarginSimulator(_market()).path({}, {}, (), _spread())
    assert path.worst > path.end > 0
    assert path.worst == _margin({"P3100": -10.0}), "the hedge failed with all the risk on"
    assert path.worst_state == "H1 failed, R1 filled"
    assert path.scenario == "scenario 13: price -3/3 of the range, volatility up"
    assert [step.what for step in path.steps] == ["H1", "R1"]
    assert path.end == _margin({"P3000": 10.0, "P3100": -10.0})
    assert path.now == 0


# Every fill state of a group, by brute force over a grid: the release order, the emergency hedge
# in the place of a leg's own order, and one hedge that fails while risk is on.

GRID = (0.0, 0.3, 0.5, 0.8, 1.0)


def _hedge_states(leg: PathLeg, least: float) -> Iterator[dict[str, float]]:
    for own in GRID:
        for other in GRID if leg.hedge_symbol else (0.0,):
            if least <= own + other <= 1.0:
                state = {leg.symbol: own * leg.quantity}
                if leg.hedge_symbol:
                    more = other * leg.hedge_quantity
                    state[leg.hedge_symbol] = state.get(leg.hedge_symbol, 0.0) + more
                yield state


def _states(group: PathGroup, may_fail: bool = True) -> Iterator[dict[str, float]]:
    hedges = [each for each in group.legs if each.is_hedge]
    risks = [each for each in group.legs if not each.is_hedge]
    for fractions in itertools.product(GRID, repeat=len(risks)):
        on = max(fractions)
        risk = [{leg.symbol: f * leg.quantity} for leg, f in zip(risks, fractions, strict=True)]
        failing: list[int | None] = [None, *range(len(hedges))] if may_fail else [None]
        for fails in failing:
            ways = [
                list(_hedge_states(leg, 0.0 if index == fails else on))
                for index, leg in enumerate(hedges)
            ]
            for chosen in itertools.product(*ways):
                yield _added([*chosen, *risk])


def _added(parts: list[dict[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for symbol, quantity in part.items():
            total[symbol] = total.get(symbol, 0.0) + quantity
    return total


def _true_worst(market: ContractMarket, base: dict[str, float], groups: list[PathGroup]) -> float:
    """One hedge fails at a time, in the account."""
    worst = 0.0
    for failing in range(len(groups)):
        all_states = [list(_states(g, i == failing)) for i, g in enumerate(groups)]
        for chosen in itertools.product(*all_states):
            worst = max(worst, _value(market, _added([base, *chosen])))
    return worst


def _value(market: ContractMarket, held: dict[str, float]) -> float:
    losses: dict[str, list[float]] = {}
    shorts: dict[str, float] = {}
    scans = {}
    for symbol, quantity in held.items():
        contract = market.contract(symbol)
        product = contract.scan.product
        scans[product] = contract.scan
        mine = losses.setdefault(product, [0.0] * SCENARIOS_COUNT)
        for index, each in enumerate(market.risk_array(symbol)):
            mine[index] += each * quantity
        if contract.is_option and quantity < 0:
            shorts[product] = shorts.get(product, 0.0) - quantity
    return sum(margin_of(scans[p], losses[p], shorts.get(p, 0.0)) for p in losses)


def _path(market: ContractMarket, base: dict[str, float], groups: list[PathGroup]) -> MarginPath:
    return WorstCaseMarginSimulator(market).path(base, base, groups[1:], groups[0])


ES = st.sampled_from(["F", "P3000", "P3100", "P3200", "C3300", "C3400"])
ANY = st.sampled_from(sorted(INSTRUMENTS))
SIZE = st.sampled_from([-20.0, -7.0, 3.0, 10.0])


@st.composite
def _groups(draw: st.DrawFn, symbols: st.SearchStrategy[str], hedges: int, risks: int) -> PathGroup:
    legs = []
    for number in range(draw(st.integers(1, hedges))):
        other = draw(st.none() | symbols)
        legs.append(
            PathLeg(
                f"H{number}", True, draw(symbols), draw(SIZE), other or "",
                draw(SIZE) if other else 0.0,
            )
        )  # fmt: skip
    for number in range(draw(st.integers(1, risks))):
        legs.append(PathLeg(f"R{number}", False, draw(symbols), draw(SIZE)))
    return PathGroup(f"G{draw(st.integers(0, 10**9))}", tuple(legs))


HELD = st.dictionaries(ANY, SIZE, max_size=3)


@settings(max_examples=150, deadline=None)
@given(group=_groups(ANY, 2, 2), base=HELD, minimum=st.sampled_from([0, 400]))
def test_never_below_the_true_maximum(
    group: PathGroup, base: dict[str, float], minimum: int
) -> None:
    market = _market(minimum)
    path = _path(market, base, [group])
    assert float(path.worst) >= _true_worst(market, base, [group]) - 0.02
    for step in path.steps:
        assert path.worst >= step.amount - Decimal("0.02")
    assert path.worst >= path.now - Decimal("0.02")


@settings(max_examples=150, deadline=None)
@given(group=_groups(ES, 2, 2), base=st.dictionaries(ES, SIZE, max_size=3))
def test_is_the_true_maximum_in_one_product(group: PathGroup, base: dict[str, float]) -> None:
    market = _market()
    assert isclose(
        float(_path(market, base, [group]).worst), _true_worst(market, base, [group]), abs_tol=0.02
    )


@settings(max_examples=40, deadline=None)
@given(one=_groups(ES, 1, 1), other=_groups(ES, 1, 1), base=st.dictionaries(ES, SIZE, max_size=2))
def test_live_groups_are_anywhere_on_their_own_paths(
    one: PathGroup, other: PathGroup, base: dict[str, float]
) -> None:
    market = _market()
    groups = [one, PathGroup(one.group_id + "b", other.legs)]
    found = _path(market, base, groups)
    assert isclose(float(found.worst), _true_worst(market, base, groups), abs_tol=0.02)


# -- at the desk -----------------------------------------------------------------------------------

MARGIN = {
    "available": {"default": 100_000},
    "products": [
        {
            "underlying": "ES", "multiplier": 50, "scan_range": 6930, "price": 3240,
            "volatility": Decimal("0.14"), "short_option_minimum": 0,
        }
    ],
}  # fmt: skip


def _desk(available: int = 100_000) -> Desk:
    table = MARGIN | {"available": {"default": available}}
    return Desk(rules(margin=table), instruments=tuple(INSTRUMENTS.values()))


def _request(group_id: str, quantity: int) -> GroupRequest:
    return GroupRequest(
        group_id,
        (
            leg("H1", "HEDGE", "P3000", "BUY", quantity, 10),
            leg("R1", "RISK", "P3100", "SELL", quantity, 25),
        ),
    )


def test_group_over_the_available_margin_is_created_and_fails_with_figures() -> None:
    desk = _desk()
    answer = desk.submit(_request("G1", 1000))
    assert not answer.accepted
    group = desk.state.groups["G1"]
    assert (group.lifecycle, group.end_reason) == ("FAILED", "MARGIN")
    assert [each[0] for each in group.history] == ["CREATED", "FAILED"]
    assert "G1" in desk.state.touched.groups, "it is written"
    assert not desk.sent
    for part in ("worst-case margin", "available are 100000", "H1 failed, R1 filled", "scenario"):
        assert part in group.end_text, group.end_text
    assert group.end_text == answer.reason


def test_group_within_the_available_margin_goes() -> None:
    desk = _desk()
    assert desk.submit(_request("G1", 10)).accepted
    assert desk.refs() == ["G1/H1/1"]


def test_live_groups_and_positions_of_the_account_count() -> None:
    one = check.margin_path(Turn(_desk().state), _request("G1", 10)).worst
    desk = _desk(int(one * 2))
    assert desk.submit(_request("G1", 10)).accepted
    assert not desk.submit(_request("G2", 20)).accepted
    desk.fill("G1/H1/1")
    desk.fill("G1/R1/1", px=25)
    path = check.margin_path(Turn(desk.state), _request("G3", 10))
    assert path.now == _margin({"P3000": 10.0, "P3100": -10.0})
    assert not desk.submit(_request("G4", 100)).accepted


def test_symbol_without_a_kind_is_refused_before_it_is_created() -> None:
    desk = _desk()
    request = GroupRequest(
        "G1", (leg("H1", "HEDGE", "XYZ", "BUY", 1), leg("R1", "RISK", "P3100", "SELL", 1))
    )
    answer = desk.submit(request)
    assert not answer.accepted and "XYZ is not among the instruments" in answer.reason
    assert answer.field == "H1.symbol"
    assert not desk.state.groups


def test_account_without_available_margin_is_not_checked() -> None:
    desk = Desk(rules(margin={**MARGIN, "available": {"other": 1}}))
    assert desk.submit(_request("G1", 10_000)).accepted


def test_option_quote_gives_the_volatility() -> None:
    from engine.core.events import QuoteChanged

    calm = _market().contract("P3100").volatility
    quote = QuoteChanged("P3100", d(60), d(1), d(62), d(1))
    market = ContractMarket(
        _settings(), INSTRUMENTS, {"P3100": quote}, TODAY * 86_400 * 10**9
    )  # fmt: skip
    assert market.contract("P3100").volatility > calm


def test_unknown_product_is_said() -> None:
    stray = {"X": Instrument("X", kind=Kind.FUTURE, underlying="CL")}
    market = ContractMarket(_settings(), stray, {}, TODAY * 86_400 * 10**9)
    with pytest.raises(Unvalued, match="no margin product for 'CL'"):
        market.contract("X")


def test_hedges_that_are_filled_in_another_product_leave_this_one_naked() -> None:
    group = PathGroup(
        "G",
        (
            PathLeg("H1", True, "P3000", 10.0, "NQP", 1.0),
            PathLeg("H2", True, "P3200", 10.0, "NQP", 1.0),
            PathLeg("R1", False, "P3100", -20.0),
        ),
    )
    market = _market()
    path = _path(market, {}, [group])
    assert float(path.worst) >= _true_worst(market, {}, [group]) - 0.02
    assert path.worst >= _margin({"P3100": -20.0})
