"""Writing one batch: the one transaction of a cycle.

Owns: the SQL that writes. May not: decide what is written (``records``) or when (the shell).
``rows_of`` runs on the caller's thread, ``write`` on the connection's; the statements are
prepared once and cached by ``sqlite3``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from engine.core.events import Envelope
from engine.core.state import DeskState
from engine.store import records
from engine.store.batch import RECALLED, Batch, JournalEntry
from engine.store.codec import Codec
from engine.store.encoding import quote
from engine.store.records import Row
from engine.store.steps import SIZES, steps


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement for any number of rows. ``by_rows``: its text for each size in ``SIZES``;
    ``follow``: run for all rows when fewer rows than given were changed."""

    by_rows: Mapping[int, str]
    follow: Statement | None = None


def _statement(head: str, row: str, tail: str, follow: Statement | None = None) -> Statement:
    """``row`` is the marks of one row, repeated between ``head`` and ``tail``."""
    texts = {rows: f"{head} {', '.join([row] * rows)} {tail}".strip() for rows in SIZES}
    return Statement(MappingProxyType(texts), follow)


def _marks(columns: Sequence[str]) -> str:
    return f"({', '.join('?' * len(columns))})"


def _upsert(table: str, key: str, *columns: str) -> Statement:
    """INSERT, or UPDATE of all other columns where ``key`` exists; the row keeps its id."""
    keys = [each.strip() for each in key.split(",")]
    changes = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in keys)
    head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
    return _statement(head, _marks(columns), f"ON CONFLICT ({key}) DO UPDATE SET {changes}")


def _in_place(
    upsert: Statement, table: str, body: Sequence[str], indexed: Sequence[str]
) -> Statement:
    """The upsert, but of the columns ``body`` alone where the row exists and nothing of ``indexed``
    differs: it touches no index then. Where a row is left out for that, all are upserted."""
    changes = ", ".join(f"{column} = excluded.{column}" for column in body)
    same = " AND ".join(f"{table}.{column} IS excluded.{column}" for column in indexed)
    texts = {
        rows: f"{text[: text.index('DO UPDATE SET')]}DO UPDATE SET {changes} WHERE {same}"
        for rows, text in upsert.by_rows.items()
    }
    return Statement(MappingProxyType(texts), upsert)


_GROUP = _upsert(
    "execution_states",
    "group_id",
    "group_id",
    "lifecycle",
    "end_reason",
    "created_wall_ns",
    "closed_seq",
    "body",
)
_INTENT = _upsert(
    "order_intents",
    "ref, request",
    "cl_ord_id",
    "kind",
    "ref",
    "request",
    "group_id",
    "order_id",
    "intent",
    "status",
    "live",
    "body",
)
# Most writes of an order or group change nothing that an index knows.
_GROUP_IN_PLACE = _in_place(
    _GROUP, "execution_states", ("lifecycle", "end_reason", "body"), ("closed_seq",)
)
_INTENT_IN_PLACE = _in_place(
    _INTENT, "order_intents", ("intent", "status", "body"), ("order_id", "live")
)
_EXECUTION = _upsert("executions", "ref, exec_key", "ref", "exec_key", "qty", "px", "live", "body")
_SEEN = _statement("INSERT INTO processed_events (key, digest, about) VALUES", "(?, ?, ?)", "")
_CHAIN = _upsert("hedge_tracking", "chain_id", "chain_id", "group_id", "state", "live", "body")
_STOP = _upsert("stops", "key", "key", "group_id", "state", "live", "body")
_ESCALATION = _upsert(
    "escalations",
    "number",
    "number",
    "kind",
    "severity",
    "group_id",
    "state",
    "open",
    "raised_wall_ns",
    "body",
)
_ORPHAN = _upsert("orphans", "ref", "ref", "group_id", "evidence", "resolution", "body")
_EXTERNAL = _upsert(
    "external_orders", "key", "key", "cl_ord_id", "order_id", "status", "open", "body"
)
_REJECTED = _upsert(
    "rejected_events",
    "number",
    "number",
    "wall_ns",
    "reason",
    "ref",
    "group_id",
    "exec_id",
    "explained_by",
    "body",
)
_DEADLINE = _upsert("deadlines", "key", "key", "body")
_NO_DEADLINE = _statement("DELETE FROM deadlines WHERE key IN (VALUES", "(?)", ")")
_META = _upsert("meta", "key", "key", "value")
_NO_META = _statement("DELETE FROM meta WHERE key IN (VALUES", "(?)", ")")
_JOURNAL = _statement(
    "INSERT INTO journal (seq, run, mono_ns, wall_ns, kind, payload, context) VALUES",
    "(?, ?, ?, ?, ?, ?, ?)",
    "",
)


