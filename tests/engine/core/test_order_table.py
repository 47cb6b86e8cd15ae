"""OrdStatus: the whole product of what is held, what is claimed and by which ExecType."""

from __future__ import annotations

import itertools

import pytest

from engine.core.order_table import BASE, CLOSED, DEAD, PENDING, TRANSITIONS, admits
from engine.core.terms import ExecType as E
from engine.core.terms import OrdStatus as S

PRODUCT = list(itertools.product(BASE, S, E))


def test_the_table_speaks_of_base_statuses_only() -> None:
    assert set(BASE) | PENDING | {S.REPLACED} == set(S)
    assert DEAD < CLOSED < set(BASE)
    for current, claimed in TRANSITIONS:
        assert current in BASE and claimed in BASE and current is not claimed


def test_a_repeat_is_always_admitted() -> None:
    assert all(admits(status, status, kind) for status in BASE for kind in E)


def test_nothing_opens_the_dead() -> None:
    for current, claimed, kind in PRODUCT:
        if current in DEAD and claimed is not current:
            assert not admits(current, claimed, kind), (current, claimed, kind)


def test_nothing_goes_back_to_pending_new() -> None:
    for current, claimed, kind in PRODUCT:
        if claimed is S.PENDING_NEW and current is not S.PENDING_NEW:
            assert not admits(current, claimed, kind)


def test_a_fill_is_undone_by_a_bust_or_a_change_of_terms_only() -> None:
    undo = {E.TRADE_CANCEL, E.TRADE_CORRECT, E.RESTATED}
    for kind in E:
        assert admits(S.PARTIALLY_FILLED, S.NEW, kind) is (kind in undo)
        for live in (S.NEW, S.PARTIALLY_FILLED):
            assert admits(S.FILLED, live, kind) is (kind in undo | {E.REPLACED})
            assert admits(S.CALCULATED, live, kind) is (kind in undo)


def test_rejected_comes_before_any_fill_and_by_its_own_word() -> None:
    for current, kind in itertools.product(BASE, E):
        if current is S.REJECTED:
            continue
        early = current in (S.PENDING_NEW, S.NEW, S.SUSPENDED)
        own_word = kind in (E.REJECTED, E.ORDER_STATUS)
        assert admits(current, S.REJECTED, kind) is (early and own_word)


def test_an_answer_alone_resumes_no_done_or_stopped_order() -> None:
    for held in (S.DONE_FOR_DAY, S.STOPPED, S.FILLED):
        for live in (S.NEW, S.PARTIALLY_FILLED):
            assert not admits(held, live, E.ORDER_STATUS)


@pytest.mark.parametrize("live", [S.NEW, S.PARTIALLY_FILLED, S.STOPPED, S.SUSPENDED])
@pytest.mark.parametrize("end", [S.FILLED, S.CANCELED, S.EXPIRED, S.CALCULATED, S.DONE_FOR_DAY])
def test_everything_live_may_end(live: S, end: S) -> None:
    assert all(admits(live, end, kind) for kind in E)


def test_the_whole_product_is_decided_by_the_table() -> None:
    """No claim passes that the table does not name; the number of passes is known, so that a
    change of the table is a change of this figure too."""
    passes = sum(admits(current, claimed, kind) for current, claimed, kind in PRODUCT)
    named = sum(len(kinds) for kinds in TRANSITIONS.values())
    assert passes == named + len(BASE) * len(E)
    assert len(PRODUCT) == 11 * 14 * 17
