"""``engine.durable_reports_per_s`` and ``growth.ratio``: reports through shell and SQLite, FULL.

Owns: these figures. May not: leave a file behind. All reports wait in the inbox, the runner's own
cycle takes them in batches; what is measured is the time until the last one is committed.
"""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import floors
from bench.results import Figure
from bench.rig import Rig, name_of
from bench.workload import Workload

TARGET = 20_000.0
TARGET_RATIO = 0.5
IN_THE_INBOX = 20_000


async def saturate(path: Path, workload: Workload) -> tuple[float, int]:
    """Seconds until all reports of the workload are durable, and how many there were."""
    rig = await Rig.open(path)
    await rig.submit(workload.requests())
    reports = list(workload.reports(name_of))
    gc.collect()
    begun = time.perf_counter()
    for first in range(0, len(reports), IN_THE_INBOX):
        for report in reports[first : first + IN_THE_INBOX]:
            rig.runner.deliver(report)
        await rig.settle()
    took = time.perf_counter() - begun
    assert rig.runner.inbox.lost == 0
    await rig.close()
    return took, len(reports)


async def _recorded(path: Path, workload: Workload) -> tuple[list[list[floors.Statement]], int]:
    """The transactions that the engine writes for the workload's reports."""
    rig = await Rig.open(path)
    await rig.submit(workload.requests())
    reports = list(workload.reports(name_of))
    with floors.Recording() as recording:
        for report in reports:
            rig.runner.deliver(report)
        await rig.settle()
    await rig.close()
    return recording.transactions, len(reports)


def _bytes_of(transactions: list[list[floors.Statement]]) -> int:
    return sum(
        len(value) if isinstance(value, str) else 8
        for statements in transactions
        for _, values in statements
        for value in values
        if value is not None
    )


async def measure(rounds: int = 3, groups: int = 1_000) -> Iterator[Figure]:
    """The best of some rounds, and the floors measured between them."""
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        base = Path(folder)
        transactions, recorded = await _recorded(base / "recorded.db", Workload(groups))
        row_bytes = _bytes_of(transactions) // recorded
        best = same = rows = 0.0
        for number in range(rounds):
            took, reports = await saturate(base / f"run{number}.db", Workload(groups))
            best = max(best, reports / took)
            raw = floors.same_rows_per_s(base / f"same{number}.db", transactions, recorded)
            same = max(same, raw)
            rows = max(rows, floors.rows_per_s(base / f"rows{number}.db", row_bytes))
    name = "engine.durable_reports_per_s"
    note = f"floor: the same rows by raw sqlite3; {row_bytes} bytes a report"
    return iter(
        (
            Figure(name, best, "1/s", limit=TARGET, floor=same, note=note),
            Figure(
                f"{name}.one_row",
                best,
                "1/s",
                limit=TARGET,
                floor=rows,
                note=f"floor: one row of {row_bytes} bytes a report, two indexes, batches of 100",
            ),
        )
    )


def copy_settled(big: Path, copy: Path) -> None:
    """Copy, and wait until the copy is on disk: else each commit would wait for its bytes."""
    shutil.copyfile(big, copy)
    with copy.open("rb") as copied:
        os.fsync(copied.fileno())


async def growth(big: Path, rounds: int = 5, groups: int = 500) -> Iterator[Figure]:
    """The same on a database with a long past, divided by an empty one. The median of some pairs,
    each measured one right after the other and in turns the other way round: a machine that
    others use is faster for seconds and slower for seconds."""
    pairs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        base = Path(folder)
        for number in range(rounds):
            past, new = base / f"past{number}.db", base / f"new{number}.db"
            copy_settled(big, past)
            rates: dict[Path, float] = {}
            for path in (past, new) if number % 2 else (new, past):
                took, reports = await saturate(path, Workload(groups, prefix=f"N{number}"))
                rates[path] = reports / took
            pairs.append((rates[past], rates[new]))
            past.unlink()
    ratio = statistics.median(past / new for past, new in pairs)
    note = "; ".join(f"{past:,.0f} with the past, {new:,.0f}/s without" for past, new in pairs)
    return iter((Figure("growth.ratio", ratio, "1", limit=0.9, note=note),))
