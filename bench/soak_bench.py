"""``soak.rss_slope_mb_per_min`` and ``soak.slowdown``: hours in small.

Owns: these figures. May not: keep the workload in memory: reports are made as they are due, by
groups that open and close all the time.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.feeder import Feeder
from bench.results import Figure
from bench.rig import Rig, name_of
from bench.workload import Workload
from engine.core.commands import SubmitGroup
from engine.core.events import ExecutionReport

RATE = 2_000.0
LIMIT_MB = 1.0
PORTION = 200
WARM_SHARE = 0.5


def rss_mb() -> float:
    """Resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def slope_per_min(samples: list[tuple[float, float]]) -> float:
    """The slope of (seconds, value) by least squares, a minute."""
    if len(samples) < 2:
        return 0.0
    return statistics.linear_regression(*zip(*samples, strict=True)).slope * 60


class Opening:
    """Groups that are submitted in portions as the reports of the former ones run out."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._number = 0
        self._now: Iterator[ExecutionReport] = iter(())
        self._next = self._open()

    def _open(self) -> Workload:
        self._number += 1
        workload = Workload(PORTION, seed=self._number, prefix=f"S{self._number:04d}x")
        for request in workload.requests():
            self._rig.runner.ask(SubmitGroup(group=request))
        return workload

    def report(self) -> ExecutionReport:
        """The next report; a portion is asked for one portion before it is needed."""
        report = next(self._now, None)
        while report is None:
            self._now = self._next.reports(name_of)
            self._next = self._open()
            report = next(self._now, None)
        return report


async def measure(seconds: float = 30.0) -> Iterator[Figure]:
    """Memory and decision time while groups open and close."""
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        rig = await Rig.open(Path(folder) / "soak.db")
        opening = Opening(rig)
        await rig.settle()
        samples: list[tuple[float, float]] = []
        decisions: list[tuple[float, float]] = []
        begun = time.perf_counter()

        def arrived(instant_ns: int, is_probe: bool) -> None:
            if not is_probe:
                rig.runner.deliver(opening.report())
                return
            at = time.perf_counter() - begun
            samples.append((at, rss_mb()))
            took = rig.runner.metrics.commit.quantile_ms(time.monotonic_ns(), 0.5)
            if took is not None:
                decisions.append((at, took))

        running = asyncio.ensure_future(rig.runner.run())
        await Feeder(arrived).run(RATE, 0.25, seconds)
        rig.runner.finish()
        await running
        await rig.settle()
        await rig.close()
        size_mb = sum(p.stat().st_size for p in Path(folder).iterdir()) / 2**20
        groups = len(rig.runner.state.groups)
    warm = [each for each in samples if each[0] >= seconds * WARM_SHARE]
    note = f"{seconds:.0f} s, the slope of the second half; {samples[-1][1]:.0f} MB at the end"
    half = len(decisions) // 4 or 1
    slower = statistics.median(t for _, t in decisions[-half:]) / statistics.median(
        t for _, t in decisions[:half]
    )
    closed = max(1, opening._number * PORTION)
    return iter(
        (
            Figure("soak.rss_slope_mb_per_min", slope_per_min(warm), "MB/min", LIMIT_MB, note=note),
            Figure("soak.slowdown", slower, "1", None, None, "commit p50, last quarter ÷ first"),
            Figure(
                "soak.database_kb_per_group", size_mb * 1024 / closed, "KiB", None, None,
                f"{closed} groups, {groups} in memory",
            ),
        )
    )  # fmt: skip
