"""A loop that hangs shows: the glance line's instant stands still."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine import Engine, EngineConfig
from tests.ui.scripted_broker import ScriptedBroker


async def test_the_beat_goes_on_when_idle_and_stands_still_when_the_disk_hangs(
    tmp_path: Path,
) -> None:
    engine = Engine(tmp_path / "desk.db", ScriptedBroker(), EngineConfig())
    await engine.start()
    try:
        first = engine.status().wall_ns
        await asyncio.sleep(1.2)
        second = engine.status().wall_ns
        assert second > first
        runner = engine._runner
        hang = asyncio.Event()

        async def stuck(*_: object, **__: object) -> int:
            await hang.wait()
            return 0

        runner._fold_log = stuck  # type: ignore[method-assign, assignment]
        await asyncio.sleep(0.8)
        third = engine.status().wall_ns
        await asyncio.sleep(0.8)
        assert engine.status().wall_ns == third
        hang.set()
    finally:
        await engine.stop()
