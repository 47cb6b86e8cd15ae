"""Pre-trade controls: what is refused, with which figure; what is never held back."""

from __future__ import annotations

from typing import Any

import pytest
from desk_kit import Desk, d, leg, rules, spread

from engine.core.commands import (
    AllowRepeats,
    CancelOrder,
    ChildSpec,
    GroupRequest,
    ManualHedge,
    OverrideLimit,
    ReloadLimits,
    ReplaceOrder,
    StopSpec,
)
from engine.core.limits import rates
from engine.core.terms import OrdStatus, Purpose


def refused(answer: Any, *parts: str) -> None:
    assert not answer.accepted, "accepted, and it should not be"
    for part in parts:
        assert part in answer.reason, answer.reason


def test_no_limits_refuse_nothing() -> None:
    assert Desk().submit(spread(quantity=1_000_000)).accepted


@pytest.mark.parametrize("symbol", ["P3000", "P3*", "*", "*000"])
def test_max_order_qty_refuses_with_figure_limit_and_rule(symbol: str) -> None:
    desk = Desk(rules({"symbol": symbol, "max_order_qty": 50, "name": "puts"}))
    refused(desk.submit(spread(quantity=51)), "51", "hard limit 50", "max_order_qty", "puts")
    assert desk.submit(spread(quantity=50)).accepted
    assert desk.refs() == ["G1/H1/1"]


def test_a_refused_group_leaves_nothing() -> None:
    desk = Desk(rules({"max_order_qty": 5}))
    refused(desk.submit(spread()))
    assert not desk.state.groups and not desk.sent


def test_rule_of_another_account_or_symbol_does_not_hold() -> None:
    desk = Desk(
        rules({"account": "other", "max_order_qty": 1}, {"symbol": "F*", "restricted": True})
    )
    assert desk.submit(spread()).accepted


def test_soft_limit_asks_to_confirm() -> None:
    desk = Desk(rules({"max_order_qty": {"soft": 5, "hard": 20}}))
    soft = desk.submit(spread())
    refused(soft, "confirm", "soft limit 5")
    assert soft.confirmable
    assert desk.submit(spread(), confirm=True).accepted
    hard = desk.submit(spread("G2", 30), confirm=True)
    refused(hard, "hard limit 20")
    assert not hard.confirmable


def test_sliced_leg_is_checked_by_slice_and_its_emergency_hedge_whole() -> None:
    sliced = GroupRequest(
        "G1",
        (
            leg("H1", "HEDGE", "A", "BUY", 40, child=ChildSpec(d(10), d("0.5"))),
            leg("R1", "RISK", "B", "SELL", 40, child=ChildSpec(d(10), d("0.5"))),
        ),
    )
    refused(Desk(rules({"max_order_qty": 20})).submit(sliced), "H1: its emergency hedge of 40")
    assert Desk(rules({"symbol": "B", "max_order_qty": 20})).submit(sliced).accepted


def test_group_whose_emergency_hedge_could_not_be_sent_is_refused_whole() -> None:
    request = GroupRequest(
        "G1",
        (
            leg("H1", "HEDGE", "A", "BUY", 10, hedge_symbol="F"),
            leg("R1", "RISK", "B", "SELL", 10),
        ),
    )
    desk = Desk(rules({"symbol": "F", "restricted": True}))
    refused(desk.submit(request), "F is on the restricted list")
    assert not desk.sent


def test_stop_is_checked_with_the_group() -> None:
    request = GroupRequest(
        "G1",
        (
            leg("H1", "HEDGE", "A", "BUY", 10),
            leg("R1", "RISK", "B", "SELL", 10, 25, child=ChildSpec(d(1), d(1)),
                stop_loss=StopSpec(d(40))),
        ),
    )  # fmt: skip
    refused(Desk(rules({"symbol": "B", "max_order_qty": 5})).submit(request), "protective stop")


