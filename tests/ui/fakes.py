"""A fake engine: holds views, records commands, answers as told. No rules in it."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Callable
from decimal import Decimal as D

from engine.broker.fix.view import SessionLine
from engine.core import commands as c
from engine.core import permissions
from engine.core import terms as t
from engine.core.decisions import Answer
from engine.core.model import EngineConfig, LimitDecision, UserRole
from engine.core.state import DeskState
from engine.fields import FieldError
from engine.view_connections import ConnectionView
from engine.view_controls import (
    KillView,
    LimitsView,
    MarginView,
    PersonView,
    ReconciliationView,
)
from engine.views import (
    Changes,
    EscalationView,
    ExternalView,
    GroupDetail,
    GroupRow,
    LegView,
    LogLine,
    OrderView,
    OrphanView,
    QuoteView,
    RejectedView,
    StatusView,
)

SECOND = 1_000_000_000


class FakeEngine:
    """What the window sees of an engine."""

    def __init__(self) -> None:
        self.commands: list[c.Command] = []
        self.answer: Callable[[c.Command], Answer | None] = lambda command: None
        self.hold: asyncio.Event | None = None
        self.broken = False
        self.frozen_wall_ns: int | None = None
        self.phase = t.Phase.ARMED
        self.blocks: tuple[str, ...] = ()
        self.groups: dict[str, GroupRow] = {}
        self.details: dict[str, GroupDetail] = {}
        self.orders: dict[str, OrderView] = {}
        self.escalation_views: dict[int, EscalationView] = {}
        self.orphan_views: dict[str, OrphanView] = {}
        self.external_views: dict[str, ExternalView] = {}
        self.rejected_views: dict[int, RejectedView] = {}
        self.lines: list[LogLine] = []
        self.quotes: dict[str, QuoteView] = {}
        self.errors: tuple[FieldError, ...] = ()
        self.duplicates = 0
        self.limits_view: LimitsView | None = None
        self.told: list[LimitDecision] = []
        self.kill_list: tuple[KillView, ...] = ()
        self.margin_view = MarginView(None, None, "no margin settings are in force")
        self.margin_asked = 0
        self.reconciled = ReconciliationView(None, None)
        self.csv: str | None = None
        self.links: tuple[ConnectionView, ...] = (ConnectionView("paper", True, SECOND // 5, None),)
        self.link_lines: list[SessionLine] = []
        self.roles: dict[str, t.Role] = {}
        self._listeners: list[Callable[[Changes], None]] = []

    # commands
    async def submit(self, command: c.Command) -> Answer:
        self.commands.append(command)
        if self.hold is not None:
            await self.hold.wait()
        else:
            await asyncio.sleep(0)
        if self.broken:
            raise RuntimeError("the store is gone")
        given = self.answer(command)
        return given or Answer(command.command_id, type(command).__name__, True, "")

    def subscribe(self, listener: Callable[[Changes], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, changes: Changes) -> None:
        for listener in list(self._listeners):
            listener(changes)

    # reads
    def catch_up(self, rows: int) -> bool:
        if self.broken:
            raise RuntimeError("the store is gone")
        return False

    def status(self, *, exact: bool = True) -> StatusView:
        if self.broken:
            raise RuntimeError("the store is gone")
        rows = list(self.groups.values())
        worst = max(rows, key=lambda r: r.short_qty, default=None)
        standing = [
            e for e in self.escalation_views.values() if e.state is not t.EscalationState.RESOLVED
        ]
        unack = t.EscalationState.UNACKNOWLEDGED
        return StatusView(
            phase=self.phase,
            blocks=self.blocks,
            broker_name="paper",
            connected=True,
            broker_age_s=0.1,
            broker_minus_local_s=-0.012,
            worst_unhedged_group=worst.group_id if worst and worst.short_qty else "",
            worst_unhedged_qty=worst.short_qty if worst else D(0),
            unacknowledged_critical=sum(
                1 for e in standing if e.severity is t.Severity.CRITICAL and e.state is unack
            ),
            standing=len(standing),
            oldest_standing_wall_ns=min((e.raised_wall_ns for e in standing), default=None),
            orphans_open=sum(1 for o in self.orphan_views.values() if o.resolution is None),
            live_groups=sum(1 for r in rows if not r.closed),
            needs_me=sum(1 for r in rows if r.needs_me),
            done_groups=sum(1 for r in rows if r.closed),
            rejected_unexplained=sum(1 for r in self.rejected_views.values() if not r.explained_by),
            duplicates=self.duplicates,
            decision_p99_ms=0.41,
            commit_p50_ms=0.24,
            commit_p99_ms=0.81,
            events_per_s=312.0,
            queue_depth=0,
            stopped_why="",
            server_time_ns=time.time_ns() - 12_000_000,
            wall_ns=self.frozen_wall_ns or time.time_ns(),
        )

    def group_ids(self) -> tuple[str, ...]:
        return tuple(self.groups)

    def group(self, group_id: str) -> GroupRow | None:
        return self.groups.get(group_id)

    def group_detail(self, group_id: str) -> GroupDetail | None:
        return self.details.get(group_id)

    def order(self, ref: str) -> OrderView | None:
        return self.orders.get(ref)

    def escalations(self) -> tuple[EscalationView, ...]:
        return tuple(self.escalation_views.values())

    def escalation(self, number: int) -> EscalationView | None:
        return self.escalation_views.get(number)

    def orphans(self) -> tuple[OrphanView, ...]:
        return tuple(self.orphan_views.values())

    def orphan(self, ref: str) -> OrphanView | None:
        return self.orphan_views.get(ref)

    def externals(self) -> tuple[ExternalView, ...]:
        return tuple(self.external_views.values())

    def rejected(self, limit: int = 1000) -> tuple[RejectedView, ...]:
        return tuple(self.rejected_views.values())[-limit:]

    def rejected_event(self, number: int) -> RejectedView | None:
        return self.rejected_views.get(number)

    def log(self, after: int = 0) -> tuple[LogLine, ...]:
        return tuple(self.lines[after:])

    @property
    def log_count(self) -> int:
        return len(self.lines)

    def quote(self, symbol: str) -> QuoteView | None:
        return self.quotes.get(symbol)

    def symbols(self) -> tuple[str, ...]:
        return tuple(self.quotes)

    def search(self, text: str) -> tuple[tuple[str, str], ...]:
        found = [(f"group {g}", g) for g in self.groups if text.lower() in g.lower()]
        found += [(f"order {r}", r) for r in self.orders if text.lower() in r.lower()]
        return tuple(found[:20])

    def check(self, request: c.GroupRequest) -> tuple[FieldError, ...]:
        return self.errors

    def limits(self) -> LimitsView | None:
        return self.limits_view

    def limit_decisions(self, after: int = 0) -> tuple[LimitDecision, ...]:
        return tuple(each for each in self.told if each.number > after)

    def kills(self) -> tuple[KillView, ...]:
        return self.kill_list

    def margin(self, request: c.GroupRequest) -> MarginView:
        self.margin_asked += 1
        return self.margin_view

    def reconciliation(self) -> ReconciliationView:
        return self.reconciled

    def reconciliation_csv(self) -> str | None:
        return self.csv

    def connections(self) -> tuple[ConnectionView, ...]:
        return self.links

    def connection_lines(self, name: str, after: int = 0) -> tuple[SessionLine, ...]:
        return tuple(each for each in self.link_lines if each.number > after)

    def person(self, user: str) -> PersonView:
        return PersonView(user, bool(self.roles), self.roles.get(user))

    def denied(self, user: str, kind: type[c.Command]) -> str:
        people = tuple(UserRole(name, role) for name, role in self.roles.items())
        return permissions.denied(DeskState(EngineConfig(roles=people)), user, kind)

    # what tests put in
    def put_group(self, row: GroupRow) -> None:
        self.groups[row.group_id] = row
        self.tell(Changes(groups=frozenset({row.group_id}), status=True))

    def put_escalation(self, view: EscalationView) -> None:
        self.escalation_views[view.number] = view
        self.tell(Changes(escalations=frozenset({view.number}), status=True))

    def put_orphan(self, view: OrphanView) -> None:
        self.orphan_views[view.ref] = view
        self.tell(Changes(orphans=frozenset({view.ref}), status=True))

    def put_rejected(self, view: RejectedView) -> None:
        self.rejected_views[view.number] = view
        self.tell(Changes(rejected=frozenset({view.number}), status=True))

    def put_order(self, view: OrderView) -> None:
        self.orders[view.ref] = view
        self.tell(Changes(orders=frozenset({view.ref}), groups=frozenset({view.group_id})))


def leg(
    leg_id: str,
    kind: t.LegType,
    symbol: str,
    side: t.Side,
    target: int,
    filled: int,
    working: int = 0,
    px: str = "10.5",
) -> LegView:
    """A leg that stands where its numbers say."""
    status = (
        t.LegStatus.FILLED
        if filled >= target
        else t.LegStatus.PARTIALLY_FILLED
        if filled
        else t.LegStatus.SUBMITTED
    )
    return LegView(
        leg_id,
        kind,
        symbol,
        side,
        status,
        D(target),
        D(filled),
        D(working),
        D(px) if filled else None,
        False,
        "",
    )


def group(
    group_id: str,
    lifecycle: str = "RISK_SUBMITTED",
    rank: int = 5,
    *,
    unhedged: int = 0,
    over: int = 0,
    legs: tuple[LegView, ...] = (),
    end: str | None = None,
    closed: bool = False,
    needs_me: bool = False,
    wait: str = "",
    age_s: float = 30,
    paused: bool = False,
    gap: bool = False,
) -> GroupRow:
    now = time.time_ns()
    return GroupRow(
        group_id,
        "default",
        lifecycle,
        rank,
        end,
        D(unhedged),
        D(100 - unhedged),
        D(over),
        gap,
        closed,
        needs_me,
        wait,
        paused,
        now - int((age_s + 20) * SECOND),
        now - int(age_s * SECOND),
        tuple(
            dataclasses.replace(leg, short_qty=D(unhedged))
            if leg is legs[0] and leg.leg_type is t.LegType.HEDGE
            else leg
            for leg in legs
        ),
        D(unhedged),
    )


def escalation(
    number: int,
    *,
    kind: t.EscalationKind = t.EscalationKind.HEDGE_DEPTH_EXCEEDED,
    severity: t.Severity = t.Severity.CRITICAL,
    group: str = "G1",
    leg: str = "H1",
    qty: int = 8,
    state: t.EscalationState = t.EscalationState.UNACKNOWLEDGED,
    level: int = 1,
    age_s: float = 20,
    symbol: str = "ES20H P3000",
    proven: int | None = None,
    owner: str = "",
    doing: str = "waits for you",
    order_ref: str = "",
) -> EscalationView:
    now = time.time_ns()
    return EscalationView(
        number,
        kind,
        severity,
        group,
        leg,
        symbol,
        t.Side.BUY,
        D(qty),
        D(qty if proven is None else proven),
        state,
        level,
        now - int(age_s * SECOND),
        now - SECOND,
        f"{qty} of 100 remain unhedged after 3 levels",
        doing,
        "IMMEDIATE_MANUAL_HEDGE" if severity is t.Severity.CRITICAL else None,
        order_ref,
        owner,
        (),
    )


def order(
    ref: str,
    *,
    status: t.OrdStatus = t.OrdStatus.PARTIALLY_FILLED,
    qty: int = 100,
    cum: int = 40,
    purpose: t.Purpose = t.Purpose.HEDGE,
    level: int | None = None,
    symbol: str = "ES20H P3000",
    side: t.Side = t.Side.BUY,
    requests: tuple = (),
    executions: tuple = (),
    can_cancel: str = "",
    order_type: t.OrdType = t.OrdType.LIMIT,
) -> OrderView:
    group_id, leg_id, _ = ref.split("/")
    leaves = (
        D(0)
        if status in (t.OrdStatus.FILLED, t.OrdStatus.CANCELED, t.OrdStatus.REJECTED)
        else D(qty - cum)
    )
    why = can_cancel or ("" if leaves else f"the order is {status.value.lower()}")
    return OrderView(
        ref,
        group_id,
        leg_id,
        purpose,
        level,
        symbol,
        side,
        order_type,
        D("10.25") if order_type is t.OrdType.LIMIT else None,
        D(qty),
        D(cum),
        leaves,
        D("10.2500") if cum else D(0),
        D(0),
        status,
        t.IntentState.ACKNOWLEDGED,
        "D1" + ref.replace("/", "-"),
        f"P{abs(hash(ref)) % 10**6}",
        time.time_ns() - 12 * SECOND,
        requests,
        executions,
        why,
        why,
    )
