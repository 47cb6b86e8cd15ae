"""Protective stops on both sides: LIMIT on the side that can fill, then MARKET for the rest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.core import commands as c
from engine.core.events import QuoteChanged
from engine.core.model import EngineConfig, Instrument, StopWatch
from engine.core.stop_loss import HybridStopLossManager
from engine.core.terms import OrdStatus, Side
from tests.engine.core.playbook import Playbook, pair


def stopped(risk_side: Side = Side.SELL, fill: int = 100, **more: object) -> Playbook:
    """A group whose risk leg has a stop at 40 and is filled."""
    desk = Playbook(**more)  # type: ignore[arg-type]
    risk = {"side": risk_side, "stop_loss": c.StopSpec(Decimal(40))}
    desk.submit(pair(risk_more=risk))
    desk.fill_rest("G/H/1")
    desk.fill("G/R/1", fill)
    desk.sent()
    return desk


def test_a_short_is_bought_back_above_the_trigger() -> None:
    desk = stopped(Side.SELL)
    desk.quote("SYM-R", "39.99")
    assert desk.sent() == []
    desk.quote("SYM-R", 40)
    assert desk.sent() == ["NEW G/R/2 BUY 100 LIMIT 40.2"]


def test_a_long_is_sold_below_the_trigger() -> None:
    desk = stopped(Side.BUY)
    desk.quote("SYM-R", "40.01")
    assert desk.sent() == []
    desk.quote("SYM-R", 40)
    assert desk.sent() == ["NEW G/R/2 SELL 100 LIMIT 39.8"]


@pytest.mark.parametrize(
    ("side", "tick", "price"),
    [(Side.SELL, "0.25", "39.75"), (Side.BUY, "0.25", "40.25"), (Side.BUY, None, "40.2")],
)
def test_the_price_is_on_a_tick_towards_the_fill(side: Side, tick: str | None, price: str) -> None:
    watch = StopWatch("G/R", "G", "R", "X", side, Decimal(40), Decimal("0.005"), 1)
    step = Decimal(tick) if tick else None
    assert HybridStopLossManager.limit_price(watch, step) == Decimal(price)


@pytest.mark.parametrize(
    ("side", "last", "bid", "ask", "expected"),
    [
        (Side.SELL, 40, None, None, True), (Side.SELL, 41, 39, 39, False),
        (Side.SELL, None, 40, 45, True), (Side.SELL, None, None, 39, False),
        (Side.BUY, 40, None, None, True), (Side.BUY, 39, 41, 41, False),
        (Side.BUY, None, 35, 40, True), (Side.BUY, None, 41, None, False),
        (Side.SELL, None, None, None, False),
    ],
)  # fmt: skip
def test_last_trade_decides_else_the_side_it_would_trade_against(
    side: Side, last: int | None, bid: int | None, ask: int | None, expected: bool
) -> None:
    watch = StopWatch("G/R", "G", "R", "X", side, Decimal(40), Decimal(0), 1)
    as_price = [None if p is None else Decimal(p) for p in (bid, ask, last)]
    quote = QuoteChanged("X", as_price[0], Decimal(1), as_price[1], Decimal(1), as_price[2])
    assert HybridStopLossManager.is_triggered(watch, quote) is expected


def test_after_two_seconds_cancel_confirmed_then_market_for_the_rest() -> None:
    desk = stopped()
    desk.quote("SYM-R", 40)
    desk.fill("G/R/2", 30)
    desk.sent()
    desk.wait("1.9")
    assert desk.sent() == []
    desk.wait("0.2")
    assert desk.sent() == ["CANCEL G/R/2", "NEW G/R/3 BUY 70 MARKET"]
    desk.fill_rest("G/R/3")
    assert (desk.group().lifecycle, desk.group().end_reason) == ("COMPLETED", "STOP_LOSS")


def test_filled_in_time_no_market() -> None:
    desk = stopped()
    desk.quote("SYM-R", 41)
    desk.fill_rest("G/R/2")
    desk.wait(10)
    assert desk.sent() == ["NEW G/R/2 BUY 100 LIMIT 40.2"]


def test_filled_during_the_cancel_no_market() -> None:
    desk = stopped(cancels="silent")
    desk.quote("SYM-R", 40)
    desk.wait("2.1")
    desk.fill_rest("G/R/2")
    desk.refuse("G/R/2")
    desk.wait(10)
    assert desk.sent() == ["NEW G/R/2 BUY 100 LIMIT 40.2", "CANCEL G/R/2"]
    assert desk.alarms() == []


def test_partly_filled_during_the_cancel_market_for_leaves_only() -> None:
    desk = stopped(cancels="silent")
    desk.quote("SYM-R", 40)
    desk.wait("2.1")
    desk.fill("G/R/2", 99)
    desk.sent()
    desk.confirm("G/R/2")
    assert desk.sent() == ["NEW G/R/3 BUY 1 MARKET"]


def test_unconfirmed_no_market_and_a_late_answer_goes_on() -> None:
    desk = stopped(cancels="silent")
    desk.quote("SYM-R", 40)
    desk.wait("2.1")
    desk.sent()
    desk.wait(20)
    assert desk.sent() == []
    assert desk.alarm("STOP_LOSS_UNCERTAIN").action_required == "IMMEDIATE_MANUAL_HEDGE"
    desk.confirm("G/R/2")
    assert desk.sent() == ["NEW G/R/3 BUY 100 MARKET"]


def test_the_local_clock_ends_no_stop() -> None:
    desk = stopped()
    desk.quote("SYM-R", 40)
    desk.sent()
    desk.answers = "silent"
    desk.wait(900)
    assert desk.sent() == []
    desk.skew_ns = 0
    desk.heartbeat()
    assert desk.sent() == ["CANCEL G/R/2", "NEW G/R/3 BUY 100 MARKET"]


def test_a_stop_while_the_entry_is_partly_filled_is_for_what_is_proven() -> None:
    desk = stopped(fill=40)
    desk.quote("SYM-R", 40)
    assert desk.sent() == ["CANCEL G/R/1", "NEW G/R/2 BUY 40 LIMIT 40.2"]


def test_an_entry_fill_after_the_trigger_is_closed_too() -> None:
    desk = stopped(fill=40, cancels="silent")
    desk.quote("SYM-R", 40)
    desk.fill("G/R/1", 10)
    desk.confirm("G/R/1")
    desk.sent()
    desk.fill_rest("G/R/2")
    assert desk.sent() == ["NEW G/R/3 BUY 10 MARKET"]
    desk.fill_rest("G/R/3")
    assert desk.state.stops["G/R"].state == "DONE"


def test_the_stop_survives_a_restart() -> None:
    desk = stopped()
    desk.restart()
    desk.quote("SYM-R", 40)
    assert desk.sent() == ["NEW G/R/2 BUY 100 LIMIT 40.2"]
    desk.restart()
    desk.wait("2.2")
    assert desk.sent() == ["CANCEL G/R/2", "NEW G/R/3 BUY 100 MARKET"]


def test_a_market_that_ends_short_is_told() -> None:
    desk = stopped()
    desk.quote("SYM-R", 40)
    desk.wait("2.1")
    desk.fill("G/R/3", 60)
    desk.end("G/R/3", OrdStatus.EXPIRED)
    assert desk.alarm("STOP_LOSS_SHORT").unfilled_qty == 40
    desk.wait(20)
    assert len([s for s in desk.sent() if "MARKET" in s]) == 1


def test_no_stop_before_a_fill_and_none_after_the_end() -> None:
    desk = Playbook(EngineConfig(instruments=(Instrument("SYM-R", tick=Decimal("0.1")),)))
    desk.submit(pair(risk_more={"stop_loss": c.StopSpec(Decimal(40))}))
    desk.quote("SYM-R", 50)
    assert desk.sent() == ["NEW G/H/1 BUY 100 LIMIT 10"]
    desk.fill_rest("G/H/1")
    desk.fill_rest("G/R/1")
    desk.do(c.CancelGroup(group="G"))
    assert desk.group().lifecycle == "COMPLETED"
    desk.sent()
    desk.quote("SYM-R", 50)
    assert desk.sent() == []