def test_notional_uses_the_higher_of_price_and_market_and_the_multiplier() -> None:
    desk = Desk(rules({"symbol": "P3000", "max_order_notional": 1000}))
    assert desk.submit(spread("G1")).accepted  # 10 x 10
    desk.quote("P3000", 100, 102)
    refused(desk.submit(spread("G2")), "notional 1010")


def test_notional_of_an_unknown_price_asks() -> None:
    request = GroupRequest(
        "G1", (leg("H1", "HEDGE", "A", "BUY", 1, None), leg("R1", "RISK", "B", "SELL", 1, None))
    )
    desk = Desk(rules({"max_order_notional": 1000}))
    refused(desk.submit(request), "confirm", "no price of A")
    assert desk.submit(request, confirm=True).accepted


@pytest.mark.parametrize(("price", "fits"), [("10.4", True), ("10.6", False), ("9.4", False)])
def test_collar_in_percent(price: str, fits: bool) -> None:
    desk = Desk(rules({"symbol": "A", "collar_pct": 5}))
    desk.quote("A", 9.9, 10.1)
    request = GroupRequest(
        "G1", (leg("H1", "HEDGE", "A", "BUY", 1, price), leg("R1", "RISK", "B", "SELL", 1))
    )
    answer = desk.submit(request)
    assert answer.accepted is fits, answer.reason
    if not fits:
        refused(answer, "collar_pct", "market 10")


def test_collar_without_a_market_asks_refuses_or_lets_go() -> None:
    for manner, accepted, confirmed in (
        ("confirm", False, True),
        ("refuse", False, False),
        ("allow", True, True),
    ):
        desk = Desk(rules({"collar_pct": 5}, collar_without_market=manner))
        assert desk.submit(spread("G1")).accepted is accepted, manner
        assert desk.submit(spread("G2"), confirm=True).accepted is confirmed, manner


def test_period_collar_is_around_our_own_prices() -> None:
    desk = Desk(rules({"symbol": "P3000", "period_collar_pct": 10, "period_s": 60}))
    assert desk.submit(spread("G1")).accepted
    other = GroupRequest(
        "G2", (leg("H1", "HEDGE", "P3000", "BUY", 1, 12), leg("R1", "RISK", "B", "SELL", 1))
    )
    refused(desk.submit(other), "period_collar_pct", "20")
    desk.wait(61)
    assert desk.submit(other).accepted


def test_trading_hours_are_utc_and_may_span_midnight() -> None:
    day = {"days": ["MON"], "from": "13:30", "to": "16:00"}
    night = {"days": ["MON"], "from": "22:00", "to": "04:00"}
    desk = Desk(rules({"trading_hours": [day, night]}))
    assert desk.submit(spread("G1")).accepted  # Monday 15:00
    desk.wait(2 * 3600)
    refused(desk.submit(spread("G2")), "outside its trading hours", "MON 17:00")
    desk.wait(10 * 3600)
    assert desk.submit(spread("G3")).accepted  # Tuesday 03:00, the window of Monday's night
    desk.wait(2 * 3600)
    refused(desk.submit(spread("G4")), "TUE 05:00")


def test_open_groups() -> None:
    desk = Desk(rules({"max_open_groups": 2}))
    assert desk.submit(spread("G1")).accepted
    assert desk.submit(spread("G2")).accepted
    refused(desk.submit(spread("G3")), "open groups 3", "hard limit 2")


def test_exposure_counts_from_intent_and_with_the_plans_of_live_groups() -> None:
    # Each group: buys 10 at 10 and sells 10 at 25: gross 350, net at its worst 250.
    desk = Desk(rules({"max_gross_exposure": 700, "max_net_exposure": 500}))
    assert desk.submit(spread("G1")).accepted
    assert desk.submit(spread("G2")).accepted
    refused(desk.submit(spread("G3", 1)), "net exposure", "525", "gross exposure", "735")


