"""The cycle collector's policy: no full run by itself, nothing leaks for good."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from desk import collector as module
from desk.collector import Collector


class Knot:
    """Garbage that only the cycle collector can see."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def collector() -> Iterator[Collector]:
    before = gc.get_threshold()
    made = Collector(lambda: True)
    made.begin()
    yield made
    asyncio.run(made.end())
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_no_full_run_comes_by_itself(collector: Collector) -> None:
    full: list[str] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if info["generation"] == 2:
            full.append(phase)

    gc.callbacks.append(note)
    try:
        kept = [[number] for number in range(400_000)]
    finally:
        gc.callbacks.remove(note)
    assert len(kept) == 400_000
    assert full == []


def test_a_sweep_collects_the_young_and_walks_over_them_once(collector: Collector) -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    del knot
    collector.sweep()
    assert gone() is None
    assert len(gc.get_objects()) < gc.get_freeze_count()


def test_frozen_garbage_goes_with_the_renewal(collector: Collector) -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    collector.sweep()
    del knot
    collector.sweep()
    assert gone() is not None, "it is frozen: no sweep walks over it again"
    collector.renew()
    assert gone() is None


@pytest.mark.parametrize(("idle", "renewals"), [(True, 1), (False, 0)])
def test_it_renews_only_when_nothing_is_at_work(
    monkeypatch: pytest.MonkeyPatch, idle: bool, renewals: int
) -> None:
    made: list[str] = []
    monkeypatch.setattr(module, "SWEEP_EACH_S", 0.001)
    monkeypatch.setattr(module, "RENEW_EACH_S", 0.01)
    collector = Collector(lambda: idle)
    monkeypatch.setattr(collector, "renew", lambda: made.append("renewed"))
    monkeypatch.setattr(collector, "sweep", lambda: None)

    async def a_while() -> None:
        task = asyncio.ensure_future(collector.run())
        for _ in range(500):
            await asyncio.sleep(0.001)
            if made:
                break
            if not idle and asyncio.get_running_loop().time() > started + 0.1:
                break
        task.cancel()

    async def begin() -> None:
        nonlocal started
        started = asyncio.get_running_loop().time()
        await a_while()

    started = 0.0
    asyncio.run(begin())
    assert bool(made) == bool(renewals)
