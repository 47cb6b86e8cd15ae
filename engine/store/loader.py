"""Reading the state back: at start-up, and a closed group that an input refers to.

Owns: the SQL that reads records. May not: change the database or derive indexes (the core's
``rebuild`` does). What is read grows with what is live: groups that are not ended or have
anything open, the last closed ones, open escalations and orphans, the newest of the logs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeVar

from engine.core.broker_time import BrokerClock
from engine.core.model import (
    Deadline,
    Escalation,
    Execution,
    ExternalOrder,
    Group,
    HedgeChain,
    Order,
    Orphan,
    Position,
    RejectedEvent,
    Request,
    StopWatch,
)
from engine.core.reconciled import Reconciliation
from engine.core.state import DeskState, Meta
from engine.store.batch import RecalledGroup
from engine.store.codec import Codec
from engine.store.records import POSITION_PREFIX, RECONCILED, text

T = TypeVar("T")

REJECTED_KEPT = 1_000
EXTERNALS_KEPT = 1_000
RESOLVED_ESCALATIONS_KEPT = 200
_LIVE_GROUPS = """
SELECT group_id FROM execution_states WHERE closed_seq IS NULL
UNION SELECT group_id FROM order_intents WHERE live = 1
UNION SELECT group_id FROM hedge_tracking WHERE live = 1
UNION SELECT group_id FROM stops WHERE live = 1
UNION SELECT group_id FROM escalations WHERE open = 1 AND +group_id <> ''
UNION SELECT group_id FROM orphans WHERE resolution IS NULL
UNION SELECT group_id FROM (
    SELECT group_id FROM execution_states WHERE closed_seq IS NOT NULL
    ORDER BY closed_seq DESC LIMIT ?)
"""
_ESCALATIONS = """
SELECT body FROM escalations WHERE number IN (
    SELECT number FROM escalations WHERE open = 1
    UNION SELECT e.number FROM temp.wanted AS w CROSS JOIN escalations AS e
        ON e.group_id = w.group_id AND e.group_id <> ''
    UNION SELECT number FROM escalations WHERE number > (SELECT max(number) FROM escalations) - ?)
