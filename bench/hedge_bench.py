"""``engine.hedge_latency_ms``: a report that needs a hedge arrives -> the hedge is handed over.

Owns: these figures, idle and under load, without a window. May not: count from anywhere but the
instant at which the venue's process wrote the report. The intent is durable when ``send`` is
called: that is the runner's order of work.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import floors
from bench.feeder import Feeder
from bench.probes import Probes
from bench.results import Figure, quantile
from bench.rig import Rig, name_of
from bench.workload import Workload

RATE = 5_000.0
IDLE_EACH_S = 0.02
LOADED_EACH_S = 0.05
LOADED_LIMIT_MS = 10.0
IDLE_LIMIT = 3.0


async def hedge_latency_ms(path: Path, rate: float, each_s: float, duration_s: float) -> Probes:
    """Probes each ``each_s`` while ``rate`` other reports a second arrive."""
    probes = Probes(int(duration_s / each_s) + 1, name_of)
    rig = await Rig.open(path)
    rig.venue.on_send = probes.on_send
    workload = Workload(int(rate * duration_s / 11) + 1)
    await rig.submit(workload.requests())
    await rig.submit(probes.requests())
    for report in probes.acknowledgements():
        rig.runner.deliver(report)
    await rig.settle()
    reports = iter(list(workload.reports(name_of)))

    def arrived(instant_ns: int, is_probe: bool) -> None:
        report = probes.next(instant_ns) if is_probe else next(reports, None)
        if report is not None:
            rig.runner.deliver(report)

    running = asyncio.ensure_future(rig.runner.run())
    await Feeder(arrived).run(rate, each_s, duration_s)
    rig.runner.finish()
    await running
    await rig.settle()
    await rig.close()
    return probes


async def loaded_ms(duration_s: float) -> list[float]:
    """What the window's figure is compared with."""
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        path = Path(folder) / "desk.db"
        return (await hedge_latency_ms(path, RATE, LOADED_EACH_S, duration_s)).took_ms


async def measure(duration_s: float = 8.0) -> Iterator[Figure]:
    """Idle and loaded, and one raw durable commit beside them."""
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        base = Path(folder)
        raw = floors.one_row_commits_ms(base / "raw.db")
        idle = await hedge_latency_ms(base / "idle.db", 0.0, IDLE_EACH_S, duration_s)
        raw += floors.one_row_commits_ms(base / "raw2.db")
        loaded = await hedge_latency_ms(base / "loaded.db", RATE, LOADED_EACH_S, duration_s)
        raw += floors.one_row_commits_ms(base / "raw3.db")
    name = "engine.hedge_latency_ms"
    floor, floor99 = quantile(raw, 0.5), quantile(raw, 0.99)
    note = f"of {len(idle.took_ms)}; floor: one raw durable commit"
    busy = f"of {len(loaded.took_ms)}, {loaded.missing} not handed over, at {RATE:,.0f} reports/s"
    return iter(
        (
            Figure(
                f"{name}.idle.p50", quantile(idle.took_ms, 0.5), "ms", IDLE_LIMIT * floor, floor,
                note,
            ),
            Figure(f"{name}.idle.p99", quantile(idle.took_ms, 0.99), "ms", None, floor99, note),
            Figure(f"{name}.loaded.p50", quantile(loaded.took_ms, 0.5), "ms", None, floor, busy),
            Figure(
                f"{name}.loaded.p99", quantile(loaded.took_ms, 0.99), "ms", LOADED_LIMIT_MS,
                floor99, busy,
            ),
        )
    )  # fmt: skip
