"""Background tasks: kept, reported, ended."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from desk.spawn import Tasks
from tests.desk.processes import PATIENCE_S


async def test_a_task_nobody_holds_runs_to_its_end() -> None:
    done = asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        gc.collect()
        done.set()

    Tasks().spawn("work", work())
    await asyncio.wait_for(done.wait(), PATIENCE_S)


@pytest.mark.logs_warnings
async def test_a_failure_is_reported_with_its_name(caplog: pytest.LogCaptureFixture) -> None:
    reported: list[tuple[str, str]] = []

    async def fails() -> None:
        raise ValueError("broken")

    tasks = Tasks(lambda name, error: reported.append((name, str(error))))
    await asyncio.wait([tasks.spawn("poller", fails())])
    await asyncio.sleep(0)
    assert reported == [("poller", "broken")]
    assert "the task poller failed" in caplog.text


async def test_the_end_cancels_what_runs_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks()
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cleaned up")

    tasks.spawn("waits", waits())
    await asyncio.sleep(0)
    await tasks.cancel_all()
    assert ended == ["cleaned up"]
    assert caplog.record_tuples == [] or all(r[1] < logging.WARNING for r in caplog.record_tuples)
