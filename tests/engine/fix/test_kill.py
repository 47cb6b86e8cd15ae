"""A short version of ``kill_cycles``."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from tests.engine.fix.fix_kit import needs_quickfix
from tests.engine.fix.kill_cycles import Outcome, compare, run_cycles


@needs_quickfix
@pytest.mark.process
def test_the_ledgers_agree_after_kills_of_either_side(tmp_path: Path) -> None:
    outcome = run_cycles(tmp_path, cycles=6, seed=3)
    assert outcome.executions > 20
    assert outcome.desk_kills and outcome.exchange_kills
    assert outcome.agrees, outcome


def test_a_difference_is_seen(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "paper.db") as db:
        db.execute("CREATE TABLE executions (exec_id, last_qty, last_px)")
        db.executemany(
            "INSERT INTO executions VALUES (?, ?, ?)", [("e1", "1", "2"), ("e2", "1", "2")]
        )
    with sqlite3.connect(tmp_path / "desk.db") as db:
        db.execute("CREATE TABLE executions (ref, exec_key, qty, px, live)")
        db.executemany(
            "INSERT INTO executions VALUES (?, ?, ?, ?, 1)",
            [("G/H/1", "e1", "1", "3"), ("G/H/1", "e9", "1", "2"), ("G/H/2", "e9", "1", "2")],
        )
    outcome = Outcome()
    compare(tmp_path, outcome)
    assert (outcome.missing, outcome.invented, outcome.twice) == (["e2"], ["e1", "e9"], ["e9"])
    assert not outcome.agrees and Decimal(outcome.orders) == 2
