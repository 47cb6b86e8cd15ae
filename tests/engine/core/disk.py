"""What a store would hold: only what the core says it touched.

Owns: a picture of every record as of the turn that last touched it. May not: look at records
that were not touched, except to compare. A change that the core forgot to mark is a change that
a crash would lose; ``differences`` finds it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, fields

from engine.core.machine import new_state, rebuild
from engine.core.model import Order
from engine.core.state import DeskState

_BY_KEY = ("groups", "chains", "stops", "escalations", "orphans", "externals")
_ORDER_FIELDS = tuple(f.name for f in fields(Order) if f.name != "executions")


def picture(record: object) -> str:
    """Everything durable of a record, as text; an order without its executions."""
    if isinstance(record, Order):
        return repr([getattr(record, name) for name in _ORDER_FIELDS])
    return repr(record)


@dataclass(slots=True)
class Disk:
    """Pictures by table and key, and the unique key of counted events."""

    tables: dict[str, dict[object, str]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    groups_ever: set[str] = field(default_factory=set)

    def commit(self, state: DeskState) -> None:
        """Take over what one turn touched."""
        touched = state.touched
        for name in (*_BY_KEY, "orders"):
            for key in getattr(touched, name):
                self._table(name)[key] = picture(getattr(state, name)[key])
        for where, execution in touched.executions.items():
            self._table("executions")[where] = picture(execution)
        for event in touched.rejected:
            self._table("rejected")[event.number] = picture(event)
        for number in touched.explained:
            self._table("rejected")[number] = picture(state.rejected[number])
        for key in touched.deadlines:
            if key in state.deadlines.by_key:
                self._table("deadlines")[key] = picture(state.deadlines.by_key[key])
            else:
                self._table("deadlines").pop(key, None)
        for key, digest, _ in touched.seen:
            assert key not in self.seen, f"{key} is counted twice"
            self.seen[key] = digest
        self.groups_ever |= touched.groups
        if touched.any():
            self._table("meta")["meta"] = picture(state.meta)

    def differences(self, state: DeskState) -> list[str]:
        """Records in memory that the disk has otherwise or not at all."""
        found = []
        live: list[tuple[str, object, object]] = [("meta", "meta", state.meta)]
        for name in (*_BY_KEY, "orders", "rejected"):
            live += [(name, key, record) for key, record in getattr(state, name).items()]
        for order in state.orders.values():
            live += [("executions", (order.ref, k), x) for k, x in order.executions.items()]
        live += [("deadlines", key, d) for key, d in state.deadlines.by_key.items()]
        for name, key, record in live:
            kept = self._table(name).get(key)
            if kept != picture(record):
                found.append(f"{name} {key}: {kept} on disk, {picture(record)} in memory")
        stale = set(self._table("deadlines")) - set(state.deadlines.by_key)
        return found + [f"deadline {key} is on disk only" for key in stale]

    def load(self, state: DeskState) -> DeskState:
        """The state after a crash. ``state`` must agree with the disk (``differences``)."""
        fresh = new_state(state.config)
        for name in (*_BY_KEY, "orders", "rejected", "meta", "clock"):
            setattr(fresh, name, copy.deepcopy(getattr(state, name)))
        for key in sorted(state.deadlines.by_key):
            fresh.deadlines.put(copy.deepcopy(state.deadlines.by_key[key]))
        fresh.mono_ns, fresh.wall_ns = state.mono_ns, state.wall_ns
        rebuild(fresh)
        return fresh

    def _table(self, name: str) -> dict[object, str]:
        return self.tables.setdefault(name, {})


def durable_text(state: DeskState) -> str:
    """Canonical text of everything durable: equal text, equal state."""
    parts = [repr(state.meta), repr(state.clock)]
    for name in (*_BY_KEY, "orders", "rejected"):
        records = getattr(state, name)
        parts += [repr(records[key]) for key in sorted(records, key=str)]
    parts += [repr(state.deadlines.by_key[key]) for key in sorted(state.deadlines.by_key)]
    return "\n".join(parts)
