"""Messages of the desk's end, both ways, and against the venue's end."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from engine.broker.fix.codes import EXEC_TYPES, ORD_STATUSES
from engine.broker.fix.message import Pair, received
from engine.broker.fix.outgoing import Unsendable, draft_market_data, draft_outbound
from engine.broker.fix.profile import MarketDataKind, ReportTime, VenueProfile
from engine.broker.fix.tags import Tag
from engine.broker.fix.translator import Translator
from engine.broker.fix.venue_incoming import MarketDataWanted, read_venue_input
from engine.broker.fix.venue_outgoing import draft_business_reject, draft_event, draft_quote
from engine.core.decisions import AskOrder, Outbound, SendCancel, SendOrder, SendReplace
from engine.core.events import (
    BrokerEvent,
    CancelRejected,
    ExecutionReport,
    HeartbeatReceived,
    OrderNotFound,
    QueryFailed,
    QuoteChanged,
    RawReceived,
)
from engine.core.terms import (
    CxlRejReason,
    ExecType,
    OrdStatus,
    OrdType,
    Purpose,
    Side,
    TimeInForce,
)
from tests.engine.broker.paper_kit import ask_order, cancel, order, replace
from tests.engine.fix.fix_kit import NOW, PAPER, D, field_of, message

HEADER: list[Pair] = [(34, "7"), (52, "20200106-08:40:00.5")]
SENT_AT = NOW + 500_000_000


def read(text: str, profile: VenueProfile = PAPER) -> tuple[BrokerEvent, ...]:
    return Translator(profile, "N").read(message(f"{text}|34=7|52=20200106-08:40:00.5")).events


ORDERS = [
    order("c1", Side.BUY, 10, "10.25", tif=TimeInForce.IOC),
    order("c2", Side.SELL, "2.5"),
    order("c3", Side.SELL, 4, "9", stop="9.5", tif=TimeInForce.GTC),
    order("c4", px="1", resend=True, tif=TimeInForce.FOK),
]


@pytest.mark.parametrize("sent", [*ORDERS, cancel("x1", "c1"), replace("r1", "c1", 7, "11")])
def test_the_venue_reads_what_the_desk_sends(sent: Outbound) -> None:
    draft = draft_outbound(sent, PAPER, NOW)
    got = read_venue_input(received(draft))
    blank = {"ref": "", "request": 1, "purpose": Purpose.HEDGE}
    same = {k: v for k, v in blank.items() if hasattr(sent, k)}
    assert got == dataclasses.replace(sent, **same)  # type: ignore[arg-type]
    assert field_of(draft, Tag.TRANSACT_TIME) == "20200106-08:40:00.000000000"


def test_a_resubmitted_order_says_so() -> None:
    assert field_of(draft_outbound(ORDERS[3], PAPER, NOW), Tag.POSS_RESEND) == "Y"
    assert field_of(draft_outbound(ORDERS[0], PAPER, NOW), Tag.POSS_RESEND) is None


def test_an_id_too_long_for_the_venue_is_not_sent() -> None:
    profile = dataclasses.replace(PAPER, cl_ord_id_max=8)
    with pytest.raises(Unsendable, match="ClOrdID 123456789 has 9 characters; paper takes at"):
        draft_outbound(order("123456789"), profile, NOW)


def test_the_venues_constant_fields_are_added_where_the_message_has_none() -> None:
    profile = dataclasses.replace(PAPER, extra={"D": ((207, "XCME"), (59, "6"))})
    draft = draft_outbound(order(), profile, NOW)
    assert field_of(draft, 207) == "XCME"
    assert [v for t, v in draft.fields if t == Tag.TIME_IN_FORCE] == ["0"]


def report(exec_type: ExecType, status: OrdStatus) -> ExecutionReport:
    return ExecutionReport(
        cl_ord_id="c1", exec_id="e1", exec_type=exec_type, ord_status=status,
        cum_qty=D(4), leaves_qty=D(6), order_id="O1", orig_cl_ord_id="c0", order_qty=D(10),
        last_qty=D(4), last_px=D("10.25"), avg_px=D("10.25"), price=D("10.5"),
        exec_ref_id="e0", symbol="ES", side=Side.SELL, ord_type=OrdType.LIMIT, account="acc",
        server_time_ns=NOW + 1, text="why not",
    )  # fmt: skip


@pytest.mark.parametrize("exec_type", EXEC_TYPES.values())
@pytest.mark.parametrize("status", ORD_STATUSES.values())
def test_every_report_of_44_comes_through_whole(exec_type: ExecType, status: OrdStatus) -> None:
    sent = report(exec_type, status)
    (draft,) = draft_event(sent)
    came = received(draft, HEADER)
    (got,) = Translator(PAPER, "N").read(came).events
    assert got == dataclasses.replace(sent, raw=came.raw)


def test_no_exec_type_or_status_is_forgotten() -> None:
    assert set(EXEC_TYPES.values()) == set(ExecType)
    assert set(ORD_STATUSES.values()) == set(OrdStatus)


@pytest.mark.parametrize("reason", list(CxlRejReason))
def test_cancel_rejects_come_through(reason: CxlRejReason) -> None:
    sent = CancelRejected("x1", "c1", OrdStatus.PARTIALLY_FILLED, reason, "O1", NOW, "late")
    (draft,) = draft_event(sent, replaces=True)
    assert field_of(draft, Tag.CXL_REJ_RESPONSE_TO) == "2"
    came = received(draft, HEADER)
    (got,) = Translator(PAPER, "N").read(came).events
    assert got == dataclasses.replace(sent, raw=came.raw)


def test_order_id_none_is_no_id() -> None:
    (got,) = read("9|37=NONE|11=x1|41=c1|39=8|434=1|102=1")
    assert isinstance(got, CancelRejected) and got.order_id == ""


REPORT = "8|37=O1|11=c1|17=e1|150=F|39=1|14=4|151=6|32=4|31=10|38=10"


def test_which_time_a_report_has() -> None:
    (by_transact,) = read(f"{REPORT}|60=20200106-08:39:00")
    (without,) = read(REPORT)
    sending = dataclasses.replace(PAPER, report_time=ReportTime.SENDING)
    (by_sending,) = read(f"{REPORT}|60=20200106-08:39:00", sending)
    times = [e.server_time_ns for e in (by_transact, without, by_sending)]  # type: ignore[union-attr]
    assert times == [NOW - 60_000_000_000, SENT_AT, SENT_AT]


def test_a_message_sent_again_was_made_when_it_was_made() -> None:
    (got,) = read(f"{REPORT}|43=Y|122=20200106-08:00:00")
    assert isinstance(got, ExecutionReport)
    assert got.poss_dup and got.server_time_ns == NOW - 40 * 60_000_000_000


def test_possresend_is_marked_too() -> None:
    (got,) = read(f"{REPORT}|97=Y")
    assert isinstance(got, ExecutionReport) and got.poss_dup


def test_fills_of_42_are_trades_where_the_profile_says_so() -> None:
    old = dataclasses.replace(PAPER, fills_as_1_and_2=True)
    (got,) = read(REPORT.replace("150=F", "150=1"), old)
    assert isinstance(got, ExecutionReport) and got.exec_type is ExecType.TRADE
    (raw,) = read(REPORT.replace("150=F", "150=1"))
    assert isinstance(raw, RawReceived) and "ExecType (150)" in raw.why


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("|14=4", "", "CumQty (14) is missing"),
        ("14=4", "14=four", "CumQty (14): expected a number, got 'four'"),
        ("39=1", "39=Z", "OrdStatus (39): expected one of"),
        ("|39=1", "", "OrdStatus (39) is missing"),
        ("|151=6|32=4|31=10|38=10", "|32=4|31=10", "LeavesQty (151) is missing"),
    ],
)
def test_what_cannot_be_read_is_kept_raw(old: str, new: str, says: str) -> None:
    (got,) = read(REPORT.replace(old, new))
    assert isinstance(got, RawReceived)
    assert says in got.why and "11=c1" in got.raw


def test_leaves_qty_is_arithmetic_where_the_rest_is_there() -> None:
    (got,) = read(REPORT.replace("|151=6", ""))
    assert isinstance(got, ExecutionReport) and got.leaves_qty == 6
    (done,) = read(REPORT.replace("|151=6", "").replace("39=1", "39=4"))
    assert isinstance(done, ExecutionReport) and done.leaves_qty == 0


def test_a_type_that_is_not_spoken_is_kept_raw() -> None:
    (got,) = read("N|66=x")
    assert isinstance(got, RawReceived) and "MsgType N is not spoken here" in got.why


def sent_translator(sent: Outbound) -> Translator:
    translator = Translator(PAPER, "N")
    translator.sent.note(12, translator.outbound(sent, NOW))
    return translator


@pytest.mark.parametrize(
    "refusal",
    [
        "j|45=12|372=D|380=4|58=closed",
        "j|45=999|372=D|379=c1|380=0|58=closed",
        "3|45=12|371=44|372=D|373=5|58=closed",
    ],
)
def test_a_refused_order_is_rejected(refusal: str) -> None:
    translator = sent_translator(order())
    (got,) = translator.read(message(f"{refusal}|34=7|52=20200106-08:40:00.5")).events
    assert isinstance(got, ExecutionReport)
    assert (got.cl_ord_id, got.exec_type, got.ord_status) == (
        "c1", ExecType.REJECTED, OrdStatus.REJECTED,
    )  # fmt: skip
    assert (got.cum_qty, got.leaves_qty, got.text) == (0, 0, "closed")


@pytest.mark.parametrize("sent", [cancel("x1", "c1"), replace("x1", "c1", 5, "9")])
def test_a_refused_cancel_or_replace_is_rejected(sent: SendCancel | SendReplace) -> None:
    translator = sent_translator(sent)
    (got,) = translator.read(message("j|45=12|372=F|380=0|58=no|34=7")).events
    assert isinstance(got, CancelRejected)
    assert (got.cl_ord_id, got.orig_cl_ord_id, got.reason) == ("x1", "c1", CxlRejReason.OTHER)


def test_a_refusal_of_nothing_we_know_is_kept_raw() -> None:
    (got,) = read("j|45=3|372=D|380=0|58=what")
    assert isinstance(got, RawReceived)


@pytest.mark.parametrize(("reason", "kind"), [("1", OrderNotFound), ("4", QueryFailed)])
def test_a_refused_status_request(reason: str, kind: type) -> None:
    translator = Translator(PAPER, "N")
    asking = translator.ask(ask_order("c9", "q9"), 0.0)
    assert asking.draft is not None
    translator.sent.note(3, asking.draft)
    (got,) = translator.read(message(f"j|45=3|372=H|380={reason}|34=9")).events
    assert isinstance(got, kind)
    assert (got.query_id, got.cl_ord_id) == ("q9", "c9")  # type: ignore[attr-defined]


def test_the_venue_refuses_by_the_id_of_what_it_refuses() -> None:
    draft = draft_outbound(order("c7"), PAPER, NOW)
    rejection = draft_business_reject(received(draft, HEADER), "no", "0")
    translator = sent_translator(order("c7"))
    (got,) = translator.read(received(rejection, HEADER)).events
    assert isinstance(got, ExecutionReport) and got.cl_ord_id == "c7"


def quote(bid: str | None, ask: str | None, last: str | None = "10") -> QuoteChanged:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else D(text)

    sizes = [D(5) if side else D(0) for side in (bid, ask)]
    return QuoteChanged("ES", number(bid), sizes[0], number(ask), sizes[1], number(last), SENT_AT)


@pytest.mark.parametrize("sides", [("10", "11"), (None, "11"), ("10", None), (None, None)])
def test_quotes_come_through_full_and_incremental(sides: tuple[str | None, str | None]) -> None:
    translator = Translator(PAPER, "N")
    first = quote("9", "12")
    full = received(draft_quote(first, "m1", incremental=False), HEADER)
    assert translator.read(full).events == (first,)
    then = quote(*sides)
    update = received(draft_quote(then, "m1", incremental=True), HEADER)
    assert translator.read(update).events == (then,)
    whole = received(draft_quote(then, "m1", incremental=False), HEADER)
    assert translator.read(whole).events == (then,)


def test_a_new_link_knows_no_quotes() -> None:
    translator = Translator(PAPER, "N")
    translator.read(received(draft_quote(quote("9", "12"), "m", incremental=False), HEADER))
    translator.link_up()
    (got,) = translator.read(message("X|268=1|279=1|269=0|55=ES|270=8|271=1")).events
    assert isinstance(got, QuoteChanged) and (got.bid, got.ask) == (D(8), None)


def test_the_venue_reads_a_market_data_request() -> None:
    profile = dataclasses.replace(PAPER, market_data=MarketDataKind.INCREMENTAL)
    draft = draft_market_data("m1", ("ES", "NQ"), profile, subscribe=True)
    assert read_venue_input(received(draft)) == MarketDataWanted("m1", ("ES", "NQ"), True, True)


def test_news_and_mass_cancel_reports_are_signs_of_life_with_a_note() -> None:
    for text, note in [("B|148=hello", "news: hello"), ("r|11=q|37=O|530=7|531=0|58=no", "no")]:
        reading = Translator(PAPER, "N").read(message(f"{text}|52=20200106-08:40:00.5"))
        assert reading.events == (HeartbeatReceived(SENT_AT),) and note in reading.note


def test_a_status_request_names_the_order() -> None:
    asking = Translator(PAPER, "N").ask(AskOrder("q1", "c1", "O1", "ES", Side.BUY), 0.0)
    assert asking.draft is not None
    got = read_venue_input(received(asking.draft))
    assert got == AskOrder("N-1", "c1", "O1", "ES", Side.BUY)


def test_an_order_of_the_engine_is_an_order_of_the_venue() -> None:
    sent = SendOrder(
        "G1/H1/1", "G1-H1-1", "acc", "ES", Side.BUY, OrdType.LIMIT, TimeInForce.DAY,
        D("1E+2"), D("10.500"), Purpose.HEDGE,
    )  # fmt: skip
    draft = draft_outbound(sent, PAPER, NOW)
    assert (field_of(draft, Tag.ORDER_QTY), field_of(draft, Tag.PRICE)) == ("100", "10.5")
