"""What leaves memory leaves it wholly."""

from __future__ import annotations

from engine.core.model import EngineConfig
from tests.engine.core.playbook import Playbook, pair


def test_nothing_is_kept_of_the_orders_of_a_group_that_left() -> None:
    desk = Playbook(EngineConfig(closed_groups_kept=0))
    desk.submit(pair())
    desk.fill_rest("G/H/1")
    desk.fill_rest("G/R/1")
    volatile = desk.state.volatile
    kept = (volatile.heard_at, volatile.asked_at, volatile.asking, volatile.uncertain)
    for each in kept:
        each.setdefault("G/H/1", 1)  # type: ignore[attr-defined]
    volatile.unanswered.add("G/H/1")
    desk.heartbeat()
    desk.heartbeat()
    assert "G" not in desk.state.groups
    assert all("G/H/1" not in each for each in (*kept, volatile.unanswered))
    assert "G/H/1" not in desk.state.orders
