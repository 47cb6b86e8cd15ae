"""What is committed, read from the database file and from nowhere else.

Owns: plain copies of the durable rows for the ledger. May not: use the engine's own loader or
its memory: what the engine believes is what is being judged.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from engine.sim.verdict import violated

T = TypeVar("T")
ZERO = Decimal(0)
CLOSED = frozenset({"FILLED", "CANCELED", "REJECTED", "EXPIRED"})
CLOSING = frozenset({"STOP_LOSS", "MARKET_FALLBACK", "UNWIND"})


@dataclass(frozen=True, slots=True)
class OrderRow:
    ref: str
    group_id: str
    leg_id: str
    purpose: str
    cl_ord_id: str
    side: str
    symbol: str
    qty: Decimal
    cum: Decimal
    leaves: Decimal
    booked: Decimal
    gap: Decimal
    base: str
    shown: str
    intent: str
    never_sent: bool
    reduced: Decimal

    @property
    def closed(self) -> bool:
        return self.never_sent or self.base in CLOSED

    @property
    def may_fill(self) -> Decimal:
        return ZERO if self.closed else self.leaves


@dataclass(frozen=True, slots=True)
class LegRow:
    leg_id: str
    leg_type: str
    symbol: str
    side: str
    target: Decimal
    lot: Decimal
    accepted: Decimal
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    group_id: str
    lifecycle: str
    end_reason: str | None
    history: tuple[str, ...]
    release: str
    stopping: str | None
    paused: bool
    legs: tuple[LegRow, ...]


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    key: str
    qty: Decimal
    live: bool


@dataclass(frozen=True, slots=True)
class EscalationRow:
    number: int
    cause: str
    kind: str
    state: str
    group_id: str
    leg_id: str
    unfilled: Decimal
    seen_or_accepted: bool

    @property
    def is_live(self) -> bool:
        return self.state in ("UNACKNOWLEDGED", "ACKNOWLEDGED")


@dataclass(frozen=True, slots=True)
class ChainRow:
    chain_id: str
    group_id: str
    leg_id: str
    state: str


@dataclass(slots=True)
class Snapshot:
    """One reading of everything that is committed."""

    phase: str = "RECOVERING"
    run: int = 0
    groups: dict[str, GroupRow] = field(default_factory=dict)
    orders: dict[str, OrderRow] = field(default_factory=dict)
    executions: dict[str, list[ExecutionRow]] = field(default_factory=dict)
    chains: dict[str, ChainRow] = field(default_factory=dict)
    escalations: dict[int, EscalationRow] = field(default_factory=dict)
    open_orphans: dict[str, str | None] = field(default_factory=dict)
    resolutions: dict[str, str] = field(default_factory=dict)
    kills: frozenset[tuple[str, str]] = frozenset()
    seen: frozenset[str] = frozenset()


class Durable:
    """A second connection to the desk's file, which sees only what is committed."""

    def __init__(self) -> None:
        self._connection: sqlite3.Connection | None = None
        self._parsed: dict[tuple[str, str], Any] = {}
        self._executions: dict[tuple[Any, ...], ExecutionRow] = {}

    def open(self, path: Path) -> None:
        self.close()
        uri = f"{path.absolute().as_uri()}?mode=ro"
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def intent(self, cl_ord_id: str) -> dict[str, Any] | None:
        """The committed intent with this ClOrdID."""
        assert self._connection is not None
        row = self._connection.execute(
            "SELECT body FROM order_intents WHERE cl_ord_id = ?", (cl_ord_id,)
        ).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def integrity(self) -> str:
        assert self._connection is not None
        return str(self._connection.execute("PRAGMA integrity_check").fetchone()[0])

    def read(self) -> Snapshot:
        """Everything, as of the last commit, in one reading transaction."""
        assert self._connection is not None
        try:
            self._connection.execute("BEGIN")
            try:
                return self._read(self._connection.execute)
            finally:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            violated(7, f"what was committed cannot be read any more: {error}")

    def _read(self, read: Callable[[str], sqlite3.Cursor]) -> Snapshot:
        shot = Snapshot()
        for (said,) in read("SELECT value FROM meta WHERE key = 'meta'"):
            meta = json.loads(said)
            shot.phase, shot.run = meta.get("phase", "RECOVERING"), meta.get("run", 0)
            shot.kills = frozenset((k["scope"], k["target"]) for k in meta.get("kills", ()))
        for (body,) in read("SELECT body FROM execution_states"):
            group = self._parse("group", body, _group)
            shot.groups[group.group_id] = group
        for (body,) in read("SELECT body FROM order_intents WHERE kind = 'NEW'"):
            order = self._parse("order", body, _order)
            shot.orders[order.ref] = order
        for row in read("SELECT ref, exec_key, qty, live FROM executions"):
            made = self._executions.get(row)
            if made is None:
                made = self._executions[row] = ExecutionRow(row[1], Decimal(row[2]), bool(row[3]))
            shot.executions.setdefault(row[0], []).append(made)
        for (body,) in read("SELECT body FROM hedge_tracking"):
            chain = self._parse("chain", body, _chain)
            shot.chains[chain.chain_id] = chain
        for (body,) in read("SELECT body FROM escalations"):
            escalation = self._parse("escalation", body, _escalation)
            shot.escalations[escalation.number] = escalation
        for ref, evidence, resolution in read("SELECT ref, evidence, resolution FROM orphans"):
            if resolution is None:
                shot.open_orphans[ref] = evidence
            else:
                shot.resolutions[ref] = resolution
        shot.seen = frozenset([key for (key,) in read("SELECT key FROM processed_events")])
        return shot

    def _parse(self, kind: str, text: str, make: Callable[[dict[str, Any]], T]) -> T:
        """Rows change rarely: what was parsed once is kept by its text."""
        known: T | None = self._parsed.get((kind, text))
        if known is None:
            known = self._parsed[(kind, text)] = make(json.loads(text))
        return known


