"""One order: requests, chains of replaces, splits, rejects that prove life."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core import commands as c
from engine.core.decisions import AskOrder
from engine.core.events import CancelRejected, ExecutionReport
from engine.core.order import avg_px, current_cl_ord_id
from engine.core.terms import CxlRejReason, ExecType, IntentState, OrdStatus, RequestState
from tests.engine.core.playbook import WALL_START_NS, Playbook, pair


def resting(**more: object) -> Playbook:
    """A risk order of 100 that rests; the hedge is filled."""
    desk = Playbook(**more)  # type: ignore[arg-type]
    desk.submit(pair())
    desk.fill_rest("G/H/1")
    desk.sent()
    return desk


def amend(**more: object) -> c.ReplaceOrder:
    return c.ReplaceOrder(order="G/R/1", **more)  # type: ignore[arg-type]


def ask(desk: Playbook) -> AskOrder:
    """A question about the risk order, by the trader."""
    desk.do(c.AskBroker(order="G/R/1"))
    return [each for each in desk.asked if isinstance(each, AskOrder)][-1]


# -- replace ----------------------------------------------------------------------------------


def test_an_amended_quantity_moves_the_target_by_the_difference() -> None:
    desk = resting()
    assert desk.do(amend(quantity=Decimal(80))) == ""
    assert desk.sent() == ["REPLACE G/R/1 80"]
    assert desk.order("G/R/1").order_qty == 80
    assert desk.leg("R").target_qty == 80


def test_asked_is_not_done() -> None:
    desk = resting()
    desk.replaces = "silent"
    desk.do(amend(quantity=Decimal(80), price=Decimal(11)))
    order = desk.order("G/R/1")
    assert (order.ord_status, order.order_qty, order.price) == ("PENDING_REPLACE", 100, 10)
    desk.refuse("G/R/1")
    assert (order.ord_status, order.order_qty) == ("NEW", 100)
    assert desk.leg("R").target_qty == 100


def test_chained_replaces_chain_on_the_last_one_not_rejected() -> None:
    desk = resting()
    desk.replaces = "silent"
    order = desk.order("G/R/1")
    desk.do(amend(quantity=Decimal(90)))
    desk.do(amend(quantity=Decimal(80)))
    first, second = order.requests
    assert second.orig_cl_ord_id == first.cl_ord_id
    desk.confirm("G/R/1", 1)
    assert (order.order_qty, order.ord_status) == (90, "PENDING_REPLACE")
    desk.refuse("G/R/1", 2)
    assert current_cl_ord_id(order) == first.cl_ord_id
    desk.do(amend(quantity=Decimal(70)))
    assert order.requests[2].orig_cl_ord_id == first.cl_ord_id


def test_an_amendment_is_taken_although_the_brokers_clock_was_set_back() -> None:
    desk = resting()
    desk.replaces = "silent"
    order = desk.order("G/R/1")
    desk.do(amend(quantity=Decimal(90)))
    desk.confirm("G/R/1", 1)
    desk.do(amend(quantity=Decimal(60)))
    desk.skew_ns = -3600 * 10**9
    desk.confirm("G/R/1", 2)
    assert order.order_qty == 60
    desk.fill("G/R/1", 60)
    assert (order.ord_status, order.leaves_qty) == ("FILLED", 0)


def test_of_two_amendments_under_way_the_one_that_the_broker_took_last_stands() -> None:
    """It works at the second while the first is still pending, then takes the first."""
    desk = resting()
    desk.replaces = "silent"
    order = desk.order("G/R/1")
    desk.do(amend(quantity=Decimal(60)))
    desk.do(amend(quantity=Decimal(70)))
    desk.confirm("G/R/1", 2)
    assert (order.order_qty, desk.leg("R").target_qty) == (70, 70)
    desk.wait(1)
    desk.confirm("G/R/1", 1)
    assert (order.order_qty, desk.leg("R").target_qty) == (60, 60)
    desk.fill("G/R/1", 60)
    assert (order.ord_status, order.leaves_qty) == ("FILLED", 0)


def test_of_two_amendments_the_earlier_heard_late_changes_nothing() -> None:
    desk = resting()
    desk.replaces = desk.answers = "silent"
    order = desk.order("G/R/1")
    desk.do(amend(quantity=Decimal(60)))
    desk.do(amend(quantity=Decimal(70)))
    desk.hold_back()
    desk.confirm("G/R/1", 1)
    desk.wait(1)
    desk.confirm("G/R/1", 2)
    desk.in_line.reverse()
    desk.let_through()
    assert (order.order_qty, desk.leg("R").target_qty) == (70, 70)


def test_a_replace_to_what_is_filled_ends_the_order_there() -> None:
    desk = resting()
    desk.fill("G/R/1", 60)
    desk.do(amend(quantity=Decimal(40)))
    order = desk.order("G/R/1")
    assert (order.order_qty, order.cum_qty, order.leaves_qty) == (60, 60, 0)
    assert order.ord_status is OrdStatus.FILLED


def test_a_replace_below_what_is_filled_whose_answer_is_lost_is_seen_by_asking() -> None:
    desk = resting()
    desk.fill("G/R/1", 60)
    desk.replaces = "silent"
    desk.do(amend(quantity=Decimal(40)))
    desk.hold_back()
    desk.confirm("G/R/1", 1)
    desk.in_line.clear()
    desk.let_through()
    order = desk.order("G/R/1")
    assert order.leaves_qty == 40
    desk.wait(10)
    assert (order.order_qty, order.leaves_qty, order.ord_status) == (60, 0, "FILLED")


def test_a_size_that_the_broker_took_down_by_itself_is_seen_by_asking() -> None:
    """The restatement was lost. An order that was never amended has no older size."""
    desk = resting()
    truth = desk.book["G/R/1"]
    truth.order_qty = Decimal(60)
    desk.fill("G/R/1", 60)
    desk.wait(10)
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.leaves_qty, order.ord_status) == (60, 0, "FILLED")


def test_a_fill_under_an_old_id_during_the_replace_is_booked() -> None:
    desk = resting()
    desk.replaces = "silent"
    desk.do(amend(quantity=Decimal(150)))
    desk.fill("G/R/1", 30)
    desk.confirm("G/R/1")
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.leaves_qty, order.ord_status) == (30, 120, "PARTIALLY_FILLED")
    old = replace(desk.book["G/R/1"].fill(Decimal(5), Decimal(10)), cl_ord_id=order.cl_ord_id)
    desk.feed(old)
    assert order.cum_qty == 35


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (amend(), "quantity or a price"),
        (amend(quantity=Decimal(0)), "positive"),
        (amend(quantity=Decimal("0.5")), "multiple"),
        (amend(quantity=Decimal("NaN")), "positive"),
        (amend(price=Decimal(-1)), "price"),
        (c.ReplaceOrder(order="G/H/9", quantity=Decimal(1)), "no such order"),
    ],
)
def test_an_amendment_is_refused_with_its_reason(command: c.Command, word: str) -> None:
    desk = resting()
    assert word in desk.do(command)
    assert desk.sent() == []


# -- cancel -----------------------------------------------------------------------------------


def test_pending_cancel_until_proven() -> None:
    desk = resting(cancels="silent")
    desk.do(c.CancelOrder(order="G/R/1"))
    assert desk.order("G/R/1").ord_status is OrdStatus.PENDING_CANCEL
    desk.wait(10)
    assert desk.order("G/R/1").ord_status is OrdStatus.PENDING_CANCEL
    assert desk.alarm("CANCEL_UNCERTAIN").unfilled_qty == 100
    desk.confirm("G/R/1")
    assert desk.order("G/R/1").ord_status is OrdStatus.CANCELED


def test_the_completing_fill_while_a_cancel_is_pending() -> None:
    """Matrix B.1.c: PENDING_CANCEL with LeavesQty 0; FILLED comes only with the reject."""
    desk = resting(cancels="silent")
    desk.do(c.CancelOrder(order="G/R/1"))
    order, told = desk.order("G/R/1"), desk.book["G/R/1"]
    desk.report(told.tell_pending(told.pending[0]))
    desk.fill_rest("G/R/1")
    assert (order.ord_status, order.leaves_qty, order.cum_qty) == ("PENDING_CANCEL", 0, 100)
    desk.refuse("G/R/1")
    assert order.ord_status is OrdStatus.FILLED


def test_a_cancel_reject_of_a_request_we_did_not_make() -> None:
    desk = resting()
    order = desk.order("G/R/1")
    desk.feed(CancelRejected("foreign", order.cl_ord_id, OrdStatus.NEW, CxlRejReason.TOO_LATE))
    assert desk.rejected() == ["UNKNOWN_ORDER NEW 0"]
    desk.feed(CancelRejected("foreign", "nobody", OrdStatus.NEW, CxlRejReason.TOO_LATE))
    assert desk.rejected()[1:] == ["UNKNOWN_ORDER NEW 0"]


def test_the_same_reject_twice_is_a_duplicate() -> None:
    desk = resting(cancels="silent")
    desk.do(c.CancelOrder(order="G/R/1"))
    order = desk.order("G/R/1")
    reject = desk.book["G/R/1"].refuse(desk.book["G/R/1"].pending[0])
    desk.feed(reject)
    desk.feed(reject)
    assert desk.rejected() == ["DUPLICATE NEW 0"]
    assert order.requests[0].state is RequestState.REJECTED


@pytest.mark.parametrize("filled_first", [True, False])
def test_a_refused_cancel_never_looks_pending_again(filled_first: bool) -> None:
    """Its PENDING_CANCEL from before the refusal comes late, after a bust opened the order again;
    so does a second copy of the refusal, which is no reason not to ask anew."""
    desk = resting(cancels="silent")
    first = desk.fill("G/R/1", 60)
    desk.do(c.CancelOrder(order="G/R/1"))
    order, told = desk.order("G/R/1"), desk.book["G/R/1"]
    pending = told.tell_pending(told.pending[0])
    if filled_first:
        desk.fill_rest("G/R/1")
        reject = told.refuse(told.pending[0])
        desk.feed(reject)
    else:
        reject = told.refuse(told.pending[0])
        desk.feed(reject)
        desk.fill_rest("G/R/1")
    desk.bust("G/R/1", first)
    assert order.ord_status is OrdStatus.PARTIALLY_FILLED
    desk.feed(replace(pending, poss_dup=True))
    desk.feed(reject)
    assert order.ord_status is OrdStatus.PARTIALLY_FILLED
    assert [r.state for r in order.requests] == [RequestState.LAPSED]
    assert desk.disk.differences(desk.state) == []
    assert desk.do(c.CancelOrder(order="G/R/1")) == ""
    assert order.ord_status is OrdStatus.PENDING_CANCEL


def test_a_stopped_order_that_completes_behind_a_pending_cancel_is_stopped_no_more() -> None:
    """All its reports say PENDING_CANCEL; a bust then leaves it working, and not stopped."""
    desk = resting(cancels="silent")
    first = desk.fill("G/R/1", 60)
    order, told = desk.order("G/R/1"), desk.book["G/R/1"]
    desk.report(told.stop_or_suspend(OrdStatus.STOPPED))
    desk.do(c.CancelOrder(order="G/R/1"))
    desk.report(told.tell_pending(told.pending[0]))
    desk.fill_rest("G/R/1")
    desk.bust("G/R/1", first)
    desk.refuse("G/R/1")
    assert (order.ord_status, order.leaves_qty) == (OrdStatus.PARTIALLY_FILLED, 60)


@pytest.mark.parametrize("halt", [OrdStatus.SUSPENDED, OrdStatus.STOPPED])
def test_an_order_done_for_the_day_that_was_taken_up_unheard_has_its_leaves_back(
    halt: OrdStatus,
) -> None:
    """The broker's newest answer is believed: it may fill again, and must not be hedged twice."""
    desk = resting()
    desk.answers = "silent"
    order, told = desk.order("G/R/1"), desk.book["G/R/1"]
    desk.report(told.end(OrdStatus.DONE_FOR_DAY))
    assert (order.ord_status, order.leaves_qty) == (OrdStatus.DONE_FOR_DAY, 0)
    before = told.status(ask(desk).query_id)
    told.resume()
    told.stop_or_suspend(halt)
    desk.wait(1)
    desk.feed(replace(before, ord_status=halt, leaves_qty=Decimal(100), server_time_ns=1))
    assert order.ord_status is OrdStatus.DONE_FOR_DAY, "an old word turns nothing back"
    desk.feed(told.status(ask(desk).query_id))
    assert (order.ord_status, order.leaves_qty) == (halt, 100)


