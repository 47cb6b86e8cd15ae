"""The same journal gives the same state, byte for byte; and what it costs does not grow."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.machine import handle, new_state
from engine.core.model import EngineConfig
from engine.core.terms import OrdStatus
from tests.engine.core.disk import durable_text
from tests.engine.core.playbook import Playbook, pair

MOVES: tuple[Callable[[Playbook], object], ...] = (
    lambda d: d.fill("G/H/1", 10) if d.book["G/H/1"].leaves_qty >= 10 else None,
    lambda d: d.end("G/H/1") if d.book["G/H/1"].is_open else None,
    lambda d: d.wait("1.3"),
    lambda d: d.wait(5),
    lambda d: d.do(c.CancelOrder(order="G/H/1")),
    lambda d: d.do(c.ManualHedge(group="G", leg="H", quantity=Decimal(5))),
    lambda d: d.do(c.Acknowledge(escalation=1, level=1, comment="x")),
    lambda d: d.feed(d.book["G/H/1"].trades[-1]) if d.book["G/H/1"].trades else None,
    lambda d: d.bust("G/H/1", sorted(d.book["G/H/1"].live)[0]) if d.book["G/H/1"].live else None,
    lambda d: d.do(c.CancelGroup(group="G")),
    lambda d: d.do(c.Kill(reason="drill")),
)  # fmt: skip


@settings(
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.sampled_from(range(len(MOVES))), max_size=12))
def test_a_journal_replays_to_the_identical_state(moves: list[int]) -> None:
    desk = Playbook()
    desk.submit(pair())
    for move in moves:
        MOVES[move](desk)
    again = new_state(EngineConfig())
    for envelope in desk.journal:
        handle(again, envelope)
    assert durable_text(again) == durable_text(desk.state)


def test_the_same_inputs_give_the_same_decisions() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.wait(20)
    first, second = new_state(EngineConfig()), new_state(EngineConfig())
    for envelope in desk.journal:
        assert handle(first, envelope) == handle(second, envelope)


# -- cost, in calls and lines of the core, not in time ------------------------------------------


def operations(act: Callable[[], object]) -> int:
    """How many lines of the engine's core ran."""
    count = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        if "engine/core/" not in frame.f_code.co_filename or "tests" in frame.f_code.co_filename:
            return None
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


def desk_with_history(fills: int) -> Playbook:
    desk = Playbook(EngineConfig(leg_timeout_s=Decimal(10**6)))
    desk.submit(pair(100_000, 100_000))
    desk.witness = None
    for _ in range(fills):
        desk.fill("G/H/1", 1)
    return desk


def cost_of_a_fill(desk: Playbook) -> int:
    fill = desk.book["G/H/1"].fill(Decimal(1), Decimal(10))
    envelope = desk.journal[-1]
    body = type(envelope)(envelope.mono_ns, envelope.wall_ns, fill)
    return operations(lambda: handle(desk.state, body))


def test_a_fill_costs_the_same_after_ten_and_after_a_thousand() -> None:
    few, many = cost_of_a_fill(desk_with_history(10)), cost_of_a_fill(desk_with_history(1_000))
    assert 0 < many <= few + 5, (few, many)


def test_a_duplicate_costs_the_same_after_a_thousand() -> None:
    def cost(fills: int) -> int:
        desk = desk_with_history(fills)
        again, at = desk.book["G/H/1"].trades[0], desk.journal[-1]
        body = type(at)(at.mono_ns, at.wall_ns, again)
        return operations(lambda: handle(desk.state, body))

    few, many = cost(10), cost(1_000)
    assert 0 < many <= few + 5, (few, many)


def test_a_fill_costs_the_same_beside_a_hundred_groups() -> None:
    def cost(others: int) -> int:
        desk = desk_with_history(10)
        for number in range(others):
            desk.submit(pair(group_id=f"X{number}"))
        return cost_of_a_fill(desk)

    few, many = cost(1), cost(100)
    assert 0 < many <= few + 5, (few, many)


def test_a_fill_costs_the_same_after_a_bust_and_many_more_fills() -> None:
    def cost(fills: int) -> int:
        desk = desk_with_history(5)
        desk.bust("G/H/1", sorted(desk.book["G/H/1"].live)[0])
        for _ in range(fills):
            desk.fill("G/H/1", 1)
        return cost_of_a_fill(desk)

    few, many = cost(5), cost(500)
    assert 0 < many <= few + 5, (few, many)


def test_memory_lets_go_of_closed_groups_and_keeps_the_open_ones() -> None:
    desk = Playbook(EngineConfig(closed_groups_kept=5))
    for number in range(20):
        desk.submit(pair(group_id=f"C{number}"))
        desk.fill_rest(f"C{number}/H/1")
        desk.fill_rest(f"C{number}/R/1")
    desk.submit(pair(group_id="open"))
    assert len(desk.state.groups) == 6
    assert len(desk.state.orders) == 11
    assert desk.order("open/H/1").ord_status is OrdStatus.NEW
    assert len(desk.state.volatile.heard_at) <= 12
