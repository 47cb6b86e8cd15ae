"""The paper exchange's rules, one by one."""

from __future__ import annotations

import pytest

from engine.broker.paper.exchange import Exchange
from engine.core.decisions import AskExecutions, AskOpenOrders
from engine.core.events import (
    CancelRejected,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    OrderNotFound,
)
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, Side, TimeInForce
from tests.engine.broker.paper_kit import (
    NOW,
    SYMBOL,
    D,
    ask_order,
    cancel,
    exchange,
    fills,
    order,
    quote,
    replace,
    said,
)

IOC, FOK, GTC = TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTC


@pytest.fixture
def market() -> Exchange:
    """Bid 10 x 5, ask 10.25 x 5; the tick there is 0.25."""
    open_market = exchange()
    open_market.on_quote(quote(), NOW)
    return open_market


def test_market_takes_the_touch_then_worse_levels_and_rests(market: Exchange) -> None:
    events = market.on_message(order(qty=20), NOW)
    assert fills(events) == [("5", "10.25"), ("5", "10.5"), ("5", "10.75")]
    assert said(events)[0] == ("NEW", "NEW", "0", "20")
    assert said(events)[-1] == ("TRADE", "PARTIALLY_FILLED", "15", "5")


def test_a_small_market_order_stays_at_the_touch(market: Exchange) -> None:
    assert fills(market.on_message(order(qty=3, side=Side.SELL), NOW)) == [("3", "10")]


def test_what_is_taken_is_gone_until_the_next_quote(market: Exchange) -> None:
    market.on_message(order("a", qty=15), NOW)
    events = market.on_message(order("b", qty=1), NOW)
    assert fills(events) == []
    assert fills(market.on_quote(quote(ask_size=4), NOW + 1)) == [("1", "10.25")]


def test_a_large_market_order_fills_in_part_over_time(market: Exchange) -> None:
    market.on_message(order(qty=18), NOW)
    events = market.on_quote(quote(ask="10.50", ask_size=2), NOW + 1)
    assert fills(events) == [("2", "10.5"), ("1", "10.75")]
    assert said(events)[-1] == ("TRADE", "FILLED", "18", "0")


def test_the_step_is_the_tick_at_that_price(market: Exchange) -> None:
    market.on_quote(quote("2", 5, "2.10", 5), NOW)
    assert fills(market.on_message(order(qty=9), NOW)) == [("5", "2.1"), ("4", "2.15")]


def test_limit_takes_only_what_is_not_worse_and_rests(market: Exchange) -> None:
    events = market.on_message(order(qty=20, px="10.50"), NOW)
    assert fills(events) == [("5", "10.25"), ("5", "10.5")]
    assert said(market.on_quote(quote(ask="10.75"), NOW)) == []
    assert fills(market.on_quote(quote(bid="9", ask="9.50"), NOW)) == [("5", "9.5"), ("5", "9.75")]


def test_a_resting_limit_waits_for_the_cross(market: Exchange) -> None:
    assert fills(market.on_message(order(px="10"), NOW)) == []
    assert fills(market.on_quote(quote(bid="9.75", ask="10"), NOW)) == [("5", "10")]


def test_better_limit_is_served_first_then_the_earlier(market: Exchange) -> None:
    for name, px in (("low", "9"), ("high-1", "9.50"), ("high-2", "9.50")):
        market.on_message(order(name, qty=4, px=px), NOW)
    events = market.on_quote(quote(bid="8.50", ask="9", ask_size=3), NOW)
    served = [(e.cl_ord_id, str(e.last_qty)) for e in events if isinstance(e, ExecutionReport)]
    assert served == [("high-1", "3"), ("high-1", "1"), ("high-2", "2"), ("high-2", "2")]


def test_ioc_cancels_the_rest(market: Exchange) -> None:
    events = market.on_message(order(qty=7, px="10.25", tif=IOC), NOW)
    assert said(events)[-1] == ("CANCELED", "CANCELED", "5", "0")


