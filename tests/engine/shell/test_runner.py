"""The one cycle: nothing leaves before its commit, and a commit that fails stops trading."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from shell_kit import CALM, Desk, StillClock, request, trade

from engine.core.commands import CancelGroup, SubmitGroup
from engine.core.decisions import Outbound
from engine.core.events import ExecutionReport, HeartbeatReceived, OrderHandedOver, QuoteChanged
from engine.core.terms import ExecType, IntentState, OrdStatus, Phase
from engine.shell import passed, precedence, runner
from engine.shell.checkpoints import Point
from engine.store import loader
from engine.store.database import connect_to_read
from engine.store.errors import StoreError
from engine.store.journal import entries
from engine.store.records import record_codec
from engine.views import Changes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


async def test_an_order_is_durable_when_it_is_sent(path: Path) -> None:
    desk = await Desk.open(path)
    durable: list[bool] = []
    read = connect_to_read(path)

    def look(message: Outbound) -> None:
        durable.append(loader.is_durable(read, message.cl_ord_id))

    desk.broker.on_send = look
    await desk.submit()
    assert durable == [True]
    read.close()
    await desk.close()


async def test_what_arrives_together_shares_one_commit(path: Path) -> None:
    desk = await Desk.open(path)
    await desk.submit()
    before = desk.runner.metrics.commits
    for number in range(1, 51):
        desk.runner.deliver(desk.report(number, 1, number))
    await desk.settle()
    assert desk.runner.state.orders["G1/H1/1"].cum_qty == 50
    assert desk.runner.metrics.commits == before + 1
    await desk.close()


async def test_a_batch_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "BATCH_MAX", 10)
    desk = await Desk.open(path)
    await desk.submit()
    for number in range(1, 51):
        desk.runner.deliver(desk.report(number, 1, number))
    assert await desk.settle() == 5
    await desk.close()


async def test_the_more_waits_the_larger_the_batch(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precedence, "BATCH", 4)
    monkeypatch.setattr(precedence, "BATCH_MAX", 20)
    desk = await Desk.open(path)
    await desk.submit()
    for number in range(1, 51):
        desk.runner.deliver(desk.report(number, 1, number))
    left = [50]
    while await desk.runner.step():
        left.append(len(desk.runner.inbox))
    assert [before - after for before, after in pairwise(left)] == [20, 15, 7, 4, 4]
    assert desk.runner.state.orders["G1/H1/1"].cum_qty == 50
    await desk.close()


async def test_handing_over_is_noted_before_what_the_broker_answers(path: Path) -> None:
    desk = await Desk.open(path)
    seen: list[str] = []
    desk.broker.on_send = lambda m: desk.runner.deliver(trade(m.cl_ord_id, "e1", 60, 60))
    desk.runner.ask(SubmitGroup(group=request("G1")))
    await desk.runner.step()
    seen = [type(each.body).__name__ for each in desk.runner.inbox.take(10)]
    assert seen == ["OrderHandedOver", "ExecutionReport"]
    await desk.close()


async def test_an_answer_comes_after_its_commit(path: Path) -> None:
    desk = await Desk.open(path)
    future = await desk.submit()
    answer = future.result()
    assert answer.accepted  # type: ignore[attr-defined]
    refused = (await desk.submit()).result()
    assert not refused.accepted  # type: ignore[attr-defined]
    assert "used before" in refused.reason  # type: ignore[attr-defined]
    assert "refused" in desk.runner.log.after(0)[-1].text
    await desk.close()


async def test_not_sent_is_told_to_the_core(path: Path) -> None:
    desk = await Desk.open(path)
    desk.broker.refuse("the line is down")
    await desk.submit()
    order = desk.runner.state.orders["G1/H1/1"]
    assert order.ord_status in (OrdStatus.REJECTED, OrdStatus.CANCELED)
    assert desk.broker.sent == []
    assert any("the line is down" in line.text for line in desk.runner.log.after(0))
    await desk.close()


@pytest.mark.logs_warnings
async def test_an_adapter_that_breaks_leaves_the_order_in_doubt(path: Path) -> None:
    desk = await Desk.open(path)

    def breaks(message: Outbound) -> None:
        raise RuntimeError("half a message left")

    desk.broker.on_send = breaks
    await desk.submit()
    order = desk.runner.state.orders["G1/H1/1"]
    assert order.intent is IntentState.INTENT_PERSISTED
    assert desk.broker.asked[-1].query_id
    await desk.close()


class _Broken:
    """A store whose next commit fails, as on a full disk."""

    def __init__(self, desk: Desk) -> None:
        self._commit = desk.store.commit
        desk.store.commit = self.commit  # type: ignore[method-assign]

    async def commit(self, *args: object) -> None:
        raise StoreError("desk.db: the disk is full")


async def test_a_failed_commit_stops_trading_for_good(path: Path) -> None:
    desk = await Desk.open(path)
    await desk.submit("G1")
    sent = list(desk.broker.sent)
    told: list[Changes] = []
    desk.runner.listeners.subscribe(told.append)
    _Broken(desk)
    failed = (await desk.submit("G2")).result()
    assert not failed.accepted  # type: ignore[attr-defined]
    assert "the disk is full" in failed.reason  # type: ignore[attr-defined]
    assert desk.broker.sent == sent
    assert "the disk is full" in desk.runner.stopped_why
    assert told[-1].status

    desk.store.commit = type(desk.store).commit.__get__(desk.store)  # type: ignore[method-assign]
    later = (await desk.submit("G3")).result()
    assert not later.accepted  # type: ignore[attr-defined]
    desk.runner.deliver(desk.report(1, 100, 100))
    await desk.settle()
    assert desk.broker.sent == sent
    assert desk.runner.state.groups["G1"].lifecycle == "HEDGE_SUBMITTED"
    await desk.close()


async def test_after_a_failed_commit_not_even_time_reaches_the_core(path: Path) -> None:
    clock = StillClock()
    desk = await Desk.open(path, clock=clock)
    await desk.submit("G1")
    _Broken(desk)
    await desk.submit("G2")
    asked = len(desk.broker.asked)
    wake_ns = runner.machine.next_wake_mono_ns(desk.runner.state)
    assert wake_ns is not None
    clock.now_ns = wake_ns + 10**12
    assert await desk.runner.step() is False
    assert len(desk.broker.asked) == asked
    await desk.close()


@pytest.mark.logs_warnings
async def test_a_fault_in_the_core_stops_trading(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await Desk.open(path)

    def fault(*args: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(runner.machine, "handle", fault)
    answer = (await desk.submit()).result()
    assert not answer.accepted  # type: ignore[attr-defined]
    assert desk.broker.sent == []
    assert "a fault in the engine: ZeroDivisionError" in desk.runner.stopped_why
    await desk.close()


class _Stop(BaseException):
    pass


class _StopAt:
    def __init__(self, point: Point) -> None:
        self.point = point
        self.armed = False

    def passing(self, point: Point) -> None:
        if self.armed and point is self.point:
            raise _Stop


@pytest.mark.parametrize(
    ("point", "durable", "sent"),
    [
        (Point.BEFORE_COMMIT, False, 0),
        (Point.AFTER_COMMIT, True, 0),
        (Point.AFTER_SEND, True, 1),
    ],
)
async def test_where_a_crash_hits_decides_what_is_left(
    path: Path, point: Point, durable: bool, sent: int
) -> None:
    stop = _StopAt(point)
    desk = await Desk.open(path, checkpoints=stop)
    stop.armed = True
    with pytest.raises(_Stop):
        await desk.submit()
    assert len(desk.broker.sent) == sent
    await desk.close()
    again = await Desk.open(path)
    assert ("G1" in again.runner.state.groups) is durable
    assert again.broker.sent == []
    if durable:
        assert again.runner.state.meta.phase is not Phase.ARMED
        assert set(again.runner.state.orphans) == {"G1/H1/1"}
    await again.close()


async def test_reports_can_be_interrupted_before_they_are_applied(path: Path) -> None:
    stop = _StopAt(Point.BEFORE_REPORTS_APPLIED)
    desk = await Desk.open(path, checkpoints=stop)
    await desk.submit()
    stop.armed = True
    desk.runner.deliver(HeartbeatReceived(2))
    await desk.settle()
    desk.runner.deliver(desk.report(1, 60, 60))
    with pytest.raises(_Stop):
        await desk.settle()
    await desk.close()


async def test_a_resend_after_a_restart_is_not_counted_again(path: Path) -> None:
    desk = await Desk.open(path)
    await desk.submit()
    report = desk.report(1, 60, 60)
    desk.runner.deliver(report)
    await desk.settle()
    await desk.close()
    again = await Desk.open(path)
    again.runner.deliver(report)
    await again.settle()
    state = again.runner.state
    assert state.orders["G1/H1/1"].cum_qty == 60
    assert state.meta.counts.duplicates == 1
    await again.close()


FORGETFUL = replace(CALM, closed_groups_kept=0)


async def _end_group(desk: Desk, group_id: str) -> ExecutionReport:
    """Submit and cancel; the cancel's confirmation, not yet delivered."""
    await desk.submit(group_id)
    order = desk.broker.sent[-1].cl_ord_id
    desk.runner.ask(CancelGroup(group=group_id))
    await desk.settle()
    return replace(
        trade(desk.broker.sent[-1].cl_ord_id, f"c-{group_id}", 0, 0),
        exec_type=ExecType.CANCELED,
        ord_status=OrdStatus.CANCELED,
        leaves_qty=Decimal(0),
        last_qty=None,
        orig_cl_ord_id=order,
    )


