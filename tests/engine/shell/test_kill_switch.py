"""The kill beside the loop: a real engine and database, a loop or a store that stands still."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from engine.core.commands import KillPart, ReleaseKill, SubmitGroup
from engine.core.decisions import SendCancel, SendOrder
from engine.core.events import ExecutionReport, OrderHandedOver, SendFailed
from engine.core.terms import ExecType, KillScope, OrdStatus, Phase, RequestState
from engine.shell import direct_cancels, kill_file, kill_switch
from engine.shell.kill_report import KillOutcome, KillWish
from engine.shell.kill_switch import KillSwitch
from engine.store.working import working_orders
from tests.engine.shell.shell_kit import D, Desk, RecordingBroker, request

pytestmark = pytest.mark.logs_warnings
WISH = KillWish("ann", "drill", kill_id="k1")


class Bypass(RecordingBroker):
    """A broker with a way beside the loop; ``outcome`` may fail."""

    def __init__(self) -> None:
        super().__init__()
        self.direct: list[SendCancel] = []
        self.noted_before: bool | None = None
        self.database = Path()
        self.outcome: Callable[[SendCancel], OrderHandedOver | SendFailed] = lambda message: (
            OrderHandedOver(message.cl_ord_id)
        )

    def cancel_directly(self, cancels: Sequence[SendCancel]) -> list[OrderHandedOver | SendFailed]:
        assert threading.current_thread() is not threading.main_thread()
        self.noted_before = bool(kill_file.standing(self.database))
        self.direct += cancels
        return [self.outcome(each) for each in cancels]


class Rig:
    """A desk with two working orders, its loop running, and its kill switch."""

    def __init__(self, desk: Desk, broker: Bypass, path: Path) -> None:
        self.desk, self.broker, self.path = desk, broker, path
        self.switch = KillSwitch(desk.runner, broker, path)
        self.loop = asyncio.create_task(desk.runner.run())

    async def throw(self, wish: KillWish = WISH) -> KillOutcome:
        return await asyncio.to_thread(self.switch.throw, wish)

    def throw_while_hanging(self, wish: KillWish = WISH) -> KillOutcome:
        """This is the loop's thread: while it waits here, the loop hangs."""
        told: list[KillOutcome] = []
        thread = threading.Thread(target=lambda: told.append(self.switch.throw(wish)))
        thread.start()
        thread.join(20)
        return told[0]

    async def settle(self) -> None:
        while self.desk.runner.gate.is_shut or len(self.desk.runner.inbox):
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)

    def cancels(self) -> list[str]:
        return [each.ref for each in self.broker.sent if isinstance(each, SendCancel)]

    async def close(self) -> None:
        self.desk.runner.finish()
        await self.loop
        await self.desk.close()


async def opened(path: Path, broker: RecordingBroker | None = None) -> Rig:
    broker = broker if broker is not None else Bypass()
    desk = await Desk.open(path, broker=broker)
    if isinstance(broker, Bypass):
        broker.database = path
    return Rig(desk, broker, path)  # type: ignore[arg-type]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    made = await opened(tmp_path / "desk.db")
    for group in ("G1", "G2"):
        answer = await made.desk.runner.ask(SubmitGroup(group=request(group)))
        assert answer.accepted, answer
    await made.settle()
    yield made
    await made.close()


async def test_a_loop_that_turns_does_it_itself(rig: Rig) -> None:
    outcome = await rig.throw()
    assert (outcome.accepted, outcome.by_engine, outcome.is_blocked) == (True, True, True)
    assert outcome.counts is not None
    assert (outcome.counts.asked, outcome.counts.unknown) == (2, ("G1/H1/1", "G2/H1/1"))
    assert not rig.broker.direct and not kill_file.standing(rig.path)
    assert not rig.desk.runner.gate.is_shut
    assert (await asyncio.to_thread(rig.switch.counts, WISH)) == outcome.counts


