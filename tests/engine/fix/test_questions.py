"""Questions and the lists their answers build up: what counts as complete."""

from __future__ import annotations

import dataclasses

import pytest

from engine.broker.fix.message import Pair, received
from engine.broker.fix.profile import ExecutionLists, ListProof, VenueProfile
from engine.broker.fix.translator import Translator
from engine.broker.fix.venue_outgoing import draft_event
from engine.core.decisions import AskExecutions, AskOpenOrders, Question
from engine.core.events import (
    BrokerEvent,
    ExecutionReport,
    ExecutionsListed,
    HeartbeatReceived,
    OpenOrdersListed,
    OrderNotFound,
    QueryFailed,
)
from engine.core.terms import ExecType, OrdStatus, OrdType, Side
from tests.engine.broker.paper_kit import ask_order
from tests.engine.fix.fix_kit import NOW, PAPER, D, message

HEADER: list[Pair] = [(34, "7"), (52, "20200106-08:40:00.5")]
SENT_AT = NOW + 500_000_000
WIRE_ID = "N-1"


def status(number: int, query_id: str = WIRE_ID) -> ExecutionReport:
    return ExecutionReport(
        f"c{number}", "0", ExecType.ORDER_STATUS, OrdStatus.NEW, D(0), D(5), f"O{number}",
        symbol="ES", side=Side.BUY, server_time_ns=NOW, query_id=query_id,
    )  # fmt: skip


def trade(number: int, qty: int, cum: int, order: int = 1) -> ExecutionReport:
    return ExecutionReport(
        f"c{order}", f"e{number}", ExecType.TRADE, OrdStatus.PARTIALLY_FILLED, D(cum), D(9),
        f"O{order}", order_qty=D(20), last_qty=D(qty), last_px=D("10.5"), avg_px=D("10.5"),
        symbol="ES", side=Side.BUY, ord_type=OrdType.MARKET, account="acc",
        server_time_ns=NOW + number, query_id=WIRE_ID,
    )  # fmt: skip


def asked(question: Question, profile: VenueProfile = PAPER) -> Translator:
    translator = Translator(profile, "N")
    asking = translator.ask(question, 0.0)
    assert asking.draft is not None and asking.wire_id == WIRE_ID
    return translator


def answered(translator: Translator, answer: BrokerEvent) -> list[BrokerEvent]:
    events: list[BrokerEvent] = []
    for draft in draft_event(answer):
        events += translator.read(received(draft, HEADER)).events
    return events


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_mass_status_is_complete_with_its_total_and_its_last(count: int) -> None:
    orders = tuple(status(n) for n in range(count))
    translator = asked(AskOpenOrders("q1"))
    (got,) = answered(translator, OpenOrdersListed(WIRE_ID, orders, True, NOW))
    assert isinstance(got, OpenOrdersListed)
    assert (got.query_id, got.complete, got.server_time_ns) == ("q1", True, SENT_AT)
    assert [o.cl_ord_id for o in got.orders] == [o.cl_ord_id for o in orders]
    assert all(o.query_id == "q1" for o in got.orders)
    assert len(translator.questions) == 0


def test_a_report_missing_from_the_list_makes_it_incomplete() -> None:
    translator = asked(AskOpenOrders("q1"))
    drafts = draft_event(OpenOrdersListed(WIRE_ID, tuple(status(n) for n in range(3)), True))
    events: list[BrokerEvent] = []
    for draft in (drafts[0], drafts[2]):
        events += translator.read(received(draft, HEADER)).events
    (got,) = events
    assert isinstance(got, OpenOrdersListed) and not got.complete and len(got.orders) == 2


def test_reports_of_the_stream_between_those_of_the_list_are_news() -> None:
    translator = asked(AskOpenOrders("q1"))
    drafts = draft_event(OpenOrdersListed(WIRE_ID, (status(1), status(2)), True))
    assert translator.read(received(drafts[0], HEADER)).events == ()
    fill = message("8|37=O9|11=c9|17=e9|150=F|39=2|14=5|151=0|32=5|31=1")
    (news,) = translator.read(fill).events
    assert isinstance(news, ExecutionReport) and news.query_id is None
    (got,) = translator.read(received(drafts[1], HEADER)).events
    assert isinstance(got, OpenOrdersListed) and got.complete


@pytest.mark.parametrize(
    ("proof", "complete"),
    [(ListProof.TOTAL_AND_LAST, True), (ListProof.LAST, True), (ListProof.NONE, False)],
)
def test_what_a_venue_can_prove(proof: ListProof, complete: bool) -> None:
    translator = asked(AskOpenOrders("q1"), dataclasses.replace(PAPER, list_proof=proof))
    (got,) = answered(translator, OpenOrdersListed(WIRE_ID, (status(1),), True))
    assert isinstance(got, OpenOrdersListed) and got.complete is complete


def test_a_list_is_not_proven_before_the_recovery_marker() -> None:
    profile = dataclasses.replace(PAPER, recovery_marker="RECOVERY COMPLETE")
    translator = asked(AskOpenOrders("q1"), profile)
    (early,) = answered(translator, OpenOrdersListed(WIRE_ID, (), True))
    translator.read(message("B|148=RECOVERY COMPLETE|34=9"))
    translator.ask(AskOpenOrders("q2"), 0.0)
    (later,) = answered(translator, OpenOrdersListed("N-2", (), True))
    assert [e.complete for e in (early, later)] == [False, True]  # type: ignore[union-attr]
    translator.link_up()
    translator.ask(AskOpenOrders("q3"), 0.0)
    (again,) = answered(translator, OpenOrdersListed("N-3", (), True))
    assert isinstance(again, OpenOrdersListed) and not again.complete