def test_fok_is_all_or_nothing(market: Exchange) -> None:
    nothing = market.on_message(order("a", qty=16, tif=FOK), NOW)
    assert said(nothing) == [("NEW", "NEW", "0", "16"), ("CANCELED", "CANCELED", "0", "0")]
    whole = market.on_message(order("b", qty=15, tif=FOK), NOW)
    assert said(whole)[-1] == ("TRADE", "FILLED", "15", "0")


def test_stop_limit_waits_for_last_then_is_a_limit(market: Exchange) -> None:
    market.on_message(order(side=Side.SELL, qty=5, px="8", stop="9"), NOW)
    assert fills(market.on_quote(quote("9.5", 5, "9.75", 5, last="9.5"), NOW)) == []
    assert fills(market.on_quote(quote("9.5", 3, "9.75", 5, last="9"), NOW)) == [
        ("3", "9.5"), ("2", "9.25"),
    ]  # fmt: skip


def test_a_triggered_stop_stays_triggered(market: Exchange) -> None:
    market.on_message(order(side=Side.SELL, qty=5, px="8.50", stop="9"), NOW)
    assert fills(market.on_quote(quote("8", 5, "9", 5, last="8"), NOW)) == []
    assert fills(market.on_quote(quote("9.5", 5, "9.75", 5, last="9.5"), NOW)) == [("5", "9.5")]


def test_a_buy_stop_without_last_watches_the_ask(market: Exchange) -> None:
    market.on_message(order(qty=5, px="12", stop="11"), NOW)
    assert fills(market.on_quote(quote("10.25", 5, "10.75", 5), NOW)) == []
    assert fills(market.on_quote(quote("10.75", 5, "11", 5), NOW)) == [("5", "11")]


def test_no_quote_on_a_side_means_no_fill_there(market: Exchange) -> None:
    market.on_quote(quote(ask=None), NOW)
    assert fills(market.on_message(order(qty=1), NOW)) == []
    assert fills(market.on_message(order("s", side=Side.SELL, qty=1), NOW)) == [("1", "10")]


def test_cancel_keeps_what_was_filled(market: Exchange) -> None:
    market.on_message(order(qty=20), NOW)
    (canceled,) = market.on_message(cancel("x1", "c1"), NOW)
    assert isinstance(canceled, ExecutionReport)
    assert (canceled.cl_ord_id, canceled.orig_cl_ord_id) == ("x1", "c1")
    assert said([canceled]) == [("CANCELED", "CANCELED", "15", "0")]
    assert market.on_quote(quote(), NOW) == []


@pytest.mark.parametrize(
    ("orig", "reason", "status"),
    [("c1", CxlRejReason.TOO_LATE, OrdStatus.FILLED),
     ("nobody", CxlRejReason.UNKNOWN_ORDER, OrdStatus.REJECTED)],
)  # fmt: skip
def test_cancel_of_a_done_or_unknown_order_is_refused(
    market: Exchange, orig: str, reason: CxlRejReason, status: OrdStatus
) -> None:
    market.on_message(order(qty=5), NOW)
    (refused,) = market.on_message(cancel("x1", orig), NOW)
    assert isinstance(refused, CancelRejected)
    assert (refused.reason, refused.ord_status, refused.cl_ord_id) == (reason, status, "x1")


def test_duplicate_cl_ord_id_is_refused_with_the_originals_status(market: Exchange) -> None:
    market.on_message(order(qty=20), NOW)
    (refused,) = market.on_message(order(qty=99), NOW)
    assert said([refused]) == [("REJECTED", "PARTIALLY_FILLED", "15", "5")]
    assert fills(market.on_quote(quote(), NOW)) == [("5", "10.25")]