def _order(body: dict[str, Any]) -> OrderRow:
    """A field at its default is not in the row."""
    return OrderRow(
        body["ref"], body["group_id"], body["leg_id"], body["purpose"], body["cl_ord_id"],
        body["side"], body["symbol"], Decimal(body["order_qty"]), _number(body, "cum_qty"),
        _number(body, "leaves_qty"), _number(body, "booked_qty"), _number(body, "gap_qty"),
        body.get("base", "PENDING_NEW"), body.get("ord_status", "PENDING_NEW"),
        body.get("intent", "INTENT_PERSISTED"), body.get("never_sent", False),
        _number(body, "reduced_qty"),
    )  # fmt: skip


def _group(body: dict[str, Any]) -> GroupRow:
    legs = tuple(
        LegRow(
            leg["leg_id"],
            leg["leg_type"],
            leg["symbol"],
            leg["side"],
            Decimal(leg["target_qty"]),
            Decimal(leg["lot"]),
            _number(leg, "accepted_qty"),
            tuple(leg.get("orders", ())),
        )
        for leg in body["legs"].values()
    )
    return GroupRow(
        body["group_id"], body["lifecycle"], body.get("end_reason"),
        tuple(state for state, _ in body.get("history", ())), body["release"],
        body.get("stopping"), body.get("paused", False), legs,
    )  # fmt: skip


def _chain(body: dict[str, Any]) -> ChainRow:
    return ChainRow(body["chain_id"], body["group_id"], body["leg_id"], body["state"])


def _escalation(body: dict[str, Any]) -> EscalationRow:
    return EscalationRow(
        body["number"], body["cause_key"], body["kind"], body["state"], body["group_id"],
        body["leg_id"], Decimal(body["unfilled_qty"]),
        bool(body.get("acknowledgements")) or bool(body.get("accepted_by")),
    )  # fmt: skip


def _number(body: dict[str, Any], name: str) -> Decimal:
    return Decimal(body.get(name, "0"))