Work = list[tuple[Statement, list[Row]]]
"""What one transaction does."""


class Standing:
    """What the indexes know of the live orders and groups that were written in this process: most
    writes change nothing of it, and then no index need be touched."""

    def __init__(self) -> None:
        self._groups: set[str] = set()
        self._orders: dict[str, object] = {}

    def has_group(self, row: Row) -> bool:
        """Whether the row of a group changes nothing that is indexed; it does when it closes."""
        group_id, closed_seq = str(row[0]), row[4]
        if closed_seq is not None:
            self._groups.discard(group_id)
            return False
        known = group_id in self._groups
        self._groups.add(group_id)
        return known

    def has_order(self, row: Row) -> bool:
        """The same of an order's row: with its OrderID, as long as it is live."""
        ref, request, order_id, live = str(row[2]), row[3], row[5], row[8]
        if request:
            return False
        if not live:
            self._orders.pop(ref, None)
            return False
        known = self._orders.get(ref) == order_id
        self._orders[ref] = order_id
        return known


def rows_of(
    batch: Batch, state: DeskState, codec: Codec, standing: Standing, work: Work
) -> Iterator[None]:
    """Put the rows of a batch into ``work``, one with each step of the iterator. They hold no
    record: what they came from may change when all are made.

    Raises ``CodecError`` or ``ValueError`` when a record does not fit.
    """
    if batch.groups:
        rows = _group_rows(batch, codec)
        yield from _apart(rows, standing.has_group, _GROUP_IN_PLACE, _GROUP, work)
    if batch.orders or batch.external_cancels:
        rows = _intent_rows(batch, codec)
        yield from _apart(rows, standing.has_order, _INTENT_IN_PLACE, _INTENT, work)
    for statement, made in _work(batch, state, codec):
        kept: list[Row] = []
        for row in made:
            kept.append(row)
            yield
        work.append((statement, kept))


def _apart(
    rows: Iterable[Row],
    stands: Callable[[Row], bool],
    in_place: Statement,
    upsert: Statement,
    work: Work,
) -> Iterator[None]:
    """The rows that change nothing indexed, and the others."""
    same: list[Row] = []
    other: list[Row] = []
    for row in rows:
        (same if stands(row) else other).append(row)
        yield
    work += [each for each in ((in_place, same), (upsert, other)) if each[1]]