async def test_a_report_about_a_group_that_left_memory_finds_it(path: Path) -> None:
    desk = await Desk.open(path, FORGETFUL)
    desk.runner.deliver(await _end_group(desk, "G1"))
    await desk.settle()
    await desk.submit("G2")
    assert "G1" not in desk.runner.state.groups
    desk.runner.deliver(trade(desk.broker.sent[0].cl_ord_id, "late", 60, 60))
    await desk.settle()
    assert desk.runner.state.orders["G1/H1/1"].cum_qty == 60
    assert desk.runner.state.externals == {}
    read = connect_to_read(path)
    kinds = [entry.kind for entry in entries(read, record_codec())]
    read.close()
    assert "Recalled" in kinds
    refused = (await desk.submit("G1")).result()
    assert not refused.accepted  # type: ignore[attr-defined]
    await desk.close()


async def test_a_group_that_leaves_memory_in_the_same_cycle_is_found_too(path: Path) -> None:
    desk = await Desk.open(path, FORGETFUL)
    ended = await _end_group(desk, "G1")
    first = desk.broker.sent[0].cl_ord_id
    desk.runner.deliver(ended)
    for number in range(5):
        desk.runner.deliver(OrderHandedOver(f"nobody-{number}"))
    desk.runner.deliver(trade(first, "late", 60, 60))
    await desk.settle()
    assert desk.runner.state.orders["G1/H1/1"].cum_qty == 60
    assert desk.runner.state.externals == {}
    await desk.close()


