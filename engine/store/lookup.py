"""Which ids were counted before: the store's half of safeguard 2.

Owns: the question asked before each input whose id memory does not hold. May not: change the
database. It knows only what is committed; what is not yet, memory holds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from engine.store.records import text
from engine.store.steps import SIZES, steps

GROUP_KEY_PREFIX = "group:"


def _by_size(statement: str) -> Mapping[int, str]:
    """The statement for so many keys at once."""
    return {size: statement.format(", ".join("?" * size)) for size in SIZES}


_COUNTED = MappingProxyType(_by_size("SELECT key, digest FROM processed_events WHERE key IN ({})"))
_EXISTING = MappingProxyType(
    _by_size("SELECT group_id, '1' FROM execution_states WHERE group_id IN ({})")
)


def look_up(connection: sqlite3.Connection, keys: Iterable[str]) -> dict[str, str]:
    """The digests of those keys that were counted. A key of the form ``group:ID`` asks whether
    a group of that id ever existed."""
    wanted = list(keys)
    digests = _found(connection, _COUNTED, {text(key) for key in wanted})
    prefix = len(GROUP_KEY_PREFIX)
    group_ids = {text(key[prefix:]) for key in wanted if key.startswith(GROUP_KEY_PREFIX)}
    groups = _found(connection, _EXISTING, group_ids)
    found: dict[str, str] = {}
    for key in wanted:
        digest = digests.get(text(key))
        if digest is None and key.startswith(GROUP_KEY_PREFIX):
            digest = groups.get(text(key[prefix:]))
        if digest is not None:
            found[key] = digest
    return found


def _found(
    connection: sqlite3.Connection, statements: Mapping[int, str], wanted: set[str]
) -> dict[str, str]:
    """The value of each key that exists."""
    rows: list[tuple[str, str]] = []
    for some in steps(sorted(wanted)):
        rows += connection.execute(statements[len(some)], some).fetchall()
    return dict(rows)
