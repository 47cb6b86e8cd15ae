"""Moving what is over out of the desk's database into another file.

Owns: which groups may move, and moving them so that a crash at any point loses nothing. May
not: move anything that is open or unresolved, or any key of a counted event: those decide for
good what counts once, so they stay, and so do the ids of archived groups.

First everything is copied and committed, then it is deleted: killed in between, both files have
it, and running again finishes the work. The two steps cannot be one transaction, because SQLite
does not commit two WAL files together.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.store.database import connect
from engine.store.errors import StoreError, explain

ARCHIVED = "archived"
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
_OF_GROUPS = "group_id IN (SELECT group_id FROM temp.moving)"
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


@dataclass(frozen=True, slots=True)
class Archived:
    """What was moved: groups, and rows in all."""

    groups: int
    rows: int


def archive(
    path: Path,
    target: Path,
    before_wall_ns: int,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Archived:
    """Move the groups that ended before an instant, and the journal up to it, into ``target``.

    The caller holds the desk's lock on ``path``. ``progress(done, of)`` counts the steps.
    Raises ``StoreError`` with nothing lost.
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
        return _move(connection, before_wall_ns, progress)
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


def _move(
    connection: sqlite3.Connection, before_wall_ns: int, progress: Callable[[int, int], None]
) -> Archived:
    connection.execute("CREATE TEMP TABLE moving (group_id TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute(_MOVABLE, (before_wall_ns,))
    groups = int(connection.execute("SELECT count(*) FROM temp.moving").fetchone()[0])
    steps, done = 2 * (len(_MOVED) + 1), 0
    connection.execute("BEGIN IMMEDIATE")
    rows = 0
    for table, which in _MOVED:
        rows += connection.execute(
            f"INSERT OR IGNORE INTO archive.{table} SELECT * FROM main.{table} WHERE {which}"
        ).rowcount
        progress(done := done + 1, steps)
    rows += connection.execute(
        f"INSERT OR IGNORE INTO archive.journal SELECT * FROM main.journal WHERE {_JOURNAL}",
        (before_wall_ns,),
    ).rowcount
    progress(done := done + 1, steps)
    connection.execute("COMMIT")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT OR IGNORE INTO main.processed_events"
        f" SELECT 'group:' || group_id, '1', '{ARCHIVED}' FROM temp.moving"
    )
    for table, which in _MOVED:
        connection.execute(f"DELETE FROM main.{table} WHERE {which}")
        progress(done := done + 1, steps)
    connection.execute(f"DELETE FROM main.journal WHERE {_JOURNAL}", (before_wall_ns,))
    connection.execute("COMMIT")
    progress(steps, steps)
    connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)")
    return Archived(groups, rows)
