"""Archiving: what is over moves, what is open stays, and nothing is lost or counted twice."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from engine import run_scenarios
from engine.store.archive import archive
from engine.store.errors import StoreError

LATER_NS = 2 * 10**18
HEDGE = {"leg_id": "H1", "leg_type": "HEDGE", "symbol": "P", "side": "BUY", "quantity": 10}
RISK = {"leg_id": "R1", "leg_type": "RISK", "symbol": "Q", "side": "SELL", "quantity": 10}


def _fill(order: str, exec_id: str) -> dict[str, object]:
    return {
        "order": order,
        "exec_id": exec_id,
        "exec_type": "TRADE",
        "ord_status": "FILLED",
        "cum_qty": 10,
        "leaves_qty": 0,
        "last_qty": 10,
        "last_px": 5,
    }


def _submit(group_id: str) -> dict[str, object]:
    legs = [{**HEDGE, "price": 5}, {**RISK, "price": 6}]
    return {"group_id": group_id, "legs": legs}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with DONE completed and LIVE working."""
    steps = [
        {"t": 0, "submit": _submit("DONE")},
        {"t": 0.1, "report": _fill("DONE/H1/1", "a")},
        {"t": 0.2, "report": _fill("DONE/R1/1", "b")},
        {"t": 0.3, "submit": _submit("LIVE")},
        {"t": 0.4, "expect": {"groups.DONE.lifecycle": "COMPLETED"}},
    ]
    file = tmp_path / "day.json"
    file.write_text(json.dumps({"name": "a day", "steps": steps}))
    path = tmp_path / "desk.db"
    assert run_scenarios([file], None, path) == 0
    return path


def _ids(path: Path, table: str = "execution_states") -> set[str]:
    with sqlite3.connect(path) as connection:
        return {row[0] for row in connection.execute(f"SELECT group_id FROM {table}")}


def test_what_is_over_moves_and_what_is_open_stays(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "old.db"
    moved = archive(database, target, LATER_NS)
    assert moved.groups == 1
    assert (_ids(database), _ids(target)) == ({"LIVE"}, {"DONE"})
    assert _ids(database, "order_intents") == {"LIVE"}
    with sqlite3.connect(target) as connection:
        assert connection.execute("SELECT count(*) FROM executions").fetchone() == (2,)


def test_nothing_moves_that_ended_later(database: Path, tmp_path: Path) -> None:
    assert archive(database, tmp_path / "old.db", 1).groups == 0
    assert _ids(database) == {"DONE", "LIVE"}


def test_counted_events_and_used_ids_stay_known(database: Path, tmp_path: Path) -> None:
    with sqlite3.connect(database) as connection:
        before = {row[0] for row in connection.execute("SELECT key FROM processed_events")}
    archive(database, tmp_path / "old.db", LATER_NS)
    with sqlite3.connect(database) as connection:
        after = {row[0] for row in connection.execute("SELECT key FROM processed_events")}
    assert after == before | {"group:DONE"}


def test_running_again_moves_nothing_more(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "old.db"
    archive(database, target, LATER_NS)
    assert archive(database, target, LATER_NS).groups == 0
    assert _ids(target) == {"DONE"}


def test_a_crash_between_copy_and_delete_is_finished_by_the_next_run(
    database: Path, tmp_path: Path
) -> None:
    target = tmp_path / "old.db"

    def crash(done: int, of: int) -> None:
        if done > of // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive(database, target, LATER_NS, crash)
    assert "DONE" in _ids(database) and "DONE" in _ids(target)
    archive(database, target, LATER_NS)
    assert (_ids(database), _ids(target)) == ({"LIVE"}, {"DONE"})


def test_an_archive_belongs_to_one_database(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "old.db"
    archive(database, target, LATER_NS)
    with sqlite3.connect(target) as connection:
        connection.execute("UPDATE meta SET value = 'x' WHERE key = 'archive_of'")
    with pytest.raises(StoreError, match="archive of another database"):
        archive(database, target, LATER_NS)
    with pytest.raises(StoreError, match="another file"):
        archive(database, database, LATER_NS)