async def test_a_loop_that_hangs_is_passed_by(rig: Rig) -> None:
    outcome = rig.throw_while_hanging()
    assert (outcome.accepted, outcome.by_engine, outcome.is_blocked) == (True, False, True)
    assert outcome.is_durable and outcome.unsent == 0
    assert [each.ref for each in rig.broker.direct] == ["G1/H1/1", "G2/H1/1"]
    assert rig.broker.noted_before, "on disk before a cancel leaves"
    assert rig.desk.runner.state.meta.phase is Phase.ARMED, "the engine knows nothing of it yet"
    await rig.settle()
    state = rig.desk.runner.state
    assert (state.meta.phase, state.meta.killed_by) == (Phase.KILLED, "ann")
    assert rig.cancels() == [], "nothing is asked twice"
    (asked,) = state.orders["G1/H1/1"].requests
    assert asked.cl_ord_id == rig.broker.direct[0].cl_ord_id
    assert asked.intent.value == "SENT"
    assert not kill_file.standing(rig.path), "the engine's books have it"
    assert not rig.desk.runner.gate.is_shut, "the core blocks now"


async def test_an_answer_that_comes_at_once_finds_its_request(rig: Rig) -> None:
    """The broker confirms before the loop has turned, and names only the request."""
    loop = asyncio.get_running_loop()

    def confirm(message: SendCancel) -> OrderHandedOver:
        report = ExecutionReport(
            message.cl_ord_id, f"x{message.ref}", ExecType.CANCELED, OrdStatus.CANCELED, D(0), D(0)
        )
        loop.call_soon_threadsafe(rig.desk.runner.deliver, report)
        return OrderHandedOver(message.cl_ord_id)

    rig.broker.outcome = confirm
    rig.throw_while_hanging()
    await rig.settle()
    counts = await asyncio.to_thread(rig.switch.counts, WISH)
    assert counts is not None and (counts.confirmed, counts.unknown) == (2, ())
    assert not rig.desk.runner.state.rejected and not rig.desk.runner.state.externals


async def test_what_was_decided_before_does_not_leave_when_the_loop_wakes(rig: Rig) -> None:
    """A report that releases the risk order waits in the queue while the loop hangs."""
    rig.desk.runner.deliver(rig.desk.report(1, 100, 100))
    rig.throw_while_hanging()
    await rig.settle()
    orders = [each.ref for each in rig.broker.sent if isinstance(each, SendOrder)]
    assert orders == ["G1/H1/1", "G2/H1/1"], "no risk order left"
    assert rig.desk.runner.state.meta.phase is Phase.KILLED


