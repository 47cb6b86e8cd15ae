"""The databases that released desks left behind: opened, backed up, migrated, read, started on.

One or more for each schema that was released, cut off in the middle of a day with everything in
it: open orders, orphans, chains, stops, alarms, waits (``make_released`` made them).
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.broker.port import BrokerTraits, Deliver
from engine.core import machine
from engine.core.decisions import Outbound, Question
from engine.core.lifecycle import TERMINAL
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.core.terms import EscalationState
from engine.scenario.clock import VirtualClock
from engine.shell.recovery import recover_execution_from_crash
from engine.sim.durable import Durable, Snapshot
from engine.store import database
from engine.store.journal import entries
from engine.store.records import record_codec
from engine.store.store import Store
from tests.engine.store.make_released import dump

RELEASED = sorted((Path(__file__).parent / "released").glob("schema-*.sql"))
SCHEMAS = sorted({int(re.findall(r"\d+", path.name)[0]) for path in RELEASED})


@pytest.fixture(params=RELEASED, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The file as the old desk left it."""
    path = tmp_path / "desk.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(request.param.read_text(encoding="utf-8"))
    return path


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute("PRAGMA user_version").fetchone()[0])


def committed(path: Path) -> Snapshot:
    durable = Durable()
    durable.open(path)
    try:
        return durable.read()
    finally:
        durable.close()


async def loaded(path: Path) -> DeskState:
    store = await Store.open(path)
    state = machine.new_state(EngineConfig())
    await store.load(state)
    machine.rebuild(state)
    await store.close()
    return state


def test_every_released_schema_has_its_databases() -> None:
    assert list(range(1, database.migrations()[-1][0] + 1)) == SCHEMAS


def test_they_hold_something_of_everything() -> None:
    counts: dict[str, int] = {}
    for path in RELEASED:
        for table in re.findall(r'^INSERT INTO "?(\w+)', path.read_text(), re.MULTILINE):
            counts[table] = counts.get(table, 0) + 1
    with closing(sqlite3.connect(":memory:")) as file:
        for _, _, script in database.migrations()[: SCHEMAS[-1]]:
            file.executescript(script)
        tables = {row[0] for row in file.execute("SELECT name FROM sqlite_schema WHERE sql LIKE"
                                                 " 'CREATE TABLE%'")}  # fmt: skip
    assert tables - counts.keys() == set()


async def test_all_that_is_open_is_there(old: Path) -> None:
    """As a reader sees it that shares no code with the loader."""
    state = await loaded(old)
    shot = committed(old)
    assert {g.group_id for g in shot.groups.values() if g.lifecycle not in TERMINAL} <= set(
        state.groups
    )
    seen = {ref: (o.cum_qty, o.base, o.order_qty) for ref, o in state.orders.items()}
    assert seen and all(
        seen[ref] == (row.cum, row.base, row.qty)
        for ref, row in shot.orders.items()
        if not row.closed or ref in seen
    )
    open_orphans = {o.ref for o in state.orphans.values() if o.resolution is None}
    assert open_orphans == set(shot.open_orphans)
    standing = {e.number for e in state.escalations.values()
                if e.state is not EscalationState.RESOLVED}  # fmt: skip
    assert standing == {e.number for e in shot.escalations.values() if e.state != "RESOLVED"}


async def test_the_whole_journal_can_be_read(old: Path) -> None:
    await loaded(old)
    with closing(sqlite3.connect(old)) as file:
        count = file.execute("SELECT count(*) FROM journal").fetchone()[0]
        assert len(list(entries(file, record_codec()))) == count > 0


async def test_a_later_desk_backs_it_up_and_migrates_it(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while there is no later schema than the file's: then with one step more."""
    known = database.migrations()
    before, text = version_of(old), dump(old)
    step = (known[-1][0] + 1, "later.sql", "ALTER TABLE journal ADD COLUMN later TEXT;")
    monkeypatch.setattr(database, "migrations", lambda: [*known, step])
    state = await loaded(old)
    assert state.orders
    assert version_of(old) == step[0] > before
    (backup,) = old.parent.glob("*.backup")
    assert backup.name == f"desk.db.schema{before}.1.backup"
    assert dump(backup) == text


class Silent:
    """A broker that takes everything and says nothing."""

    traits = BrokerTraits("sim", rejects_duplicates=True, exec_id_per_order=False)

    def __init__(self) -> None:
        self.sent: list[Outbound] = []
        self.asked: list[Question] = []

    async def start(self, deliver: Deliver) -> None: ...

    async def stop(self) -> None: ...

    def send(self, message: Outbound) -> None:
        self.sent.append(message)

    def ask(self, question: Question) -> None:
        self.asked.append(question)


async def test_a_desk_starts_on_it(old: Path) -> None:
    """All that is in doubt is asked about and waits; nothing is sent, nothing is lost."""
    before, broker = committed(old), Silent()
    store, runner = await recover_execution_from_crash(
        old, broker, EngineConfig(), lambda _: VirtualClock(), lambda: "new"
    )
    while await runner.step():
        pass
    assert runner.stopped_why == ""
    assert set(before.open_orphans) <= set(runner.state.orphans)
    assert runner.state.meta.run == before.run + 1
    assert broker.asked and not broker.sent
    await store.close()
    after = committed(old)
    assert before.groups.keys() == after.groups.keys()
    assert before.seen <= after.seen
