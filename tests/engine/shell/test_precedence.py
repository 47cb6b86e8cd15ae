"""A hedge does not wait for a thousand acknowledgements: what is urgent goes first, safely."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from shell_kit import CALM, Desk, RecordingBroker, StillClock, trade

from engine.core.commands import CancelGroup
from engine.core.decisions import SendOrder
from engine.core.events import ExecutionReport, HeartbeatReceived, TimePassed
from engine.core.model import EngineConfig
from engine.core.terms import EscalationKind, ExecType, OrdStatus, Purpose
from engine.shell import precedence

D = Decimal
GROUPS = tuple(f"G{number}" for number in range(1, 7))


class Told(RecordingBroker):
    """A broker that can send again whatever it was not told is durable."""

    def __init__(self) -> None:
        super().__init__()
        self.durable: list[object] = []

    def committed(self, inputs: list[object]) -> None:
        self.durable += [each for each in inputs if isinstance(each, ExecutionReport)]


class Ticking(StillClock):
    """Each reading is later than the one before."""

    def mono_ns(self) -> int:
        self.now_ns += 1
        return self.now_ns


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Six groups with their hedge orders out, and precedence from four inputs on."""
    monkeypatch.setattr(precedence, "AHEAD_MIN", 3)
    monkeypatch.setattr(precedence, "BATCH", 4)
    monkeypatch.setattr(precedence, "BATCH_MAX", 8)
    desk = await Desk.open(tmp_path / "desk.db", clock=Ticking(), broker=Told())
    for group in GROUPS:
        await desk.submit(group)
    _broker(desk).durable.clear()
    return desk


def _broker(desk: Desk) -> Told:
    assert isinstance(desk.broker, Told)
    return desk.broker


def _name(desk: Desk, group: str) -> str:
    return desk.runner.state.orders[f"{group}/H1/1"].cl_ord_id


def _fill(desk: Desk, group: str, number: int) -> ExecutionReport:
    return trade(_name(desk, group), f"{group}-{number}", 1, number)


def _ends(desk: Desk, group: str, cum: int = 0) -> ExecutionReport:
    """The venue ends the hedge order short: the rest must be hedged."""
    return ExecutionReport(
        _name(desk, group), f"{group}-end", ExecType.CANCELED, OrdStatus.CANCELED, D(cum), D(0),
        server_time_ns=3,
    )  # fmt: skip


def _hedged(desk: Desk) -> list[str]:
    """Groups for which an emergency hedge was sent, in this order."""
    return [
        message.ref.split("/")[0]
        for message in desk.broker.sent
        if isinstance(message, SendOrder) and message.purpose is Purpose.EMERGENCY_HEDGE
    ]


async def test_the_hedge_leaves_before_the_others_reports_are_read(desk: Desk) -> None:
    for number in range(1, 9):
        for group in GROUPS[:4]:
            desk.runner.deliver(_fill(desk, group, number))
    desk.runner.deliver(_fill(desk, "G5", 1))
    desk.runner.deliver(_ends(desk, "G5", 1))
    waiting = len(desk.runner.inbox)
    await desk.runner.step()
    assert _hedged(desk) == ["G5"]
    sent = desk.broker.sent[-1]
    assert sent.quantity == 99  # the fill that waited before the end was counted first
    assert len(desk.runner.inbox) >= waiting - 2
    await desk.settle()
    assert [desk.runner.state.orders[f"{g}/H1/1"].cum_qty for g in GROUPS[:4]] == [8, 8, 8, 8]
    await desk.close()


async def test_few_inputs_are_taken_as_they_came(desk: Desk) -> None:
    desk.runner.deliver(_fill(desk, "G1", 1))
    desk.runner.deliver(_fill(desk, "G2", 1))
    desk.runner.deliver(_ends(desk, "G5"))
    await desk.runner.step()
    assert desk.runner.precedence.went_first == 0
    assert _hedged(desk) == ["G5"]
    await desk.close()


async def test_the_others_go_on_whatever_comes(desk: Desk) -> None:
    """As long as urgent inputs come, every second cycle is the others'."""
    for number in range(1, 61):
        desk.runner.deliver(_fill(desk, "G1", number))
    for group, next_one in (("G2", "G3"), ("G4", "G5")):
        before = desk.runner.state.orders["G1/H1/1"].cum_qty
        desk.runner.deliver(_ends(desk, group))
        await desk.runner.step()
        assert desk.runner.state.orders["G1/H1/1"].cum_qty == before
        desk.runner.deliver(_ends(desk, next_one))
        await desk.runner.step()
        assert desk.runner.state.orders["G1/H1/1"].cum_qty > before
        await desk.runner.step()
        await desk.runner.step()
    await desk.settle()
    assert _hedged(desk) == ["G2", "G3", "G4", "G5"]
    await desk.close()


