"""Without a window: the printed log and the idle watch."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from desk import headless, submission
from desk.headless import Progress, wait_until_idle
from desk.submission import submit_when_armed
from engine import Changes, Engine, GroupRequest, LogLine, Phase, parse_group
from tests.desk.fake_engine import FakeEngine, detail, status
from tests.desk.processes import PATIENCE_S
from tests.desk.test_requests import group


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (headless, submission):
        monkeypatch.setattr(module, "POLL_S", 0.005)
    monkeypatch.setattr(headless, "QUIET_S", 0.03)


def as_engine(fake: FakeEngine) -> Engine:
    return cast(Engine, fake)


async def test_log_lines_are_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    engine = FakeEngine()
    engine.lines.append(LogLine(0, "INFO", "before"))
    progress = Progress(as_engine(engine))
    engine.lines.append(LogLine(1_500_000_000, "INFO", "G1 created"))
    for changes in (Changes(log=True), Changes(status=True), Changes(log=True)):
        engine.listeners[0](changes)
    await progress.end()
    assert engine.listeners == []
    assert capsys.readouterr().out == "00:00:01.500 G1 created\n"


@pytest.mark.parametrize(
    "busy",
    [
        status(live_groups=2, needs_me=1),
        status(phase=Phase.RESOLVING),
        status(phase=Phase.RECOVERING),
        status(queue_depth=1),
    ],
)
async def test_what_is_at_work_is_waited_for(busy: object) -> None:
    engine = FakeEngine()
    engine.status_now = busy  # type: ignore[assignment]
    waiting = asyncio.ensure_future(wait_until_idle(as_engine(engine), asyncio.Event()))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    engine.status_now = status()
    assert await asyncio.wait_for(waiting, PATIENCE_S) == "idle: no group is at work"


async def test_a_group_that_waits_for_the_trader_is_said() -> None:
    engine = FakeEngine()
    engine.status_now = status(live_groups=1, needs_me=1)
    assert "1 wait for the trader" in await wait_until_idle(as_engine(engine), asyncio.Event())


async def test_when_the_market_is_over_nothing_is_at_work_any_more() -> None:
    engine = FakeEngine()
    engine.status_now = status(live_groups=2, needs_me=1)
    over = asyncio.Event()
    over.set()
    reason = await wait_until_idle(as_engine(engine), over)
    assert reason == "the quotes have ended, 1 wait for the trader"


async def test_groups_and_escalations_are_printed_when_they_move(
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = FakeEngine()
    engine.details["G1"] = detail("G1")
    Progress(as_engine(engine))
    changes = Changes(groups=frozenset({"G1"}), escalations=frozenset({1}))
    engine.listeners[0](changes)
    engine.listeners[0](changes)
    assert capsys.readouterr().out.splitlines() == [
        "00:00:00.000 G1: EMERGENCY_HEDGED",
        "00:00:00.000 escalation 1 WARNING HEDGE_PARTIAL RESOLVED: =40 of 100 were short",
    ]


async def test_a_stopped_engine_ends_the_run() -> None:
    engine = FakeEngine()
    engine.status_now = status(phase=Phase.STOPPED, stopped_why="the disk is full")
    assert (
        await wait_until_idle(as_engine(engine), asyncio.Event())
        == "the engine stopped: the disk is full"
    )


def basket(*names: str) -> tuple[GroupRequest, ...]:
    return tuple(parse_group(group(name)) for name in names)


async def test_the_basket_waits_until_the_engine_is_armed() -> None:
    engine = FakeEngine()
    engine.status_now = status(phase=Phase.RESOLVING)
    task = asyncio.ensure_future(submit_when_armed(as_engine(engine), basket("G1"), "ann"))
    await asyncio.sleep(0.05)
    assert engine.commands == []
    engine.status_now = status()
    await asyncio.wait_for(task, PATIENCE_S)
    assert len(engine.commands) == 1


async def test_after_a_restart_only_the_rest_of_the_basket_is_submitted() -> None:
    engine = FakeEngine()
    engine.details["G1"] = detail("G1")
    await submit_when_armed(as_engine(engine), basket("G1", "G2"), "ann")
    assert [command.group.group_id for command in engine.commands] == ["G2"]  # type: ignore[attr-defined]