def test_a_resend_of_a_known_order_is_answered_with_its_status(market: Exchange) -> None:
    market.on_message(order(qty=20), NOW)
    (status,) = market.on_message(order(qty=20, resend=True), NOW)
    assert isinstance(status, ExecutionReport)
    assert (status.exec_type, status.exec_id) == (ExecType.ORDER_STATUS, "0")


def test_a_resend_of_an_unknown_order_is_an_order(market: Exchange) -> None:
    assert said(market.on_message(order(qty=5, resend=True), NOW))[-1][1] == "FILLED"


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (order(symbol="NOPE"), "unknown symbol 'NOPE'"),
        (order(qty="1.5"), "multiple of the lot 1"),
        (order(qty=0), "multiple of the lot 1"),
        (order(px="-1"), "price above 0"),
    ],
)
def test_what_cannot_be_taken_is_rejected_with_the_reason(
    market: Exchange, message: object, says: str
) -> None:
    (rejected,) = market.on_message(message, NOW)  # type: ignore[arg-type]
    assert isinstance(rejected, ExecutionReport)
    assert said([rejected]) == [("REJECTED", "REJECTED", "0", "0")]
    assert says in rejected.text
    assert market.on_quote(quote(), NOW) == []


def test_replace_up_and_down(market: Exchange) -> None:
    market.on_message(order(qty=20, px="10.25"), NOW)
    (up,) = market.on_message(replace("r1", "c1", 30), NOW)
    assert isinstance(up, ExecutionReport)
    assert (up.cl_ord_id, up.orig_cl_ord_id, up.order_qty) == ("r1", "c1", D(30))
    assert said([up]) == [("REPLACED", "PARTIALLY_FILLED", "5", "25")]
    (down,) = market.on_message(replace("r2", "r1", 8), NOW)
    assert said([down]) == [("REPLACED", "PARTIALLY_FILLED", "5", "3")]
    (last,) = market.on_quote(quote(), NOW)
    assert isinstance(last, ExecutionReport)
    assert (last.cl_ord_id, last.ord_status) == ("r2", OrdStatus.FILLED)


def test_replace_below_cum_qty_stops_there(market: Exchange) -> None:
    market.on_message(order(qty=20), NOW)
    (replaced,) = market.on_message(replace("r1", "c1", 7), NOW)
    assert isinstance(replaced, ExecutionReport)
    assert said([replaced]) == [("REPLACED", "FILLED", "15", "0")]
    assert replaced.order_qty == D(15)
    assert market.on_quote(quote(), NOW) == []


def test_replace_up_reopens_a_filled_order(market: Exchange) -> None:
    market.on_message(order(qty=5), NOW)
    events = market.on_message(replace("r1", "c1", 7), NOW)
    assert said(events) == [
        ("REPLACED", "PARTIALLY_FILLED", "5", "2"), ("TRADE", "FILLED", "7", "0"),
    ]  # fmt: skip


def test_replace_of_the_price_trades_at_once(market: Exchange) -> None:
    market.on_message(order(qty=3, px="9"), NOW)
    events = market.on_message(replace("r1", "c1", 3, "10.25"), NOW)
    assert fills(events) == [("3", "10.25")]


def test_replace_of_a_canceled_order_is_too_late(market: Exchange) -> None:
    market.on_message(order(qty=3, px="9"), NOW)
    market.on_message(cancel("x1", "c1"), NOW)
    (refused,) = market.on_message(replace("r1", "c1", 5), NOW)
    assert isinstance(refused, CancelRejected) and refused.reason is CxlRejReason.TOO_LATE


def test_a_request_under_a_used_id_is_refused(market: Exchange) -> None:
    market.on_message(order("a", qty=3, px="9"), NOW)
    market.on_message(order("b", qty=3, px="9"), NOW)
    (refused,) = market.on_message(cancel("b", "a"), NOW)
    assert isinstance(refused, CancelRejected) and "duplicate" in refused.text