def test_unknown_order_proves_nothing_for_good() -> None:
    """Matrix B.1.f: the lost order may still arrive."""
    desk = Playbook(acks=False, cancels="silent")
    desk.submit(pair())
    desk.do(c.CancelOrder(order="G/H/1"))
    desk.refuse("G/H/1", reason=CxlRejReason.UNKNOWN_ORDER)
    assert desk.order("G/H/1").ord_status is OrdStatus.PENDING_NEW
    desk.fill("G/H/1", 30)
    assert desk.order("G/H/1").cum_qty == 30


# -- quantities and statuses ------------------------------------------------------------------


def test_a_duplicate_cl_ord_id_reject_proves_life() -> None:
    """Matrix F.1.a: REJECTED that carries the live status of the original."""
    desk = resting()
    truth = desk.book["G/R/1"]
    desk.feed(truth.report(ExecType.REJECTED))
    order = desk.order("G/R/1")
    assert (order.ord_status, order.intent) == (OrdStatus.NEW, IntentState.ACKNOWLEDGED)


def test_a_split_scales_order_executions_and_target() -> None:
    """Matrix H: OrderQty and CumQty restated alike."""
    desk = resting()
    desk.fill("G/R/1", 40, 20)
    order, truth = desk.order("G/R/1"), desk.book["G/R/1"]
    truth.order_qty *= 2
    truth.live = {k: (q * 2, px / 2) for k, (q, px) in truth.live.items()}
    desk.report(truth.report(ExecType.RESTATED))
    assert (order.order_qty, order.cum_qty, order.booked_qty, order.gap_qty) == (200, 80, 80, 0)
    assert (avg_px(order), desk.leg("R").target_qty) == (10, 200)
    desk.fill_rest("G/R/1")
    assert order.ord_status is OrdStatus.FILLED


