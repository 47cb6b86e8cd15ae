"""The nouns of the core: the records that make up the desk's state.

Owns: the shape of what is kept and stored. May not: hold rules; those are in the module named
after the noun (``order``, ``legs``, ``hedging`` …). Records are mutable and slotted; the
machine is their only writer. Every field here survives a restart; what must not survive stands
in ``state.DeskState`` and says so. Quantities and prices are ``Decimal``, instants integer
nanoseconds (``_ns``), durations integer nanoseconds (``_ns``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.commands import ChildSpec, StopSpec
from engine.core.limits.rules import Limits
from engine.core.terms import (
    ChainState,
    EscalationKind,
    EscalationState,
    Evidence,
    InstrumentKind,
    IntentState,
    KillScope,
    LegType,
    OrdStatus,
    OrdType,
    Purpose,
    RejectReason,
    Release,
    RequestKind,
    RequestState,
    Resolution,
    RiskShortfall,
    Role,
    Severity,
    Side,
    StopState,
    TimeInForce,
    Verdict,
)

ZERO = Decimal(0)


@dataclass(slots=True)
class Execution:
    """One trade, correction or bust of an order. ``live`` False: superseded by a later
    correction or bust; ``held`` True: kept aside because CumQty leaves no room for it."""

    exec_id: str
    ref: str
    qty: Decimal
    px: Decimal
    exec_ref_id: str = ""
    live: bool = True
    held: bool = False
    claimed_cum: Decimal = ZERO
    server_time_ns: int | None = None
    booked_mono_ns: int | None = None


@dataclass(slots=True)
class Request:
    """One cancel or replace asked of an order. ``number`` counts from 1 within the order.
    ``refused``: the broker said no to it, whatever has become of its ``state`` since."""

    number: int
    kind: RequestKind
    cl_ord_id: str
    orig_cl_ord_id: str
    state: RequestState
    intent: IntentState
    asked_mono_ns: int
    run: int = 0
    user: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    pending_seen: bool = False
    ended_mono_ns: int | None = None
    refused: bool = False


@dataclass(slots=True)
class Order:
    """One order, its intent and everything the broker said about it (FIX 4.4 terms).

    ``base`` is OrdStatus without our open requests; ``ord_status`` is what is shown.
    ``booked_qty`` is the sum of live executions, ``gap_qty`` what CumQty says beyond them,
    ``counted_qty`` what of CumQty the position book holds, ``held_count`` how many executions
    are held. ``claimed_cum_qty`` is the broker's newest CumQty, ``newest_server_ns`` the newest
    stamp of what it said, ``terms_server_ns`` that of OrderQty and price. CumQty is the larger
    of the claim and what is booked.
    """

    ref: str
    group_id: str
    leg_id: str
    number: int
    purpose: Purpose
    account: str
    symbol: str
    side: Side
    order_type: OrdType
    tif: TimeInForce
    price: Decimal | None
    order_qty: Decimal
    cl_ord_id: str
    created_mono_ns: int
    created_wall_ns: int
    order_id: str = ""
    base: OrdStatus = OrdStatus.PENDING_NEW
    ord_status: OrdStatus = OrdStatus.PENDING_NEW
    cum_qty: Decimal = ZERO
    leaves_qty: Decimal = ZERO
    booked_qty: Decimal = ZERO
    booked_notional: Decimal = ZERO
    gap_qty: Decimal = ZERO
    reported_avg_px: Decimal | None = None
    level: int | None = None
    chain_id: str = ""
    intent: IntentState = IntentState.INTENT_PERSISTED
    sent_mono_ns: int | None = None
    closed_mono_ns: int | None = None
    requests: list[Request] = field(default_factory=list)
    executions: dict[str, Execution] = field(default_factory=dict)
    superseded: dict[str, str] = field(default_factory=dict)
    reduced_qty: Decimal = ZERO
    reduced_server_ns: int | None = None
    newest_server_ns: int | None = None
    terms_server_ns: int | None = None
    claimed_cum_qty: Decimal = ZERO
    held_count: int = 0
    never_sent: bool = False
    canceled_by_trader: bool = False
    overfilled: bool = False
    counted_qty: Decimal = ZERO
    text: str = ""


@dataclass(slots=True)
class Leg:
    """One leg of a group. ``orders`` lists the references of all its orders, as sent."""

    leg_id: str
    leg_type: LegType
    symbol: str
    side: Side
    target_qty: Decimal
    order_type: OrdType
    price: Decimal | None
    tif: TimeInForce
    hedge_symbol: str
    hedge_side: Side
    child: ChildSpec | None
    stop_loss: StopSpec | None
    lot: Decimal
    orders: list[str] = field(default_factory=list)
    opened: bool = False
    held: bool = False
    ended_short: bool = False
    accepted_qty: Decimal = ZERO


@dataclass(slots=True)
class Group:
    """One multi-leg trade (the guide's ``CorrectMultiLegOrderGroup``). ``end_text``: the figures
    behind ``end_reason``; ``waived``: the controls that the risk role lifted for this group;
    ``stopped_by``: the user on whose word it is ``stopping``, "" when on nobody's."""

    group_id: str
    account: str
    release: Release
    on_risk_shortfall: RiskShortfall
    legs: dict[str, Leg]
    lifecycle: str
    created_mono_ns: int
    created_wall_ns: int
    user: str
    history: list[tuple[str, int]] = field(default_factory=list)
    end_reason: str | None = None
    stopping: str | None = None
    paused: bool = False
    accepted_partial: bool = False
    risk_was_on: bool = False
    emergency_used: bool = False
    chain_count: int = 0
    chains: list[str] = field(default_factory=list)
    end_text: str = ""
    waived: list[str] = field(default_factory=list)
    stopped_by: str = ""


@dataclass(slots=True)
class HedgeChain:
    """One run of hedges for one leg's shortfall (safeguard 4), a row of ``hedge_tracking``.

    ``target_qty`` is the shortfall at the start, ``level`` the level whose order was placed
    last (-1: the leg's own orders are still being canceled).
    """

    chain_id: str
    group_id: str
    leg_id: str
    symbol: str
    side: Side
    cause: str
    target_qty: Decimal
    started_mono_ns: int
    state: ChainState
    level: int = -1
    order_ref: str = ""
    orders: list[str] = field(default_factory=list)
    escalation: int = 0
    after_risk: bool = False
    manual_qty: Decimal | None = None
    manual_type: OrdType = OrdType.MARKET
    manual_price: Decimal | None = None
    manual_user: str = ""
    ended_mono_ns: int | None = None


@dataclass(slots=True)
class StopWatch:
    """The protective stop of one leg."""

    key: str
    group_id: str
    leg_id: str
    symbol: str
    side: Side
    trigger_price: Decimal
    offset: Decimal
    timeout_ns: int
    state: StopState = StopState.WATCHING
    order_ref: str = ""
    escalation: int = 0


@dataclass(slots=True)
class Acknowledgement:
    """Who took note of what, when."""

    level: int
    user: str
    wall_ns: int
    unfilled_qty: Decimal
    comment: str


@dataclass(slots=True)
class Escalation:
    """One occurrence of one cause that a person must see (``engine.md`` §3)."""

    number: int
    cause_key: str
    kind: EscalationKind
    severity: Severity
    group_id: str
    leg_id: str
    symbol: str
    side: Side | None
    unfilled_qty: Decimal
    state: EscalationState
    level: int
    raised_mono_ns: int
    raised_wall_ns: int
    text: str
    action_required: str | None = None
    order_ref: str = ""
    changed_mono_ns: int = 0
    realarm_mono_ns: int | None = None
    realarms: int = 0
    returned: bool = False
    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    accepted_by: str = ""
    accepted_reason: str = ""


@dataclass(slots=True)
class Orphan:
    """An intent that a crash left in doubt, its evidence and its resolution (safeguard 3)."""

    ref: str
    found_wall_ns: int
    intent_before: IntentState
    evidence: Evidence | None = None
    evidence_wall_ns: int | None = None
    asked: int = 0
    unanswered: int = 0
    not_found: int = 0
    answer_status: OrdStatus | None = None
    answer_cum_qty: Decimal = ZERO
    answer_leaves_qty: Decimal = ZERO
    answer_avg_px: Decimal | None = None
    answer_order_id: str = ""
    answer_order_qty: Decimal | None = None
    resolution: Resolution | None = None
    resolved_by: str = ""
    resolved_wall_ns: int | None = None
    reason: str = ""
    evidence_shown: str = ""


@dataclass(slots=True)
class ExternalOrder:
    """An order at the broker that this desk did not send (telephoned, another desk's, lost)."""

    key: str
    cl_ord_id: str
    order_id: str
    symbol: str
    side: Side | None
    order_qty: Decimal | None
    cum_qty: Decimal
    leaves_qty: Decimal
    ord_status: OrdStatus
    avg_px: Decimal | None
    seen_wall_ns: int
    executions: dict[str, Execution] = field(default_factory=dict)
    adopted_into: str = ""
    cancel_asked: bool = False


@dataclass(slots=True)
class RejectedEvent:
    """An inbound event that was recorded instead of applied, and what was booked from it
    all the same."""

    number: int
    mono_ns: int
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
    explained_by: str = ""
    explained_comment: str = ""


@dataclass(slots=True)
class Deadline:
    """One wait. ``server`` True: measured in broker time, else on the local monotonic clock;
    None until the first evidence says which. ``anchor_ns`` None: not begun yet."""

    key: str
    duration_ns: int
    armed_mono_ns: int
    server: bool | None = None
    anchor_ns: int | None = None


@dataclass(slots=True)
class Counts:
    """Totals since the database was made."""

    events: int = 0
    applied: int = 0
    duplicates: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True)
