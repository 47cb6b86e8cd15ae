"""The columns of the detail's tables: orders, executions, intents.

Owns: how an order and what hangs on it becomes cells. May not: read the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine import (
    ExecutionView,
    OrderView,
    OrdStatus,
    Purpose,
    RequestKind,
    RequestState,
    RequestView,
)
from ui.cost import price_places
from ui.formats import clock, decimals, px, qty, since, words
from ui.table import Column, Look
from ui.theme import Tone

_DONE = frozenset(
    {OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED}
    | {OrdStatus.DONE_FOR_DAY, OrdStatus.REPLACED}
)
AVG_DECIMALS_MAX = 4
_ASKED = {RequestKind.CANCEL: "cancel", RequestKind.REPLACE: "amend"}


@dataclass(frozen=True, slots=True)
class ExecutionRow:
    """An execution and the order it belongs to."""

    order: OrderView
    execution: ExecutionView


@dataclass(frozen=True, slots=True)
class IntentRow:
    """An intent: an order's own, or that of a request on it."""

    order: OrderView
    request: RequestView | None


def open_request(order: OrderView) -> RequestView | None:
    """The newest request that has no answer yet."""
    waiting = [r for r in order.requests if r.state is RequestState.OPEN]
    return waiting[-1] if waiting else None


def pending_words(order: OrderView, now_ns: int) -> str:
    """What is asked and not answered: "cancel asked 3.2 s ago, may still fill"."""
    request = open_request(order)
    if request is None:
        return ""
    risk = ", may still fill" if order.leaves_qty else ""
    return f"{_ASKED[request.kind]} asked {since(request.asked_wall_ns, now_ns)} ago{risk}"


def purpose_words(order: OrderView) -> str:
    level = "" if order.level is None else f" level {order.level}"
    return words(order.purpose.value) + level


def _status(order: OrderView, now_ns: int) -> str:
    pending = pending_words(order, now_ns)
    gap = f" · {qty(order.gap_qty)} without execution" if order.gap_qty else ""
    return (pending or words(order.ord_status.value)) + gap


def _status_look(order: OrderView) -> Look:
    if open_request(order) is not None:
        return Look(Tone.PENDING, icon="pending")
    if order.ord_status is OrdStatus.REJECTED or order.gap_qty:
        return Look(Tone.WARNING, icon="warning")
    return Look(Tone.DIM) if order.ord_status in _DONE else Look()


def _dim(order: OrderView) -> Look:
    return Look(Tone.DIM) if order.ord_status in _DONE else Look()


def _avg_px(order: OrderView) -> str:
    """The average at the instrument's precision or finer, as far as this order shows it."""
    if not order.cum_qty:
        return ""
    places = price_places(None, order.price, *(e.px for e in order.executions)) or 0
    return px(order.avg_px, max(places, min(decimals(order.avg_px), AVG_DECIMALS_MAX)))


def _price(order: OrderView) -> str:
    if order.price is None:
        return order.order_type.value
    return px(order.price)


def orders_columns() -> tuple[Column[OrderView], ...]:
    """Orders and slices."""
    return (
        Column(
            "ref",
            "Order",
            lambda o, _: o.ref.split("/", 1)[1],
            look=_dim,
            width=54,
            tip="Order: leg/number",
        ),
        Column("side", "Side", lambda o, _: o.side.value, look=_dim, width=40),
        Column(
            "qty",
            "Qty",
            lambda o, _: qty(o.order_qty),
            sort=lambda o: o.order_qty,
            look=_dim,
            numeric=True,
            width=44,
            tip="OrderQty",
        ),
        Column(
            "cum",
            "Cum",
            lambda o, _: qty(o.cum_qty),
            sort=lambda o: o.cum_qty,
            look=_dim,
            numeric=True,
            width=44,
            tip="CumQty",
        ),
        Column(
            "leaves",
            "Leaves",
            lambda o, _: qty(o.leaves_qty),
            sort=lambda o: o.leaves_qty,
            look=_dim,
            numeric=True,
            width=60,
            tip="LeavesQty",
        ),
        Column(
            "price",
            "Price",
            lambda o, _: _price(o),
            sort=lambda o: o.price or 0,
            look=_dim,
            numeric=True,
            width=64,
        ),
        Column(
            "avg",
            "AvgPx",
            lambda o, _: _avg_px(o),
            sort=lambda o: o.avg_px,
            look=_dim,
            numeric=True,
            width=60,
        ),
        Column(
            "status",
            "OrdStatus",
            _status,
            sort=lambda o: o.ord_status.value,
            look=_status_look,
            ticking=True,
            width=240,
        ),
        Column("purpose", "Purpose", lambda o, _: purpose_words(o), look=_dim, width=130, wide=180),
        Column("symbol", "Symbol", lambda o, _: o.symbol, look=_dim, width=100),
        Column("type", "Type", lambda o, _: o.order_type.value, look=_dim, hidden=True, width=70),
        Column(
            "created",
            "Created UTC",
            lambda o, _: clock(o.created_wall_ns),
            sort=lambda o: o.created_wall_ns,
            look=_dim,
            width=94,
        ),
        Column("cl_ord_id", "ClOrdID", lambda o, _: o.cl_ord_id, look=_dim, width=150),
        Column("order_id", "OrderID", lambda o, _: o.order_id, look=_dim, hidden=True, width=110),
    )