def test_an_overfill_is_taken_and_told() -> None:
    desk = resting()
    desk.fill("G/R/1", 130)
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.leaves_qty) == (130, 0)
    assert desk.alarm("OVERFILL").unfilled_qty == 30


@pytest.mark.parametrize("end", [OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED])
def test_a_fill_on_a_dead_order_is_booked_and_the_status_stays(end: OrdStatus) -> None:
    desk = resting(acks=end is not OrdStatus.REJECTED)
    if end is OrdStatus.REJECTED:
        desk.reject("G/R/1")
    else:
        desk.end("G/R/1", end)
    desk.fill("G/R/1", 20)
    order = desk.order("G/R/1")
    assert (order.ord_status, order.cum_qty, order.leaves_qty) == (end, 20, 0)
    assert desk.alarm("FILL_AFTER_DONE").severity == "CRITICAL"


def test_done_for_day_and_back() -> None:
    desk = resting()
    desk.end("G/R/1", OrdStatus.DONE_FOR_DAY)
    order = desk.order("G/R/1")
    assert (order.ord_status, order.leaves_qty) == (OrdStatus.DONE_FOR_DAY, 0)
    desk.report(desk.book["G/R/1"].resume())
    assert (order.ord_status, order.leaves_qty) == (OrdStatus.NEW, 100)


