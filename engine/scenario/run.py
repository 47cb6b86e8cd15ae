"""``run_scenarios``: files in, reports out.

Owns: reading all files before the first is run, the temporary database, the exit status. May not:
know what a scenario does.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError
from engine.scenario.driver import Driver
from engine.scenario.parse import read_scenario
from engine.scenario.reading import ScenarioError
from engine.scenario.steps import Scenario

OK, FAILED, MALFORMED = 0, 1, 2
MEMORY_FOLDER = Path("/dev/shm")


def run_scenarios(
    paths: Sequence[Path | str],
    report_path: Path | str | None = None,
    db_path: Path | str | None = None,
) -> int:
    """Run each file; one JSON report a line to stdout and, where given, to ``report_path``.

    Returns 0 when every expectation held, 1 when one did not (which, to stderr), 2 when a file
    is malformed or the database cannot be used; with a malformed file nothing is run.
    """
    files = [Path(path) for path in paths]
    scenarios = _read_all(files)
    if scenarios is None or not _database_is_free(files, db_path):
        return MALFORMED
    lines, status = [], OK
    for path, scenario in zip(files, scenarios, strict=True):
        try:
            report = asyncio.run(run_scenario(scenario, db_path))
        except EngineError as error:
            _complain(f"{path}: {error}")
            return MALFORMED
        lines.append(json.dumps(report, ensure_ascii=False))
        print(lines[-1], flush=True)
        failed = report["failed"]
        assert isinstance(failed, list)
        for failure in failed:
            _complain(f"{path}: {failure}")
            status = FAILED
    return _write(report_path, lines, status)


async def run_scenario(scenario: Scenario, db_path: Path | str | None = None) -> dict[str, object]:
    """The report of one scenario, run on ``db_path`` or on a temporary database."""
    if db_path is not None:
        return await Driver(scenario, Path(db_path)).run()
    with tempfile.TemporaryDirectory(prefix="desk-scenario-", dir=_fast_folder()) as folder:
        return await Driver(scenario, Path(folder) / "scenario.db").run()


def _fast_folder() -> str | None:
    """A file system in memory where there is one: a temporary database need not survive a power
    loss, and every commit is synced. None: the usual folder for temporary files."""
    return str(MEMORY_FOLDER) if os.access(MEMORY_FOLDER, os.W_OK | os.X_OK) else None


def _read_all(files: list[Path]) -> list[Scenario] | None:
    scenarios, sound = [], True
    for path in files:
        try:
            scenarios.append(read_scenario(path))
        except ScenarioError as error:
            _complain(str(error))
            sound = False
    return scenarios if sound else None


def _database_is_free(files: list[Path], db_path: Path | str | None) -> bool:
    if db_path is None:
        return True
    if len(files) != 1:
        _complain(f"--db {db_path}: names one database, so it takes one scenario file")
        return False
    if Path(db_path).exists():
        _complain(f"--db {db_path}: exists already; a scenario begins with a new database")
        return False
    return True


def _write(report_path: Path | str | None, lines: list[str], status: int) -> int:
    if report_path is None:
        return status
    try:
        Path(report_path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        _complain(f"--report {report_path}: cannot be written: {error}")
        return MALFORMED
    return status


def _complain(text: str) -> None:
    print(text, file=sys.stderr)
