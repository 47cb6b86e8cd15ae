"""The front door on a live loop: commands in, views out, an orderly end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from shell_kit import CALM, RecordingBroker, request, trade

from engine import (
    Changes,
    Engine,
    EngineError,
    IntentState,
    LegStatus,
    OrdStatus,
    Phase,
    Purpose,
    SubmitGroup,
)
from engine.core.commands import CancelOrder
from engine.core.events import ExecutionReport, HeartbeatReceived, QuoteChanged, RawReceived
from engine.core.terms import ExecType
from engine.store.errors import StoreError

D = Decimal


async def until(true: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if true():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not happen within two seconds")


@pytest.fixture
def broker() -> RecordingBroker:
    return RecordingBroker()


@pytest.fixture
async def engine(tmp_path: Path, broker: RecordingBroker) -> AsyncIterator[Engine]:
    made = Engine(tmp_path / "desk.db", broker, CALM)
    await made.start()
    yield made
    await made.stop()


async def armed(engine: Engine) -> None:
    await until(lambda: engine.status().phase is Phase.ARMED)


async def submit(engine: Engine, group_id: str = "G1") -> None:
    await armed(engine)
    answer = await engine.submit(SubmitGroup(group=request(group_id)))
    assert answer.accepted, answer.reason


async def test_a_group_from_order_to_end(engine: Engine, broker: RecordingBroker) -> None:
    told: list[Changes] = []
    engine.subscribe(told.append)
    await submit(engine)
    (hedge,) = broker.sent
    broker.deliver(trade(hedge.cl_ord_id, "e1", 60, 60))
    await until(lambda: any("G1/H1/1" in each.orders for each in told))
    await until(lambda: engine.order("G1/H1/1").cum_qty == 60)  # type: ignore[union-attr]
    row = engine.group("G1")
    assert row is not None
    assert (row.lifecycle, row.rank, row.closed) == ("HEDGE_PARTIAL", 3, False)
    hedge_leg, risk_leg = row.legs
    assert (hedge_leg.status, hedge_leg.filled_qty, hedge_leg.working_qty) == (
        LegStatus.PARTIALLY_FILLED,
        60,
        40,
    )
    assert risk_leg.avg_px is None
    broker.deliver(trade(hedge.cl_ord_id, "e2", 40, 100))
    await until(lambda: len(broker.sent) == 2)
    broker.deliver(trade(broker.sent[1].cl_ord_id, "e3", 100, 100))
    await until(lambda: engine.group("G1").closed)  # type: ignore[union-attr]
    detail = engine.group_detail("G1")
    assert detail is not None
    assert [name for name, _ in detail.history][-1] == "COMPLETED"
    assert [order.purpose for order in detail.orders] == [Purpose.HEDGE, Purpose.RISK]
    assert [each.exec_id for each in detail.orders[0].executions] == ["e1", "e2"]
    kinds = {mark.kind for mark in detail.marks}
    assert kinds >= {"state", "request", "fill", "outcome"}
    status = engine.status()
    assert (status.live_groups, status.done_groups, status.needs_me) == (0, 1, 0)
    assert status.commit_p99_ms is not None
    assert status.decision_p99_ms is not None
    assert engine.group_ids() == ("G1",)


async def test_answers_are_logged_and_refusals_have_reasons(engine: Engine) -> None:
    await submit(engine)
    again = await engine.submit(SubmitGroup(group=request("G1")))
    assert not again.accepted
    assert again.reason
    unknown = await engine.submit(CancelOrder(order="G9/H1/1"))
    assert not unknown.accepted
    lines = engine.log()
    assert lines[-1].level == "WARNING"
    assert engine.log(engine.log_count) == ()


async def test_the_worst_is_what_a_hedge_is_short_of_before_risk_is_on(
    engine: Engine, broker: RecordingBroker
) -> None:
    await submit(engine)
    assert engine.status().worst_unhedged_group == ""
    (hedge,) = broker.sent
    broker.deliver(trade(hedge.cl_ord_id, "e1", 60, 60))
    await until(lambda: engine.order("G1/H1/1").cum_qty == 60)  # type: ignore[union-attr]
    assert engine.status().worst_unhedged_group == "", "its own order still works"
    ended = replace(
        trade(hedge.cl_ord_id, "", 0, 60),
        exec_type=ExecType.CANCELED,
        ord_status=OrdStatus.CANCELED,
        leaves_qty=D(0),
        last_qty=D(0),
    )
    broker.deliver(ended)
    await until(lambda: engine.status().worst_unhedged_group == "G1")
    assert engine.status().worst_unhedged_qty == 40
    row = engine.group("G1")
    assert row is not None
    assert (row.unhedged_qty, row.short_qty, row.legs[0].short_qty) == (0, 40, 40)


async def test_a_screen_brings_the_sums_up_to_date_in_small_steps(
    engine: Engine, broker: RecordingBroker
) -> None:
    for number in range(1, 6):
        await submit(engine, f"G{number}")
    await until(lambda: len(broker.sent) == 5)
    assert engine.status(exact=False).live_groups < 5
    before = engine.status(exact=False).live_groups
    engine.catch_up(1)
    assert engine.status(exact=False).live_groups <= before + 1
    while engine.catch_up(2):
        pass
    assert engine.status(exact=False).live_groups == 5
    assert engine.status().live_groups == 5


async def test_durations_are_measured_anew(engine: Engine, broker: RecordingBroker) -> None:
    await submit(engine)
    assert engine.status().commit_p99_ms is not None
    engine.measure_anew()
    status = engine.status()
    assert (status.decision_p99_ms, status.commit_p99_ms) == (None, None)


async def test_rejected_events_and_quotes_are_shown(
    engine: Engine, broker: RecordingBroker
) -> None:
    await submit(engine)
    broker.deliver(RawReceived("}{", "not JSON", 2))
    broker.deliver(QuoteChanged("P1", D(1), D(5), D(2), D(6), D("1.5"), 3))
    await until(lambda: engine.quote("P1") is not None and len(engine.rejected()) == 1)
    (event,) = engine.rejected()
    assert engine.rejected_event(event.number) == event
    assert engine.status().rejected_unexplained == 1
    quote = engine.quote("P1")
    assert quote is not None
    assert (quote.bid, quote.ask_size, quote.last) == (1, 6, D("1.5"))
    assert engine.symbols() == ("P1",)
    assert engine.quote("P9") is None
    assert engine.rejected(0) == ()


async def test_search_finds_groups_orders_and_executions(
    engine: Engine, broker: RecordingBroker
) -> None:
    await submit(engine)
    broker.deliver(trade(broker.sent[0].cl_ord_id, "EX-77", 60, 60))
    await until(lambda: engine.order("G1/H1/1").cum_qty == 60)  # type: ignore[union-attr]
    assert engine.search("g1")[0] == ("group", "G1")
    assert ("order", "G1/H1/1") in engine.search(broker.sent[0].cl_ord_id)
    assert engine.search("ex-77") == (("execution", "G1/H1/1"),)
    assert engine.search("  ") == ()


async def test_the_ticket_is_checked_without_being_sent(
    engine: Engine, broker: RecordingBroker
) -> None:
    await submit(engine)
    assert engine.check(request("G2")) == ()
    (used,) = engine.check(request("G1"))
    assert used.field == "group_id"
    legs = request("G3").legs
    wrong = replace(request("G3"), legs=(replace(legs[0], price=D(-1)), legs[1]))
    assert any("price" in error.field for error in engine.check(wrong))
    assert len(broker.sent) == 1


async def test_after_a_crash_the_orphan_waits_for_the_trader(
    tmp_path: Path, broker: RecordingBroker
) -> None:
    first = Engine(tmp_path / "desk.db", broker, CALM)
    await first.start()
    await submit(first)
    await first.stop()
    second = Engine(tmp_path / "desk.db", RecordingBroker(), CALM)
    await second.start()
    await until(lambda: bool(second.orphans()))
    assert second.status().phase is Phase.RECOVERING
    assert second.status().blocks[0] == (
        "the broker has answered about 0 of 1 orders; its list of open orders is awaited"
    )
    (orphan,) = second.orphans()
    assert second.orphan("G1/H1/1") == orphan
    assert orphan.last_step is IntentState.SENT
    assert "BUY 100 P1 fills" in orphan.worst_case
    status = second.status()
    assert status.orphans_open == 1
    assert any("1 orphaned intent" in each for each in status.blocks)
    await second.stop()


async def test_an_order_can_be_canceled_and_says_why_not_twice(
    engine: Engine, broker: RecordingBroker
) -> None:
    await submit(engine)
    broker.deliver(
        ExecutionReport(
            broker.sent[0].cl_ord_id, "a", ExecType.NEW, OrdStatus.NEW, D(0), D(100),
            server_time_ns=5,
        )
    )  # fmt: skip
    await until(lambda: engine.order("G1/H1/1").ord_status is OrdStatus.NEW)  # type: ignore[union-attr]
    order = engine.order("G1/H1/1")
    assert order is not None
    assert order.can_cancel == ""
    assert (await engine.submit(CancelOrder(order="G1/H1/1", user="anna"))).accepted
    order = engine.order("G1/H1/1")
    assert order is not None
    assert "asked already" in order.can_cancel
    assert order.requests[0].user == "anna"
    assert not (await engine.submit(CancelOrder(order="G1/H1/1"))).accepted


async def test_a_failed_commit_is_shown_and_everything_stays_readable(
    engine: Engine, broker: RecordingBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(engine)

    async def full(*args: object) -> None:
        raise StoreError("desk.db: the disk is full")

    assert engine._store is not None
    monkeypatch.setattr(engine._store, "commit", full)
    answer = await engine.submit(SubmitGroup(group=request("G2")))
    assert "the disk is full" in answer.reason
    status = engine.status()
    assert status.phase is Phase.STOPPED
    assert "the disk is full" in status.stopped_why
    assert "the disk is full" in status.blocks[0]
    assert engine.group("G1") is not None
    assert len(broker.sent) == 1


async def test_what_was_queued_is_handled_before_the_end(
    tmp_path: Path, broker: RecordingBroker
) -> None:
    engine = Engine(tmp_path / "desk.db", broker, CALM)
    await engine.start()
    await submit(engine)
    broker.deliver(trade(broker.sent[0].cl_ord_id, "e1", 60, 60))
    broker.deliver(HeartbeatReceived(9))
    await engine.stop()
    await engine.stop()
    again = Engine(tmp_path / "desk.db", RecordingBroker(), CALM)
    await again.start()
    order = again.order("G1/H1/1")
    assert order is not None
    assert order.cum_qty == 60
    await again.stop()


async def test_a_database_that_cannot_be_used_is_said(
    tmp_path: Path, broker: RecordingBroker
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("no database at all, " * 50)
    with pytest.raises(EngineError, match=r"letter\.txt: this file is not a database"):
        await Engine(path, broker, CALM).start()


async def test_before_the_start_there_is_nothing_to_read(
    tmp_path: Path, broker: RecordingBroker
) -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        Engine(tmp_path / "desk.db", broker, CALM).status()
