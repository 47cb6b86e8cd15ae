"""The fault profiles over a real FIX session: the engine, QuickFIX on both ends, a paper exchange.

On our side the link loses, repeats, delays and reorders what the session brought; the adapter may
then count as received only what the engine has committed. Whatever happens on the way, the books
of both sides agree in the end.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine import Engine, EngineConfig, OrderView, Phase, SubmitGroup, open_fix
from engine.broker.faults import FaultProfile, FaultyBroker
from engine.broker.fix.acknowledged import MarkFile
from tests.engine.fix.fix_kit import free_port, needs_quickfix
from tests.engine.fix.kill_cycles import Outcome, compare
from tests.engine.fix.kill_desk import group
from tests.engine.fix.session_kit import settings, venue

pytestmark = needs_quickfix

GROUPS = 6
PATIENCE_S = 60.0
HOSTILE = FaultProfile(
    "hostile",
    delay=0.1,
    delay_max_s=0.2,
    late=0.3,
    late_max_s=0.3,
    duplicate=0.3,
    duplicate_after_max_s=0.3,
    drop_ack=0.2,
    drop_report=0.1,
    drop_answer=0.1,
)
OUTAGE = FaultProfile(
    "outage", late=0.2, late_max_s=0.2, disconnect_after_s=0.4, disconnect_for_s=0.5
)


async def trade(engine: Engine, seed: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while engine.status().phase is not Phase.ARMED:
            await asyncio.sleep(0.02)
        for number in range(GROUPS):
            answer = await engine.submit(SubmitGroup(group=group(f"{seed}", number)))
            assert answer.accepted, answer
        while engine.status().live_groups or any(
            order.gap_qty for g in engine.group_ids() for order in _orders(engine, g)
        ):
            await asyncio.sleep(0.05)


def _orders(engine: Engine, group_id: str) -> tuple[OrderView, ...]:
    detail = engine.group_detail(group_id)
    return detail.orders if detail is not None else ()


@pytest.mark.parametrize(("profile", "seed"), [(HOSTILE, 1), (HOSTILE, 2), (OUTAGE, 3)])
async def test_the_books_agree(tmp_path: Path, profile: FaultProfile, seed: int) -> None:
    port = free_port()
    config = settings(tmp_path, port)
    async with venue(tmp_path, port, seed=seed):
        inner = open_fix(config)
        broker = FaultyBroker(inner, profile, seed)
        traits = broker.traits
        engine_config = EngineConfig(
            broker=traits.name, rejects_duplicates=traits.rejects_duplicates
        )
        engine = Engine(tmp_path / "desk.db", broker, engine_config)
        await engine.start()
        try:
            await trade(engine, seed)
            assert inner.view().committed_in > 1, "the adapter heard what became durable"
        finally:
            await engine.stop()
        marks = MarkFile(config.store / "committed.mark")
        assert marks.mark.seq > 1
        marks.close()
    outcome = Outcome()
    compare(tmp_path, outcome)
    assert outcome.agrees and outcome.executions > GROUPS, outcome