def write(connection: sqlite3.Connection, work: Work) -> int:
    """Write the rows in one transaction, synced to disk when this returns; the number of rows
    changed on this connection so far.

    Raises ``sqlite3.Error``; then nothing of them is durable. ``processed_events`` takes
    plain inserts: a key that is counted a second time breaks the transaction, loudly.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement, rows in work:
            _run(connection, statement, rows)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return connection.total_changes


def _run(connection: sqlite3.Connection, statement: Statement, rows: list[Row]) -> None:
    """One statement for all rows, in as few steps as they fit."""
    changed = 0
    for some in steps(rows):
        values = [value for row in some for value in row]
        changed += connection.execute(statement.by_rows[len(some)], values).rowcount
    if statement.follow is not None and changed != len(rows):
        _run(connection, statement.follow, rows)


def _work(
    batch: Batch, state: DeskState, codec: Codec
) -> Iterator[tuple[Statement, Iterable[Row]]]:
    """The other statements of a batch with their rows, cheap to ask for what is empty."""
    yield _JOURNAL, (_journal_row(entry, codec) for entry in batch.journal)
    yield _META, _meta_rows(state, codec)
    if batch.executions:
        yield (
            _EXECUTION,
            (records.execution_row(*key, each, codec) for key, each in batch.executions.items()),
        )
    if batch.seen:
        yield _SEEN, (tuple(map(records.text, each)) for each in batch.seen)
    if batch.deadlines:
        yield from _deadlines(batch, state, codec)
    if batch.positions:
        yield from _positions(batch, state, codec)
    if batch.reconciled and state.reconciled is not None:
        yield _META, [(records.RECONCILED, codec.encode(state.reconciled))]
    yield from _rare(batch, codec)


def _rare(batch: Batch, codec: Codec) -> Iterator[tuple[Statement, list[Row]]]:
    if batch.chains:
        yield _CHAIN, [records.chain_row(each, codec) for each in batch.chains.values()]
    if batch.stops:
        yield _STOP, [records.stop_row(each, codec) for each in batch.stops.values()]
    if batch.escalations:
        rows = [records.escalation_row(each, codec) for each in batch.escalations.values()]
        yield _ESCALATION, rows
    if batch.orphans:
        yield _ORPHAN, [records.orphan_row(each, codec) for each in batch.orphans.values()]
    if batch.externals:
        yield _EXTERNAL, [records.external_row(each, codec) for each in batch.externals.values()]
    if batch.rejected:
        yield _REJECTED, [records.rejected_row(each, codec) for each in batch.rejected.values()]


def _group_rows(batch: Batch, codec: Codec) -> Iterator[Row]:
    seq = batch.journal[-1].seq
    return (records.group_row(each, seq, codec) for each in batch.groups.values())


def _intent_rows(batch: Batch, codec: Codec) -> Iterator[Row]:
    for message in batch.external_cancels:
        yield records.external_cancel_row(message, codec)
    for order in batch.orders.values():
        yield records.order_row(order, codec)
        for request in order.requests:
            yield records.request_row(order, request, codec)


def _deadlines(
    batch: Batch, state: DeskState, codec: Codec
) -> Iterator[tuple[Statement, list[Row]]]:
    """A deadline that is touched and no longer in the book has ended: its row goes."""
    waits = state.deadlines.by_key
    kept = sorted(key for key in batch.deadlines if key in waits)
    ended = sorted(key for key in batch.deadlines if key not in waits)
    if kept:
        yield _DEADLINE, [(records.text(key), codec.encode(waits[key])) for key in kept]
    if ended:
        yield _NO_DEADLINE, [(records.text(key),) for key in ended]


def _positions(
    batch: Batch, state: DeskState, codec: Codec
) -> Iterator[tuple[Statement, list[Row]]]:
    """Positions that changed, a row each beside the single values; a flat one has none."""
    keys = sorted(batch.positions)
    held = [(key, state.positions[key]) for key in keys if key in state.positions]
    flat: list[Row] = [(records.position_key(key),) for key in keys if key not in state.positions]
    if held:
        yield _META, [(records.position_key(key), codec.encode(each)) for key, each in held]
    if flat:
        yield _NO_META, flat


def _meta_rows(state: DeskState, codec: Codec) -> list[Row]:
    """The single values; written with every batch, because they change with nearly every one."""
    return [
        ("meta", codec.encode(state.meta)),
        ("clock", codec.encode(state.clock)),
        ("mono_ns", str(state.mono_ns)),
        ("wall_ns", str(state.wall_ns)),
    ]


def _journal_row(entry: JournalEntry, codec: Codec) -> Row:
    envelope = entry.envelope
    recalled = entry.kind == RECALLED
    payload = quote(str(envelope.body)) if recalled else codec.encode(envelope.body)
    context = _context(envelope, codec) if envelope.known or envelope.quotes else None
    return (entry.seq, entry.run, envelope.mono_ns, envelope.wall_ns, entry.kind, payload, context)


def _context(envelope: Envelope, codec: Codec) -> str:
    """What else the core was told with this input, so that a replay tells it the same."""
    known = ",".join(f"{quote(k)}:{quote(v)}" for k, v in sorted(envelope.known.items()))
    quotes = ",".join(
        f"{quote(symbol)}:{codec.encode(each)}" for symbol, each in sorted(envelope.quotes.items())
    )
    return f'{{"known":{{{known}}},"quotes":{{{quotes}}}}}'