async def test_a_store_that_stands_still_is_passed_by(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill_switch, "STORE_S", 0.2)
    lock = sqlite3.connect(rig.path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    outcome = await rig.throw()
    assert (outcome.by_engine, outcome.is_blocked, outcome.is_durable) == (False, True, True)
    assert len(rig.broker.direct) == 2
    lock.execute("ROLLBACK")
    lock.close()
    await rig.settle()
    state = rig.desk.runner.state
    assert state.meta.phase is Phase.KILLED
    assert rig.cancels() == ["G1/H1/1", "G2/H1/1"], "the engine's own follow; that harms nothing"
    counts = await asyncio.to_thread(rig.switch.counts, WISH)
    assert counts is not None and counts.asked == 2
    assert not kill_file.standing(rig.path)


async def test_an_engine_that_has_stopped_is_passed_by_at_once(rig: Rig) -> None:
    rig.desk.runner.stopped_why = "the disk is full"
    outcome = await rig.throw()
    assert outcome.accepted and not outcome.by_engine and outcome.is_durable
    assert len(rig.broker.direct) == 2
    (standing,) = kill_file.standing(rig.path)
    assert [each.cl_ord_id for each in standing.asked] == [e.cl_ord_id for e in rig.broker.direct]


async def test_the_next_start_takes_up_what_stands_beside_the_database(
    rig: Rig, tmp_path: Path
) -> None:
    rig.desk.runner.stopped_why = "the disk is full"
    await rig.throw()
    again = await Desk.open(rig.path)
    switch = KillSwitch(again.runner, again.broker, rig.path)
    switch.take_up()
    assert again.runner.gate.is_shut
    await again.settle()
    state = again.runner.state
    assert state.meta.killed_by == "ann", "the broker answers nothing: it is recovering still"
    assert state.orders["G1/H1/1"].requests[0].state is RequestState.OPEN
    assert not kill_file.standing(rig.path) and not again.runner.gate.is_shut
    released = again.runner.ask(ReleaseKill(user="ann", reason="over"))
    await again.settle()
    assert (await released).accepted
    await again.close()


async def test_a_disk_that_takes_nothing_stops_no_cancel_and_is_told(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(database: Path, thrown: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kill_file, "write", full)
    outcome = rig.throw_while_hanging()
    assert not outcome.is_durable and "No space left" in outcome.why_not_durable
    assert len(rig.broker.direct) == 2 and outcome.unsent == 0


async def test_a_disk_that_hangs_stops_no_cancel_and_leaves_no_kill_behind(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, real = threading.Event(), kill_file.write

    def slow(database: Path, thrown: object) -> Path:
        assert go_on.wait(20)
        return real(database, thrown)  # type: ignore[arg-type]

    monkeypatch.setattr(kill_file, "write", slow)
    monkeypatch.setattr(kill_switch, "FILE_S", 0.05)
    outcome = rig.throw_while_hanging()
    assert not outcome.is_durable and "within" in outcome.why_not_durable
    assert len(rig.broker.direct) == 2
    await rig.settle()
    go_on.set()
    async with asyncio.timeout(10):
        while any(each.name == "kill" for each in threading.enumerate()):
            await asyncio.sleep(0.01)
    assert not kill_file.standing(rig.path), "the engine had it before the disk did"


async def test_a_link_that_is_down_or_hangs_is_told(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.broker.outcome = lambda message: SendFailed(message.cl_ord_id, "no link", left=False)
    outcome = rig.throw_while_hanging()
    assert (outcome.unsent, outcome.counts and outcome.counts.asked) == (2, 0)
    await rig.settle()
    assert rig.desk.runner.state.orders["G1/H1/1"].requests[0].state is RequestState.REJECTED

    monkeypatch.setattr(direct_cancels, "DIRECT_S", 0.05)
    never = threading.Event()

    def hang(message: SendCancel) -> OrderHandedOver:
        never.wait(20)
        return OrderHandedOver(message.cl_ord_id)

    rig.broker.outcome = hang
    outcome = rig.throw_while_hanging(KillWish("ann", "again", kill_id="k2"))
    never.set()
    assert outcome.unsent == 2 and outcome.accepted
    await rig.settle()
    (_, second) = rig.desk.runner.state.orders["G1/H1/1"].requests
    assert second.state is RequestState.OPEN, "it may have left"


async def test_a_broker_without_a_way_beside_the_loop_says_so(tmp_path: Path) -> None:
    made = await opened(tmp_path / "desk.db", RecordingBroker())
    await made.desk.runner.ask(SubmitGroup(group=request("G1")))
    await made.settle()
    outcome = made.throw_while_hanging()
    assert outcome.is_blocked and outcome.is_durable and outcome.unsent == 1
    assert "runs in the loop that hangs" in outcome.text
    await made.settle()
    assert made.cancels() == ["G1/H1/1"], "asked as soon as it turns"
    await made.close()


async def test_where_the_database_cannot_be_read_memory_serves(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(path: Path) -> list[object]:
        time.sleep(1)
        return []

    monkeypatch.setattr(direct_cancels, "READ_S", 0.05)
    monkeypatch.setattr(direct_cancels, "working_orders", hang)
    outcome = rig.throw_while_hanging()
    assert [each.ref for each in rig.broker.direct] == ["G1/H1/1", "G2/H1/1"]
    assert "those in memory" in outcome.text


async def test_a_refused_kill_leaves_the_gate_open(rig: Rig) -> None:
    outcome = await rig.throw(KillWish("ann", "x", KillScope.GROUP, "G77", "k1"))
    assert not outcome.accepted and not outcome.is_blocked and "no group" in outcome.text
    assert not rig.desk.runner.gate.is_shut
    part = await rig.throw(KillWish("ann", "x", KillScope.GROUP, "G1", "k2"))
    assert part.accepted and part.counts is not None and part.counts.asked == 1
    again = await rig.throw(KillWish("ann", "x", KillScope.GROUP, "G1", "k3"))
    assert again.accepted and "killed already" in again.text


async def test_the_working_orders_are_those_that_are_durable(rig: Rig) -> None:
    found = working_orders(rig.path)
    assert [each.ref for each in found] == ["G1/H1/1", "G2/H1/1"]
    await rig.desk.runner.ask(KillPart("ann", "c", scope=KillScope.GROUP, target="G1", reason="x"))
    assert [len(each.requests) for each in working_orders(rig.path)] == [1, 0]
    rig.desk.runner.deliver(rig.desk.report(1, 100, 100))
    await rig.settle()
    assert [each.ref for each in working_orders(rig.path)] == ["G2/H1/1"]
