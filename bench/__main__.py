"""Runs the benchmarks, one JSON object a line: ``python -m bench [--only NAME …] [--full]``.

Owns: which benchmarks there are, in which order and how long. May not: judge (``check`` does).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bench import big_database, core_bench, durable_bench, hedge_bench, soak_bench, start_bench
from bench.results import Figure, keep, quantile

SHORT_GROUPS = 10_000
FULL_GROUPS = 100_000
WINDOW_TIMEOUT_S = 400.0


def core(given: argparse.Namespace) -> Iterable[Figure]:
    return core_bench.measure()


def durable(given: argparse.Namespace) -> Iterable[Figure]:
    return asyncio.run(durable_bench.measure())


def hedge(given: argparse.Namespace) -> Iterable[Figure]:
    return asyncio.run(hedge_bench.measure(given.seconds))


def soak(given: argparse.Namespace) -> Iterable[Figure]:
    return asyncio.run(soak_bench.measure(given.soak or (120.0 if given.full else 30.0)))


def past(given: argparse.Namespace) -> Iterator[Figure]:
    """What needs the large database."""
    groups = given.past or (FULL_GROUPS if given.full else SHORT_GROUPS)
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        path = Path(folder) / "past.db"
        big_database.make_past(path, groups)
        yield from asyncio.run(durable_bench.growth(path))
        big_database.add_live(path)
        yield from start_bench.measure(path)


def _window(given: argparse.Namespace, *options: str) -> dict[str, list[float]]:
    """One run of the window in a process of its own."""
    command = [sys.executable, "-m", "bench.desk_bench", "--seconds", str(given.seconds), *options]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        command, env=environment, capture_output=True, timeout=WINDOW_TIMEOUT_S, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2_000:])
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


def _stalls(name: str, run: dict[str, dict[str, float]], p99: float, most: float) -> list[Figure]:
    note = "floor: an empty window"
    late, floor = run["stall"], run["floor"]
    return [
        Figure(f"{name}.p99", late["p99"], "ms", p99, floor["p99"], note),
        Figure(f"{name}.max", late["max"], "ms", most, floor["max"], note),
    ]


def _at(name: str, values: list[float], limit: float | None, share: float = 0.99) -> list[Figure]:
    if not values:
        return []
    return [Figure(name, quantile(values, share), "ms", limit, None, f"of {len(values)}")]


def desk(given: argparse.Namespace) -> Iterator[Figure]:
    """The window: as it opens, and sorted by a ticking column with a filter."""
    headless = asyncio.run(hedge_bench.loaded_ms(given.seconds))
    found = _window(given)
    note = f"of {len(found['hedge'])}; floor: the headless figure, measured just before"
    for share, text in ((0.5, "p50"), (0.99, "p99")):
        floor = quantile(headless, share)
        value = quantile(found["hedge"], share)
        limit = 2 * floor if text == "p99" else None
        yield Figure(f"desk.hedge_latency_ms.{text}", value, "ms", limit, floor, note)
    run: dict[str, dict[str, float]] = found  # type: ignore[assignment]
    yield from _stalls("ui.stall_ms", run, 2.0, 16.0)
    yield from _at("ui.event_to_paint_ms.p99", found["painted"], 100.0)
    yield from _at("ui.critical_to_row_ms.p99", found["critical_row"], 250.0)
    yield from _at("ui.critical_to_sound_ms.p99", found["critical_sound"], 250.0)
    ordered: dict[str, dict[str, float]] = _window(given, "--sorted")  # type: ignore[assignment]
    yield from _stalls("ui.sorted_stall_ms", ordered, 4.0, 32.0)


BENCHMARKS: dict[str, Callable[[argparse.Namespace], Iterable[Figure]]] = {
    "core": core,
    "durable": durable,
    "hedge": hedge,
    "desk": desk,
    "past": past,
    "soak": soak,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    parser.add_argument("--full", action="store_true", help="100,000 past groups, 2 min of soak")
    parser.add_argument("--past", type=int, help="past groups in the large database")
    parser.add_argument("--soak", type=float, help="seconds of soak")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each run under load")
    given = parser.parse_args()
    figures: list[Figure] = []
    for name in given.only:
        for figure in BENCHMARKS[name](given):
            figures.append(figure)
            print(figure.line(), flush=True)
    keep(figures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
