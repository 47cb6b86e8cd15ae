"""Notifications: each escalation is told once a level, retried with a bound, and a failure is
shown. The delivery is a recording stand-in; Apprise itself is not under test."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from desk import notify
from desk.config import read_config
from desk.errors import UserError
from desk.notify import Notifier, NotifySettings, body_of, title_of
from engine import (
    Changes,
    EscalationKind,
    EscalationState,
    EscalationView,
    Severity,
    Side,
)
from tests.desk.processes import PATIENCE_S

VIEW = EscalationView(
    number=1,
    kind=EscalationKind.HEDGE_DEPTH_EXCEEDED,
    severity=Severity.CRITICAL,
    group_id="G1",
    leg_id="H1",
    symbol="P",
    side=Side.BUY,
    unfilled_qty=Decimal(10),
    proven_qty=Decimal(10),
    state=EscalationState.UNACKNOWLEDGED,
    level=1,
    raised_wall_ns=0,
    changed_wall_ns=0,
    text="3 hedge levels are used up; 10 remain",
    doing="waits for the trader",
    action_required="IMMEDIATE_MANUAL_HEDGE",
    order_ref="",
    owner="",
    acknowledgements=(),
)


class Desk:
    """The two things of the engine's that a notifier uses."""

    def __init__(self) -> None:
        self.views: dict[int, EscalationView] = {1: VIEW}
        self.lines: list[tuple[str, str]] = []

    def escalation(self, number: int) -> EscalationView | None:
        return self.views.get(number)

    def note(self, level: str, text: str) -> None:
        self.lines.append((level, text))


class Service:
    """Delivers as told: each outcome once, then True."""

    def __init__(self, *outcomes: bool | Exception) -> None:
        self.outcomes = list(outcomes)
        self.told: list[str] = []

    def __call__(self, title: str, body: str) -> bool:
        outcome = self.outcomes.pop(0) if self.outcomes else True
        if isinstance(outcome, Exception):
            raise outcome
        if outcome:
            self.told.append(title)
        return outcome


async def _run(desk: Desk, service: Service, *changes: Changes, least: str = "CRITICAL") -> None:
    settings = NotifySettings(("json://localhost",), Severity(least))
    notifier = Notifier(desk, settings, service)  # type: ignore[arg-type]
    tell = notifier._tell
    ended: list[EscalationView] = []

    async def counted(view: EscalationView) -> None:
        await tell(view)
        ended.append(view)

    notifier._tell = counted  # type: ignore[method-assign]
    for each in changes:
        notifier.note(each)
    queued = notifier._queue.qsize()
    task = asyncio.create_task(notifier.run())
    async with asyncio.timeout(PATIENCE_S):
        while len(ended) < queued:
            await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "WAITS_S", (0.0, 0.0, 0.0))


NEWS = Changes(escalations=frozenset({1}))


async def test_an_escalation_is_told_once_a_level() -> None:
    desk, service = Desk(), Service()
    await _run(desk, service, NEWS, NEWS)
    assert service.told == ["CRITICAL HEDGE_DEPTH_EXCEEDED G1/H1"]
    settings = NotifySettings(("x",))
    notifier = Notifier(desk, settings, service)  # type: ignore[arg-type]
    notifier.note(NEWS)
    desk.views[1] = replace(VIEW, level=2)
    notifier.note(NEWS)
    assert notifier._queue.qsize() == 2


async def test_what_is_too_light_or_seen_is_not_told() -> None:
    desk, service = Desk(), Service()
    desk.views[1] = replace(VIEW, severity=Severity.WARNING)
    await _run(desk, service, NEWS)
    desk.views[1] = replace(VIEW, state=EscalationState.ACKNOWLEDGED)
    await _run(desk, service, NEWS)
    assert service.told == []
    desk.views[1] = replace(VIEW, severity=Severity.WARNING)
    await _run(desk, service, NEWS, least="WARNING")
    assert len(service.told) == 1


@pytest.mark.logs_warnings
async def test_a_failure_is_retried_with_a_bound_and_then_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk, service = Desk(), Service(False, OSError("no route"), False, True)
    await _run(desk, service, NEWS)
    assert len(service.told) == 1 and desk.lines == []
    gone = Service(*[OSError("no route")] * 4)
    await _run(desk, gone, NEWS)
    assert gone.outcomes == [] and gone.told == []
    assert "was not told" in caplog.text
    assert desk.lines[0][0] == "ERROR" and "no route" in desk.lines[0][1]


def test_what_is_told_says_what_to_do() -> None:
    assert title_of(VIEW) == "CRITICAL HEDGE_DEPTH_EXCEEDED G1/H1"
    assert "required: IMMEDIATE_MANUAL_HEDGE" in body_of(VIEW)
    assert "BUY 10 P" in body_of(VIEW)


def test_settings_are_read_strictly(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text('[notify]\nurls = ["json://localhost"]\nleast = "WARNING"\n')
    settings = read_config(file, must_exist=True).notify
    assert settings == NotifySettings(("json://localhost",), Severity.WARNING)
    file.write_text('[notify]\nurls = "json://localhost"\n')
    with pytest.raises(UserError, match=r"notify\.urls"):
        read_config(file, must_exist=True)
