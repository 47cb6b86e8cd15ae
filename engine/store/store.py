"""The store as the shell sees it: one connection, one writer, one hop per transaction.

Owns: the aiosqlite connection and its thread. May not: know what a record means. Every call
queues one function on the connection's thread, so that nothing can come between the statements
of a transaction; a call that has begun always runs to its end, whatever happens to its caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import aiosqlite

from engine.core.state import DeskState
from engine.store import database, loader, lookup, writer
from engine.store.batch import Batch, RecalledGroup
from engine.store.decoding import CodecError
from engine.store.errors import StoreError, explain
from engine.store.records import record_codec

T = TypeVar("T")

CHECKPOINT_ROWS = 20_000
"""After so many changed rows a checkpoint is due, when the shell has nothing else to do."""
CHECKPOINT_ROWS_MAX = 5 * CHECKPOINT_ROWS
"""After so many it is made in any case: the log may not grow without end."""


JOIN_S = 5.0
ENCODE_MAX_NS = 1_000_000
"""So long rows are made before the loop's other work gets a turn."""


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection and thread, with a whole function as the unit of work.

    The thread is a daemon: a process that dies on an error must not hang on it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(lambda: database.connect(path), iter_chunk_size=64)
        self._thread.daemon = True

    def begin(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """Queue a function at once. The future is set straight from the thread: each coroutine in
        between would cost a turn of the loop, and those are milliseconds apart under load."""
        if not self._running or not self._connection:
            raise ValueError("the connection is closed")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, lambda: work(self._conn)))
        return future

    def join(self) -> None:
        """Wait for the thread after a failed opening, so that it does not outlive the loop that
        it reports to."""
        self._thread.join(JOIN_S)


class Store:
    """One open database. Made by ``Store.open``; errors are ``StoreError``."""

    def __init__(self, path: Path, connection: _Connection) -> None:
        self._path = path
        self._connection = connection
        self._codec = record_codec()
        self._standing = writer.Standing()
        self._changed_rows = 0
        self._folded_rows = 0

    @classmethod
    async def open(cls, path: Path) -> Store:
        """Open (make, migrate) the database at ``path``."""
        connection = _Connection(path)
        try:
            await connection
        except BaseException:
            connection.join()
            raise
        return cls(path, connection)

    @property
    def path(self) -> Path:
        return self._path

    async def load(self, state: DeskState) -> int:
        """Fill an empty state; returns the number of the journal's last entry."""
        return await self._run(lambda c: loader.load(c, state, self._codec), "reading the state")

    async def look_up(self, keys: Sequence[str]) -> dict[str, str]:
        """Which of these keys were counted, with their digests (``lookup``)."""
        return await self._run(lambda c: lookup.look_up(c, keys), "looking ids up")

    async def owners_of(self, order_ids: Sequence[str]) -> list[RecalledGroup]:
        """The groups that own these orders (``loader.owners_of``)."""
        return await self._run(
            lambda c: loader.owners_of(c, order_ids, self._codec), "looking orders up"
        )

    async def commit(self, batch: Batch, state: DeskState) -> None:
        """Write one batch in one transaction; it is on disk when this returns.

        ``state`` may not change meanwhile. Any failure means that nothing of it is durable.
        """
        await _to_the_end(asyncio.ensure_future(self._commit(batch, state)))

    async def _commit(self, batch: Batch, state: DeskState) -> None:
        work = await self._rows(batch, state)
        self._changed_rows = await self._run(lambda c: writer.write(c, work), "committing")

    async def _rows(self, batch: Batch, state: DeskState) -> writer.Work:
        """Made here and not on the connection's thread, which would hold the loop up for
        as long as it likes; here the loop's other work gets its turn in between."""
        work: writer.Work = []
        begun_ns = time.perf_counter_ns()
        try:
            for _ in writer.rows_of(batch, state, self._codec, self._standing, work):
                if time.perf_counter_ns() - begun_ns > ENCODE_MAX_NS:
                    await asyncio.sleep(0)
                    begun_ns = time.perf_counter_ns()
        except (CodecError, ValueError) as error:
            raise StoreError(f"{self._path}: a record does not fit: {error}") from error
        return work

    def checkpoint_due(self, idle: bool) -> bool:
        """Whether the write-ahead log has grown enough to be folded into the database."""
        rows = self._changed_rows - self._folded_rows
        return rows > (CHECKPOINT_ROWS if idle else CHECKPOINT_ROWS_MAX)

    async def checkpoint(self) -> None:
        """Fold the write-ahead log into the database, as far as no reader is in the way."""
        self._folded_rows = self._changed_rows
        await self._run(
            lambda c: c.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone(), "checkpointing"
        )

    async def close(self) -> None:
        """Close the connection and end its thread; an open transaction is rolled back."""
        await self._connection.close()

    async def _run(self, work: Callable[[sqlite3.Connection], T], doing: str) -> T:
        try:
            return await self._carry_out(work)
        except CodecError as error:
            raise StoreError(f"{self._path}: a record does not fit: {error}") from error
        except (sqlite3.Error, OSError, ValueError) as error:
            raise explain(error, self._path, doing) from error

    async def _carry_out(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await _to_the_end(self._connection.begin(work))


async def _to_the_end(task: asyncio.Future[T]) -> T:
    """Await what runs on the thread; a cancellation is passed on only after it has ended."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        raise
