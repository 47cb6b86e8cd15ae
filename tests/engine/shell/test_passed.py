"""Inputs without effect: only what a replay needs is kept."""

from __future__ import annotations

from decimal import Decimal

from engine.core.decisions import AskOpenOrders
from engine.core.events import (
    BrokerDisconnected,
    Envelope,
    HeartbeatReceived,
    QuoteChanged,
    TimePassed,
)
from engine.shell.passed import Passed


def at(instant: int, body: object) -> Envelope:
    return Envelope(instant, instant, body)


def quote(symbol: str) -> QuoteChanged:
    return QuoteChanged(symbol, None, Decimal(0), None, Decimal(0))


def kept(*inputs: Envelope) -> list[int]:
    passed = Passed()
    for each in inputs:
        passed.add(each, [])
    return [each.mono_ns for each in passed.take()]


def test_only_the_last_of_a_kind_matters() -> None:
    beats = [at(n, HeartbeatReceived(n)) for n in range(5)]
    assert kept(*beats, at(5, TimePassed()), at(6, TimePassed())) == [4, 6]
    assert kept(at(1, quote("A")), at(2, quote("B")), at(3, quote("A"))) == [2, 3]


def test_anything_else_is_kept_and_nothing_before_it_is_touched() -> None:
    down = at(2, BrokerDisconnected())
    assert kept(at(1, HeartbeatReceived(1)), down, at(3, HeartbeatReceived(3))) == [1, 2, 3]


def test_what_made_the_core_ask_is_kept() -> None:
    passed = Passed()
    for instant in range(3):
        passed.add(at(instant, TimePassed()), [AskOpenOrders(f"Q{instant}")])
    assert len(passed.take()) == 3
    assert passed.take() == []