def test_exposure_still_counts_fills_of_groups_that_left_memory() -> None:
    desk = Desk(rules({"max_gross_exposure": 700}), closed_groups_kept=0)
    assert desk.submit(spread("G1")).accepted
    desk.fill("G1/H1/1")
    desk.fill("G1/R1/1", px=25)
    desk.wait(1)
    assert not desk.state.groups, "the group has left memory"
    assert desk.state.positions["default|P3100"].quantity == -10
    assert desk.submit(spread("G2")).accepted
    refused(desk.submit(spread("G3", 1)), "gross exposure")


def test_orphans_count_after_a_restart() -> None:
    desk = Desk(rules({"max_gross_exposure": 350}))
    assert desk.submit(spread("G1")).accepted
    desk.restart()
    assert desk.state.orphans["G1/H1/1"].resolution is None
    from engine.core.limits.exposure import exposure
    from engine.core.turn import Turn

    assert desk.state.config.limits is not None
    found = exposure(Turn(desk.state), desk.state.config.limits.rules[0])
    assert found.gross == 350


def test_duplicate_intent_window() -> None:
    desk = Desk(rules({"duplicate_window_ms": {"soft": 2000, "hard": 500}}))
    assert desk.submit(spread("G1")).accepted
    desk.wait(0.4)
    refused(desk.submit(spread("G2"), confirm=True), "same symbol, side", "G1/H1", "500 ms")
    desk.wait(0.2)
    refused(desk.submit(spread("G2")), "confirm", "600 ms ago")
    assert desk.submit(spread("G2", 11)).accepted, "another quantity is another intent"
    desk.wait(2)
    assert desk.submit(spread("G3")).accepted


def test_a_line_copied_within_one_basket_is_a_duplicate() -> None:
    request = GroupRequest(
        "G1",
        (
            leg("H1", "HEDGE", "A", "BUY", 10),
            leg("H2", "HEDGE", "A", "BUY", 10),
            leg("R1", "RISK", "B", "SELL", 10),
        ),
    )
    refused(Desk(rules({"duplicate_window_ms": 500})).submit(request), "its own leg H1")


def test_slices_of_one_leg_are_no_duplicates() -> None:
    request = GroupRequest(
        "G1",
        (
            leg("H1", "HEDGE", "A", "BUY", 20, child=ChildSpec(d(10), d("0.1"))),
            leg("R1", "RISK", "B", "SELL", 20),
        ),
    )
    desk = Desk(rules({"duplicate_window_ms": 60_000}))
    assert desk.submit(request).accepted
    desk.fill("G1/H1/1")
    desk.wait(0.2)
    desk.ack("G1/H1/1")
    assert desk.refs() == ["G1/H1/1", "G1/H1/2"]


def test_repeated_execution_stops_until_a_person_lets_it_go_on() -> None:
    desk = Desk(rules({"max_repeats": 2, "repeat_period_s": 60}))
    assert desk.submit(spread("G1")).accepted
    assert desk.submit(spread("G2", 11)).accepted
    refused(desk.submit(spread("G3", 12)), "max_repeats", "2 times within 60 s")
    assert desk.kinds() == ["REPEATED_EXECUTION"]
    desk.wait(3600)
    refused(desk.submit(spread("G3", 12)), "risk lets it go on")
    (shape,) = desk.state.meta.repeats_stopped
    refused(desk.ask(AllowRepeats(shape=shape)), "reason")
    assert desk.ask(AllowRepeats(shape=shape, reason="checked")).accepted
    assert desk.submit(spread("G3", 12)).accepted


def test_rate_of_orders_holds_orders_back_and_never_drops_them() -> None:
    desk = Desk(rules({"max_orders_per_s": 2, "orders_burst": 2}))
    for i in range(5):
        assert desk.submit(spread(f"G{i}")).accepted
    assert desk.refs() == ["G0/H1/1", "G1/H1/1"]
    (bucket,) = rates.buckets(desk.state.config.limits)
    assert bucket.tokens(desk.state, desk.mono_ns) == 0
    for seconds, sent in ((0.4, 2), (0.1, 3), (0.5, 4), (0.5, 5), (5, 5)):
        desk.wait(seconds)
        assert len(desk.sent) == sent
    assert bucket.tokens(desk.state, desk.mono_ns) == 2