def test_the_same_fill_under_two_ids_counts_once() -> None:
    desk = resting()
    fill = desk.book["G/R/1"].fill(Decimal(40), Decimal(10))
    desk.feed(fill)
    desk.feed(replace(fill, exec_id="poll-1"))
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.booked_qty) == (40, 40)
    assert desk.rejected() == ["DUPLICATE PARTIALLY_FILLED 0"]


def test_the_same_id_with_other_content_conflicts_and_the_first_stands() -> None:
    desk = resting()
    fill = desk.book["G/R/1"].fill(Decimal(40), Decimal(10))
    desk.feed(fill)
    desk.feed(replace(fill, last_qty=Decimal(50), cum_qty=Decimal(50)))
    assert desk.order("G/R/1").cum_qty == 40
    assert desk.alarm("CONFLICTING_EXECUTION").severity == "CRITICAL"
    assert desk.rejected() == ["CONFLICTING_EXECUTION PARTIALLY_FILLED 0"]


def test_exec_id_zero_is_no_key() -> None:
    """Two fills that a broker reports with ExecID 0: a digest tells them apart."""
    desk = resting()
    truth = desk.book["G/R/1"]
    fills = [replace(truth.fill(Decimal(q), Decimal(10)), exec_id="0") for q in (10, 20)]
    for fill in (*fills, *fills):
        desk.feed(fill)
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.booked_qty, len(order.executions)) == (30, 30, 2)