async def test_what_changes_nothing_is_not_committed(path: Path) -> None:
    clock = StillClock()
    desk = await Desk.open(path, clock=clock)
    before = desk.runner.metrics.commits
    for number in range(100):
        clock.now_ns += 1
        quote = QuoteChanged("P1", CALM.leg_timeout_s, CALM.leg_timeout_s, None, CALM.realarm_s)
        desk.runner.deliver(quote)
        desk.runner.deliver(HeartbeatReceived(10 + number))
        await desk.settle()
    assert desk.runner.metrics.commits == before
    assert desk.runner.market.symbols() == ("P1",)
    await desk.submit()
    read = connect_to_read(path)
    kinds = [entry.kind for entry in entries(read, record_codec())]
    read.close()
    assert kinds.count("QuoteChanged") == 1
    assert kinds.count("HeartbeatReceived") == 1
    await desk.close()


async def test_too_many_inputs_without_effect_are_journaled_by_themselves(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passed, "KEPT_MAX", 5)
    desk = await Desk.open(path)
    before = desk.runner.metrics.commits
    for number in range(5):
        desk.runner.deliver(OrderHandedOver(f"unknown-{number}"))
        await desk.settle()
    assert desk.runner.metrics.commits == before + 1
    await desk.close()


@pytest.mark.logs_warnings
async def test_a_listener_that_raises_does_not_stop_the_others(path: Path) -> None:
    desk = await Desk.open(path)
    told: list[Changes] = []

    def bad(changes: Changes) -> None:
        raise ValueError("no thanks")

    desk.runner.listeners.subscribe(bad)
    unsubscribe = desk.runner.listeners.subscribe(told.append)
    await desk.submit()
    assert any("G1" in changes.groups for changes in told)
    assert any(changes.orders == {"G1/H1/1"} for changes in told)
    assert desk.runner.listeners.failures > 0
    assert any("no thanks" in line.text for line in desk.runner.log.after(0))
    unsubscribe()
    count = len(told)
    await desk.submit("G2")
    assert len(told) == count
    await desk.close()


async def test_a_command_with_an_id_under_way_is_refused(path: Path) -> None:
    desk = await Desk.open(path)
    first = desk.runner.ask(SubmitGroup(command_id="mine", group=request("G1")))
    second = desk.runner.ask(SubmitGroup(command_id="mine", group=request("G2")))
    await desk.settle()
    assert first.result().accepted
    assert "under way already" in second.result().reason
    await desk.close()