def test_the_wake_up_is_at_the_instant_the_rate_is_free() -> None:
    from engine.core import machine

    desk = Desk(rules({"max_orders_per_s": 2}))
    desk.submit(spread("G1"))
    desk.submit(spread("G2"))
    wake = machine.next_wake_mono_ns(desk.state)
    assert wake is not None and wake <= desk.mono_ns + 500_000_000


def test_rate_counts_over_a_restart() -> None:
    desk = Desk(rules({"max_orders_per_s": 1, "orders_burst": 3}))
    for i in range(3):
        desk.submit(spread(f"G{i}"))
    desk.restart()
    (bucket,) = rates.buckets(desk.state.config.limits)
    assert bucket.tokens(desk.state, desk.mono_ns) == 0


def test_cancel_goes_through_over_every_limit() -> None:
    desk = Desk(rules({"max_orders_per_s": 1, "max_messages_per_s": 1}))
    assert desk.submit(spread("G1")).accepted
    desk.ack("G1/H1/1")
    nothing = rules(
        {"restricted": True, "max_order_qty": 1, "max_messages_per_s": "0.001"}
        | {"max_messages_per_s": d("0.001")}
    )
    assert desk.ask(ReloadLimits(limits=nothing)).accepted
    assert desk.ask(CancelOrder(order="G1/H1/1")).accepted
    assert [each.ref for each in desk.canceled] == ["G1/H1/1"]


def _with_exposure(desk: Desk) -> None:
    """The hedge is filled, the risk goes on, the hedge is busted."""
    from engine.core.events import ExecutionReport
    from engine.core.terms import ExecType

    assert desk.submit(spread("G1")).accepted
    desk.fill("G1/H1/1")
    desk.fill("G1/R1/1", px=25)
    order = desk.state.orders["G1/H1/1"]
    desk.put(
        ExecutionReport(
            order.cl_ord_id, "bust", ExecType.TRADE_CANCEL, OrdStatus.NEW, d(0), d(0),
            exec_ref_id=next(iter(order.executions.values())).exec_id,
            server_time_ns=desk.mono_ns,
        )
    )  # fmt: skip


def test_emergency_hedge_goes_through_over_every_limit_and_is_told() -> None:
    desk = Desk(rules({"max_order_qty": 100}))
    assert desk.submit(spread("G1")).accepted
    strict = rules({"restricted": True, "max_order_qty": 1, "max_gross_exposure": 1})
    desk.fill("G1/H1/1", 4)
    assert desk.ask(ReloadLimits(limits=strict)).accepted
    desk.cancel("G1/H1/1")
    assert desk.sent[-1].purpose is Purpose.EMERGENCY_HEDGE
    assert desk.sent[-1].quantity == 6
    assert "HEDGE_OVER_LIMIT" in desk.kinds()
    told = next(e for e in desk.state.escalations.values() if e.kind == "HEDGE_OVER_LIMIT")
    assert "restricted" in told.text and "6 is over the hard limit 1" in told.text


def test_manual_hedge_of_proven_exposure_goes_through_and_excess_does_not() -> None:
    desk = Desk(rules({"max_order_qty": 100}), max_hedge_depth=0)
    assert desk.submit(spread("G1")).accepted
    desk.cancel("G1/H1/1")
    assert desk.ask(ReloadLimits(limits=rules({"max_order_qty": 5}))).accepted
    more = ManualHedge(group="G1", leg="H1", quantity=d(11), allow_excess=True)
    refused(desk.ask(more), "11 is over the hard limit 5")
    assert desk.ask(ManualHedge(group="G1", leg="H1", quantity=d(10))).accepted
    assert desk.sent[-1].purpose is Purpose.MANUAL_HEDGE
    assert "HEDGE_OVER_LIMIT" in desk.kinds()


