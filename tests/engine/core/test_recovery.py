"""Start-up: what a crash left in doubt becomes an orphan and waits for evidence and the trader."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core import commands as c
from engine.core.intents import TABLE, derive_cl_ord_id
from engine.core.model import EngineConfig
from engine.core.terms import Evidence, IntentState, OrdStatus, Phase, Resolution
from tests.engine.core.playbook import Playbook, pair

ALL = set(Resolution)


def orphaned(config: EngineConfig | None = None, *, known: bool = True) -> Playbook:
    """A hedge order was sent; the process died before the broker's word. ``known``: it
    reached the broker."""
    desk = Playbook(config, acks=False)
    desk.submit(pair())
    if not known:
        desk.answers = "unknown"
        desk.book.clear()
    desk.sent()
    desk.restart()
    desk.wait("1.5")
    return desk


def resolve(desk: Playbook, resolution: Resolution, **more: object) -> str:
    command = c.ResolveOrphan(order="G/H/1", resolution=resolution, reason="looked", user="ann")
    return desk.do(replace(command, **more))  # type: ignore[arg-type]


def test_the_table_of_resolutions_is_complete() -> None:
    for evidence in (*Evidence, None):
        offered, refused = TABLE[evidence]
        assert set(offered) | set(refused) == ALL
        assert set(offered).isdisjoint(refused)
        assert all(refused.values())


@pytest.mark.parametrize("evidence", [Evidence.LIVE, Evidence.PARTIALLY_FILLED])
def test_live_is_adopted_or_canceled_never_sent_again(evidence: Evidence) -> None:
    assert TABLE[evidence][0] == (Resolution.ADOPT, Resolution.CANCEL_AT_BROKER)


def test_what_is_unproven_offers_nothing() -> None:
    for evidence in (Evidence.NOT_FOUND_INCOMPLETE, Evidence.UNREACHABLE, None):
        assert TABLE[evidence][0] == ()


def test_cl_ord_ids_are_short_printable_and_their_own() -> None:
    made = [
        derive_cl_ord_id(instance, f"{group}/{leg}/{n}", request)
        for instance, group, leg, n, request in itertools.product(
            ("a", "b"), ("G", "G" * 64, "G.1"), ("H", "H_" * 32), (1, 2, 11), (0, 1, 12)
        )
    ]
    assert len(set(made)) == len(made)
    assert all(len(one) <= 32 and one.isascii() and one.isprintable() for one in made)
    assert derive_cl_ord_id("a", "G/H/1") == derive_cl_ord_id("a", "G/H/1")


def test_live_at_the_broker() -> None:
    desk = orphaned()
    assert (desk.phase, desk.sent()) == (Phase.RESOLVING, [])
    orphan = desk.state.orphans["G/H/1"]
    assert orphan.evidence is Evidence.LIVE
    assert desk.order("G/H/1").intent is IntentState.ORPHANED
    assert "double" in resolve(desk, Resolution.RESUBMIT)
    assert "orphan G/H/1 is not resolved" in desk.do(c.Arm())
    assert resolve(desk, Resolution.ADOPT) == ""
    assert (orphan.resolved_by, orphan.reason, orphan.evidence_shown) == ("ann", "looked", "LIVE")
    assert desk.do(c.Arm()) == ""
    desk.fill_rest("G/H/1")
    assert desk.sent() == ["NEW G/R/1 SELL 100 LIMIT 10"]


def test_new_groups_are_refused_until_it_is_resolved() -> None:
    desk = orphaned()
    assert "RESOLVING" in desk.submit(pair(group_id="N"))


def test_canceled_at_the_broker() -> None:
    desk = orphaned()
    assert resolve(desk, Resolution.CANCEL_AT_BROKER) == ""
    assert desk.sent() == ["CANCEL G/H/1"]
    assert desk.order("G/H/1").ord_status is OrdStatus.CANCELED


def test_a_fill_that_was_lost_while_we_were_down_is_found() -> None:
    desk = Playbook(acks=False)
    desk.submit(pair())
    desk.hold_back()
    desk.fill_rest("G/H/1")
    desk.in_line.clear()
    desk.let_through()
    desk.sent()
    desk.restart()
    desk.wait("1.5")
    assert desk.state.orphans["G/H/1"].evidence is Evidence.FILLED
    assert resolve(desk, Resolution.ADOPT) == ""
    order = desk.order("G/H/1")
    assert (order.cum_qty, order.booked_qty, order.gap_qty) == (100, 100, 0)


def test_not_found_twice_on_a_complete_list_may_be_marked_never_sent() -> None:
    desk = orphaned(known=False)
    assert desk.state.orphans["G/H/1"].evidence is Evidence.NOT_FOUND
    assert resolve(desk, Resolution.MARK_NEVER_SENT) == ""
    assert desk.group().lifecycle == "FAILED"
    assert desk.group().end_reason == "ABANDONED"


def test_never_sent_is_revoked_by_the_first_word_for_it() -> None:
    desk = Playbook(acks=False)
    desk.submit(pair())
    truth = dict(desk.book)
    desk.book.clear()
    desk.answers = "unknown"
    desk.restart()
    desk.wait("1.5")
    resolve(desk, Resolution.MARK_NEVER_SENT)
    desk.book.update(truth)
    desk.cancels = "silent"
    desk.sent()
    desk.fill("G/H/1", 30)
    order = desk.order("G/H/1")
    assert (order.never_sent, order.cum_qty, order.base) == (False, 30, "PARTIALLY_FILLED")
    assert desk.sent() == ["CANCEL G/H/1"]  # its group was abandoned
    assert desk.alarm("NEVER_SENT_REVOKED").severity == "CRITICAL"


def test_resubmit_only_where_the_broker_refuses_duplicates() -> None:
    desk = orphaned(known=False)
    assert resolve(desk, Resolution.RESUBMIT) == ""
    assert desk.sent() == ["NEW G/H/1 BUY 100 LIMIT 10"]
    desk = orphaned(EngineConfig(rejects_duplicates=False), known=False)
    assert "could fill as well" in resolve(desk, Resolution.RESUBMIT)


def test_an_incomplete_list_proves_no_absence() -> None:
    desk = Playbook(acks=False)
    desk.submit(pair())
    desk.book.clear()
    desk.answers, desk.list_complete = "unknown", False
    desk.restart()
    desk.wait("1.5")
    assert desk.state.orphans["G/H/1"].evidence is Evidence.NOT_FOUND_INCOMPLETE
    for choice in Resolution:
        assert resolve(desk, choice) != ""


def test_silence_is_not_absence() -> None:
    desk = Playbook(acks=False)
    desk.submit(pair())
    desk.answers = "silent"
    desk.restart()
    desk.wait(3)
    assert desk.state.orphans["G/H/1"].evidence is Evidence.UNREACHABLE
    desk.answers = "truth"
    desk.wait(2)
    assert desk.state.orphans["G/H/1"].evidence is Evidence.LIVE


def test_a_resolution_on_evidence_that_changed_is_refused() -> None:
    desk = orphaned()
    desk.fill("G/H/1", 10)
    assert "the evidence changed" in resolve(desk, Resolution.ADOPT, seen_evidence="LIVE")


def test_recovery_twice_changes_nothing() -> None:
    desk = orphaned()
    desk.restart()
    desk.wait("1.5")
    desk.restart()
    desk.wait("1.5")
    assert desk.sent() == []
    assert list(desk.state.orders) == ["G/H/1"]
    assert desk.state.orphans["G/H/1"].evidence is Evidence.LIVE


def test_a_cancel_lost_in_the_crash_is_asked_anew() -> None:
    desk = Playbook(cancels="silent")
    desk.submit(pair())
    desk.wait(5)
    assert desk.sent()[-1] == "CANCEL G/H/1"
    desk.book["G/H/1"].pending.clear()
    desk.cancels = "confirm"
    desk.restart()
    desk.wait(1)
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 100 MARKET"]


def test_crash_or_not_the_end_is_the_same() -> None:
    """Invariant 8, at every point of one story."""
    ends = set()
    for crash_at in range(-1, 6):
        desk = Playbook()
        desk.submit(pair())
        steps = (
            lambda d: d.fill("G/H/1", 60),
            lambda d: d.wait("5.2"),
            lambda d: d.fill("G/H/2", 30),
            lambda d: d.wait("5.2"),
            lambda d: d.fill_rest("G/H/3"),
            lambda d: d.fill_rest("G/R/1"),
        )
        for at, step in enumerate(steps):
            step(desk)
            if at == crash_at:
                desk.restart()
                desk.wait("0.1")
        ends.add(
            (desk.group().lifecycle, desk.phase, *((o.ref, o.cum_qty, o.ord_status)
             for o in desk.state.orders.values()))
        )  # fmt: skip
    assert len(ends) == 1
    assert next(iter(ends))[0] == "COMPLETED"


def test_a_group_busted_while_recovering_stays_until_it_is_looked_at() -> None:
    """However few closed groups are kept in memory."""
    desk = Playbook()
    desk.submit(pair())
    fill = desk.fill_rest("G/H/1")
    desk.fill_rest("G/R/1")
    desk.answers = "silent"
    desk.restart()
    desk.state.config = EngineConfig(closed_groups_kept=0)
    desk.sent()
    truth = desk.book["G/H/1"]
    busted = truth.bust(fill)
    truth.end(OrdStatus.CANCELED)
    desk.report(replace(busted, ord_status=OrdStatus.CANCELED, leaves_qty=Decimal(0)))
    desk.heartbeat()
    assert desk.phase is Phase.RECOVERING
    desk.answers = "truth"
    desk.wait("1.5")
    assert desk.phase is not Phase.RECOVERING
    assert desk.sent() == ["NEW G/H/2 BUY 100 MARKET"]