def execution_columns() -> tuple[Column[ExecutionRow], ...]:
    """Executions, newest last."""

    def look(row: ExecutionRow) -> Look:
        return Look() if row.execution.live else Look(Tone.DIM)

    return (
        Column(
            "time",
            "Broker time UTC",
            lambda r, _: clock(r.execution.server_time_ns),
            sort=lambda r: r.execution.server_time_ns or 0,
            look=look,
            width=100,
        ),
        Column("order", "Order", lambda r, _: r.order.ref.split("/", 1)[1], look=look, width=54),
        Column("side", "Side", lambda r, _: r.order.side.value, look=look, width=42),
        Column(
            "qty",
            "LastQty",
            lambda r, _: qty(r.execution.qty),
            sort=lambda r: r.execution.qty,
            look=look,
            numeric=True,
            width=58,
        ),
        Column(
            "px",
            "LastPx",
            lambda r, _: px(r.execution.px, price_places(None, r.execution.px)),
            sort=lambda r: r.execution.px,
            look=look,
            numeric=True,
            width=70,
        ),
        Column(
            "live",
            "State",
            lambda r, _: "counts" if r.execution.live else "busted or corrected",
            look=look,
            width=110,
        ),
        Column("purpose", "Purpose", lambda r, _: purpose_words(r.order), look=look, width=120),
        Column("exec_id", "ExecID", lambda r, _: r.execution.exec_id, look=look, width=150),
    )


def intent_columns() -> tuple[Column[IntentRow], ...]:
    """Intents of orders and of requests on them."""

    def what(row: IntentRow) -> str:
        return "new" if row.request is None else _ASKED[row.request.kind]

    def state(row: IntentRow) -> str:
        return words(row.order.intent.value if row.request is None else row.request.state.value)

    def asked(row: IntentRow) -> int:
        return row.order.created_wall_ns if row.request is None else row.request.asked_wall_ns

    def look(row: IntentRow) -> Look:
        doubtful = ("orphaned", "open", "intent persisted")
        return Look(Tone.PENDING) if state(row) in doubtful else Look()

    def change(row: IntentRow) -> str:
        request = row.request
        if request is None:
            return f"{qty(row.order.order_qty)} @ {_price(row.order)}"
        parts = [] if request.quantity is None else [qty(request.quantity)]
        parts += [] if request.price is None else [f"@ {px(request.price)}"]
        return " ".join(parts)

    return (
        Column("time", "Asked UTC", lambda r, _: clock(asked(r)), sort=asked, width=94),
        Column("order", "Order", lambda r, _: r.order.ref.split("/", 1)[1], width=54),
        Column("what", "What", lambda r, _: what(r), width=56),
        Column("state", "State", lambda r, _: state(r), look=look, width=110),
        Column("change", "Quantity @ price", lambda r, _: change(r), width=110),
        Column("user", "User", lambda r, _: "" if r.request is None else r.request.user, width=60),
        Column(
            "cl_ord_id",
            "ClOrdID",
            lambda r, _: r.order.cl_ord_id if r.request is None else r.request.cl_ord_id,
            width=150,
        ),
    )


def is_emergency(order: OrderView) -> bool:
    """Whether an order was sent by a hedge chain or by hand."""
    return order.purpose in (Purpose.EMERGENCY_HEDGE, Purpose.MANUAL_HEDGE, Purpose.MARKET_FALLBACK)
