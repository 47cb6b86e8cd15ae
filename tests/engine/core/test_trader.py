"""Commands: taken up or refused with the reason; unknown orders; the kill switch."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core import commands as c
from engine.core.terms import ExecType, LegType, OrdStatus, OrdType, Phase, Side
from tests.engine.core.honest_broker import HonestOrder
from tests.engine.core.playbook import Playbook, leg, pair


def with_external(side: Side | None = Side.BUY, filled: int = 0) -> Playbook:
    """A group that rests, and an order of 50 SYM-H at the broker that nobody here sent."""
    desk = Playbook()
    desk.submit(pair())
    desk.sent()
    truth = HonestOrder(desk.time, "phone-1", "O-ext", "SYM-H", side or Side.BUY, Decimal(50))
    desk.book["ext"] = truth
    report = truth.accept()
    desk.feed(report if side else replace(report, side=None))
    if filled:
        desk.report(truth.fill(Decimal(filled), Decimal(10)))
    return desk


# -- groups -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (pair(group_id="G 1"), "1-64"),
        (pair(group_id=""), "1-64"),
        (replace(pair(), legs=()), "HEDGE and one RISK"),
        (replace(pair(), legs=(leg("R", LegType.RISK, 1),)), "HEDGE and one RISK"),
        (replace(pair(), legs=(leg("A", LegType.HEDGE, 1), leg("A", LegType.RISK, 1))), "unique"),
        (pair(0), "above 0"),
        (pair("-5"), "above 0"),
        (pair("NaN"), "above 0"),
        (pair(hedge_more={"price": None}), "price"),
        (pair(hedge_more={"order_type": OrdType.STOP_LIMIT}), "MARKET or LIMIT"),
        (pair(hedge_more={"stop_loss": c.StopSpec(Decimal(1))}), "RISK leg"),
        (pair(risk_more={"stop_loss": c.StopSpec(Decimal(0))}), "above 0"),
        (pair(hedge_more={"child": c.ChildSpec(Decimal(0), Decimal(1))}), "above 0"),
        (pair(hedge_more={"symbol": " "}), "symbol"),
    ],
)
def test_a_group_is_refused_whole(request_: c.GroupRequest, word: str) -> None:
    desk = Playbook()
    assert word in desk.submit(request_)
    assert desk.state.groups == {} and desk.sent() == []


def test_group_ids_are_unique_for_good() -> None:
    desk = Playbook()
    desk.submit(pair())
    assert "used before" in desk.submit(pair())
    desk.state.groups.clear()
    desk.state.volatile.working.clear()
    assert "used before" in desk.submit(pair())


def test_no_group_is_no_group() -> None:
    assert "no group" in Playbook().do(c.SubmitGroup())


def test_stopping_cancels_its_own_and_ends_failed() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.fill("G/H/1", 30)
    desk.sent()
    assert desk.do(c.CancelGroup(group="G")) == ""
    assert desk.sent() == ["CANCEL G/H/1"]
    assert (desk.group().lifecycle, desk.group().end_reason) == ("FAILED", "CANCELED_BY_TRADER")
    assert "is FAILED" in desk.do(c.CancelGroup(group="G"))


def test_the_cancels_of_a_stopped_group_carry_the_name_of_who_stopped_it() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.sent()
    assert desk.do(c.CancelGroup(group="G", user="vera")) == ""
    assert desk.sent() == ["CANCEL G/H/1"]
    assert [r.user for r in desk.order("G/H/1").requests] == ["vera"]
    assert desk.group().stopped_by == "vera"


def test_what_a_stopped_group_cancels_is_not_asked_again_by_itself_after_a_refusal() -> None:
    desk = Playbook(cancels="reject")
    desk.submit(pair())
    desk.do(c.CancelGroup(group="G", user="vera"))
    desk.wait(30)
    asked = [r for r in desk.order("G/H/1").requests if r.user == "vera"]
    assert len(asked) == 1


def test_a_pause_holds_back_leg_orders_and_a_resume_sends_them() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.sent()
    desk.do(c.PauseGroup(group="G"))
    assert "already" in desk.do(c.PauseGroup(group="G"))
    desk.fill_rest("G/H/1")
    assert desk.sent() == []
    desk.do(c.ResumeGroup(group="G"))
    assert desk.sent() == ["NEW G/R/1 SELL 100 LIMIT 10"]


# -- the kill switch --------------------------------------------------------------------------


def test_the_kill_blocks_first_and_cancels_everything() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.submit(pair(group_id="K"))
    desk.sent()
    assert desk.do(c.Kill(reason="drill", user="ann")) == ""
    assert desk.sent() == ["CANCEL G/H/1", "CANCEL K/H/1"]
    assert (desk.phase, desk.state.meta.killed_by) == (Phase.KILLED, "ann")
    assert "KILLED" in desk.submit(pair(group_id="N"))
    desk.wait(60)
    assert desk.sent() == []


def test_exposure_that_a_kill_leaves_open_is_told() -> None:
    desk = Playbook()
    desk.submit(pair())
    part = desk.fill_rest("G/H/1")
    desk.fill("G/R/1", 50)
    desk.do(c.Kill(reason="drill"))
    desk.sent()
    desk.bust("G/H/1", part)
    assert [s for s in desk.sent() if s.startswith("NEW")] == []
    assert desk.alarm("HEDGE_BLOCKED").unfilled_qty == 50


def test_released_it_must_be_armed() -> None:
    desk = Playbook()
    assert desk.do(c.ReleaseKill()) != ""
    desk.do(c.Kill())
    assert desk.do(c.Kill()) != ""
    assert desk.do(c.Arm()) != ""
    assert desk.do(c.ReleaseKill()) == ""
    assert desk.phase is Phase.RESOLVING
    assert desk.do(c.Arm()) == ""
    assert desk.phase is Phase.ARMED


def test_killed_stays_killed_through_a_restart() -> None:
    desk = Playbook()
    desk.do(c.Kill())
    desk.restart()
    desk.wait(2)
    assert desk.phase is Phase.KILLED


# -- orders of nobody here --------------------------------------------------------------------


def test_an_unknown_order_is_kept_and_told() -> None:
    desk = with_external()
    assert desk.state.externals["phone-1"].leaves_qty == 50
    assert desk.alarm("UNKNOWN_ORDER").severity == "WARNING"
    assert desk.rejected() == ["UNKNOWN_ORDER NEW 0"]


def test_one_that_fills_is_critical() -> None:
    desk = with_external(filled=20)
    alarm = desk.alarm("UNKNOWN_ORDER")
    assert (alarm.severity, alarm.unfilled_qty) == ("CRITICAL", 20)
    assert desk.state.externals["phone-1"].cum_qty == 20


def test_adopted_its_fills_count_for_the_leg() -> None:
    desk = with_external(filled=20)
    desk.do(c.CancelOrder(order="G/H/1"))
    assert desk.do(c.AdoptExternal(cl_ord_id="phone-1", group="G", leg="H")) == ""
    order = desk.order("G/H/2")
    assert (order.cum_qty, order.booked_qty, order.gap_qty) == (20, 20, 0)
    desk.feed(desk.book["ext"].fill(Decimal(10), Decimal(10)))
    assert order.cum_qty == 30
    desk.feed(desk.book["ext"].trades[0])
    assert order.cum_qty == 30


def test_adopted_risk_beyond_what_an_amended_hedge_still_fills_is_hedged_at_once() -> None:
    """What the trader amended keeps its own time only where it covers what is unhedged."""
    desk = Playbook()
    desk.witness = None  # it hears no cancel that chains on an amendment
    desk.submit(pair(hedge_more={"child": c.ChildSpec(Decimal(10), Decimal(60))}))
    desk.do(c.ReplaceOrder(order="G/H/1", quantity=Decimal(20)))
    phoned = HonestOrder(desk.time, "phone-1", "O-ext", "SYM-R", Side.SELL, Decimal(50))
    desk.book["ext"] = phoned
    desk.feed(phoned.accept())
    desk.feed(phoned.fill(Decimal(50), Decimal(10)))
    desk.sent()
    assert desk.do(c.AdoptExternal(cl_ord_id="phone-1", group="G", leg="R")) == ""
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 110 MARKET"]
    assert (desk.order("G/H/1").ord_status, desk.leg("H").target_qty) == ("CANCELED", 110)


def test_what_was_busted_before_it_was_adopted_does_not_count() -> None:
    desk = with_external(filled=20)
    desk.feed(desk.book["ext"].bust(desk.book["ext"].trades[0].exec_id))
    desk.feed(desk.book["ext"].fill(Decimal(5), Decimal(10)))
    desk.do(c.CancelOrder(order="G/H/1"))
    assert desk.do(c.AdoptExternal(cl_ord_id="phone-1", group="G", leg="H")) == ""
    order = desk.order("G/H/2")
    assert (order.cum_qty, order.booked_qty, order.gap_qty) == (5, 5, 0)
    assert sorted(each.live for each in order.executions.values()) == [False, False, True]


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (c.AdoptExternal(cl_ord_id="nobody", group="G", leg="H"), "no unknown order"),
        (c.AdoptExternal(cl_ord_id="phone-1", group="G", leg="X"), "no leg"),
        (c.AdoptExternal(cl_ord_id="phone-1", group="X", leg="H"), "no leg"),
        (c.AdoptExternal(cl_ord_id="phone-1", group="G", leg="R"), "the leg is"),
    ],
)
def test_adopting_is_refused_with_its_reason(command: c.Command, word: str) -> None:
    assert word in with_external().do(command)


def test_adopting_twice_is_refused() -> None:
    desk = with_external()
    command = c.AdoptExternal(cl_ord_id="phone-1", group="G", leg="H")
    assert desk.do(command) == ""
    assert "adopted already" in desk.do(command)


def test_canceled_once_at_the_broker() -> None:
    desk = with_external()
    assert desk.do(c.CancelOrder(order="phone-1")) == ""
    assert desk.sent() == ["CANCEL phone-1"]
    assert "asked already" in desk.do(c.CancelOrder(order="phone-1"))
    desk.feed(desk.book["ext"].end(OrdStatus.CANCELED))
    assert "CANCELED" in desk.do(c.CancelOrder(order="phone-1"))


def test_without_a_side_it_cannot_be_canceled() -> None:
    assert "side" in with_external(side=None).do(c.CancelOrder(order="phone-1"))


# -- the rest ---------------------------------------------------------------------------------


def test_cancel_is_refused_for_what_is_not_there_or_over() -> None:
    desk = Playbook(cancels="silent")
    desk.submit(pair())
    assert "no such order" in desk.do(c.CancelOrder(order="G/H/9"))
    assert desk.do(c.CancelOrder(order="G/H/1")) == ""
    assert "asked already" in desk.do(c.CancelOrder(order="G/H/1"))
    desk.confirm("G/H/1")
    assert "nothing is left" in desk.do(c.CancelOrder(order="G/H/1"))


def test_a_rejected_event_is_explained_once_somebody_says_why() -> None:
    desk = with_external()
    assert "comment" in desk.do(c.ExplainRejected(rejected=1, comment=" "))
    assert "no such" in desk.do(c.ExplainRejected(rejected=9, comment="x"))
    assert desk.do(c.ExplainRejected(rejected=1, comment="by phone", user="ann")) == ""
    event = desk.state.rejected[1]
    assert (event.explained_by, event.explained_comment) == ("ann", "by phone")


def test_a_status_answer_for_an_unknown_order_is_no_event() -> None:
    desk = with_external()
    before = desk.state.meta.counts.rejected
    desk.feed(desk.book["ext"].report(ExecType.ORDER_STATUS))
    assert desk.state.meta.counts.rejected == before


def test_an_unknown_command_is_refused() -> None:
    assert "unknown command" in Playbook().do(c.Command())