class Position:
    """A signed quantity of our own fills and the price of the last of them."""

    quantity: Decimal
    last_px: Decimal


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill that stands: what it blocks, who asked when and why, how many cancels it asked."""

    scope: KillScope
    target: str
    user: str
    reason: str
    asked_mono_ns: int
    asked_wall_ns: int
    asked: int = 0


@dataclass(frozen=True, slots=True)
class LimitOverride:
    """The risk role lifts controls once, for the group or the order named ``target``."""

    target: str
    controls: tuple[str, ...]
    user: str
    reason: str
    wall_ns: int


@dataclass(frozen=True, slots=True)
class LimitDecision:
    """One decision about one control, or about the limits. ``target``: the group, or the order's
    reference; ``user``: who asked for what was decided on; ``control`` and ``rule`` as in
    ``limits.toml``, "" where it is about no single rule."""

    number: int
    wall_ns: int
    verdict: Verdict
    target: str
    user: str
    control: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class UserRole:
    """Who may act as what."""

    user: str
    role: Role


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the engine must know of an instrument. ``lot``: smallest tradable quantity step.
    The rest is for margin: ``kind`` None says that it is not known; ``expiry_day`` counts days
    since 1970-01-01."""

    symbol: str
    lot: Decimal = Decimal(1)
    tick: Decimal | None = None
    multiplier: Decimal = Decimal(1)
    currency: str = "USD"
    kind: InstrumentKind | None = None
    underlying: str = ""
    strike: Decimal | None = None
    expiry_day: int | None = None


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """The engine's settings; the names and defaults of ``scenario.md``. Durations in seconds.
    ``reconcile_at_s``: the trading day's end on the broker's clock, seconds after midnight UTC;
    None: no reconciliation by itself. ``asks_positions``: the venue can be asked for them."""

    leg_timeout_s: Decimal = Decimal("5.0")
    hedge_timeout_s: Decimal = Decimal("5.0")
    max_hedge_depth: int = 3
    cancel_confirm_s: Decimal = Decimal("1.0")
    cancel_grace_s: Decimal = Decimal("0.5")
    poll_interval_s: Decimal = Decimal("0.1")
    silent_after_s: Decimal = Decimal("3.0")
    stop_loss_timeout_s: Decimal = Decimal("2.0")
    stop_loss_offset: Decimal = Decimal("0.005")
    realarm_s: Decimal = Decimal(60)
    arm: str = "auto"
    rejects_duplicates: bool = True
    exec_id_per_order: bool = False
    broker: str = "broker"
    instruments: tuple[Instrument, ...] = ()
    closed_groups_kept: int = 500
    asks_positions: bool = False
    reconcile_at_s: int | None = None
    limits: Limits | None = None
    roles: tuple[UserRole, ...] = ()
