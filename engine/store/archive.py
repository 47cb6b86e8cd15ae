"""Moving what is over out of the desk's database into another file.

Owns: which groups may move, and moving them so that a crash at any point loses nothing. May
not: move anything that is open or unresolved, or any key of a counted event: those decide for
good what counts once, so they stay, and so do the ids of archived groups.

It goes portion by portion. Each is first copied and committed, then deleted: killed in between,
both files have that portion, and running again finishes it. The two steps cannot be one
transaction, because SQLite does not commit two WAL files together. Stopped between two portions,
every group is whole, in the one file or in the other.

While a desk runs, nothing may be moved: its engine is the one writer, and it still knows the
groups that are over, so a late report would be written to rows that are gone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.store.database import connect, connect_to_read
from engine.store.errors import StoreError, explain

ARCHIVED = "archived"
PORTION = 200
"""Groups moved at a time."""
LINES = 5_000
"""Journal lines moved at a time."""
_SOURCE_KEY = "archive_of"

_MOVABLE = """
INSERT INTO temp.moving
SELECT s.group_id FROM main.execution_states s
LEFT JOIN main.journal j ON j.seq = s.closed_seq
WHERE s.closed_seq IS NOT NULL AND COALESCE(j.wall_ns, s.created_wall_ns) < ?
AND NOT EXISTS (SELECT 1 FROM main.order_intents o WHERE o.group_id = s.group_id AND o.live = 1)
AND NOT EXISTS (SELECT 1 FROM main.hedge_tracking h WHERE h.group_id = s.group_id AND h.live = 1)
AND NOT EXISTS (SELECT 1 FROM main.stops t WHERE t.group_id = s.group_id AND t.live = 1)
AND NOT EXISTS (SELECT 1 FROM main.escalations e WHERE e.group_id = s.group_id AND e.open = 1)
AND NOT EXISTS (SELECT 1 FROM main.orphans p WHERE p.group_id = s.group_id
                AND p.resolution IS NULL)
"""
_OF_GROUPS = "group_id IN (SELECT group_id FROM temp.portion)"
_MOVED: tuple[tuple[str, str], ...] = (
    (
        "executions",
        f"ref IN (SELECT ref FROM main.order_intents WHERE request = 0 AND {_OF_GROUPS})",
    ),
    ("order_intents", _OF_GROUPS),
    ("hedge_tracking", _OF_GROUPS),
    ("stops", _OF_GROUPS),
    ("escalations", _OF_GROUPS),
    ("orphans", _OF_GROUPS),
    ("rejected_events", _OF_GROUPS),
    ("execution_states", _OF_GROUPS),
)
"""Tables and which of their rows move, children before what they belong to."""

_JOURNAL = "wall_ns < ? AND seq < (SELECT max(seq) FROM main.journal)"

Progress = Callable[[str, int, int], None]
"""Told what is moved ("groups" or "journal lines"), how many of them are, and of how many."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What was moved: groups, and rows in all. ``whole``: not stopped before its end."""

    groups: int
    rows: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Archivable:
    """What could be moved: groups and journal lines; ``of``: all groups in the database."""

    groups: int
    lines: int
    of: int


def archivable(path: Path, before_wall_ns: int) -> Archivable:
    """Count what ``archive`` would move. Only reads, so a desk may run on ``path``; it takes as
    long as reading the table of groups does. Raises ``StoreError``."""
    connection = connect_to_read(path)
    try:
        _choose(connection, before_wall_ns)
        groups, of = connection.execute(
            "SELECT (SELECT count(*) FROM temp.moving), count(*) FROM main.execution_states"
        ).fetchone()
        return Archivable(groups, _lines(connection, before_wall_ns), of)
    except sqlite3.Error as error:
        raise explain(error, path, "counting what is over") from error
    finally:
        connection.close()


def archive(
    path: Path,
    target: Path,
    before_wall_ns: int,
    progress: Progress = lambda what, done, of: None,
    go_on: Callable[[], bool] = lambda: True,
) -> Archived:
    """Move the groups that ended before an instant, and the journal up to it, into ``target``.

    The caller holds the desk's lock on ``path``. ``go_on`` is asked before each portion: when it
    says no, the rest stays where it is, and another run goes on there. Raises ``StoreError`` with
    nothing lost.
    """
    if not path.exists():
        raise StoreError(f"{path}: there is no database to archive from")
    if path.resolve() == target.resolve():
        raise StoreError(f"{target}: the archive must be another file than the database")
    connect(target).close()
    connection = connect(path)
    try:
        connection.execute("ATTACH DATABASE ? AS archive", (str(target),))
        connection.execute("PRAGMA archive.synchronous = FULL")
        _own(connection, target)
        return _Move(connection, before_wall_ns, progress, go_on).run()
    except sqlite3.Error as error:
        raise explain(error, target, "archiving into it") from error
    finally:
        connection.close()


