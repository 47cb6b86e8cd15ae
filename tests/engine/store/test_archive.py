"""Archiving: what is over moves, what is open stays, and nothing is lost or counted twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine import run_scenarios
from engine.store import archive as archive_module
from engine.store.archive import archivable, archive
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
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "old.db"
    whole = archive_module._MOVED
    with monkeypatch.context() as patch, pytest.raises(StoreError, match="no such column"):
        # Its copy is committed; then its first deletion breaks.
        broken = [("orphans", "no_such_column = 1")]
        patch.setattr(archive_module, "_MOVED", _Then(whole, broken))
        archive(database, target, LATER_NS)
    assert "DONE" in _ids(database) and "DONE" in _ids(target)
    with sqlite3.connect(database) as connection:  # and the desk ran on, before the next try
        connection.execute("UPDATE execution_states SET end_reason = 'later' WHERE group_id='DONE'")
    archive(database, target, LATER_NS)
    assert (_ids(database), _ids(target)) == ({"LIVE"}, {"DONE"})
    with sqlite3.connect(target) as connection:
        found = connection.execute("SELECT end_reason FROM execution_states").fetchall()
    assert found == [("later",)], "the newest is kept, not the copy of the run that was killed"


class _Then:
    """One sequence the first time it is gone through, another one after that."""

    def __init__(self, *turns: Sequence[tuple[str, str]]) -> None:
        self._turns = list(turns)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._turns.pop(0))


def _day(path: Path, *names: str) -> None:
    """A day on which these groups came and were completed."""
    steps: list[dict[str, object]] = []
    for at, name in enumerate(names):
        steps.append({"t": at, "submit": _submit(name)})
        steps.append({"t": at + 0.1, "report": _fill(f"{name}/H1/1", f"{name}-a")})
        steps.append({"t": at + 0.2, "report": _fill(f"{name}/R1/1", f"{name}-b")})
        steps.append({"t": at + 0.3, "expect": {f"groups.{name}.lifecycle": "COMPLETED"}})
    file = path.with_suffix(".json")
    file.write_text(json.dumps({"name": "a day", "steps": steps}))
    assert run_scenarios([file], None, path) == 0


def test_rows_that_take_the_numbers_of_moved_ones_are_not_lost(tmp_path: Path) -> None:
    path, target = tmp_path / "desk.db", tmp_path / "old.db"
    _day(path, "MON-1", "MON-2")
    archive(path, target, LATER_NS)
    assert _ids(path) == set()
    with sqlite3.connect(path) as connection, sqlite3.connect(target) as old:
        # What the next day writes gets the same ids: nothing with a higher one is left.
        for table in ("execution_states", "order_intents", "executions"):
            old_rows = old.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()
            for row in old_rows:
                again = [f"TUE-{v[4:]}" if str(v).startswith("MON-") else v for v in row]
                connection.execute(
                    f"INSERT INTO {table} VALUES ({', '.join('?' * len(again))})", again
                )
    archive(path, target, LATER_NS)
    assert _ids(path) == set()
    assert _ids(target) == {"MON-1", "MON-2", "TUE-1", "TUE-2"}
    with sqlite3.connect(target) as connection:
        assert connection.execute("SELECT count(*) FROM executions").fetchone() == (8,)


def test_stopped_midway_each_group_is_whole_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "PORTION", 2)
    monkeypatch.setattr(archive_module, "LINES", 4)
    path, target = tmp_path / "desk.db", tmp_path / "old.db"
    names = {f"G{n}" for n in range(5)}
    _day(path, *sorted(names))
    told: list[tuple[str, int, int]] = []
    moved = archive(path, target, LATER_NS, lambda *each: told.append(each), lambda: len(told) < 3)
    assert told == [("groups", 0, 5), ("groups", 2, 5), ("groups", 4, 5)]
    assert (moved.groups, moved.whole) == (4, False)
    for table in ("execution_states", "order_intents"):
        here, there = _ids(path, table), _ids(target, table)
        assert len(there) == 4 and not here & there and here | there == names
    told.clear()
    rest = archive(path, target, LATER_NS, lambda *each: told.append(each))
    assert (rest.groups, rest.whole) == (1, True)
    assert told[1] == ("groups", 1, 1)
    lines = [each for each in told if each[0] == "journal lines"]
    assert len(lines) > 1 and lines[-1][1] == lines[-1][2], "journal lines too, n of N"


def test_what_could_move_is_counted_beside_a_running_desk(database: Path) -> None:
    with sqlite3.connect(database) as writer:
        writer.execute("BEGIN IMMEDIATE")  # a desk commits at this moment
        found = archivable(database, LATER_NS)
        writer.execute("ROLLBACK")
    assert (found.groups, found.of) == (1, 2) and found.lines > 0
    assert archivable(database, 1).groups == 0
    with pytest.raises(StoreError, match=r"gone\.db"):
        archivable(database.with_name("gone.db"), 1)


def test_an_archive_belongs_to_one_database(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "old.db"
    archive(database, target, LATER_NS)
    with sqlite3.connect(target) as connection:
        connection.execute("UPDATE meta SET value = 'x' WHERE key = 'archive_of'")
    with pytest.raises(StoreError, match="archive of another database"):
        archive(database, target, LATER_NS)
    with pytest.raises(StoreError, match="another file"):
        archive(database, database, LATER_NS)