ORDER BY number
"""


def load(connection: sqlite3.Connection, state: DeskState, codec: Codec) -> int:
    """Fill an empty state; returns the journal's last number (0: a new database).

    Raises ``CodecError`` for a record that does not fit, ``sqlite3.Error``.
    """
    _load_meta(connection, state, codec)
    connection.execute("DROP TABLE IF EXISTS temp.wanted")
    connection.execute("CREATE TEMP TABLE wanted (group_id TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute(
        f"INSERT INTO temp.wanted {_LIVE_GROUPS}", (state.config.closed_groups_kept,)
    )
    _load_groups(connection, state, codec)
    _load_attention(connection, state, codec)
    connection.execute("DROP TABLE temp.wanted")
    last = connection.execute("SELECT max(seq) FROM journal").fetchone()[0]
    return int(last or 0)


def _load_meta(connection: sqlite3.Connection, state: DeskState, codec: Codec) -> None:
    values = dict(connection.execute("SELECT key, value FROM meta"))
    if "meta" in values:
        state.meta = codec.decode(Meta, values["meta"])
        state.clock = codec.decode(BrokerClock, values["clock"])
        state.mono_ns, state.wall_ns = int(values["mono_ns"]), int(values["wall_ns"])
    if RECONCILED in values:
        state.reconciled = codec.decode(Reconciliation, values[RECONCILED])
    for key, value in values.items():
        if key.startswith(POSITION_PREFIX):
            position = codec.decode(Position, value)
            state.positions[key.removeprefix(POSITION_PREFIX)] = position


def _load_groups(connection: sqlite3.Connection, state: DeskState, codec: Codec) -> None:
    groups = _bodies(connection, "execution_states", Group, codec)
    state.groups = {group.group_id: group for group in groups}
    state.orders = _orders(connection, codec)
    chains = _bodies(connection, "hedge_tracking", HedgeChain, codec)
    state.chains = {chain.chain_id: chain for chain in chains}
    stops = _bodies(connection, "stops", StopWatch, codec)
    state.stops = {stop.key: stop for stop in stops}
    orphans = _bodies(connection, "orphans", Orphan, codec)
    state.orphans = {orphan.ref: orphan for orphan in orphans}


def _bodies(connection: sqlite3.Connection, table: str, cls: type[T], codec: Codec) -> Iterator[T]:
    """The records of the wanted groups in one table, oldest first."""
    rows = connection.execute(
        f"SELECT body FROM temp.wanted CROSS JOIN {table} USING (group_id) ORDER BY {table}.id"
    )
    return (codec.decode(cls, body) for (body,) in rows)


def _orders(connection: sqlite3.Connection, codec: Codec) -> dict[str, Order]:
    orders: dict[str, Order] = {}
    rows = connection.execute(
        "SELECT ref, request, body FROM temp.wanted CROSS JOIN order_intents USING (group_id)"
        " ORDER BY request > 0, order_intents.id"
    )
    for ref, request, body in rows:
        if request == 0:
            orders[ref] = codec.decode(Order, body)
        else:
            orders[ref].requests.append(codec.decode(Request, body))
    for ref, order in orders.items():
        executions = connection.execute(
            "SELECT exec_key, body FROM executions WHERE ref = ? ORDER BY id", (ref,)
        )
        order.executions = {key: codec.decode(Execution, body) for key, body in executions}
        order.requests.sort(key=lambda each: each.number)
    return orders


def _load_attention(connection: sqlite3.Connection, state: DeskState, codec: Codec) -> None:
    """What waits for somebody, and the newest of what has been dealt with."""
    escalations = connection.execute(_ESCALATIONS, (RESOLVED_ESCALATIONS_KEPT,))
    for (body,) in escalations:
        escalation = codec.decode(Escalation, body)
        state.escalations[escalation.number] = escalation
    externals = connection.execute(
        "SELECT body FROM (SELECT id, body FROM external_orders WHERE open = 1 UNION"
        " SELECT * FROM (SELECT id, body FROM external_orders ORDER BY id DESC LIMIT ?))"
        " ORDER BY id",
        (EXTERNALS_KEPT,),
    )
    for (body,) in externals:
        external = codec.decode(ExternalOrder, body)
        state.externals[external.key] = external
    rejected = connection.execute(
        "SELECT body FROM (SELECT number, body FROM rejected_events ORDER BY number DESC LIMIT ?)"
        " ORDER BY number",
        (REJECTED_KEPT,),
    )
    for (body,) in rejected:
        event = codec.decode(RejectedEvent, body)
        state.rejected[event.number] = event
    for (body,) in connection.execute("SELECT body FROM deadlines ORDER BY key"):
        state.deadlines.put(codec.decode(Deadline, body))


def owners_of(
    connection: sqlite3.Connection, order_ids: Iterable[str], codec: Codec
) -> list[RecalledGroup]:
    """The groups that own some orders, by ClOrdIDs of orders or requests, or by OrderIDs."""
    group_ids = {each for wanted in order_ids for each in _owners(connection, text(wanted))}
    return [recall(connection, each, codec) for each in sorted(group_ids)]


def _owners(connection: sqlite3.Connection, order_id: str) -> Iterator[str]:
    if not order_id:
        return
    for column in ("cl_ord_id", "order_id"):
        rows = connection.execute(
            f"SELECT group_id FROM order_intents WHERE {column} = ? AND {column} <> ''", (order_id,)
        )
        yield from (row[0] for row in rows if row[0])


def recall(connection: sqlite3.Connection, group_id: str, codec: Codec) -> RecalledGroup:
    """One group with everything that belongs to it."""
    connection.execute("DROP TABLE IF EXISTS temp.wanted")
    connection.execute("CREATE TEMP TABLE wanted (group_id TEXT PRIMARY KEY) WITHOUT ROWID")
    connection.execute("INSERT INTO temp.wanted VALUES (?)", (group_id,))
    (group,) = _bodies(connection, "execution_states", Group, codec)
    chains = list(_bodies(connection, "hedge_tracking", HedgeChain, codec))
    stops = list(_bodies(connection, "stops", StopWatch, codec))
    orders = list(_orders(connection, codec).values())
    connection.execute("DROP TABLE temp.wanted")
    return RecalledGroup(group, orders, chains, stops)


def booked(connection: sqlite3.Connection) -> Iterator[tuple[str, Decimal, Decimal]]:
    """For every order ever sent: reference, CumQty as recorded, sum of its live executions."""
    rows = connection.execute(
        "SELECT o.ref, o.body, e.qty FROM order_intents o LEFT JOIN executions e"
        " ON e.ref = o.ref AND e.live = 1 AND coalesce(json_extract(e.body, '$.held'), 0) = 0"
        " WHERE o.request = 0 ORDER BY o.id"
    )
    current, cum_qty, total = "", Decimal(0), Decimal(0)
    for ref, body, qty in rows:
        if ref != current:
            if current:
                yield current, cum_qty, total
            current, cum_qty, total = ref, Decimal(json.loads(body).get("cum_qty", 0)), Decimal(0)
        total += Decimal(qty) if qty is not None else 0
    if current:
        yield current, cum_qty, total


def is_durable(connection: sqlite3.Connection, cl_ord_id: str) -> bool:
    """Whether the intent of this order or request is committed."""
    row = connection.execute(
        "SELECT 1 FROM order_intents WHERE cl_ord_id = ?", (text(cl_ord_id),)
    ).fetchone()
    return row is not None
