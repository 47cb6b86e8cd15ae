"""What is asked of the store: also for lists and for raw text that holds a report."""

from __future__ import annotations

from decimal import Decimal

from engine.core.events import (
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    RawReceived,
)
from engine.core.machine import lookups, new_state, recall_keys
from engine.core.model import EngineConfig
from engine.core.terms import ExecType, OrdStatus

REPORT = ExecutionReport(
    "C1", "e1", ExecType.TRADE, OrdStatus.FILLED, Decimal(1), Decimal(0), order_id="O1"
)
RAW = (
    '{"cl_ord_id": "C1", "order_id": "O1", "exec_id": "e1", "exec_type": "TRADE",'
    ' "ord_status": "FILLED", "cum_qty": 1, "leaves_qty": 0}'
)


def test_every_way_a_report_comes_in_is_looked_up() -> None:
    state = new_state(EngineConfig())
    for body in (
        REPORT,
        ExecutionsListed("q", (REPORT,), True),
        OpenOrdersListed("q", (REPORT,), True),
        RawReceived(RAW, "raw"),
    ):
        assert lookups(state, body) == ("broker#e1",), body
        assert recall_keys(state, body) == ("C1", "O1"), body


def test_garbage_asks_for_nothing() -> None:
    state = new_state(EngineConfig())
    assert lookups(state, RawReceived("{", "garbage")) == ()
    assert recall_keys(state, RawReceived("[]", "garbage")) == ()
