"""Opening a database file: settings, schema version, migrations, backup.

Owns: how a file becomes a connection that may be written. May not: know records.
All functions run on the connection's own thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from engine.store.errors import StoreError, explain

APPLICATION_ID = 0x4465736B
"""``PRAGMA application_id`` of our files ("Desk"), so that no other database is written to."""

BUSY_TIMEOUT_MS = 2_000
STATEMENTS_KEPT = 600
"""Prepared statements: the writer has some tens for each table, one for each number of rows."""
BACKUPS_MAX = 1_000


def connect(path: Path) -> sqlite3.Connection:
    """Open ``path``, made and migrated as needed, for the one writer.

    Raises ``StoreError`` when it cannot be used; nothing has been changed then.
    """
    try:
        return _connect(path)
    except (sqlite3.Error, OSError) as error:
        raise explain(error, path, "opening it") from error


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open an existing database to read what is committed, beside its writer."""
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        return connection
    except sqlite3.Error as error:
        raise explain(error, path, "opening it to read") from error


def migrations() -> list[tuple[int, str, str]]:
    """All migrations in order: (version, file name, SQL text)."""
    folder = resources.files("engine.store").joinpath("migrations")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted((int(e.name[:4]), e.name, e.read_text(encoding="utf-8")) for e in found)


def check_integrity(path: Path) -> list[str]:
    """What SQLite finds wrong with the whole file, line by line; empty when it is sound.

    Reads everything: seconds on a large file. For ``doctor``, not for a start.
    """
    try:
        connection = connect_to_read(path)
        try:
            lines = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise explain(error, path, "checking it") from error
    return [] if lines == ["ok"] else lines


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT
    )
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        known = migrations()
        version = _version(connection, path, latest=known[-1][0])
        _set_up(connection)
        pending = [step for step in known if step[0] > version]
        if pending and version:
            _back_up(connection, path, version)
        if pending:
            _migrate(connection, pending)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection, path: Path, latest: int) -> int:
    """The schema version, 0 for an empty file. Refuses files that are not ours to change."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    if owner != APPLICATION_ID and (owner or version or tables):
        raise StoreError(
            f"{path}: this is a database of another program; name another file for the desk"
        )
    if version > latest:
        raise StoreError(
            f"{path}: made by a newer desk (schema {version}, this one knows up to {latest}); "
            "start the newer desk, or name another database"
        )
    return version


def _set_up(connection: sqlite3.Connection) -> None:
    """WAL, every commit synced, checkpoints only when the shell asks for one."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Copy the whole database beside itself before its schema is changed."""
    for number in range(1, BACKUPS_MAX):
        target = path.with_name(f"{path.name}.schema{version}.{number}.backup")
        if not target.exists():
            break
    else:
        raise StoreError(f"{path}: {BACKUPS_MAX} backups lie beside it; move them away first")
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()


def _migrate(connection: sqlite3.Connection, pending: list[tuple[int, str, str]]) -> None:
    """Apply all pending migrations in one transaction: all of them or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for version, _, script in pending:
            for statement in statements(script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        # A full disk has SQLite roll back by itself; the cause must not be hidden by that.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one (``executescript`` would commit silently)."""
    gathered = ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if sqlite3.complete_statement(gathered):
            yield gathered
            gathered = ""
    if any(not _is_comment(line) for line in gathered.splitlines()):
        raise StoreError(f"a migration ends inside a statement: {gathered.strip()!r}")


def _is_comment(line: str) -> bool:
    stripped = line.strip()
    return not stripped or stripped.startswith("--")
