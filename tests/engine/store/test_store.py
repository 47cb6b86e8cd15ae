"""One transaction per batch: all or nothing, written once, read back the same."""

from __future__ import annotations

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core import machine
from engine.core.decisions import SendCancel
from engine.core.events import Envelope, HeartbeatReceived, QuoteChanged
from engine.core.model import (
    Deadline,
    EngineConfig,
    Execution,
    Group,
    Leg,
    Order,
    RejectedEvent,
    Request,
)
from engine.core.state import DeskState
from engine.core.terms import (
    IntentState,
    LegType,
    OrdStatus,
    OrdType,
    Purpose,
    RejectReason,
    Release,
    RequestKind,
    RequestState,
    RiskShortfall,
    Side,
    TimeInForce,
)
from engine.store import loader, store
from engine.store.batch import Batch, JournalEntry
from engine.store.database import connect_to_read
from engine.store.errors import StoreError
from engine.store.journal import entries
from engine.store.records import record_codec
from engine.store.store import Store

D = Decimal


def make_order(ref: str, **changes: object) -> Order:
    group_id, leg_id, number = ref.split("/")
    order = Order(
        ref=ref,
        group_id=group_id,
        leg_id=leg_id,
        number=int(number),
        purpose=Purpose.HEDGE,
        account="default",
        symbol="ES",
        side=Side.BUY,
        order_type=OrdType.LIMIT,
        tif=TimeInForce.DAY,
        price=D("10.50"),
        order_qty=D(100),
        cl_ord_id="c-" + ref,
        created_mono_ns=1,
        created_wall_ns=2,
        leaves_qty=D(100),
    )
    for name, value in changes.items():
        setattr(order, name, value)
    return order


def make_group(group_id: str, lifecycle: str = "HEDGE_SUBMITTED", *refs: str) -> Group:
    leg = Leg(
        "H1", LegType.HEDGE, "ES", Side.BUY, D(100), OrdType.LIMIT, D(10), TimeInForce.DAY,
        "ES", Side.BUY, None, None, D(1), orders=list(refs),
    )  # fmt: skip
    return Group(
        group_id, "default", Release.AFTER_HEDGE, RiskShortfall.KEEP, {"H1": leg}, lifecycle,
        1, 2, "anna", [("CREATED", 1)],
    )  # fmt: skip


class Book:
    """A state and the batches written from it."""

    def __init__(self, kept: int = 500) -> None:
        self.state = DeskState(EngineConfig(closed_groups_kept=kept))
        self.seq = 0
        self.batch = Batch()

    def group(self, group: Group, *orders: Order) -> None:
        self.state.groups[group.group_id] = self.batch.groups[group.group_id] = group
        for order in orders:
            self.state.orders[order.ref] = self.batch.orders[order.ref] = order
            for key, execution in order.executions.items():
                self.batch.executions[order.ref, key] = execution

    async def commit(self, to: Store, body: object = HeartbeatReceived(1)) -> None:
        self.seq += 1
        envelope = Envelope(self.seq, self.seq, body)
        self.batch.journal.append(JournalEntry(self.seq, 1, envelope, type(body).__name__))
        batch, self.batch = self.batch, Batch()
        await to.commit(batch, self.state)


async def reload(path: Path, kept: int = 500) -> tuple[DeskState, int]:
    again = await Store.open(path)
    state = machine.new_state(EngineConfig(closed_groups_kept=kept))
    last = await again.load(state)
    await again.close()
    return state, last


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


async def test_records_come_back_as_they_were(path: Path) -> None:
    book = Book()
    order = make_order("G1/H1/1", order_id="O-1", cum_qty=D("60.0"))
    order.requests.append(
        Request(1, RequestKind.CANCEL, "r1", "c", RequestState.OPEN, IntentState.SENT, 5)
    )
    for number, key in enumerate(("z", "a", "m")):
        order.executions[key] = Execution(key, order.ref, D(20), D(10 + number), server_time_ns=7)
    book.group(make_group("G1", "HEDGE_PARTIAL", "G1/H1/1"), order)
    book.state.meta.run = 3
    book.state.clock.now_ns = 99
    book.state.mono_ns = 5
    book.state.deadlines.put(Deadline("leg:G1/H1", 10, 1, True, 2))
    book.batch.deadlines.add("leg:G1/H1")
    event = RejectedEvent(
        1, 1, 1, RejectReason.DUPLICATE, "G1/H1/1", "G1", "e", "", "", D(0), "", ""
    )
    book.batch.rejected[1] = event
    db = await Store.open(path)
    await book.commit(db)
    await db.close()

    state, last = await reload(path)
    assert last == 1
    assert state.groups == book.state.groups
    assert state.orders == book.state.orders
    assert list(state.orders["G1/H1/1"].executions) == ["z", "a", "m"]
    assert state.meta == book.state.meta
    assert (state.clock.now_ns, state.mono_ns) == (99, 5)
    assert state.deadlines.by_key == book.state.deadlines.by_key
    assert state.rejected == {1: event}