def test_executions_come_whole() -> None:
    made = (trade(1, 4, 4), trade(2, 3, 7))
    translator = asked(AskExecutions("q1", NOW))
    (got,) = answered(translator, ExecutionsListed(WIRE_ID, made, True, NOW))
    assert isinstance(got, ExecutionsListed) and got.complete
    wanted = [dataclasses.replace(e, query_id="q1") for e in made]
    assert [dataclasses.replace(e, raw="") for e in got.executions] == wanted


def test_no_executions_is_an_answer() -> None:
    translator = asked(AskExecutions("q1", None))
    (got,) = answered(translator, ExecutionsListed(WIRE_ID, (), True))
    assert got == ExecutionsListed("q1", (), True, SENT_AT)


def test_a_trade_report_without_cum_qty_is_summed_by_order() -> None:
    plain = dataclasses.replace(PAPER, executions_carry_cum_qty=False)
    translator = asked(AskExecutions("q1", None), plain)
    made = (trade(1, 4, 99), trade(2, 3, 99), trade(3, 2, 99, order=2))
    (got,) = answered(translator, ExecutionsListed(WIRE_ID, made, True))
    assert isinstance(got, ExecutionsListed)
    assert [e.cum_qty for e in got.executions] == [4, 7, 2]


def test_a_refused_trade_request_failed() -> None:
    translator = asked(AskExecutions("q1", None))
    (got,) = translator.read(message("AQ|568=N-1|569=0|749=99|750=2|58=not yours")).events
    assert got == QueryFailed("q1", "", "not yours")


@pytest.mark.parametrize("exec_type", ["I", "8"])
def test_unknown_order(exec_type: str) -> None:
    translator = asked(ask_order("c9", "q9"))
    text = f"8|37=NONE|17=0|11=c9|150={exec_type}|39=8|103=5|14=0|151=0|790=N-1"
    (got,) = translator.read(message(f"{text}|52=20200106-08:40:00.5")).events
    assert got == OrderNotFound("c9", "q9", SENT_AT)


def test_a_rejected_order_is_not_an_unknown_one() -> None:
    translator = asked(ask_order("c9", "q9"))
    text = "8|37=O1|17=0|11=c9|150=I|39=8|103=0|14=0|151=0|790=N-1"
    (got,) = translator.read(message(text)).events
    assert isinstance(got, ExecutionReport) and got.query_id == "q9"


def test_an_answer_is_stamped_with_when_it_was_made() -> None:
    """TransactTime of a status answer may be the order's last change, hours ago."""
    translator = asked(ask_order("c1", "q1"))
    text = "8|37=O1|17=0|11=c1|150=I|39=0|14=0|151=5|790=N-1|60=20200106-01:00:00"
    (got,) = translator.read(message(f"{text}|52=20200106-08:40:00.5")).events
    assert isinstance(got, ExecutionReport) and got.server_time_ns == SENT_AT


def test_an_answer_to_a_question_of_an_earlier_life_is_passed_over() -> None:
    text = "8|37=O1|17=0|11=c1|150=I|39=0|14=0|151=5|790=OLD-1|52=20200106-08:40:00.5"
    live = Translator(PAPER, "N").read(message(text))
    assert live.events == (HeartbeatReceived(SENT_AT),) and "not open" in live.note
    again = Translator(PAPER, "N").read(message(f"{text}|43=Y|122=20200106-08:00:00"))
    assert again.events == ()


def test_a_fill_that_carries_an_old_questions_id_is_booked() -> None:
    text = "8|37=O1|17=e1|11=c1|150=F|39=1|14=1|151=5|32=1|31=2|790=OLD-1"
    (got,) = Translator(PAPER, "N").read(message(text)).events
    assert isinstance(got, ExecutionReport) and got.query_id is None and got.exec_id == "e1"


def test_questions_that_get_no_answer_end() -> None:
    translator = Translator(PAPER, "N")
    translator.ask(ask_order("c1", "q1"), 0.0)
    translator.ask(AskOpenOrders("q2"), 3.0)
    half = draft_event(OpenOrdersListed("N-2", (status(1, "N-2"), status(2, "N-2")), True))[0]
    translator.read(received(half, HEADER))
    assert translator.questions.expire(4.9) == []
    assert translator.questions.expire(5.0) == [QueryFailed("q1", "c1", "no answer in time")]
    (got,) = translator.questions.expire(9.0)
    assert isinstance(got, OpenOrdersListed) and not got.complete and len(got.orders) == 1


def test_a_lost_link_fails_what_is_open() -> None:
    translator = Translator(PAPER, "N")
    translator.ask(ask_order("c1", "q1"), 0.0)
    translator.ask(AskExecutions("q2", None), 0.0)
    failed = translator.link_down("gone")
    assert failed == [QueryFailed("q1", "c1", "gone"), QueryFailed("q2", "", "gone")]
    assert translator.link_down("gone") == []


def test_what_a_venue_cannot_be_asked_is_answered_honestly() -> None:
    poor = dataclasses.replace(
        PAPER, mass_status=False, order_status=False, executions=ExecutionLists.NONE
    )
    translator = Translator(poor, "N")
    answers = [
        translator.ask(question, 0.0).answer
        for question in (AskOpenOrders("q1"), AskExecutions("q2", None), ask_order("c", "q3"))
    ]
    assert answers[0] == OpenOrdersListed("q1", (), False)
    assert answers[1] == ExecutionsListed("q2", (), False)
    assert isinstance(answers[2], QueryFailed) and answers[2].cl_ord_id == "c"
