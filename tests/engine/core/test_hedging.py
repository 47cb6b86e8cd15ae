"""Safeguard 4, race by race. The witness in the playbook adds up by hand after every turn."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.core import commands as c
from engine.core.events import SendFailed
from engine.core.terms import (
    CxlRejReason,
    LegType,
    OrdStatus,
    OrdType,
    Release,
    RiskShortfall,
    Side,
)
from tests.engine.core.playbook import Playbook, leg, pair


def hedge_by_hand(quantity: int, **more: object) -> c.ManualHedge:
    return c.ManualHedge(group="G", leg="H", quantity=Decimal(quantity), **more)  # type: ignore[arg-type]


def at_level(level: int) -> Playbook:
    """A desk whose chain works at this level with 40 to go; all before it filled nothing."""
    desk = Playbook()
    desk.submit(pair())
    desk.fill("G/H/1", 60)
    desk.wait(5)
    for number in range(level):
        desk.wait(5)
        assert desk.order(f"G/H/{number + 2}").ord_status is OrdStatus.CANCELED
    desk.sent()
    return desk


# -- chains -----------------------------------------------------------------------------------


def test_straight_through() -> None:
    desk = Playbook()
    desk.submit(pair())
    assert desk.sent() == ["NEW G/H/1 BUY 100 LIMIT 10"]
    desk.fill_rest("G/H/1")
    assert desk.sent() == ["NEW G/R/1 SELL 100 LIMIT 10"]
    desk.fill_rest("G/R/1")
    assert desk.group().lifecycle == "COMPLETED"
    assert desk.alarms() == []


def test_three_levels_then_one_escalation() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.fill("G/H/1", 60)
    desk.wait(5)
    desk.fill("G/H/2", 10)
    desk.wait(5)
    desk.fill("G/H/3", 10)
    desk.wait(5)
    desk.wait(5)
    assert desk.sent() == [
        "NEW G/H/1 BUY 100 LIMIT 10",
        "CANCEL G/H/1", "NEW G/H/2 BUY 40 MARKET",
        "CANCEL G/H/2", "NEW G/H/3 BUY 30 MARKET",
        "CANCEL G/H/3", "NEW G/H/4 BUY 20 MARKET",
        "CANCEL G/H/4",
    ]  # fmt: skip
    assert [desk.order(f"G/H/{n}").level for n in (1, 2, 3, 4)] == [None, 0, 1, 2]
    desk.wait(50)
    assert desk.sent() == []
    alarm = desk.alarm("HEDGE_DEPTH_EXCEEDED")
    assert (alarm.unfilled_qty, alarm.severity, alarm.level) == (20, "CRITICAL", 2 - 1)
    assert alarm.action_required == "IMMEDIATE_MANUAL_HEDGE"
    assert len(desk.state.escalations) == 1


def test_a_reject_is_a_zero_fill() -> None:
    desk = Playbook(acks=False)
    desk.submit(pair())
    for number in (1, 2, 3, 4):
        desk.reject(f"G/H/{number}")
    assert [s.split()[1] for s in desk.sent()] == ["G/H/1", "G/H/2", "G/H/3", "G/H/4"]
    assert desk.alarms() == ["HEDGE_DEPTH_EXCEEDED 100 UNACKNOWLEDGED"]


def test_a_fill_during_the_cancel_is_not_hedged_again() -> None:
    desk = Playbook(cancels="silent")
    desk.submit(pair())
    desk.wait(5)
    desk.fill("G/H/1", 30)
    assert desk.sent() == ["NEW G/H/1 BUY 100 LIMIT 10", "CANCEL G/H/1"]
    desk.confirm("G/H/1")
    assert desk.sent() == ["NEW G/H/2 BUY 70 MARKET"]


def test_a_cancel_crossed_by_the_full_fill_sends_nothing_more() -> None:
    desk = Playbook(cancels="silent")
    desk.submit(pair())
    desk.wait(5)
    desk.fill_rest("G/H/1")
    desk.refuse("G/H/1")
    assert [s for s in desk.sent() if "H" in s] == ["NEW G/H/1 BUY 100 LIMIT 10", "CANCEL G/H/1"]
    desk.wait(10)
    assert desk.alarms() == []


def test_unconfirmed_nothing_more_is_sent_and_a_late_answer_resumes() -> None:
    desk = Playbook(cancels="silent")
    desk.submit(pair())
    desk.fill("G/H/1", 60)
    desk.wait("5.1")
    desk.sent()
    desk.wait("1.3")
    assert desk.alarms() == []
    desk.wait("0.3")
    assert desk.alarms() == ["HEDGE_UNCERTAIN 40 UNACKNOWLEDGED"]
    desk.wait(30)
    assert desk.sent() == []
    desk.confirm("G/H/1")
    assert desk.sent() == ["NEW G/H/2 BUY 40 MARKET"]
    desk.fill_rest("G/H/2")
    assert desk.alarms() == ["HEDGE_UNCERTAIN 0 RETURNED_UNACKNOWLEDGED"]


def test_a_fill_after_the_confirmation_stops_the_chain_at_what_is_left() -> None:
    """The venue fills an order that it had confirmed as canceled: booked, told, and the rest
    of the chain is smaller by it."""
    desk = at_level(0)
    desk.fill("G/H/1", 15)
    assert desk.order("G/H/1").cum_qty == 75
    assert desk.order("G/H/1").ord_status is OrdStatus.CANCELED
    assert "FILL_AFTER_DONE 15 UNACKNOWLEDGED" in desk.alarms()
    desk.wait(5)
    assert desk.sent() == ["CANCEL G/H/2", "NEW G/H/3 BUY 25 MARKET"]


def test_a_late_fill_lowers_the_escalated_quantity_until_it_returns() -> None:
    desk = at_level(3)
    assert desk.alarm("HEDGE_DEPTH_EXCEEDED").unfilled_qty == 40
    desk.fill("G/H/2", 25)
    assert desk.alarm("HEDGE_DEPTH_EXCEEDED").unfilled_qty == 15
    desk.fill("G/H/3", 15)
    assert desk.alarm("HEDGE_DEPTH_EXCEEDED").state == "RETURNED_UNACKNOWLEDGED"
    assert desk.sent() == ["NEW G/R/1 SELL 100 LIMIT 10"]


def test_a_chain_goes_on_after_a_restart_where_it_stopped() -> None:
    desk = at_level(1)
    desk.restart()
    desk.wait(5)
    assert desk.sent() == ["CANCEL G/H/3", "NEW G/H/4 BUY 40 MARKET"]
    desk.restart()
    desk.wait("5.1")
    assert desk.sent() == ["CANCEL G/H/4"]
    desk.wait(20)
    assert desk.sent() == []
    assert desk.alarm("HEDGE_DEPTH_EXCEEDED").unfilled_qty == 40


def test_a_bust_after_the_end_is_hedged_and_the_group_says_so() -> None:
    desk = Playbook()
    desk.submit(pair())
    first = desk.fill_rest("G/H/1")
    desk.fill_rest("G/R/1")
    assert desk.group().lifecycle == "COMPLETED"
    desk.sent()
    desk.bust("G/H/1", first)
    hedges = [s for s in desk.sent() if s.startswith("NEW")]
    assert hedges == ["NEW G/H/2 BUY 100 MARKET"]
    desk.fill_rest("G/H/2")
    assert desk.group().lifecycle == "EMERGENCY_HEDGED"


def test_a_correction_downward_is_hedged_for_its_difference() -> None:
    desk = Playbook()
    desk.submit(pair())
    first = desk.fill_rest("G/H/1")
    desk.fill_rest("G/R/1")
    desk.sent()
    desk.correct("G/H/1", first, 70)
    assert [s for s in desk.sent() if s.startswith("NEW")] == ["NEW G/H/2 BUY 30 MARKET"]


def test_exposure_is_rounded_up_to_the_lot() -> None:
    desk = Playbook()
    desk.submit(pair(30, 100, release=Release.PROPORTIONAL))
    desk.fill_rest("G/H/1")
    desk.fill("G/R/1", 41)
    ids = sorted(desk.book["G/H/1"].live)
    desk.sent()
    desk.bust("G/H/1", ids[0])
    desk.fill("G/H/1", 5)
    # 41 of 100 risk on 30 hedges: 12.3, so 13 are needed
    assert desk.witness is not None
    assert desk.witness.required(desk.group(), desk.leg("H")) == 13


def test_the_emergency_hedge_uses_its_own_symbol_and_side() -> None:
    desk = Playbook()
    more = {"hedge_symbol": "FUT", "hedge_side": Side.SELL}
    desk.submit(pair(hedge_more=more))
    desk.wait(5)
    assert desk.sent()[-1] == "NEW G/H/2 SELL 100 MARKET"
    assert desk.order("G/H/2").symbol == "FUT"


def test_what_certainly_did_not_leave_is_hedged_at_the_next_level() -> None:
    desk = Playbook(acks=False)
    desk.submit(pair())
    desk.feed(SendFailed(desk.order("G/H/1").cl_ord_id, "no route", left=False))
    assert desk.sent()[-1] == "NEW G/H/2 BUY 100 MARKET"


def test_what_may_have_left_is_asked_about_and_not_sent_again() -> None:
    desk = Playbook(acks=False)
    desk.answers = "silent"
    desk.submit(pair())
    desk.sent()
    desk.feed(SendFailed(desk.order("G/H/1").cl_ord_id, "link broke", left=True))
    assert desk.sent() == []
    assert desk.order("G/H/1").ord_status is OrdStatus.PENDING_NEW


def test_a_refused_cancel_of_an_unknown_order_proves_nothing() -> None:
    desk = Playbook(acks=False, cancels="silent")
    desk.submit(pair())
    desk.wait("5.1")
    desk.sent()
    desk.answers = "unknown"
    desk.refuse("G/H/1", reason=CxlRejReason.UNKNOWN_ORDER)
    desk.wait(10)
    assert desk.sent() == []
    assert desk.alarm("HEDGE_UNCERTAIN").unfilled_qty == 100
    desk.answers = "truth"
    desk.fill_rest("G/H/1")
    assert desk.order("G/H/1").ord_status is OrdStatus.FILLED


# -- the trader and the chain -----------------------------------------------------------------


def test_a_leg_canceled_by_hand_waits_for_the_trader() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.fill("G/H/1", 60)
    desk.sent()
    assert desk.do(c.CancelOrder(order="G/H/1")) == ""
    desk.wait(60)
    assert desk.sent() == ["CANCEL G/H/1"]
    assert desk.alarms() == ["LEG_HELD 40 UNACKNOWLEDGED"]


def test_a_leg_canceled_by_hand_with_risk_on_is_hedged_for_the_risk_only() -> None:
    desk = Playbook()
    desk.submit(pair(release=Release.PROPORTIONAL))
    part = desk.fill("G/H/1", 60)
    desk.fill("G/R/1", 60)
    desk.do(c.CancelOrder(order="G/H/1"))
    desk.sent()
    desk.bust("G/H/1", part)
    assert [s for s in desk.sent() if s.startswith("NEW")] == ["NEW G/H/2 BUY 60 MARKET"]


def test_taking_over_cancels_the_chain_first_and_sends_once() -> None:
    desk = at_level(0)
    desk.cancels = "silent"
    assert desk.do(hedge_by_hand(40)) == ""
    assert desk.sent() == ["CANCEL G/H/2"]
    desk.fill("G/H/2", 15)
    assert desk.sent() == []
    desk.confirm("G/H/2")
    assert desk.sent() == ["NEW G/H/3 BUY 25 MARKET"]
    desk.wait(60)
    assert [s for s in desk.sent() if s.startswith("NEW")] == []


def test_a_second_click_sends_nothing() -> None:
    desk = at_level(3)
    alarm = desk.alarm("HEDGE_DEPTH_EXCEEDED").number
    command = c.ManualHedge(escalation=alarm, quantity=Decimal(40))
    assert desk.do(command) == ""
    assert desk.sent() == ["NEW G/H/5 BUY 40 MARKET"]
    assert "more than the proven exposure" in desk.do(command)
    assert desk.sent() == []


def test_more_than_the_proven_exposure_only_when_typed() -> None:
    desk = at_level(3)
    assert "more than the proven exposure 40" in desk.do(hedge_by_hand(41))
    assert desk.sent() == []
    assert desk.witness is not None
    desk.witness.excess = True
    assert desk.do(hedge_by_hand(41, allow_excess=True)) == ""
    assert desk.sent() == ["NEW G/H/5 BUY 41 MARKET"]


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (hedge_by_hand(0), "positive"),
        (c.ManualHedge(group="G", leg="H"), "positive"),
        (hedge_by_hand(10, order_type=OrdType.LIMIT), "price"),
        (hedge_by_hand(10, order_type=OrdType.STOP_LIMIT), "MARKET or LIMIT"),
        (c.ManualHedge(escalation=99, quantity=Decimal(1)), "escalation"),
        (c.ManualHedge(group="nope", quantity=Decimal(1)), "no group"),
    ],
)
def test_a_manual_hedge_is_refused_with_its_reason(command: c.ManualHedge, word: str) -> None:
    desk = at_level(3)
    assert word in desk.do(command)
    assert desk.sent() == []


def test_a_manual_hedge_that_ends_short_is_told_not_chained() -> None:
    desk = at_level(3)
    desk.do(hedge_by_hand(40))
    desk.sent()
    desk.fill("G/H/5", 30)
    desk.end("G/H/5")
    desk.wait(30)
    assert desk.sent() == []
    assert desk.alarm("MANUAL_HEDGE_SHORT").unfilled_qty == 10


# -- release and slices -----------------------------------------------------------------------


def test_no_risk_before_the_whole_hedge() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.sent()
    desk.fill("G/H/1", 99)
    assert desk.sent() == []
    desk.fill("G/H/1", 1)
    assert desk.sent() == ["NEW G/R/1 SELL 100 LIMIT 10"]


def test_proportional_release_sends_as_the_hedge_is_proven_rounded_down() -> None:
    desk = Playbook()
    desk.submit(pair(30, 100, release=Release.PROPORTIONAL))
    desk.sent()
    desk.fill("G/H/1", 1)
    assert desk.sent() == ["NEW G/R/1 SELL 3 LIMIT 10"]
    desk.fill("G/H/1", 10)
    assert desk.sent() == ["NEW G/R/2 SELL 33 LIMIT 10"]
    desk.fill_rest("G/H/1")
    assert desk.sent() == ["NEW G/R/3 SELL 64 LIMIT 10"]


def test_proportional_release_waits_for_the_slower_of_two_hedges() -> None:
    desk = Playbook()
    legs = (leg("H", LegType.HEDGE, 50), leg("I", LegType.HEDGE, 100), leg("R", LegType.RISK, 10))
    desk.submit(c.GroupRequest("G", legs, release=Release.PROPORTIONAL))
    desk.sent()
    desk.fill_rest("G/H/1")
    assert desk.sent() == []
    desk.fill("G/I/1", 19)
    assert desk.sent() == ["NEW G/R/1 SELL 1 LIMIT 10"]


def test_slices_follow_their_interval_and_never_exceed_the_leg() -> None:
    desk = Playbook()
    desk.submit(pair(hedge_more={"child": c.ChildSpec(Decimal(40), Decimal("0.5"))}))
    assert desk.sent() == ["NEW G/H/1 BUY 40 LIMIT 10"]
    desk.fill_rest("G/H/1")
    assert desk.sent() == []
    desk.wait("0.6")
    assert desk.sent() == ["NEW G/H/2 BUY 40 LIMIT 10"]
    desk.restart()
    desk.wait("0.6")
    assert desk.sent() == ["NEW G/H/3 BUY 20 LIMIT 10"]
    desk.wait("1")
    assert desk.sent() == []


def test_slices_stop_when_one_of_them_ends_short() -> None:
    desk = Playbook(cancels="silent")
    desk.submit(pair(hedge_more={"child": c.ChildSpec(Decimal(40), Decimal("0.5"))}))
    desk.wait("0.6")
    desk.sent()
    desk.end("G/H/1")
    assert desk.sent() == ["CANCEL G/H/2"]
    desk.fill("G/H/2", 25)
    desk.confirm("G/H/2")
    assert desk.sent() == ["NEW G/H/3 BUY 75 MARKET"]


# -- ends -------------------------------------------------------------------------------------


def test_accept_partial_scales_to_the_hedge_proven() -> None:
    desk = Playbook()
    desk.submit(pair(100, 200))
    desk.fill("G/H/1", 60)
    assert "still works" in desk.do(c.AcceptPartial(group="G"))
    desk.do(c.CancelOrder(order="G/H/1"))
    desk.sent()
    assert desk.do(c.AcceptPartial(group="G")) == ""
    assert desk.sent() == ["NEW G/R/1 SELL 120 LIMIT 10"]
    desk.fill_rest("G/R/1")
    assert desk.group().lifecycle == "COMPLETED"
    assert (desk.leg("H").target_qty, desk.leg("R").target_qty) == (60, 120)


def test_accept_partial_without_a_hedge_is_refused() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.do(c.CancelOrder(order="G/H/1"))
    assert "no hedge is proven" in desk.do(c.AcceptPartial(group="G"))


def test_risk_that_ends_short_leaves_surplus_and_fails_the_group() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.fill_rest("G/H/1")
    desk.fill("G/R/1", 40)
    desk.sent()
    desk.end("G/R/1", OrdStatus.EXPIRED)
    assert desk.sent() == []
    assert (desk.group().lifecycle, desk.group().end_reason) == ("FAILED", "RISK_SHORT")
    assert desk.alarm("RISK_SHORT").unfilled_qty == 60


def test_surplus_hedge_is_sold_back_once_when_so_asked() -> None:
    desk = Playbook()
    desk.submit(pair(on_risk_shortfall=RiskShortfall.UNWIND))
    desk.fill_rest("G/H/1")
    desk.fill("G/R/1", 40)
    desk.sent()
    desk.end("G/R/1")
    assert desk.sent() == ["NEW G/H/2 SELL 60 MARKET"]
    desk.fill_rest("G/H/2")
    desk.wait(10)
    assert desk.sent() == []
    assert desk.group().end_reason == "RISK_SHORT"


def test_stopping_a_group_still_hedges_the_fill_that_comes_late() -> None:
    """Field case 46: stopped; CANCELED with CumQty 0; then the 40-lot risk fill arrives."""
    desk = Playbook()
    desk.submit(pair())
    desk.fill_rest("G/H/1")
    desk.do(c.CancelGroup(group="G"))
    assert desk.order("G/R/1").ord_status is OrdStatus.CANCELED
    desk.fill("G/R/1", 40)
    assert desk.alarm("FILL_AFTER_DONE").unfilled_qty == 40
    assert desk.witness is not None
    assert desk.witness.unhedged(desk.group(), desk.leg("H")) == 0


def test_a_gap_keeps_the_group_from_completing() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.fill_rest("G/H/1")
    desk.hold_back()
    desk.answers = "silent"
    desk.fill_rest("G/R/1")
    desk.feed(desk.book["G/R/1"].status("Q1-1"))
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.booked_qty, order.gap_qty) == (100, 0, 100)
    assert desk.group().lifecycle == "HEDGED"
    desk.let_through()
    assert (order.gap_qty, desk.group().lifecycle) == (0, "COMPLETED")


def test_an_executions_gap_that_stays_is_told() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.hold_back()
    desk.fill("G/H/1", 30)
    desk.in_line.clear()
    desk.book["G/H/1"].trades.clear()
    desk.wait(8)
    assert "EXECUTION_GAP 30 UNACKNOWLEDGED" in desk.alarms()


def test_a_cancel_that_came_too_late_does_not_bind_after_a_bust() -> None:
    """PENDING_CANCEL, filled, cancel rejected as too late; then a bust opens the order again:
    it is canceled anew and its shortfall hedged, not left to rest."""
    desk = Playbook(cancels="silent")
    desk.submit(pair())
    part = desk.fill("G/H/1", 40)
    desk.wait(5)
    truth = desk.book["G/H/1"]
    desk.report(truth.tell_pending(truth.pending[0]))
    desk.fill_rest("G/H/1")
    desk.refuse("G/H/1")
    desk.fill_rest("G/R/1")
    desk.sent()
    desk.cancels = "confirm"
    desk.bust("G/H/1", part)
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 40 MARKET"]


def test_a_refused_cancel_is_asked_about_and_told_not_waited_for_without_end() -> None:
    desk = Playbook(cancels="reject")
    desk.submit(pair())
    desk.wait(5)
    desk.wait(5)
    assert "HEDGE_UNCERTAIN 100 UNACKNOWLEDGED" in desk.alarms()
    desk.fill_rest("G/H/1")
    assert desk.sent()[-1] == "NEW G/R/1 SELL 100 LIMIT 10"


def test_risk_that_fills_after_the_hedge_was_corrected_away_is_hedged_at_once() -> None:
    """A partial fill of the risk is no routine then: the hedge rests at the broker, and waiting
    for it would leave the risk bare."""
    desk = Playbook()
    desk.submit(pair())
    exec_id = desk.fill("G/H/1", 100)
    desk.correct("G/H/1", exec_id, 21)
    desk.sent()
    desk.fill("G/R/1", 33)
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 79 MARKET"]


def test_a_bust_after_the_brokers_clock_was_set_back_is_asked_about_at_once() -> None:
    """By its stamp it is older than the fill it undoes, so it alone lowers nothing; the exposure
    may not stay unseen until the gap's wait is over."""
    desk = Playbook()
    desk.submit(pair())
    exec_id = desk.fill("G/H/1", 100)
    desk.fill_rest("G/R/1")
    desk.sent()
    desk.skew_ns -= 2 * 3600 * 10**9
    desk.bust("G/H/1", exec_id)
    assert desk.order("G/H/1").cum_qty == 0
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 100 MARKET"]