async def test_a_later_write_replaces_and_an_ended_deadline_goes(path: Path) -> None:
    book = Book()
    order = make_order("G1/H1/1")
    book.group(make_group("G1", "HEDGE_SUBMITTED", "G1/H1/1"), order)
    book.state.deadlines.put(Deadline("leg:G1/H1", 10, 1))
    book.batch.deadlines.add("leg:G1/H1")
    db = await Store.open(path)
    await book.commit(db)
    order.cum_qty, order.ord_status = D(5), OrdStatus.PARTIALLY_FILLED
    book.batch.orders[order.ref] = order
    await book.commit(db)
    order.order_id = "O-7"
    book.batch.orders[order.ref] = order
    book.state.deadlines.drop("leg:G1/H1")
    book.batch.deadlines.add("leg:G1/H1")
    await book.commit(db)
    await db.close()
    state, _ = await reload(path)
    assert state.orders[order.ref] == order
    assert state.deadlines.by_key == {}
    read = connect_to_read(path)
    assert read.execute("SELECT count(*), max(order_id) FROM order_intents").fetchall() == [
        (1, "O-7")
    ]
    read.close()


async def test_a_key_counted_twice_breaks_the_whole_transaction(path: Path) -> None:
    book = Book()
    db = await Store.open(path)
    book.batch.seen.append(("b#e1", "digest", "G1/H1/1"))
    await book.commit(db)
    book.batch.seen.append(("b#e1", "other", "G1/H1/1"))
    book.group(make_group("G1"))
    with pytest.raises(StoreError, match="about to be written twice"):
        await book.commit(db)
    assert await db.look_up(["b#e1", "b#e2"]) == {"b#e1": "digest"}
    await db.close()
    state, last = await reload(path)
    assert (state.groups, last) == ({}, 1)


async def test_group_ids_are_known_for_good(path: Path) -> None:
    book = Book()
    book.group(make_group("G.1", "COMPLETED"))
    db = await Store.open(path)
    await book.commit(db)
    assert await db.look_up(["group:G.1", "group:G.2"]) == {"group:G.1": "1"}
    await db.close()


async def test_only_what_is_live_and_the_last_closed_is_loaded(path: Path) -> None:
    book = Book()
    db = await Store.open(path)
    stuck = make_order("STUCK/H1/1")
    book.group(make_group("STUCK", "FAILED", stuck.ref), stuck)
    await book.commit(db)
    for number in range(6):
        ref = f"G{number}/H1/1"
        ended = make_order(ref, base=OrdStatus.FILLED, ord_status=OrdStatus.FILLED)
        book.group(make_group(f"G{number}", "COMPLETED", ref), ended)
        await book.commit(db)
    book.group(make_group("LIVE", "HEDGE_PARTIAL"))
    await book.commit(db)
    await db.close()
    state, _ = await reload(path, kept=2)
    assert set(state.groups) == {"STUCK", "G4", "G5", "LIVE"}
    assert set(state.orders) == {"STUCK/H1/1", "G4/H1/1", "G5/H1/1"}
    state, _ = await reload(path, kept=0)
    assert set(state.groups) == {"STUCK", "LIVE"}


@pytest.mark.parametrize("wanted", ["c-G1/H1/1", "O-1", "r1"])
async def test_a_closed_group_is_found_by_any_id_of_its_orders(path: Path, wanted: str) -> None:
    book = Book()
    order = make_order("G1/H1/1", order_id="O-1", base=OrdStatus.FILLED)
    order.requests.append(
        Request(1, RequestKind.REPLACE, "r1", "c", RequestState.ACCEPTED, IntentState.CLOSED, 5)
    )
    order.executions["e1"] = Execution("e1", order.ref, D(100), D(10))
    group = make_group("G1", "COMPLETED", order.ref)
    book.group(group, order)
    db = await Store.open(path)
    await book.commit(db)
    (found,) = await db.owners_of([wanted, "unknown", ""])
    await db.close()
    assert (found.group, found.orders) == (group, [order])