def test_memory_may_forget_what_the_store_knows() -> None:
    desk = resting()
    fill = desk.book["G/R/1"].fill(Decimal(40), Decimal(10))
    desk.feed(fill)
    desk.state.volatile.seen.clear()
    desk.feed(fill)
    assert desk.order("G/R/1").cum_qty == 40
    assert desk.rejected() == ["DUPLICATE PARTIALLY_FILLED 0"]


def test_the_key_names_the_broker_and_only_where_declared_the_order() -> None:
    from engine.core.idempotency import report_key
    from engine.core.model import EngineConfig

    fill = ExecutionReport(
        "c", "e", ExecType.TRADE, OrdStatus.NEW, Decimal(1), Decimal(0), last_qty=Decimal(1)
    )
    one, other = EngineConfig(broker="one"), EngineConfig(broker="other")
    assert report_key(fill, "a", one) == report_key(fill, "b", one)
    assert report_key(fill, "a", one) != report_key(fill, "a", other)
    apart = EngineConfig(broker="one", exec_id_per_order=True)
    assert report_key(fill, "a", apart) != report_key(fill, "b", apart)


def test_a_status_answer_older_than_what_we_know_undoes_nothing() -> None:
    desk = resting()
    old = desk.book["G/R/1"].status("Q1-1")
    desk.fill("G/R/1", 70)
    desk.feed(old)
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.ord_status) == (70, "PARTIALLY_FILLED")
    assert desk.rejected() == []


def test_an_older_answer_does_not_undo_what_no_execution_explains_yet() -> None:
    """Field case 19: CumQty falls without a bust: kept, and asked again."""
    desk = resting()
    desk.answers = "silent"
    old = desk.book["G/R/1"].status("Q1-1")
    desk.hold_back()
    desk.fill("G/R/1", 70)
    desk.feed(desk.book["G/R/1"].status("Q1-2"))
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.gap_qty) == (70, 70)
    desk.feed(old)
    desk.feed(replace(old, exec_type=ExecType.NEW, exec_id="again", query_id=None))
    assert (order.cum_qty, order.gap_qty, order.ord_status) == (70, 70, "PARTIALLY_FILLED")
    assert desk.rejected() == ["OUT_OF_ORDER NEW 0"]
    desk.let_through()
    assert (order.cum_qty, order.gap_qty) == (70, 0)


