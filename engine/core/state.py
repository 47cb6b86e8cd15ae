"""The whole state of the desk, and what of it changed in this cycle.

Owns: ``DeskState`` and ``Touched``. May not: hold rules. The store writes what is touched,
the views read what is here; nobody but the machine writes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.core.broker_time import BrokerClock, DeadlineBook
from engine.core.model import (
    Counts,
    EngineConfig,
    Escalation,
    Execution,
    ExternalOrder,
    Group,
    HedgeChain,
    Instrument,
    Killed,
    LimitDecision,
    LimitOverride,
    Order,
    Orphan,
    Position,
    RejectedEvent,
    StopWatch,
)
from engine.core.reconciled import Pending, Reconciliation
from engine.core.terms import Phase


@dataclass(slots=True)
class Touched:
    """What one cycle changed: keys for the records, and the new rows of the append-only logs."""

    groups: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    executions: dict[tuple[str, str], Execution] = field(default_factory=dict)
    chains: set[str] = field(default_factory=set)
    stops: set[str] = field(default_factory=set)
    escalations: set[int] = field(default_factory=set)
    orphans: set[str] = field(default_factory=set)
    externals: set[str] = field(default_factory=set)
    rejected: list[RejectedEvent] = field(default_factory=list)
    explained: set[int] = field(default_factory=set)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    deadlines: set[str] = field(default_factory=set)
    positions: set[str] = field(default_factory=set)
    forgotten: list[str] = field(default_factory=list)
    reconciled: bool = False
    meta: bool = False

    def merge(self, other: Touched) -> None:
        """Add what another turn of the same cycle changed."""
        self.groups |= other.groups
        self.orders |= other.orders
        self.executions.update(other.executions)
        self.chains |= other.chains
        self.stops |= other.stops
        self.escalations |= other.escalations
        self.orphans |= other.orphans
        self.externals |= other.externals
        self.rejected += other.rejected
        self.explained |= other.explained
        self.seen += other.seen
        self.deadlines |= other.deadlines
        self.positions |= other.positions
        self.forgotten += other.forgotten
        self.reconciled |= other.reconciled
        self.meta |= other.meta

    def any(self) -> bool:
        """Whether anything durable changed."""
        return bool(
            self.groups
            or self.orders
            or self.executions
            or self.chains
            or self.stops
            or self.escalations
            or self.orphans
            or self.externals
            or self.rejected
            or self.explained
            or self.seen
            or self.deadlines
            or self.positions
            or self.forgotten
            or self.meta
        )


@dataclass(slots=True)
class Meta:
    """The few single values that are durable. ``kills`` that stand; ``overrides`` not used yet;
    ``repeats_stopped``: shapes of groups that the repeated-execution throttle stopped,
    ``repeats_allowed`` when they were let go on; ``day_reconciled``: the last trading day that
    was compared by itself (``day_end``)."""

    phase: Phase = Phase.RECOVERING
    run: int = 0
    instance_id: str = ""
    next_escalation: int = 1
    next_rejected: int = 1
    killed_by: str = ""
    killed_reason: str = ""
    last_execution_server_ns: int | None = None
    counts: Counts = field(default_factory=Counts)
    kills: list[Killed] = field(default_factory=list)
    overrides: list[LimitOverride] = field(default_factory=list)
    repeats_stopped: list[str] = field(default_factory=list)
    repeats_allowed: dict[str, int] = field(default_factory=dict)
    day_reconciled: int = 0


@dataclass(slots=True)
class Question:
    """A question under way: what it was about and when it was asked."""

    query_id: str
    what: str
    ref: str
    asked_mono_ns: int


@dataclass(slots=True)
class Volatile:
    """What must not survive a restart: caches and questions under way. Nothing here is truth.

    ``seen``: a bounded cache of ids already counted, the store's unique key is the authority.
    ``questions``: questions waiting for an answer, by query id. ``asked_at``/``heard_at``: when
    an order was last asked about and heard of. ``active``: groups whose situation must be
    looked at again in this turn. ``working``: orders that may still fill. ``uncertain``: orders
    whose cancel is not confirmed. ``unanswered``: orders a recovery still waits for,
    of ``recovery_orders`` at its start.
    ``rates``: the message rates (``limits.rates``); ``throttled``: groups that wait for them,
    until when. ``instruments``: the configured ones by symbol. ``limit_decisions``:
    what the controls said lately (``limits.told``), of ``limits_told`` in all. ``lost``: the
    broker was lost and the orders to be canceled for it have not been. ``reconciling``: a
    comparison that waits for answers.
    """

    seen: dict[str, str] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    asked_at: dict[str, int] = field(default_factory=dict)
    asking: dict[str, str] = field(default_factory=dict)
    active: dict[str, None] = field(default_factory=dict)
    working: dict[str, None] = field(default_factory=dict)
    closed_order: dict[str, None] = field(default_factory=dict)
    connected: bool = True
    next_query: int = 1
    heard_at: dict[str, int] = field(default_factory=dict)
    uncertain: dict[str, None] = field(default_factory=dict)
    list_complete: bool | None = None
    list_answered: bool = False
    recovery_started_mono_ns: int = 0
    recovery_asked_mono_ns: int = 0
    recovery_orders: int = 0
    unanswered: set[str] = field(default_factory=set)
    arms_itself: bool = False
    started_mono_ns: int = 0
    polled_mono_ns: int = 0
    pinged_mono_ns: int = 0
    status_round_mono_ns: int = 0
    realarms: dict[int, int] = field(default_factory=dict)
    unsent_waits: dict[str, str] = field(default_factory=dict)
    rates: dict[str, int] = field(default_factory=dict)
    throttled: dict[str, int] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    limit_decisions: list[LimitDecision] = field(default_factory=list)
    limits_told: int = 0
    lost: bool = False
    reconciling: Pending | None = None
    day_tried_mono_ns: int = 0


@dataclass(slots=True)
class DeskState:
    """Everything the core knows. Records by their key (``positions`` by "account|symbol"); indexes
    are derived and rebuilt."""

    config: EngineConfig
    meta: Meta = field(default_factory=Meta)
    clock: BrokerClock = field(default_factory=BrokerClock)
    groups: dict[str, Group] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    chains: dict[str, HedgeChain] = field(default_factory=dict)
    stops: dict[str, StopWatch] = field(default_factory=dict)
    escalations: dict[int, Escalation] = field(default_factory=dict)
    orphans: dict[str, Orphan] = field(default_factory=dict)
    externals: dict[str, ExternalOrder] = field(default_factory=dict)
    rejected: dict[int, RejectedEvent] = field(default_factory=dict)
    deadlines: DeadlineBook = field(default_factory=DeadlineBook)
    positions: dict[str, Position] = field(default_factory=dict)
    by_cl_ord_id: dict[str, str] = field(default_factory=dict)
    by_order_id: dict[str, str] = field(default_factory=dict)
    standing: dict[str, int] = field(default_factory=dict)
    touched: Touched = field(default_factory=Touched)
    volatile: Volatile = field(default_factory=Volatile)
    reconciled: Reconciliation | None = None
    mono_ns: int = 0
    wall_ns: int = 0
