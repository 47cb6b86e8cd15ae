"""Every reconciliation as a CSV file in the data folder.

Owns: one file a comparison, named by its instant, never written over. May not: compare, or wait for
a disk on the event loop. The engine keeps the last result; these files keep them all.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

from desk.spawn import Tasks
from engine import Changes, Engine, Reconciliation

LOG = logging.getLogger(__name__)
SAME_SECOND_MAX = 100


class ReconciliationFiles:
    """Call ``note`` with every change; it writes when there is a new result."""

    def __init__(self, engine: Engine, folder: Path, tasks: Tasks) -> None:
        self._engine = engine
        self._folder = folder
        self._tasks = tasks
        self._last = engine.reconciliation().last

    def note(self, changes: Changes) -> None:
        """A listener of the engine's."""
        found = self._engine.reconciliation().last
        if found is None or found is self._last:
            return
        self._last = found
        text = self._engine.reconciliation_csv()
        assert text is not None, "there is a result"
        self._engine.note("WARNING" if found.breaks else "INFO", f"reconciled: {found.summary()}")
        self._tasks.spawn("reconciliation file", self._write(found, text))

    async def _write(self, found: Reconciliation, text: str) -> None:
        try:
            path = await asyncio.to_thread(write, self._folder, found.done_wall_ns, text)
        except OSError as error:
            LOG.error("the reconciliation was not written to %s: %s", self._folder, error)
            self._engine.note("ERROR", f"the reconciliation's file was not written: {error}")
        else:
            LOG.info("reconciliation: %s, in %s", found.summary(), path)


def write(folder: Path, wall_ns: int, text: str) -> Path:
    """A new file for the text; its path. Raises ``OSError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime(wall_ns // 10**9))
    for number in range(SAME_SECOND_MAX):
        path = folder / f"{stamp}{f'-{number}' if number else ''}.csv"
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
            return path
        except FileExistsError:
            continue
    raise FileExistsError(f"{folder} has {SAME_SECOND_MAX} files of {stamp} already")
