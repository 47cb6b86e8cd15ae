"""What the screen reads: frozen read models of the engine's state.

Owns: the shapes that ``ui`` and ``desk`` see. May not: decide, hold references to mutable
state, or format for display. Instants: ``*_wall_ns`` local wall clock UTC; ``age_s`` is for the
reader to compute. Everything here is a snapshot: it never changes after it was handed out.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import ZERO
from engine.core.terms import (
    ChainState,
    EscalationKind,
    EscalationState,
    Evidence,
    IntentState,
    LegStatus,
    LegType,
    OrdStatus,
    OrdType,
    Phase,
    Purpose,
    RejectReason,
    RequestKind,
    RequestState,
    Resolution,
    Severity,
    Side,
)


@dataclass(frozen=True, slots=True)
class LegView:
    """One leg. ``working_qty`` may still fill; ``avg_px`` None while nothing is filled.
    ``short_qty``: what a hedge leg lacks and is being hedged for, or could be by hand now."""

    leg_id: str
    leg_type: LegType
    symbol: str
    side: Side
    status: LegStatus
    target_qty: Decimal
    filled_qty: Decimal
    working_qty: Decimal
    avg_px: Decimal | None
    held: bool
    stop_state: str
    short_qty: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group as a table row. ``needs_me``: it waits for the trader; ``wait`` says for what.
    ``unhedged_qty``: lacking for the risk that is on; ``short_qty``: that, or what a hedge is
    short of while it is hedged for, whichever is more (risk may be on its way)."""

    group_id: str
    account: str
    lifecycle: str
    rank: int
    end_reason: str | None
    unhedged_qty: Decimal
    hedged_qty: Decimal
    over_hedged_qty: Decimal
    gap: bool
    closed: bool
    needs_me: bool
    wait: str
    paused: bool
    created_wall_ns: int
    state_since_wall_ns: int
    legs: tuple[LegView, ...]
    short_qty: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class RequestView:
    number: int
    kind: RequestKind
    cl_ord_id: str
    state: RequestState
    quantity: Decimal | None
    price: Decimal | None
    asked_wall_ns: int
    user: str