def test_an_order_over_a_hard_limit_waits_is_told_and_goes_when_it_may() -> None:
    desk = Desk(rules({"max_order_qty": 100}))
    assert desk.submit(spread("G1")).accepted
    assert desk.ask(ReloadLimits(limits=rules({"symbol": "P3100", "restricted": True}))).accepted
    desk.fill("G1/H1/1")
    assert desk.refs() == ["G1/H1/1"]
    assert desk.kinds() == ["LIMIT_BLOCKED"]
    desk.wait(5)
    assert desk.refs() == ["G1/H1/1"]
    assert desk.ask(ReloadLimits(limits=rules())).accepted
    desk.wait(1)
    assert desk.refs() == ["G1/H1/1", "G1/R1/1"]
    assert desk.state.escalations[1].returned


def test_amendment_is_checked() -> None:
    desk = Desk(rules({"max_order_qty": {"soft": 12, "hard": 20}}))
    assert desk.submit(spread("G1")).accepted
    desk.ack("G1/H1/1")
    refused(desk.ask(ReplaceOrder(order="G1/H1/1", quantity=d(21))), "21", "hard limit 20")
    soft = desk.ask(ReplaceOrder(order="G1/H1/1", quantity=d(15)))
    refused(soft, "confirm")
    assert soft.confirmable
    assert desk.ask(ReplaceOrder(order="G1/H1/1", quantity=d(15), confirm=True)).accepted


def test_override_lifts_a_hard_limit_once_for_one_group() -> None:
    desk = Desk(rules({"max_order_qty": 5, "max_open_groups": 1}))
    refused(desk.ask(OverrideLimit(target="G1")), "reason")
    lift = OverrideLimit(target="G1", controls=("max_order_qty",), reason="agreed by phone")
    assert desk.ask(lift).accepted
    refused(desk.submit(spread("G2")), "hard limit 5")
    assert desk.submit(spread("G1")).accepted
    assert desk.refs() == ["G1/H1/1"]
    desk.fill("G1/H1/1")
    assert desk.refs() == ["G1/H1/1", "G1/R1/1"], "the order itself is not stopped again"
    assert not desk.state.meta.overrides
    refused(desk.submit(spread("G2", 3)), "open groups")


def test_reload_says_what_changed() -> None:
    desk = Desk(rules({"name": "a", "max_order_qty": 5}, {"name": "b"}))
    new = rules({"name": "a", "max_order_qty": 6}, {"name": "c"})
    answer = desk.ask(ReloadLimits(limits=new))
    assert answer.accepted
    assert "rule a: max_order_qty" in answer.reason
    assert "rule b is gone" in answer.reason and "rule c is new" in answer.reason


def test_an_amendment_under_way_counts_at_its_larger_size() -> None:
    # G1 may come to buy 20 at 10 and sell 10 at 25: 450 of 500; G2 would add 70.
    desk = Desk(rules({"max_gross_exposure": 500}))
    assert desk.submit(spread("G1")).accepted
    desk.ack("G1/H1/1")
    assert desk.ask(ReplaceOrder(order="G1/H1/1", quantity=d(20))).accepted
    refused(desk.submit(spread("G2", 2)), "gross exposure", "520")


def test_a_fill_counts_in_the_turn_in_which_it_releases_the_next_order() -> None:
    desk = Desk(rules({"max_gross_exposure": 350}))
    assert desk.submit(spread("G1")).accepted
    assert desk.ask(ReloadLimits(limits=rules({"max_gross_exposure": 300}))).accepted
    desk.fill("G1/H1/1")
    assert desk.refs() == ["G1/H1/1"], "100 are held and 250 would follow"
    assert desk.kinds() == ["LIMIT_BLOCKED"]
