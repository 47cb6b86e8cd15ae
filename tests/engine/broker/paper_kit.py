"""Short ways to say orders and quotes in the tests of the paper exchange."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from engine.broker.paper import contracts
from engine.broker.paper.contracts import Contract, Kind, plain
from engine.broker.paper.exchange import Exchange
from engine.broker.paper.ledger import Ledger
from engine.core.decisions import AskOrder, SendCancel, SendOrder, SendReplace
from engine.core.events import BrokerEvent, ExecutionReport, QuoteChanged
from engine.core.terms import OrdType, Purpose, Side, TimeInForce

PUT = contracts.option(Kind.FUTURE_OPTION, "ES", "20200320", "P", Decimal(3000))
CALL = contracts.option(Kind.FUTURE_OPTION, "ES", "20200320", "C", Decimal(3000))
FUTURE = contracts.future("ES", "202003")
SYMBOL = PUT.symbol
NOW = 1_578_300_000_000_000_000


def D(value: str | int) -> Decimal:
    return Decimal(value)


def exchange(
    path: Path | None = None,
    *,
    depth: int = 2,
    share: str = "1",
    epoch: str = "T",
    traded: Sequence[Contract] = (PUT, CALL, FUTURE),
) -> Exchange:
    book = {contract.symbol: contract for contract in traded}
    return Exchange(Ledger(path, epoch), book, depth, Decimal(share))


def quote(
    bid: str | None = "10",
    bid_size: int = 5,
    ask: str | None = "10.25",
    ask_size: int = 5,
    *,
    symbol: str = SYMBOL,
    last: str | None = None,
    at: int = NOW,
) -> QuoteChanged:
    return QuoteChanged(
        symbol,
        None if bid is None else Decimal(bid),
        Decimal(bid_size if bid is not None else 0),
        None if ask is None else Decimal(ask),
        Decimal(ask_size if ask is not None else 0),
        None if last is None else Decimal(last),
        at,
    )


def order(
    cl_ord_id: str = "c1",
    side: Side = Side.BUY,
    qty: int | str = 10,
    px: str | None = None,
    *,
    tif: TimeInForce = TimeInForce.DAY,
    stop: str | None = None,
    symbol: str = SYMBOL,
    resend: bool = False,
) -> SendOrder:
    """MARKET without ``px``, STOP_LIMIT with ``stop``, else LIMIT."""
    kind = OrdType.STOP_LIMIT if stop else OrdType.LIMIT if px else OrdType.MARKET
    return SendOrder(
        "G/L/1", cl_ord_id, "acc", symbol, side, kind, tif, Decimal(qty),
        None if px is None else Decimal(px), Purpose.HEDGE,
        None if stop is None else Decimal(stop), resend,
    )  # fmt: skip


def cancel(cl_ord_id: str, orig: str, side: Side = Side.BUY) -> SendCancel:
    return SendCancel("G/L/1", 1, cl_ord_id, orig, "", "acc", SYMBOL, side, Decimal(0))


def replace(cl_ord_id: str, orig: str, qty: int, px: str | None = None) -> SendReplace:
    return SendReplace(
        "G/L/1", 1, cl_ord_id, orig, "", "acc", SYMBOL, Side.BUY, OrdType.LIMIT,
        TimeInForce.DAY, Decimal(qty), None if px is None else Decimal(px),
    )  # fmt: skip


def ask_order(cl_ord_id: str, query_id: str = "q1") -> AskOrder:
    return AskOrder(query_id, cl_ord_id, "", SYMBOL, Side.BUY)


def said(events: Sequence[BrokerEvent]) -> list[tuple[str, str, str, str]]:
    """Reports in short: ExecType, OrdStatus, CumQty, LeavesQty."""
    return [
        (str(e.exec_type), str(e.ord_status), str(e.cum_qty), str(e.leaves_qty))
        for e in events
        if isinstance(e, ExecutionReport)
    ]


def fills(events: Sequence[BrokerEvent]) -> list[tuple[str, str]]:
    """LastQty and LastPx of the fills among the events, without trailing zeros."""
    return [
        (plain(e.last_qty), plain(e.last_px))
        for e in events
        if isinstance(e, ExecutionReport) and e.last_qty is not None and e.last_px is not None
    ]
