"""The short path of a plain report ends exactly where the long one does, and a quiet group that is
not driven ends where it would if it were."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from decimal import Decimal
from unittest import mock

import pytest
from hypothesis.stateful import run_state_machine_as_test

from bench.core_bench import prepared
from bench.workload import Workload
from engine.core import commands as c
from engine.core import machine, reports, routine
from engine.core.commands import GroupRequest, StopSpec
from engine.core.decisions import Decision
from engine.core.events import Envelope, ExecutionReport
from engine.core.state import DeskState, Touched
from engine.core.terms import ExecType, IntentState, OrdStatus, Release, Resolution
from tests.engine.core import test_hedging_properties as hedging
from tests.engine.core import test_order_properties as histories
from tests.engine.core.playbook import Playbook, pair


class BothWays:
    """``handle`` that lets a copy of the state go the long way and compares. ``short``: how many
    reports went the short way, so that a comparison of nothing is seen. ``drives``: the copy is
    driven at each report as well, however quiet its group; what was written may then differ."""

    def __init__(self, drives: bool = False) -> None:
        self.short = 0
        self.drives = drives
        self._take = routine.take

    def __call__(self, state: DeskState, envelope: Envelope) -> list[Decision]:
        if not isinstance(envelope.body, ExecutionReport):
            return machine.handle(state, envelope)
        twin = copy.deepcopy(state)
        quiet = reports.is_in_quiet_group
        with (
            mock.patch.object(routine, "take", return_value=False),
            mock.patch.object(
                reports, "is_in_quiet_group", lambda *a: not self.drives and quiet(*a)
            ),
        ):
            expected = machine.handle(twin, envelope)
        with mock.patch.object(routine, "take", self._counted):
            decided = machine.handle(state, envelope)
        assert decided == expected
        for field in fields(DeskState):
            if self.drives and field.name == "touched":
                continue
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


@contextmanager
def compared(drives: bool) -> Iterator[BothWays]:
    """Every playbook goes both ways."""
    both = BothWays(drives)
    with mock.patch.object(Playbook, "handle", both):
        yield both
    assert both.short > 0, "nothing went the short way: nothing was compared"


@pytest.fixture(scope="module", params=[False, True], ids=["long", "driven"])
def both_ways(request: pytest.FixtureRequest) -> Iterator[BothWays]:
    with compared(request.param) as both:
        yield both


@pytest.fixture(scope="module")
def long_way() -> Iterator[BothWays]:
    with compared(drives=False) as both:
        yield both


def test_the_day_of_the_benchmark(both_ways: BothWays) -> None:
    desk, day = prepared(Workload(30, seed=5))
    before = both_ways.short
    for number, report in enumerate(day):
        both_ways(desk.state, Envelope(10_000 + number, 10_000 + number, report))
    assert both_ways.short - before > len(day) // 2


def test_histories_in_order(both_ways: BothWays) -> None:
    histories.test_in_order()


def test_histories_in_disorder(both_ways: BothWays) -> None:
    histories.test_in_disorder()


def test_histories_with_gaps(both_ways: BothWays) -> None:
    histories.test_gaps_without_a_replay_are_marked()


def test_hedging(both_ways: BothWays) -> None:
    run_state_machine_as_test(hedging.Hedging, settings=hedging.Hedging.TestCase.settings)


def test_risk_that_comes_on_in_a_group_that_had_ended_is_noted() -> None:
    """Its order was done for the day and works again on the next: a hedge of the group is then
    looked at with every report."""
    desk = Playbook(histories.PATIENT)
    desk.submit(pair())
    desk.fill_rest(H)
    desk.end("G/R/1", OrdStatus.DONE_FOR_DAY)
    desk.report(desk.book["G/R/1"].resume())
    assert desk.state.groups["G"].lifecycle == "FAILED"
    assert not desk.state.groups["G"].risk_was_on
    desk.fill("G/R/1", 1)
    assert desk.state.groups["G"].risk_was_on


def test_risk_beyond_its_target_while_a_slice_works_is_hedged_at_once(both_ways: BothWays) -> None:
    """One slice was overfilled; what the others still fill is more than the hedge was for."""
    desk = Playbook(histories.PATIENT)
    desk.submit(pair(risk_more={"child": c.ChildSpec(Decimal(25), Decimal(1))}))
    desk.fill_rest(H)
    desk.wait(4)
    desk.fill("G/R/1", 45)
    desk.fill("G/R/2", 25)
    desk.fill("G/R/3", 25)
    desk.sent()
    desk.fill("G/R/4", 4)
    assert desk.sent() == [], "99 of risk out, 100 hedged"
    desk.fill("G/R/4", 4)
    assert desk.order("G/R/4").ord_status is OrdStatus.PARTIALLY_FILLED
    assert desk.sent() == ["NEW G/H/2 BUY 3 MARKET"]


def test_a_hedge_complete_before_its_last_slice_releases_the_risk(both_ways: BothWays) -> None:
    desk = Playbook(histories.PATIENT)
    desk.submit(pair(hedge_more={"child": c.ChildSpec(Decimal(50), Decimal(1))}))
    desk.wait(1)
    desk.fill(H, 70)
    desk.sent()
    desk.fill("G/H/2", 29)
    assert desk.sent() == [], "99 of 100 hedged"
    desk.fill("G/H/2", 1)
    assert desk.order("G/H/2").ord_status is OrdStatus.PARTIALLY_FILLED
    assert desk.sent() == ["NEW G/R/1 SELL 100 LIMIT 10"]


H = "G/H/1"
BEFORE: dict[str, Callable[[Playbook], object]] = {
    "nothing": lambda desk: None,
    "a fill": lambda desk: desk.fill(H, 10),
    "a gap": lambda desk: (desk.hold_back(), desk.fill(H, 10), desk.in_line.clear(),
                           desk.let_through(), desk.fill(H, 10)),
    "a gap for long": lambda desk: (BEFORE["a gap"](desk), setattr(desk, "answers", "silent"),
                                    desk.wait(8)),
    "a bust": lambda desk: desk.bust(H, desk.fill(H, 10)),
    "an early bust": lambda desk: desk.feed(replace(
        plain_fill(desk, 10), exec_id="b1", exec_ref_id="x1", exec_type=ExecType.TRADE_CANCEL,
        cum_qty=Decimal(0), server_time_ns=None)),
    "a correction": lambda desk: desk.correct(H, desk.fill(H, 10), 15),
    "a held fill": lambda desk: (desk.fill(H, 10), desk.feed(replace(
        plain_fill(desk, 10), exec_id="held", cum_qty=Decimal(10), last_px=Decimal(11)))),
    "a cancel asked": lambda desk: desk.do(c.CancelOrder(order=H)),
    "the end": lambda desk: (desk.fill(H, 10), desk.end(H)),
    "all filled": lambda desk: desk.fill_rest(H),
    "done for the day": lambda desk: desk.end(H, OrdStatus.DONE_FOR_DAY),
    "suspended": lambda desk: setattr(desk.order(H), "base", OrdStatus.SUSPENDED),
    "a restart": lambda desk: (setattr(desk, "answers", "silent"), desk.restart()),
    "an orphan": lambda desk: (setattr(desk, "answers", "silent"),
                               setattr(desk.order(H), "intent", IntentState.INTENT_PERSISTED),
                               desk.disk.commit(touch(desk)), desk.restart(), desk.wait(6)),
    "never sent": lambda desk: (
        BEFORE["an orphan"](desk),
        setattr(desk, "answers", "unknown"),
        desk.do(c.ResolveOrphan(order=H, resolution=Resolution.MARK_NEVER_SENT, reason="phoned"))),
    "silence": lambda desk: (setattr(desk, "answers", "silent"), desk.wait(30)),
    "ids let go": lambda desk: (desk.feed(plain_fill(desk, 10)), desk.state.volatile.seen.clear()),
    "paused": lambda desk: desk.do(c.PauseGroup(group="G")),
    "stopping": lambda desk: (setattr(desk, "cancels", "silent"),
                              desk.do(c.CancelGroup(group="G"))),
    "not working": lambda desk: desk.state.volatile.working.clear(),
}  # fmt: skip
OTHERWISE: dict[str, dict[str, object]] = {
    "plain": {},
    "a jump of CumQty": {"cum_qty": Decimal(40)},
    "CumQty behind": {"cum_qty": Decimal(5)},
    "CumQty complete": {"cum_qty": Decimal(100), "last_qty": Decimal(100)},
    "CumQty too much": {"cum_qty": Decimal(110), "last_qty": Decimal(110)},
    "negative LeavesQty": {"leaves_qty": Decimal(-1)},
    "no LastQty": {"last_qty": None},
    "LastQty zero": {"last_qty": Decimal(0)},
    "negative LastQty": {"last_qty": Decimal(-10)},
    "no LastPx": {"last_px": None},
    "no id": {"exec_id": ""},
    "id 0": {"exec_id": "0"},
    "an older stamp": {"server_time_ns": 7},
    "no stamp": {"server_time_ns": None},
    "an answer": {"query_id": "Q1-1"},
    "filled, it says": {"ord_status": OrdStatus.FILLED},
    "NEW, it says": {"ord_status": OrdStatus.NEW},
    "suspended, it says": {"ord_status": OrdStatus.SUSPENDED},
    "a text": {"text": "word"},
    "another OrderID": {"order_id": "O77"},
    "another AvgPx": {"avg_px": Decimal("10.5")},
    "NEW": {"exec_type": ExecType.NEW, "ord_status": OrdStatus.NEW, "cum_qty": Decimal(0)},
    "NEW without an id": {
        "exec_type": ExecType.NEW, "ord_status": OrdStatus.NEW, "exec_id": "",
        "cum_qty": Decimal(0),
    },
    "NEW with a CumQty": {"exec_type": ExecType.NEW, "ord_status": OrdStatus.NEW},
    "NEW and negative": {
        "exec_type": ExecType.NEW, "ord_status": OrdStatus.NEW, "cum_qty": Decimal(0),
        "leaves_qty": Decimal(-1),
    },
    "NEW, partially": {"exec_type": ExecType.NEW, "cum_qty": Decimal(0)},
    "a restatement": {"exec_type": ExecType.RESTATED, "order_qty": Decimal(90)},
}  # fmt: skip
GROUPS: dict[str, GroupRequest] = {
    "a pair": pair(),
    "in proportion": pair(release=Release.PROPORTIONAL),
    "with a stop": pair(risk_more={"stop_loss": StopSpec(Decimal(4))}),
}


def touch(desk: Playbook) -> DeskState:
    """The state with the order marked as changed, as if a turn had changed it and no more."""
    desk.state.touched = Touched(orders={H})
    return desk.state


def plain_fill(desk: Playbook, quantity: int, exec_id: str = "x1") -> ExecutionReport:
    """The next fill as the short path wants it."""
    order = desk.order(H)
    return ExecutionReport(
        order.cl_ord_id, exec_id, ExecType.TRADE, OrdStatus.PARTIALLY_FILLED,
        order.cum_qty + quantity, Decimal(50), order_id=order.order_id, last_qty=Decimal(quantity),
        last_px=Decimal(10), server_time_ns=desk.time.stamp(),
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "acks"), [*((kind, True) for kind in GROUPS), ("a pair", False)])
@pytest.mark.parametrize("before", BEFORE)
def test_each_condition(long_way: BothWays, before: str, kind: str, acks: bool) -> None:
    """What is plain but for one thing, after everything that can have been before."""
    for what, otherwise in OTHERWISE.items():
        desk = Playbook(histories.PATIENT, acks=acks)
        desk.witness = None
        assert desk.submit(GROUPS[kind]) == "", what
        BEFORE[before](desk)
        desk.mono_ns += 1_000_000
        desk.time.now_ns += 1_000_000
        report = replace(plain_fill(desk, 10), **otherwise)  # type: ignore[arg-type]
        desk.feed(report)
        desk.feed(report)
        desk.feed(replace(plain_fill(desk, 5, "x2"), **otherwise))  # type: ignore[arg-type]
        desk.feed(plain_fill(desk, 5, "x3"))
        desk.feed(plain_fill(desk, 5, "x1"))