@pytest.mark.parametrize("release", Release)
def test_no_risk_goes_out_on_a_hedge_that_was_busted_and_may_be_gone(release: Release) -> None:
    """Stamped before the fill that it undoes, the bust leaves CumQty as it is until an answer
    tells; what no execution explains any more proves no hedge in the meantime."""
    desk = Playbook()
    desk.submit(pair(release=release))
    desk.do(c.PauseGroup(group="G"))
    exec_id = desk.fill("G/H/1", 60)
    desk.fill("G/H/1", 40)
    desk.sent()
    desk.skew_ns -= 2 * 3600 * 10**9
    desk.answers = "silent"
    desk.bust("G/H/1", exec_id)
    assert (desk.order("G/H/1").cum_qty, desk.order("G/H/1").gap_qty) == (100, 60)
    desk.do(c.ResumeGroup(group="G"))
    allowed = [] if release is Release.AFTER_HEDGE else ["NEW G/R/1 SELL 40 LIMIT 10"]
    assert desk.sent() == allowed
    desk.answers = "truth"
    desk.wait(6)
    assert (desk.order("G/H/1").cum_qty, desk.order("G/H/1").gap_qty) == (40, 0)
    assert desk.sent()[-1] == "NEW G/H/2 BUY 60 MARKET"
    desk.fill_rest("G/H/2")
    last = "G/R/1 SELL 100" if release is Release.AFTER_HEDGE else "G/R/2 SELL 60"
    assert desk.sent() == [f"NEW {last} LIMIT 10"]
