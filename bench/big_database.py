"""A database with a long past, made in a minute instead of a day.

Owns: ``make_past``, ``add_live``. May not: know a record: one group is traded to its end by the
real engine, and its rows, as the store wrote them, are copied under other ids inside SQLite. The
live groups and the orphans are made by the real engine on top of that past.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from pathlib import Path

from bench.rig import Rig, name_of
from bench.workload import QTY, Mix, Workload, acknowledgement, fill
from engine.core.terms import Side

TEMPLATE = "Z000000"
EXECUTIONS_A_GROUP = 10
PORTION = 5_000
ORPHANS = 200
LIVE = 1_000
_COPIED = ("execution_states", "order_intents", "executions", "processed_events", "journal")
_NUMBERED = frozenset({"id"})
_NAMES_THE_GROUP = frozenset(
    {
        *("key", "cl_ord_id", "ref", "exec_key", "group_id", "order_id", "about"),
        *("body", "payload"),
    }
)


async def _template(path: Path) -> None:
    """One group with ten executions, traded to its end."""
    rig = await Rig.open(path)
    calm = Mix(fills_min=5, fills_max=5, duplicates=0.0, late=0.0)
    workload = Workload(1, prefix="Z", mix=calm)
    await rig.submit(workload.requests())
    for report in workload.reports(name_of):
        rig.runner.deliver(report)
    await rig.settle()
    await rig.close()


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    rows = connection.execute(f"PRAGMA past.table_info({table})")
    return [row[1] for row in rows if row[1] not in _NUMBERED]


def _copy(connection: sqlite3.Connection, table: str, journaled: int, entries: int) -> str:
    """The statement that writes one table's rows of groups ``:first`` to ``:last``."""
    names, values = _columns(connection, table), []
    where = "1"
    for name in names:
        if name in ("seq", "closed_seq"):
            values.append(f"t.{name} - {journaled - entries} + n.i * {entries} + {journaled}")
        elif name in _NAMES_THE_GROUP:
            values.append(f"replace(t.{name}, '{TEMPLATE}', printf('Z%06d', n.i))")
        else:
            values.append(f"t.{name}")
    if table == "journal":
        where = f"t.seq > {journaled - entries}"
    return (
        "WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        f" INSERT INTO main.{table} ({', '.join(names)})"
        f" SELECT {', '.join(values)} FROM n CROSS JOIN past.{table} t WHERE {where}"
    )


def _fill(path: Path, template: Path, groups: int) -> None:
    """Copy the template's group ``groups`` times."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    connection.execute("ATTACH ? AS past", (str(template),))
    journaled = connection.execute("SELECT max(seq) FROM past.journal").fetchone()[0]
    first = connection.execute(
        "SELECT min(seq) FROM past.journal WHERE kind = 'SubmitGroup'"
    ).fetchone()[0]
    entries = journaled - first + 1
    statements = [_copy(connection, table, journaled, entries) for table in _COPIED]
    for begin in range(1, groups + 1, PORTION):
        span = {"first": begin, "last": min(begin + PORTION - 1, groups)}
        connection.execute("BEGIN")
        for statement in statements:
            connection.execute(statement, span)
        connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("DETACH past")
    connection.close()


async def _add_live(path: Path, live: int, orphans: int) -> None:
    """Groups at work, the last ``orphans`` of them with an intent that nobody acknowledged."""
    rig = await Rig.open(path)
    workload = Workload(live, prefix="L")
    await rig.submit(workload.requests())
    for group_id in workload.group_ids()[: live - orphans]:
        ref = f"{group_id}/H1/1"
        rig.runner.deliver(acknowledgement(ref, name_of(ref), Side.BUY))
        rig.runner.deliver(fill(ref, name_of(ref), Side.BUY, 1, QTY // 2, QTY // 2))
    await rig.settle()
    await rig.store.checkpoint()
    await rig.close()


def make_past(path: Path, groups: int) -> None:
    """A database at ``path`` with ``groups`` closed groups of ten executions each."""
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        template = Path(folder) / "template.db"
        asyncio.run(_template(template))
        asyncio.run(_template(path))
        _fill(path, template, groups)


def add_live(path: Path, live: int = LIVE, orphans: int = ORPHANS) -> None:
    """``live`` groups at work, ``orphans`` of them with an intent that a crash left in doubt."""
    asyncio.run(_add_live(path, live, orphans))