def corrected_then_filled_after_the_clock_was_set_back() -> Playbook:
    """Filled and corrected, both lost on the line; then the broker's clock is set back and the
    rest fills. The last fill is heard first, what was lost comes in an answer."""
    desk = resting()
    desk.answers = "silent"
    desk.hold_back()
    first = desk.fill("G/R/1", 100)
    desk.correct("G/R/1", first, 70)
    desk.wait(1)
    desk.skew_ns = -3600 * 10**9
    desk.fill("G/R/1", 30)
    desk.in_line.insert(0, desk.in_line.pop())
    desk.let_through()
    assert desk.order("G/R/1").ord_status == "PARTIALLY_FILLED"
    return desk


def test_what_is_answered_to_what_we_asked_later_counts_whatever_its_stamp() -> None:
    desk = corrected_then_filled_after_the_clock_was_set_back()
    desk.answers = "truth"
    desk.wait(12)
    order = desk.order("G/R/1")
    assert (order.cum_qty, order.booked_qty, order.gap_qty) == (100, 100, 0)
    assert order.ord_status == "FILLED"
    assert desk.state.groups["G"].lifecycle == "COMPLETED"


def test_an_answer_that_the_stream_overtook_stays_the_older() -> None:
    """Asked before the last word on the order: its stamp is all there is to go by."""
    desk = corrected_then_filled_after_the_clock_was_set_back()
    order = desk.order("G/R/1")
    desk.wait(1)
    answer = desk.book["G/R/1"].status(ask(desk).query_id)
    desk.heartbeat()
    desk.wait(1)
    desk.heartbeat()
    desk.feed(replace(answer, query_id=None, exec_id="late", exec_type=ExecType.NEW))
    known = (order.cum_qty, order.ord_status)
    desk.feed(answer)
    assert (order.cum_qty, order.ord_status) == known


def test_one_answer_with_an_old_stamp_is_no_clock_set_back() -> None:
    """The broker's reading of its clock is not before what we know: the answer alone is old."""
    desk = resting()
    desk.answers = "silent"
    first = desk.fill("G/R/1", 70)
    desk.wait(1)
    desk.bust("G/R/1", first)
    said = replace(
        desk.book["G/R/1"].status(ask(desk).query_id),
        server_time_ns=WALL_START_NS,
        cum_qty=Decimal(70),
        leaves_qty=Decimal(30),
        ord_status=OrdStatus.PARTIALLY_FILLED,
    )
    desk.feed(said)
    assert desk.order("G/R/1").cum_qty == 0


def test_a_restatement_under_an_amendments_id_is_newer_than_its_late_acceptance() -> None:
    desk = resting(cancels="silent")
    desk.replaces = "silent"
    desk.do(amend(quantity=Decimal(80)))
    first = desk.order("G/R/1")
    amended = first.requests[0].cl_ord_id
    accepted = replace(
        desk.book["G/R/1"].status("Q1-1"), cl_ord_id=amended, query_id=None, exec_id="r1",
        exec_type=ExecType.REPLACED, order_qty=Decimal(80), leaves_qty=Decimal(80),
        server_time_ns=(desk.time.stamp() or 0) + 1,
    )  # fmt: skip
    restated = replace(
        accepted, exec_id="r2", exec_type=ExecType.RESTATED, order_qty=Decimal(70),
        leaves_qty=Decimal(70), server_time_ns=(accepted.server_time_ns or 0) + 1,
    )  # fmt: skip
    desk.feed(restated)
    assert first.requests[0].state is RequestState.ACCEPTED
    desk.feed(accepted)
    assert (first.order_qty, first.leaves_qty) == (70, 70)