def _own(connection: sqlite3.Connection, target: Path) -> None:
    """An archive belongs to one database: rows of two would share numbers."""
    row = connection.execute("SELECT value FROM main.meta WHERE key = 'meta'").fetchone()
    if row is None:
        raise StoreError("the database holds nothing yet")
    mine = str(connection.execute("SELECT json_extract(?, '$.instance_id')", row).fetchone()[0])
    known = connection.execute(
        "SELECT value FROM archive.meta WHERE key = ?", (_SOURCE_KEY,)
    ).fetchone()
    if known is None:
        used = connection.execute("SELECT count(*) FROM archive.journal").fetchone()[0]
        if used:
            raise StoreError(f"{target}: this is a desk's own database, not an archive")
        connection.execute("INSERT INTO archive.meta VALUES (?, ?)", (_SOURCE_KEY, mine))
    elif known[0] != mine:
        raise StoreError(f"{target}: this is the archive of another database")


def _choose(connection: sqlite3.Connection, before_wall_ns: int) -> None:
    connection.execute("CREATE TEMP TABLE moving (group_id TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute(_MOVABLE, (before_wall_ns,))


def _lines(connection: sqlite3.Connection, before_wall_ns: int) -> int:
    found = connection.execute(
        f"SELECT count(*) FROM main.journal WHERE {_JOURNAL}", (before_wall_ns,)
    ).fetchone()
    return int(found[0])


class _Move:
    """One run over an open connection to both files."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        before_wall_ns: int,
        progress: Progress,
        go_on: Callable[[], bool],
    ) -> None:
        self._do = connection.execute
        self._connection = connection
        self._before = before_wall_ns
        self._progress = progress
        self._go_on = go_on
        self._rows = 0

    def run(self) -> Archived:
        _choose(self._connection, self._before)
        of = int(self._do("SELECT count(*) FROM temp.moving").fetchone()[0])
        self._do("CREATE TEMP TABLE portion (group_id TEXT PRIMARY KEY) WITHOUT ROWID")
        groups = self._groups(of)
        whole = groups == of and self._journal(_lines(self._connection, self._before))
        self._do("PRAGMA main.wal_checkpoint(TRUNCATE)")
        return Archived(groups, self._rows, whole)

    def _groups(self, of: int) -> int:
        """Move the chosen groups; how many were moved."""
        done = 0
        self._progress("groups", done, of)
        while done < of and self._go_on():
            self._do("DELETE FROM temp.portion")
            done += self._do(
                f"INSERT INTO temp.portion SELECT group_id FROM temp.moving LIMIT {PORTION}"
            ).rowcount
            self._do("BEGIN IMMEDIATE")
            for table, which in _MOVED:
                columns = self._columns(table)
                # A copy left by a run that was killed may be older than what stands here.
                self._rows += self._do(
                    f"INSERT OR REPLACE INTO archive.{table} ({columns})"
                    f" SELECT {columns} FROM main.{table} WHERE {which} ORDER BY rowid"
                ).rowcount
            self._do("COMMIT")
            self._do("BEGIN IMMEDIATE")
            self._do(
                "INSERT OR IGNORE INTO main.processed_events"
                f" SELECT 'group:' || group_id, '1', '{ARCHIVED}' FROM temp.portion"
            )
            for table, which in _MOVED:
                self._do(f"DELETE FROM main.{table} WHERE {which}")
            self._do("COMMIT")
            self._do(f"DELETE FROM temp.moving WHERE {_OF_GROUPS}")
            self._progress("groups", done, of)
        return done

    def _columns(self, table: str) -> str:
        """Without ``id``: SQLite gives the id of the newest row again once that row has moved, so
        that rows of two days would have the same one in the archive."""
        rows = self._do(f"PRAGMA main.table_info({table})")
        return ", ".join(name for _, name, *_ in rows if name != "id")

    def _journal(self, of: int) -> bool:
        """Move the journal's lines, the oldest first; whether all were moved."""
        done = 0
        while done < of:
            if not self._go_on():
                return False
            last = self._do(
                f"SELECT max(seq) FROM (SELECT seq FROM main.journal WHERE {_JOURNAL}"
                f" ORDER BY seq LIMIT {LINES})",
                (self._before,),
            ).fetchone()[0]
            which = (self._before, last)
            self._do("BEGIN IMMEDIATE")
            self._do(
                "INSERT OR REPLACE INTO archive.journal"
                f" SELECT * FROM main.journal WHERE {_JOURNAL} AND seq <= ?",
                which,
            )
            self._do("COMMIT")
            self._do("BEGIN IMMEDIATE")
            moved = self._do(
                f"DELETE FROM main.journal WHERE {_JOURNAL} AND seq <= ?", which
            ).rowcount
            self._do("COMMIT")
            done, self._rows = done + moved, self._rows + moved
            self._progress("journal lines", done, of)
        return True
