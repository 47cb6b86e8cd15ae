"""A simulated desk's database: the real store on a file that crashes, fills up, loses power.

Owns: the files of one run, one generation per life, and what of them survives. May not: know what a
record means. Statements run on the caller's thread, so that a run repeats exactly. A power loss
leaves what was synced, and of a commit under way any part of its bytes.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from engine.core.state import DeskState
from engine.sim.chance import Chance
from engine.store import database
from engine.store.batch import Batch
from engine.store.errors import explain
from engine.store.store import Store

T = TypeVar("T")

FULL = 2
STATEMENTS_MAX = 14


class Crashed(BaseException):
    """The process dies here. No ``Exception``: nothing in the engine may catch it.

    ``wal_bytes``: how much of the write-ahead log survives; None: all of it (the process
    died, the machine did not).
    """

    def __init__(self, where: str, wal_bytes: int | None = None) -> None:
        super().__init__(where)
        self.where = where
        self.wal_bytes = wal_bytes


class Disk:
    """The files of one run in ``folder``. ``path``: the present generation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.synced_wal_bytes = 0
        self.commits = 0
        self._begin_generation(0)

    def _begin_generation(self, number: int) -> None:
        self._generation = number
        self.path = self._folder / f"desk-{number}.db"
        self.wal = self.path.with_name(self.path.name + "-wal")
        self._wal_name = str(self.wal)

    def wal_size(self) -> int:
        try:
            return os.stat(self._wal_name).st_size
        except FileNotFoundError:
            return 0

    def note_commit(self, synchronous: int) -> None:
        """A commit returned; whether its bytes are safe depends on the connection's setting."""
        self.commits += 1
        if synchronous >= FULL:
            self.synced_wal_bytes = self.wal_size()

    def survive(self, wal_bytes: int | None) -> None:
        """The files as the next life will find them. Connections to the old ones may be open."""
        old, old_wal = self.path, self.wal
        self._begin_generation(self._generation + 1)
        shutil.copyfile(old, self.path)
        if old_wal.exists():
            shutil.copyfile(old_wal, self.wal)
            if wal_bytes is not None:
                with self.wal.open("r+b") as log:
                    log.truncate(min(wal_bytes, self.wal_size()))
        self.synced_wal_bytes = self.wal_size()

    def drop_generation(self, path: Path) -> None:
        """A former generation's files are not needed any more."""
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


class _Statements:
    """A connection that fails at its nth statement, as a full or broken disk makes it fail."""

    def __init__(self, inner: sqlite3.Connection) -> None:
        self.inner = inner
        self._left = 0
        self._error: sqlite3.Error | None = None

    def fail_at(self, nth: int, error: sqlite3.Error) -> None:
        self._left, self._error = nth, error

    def relent(self) -> None:
        self._error = None

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    def execute(self, sql: str, parameters: Iterable[object] = ()) -> sqlite3.Cursor:
        self._count(sql)
        return self.inner.execute(sql, parameters)  # type: ignore[arg-type]

    def _count(self, sql: str) -> None:
        if self._error is None or sql == "ROLLBACK":
            return
        self._left -= 1
        if self._left <= 0 or sql == "COMMIT":
            raise self._error


class _OnThisThread:
    """The store's connection without a thread of its own."""

    def __init__(self, path: Path) -> None:
        self.statements = _Statements(database.connect(path))

    async def close(self) -> None:
        self.statements.inner.close()


class SimStore(Store):
    """The real store, with the faults of its disk."""

    def __init__(self, disk: Disk, chance: Chance, may_crash: Callable[[str], bool]) -> None:
        self._line = _OnThisThread(disk.path)
        super().__init__(disk.path, self._line)  # type: ignore[arg-type]
        self._disk = disk
        self._chance = chance
        self._may_crash = may_crash
        self.injected = ""
        sync = self._line.statements.execute("PRAGMA synchronous").fetchone()
        self._synchronous = int(sync[0])
        disk.synced_wal_bytes = disk.wal_size() if self._synchronous >= FULL else 0

    async def commit(self, batch: Batch, state: DeskState) -> None:
        statements = self._line.statements
        nth = self._chance.rng.randint(1, STATEMENTS_MAX)
        if self._chance.strikes("disk_full"):
            self._fail(nth, "database or disk is full", "SQLITE_FULL")
        elif self._chance.strikes("commit_error"):
            self._fail(nth, "disk I/O error", "SQLITE_IOERR_WRITE")
        before = self._disk.wal_size()
        await super().commit(batch, state)
        statements.relent()
        if self._may_crash("in_commit"):
            share = self._chance.rng.random()
            raise Crashed("in_commit", before + int(share * (self._disk.wal_size() - before)))
        self._disk.note_commit(self._synchronous)
        if self._chance.strikes("commit_unsure"):
            self.injected = "commit_unsure"
            raise explain(_error("disk I/O error", "SQLITE_IOERR_FSYNC"), self.path, "")

    async def _carry_out(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """At once, on this thread: nothing else runs meanwhile that could repeat differently."""
        return work(self._line.statements)  # type: ignore[arg-type]

    def power_loss(self) -> int:
        """How much of the log survives when the power fails between two commits."""
        return self._disk.synced_wal_bytes

    def _fail(self, nth: int, text: str, name: str) -> None:
        self.injected = name
        self._line.statements.fail_at(nth, _error(text, name))


def _error(text: str, name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = name
    return error
