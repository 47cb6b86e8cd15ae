"""What the machine can do at best: raw ``sqlite3`` with the desk's own settings.

Owns: the floors of the engine's figures. May not: import the store's writer for anything but the
statements that it made.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.store import database, writer

Statement = tuple[str, list[object]]
BATCH = 100
ROW_BYTES = 400


class Recorder:
    """Stands in for the connection of ``writer.write`` and keeps what it writes."""

    def __init__(self, connection: sqlite3.Connection, kept: list[Statement]) -> None:
        self._connection = connection
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        if values:
            self._kept.append((statement, list(values)))
        return self._connection.execute(statement, values)


class Recording:
    """While it is entered, everything that any store writes is kept, one list a transaction."""

    def __init__(self) -> None:
        self.transactions: list[list[Statement]] = []

    def __enter__(self) -> Recording:
        self._write = writer.write

        def write(connection: sqlite3.Connection, work: writer.Work) -> int:
            kept: list[Statement] = []
            self.transactions.append(kept)
            stand_in: Any = Recorder(connection, kept)
            return self._write(stand_in, work)

        writer.write = write
        return self

    def __exit__(self, *error: object) -> None:
        writer.write = self._write


def _raw(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection


def same_rows_per_s(path: Path, transactions: list[list[Statement]], reports: int) -> float:
    """Reports a second when the very rows that the engine wrote for ``reports`` reports are
    written into the same tables by raw ``sqlite3``, FULL, with nothing else to do."""
    database.connect(path).close()
    connection = _raw(path)
    begun = time.perf_counter()
    for statements in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for statement, values in statements:
            connection.execute(statement, values)
        connection.execute("COMMIT")
    took = time.perf_counter() - begun
    connection.close()
    return reports / took


def _row_table(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE rows (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INTEGER NOT NULL,"
        " body TEXT NOT NULL)"
    )
    connection.execute("CREATE INDEX rows_a ON rows (a)")
    connection.execute("CREATE INDEX rows_b ON rows (b)")


def rows_per_s(path: Path, row_bytes: int, count: int = 30_000) -> float:
    """Rows of ``row_bytes`` with two indexes in batches of 100, FULL."""
    connection = _raw(path)
    _row_table(connection)
    body = "x" * row_bytes
    begun = time.perf_counter()
    for first in range(0, count, BATCH):
        connection.execute("BEGIN IMMEDIATE")
        rows = [(f"k{n}", n, body) for n in range(first, first + BATCH)]
        connection.executemany("INSERT INTO rows (a, b, body) VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
    took = time.perf_counter() - begun
    connection.close()
    return count / took


def one_row_commits_ms(path: Path, count: int = 1_500) -> list[float]:
    """Milliseconds of each of ``count`` durable commits of one row."""
    connection = _raw(path)
    _row_table(connection)
    body, took = "x" * ROW_BYTES, []
    for number in range(count):
        begun = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO rows (a, b, body) VALUES (?, ?, ?)", (f"k{number}", number, body)
        )
        connection.execute("COMMIT")
        took.append((time.perf_counter() - begun) * 1000)
    connection.close()
    return took
