"""Messages between processes: exact both ways, strict on the way in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.broker.paper.wire import Hello, Watch, WireError, from_json, to_json
from engine.core.decisions import AskExecutions, AskOpenOrders
from engine.core.events import (
    CancelRejected,
    ExecutionReport,
    HeartbeatReceived,
    OrderNotFound,
    QueryFailed,
    QuoteChanged,
)
from engine.core.model import Instrument
from engine.core.terms import CxlRejReason, OrdStatus
from tests.engine.broker.paper_kit import NOW, ask_order, cancel, exchange, order, quote, replace


def messages() -> list[object]:
    market = exchange()
    market.on_quote(quote(), NOW)
    reports = market.on_message(order(qty=20), NOW)
    orders = market.on_question(AskOpenOrders("q"), NOW)
    executions = market.on_question(AskExecutions("q", None), NOW)
    market.ledger.close()
    return [
        *reports,
        order(px="1.50", stop="2"),
        cancel("x", "c"),
        replace("r", "c", 4),
        ask_order("c"),
        AskOpenOrders("q"),
        AskExecutions("q", None),
        AskExecutions("q", NOW),
        orders,
        executions,
        quote(ask=None),
        HeartbeatReceived(NOW),
        HeartbeatReceived(),
        OrderNotFound("c", "q", NOW),
        QueryFailed("q", "c", "why \N{EURO SIGN}\n"),
        CancelRejected("x", "c", OrdStatus.FILLED, CxlRejReason.TOO_LATE),
        Hello(1, "paper", True, False, "d", (Instrument("A", tick=Decimal("0.25")),), NOW),
        Watch(None),
        Watch(("A", "B")),
    ]


@pytest.mark.parametrize("message", messages(), ids=lambda m: type(m).__name__)
def test_there_and_back(message: object) -> None:
    text = to_json(message)
    assert "\n" not in text
    assert from_json(text) == message


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "not a JSON object"),
        ("[]", 'expected an object with a "type"'),
        ('{"type": "Nonsense"}', "unknown message type 'Nonsense'"),
        ('{"type": "Instrument", "symbol": "A"}', "unknown message type"),
        ('{"type": "AskOpenOrders"}', "AskOpenOrders: field query_id is missing"),
        ('{"type": "AskOpenOrders", "query_id": 7}', "AskOpenOrders.query_id: got '7'; expected"),
        ('{"type": "AskOpenOrders", "query_id": "q", "x": 1}', "unknown field 'x'"),
        ('{"type": "AskExecutions", "query_id": "q", "since_ns": true}', "expected an integer"),
        ('{"type": "AskExecutions", "query_id": "q", "since_ns": 1.5}', "number 1.5"),
        ('{"type": "AskExecutions", "query_id": "q", "since_ns": NaN}', "number NaN"),
        ('{"type": "Watch", "symbols": "A"}', "Watch.symbols: got 'A'; expected a list"),
        ('{"type": "Watch", "symbols": [1]}', r"Watch.symbols\[0\]: got '1'; expected text"),
        (to_json(quote()).replace('"10.25"', '"ten"'), "QuoteChanged.ask: .*decimal"),
        (to_json(quote()).replace('"10.25"', '"NaN"'), "QuoteChanged.ask: .*decimal"),
        (to_json(quote()).replace('"10.25"', "10"), "QuoteChanged.ask: .*decimal"),
        (to_json(order()).replace('"BUY"', '"buy"'), "SendOrder.side: got 'buy'; expected one of"),
        ("[" * 100_000, "not a JSON object"),
    ],
)
def test_what_is_not_a_message_is_refused_with_a_sentence(line: str, says: str) -> None:
    with pytest.raises(WireError, match=says):
        from_json(line)


@given(st.binary(max_size=200))
def test_garbage_is_a_wire_error(line: bytes) -> None:
    with pytest.raises(WireError):
        from_json(line)


@given(st.sampled_from([to_json(m) for m in messages()]), st.data())
def test_a_mutated_message_is_read_or_refused(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    mutated = text[:at] + data.draw(st.characters()) + text[at + 1 :]
    try:
        message = from_json(mutated)
    except WireError:
        return
    assert from_json(to_json(message)) == message


def test_decimals_are_plain() -> None:
    text = to_json(QuoteChanged("A", Decimal("1E+2"), Decimal("1.50"), None, Decimal(0)))
    assert '"bid":"100"' in text and '"bid_size":"1.5"' in text


def test_reports_leave_out_what_is_default() -> None:
    (report,) = (m for m in messages() if isinstance(m, ExecutionReport) and not m.cum_qty)
    assert "raw" not in to_json(report)