async def test_a_cycle_under_way_makes_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something urgent comes while a large cycle decides: the cycle ends, commits what it has,
    and the urgent one is next; nothing is decided twice."""
    for number in range(1, 15):
        desk.runner.deliver(_fill(desk, "G1", number))
    handle = desk.runner._handle
    seen: list[object] = []

    def handled(cycle: object, envelope: object) -> None:
        seen.append(envelope.body)  # type: ignore[attr-defined]
        handle(cycle, envelope)  # type: ignore[arg-type]
        if len(seen) == 2:
            desk.runner.deliver(_ends(desk, "G5"))

    monkeypatch.setattr(desk.runner, "_handle", handled)
    await desk.runner.step()
    assert len(seen) == precedence.AHEAD_MIN
    await desk.runner.step()
    assert _hedged(desk) == ["G5"]
    await desk.settle()
    reports = [body for body in seen if isinstance(body, ExecutionReport)]
    assert len(reports) == len({id(body) for body in reports}) == 15
    assert desk.runner.state.orders["G1/H1/1"].cum_qty == 14
    await desk.close()


async def test_an_adapter_is_told_in_order_of_arrival(desk: Desk) -> None:
    """It takes the word on one input for all before it: what was overtaken is not durable yet."""
    came = [_fill(desk, "G1", number) for number in range(1, 13)]
    came += [_ends(desk, "G5"), _fill(desk, "G2", 1)]
    for report in came:
        desk.runner.deliver(report)
    while True:
        more = await desk.runner.step()
        assert _broker(desk).durable == came[: len(_broker(desk).durable)]
        waiting = {id(each.body) for each in desk.runner.inbox._waiting}
        assert not waiting & {id(each) for each in _broker(desk).durable}
        if not more:
            break
    assert _broker(desk).durable == came
    assert desk.runner.precedence.went_first == 1
    await desk.close()


async def test_a_wake_up_is_not_put_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is about everything, so nothing would go ahead of it; another one comes anyway."""
    for number in range(1, 5):
        desk.runner.deliver(_fill(desk, "G1", number))
    desk.runner._clock.now_ns += 10**10  # type: ignore[attr-defined]
    handle = desk.runner._handle

    def handled(cycle: object, envelope: object) -> None:
        if not desk.runner.inbox.urgent_came:
            desk.runner.deliver(_ends(desk, "G5"))
        handle(cycle, envelope)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.runner, "_handle", handled)
    await desk.runner.step()
    waiting = [each.body for each in desk.runner.inbox._waiting]
    assert waiting
    assert not any(isinstance(body, TimePassed) for body in waiting)
    await desk.close()


async def test_a_traders_cancel_does_not_wait_for_the_others(desk: Desk) -> None:
    for number in range(1, 31):
        desk.runner.deliver(_fill(desk, "G1", number))
    answer = desk.runner.ask(CancelGroup(group="G5"))
    await desk.runner.step()
    assert answer.done()
    assert answer.result().accepted
    assert desk.runner.state.orders["G1/H1/1"].cum_qty == 0
    await desk.close()


async def test_an_overfill_is_escalated_first(desk: Desk) -> None:
    for number in range(1, 31):
        desk.runner.deliver(_fill(desk, "G1", number))
    over = trade(_name(desk, "G5"), "over", 101, 101)
    desk.runner.deliver(
        ExecutionReport(
            over.cl_ord_id, over.exec_id, over.exec_type, over.ord_status, over.cum_qty,
            over.leaves_qty, order_qty=D(100), last_qty=over.last_qty, last_px=over.last_px,
        )
    )  # fmt: skip
    await desk.runner.step()
    kinds = {each.kind for each in desk.runner.state.escalations.values()}
    assert EscalationKind.OVERFILL in kinds
    await desk.close()


async def test_a_heartbeat_that_was_overtaken_sets_no_clock_back(desk: Desk) -> None:
    """Two answers with stamps below the newest would mean that the broker's clock was set back,
    had they been made after it."""
    for stamp in (10, 11, 12, 13):
        desk.runner.deliver(HeartbeatReceived(stamp))
    late = _ends(desk, "G5")
    object.__setattr__(late, "server_time_ns", 1_000_000)
    desk.runner.deliver(late)
    await desk.settle()
    assert desk.runner.precedence.went_first == 1
    assert desk.runner.state.clock.now_ns == 1_000_000
    assert desk.runner.state.clock.offset_ns == 0
    await desk.close()


async def test_time_does_not_overtake_what_arrived(tmp_path: Path) -> None:
    """A broker without stamps: waits run on our clock, and the fill that arrived before the wait
    was over stands in a long queue. It must be counted before the wait is judged."""
    clock = StillClock()
    config = EngineConfig(leg_timeout_s=D(1), silent_after_s=CALM.silent_after_s)
    desk = await Desk.open(tmp_path / "desk.db", config, clock=clock, broker=Stampless())
    await desk.submit("G1")
    await desk.submit("G2")
    clock.now_ns += 10**8
    for _ in range(precedence.BATCH):
        desk.runner.deliver(_stampless(trade(_name(desk, "G2"), "x", 1, 1)))
    desk.runner.deliver(_stampless(trade(_name(desk, "G1"), "e", 100, 100)))
    clock.now_ns += 10**10
    await desk.runner.step()
    assert not desk.runner.state.orders["G1/H1/1"].requests
    await desk.settle()
    assert desk.runner.state.orders["G1/H1/1"].cum_qty == 100
    assert not desk.runner.state.orders["G1/H1/1"].requests
    assert desk.runner.state.orders["G2/H1/1"].requests
    await desk.close()


class Stampless(RecordingBroker):
    """A broker whose messages carry no time."""

    async def start(self, deliver: object) -> None:
        await super().start(lambda event: deliver(_stampless(event)))  # type: ignore[operator]


def _stampless(event: object) -> object:
    if getattr(event, "server_time_ns", None) is not None:
        object.__setattr__(event, "server_time_ns", None)
    return event