@dataclass(frozen=True, slots=True)
class ExecutionView:
    exec_id: str
    qty: Decimal
    px: Decimal
    live: bool
    server_time_ns: int | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order. ``can_cancel``/``can_replace``: why not, in words, or "" when it can."""

    ref: str
    group_id: str
    leg_id: str
    purpose: Purpose
    level: int | None
    symbol: str
    side: Side
    order_type: OrdType
    price: Decimal | None
    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    avg_px: Decimal
    gap_qty: Decimal
    ord_status: OrdStatus
    intent: IntentState
    cl_ord_id: str
    order_id: str
    created_wall_ns: int
    requests: tuple[RequestView, ...]
    executions: tuple[ExecutionView, ...]
    can_cancel: str
    can_replace: str


@dataclass(frozen=True, slots=True)
class ChainView:
    """One hedge chain with the orders of its levels in order."""

    chain_id: str
    group_id: str
    leg_id: str
    state: ChainState
    cause: str
    level: int
    target_qty: Decimal
    filled_qty: Decimal
    orders: tuple[str, ...]
    started_wall_ns: int


@dataclass(frozen=True, slots=True)
class TimelineMark:
    """One thing that happened to a group, for the timeline. ``lane``: a leg id, "hedge N" for
    chain level N, or "trader". ``what`` is a short word; ``kind`` one of request, outcome, fill,
    rejected, state, escalation. ``pair`` ties a request to its outcome (same non-empty text)."""

    wall_ns: int
    server_time_ns: int | None
    lane: str
    kind: str
    what: str
    text: str
    pair: str = ""


@dataclass(frozen=True, slots=True)
class GroupDetail:
    """All of one group."""

    row: GroupRow
    history: tuple[tuple[str, int], ...]
    orders: tuple[OrderView, ...]
    chains: tuple[ChainView, ...]
    marks: tuple[TimelineMark, ...]
    rejected: tuple[int, ...]
    escalations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AcknowledgementView:
    level: int
    user: str
    wall_ns: int
    unfilled_qty: Decimal
    comment: str


@dataclass(frozen=True, slots=True)
class EscalationView:
    """One escalation. ``doing`` says what the engine does about it now; ``proven_qty`` is what
    a manual hedge may take without ``allow_excess`` (None: this kind cannot be hedged)."""

    number: int
    kind: EscalationKind
    severity: Severity
    group_id: str
    leg_id: str
    symbol: str
    side: Side | None
    unfilled_qty: Decimal
    proven_qty: Decimal | None
    state: EscalationState
    level: int
    raised_wall_ns: int
    changed_wall_ns: int
    text: str
    doing: str
    action_required: str | None
    order_ref: str
    owner: str
    acknowledgements: tuple[AcknowledgementView, ...]


@dataclass(frozen=True, slots=True)
class OrphanView:
    """One orphan. ``offered`` in the order of the buttons; ``refused`` maps the others to why;
    ``worst_case`` says in words what happens if the order is live and fills."""

    ref: str
    group_id: str
    leg_id: str
    purpose: Purpose
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    cl_ord_id: str
    last_step: IntentState
    found_wall_ns: int
    created_wall_ns: int
    worst_case: str
    evidence: Evidence | None
    evidence_wall_ns: int | None
    evidence_text: str
    offered: tuple[Resolution, ...]
    preselected: Resolution | None
    refused: tuple[tuple[Resolution, str], ...]
    resolution: Resolution | None
    resolved_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExternalView:
    cl_ord_id: str
    order_id: str
    symbol: str
    side: Side | None
    order_qty: Decimal | None
    cum_qty: Decimal
    leaves_qty: Decimal
    ord_status: OrdStatus
    seen_wall_ns: int
    adopted_into: str
    cancel_asked: bool


@dataclass(frozen=True, slots=True)
class RejectedView:
    number: int
    wall_ns: int
    reason: RejectReason
    ref: str
    group_id: str
    exec_id: str
    current: str
    incoming: str
    booked_qty: Decimal
    text: str
    raw: str
    explained_by: str
    explained_comment: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the desk's own log: commands with their answers, phases, faults."""

    wall_ns: int
    level: str
    text: str
    group_id: str = ""


@dataclass(frozen=True, slots=True)
class StatusView:
    """The glance line. ``blocks``: what still blocks arming or trading, in words.
    ``*_ms`` over the last minute; ``broker_age_s`` seconds since anything was heard;
    ``wall_ns``: when the engine's loop last turned, so that a loop that hangs shows."""

    phase: Phase
    blocks: tuple[str, ...]
    broker_name: str
    connected: bool
    broker_age_s: float | None
    broker_minus_local_s: float | None
    worst_unhedged_group: str
    worst_unhedged_qty: Decimal
    unacknowledged_critical: int
    standing: int
    oldest_standing_wall_ns: int | None
    orphans_open: int
    live_groups: int
    needs_me: int
    done_groups: int
    rejected_unexplained: int
    duplicates: int
    decision_p99_ms: float | None
    commit_p50_ms: float | None
    commit_p99_ms: float | None
    events_per_s: float
    queue_depth: int
    stopped_why: str
    server_time_ns: int | None
    wall_ns: int


@dataclass(frozen=True, slots=True)
class QuoteView:
    symbol: str
    bid: Decimal | None
    bid_size: Decimal
    ask: Decimal | None
    ask_size: Decimal
    last: Decimal | None
    wall_ns: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the listener was last called, as keys to read again.

    ``escalations``/``rejected`` are numbers, the rest ids/references. ``status``: the glance
    line changed. ``log``: new lines."""

    groups: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    escalations: frozenset[int] = frozenset()
    orphans: frozenset[str] = frozenset()
    externals: frozenset[str] = frozenset()
    rejected: frozenset[int] = frozenset()
    status: bool = False
    log: bool = False
