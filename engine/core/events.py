"""What happened: everything that may come into the core.

Owns: the frozen values for broker events, engine events and time. May not: decide anything.
Names are past tense. Instants are integer nanoseconds UTC; quantities and prices ``Decimal``.
An input is one of these, or a command from ``commands``, inside an ``Envelope`` that carries
the local clocks, because time is data here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.terms import CxlRejReason, ExecType, KillScope, OrdStatus, OrdType, Side


@dataclass(frozen=True, slots=True)
class ExecutionReport:
    """FIX 35=8. ``cl_ord_id`` is the order's or a request's; ``query_id`` is set on the answer
    to a question of ours (``AskOrder``), None on the stream. ``exec_id`` ``""`` or ``"0"`` is
    no id. ``server_time_ns`` None: the broker sent no time."""

    cl_ord_id: str
    exec_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    cum_qty: Decimal
    leaves_qty: Decimal
    order_id: str = ""
    orig_cl_ord_id: str = ""
    order_qty: Decimal | None = None
    last_qty: Decimal | None = None
    last_px: Decimal | None = None
    avg_px: Decimal | None = None
    price: Decimal | None = None
    exec_ref_id: str = ""
    symbol: str = ""
    side: Side | None = None
    ord_type: OrdType | None = None
    account: str = ""
    poss_dup: bool = False
    server_time_ns: int | None = None
    text: str = ""
    raw: str = ""
    query_id: str | None = None


@dataclass(frozen=True, slots=True)
class CancelRejected:
    """FIX 35=9 for a cancel or cancel/replace: ``cl_ord_id`` is the request's."""

    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: OrdStatus
    reason: CxlRejReason
    order_id: str = ""
    server_time_ns: int | None = None
    text: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class GroupStateReported:
    """The guide's group event: a venue's own claim about a group's lifecycle."""

    event_id: str
    group_id: str
    state: str
    server_time_ns: int | None = None
    raw: str = ""


@dataclass(frozen=True, slots=True)
class RawReceived:
    """An inbound object that the adapter could not read; kept whole as JSON text."""

    raw: str
    why: str
    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class OrderNotFound:
    """The broker answered "unknown order" to a status request; ``query_id`` names the question."""

    cl_ord_id: str
    query_id: str
    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class QueryFailed:
    """A question got an error or no answer: an error is not absence."""

    query_id: str
    cl_ord_id: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class OpenOrdersListed:
    """The broker's answer to ``AskOpenOrders``. ``complete`` only when the broker proves it."""

    query_id: str
    orders: tuple[ExecutionReport, ...]
    complete: bool
    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class ExecutionsListed:
    """The broker's answer to ``AskExecutions``: TRADE, TRADE_CORRECT and TRADE_CANCEL reports."""

    query_id: str
    executions: tuple[ExecutionReport, ...]
    complete: bool
    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class PositionClaim:
    """The broker's word on one position: signed quantity."""

    account: str
    symbol: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class PositionsListed:
    """The broker's answer to ``AskPositions``: what is not in it is flat there."""

    query_id: str
    positions: tuple[PositionClaim, ...]
    complete: bool
    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class HeartbeatReceived:
    """The broker is alive; carries its time where it has one."""

    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class QuoteChanged:
    """Top of book; a side without a quote is None with size 0."""

    symbol: str
    bid: Decimal | None
    bid_size: Decimal
    ask: Decimal | None
    ask_size: Decimal
    last: Decimal | None = None
    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class BrokerConnected:
    """The link is up (again): the same questions are asked as at start-up."""

    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class BrokerDisconnected:
    """The link is down."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class EngineStarted:
    """The process starts on a database. ``run`` counts the starts of this database."""

    run: int
    instance_id: str


@dataclass(frozen=True, slots=True)
class OrderHandedOver:
    """The shell handed this message to the broker: ClOrdID of the order or of the request."""

    cl_ord_id: str


@dataclass(frozen=True, slots=True)
class SendFailed:
    """Handing over failed. ``left`` False only if the adapter is certain that nothing left."""

    cl_ord_id: str
    why: str
    left: bool = True


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A local wake-up. It asks questions and re-alarms; it never fires a trading deadline
    when the broker stamps its messages."""


@dataclass(frozen=True, slots=True)
class DirectCancel:
    """One cancel of a kill over its own path: the order's reference, the request's ClOrdID and
    the one it chains on."""

    ref: str
    cl_ord_id: str
    orig_cl_ord_id: str


@dataclass(frozen=True, slots=True)
class KillThrown:
    """A kill was thrown over its own path, beside this loop (``shell.kill_switch``). Orders have
    been held back since; the cancels in ``asked`` may have left, and each is followed by
    ``OrderHandedOver`` or ``SendFailed`` as far as that became known. ``run``: the process's."""

    kill_id: str
    scope: KillScope
    target: str
    user: str
    reason: str
    thrown_wall_ns: int
    run: int
    asked: tuple[DirectCancel, ...] = ()


BrokerEvent = (
    ExecutionReport
    | CancelRejected
    | GroupStateReported
    | RawReceived
    | OrderNotFound
    | QueryFailed
    | OpenOrdersListed
    | ExecutionsListed
    | PositionsListed
    | HeartbeatReceived
    | QuoteChanged
    | BrokerConnected
    | BrokerDisconnected
)
EngineEvent = EngineStarted | OrderHandedOver | SendFailed | TimePassed | KillThrown
Event = BrokerEvent | EngineEvent


@dataclass(frozen=True, slots=True)
class Envelope:
    """One input with the local clocks at its arrival.

    ``mono_ns``: local monotonic clock; ``wall_ns``: local wall clock, for people only.
    ``quotes``: the last quotes of the symbols a command names (``QuoteChanged`` by symbol).
    ``known``: what the store knows of ids that memory has let go, ``{key: digest}``.
    """

    mono_ns: int
    wall_ns: int
    body: object
    quotes: Mapping[str, QuoteChanged] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
