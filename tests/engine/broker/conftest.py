"""What the tests of the brokers share: every state file that a test opened is closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.broker.paper.ledger_schema import open_state


@pytest.fixture(autouse=True)
def closed_states(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Python 3.13 warns of a database that nobody closed."""
    opened: list[sqlite3.Connection] = []

    def remember(path: Path | None, epoch: str) -> sqlite3.Connection:
        opened.append(open_state(path, epoch))
        return opened[-1]

    monkeypatch.setattr("engine.broker.paper.ledger.open_state", remember)
    yield
    for connection in opened:
        connection.close()
