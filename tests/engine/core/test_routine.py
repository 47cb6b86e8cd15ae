"""The short path of a plain report ends exactly where the long one does."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import fields, replace
from decimal import Decimal
from unittest import mock

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from bench.core_bench import prepared
from bench.workload import Workload
from engine.core import machine, routine
from engine.core.commands import GroupRequest, StopSpec
from engine.core.decisions import Decision
from engine.core.events import Envelope, ExecutionReport
from engine.core.state import DeskState
from engine.core.terms import ExecType, LegType, OrdStatus, Release
from tests.engine.core import test_hedging_properties as hedging
from tests.engine.core import test_order_properties as histories
from tests.engine.core.playbook import Playbook, leg, pair


class BothWays:
    """``handle`` that lets a copy of the state go the long way and compares. ``short``: how many
    reports went the short way, so that a comparison of nothing is seen."""

    def __init__(self) -> None:
        self.short = 0
        self._take = routine.take

    def __call__(self, state: DeskState, envelope: Envelope) -> list[Decision]:
        if not isinstance(envelope.body, ExecutionReport):
            return machine.handle(state, envelope)
        twin = copy.deepcopy(state)
        with mock.patch.object(routine, "take", return_value=False):
            expected = machine.handle(twin, envelope)
        with mock.patch.object(routine, "take", self._counted):
            decided = machine.handle(state, envelope)
        assert decided == expected
        for field in fields(DeskState):
            ours, theirs = getattr(state, field.name), getattr(twin, field.name)
            assert ours == theirs, field.name
            if isinstance(ours, dict):
                assert list(ours) == list(theirs), field.name
        assert list(state.volatile.working) == list(twin.volatile.working)
        assert list(state.volatile.active) == list(twin.volatile.active)
        return decided

    def _counted(self, *arguments: object) -> bool:
        taken = self._take(*arguments)  # type: ignore[arg-type]
        self.short += taken
        return taken


@pytest.fixture(scope="module")
def both_ways() -> Iterator[BothWays]:
    both = BothWays()
    with mock.patch.object(Playbook, "handle", both):
        yield both
    assert both.short > 0, "nothing went the short way: nothing was compared"


def test_the_day_of_the_benchmark(both_ways: BothWays) -> None:
    desk, reports = prepared(Workload(30, seed=5))
    before = both_ways.short
    for number, report in enumerate(reports):
        both_ways(desk.state, Envelope(10_000 + number, 10_000 + number, report))
    assert both_ways.short - before > len(reports) // 2


def test_histories_in_order(both_ways: BothWays) -> None:
    histories.test_in_order()


def test_histories_in_disorder(both_ways: BothWays) -> None:
    histories.test_in_disorder()


def test_histories_with_gaps(both_ways: BothWays) -> None:
    histories.test_gaps_without_a_replay_are_marked()


def test_hedging(both_ways: BothWays) -> None:
    run_state_machine_as_test(hedging.Hedging, settings=hedging.Hedging.TestCase.settings)


PAIRS: dict[str, GroupRequest] = {
    "quiet": pair(),
    "proportional": pair(release=Release.PROPORTIONAL),
    "stopped": pair(hedge_more={"stop_loss": StopSpec(Decimal(4))}),
    "two hedges": GroupRequest(
        "G", (leg("H", LegType.HEDGE, 100), leg("H2", LegType.HEDGE, 5), leg("R", LegType.RISK, 9))
    ),
}
SMALL = st.sampled_from([Decimal(n) for n in (-1, 0, 10, 20, 30, 40, 100, 110)])
CLAIMS = st.fixed_dictionaries(
    {
        "exec_id": st.sampled_from(("", "0", "x1", "x2", "x3", "x4")),
        "exec_type": st.sampled_from(
            (ExecType.TRADE, ExecType.TRADE, ExecType.NEW, ExecType.TRADE_CANCEL)
        ),
        "ord_status": st.sampled_from(
            (
                OrdStatus.PARTIALLY_FILLED,
                OrdStatus.PARTIALLY_FILLED,
                OrdStatus.NEW,
                OrdStatus.FILLED,
            )
        ),
        "cum_qty": SMALL,
        "leaves_qty": SMALL,
        "last_qty": SMALL | st.none(),
        "last_px": st.sampled_from((None, Decimal("10.5"))),
        "order_id": st.sampled_from(("", "O1", "O2")),
        "text": st.sampled_from(("", "word")),
        "server_time_ns": st.sampled_from((None, 5, 6, 7)),
        "query_id": st.sampled_from((None, None, None, "Q1-1")),
        "avg_px": st.sampled_from((None, Decimal("10.5"))),
    }
)


@histories.MODEST
@given(
    st.sampled_from(sorted(PAIRS)),
    st.booleans(),
    st.lists(CLAIMS | st.integers(1, 40), min_size=1, max_size=8),
)
def test_claims_of_all_kinds(
    both_ways: BothWays, kind: str, acks: bool, claims: list[dict[str, object] | int]
) -> None:
    """Honest fills mixed with claims that are nearly plain: each condition of the short path is
    missed by some."""
    desk = Playbook(histories.PATIENT, acks=acks)
    desk.witness = None
    assume(desk.submit(PAIRS[kind]) == "")
    order = desk.order("G/H/1")
    begin = ExecutionReport(
        order.cl_ord_id, "", ExecType.TRADE, OrdStatus.NEW, Decimal(0), Decimal(0)
    )
    for number, claim in enumerate(claims):
        if isinstance(claim, int):
            report = replace(
                begin, exec_id=f"h{number}", ord_status=OrdStatus.PARTIALLY_FILLED,
                last_qty=Decimal(claim), last_px=Decimal(10), cum_qty=order.cum_qty + claim,
                leaves_qty=Decimal(1),
            )  # fmt: skip
        else:
            report = replace(begin, **claim)  # type: ignore[arg-type]
        desk.feed(report)
