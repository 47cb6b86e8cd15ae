"""Plant known bugs, one at a time, and see which check finds each of them.

    python tools/planted_bugs.py [--only NAME ...] [--seeds N] [--table OUT.md] [--jobs N]

Each bug of ``tools/planted_bugs.toml`` is written into a copy of the tree; there the scenario files
and the simulation's seeds are run. The tree without a bug goes first and must pass. A bug that
nothing finds makes the exit status 1; so does one whose text is not in the code any more, because
then it proves nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).with_suffix(".toml")
TIMEOUT_S = 600
PROFILES = ("swarm", "process", "venue", "controls")


@dataclass(frozen=True, slots=True)
class Bug:
    """One planted bug: texts to replace in one file, each of which must occur exactly once."""

    name: str
    safeguard: str
    file: str
    edits: tuple[tuple[str, str], ...]


NO_BUG = Bug("no bug at all", "–", "engine/__init__.py", ())
"""The tree as it is: what finds something here would find it in every copy."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What found it. ``scenario``: the first file that failed; ``seeds``: runs up to the first
    that found it, 0: none did."""

    bug: Bug
    problem: str = ""
    scenario: str = ""
    seeds: int = 0
    found: str = ""

    @property
    def killed(self) -> bool:
        return not self.problem and bool(self.scenario or self.seeds)


def main() -> int:
    parser = argparse.ArgumentParser(description="Plant known bugs and see what finds them.")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--seeds", type=int, default=240, help="at most so many for each bug")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--table", type=Path, metavar="OUT.md")
    parser.add_argument("--in-copy", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_copy:
        print(json.dumps(judge_here(options.seeds)))
        return 0
    bugs = [bug for bug in read_bugs() if not options.only or bug.name in options.only]
    if (healthy := try_bug(NO_BUG, options.seeds)).killed or healthy.problem:
        print(f"the tree itself does not pass: {line(healthy)}")
        return 1
    verdicts = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for verdict in pool.map(lambda bug: try_bug(bug, options.seeds), bugs):
            print(line(verdict), flush=True)
            verdicts.append(verdict)
    if options.table is not None:
        options.table.write_text(as_table(verdicts), encoding="utf-8")
    return 0 if all(verdict.killed for verdict in verdicts) else 1


def read_bugs() -> list[Bug]:
    """The table, in its order."""
    entries = tomllib.loads(TABLE.read_text(encoding="utf-8"))["bug"]
    return [
        Bug(
            each["name"],
            each["safeguard"],
            each["file"],
            tuple((edit["old"], edit["new"]) for edit in each["edit"]),
        )
        for each in entries
    ]


def try_bug(bug: Bug, seeds: int) -> Verdict:
    """Plant one bug in a copy of the tree and judge it there."""
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        copy = Path(folder)
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "engine", copy / "engine", ignore=leave)
        for folder_of_tests in ("scenarios", "sim"):
            found = ROOT / "tests" / folder_of_tests
            shutil.copytree(found, copy / "tests" / folder_of_tests, ignore=leave)
        if problem := plant(copy, bug):
            return Verdict(bug, problem)
        command = [sys.executable, __file__, "--in-copy", "--seeds", str(seeds)]
        environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=copy, env=environment, capture_output=True, text=True,
                timeout=TIMEOUT_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Verdict(bug, scenario=f"no end within {TIMEOUT_S} s")
        if done.returncode != 0:
            return Verdict(bug, f"the copy does not run: {done.stderr.strip()[-300:]}")
        return Verdict(bug, **json.loads(done.stdout.splitlines()[-1]))


def plant(copy: Path, bug: Bug) -> str:
    """Write the bug into the copy; "" or what is wrong with it."""
    path = copy / bug.file
    text = path.read_text(encoding="utf-8")
    for old, new in bug.edits:
        if text.count(old) != 1:
            return f"{bug.file}: expected exactly once, found {text.count(old)} times: {old!r}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return ""


def judge_here(seeds: int) -> dict[str, object]:
    """Run the scenario files and the seeds on the engine that is importable here."""
    logging.disable(logging.CRITICAL)
    number, found = first_failing_seed(seeds)
    return {"scenario": next(failing_scenarios(), ""), "seeds": number, "found": found}


def failing_scenarios() -> Iterator[str]:
    from engine import run_scenarios

    for path in sorted(Path("tests/scenarios").rglob("*.json")):
        quiet = io.StringIO()
        with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            try:
                status = run_scenarios([path])
            except Exception:
                status = 1
        if status != 0:
            yield path.stem


def first_failing_seed(most: int) -> tuple[int, str]:
    """(runs up to the first failing one, what it found); (0, "") when none fails. The seeds that
    once found something come last."""
    from engine.sim.simulate import Job, regressions, run_job

    lines = Path("tests/sim/regressions.txt").read_text(encoding="utf-8").splitlines()
    jobs = [Job(number, PROFILES[number % len(PROFILES)]) for number in range(most)]
    for number, job in enumerate([*jobs, *regressions(lines)], start=1):
        try:
            failure = run_job(job).failure
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        if failure:
            return number, failure.partition(":")[0][:90]
    return 0, ""


def line(verdict: Verdict) -> str:
    if verdict.problem:
        return f"STALE    {verdict.bug.name}: {verdict.problem}"
    word = "killed" if verdict.killed else "SURVIVED"
    seeds = f"seed run {verdict.seeds}: {verdict.found}" if verdict.seeds else "no seed"
    return f"{word:8} {verdict.bug.name}: {verdict.scenario or 'no scenario'}; {seeds}"


def as_table(verdicts: list[Verdict]) -> str:
    """The verdicts as Markdown rows."""
    rows = [
        "| planted bug | safeguard | scenario file | seeds | found as |",
        "|---|---|---|---|---|",
    ]
    for each in verdicts:
        cells = (
            each.bug.name,
            each.bug.safeguard,
            each.scenario or "–",
            str(each.seeds or "–"),
            each.found or each.problem or "–",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
