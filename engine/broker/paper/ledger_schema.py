"""The state file of the paper exchange: its tables and how it is opened.

Owns: the schema, its version and the sentences for a file that cannot be used. May not: know
what the rows mean to matching.

The file outlives the desk as a real broker does: WAL with ``synchronous=OFF`` hands every
commit to the operating system before anything is reported, so killing the process at any
moment loses nothing that was reported. Power loss may damage it; it is paper, not the desk's
own database. Only one process at a time may hold it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.broker.paper.quotes import PaperError

VERSION = 1

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE orders (
    order_id TEXT PRIMARY KEY, cl_ord_id TEXT NOT NULL, account TEXT NOT NULL,
    symbol TEXT NOT NULL, side TEXT NOT NULL, ord_type TEXT NOT NULL, tif TEXT NOT NULL,
    order_qty TEXT NOT NULL, price TEXT, stop_px TEXT, entered_ns INTEGER NOT NULL,
    priority INTEGER NOT NULL, ord_status TEXT NOT NULL, cum_qty TEXT NOT NULL,
    notional TEXT NOT NULL, triggered INTEGER NOT NULL, text TEXT NOT NULL,
    is_open INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX orders_open ON orders (is_open) WHERE is_open = 1;
CREATE TABLE cl_ord_ids (
    cl_ord_id TEXT PRIMARY KEY, order_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE executions (
    number INTEGER PRIMARY KEY, exec_id TEXT NOT NULL UNIQUE, order_id TEXT NOT NULL,
    cl_ord_id TEXT NOT NULL, account TEXT NOT NULL, symbol TEXT NOT NULL, side TEXT NOT NULL,
    ord_type TEXT NOT NULL, order_qty TEXT NOT NULL, price TEXT, last_qty TEXT NOT NULL,
    last_px TEXT NOT NULL, cum_qty TEXT NOT NULL, leaves_qty TEXT NOT NULL,
    avg_px TEXT NOT NULL, ord_status TEXT NOT NULL, time_ns INTEGER NOT NULL,
    level INTEGER NOT NULL, bid TEXT, bid_size TEXT NOT NULL, ask TEXT, ask_size TEXT NOT NULL
);
CREATE INDEX executions_time ON executions (time_ns);
"""


def open_state(path: Path | None, epoch: str) -> sqlite3.Connection:
    """Open or create the state file; None keeps it in memory.

    ``epoch`` is stored in a new file and is part of every id it will ever give out. Raises
    ``PaperError`` for a file that is locked, damaged, foreign or of a newer version.
    """
    name = ":memory:" if path is None else str(path)
    try:
        connection = sqlite3.connect(name, isolation_level=None, timeout=0.2)
    except sqlite3.Error as error:
        raise PaperError(_sentence(name, str(error))) from error
    try:
        _prepare(connection, name, epoch)
    except sqlite3.Error as error:
        connection.close()
        raise PaperError(_sentence(name, str(error))) from error
    except PaperError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, name: str, epoch: str) -> None:
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version == 0 and tables == 0:
        _create(connection, epoch)
    elif version != VERSION:
        connection.execute("ROLLBACK")
        raise PaperError(
            f"{name}: this is not a paper exchange's state of version {VERSION} (it says "
            f"version {version}); give another file or use the release that wrote it"
        )
    connection.execute("COMMIT")


def _create(connection: sqlite3.Connection, epoch: str) -> None:
    for statement in TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)
    rows = (("epoch", epoch), ("next_number", "1"), ("clock_ns", ""))
    connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _sentence(name: str, error: str) -> str:
    if "locked" in error:
        return (
            f"{name}: the paper exchange's state is held by another process; stop the other "
            "desk or exchange, or give this one its own file"
        )
    return f"{name}: the paper exchange's state cannot be used: {error}"
