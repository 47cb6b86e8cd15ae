"""The group's lifecycle: its whole table, pair by pair."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.lifecycle import RANK, TERMINAL, TRANSITIONS, ExecutionStateValidator
from engine.core.lifecycle import ExecutionLifecycle as L

ADMITS = ExecutionStateValidator.validate_state_transition
IN_ORDER = (
    "CREATED", "VALIDATED", "HEDGE_SUBMITTED", "HEDGE_PARTIAL", "HEDGE_FILLED", "RISK_SUBMITTED",
    "RISK_PARTIAL", "RISK_FILLED", "HEDGED", "COMPLETED", "EMERGENCY_HEDGED", "FAILED",
)  # fmt: skip


def test_the_ranks_are_the_guides() -> None:
    assert tuple(state.value for state in L) == IN_ORDER
    assert [RANK[state] for state in IN_ORDER] == list(range(12))
    assert frozenset({"COMPLETED", "EMERGENCY_HEDGED", "FAILED"}) == TERMINAL


@pytest.mark.parametrize(("current", "incoming"), list(itertools.product(IN_ORDER, IN_ORDER)))
def test_every_pair(current: str, incoming: str) -> None:
    if current == incoming:
        expected = True
    elif current == "FAILED":
        expected = False
    elif current == "COMPLETED":
        expected = incoming in ("EMERGENCY_HEDGED", "FAILED")
    elif current == "EMERGENCY_HEDGED":
        expected = incoming == "FAILED"
    else:
        expected = IN_ORDER.index(incoming) > IN_ORDER.index(current)
    assert ADMITS(current, incoming) is expected
    assert ADMITS(L(current), L(incoming)) is expected
    assert (L(incoming) in TRANSITIONS[L(current)]) is expected


@given(st.text(max_size=20))
def test_an_unknown_state_is_refused_on_either_side(name: str) -> None:
    if name in IN_ORDER:
        return
    for known in IN_ORDER:
        assert ADMITS(known, name) is False
        assert ADMITS(name, known) is False
    assert ADMITS(name, name) is False


@given(st.lists(st.sampled_from(IN_ORDER), max_size=30))
def test_the_rank_never_falls_and_the_end_admits_nothing(claims: list[str]) -> None:
    current = "CREATED"
    for claim in claims:
        if ADMITS(current, claim):
            assert RANK[claim] >= RANK[current]
            assert current != "FAILED" or claim == "FAILED"
            current = claim
