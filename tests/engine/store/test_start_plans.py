"""A start reads what is live: no query of it walks over a whole table."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core import machine
from engine.core.model import EngineConfig
from engine.store import database, loader
from engine.store.records import record_codec

PARTIAL = ("_live", "_open", "_closed")


@pytest.fixture
def plans(tmp_path: Path) -> list[str]:
    """The query plans of everything that loading executes."""
    connection = database.connect(tmp_path / "desk.db")
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    loader.load(connection, machine.new_state(EngineConfig()), record_codec())
    connection.set_trace_callback(None)
    connection.execute("CREATE TEMP TABLE wanted (group_id TEXT PRIMARY KEY) WITHOUT ROWID")
    found = []
    for statement in statements:
        if "SELECT" in statement:
            rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}")
            found += [f"{row[3]}  [{' '.join(statement.split())}]" for row in rows]
    connection.close()
    return found


def test_big_tables_are_only_scanned_through_what_is_open(plans: list[str]) -> None:
    big = ("execution_states", "order_intents", "executions", "hedge_tracking", "stops",
           "escalations", "orphans", "processed_events", "journal")  # fmt: skip
    scans = [
        plan
        for plan in plans
        if any(plan.startswith(f"SCAN {table}") for table in big)
        and not any(f"{part} " in plan.split("[")[0] + " " for part in PARTIAL)
    ]
    assert scans == []
    assert any("SCAN execution_states USING INDEX execution_states_live" in p for p in plans)