async def test_the_cancel_of_an_order_that_is_not_ours_is_an_intent_too(path: Path) -> None:
    book = Book()
    book.batch.external_cancels.append(
        SendCancel("TEL-1", 1, "x-1", "TEL-1", "O-9", "", "ES", Side.BUY, D(5))
    )
    db = await Store.open(path)
    await book.commit(db)
    await db.close()
    read = connect_to_read(path)
    assert loader.is_durable(read, "x-1")
    assert not loader.is_durable(read, "x-2")
    read.close()
    assert (await reload(path))[0].orders == {}


async def test_the_journal_gives_the_inputs_back(path: Path) -> None:
    book = Book()
    quote = QuoteChanged("ES", D("1.5"), D(3), None, D(0), server_time_ns=4)
    db = await Store.open(path)
    await book.commit(db, quote)
    await db.close()
    read = connect_to_read(path)
    (entry,) = entries(read, record_codec())
    read.close()
    assert (entry.seq, entry.run, entry.kind) == (1, 1, "QuoteChanged")
    assert entry.envelope == Envelope(1, 1, quote)


async def test_garbage_text_can_be_stored(path: Path) -> None:
    book = Book()
    order = make_order("G1/H1/1", order_id="\ud800\x00é")
    order.executions["\udfff"] = Execution("\udfff", order.ref, D(1), D(1))
    book.group(make_group("G1", "HEDGE_PARTIAL", order.ref), order)
    book.batch.seen.append(("b#\ud800", "d", order.ref))
    db = await Store.open(path)
    await book.commit(db)
    assert await db.look_up(["b#\ud800"]) == {"b#\ud800": "d"}
    await db.close()
    state, _ = await reload(path)
    assert state.orders[order.ref].order_id == order.order_id


async def test_a_commit_that_has_begun_is_finished_even_if_nobody_waits(path: Path) -> None:
    book = Book()
    db = await Store.open(path)
    for number in range(200):
        book.group(make_group(f"G{number}"))
    task = asyncio.ensure_future(book.commit(db))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await db.close()
    assert len((await reload(path))[0].groups) == 200


async def test_closing_drops_what_was_not_committed(path: Path) -> None:
    db = await Store.open(path)
    book = Book()
    await book.commit(db)
    await db.close()
    with pytest.raises(StoreError):
        await db.look_up(["x"])


async def test_a_full_disk_is_said_and_nothing_is_written(path: Path) -> None:
    book = Book()
    db = await Store.open(path)
    await book.commit(db)

    def no_room(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    await db._run(no_room, "setting the scene")
    for number in range(500):
        book.group(make_group(f"G{number}"))
    with pytest.raises(StoreError, match="the disk is full"):
        await book.commit(db)
    await db.close()
    assert (await reload(path))[0].groups == {}


async def test_the_log_is_folded_in_when_it_has_grown(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHECKPOINT_ROWS", 100)
    book = Book()
    db = await Store.open(path)
    before = path.stat().st_size
    for number in range(300):
        book.group(make_group(f"G{number}"))
    await book.commit(db)
    assert (db.checkpoint_due(idle=True), db.checkpoint_due(idle=False)) == (True, False)
    await db.checkpoint()
    assert path.stat().st_size > before
    assert not db.checkpoint_due(idle=True)
    await book.commit(db)
    await db.close()


async def test_the_ledger_adds_executions_up(path: Path) -> None:
    book = Book()
    order = make_order("G1/H1/1", cum_qty=D(30))
    order.executions["a"] = Execution("a", order.ref, D(10), D(1))
    order.executions["b"] = Execution("b", order.ref, D(20), D(1))
    order.executions["c"] = Execution("c", order.ref, D(7), D(1), live=False)
    order.executions["d"] = Execution("d", order.ref, D(8), D(1), held=True)
    book.group(make_group("G1", "HEDGE_PARTIAL", order.ref), order)
    db = await Store.open(path)
    await book.commit(db)
    await db.close()
    read = connect_to_read(path)
    assert list(loader.booked(read)) == [("G1/H1/1", D(30), D(30))]
    read.close()
