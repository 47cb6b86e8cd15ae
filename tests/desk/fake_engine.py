"""An engine that answers from values the test sets; for what the host does with the answers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine import (
    Answer,
    ChainState,
    ChainView,
    Changes,
    Command,
    EscalationKind,
    EscalationState,
    EscalationView,
    Evidence,
    ExecutionView,
    FieldError,
    GroupDetail,
    GroupRequest,
    GroupRow,
    IntentState,
    LegStatus,
    LegType,
    LegView,
    LogLine,
    OrderView,
    OrdStatus,
    OrdType,
    OrphanView,
    Phase,
    Purpose,
    RejectedView,
    Resolution,
    Severity,
    Side,
    StatusView,
)

ZERO = Decimal(0)


class FakeEngine:
    """Records commands; ``refuse`` maps a command's class name to the reason it is refused."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.refuse: dict[str, str] = {}
        self.objections: tuple[FieldError, ...] = ()
        self.details: dict[str, GroupDetail] = {}
        self.lines: list[LogLine] = []
        self.status_now = status()
        self.listeners: list[Callable[[Changes], None]] = []

    async def submit(self, command: Command) -> Answer:
        self.commands.append(command)
        name = type(command).__name__
        return Answer("", name, name not in self.refuse, self.refuse.get(name, ""))

    def check(self, request: GroupRequest) -> tuple[FieldError, ...]:
        return self.objections

    def status(self) -> StatusView:
        return self.status_now

    def group_ids(self) -> tuple[str, ...]:
        return tuple(self.details)

    def group(self, group_id: str) -> GroupRow | None:
        return self.details[group_id].row if group_id in self.details else None

    def group_detail(self, group_id: str) -> GroupDetail | None:
        return self.details.get(group_id)

    def escalations(self) -> tuple[EscalationView, ...]:
        return (escalation(),)

    def escalation(self, number: int) -> EscalationView | None:
        return escalation()

    def orphans(self) -> tuple[OrphanView, ...]:
        return (orphan(),)

    def rejected(self, limit: int = 1000) -> tuple[RejectedView, ...]:
        return ()

    @property
    def log_count(self) -> int:
        return len(self.lines)

    def log(self, after: int = 0) -> tuple[LogLine, ...]:
        return tuple(self.lines[after:])

    def subscribe(self, listener: Callable[[Changes], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


def status(**changes: Any) -> StatusView:
    values: dict[str, Any] = {
        "phase": Phase.ARMED,
        "blocks": (),
        "broker_name": "paper",
        "connected": True,
        "broker_age_s": 0.1,
        "broker_minus_local_s": 0.0,
        "worst_unhedged_group": "",
        "worst_unhedged_qty": ZERO,
        "unacknowledged_critical": 0,
        "standing": 0,
        "oldest_standing_wall_ns": None,
        "orphans_open": 0,
        "live_groups": 0,
        "needs_me": 0,
        "done_groups": 1,
        "rejected_unexplained": 0,
        "duplicates": 2,
        "decision_p99_ms": None,
        "commit_p50_ms": None,
        "commit_p99_ms": None,
        "events_per_s": 0.0,
        "queue_depth": 0,
        "stopped_why": "",
        "server_time_ns": None,
        "wall_ns": 0,
    }
    return StatusView(**(values | changes))


def order(ref: str, *fills: str, cum_qty: str, **changes: Any) -> OrderView:
    values: dict[str, Any] = {
        "ref": ref,
        "group_id": "G1",
        "leg_id": "H1",
        "purpose": Purpose.HEDGE,
        "level": None,
        "symbol": "ES20H3000P",
        "side": Side.BUY,
        "order_type": OrdType.LIMIT,
        "price": Decimal("10.50"),
        "order_qty": Decimal(100),
        "cum_qty": Decimal(cum_qty),
        "leaves_qty": ZERO,
        "avg_px": Decimal("10.250"),
        "gap_qty": ZERO,
        "ord_status": OrdStatus.CANCELED,
        "intent": IntentState.CLOSED,
        "cl_ord_id": f"c-{ref}",
        "order_id": f"o-{ref}",
        "created_wall_ns": 0,
        "requests": (),
        "executions": tuple(
            ExecutionView(f"e{number}", Decimal(qty), Decimal("10.25"), True, 7)
            for number, qty in enumerate(fills)
        ),
        "can_cancel": "",
        "can_replace": "",
    }
    return OrderView(**(values | changes))


def detail(group_id: str = "G1", *orders: OrderView) -> GroupDetail:
    legs = (
        LegView(
            "H1",
            LegType.HEDGE,
            "ES20H3000P",
            Side.BUY,
            LegStatus.FILLED,
            Decimal(100),
            Decimal(100),
            ZERO,
            Decimal("10.2500"),
            False,
            "",
        ),
    )
    row = GroupRow(
        group_id=group_id,
        account="default",
        lifecycle="EMERGENCY_HEDGED",
        rank=10,
        end_reason=None,
        unhedged_qty=ZERO,
        hedged_qty=Decimal(100),
        over_hedged_qty=ZERO,
        gap=False,
        closed=True,
        needs_me=False,
        wait="",
        paused=False,
        created_wall_ns=0,
        state_since_wall_ns=0,
        legs=legs,
    )
    chain = ChainView(
        "G1/H1#1",
        group_id,
        "H1",
        ChainState.DONE,
        "leg timeout",
        0,
        Decimal(40),
        Decimal(40),
        tuple(item.ref for item in orders if item.level is not None),
        0,
    )
    return GroupDetail(row, (("CREATED", 0),), orders, (chain,), (), (), (1,))


def escalation() -> EscalationView:
    return EscalationView(
        number=1,
        kind=EscalationKind.HEDGE_PARTIAL,
        severity=Severity.WARNING,
        group_id="G1",
        leg_id="H1",
        symbol="ES20H3000P",
        side=Side.BUY,
        unfilled_qty=Decimal(40),
        proven_qty=ZERO,
        state=EscalationState.RESOLVED,
        level=1,
        raised_wall_ns=0,
        changed_wall_ns=0,
        text="=40 of 100 were short",
        doing="",
        action_required=None,
        order_ref="G1/H1/1",
        owner="",
        acknowledgements=(),
    )


def orphan() -> OrphanView:
    return OrphanView(
        ref="G9/H1/1",
        group_id="G9",
        leg_id="H1",
        purpose=Purpose.HEDGE,
        symbol="ES20H3000P",
        side=Side.BUY,
        quantity=Decimal(5),
        price=None,
        cl_ord_id="c9",
        last_step=IntentState.SENT,
        found_wall_ns=0,
        created_wall_ns=0,
        worst_case="5 more are bought",
        evidence=Evidence.LIVE,
        evidence_wall_ns=0,
        evidence_text="working at the broker",
        offered=(Resolution.ADOPT, Resolution.CANCEL_AT_BROKER),
        preselected=Resolution.ADOPT,
        refused=(),
        resolution=None,
        resolved_by="",
        reason="",
    )
