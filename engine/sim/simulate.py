"""``run_simulation``: seeds in, a report out.

Owns: the seeds' folders, the worker processes, shrinking, the report and the exit status. May not:
know what a run does. A seed that fails is printed with the commit it failed on.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import multiprocessing
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.sim.faults import PROFILES
from engine.sim.run import Outcome, Run

OK, FAILED = 0, 1
MEMORY_DISK = Path("/dev/shm")
SHOWN_MAX = 20
CHUNK = 4


@dataclass(frozen=True, slots=True)
class Job:
    """One seed to run, with the faults that are taken away from it."""

    seed: int
    profile: str
    without: frozenset[str] = frozenset()


def run_simulation(
    seeds: range, profile: str = "swarm", report_path: Path | str | None = None, jobs: int = 0
) -> int:
    """Run each seed; failures and a summary to stdout, and the report (JSON) to ``report_path``.

    ``jobs``: processes; 0: one for each processor. Returns 0 when every invariant held in every
    run, 1 when one did not. Raises ``EngineError`` for a profile that there is not.
    """
    if profile not in PROFILES:
        raise EngineError(f"profile {profile!r}: expected one of {', '.join(PROFILES)}")
    begun_s, commit = time.monotonic(), commit_id()
    totals: Counter[str] = Counter()
    failures: list[dict[str, object]] = []
    digests: dict[int, str] = {}
    for outcome in simulate([Job(seed, profile) for seed in seeds], jobs):
        totals.update(outcome.counts)
        digests[outcome.seed] = outcome.digest
        if outcome.failure:
            failures.append(_failure(outcome, commit, shrunk=len(failures) < SHOWN_MAX))
    took_s = max(time.monotonic() - begun_s, 1e-6)
    workers = jobs or os.cpu_count() or 1
    print(
        f"{len(digests)} seeds, {len(failures)} failed, {took_s:.0f} s, "
        f"{len(digests) / took_s:.1f} seeds/s on {workers} processes (commit {commit})",
        flush=True,
    )
    if report_path is not None:
        report = {
            "commit": commit,
            "profile": profile,
            "first_seed": seeds.start,
            "seeds": len(digests),
            "failed": failures,
            "seconds": round(took_s, 1),
            "seeds_per_second": round(len(digests) / took_s, 2),
            "processes": workers,
            "events": dict(sorted(totals.items())),
            "digests": {str(seed): digests[seed] for seed in sorted(digests)},
        }
        _write(Path(report_path), report)
    return FAILED if failures else OK


def simulate(jobs: Sequence[Job], processes: int = 0) -> Iterator[Outcome]:
    """The outcomes, as they come; in the order of ``jobs`` when there is one process."""
    count = min(processes or os.cpu_count() or 1, max(len(jobs), 1))
    if count == 1:
        gc.freeze()
        try:
            yield from map(run_job, jobs)
        finally:
            gc.unfreeze()
        return
    context = multiprocessing.get_context("spawn")
    # What the imports left behind need not be looked through again and again: a sixth of the time.
    with context.Pool(count, initializer=gc.freeze) as pool:
        yield from pool.imap_unordered(run_job, jobs, chunksize=CHUNK)


def run_job(job: Job) -> Outcome:
    """One run in a folder of its own."""
    with _quiet(), tempfile.TemporaryDirectory(prefix="desk-sim-", dir=fast_folder()) as folder:
        return asyncio.run(Run(job.seed, job.profile, Path(folder), job.without).play())


def shrink(outcome: Outcome) -> Outcome:
    """The same failure with as few kinds of faults as it needs: each is taken away, and stays
    away if the same invariant still breaks."""
    best, without = outcome, frozenset[str]()
    for knob in sorted(outcome.faults.odds):
        tried = run_job(Job(outcome.seed, outcome.profile, without | {knob}))
        if tried.number == outcome.number:
            best, without = tried, without | {knob}
    return best


def fast_folder() -> Path | None:
    """A folder in memory where there is one; else the system's temporary folder."""
    usable = MEMORY_DISK.is_dir() and os.access(MEMORY_DISK, os.W_OK)
    return MEMORY_DISK if usable else None


def commit_id() -> str:
    """The commit that is being run, "unknown" outside a checkout."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def failure_text(outcome: Outcome, commit: str) -> str:
    """A failure as one line with everything needed to see it again."""
    return f"seed {outcome.seed} --profile {outcome.profile} at {commit}: {outcome.failure}"


def _failure(outcome: Outcome, commit: str, shrunk: bool) -> dict[str, object]:
    print(failure_text(outcome, commit), flush=True)
    small = shrink(outcome) if shrunk else outcome
    needed = _plain(small.faults.odds)
    if shrunk:
        print(f"  needs only {', '.join(needed) or 'no fault at all'}", flush=True)
    return {
        "seed": outcome.seed,
        "invariant": outcome.number,
        "text": outcome.failure,
        "shrunk_text": small.failure,
        "needs": needed,
        "trace": list(small.tail),
    }


def _plain(odds: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(odds.items()))


def _write(path: Path, report: Mapping[str, object]) -> None:
    try:
        path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise EngineError(f"--report {path}: cannot be written: {error}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """The engine's log is about a desk; a failed commit that was drawn is no news. Who runs in
    the same process afterwards hears it again."""
    log = logging.getLogger("engine")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def regressions(lines: Iterable[str]) -> list[Job]:
    """The jobs of a regression file: ``SEED PROFILE`` a line, ``#`` begins a comment."""
    jobs = []
    for line in lines:
        words = line.partition("#")[0].split()
        if words:
            jobs.append(Job(int(words[0]), words[1]))
    return jobs
