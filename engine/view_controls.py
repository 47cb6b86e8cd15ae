"""Frozen views of the controls: limits in use, rates, kills, reconciliation, margin.

Owns: building them from the state. May not: decide. What a limit's figure is now comes from the
same functions that the controls use, so the screen and the refusal never disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.core import kill, permissions
from engine.core.commands import Command, GroupRequest
from engine.core.events import QuoteChanged
from engine.core.limits import rates
from engine.core.limits.exposure import exposure, open_groups
from engine.core.limits.rules import Bound, Limits, Rule, TradingWindow
from engine.core.margin.check import available, margin_path
from engine.core.margin.market import Unvalued
from engine.core.margin.path import MarginPath, MarginStep
from engine.core.model import LimitDecision
from engine.core.reconciled import Break, Reconciliation
from engine.core.state import DeskState
from engine.core.terms import KillScope, Role
from engine.core.turn import Turn

__all__ = [
    "Bound",
    "Break",
    "LimitDecision",
    "Limits",
    "MarginPath",
    "MarginStep",
    "Reconciliation",
    "Rule",
    "TradingWindow",
]


@dataclass(frozen=True, slots=True)
class RateView:
    """A token bucket: how many may go at once now, of how many."""

    rule: str
    what: str
    tokens: int
    burst: int
    per_s: Decimal


@dataclass(frozen=True, slots=True)
class UseView:
    """A sum that a rule limits: the figure now, and the limits where they are set."""

    rule: str
    account: str
    symbol: str
    control: str
    figure: Decimal
    soft: Decimal | None
    hard: Decimal | None


@dataclass(frozen=True, slots=True)
class LimitsView:
    """The limits in force. ``waiting``: groups whose next order waits for a rate or a limit."""

    source: str
    rules: tuple[Rule, ...]
    rates: tuple[RateView, ...]
    uses: tuple[UseView, ...]
    waiting: tuple[str, ...]
    repeats_stopped: tuple[str, ...]
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KillView:
    """A kill that stands. ``unknown``: references of orders that may still fill."""

    scope: KillScope
    target: str
    user: str
    reason: str
    asked_wall_ns: int
    asked: int
    confirmed: int
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarginView:
    """The margin of a group while it is typed. ``why_not``: why there is none, "" when ``path``
    is there. ``available`` None: the account is not checked."""

    path: MarginPath | None
    available: Decimal | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class ReconciliationView:
    """The comparison under way (``asked_wall_ns``, None: none is) and the last one made."""

    asked_wall_ns: int | None
    last: Reconciliation | None


@dataclass(frozen=True, slots=True)
class PersonView:
    """Who acts. ``by_roles`` False: no roles are configured and everybody may do everything.
    ``role`` None with them: a name that has no role."""

    user: str
    by_roles: bool
    role: Role | None


def reconciliation_view(state: DeskState) -> ReconciliationView:
    """How the comparison with the broker stands."""
    pending = state.volatile.reconciling
    asked = None if pending is None else pending.asked_wall_ns
    return ReconciliationView(asked, state.reconciled)


def person_view(state: DeskState, user: str) -> PersonView:
    """Who somebody is at this desk."""
    return PersonView(user, bool(state.config.roles), permissions.role_of(state, user))


def denied(state: DeskState, user: str, kind: type[Command]) -> str:
    """Why this user may not ask for this kind of command; "" when they may."""
    return permissions.denied(state, user, kind)


def limits_view(
    state: DeskState, now_mono_ns: int, quotes: Mapping[str, QuoteChanged]
) -> LimitsView | None:
    """The limits and how far they are used; None when none are set."""
    limits = state.config.limits
    if limits is None:
        return None
    turn = Turn(state, quotes=quotes)
    return LimitsView(
        source=limits.source,
        rules=limits.rules,
        rates=tuple(_rate(state, each, now_mono_ns) for each in rates.buckets(limits)),
        uses=tuple(use for rule in limits.rules for use in _uses(turn, rule)),
        waiting=tuple(state.volatile.throttled),
        repeats_stopped=tuple(state.meta.repeats_stopped),
        overrides=tuple(each.target for each in state.meta.overrides),
    )


def kill_views(state: DeskState) -> tuple[KillView, ...]:
    """Every kill that stands, oldest first."""
    return tuple(
        KillView(
            each.killed.scope,
            each.killed.target,
            each.killed.user,
            each.killed.reason,
            each.killed.asked_wall_ns,
            each.asked,
            each.confirmed,
            each.unknown,
        )
        for each in kill.counts(state)
    )


def margin_view(
    state: DeskState, request: GroupRequest, quotes: Mapping[str, QuoteChanged]
) -> MarginView:
    """Margin now, along the path and at its worst, for a group that is not submitted yet."""
    turn = Turn(state, quotes=quotes)
    limit = available(turn, request.account)
    try:
        return MarginView(margin_path(turn, request), limit)
    except Unvalued as error:
        return MarginView(None, limit, str(error))


def _rate(state: DeskState, bucket: rates.Bucket, now_ns: int) -> RateView:
    per_s = bucket.rule.max_orders_per_s
    if bucket.what == "messages":
        per_s = bucket.rule.max_messages_per_s
    tokens = bucket.tokens(state, now_ns)
    return RateView(bucket.rule.name, bucket.what, tokens, bucket.burst, per_s or Decimal(0))


def _uses(turn: Turn, rule: Rule) -> list[UseView]:
    found = []
    if rule.max_open_groups is not None:
        count = Decimal(open_groups(turn.state, rule))
        found.append(_use(rule, "max_open_groups", count, rule.max_open_groups))
    if rule.max_net_exposure is not None or rule.max_gross_exposure is not None:
        now = exposure(turn, rule)
        for control, figure, bound in (
            ("max_net_exposure", now.net, rule.max_net_exposure),
            ("max_gross_exposure", now.gross, rule.max_gross_exposure),
        ):
            if bound is not None:
                found.append(_use(rule, control, figure, bound))
    return found


def _use(rule: Rule, control: str, figure: Decimal, bound: Bound) -> UseView:
    return UseView(rule.name, rule.account, rule.symbol, control, figure, bound.soft, bound.hard)