def test_any_id_of_the_chain_finds_the_order(market: Exchange) -> None:
    market.on_message(order(qty=3, px="9"), NOW)
    market.on_message(replace("r1", "c1", 4), NOW)
    for cl_ord_id in ("c1", "r1"):
        answer = market.on_question(ask_order(cl_ord_id), NOW)
        assert isinstance(answer, ExecutionReport) and answer.order_qty == D(4)


def test_status_request(market: Exchange) -> None:
    market.on_message(order(qty=20), NOW)
    answer = market.on_question(ask_order("c1", "q7"), NOW + 9)
    assert isinstance(answer, ExecutionReport)
    assert (answer.exec_type, answer.exec_id, answer.query_id) == (
        ExecType.ORDER_STATUS, "0", "q7",
    )  # fmt: skip
    assert (answer.avg_px, answer.server_time_ns) == (D("10.5"), NOW + 9)
    assert market.on_question(ask_order("no"), NOW) == OrderNotFound("no", "q1", NOW)


def test_mass_status_lists_open_orders_and_is_complete(market: Exchange) -> None:
    market.on_message(order("done", qty=5), NOW)
    market.on_message(order("open", qty=5, px="9"), NOW)
    listed = market.on_question(AskOpenOrders("q1"), NOW)
    assert isinstance(listed, OpenOrdersListed) and listed.complete
    assert [(o.cl_ord_id, o.query_id) for o in listed.orders] == [("open", "q1")]


def test_executions_since(market: Exchange) -> None:
    first = market.on_message(order(qty=20), NOW)
    market.on_quote(quote(), NOW + 50)
    listed = market.on_question(AskExecutions("q1", NOW + 50), NOW + 60)
    assert isinstance(listed, ExecutionsListed) and listed.complete
    assert fills(listed.executions) == [("5", "10.25")]
    everything = market.on_question(AskExecutions("q2", None), NOW + 60)
    assert isinstance(everything, ExecutionsListed)
    assert fills(everything.executions)[:3] == fills(first)
    assert {e.query_id for e in everything.executions} == {"q2"}


def test_the_end_of_the_day_expires_what_is_not_gtc(market: Exchange) -> None:
    market.on_message(order("day", qty=20), NOW)
    market.on_message(order("gtc", qty=5, px="9", tif=GTC), NOW)
    assert said(market.end_day(NOW)) == [("EXPIRED", "EXPIRED", "15", "0")]
    assert fills(market.on_quote(quote("8", 5, "9", 5), NOW)) == [("5", "9")]


def test_a_closed_market_takes_no_orders_but_cancels(market: Exchange) -> None:
    market.on_message(order("gtc", qty=5, px="9", tif=GTC), NOW)
    market.close("the market is closed")
    (rejected,) = market.on_message(order(), NOW)
    assert isinstance(rejected, ExecutionReport) and rejected.text == "the market is closed"
    assert said(market.on_message(cancel("x", "gtc"), NOW))[0][0] == "CANCELED"


def test_a_share_of_the_displayed_size(market: Exchange) -> None:
    half = exchange(share="0.5")
    half.on_quote(quote(ask_size=7), NOW)
    assert fills(half.on_message(order(qty=4), NOW)) == [("3", "10.25"), ("1", "10.5")]
    half.on_quote(quote(ask_size=1), NOW)
    assert fills(half.on_message(order("b", qty=1), NOW)) == [("1", "10.25")]


def test_unknown_contracts_step_by_the_spread() -> None:
    from engine.broker.paper import contracts

    odd = contracts.future("ZZ", "202003")
    assert odd.known is False
    strange = exchange(traded=[odd])
    strange.on_quote(quote("10", 1, "11", 1, symbol=odd.symbol), NOW)
    events = strange.on_message(order(qty=3, symbol=odd.symbol), NOW)
    assert fills(events) == [("1", "11"), ("1", "12"), ("1", "13")]


def test_symbol_scheme() -> None:
    assert SYMBOL == "ES200320P3000"
