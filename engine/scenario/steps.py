"""What a scenario file says, once it is read.

Owns: the frozen values of a scenario and its steps. May not: read files (``parse``) or run.
Quantities and prices are ``Decimal``; durations and instants in seconds as ``Decimal``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.commands import Command, GroupRequest
from engine.core.events import QuoteChanged
from engine.core.model import EngineConfig
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, Side
from engine.shell.checkpoints import Point


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """How the scripted broker behaves; the table in the scenario guide."""

    ack: str = "auto"
    cancel: str = "confirm"
    replace: str = "confirm"
    query: str = "answer"
    server_time: bool = True
    skew_s: Decimal = Decimal(0)
    dedup: str = "reject"
    list_complete: bool = True
    exec_id_scope: str = "broker"


@dataclass(frozen=True, slots=True)
class Submit:
    group: GroupRequest


@dataclass(frozen=True, slots=True)
class Report:
    """An execution report of the script. ``order`` is a reference, or "" with explicit ids."""

    order: str
    cl_ord_id: str
    order_id: str
    request: int
    exec_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    cum_qty: Decimal
    leaves_qty: Decimal
    order_qty: Decimal | None
    last_qty: Decimal | None
    last_px: Decimal | None
    avg_px: Decimal | None
    price: Decimal | None
    exec_ref_id: str
    poss_dup: bool
    server_time_s: Decimal | None
    text: str
    symbol: str = ""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class CancelReject:
    order: str
    request: int
    ord_status: OrdStatus
    reason: CxlRejReason
    text: str
    server_time_s: Decimal | None


@dataclass(frozen=True, slots=True)
class StateUpdate:
    event_id: str
    group: str
    state: str


@dataclass(frozen=True, slots=True)
class Raw:
    """An inbound object as it is. ``order``: the reference it names, put into ids when it is
    one of ours, because a file cannot know them."""

    value: object
    order: str


@dataclass(frozen=True, slots=True)
class TruthExecution:
    exec_id: str
    qty: Decimal
    px: Decimal


@dataclass(frozen=True, slots=True)
class Truth:
    """What the broker holds true of an order from now on, without saying so. None: unchanged.
    ``unknown``: it does not know the order. ``external``: it is none of ours."""

    order: str
    unknown: bool
    external: bool
    cl_ord_id: str
    order_id: str
    ord_status: OrdStatus | None
    cum_qty: Decimal | None
    leaves_qty: Decimal | None
    order_qty: Decimal | None
    avg_px: Decimal | None
    price: Decimal | None
    symbol: str
    side: Side | None
    executions: tuple[TruthExecution, ...] | None


@dataclass(frozen=True, slots=True)
class Quote:
    quote: QuoteChanged


@dataclass(frozen=True, slots=True)
class Trader:
    what: str
    command: Command


@dataclass(frozen=True, slots=True)
class Crash:
    """``at`` None: now; else at the ``nth`` passing of that point from now."""

    at: Point | None
    nth: int


@dataclass(frozen=True, slots=True)
class Restart:
    pass


@dataclass(frozen=True, slots=True)
class LocalClock:
    jump_s: Decimal
    stall_s: Decimal


@dataclass(frozen=True, slots=True)
class ChangeBroker:
    settings: BrokerSettings


@dataclass(frozen=True, slots=True)
class Expect:
    """Paths into the report and their values."""

    values: Mapping[str, object]


Action = (
    Submit
    | Report
    | CancelReject
    | StateUpdate
    | Raw
    | Truth
    | Quote
    | Trader
    | Crash
    | Restart
    | LocalClock
    | ChangeBroker
    | Expect
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: when, and what then (None: time passes)."""

    number: int
    t: Decimal
    action: Action | None


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    config: EngineConfig
    broker: BrokerSettings
    steps: tuple[Step, ...] = field(default=())
