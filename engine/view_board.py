"""The glance line: figures over the whole desk, kept up as groups change.

Owns: ``StatusView`` and the sums behind it. May not: walk over all groups for a status; what the
sums need of a group is looked at again only after a cycle touched it, its row when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.externals import is_live
from engine.core.model import ZERO
from engine.core.state import DeskState
from engine.core.terms import EscalationState, Phase, RejectReason, Severity
from engine.shell.runner import Runner
from engine.view_builder import GroupFacts, group_facts, group_row
from engine.views import Changes, GroupRow, StatusView

DIRTY_MAX = 200
"""Groups that may wait to be looked at. The glance line needs all of them, and thousands at once
would hold the loop for a tenth of a second."""

GONE_MAX = 1_000
"""Closed groups that left memory and may still be known here."""

_STANDING = frozenset({EscalationState.UNACKNOWLEDGED, EscalationState.ACKNOWLEDGED})


@dataclass(slots=True)
class _Totals:
    live: int = 0
    needs_me: int = 0
    done: int = 0

    def count(self, facts: GroupFacts, by: int) -> None:
        self.live += 0 if facts.closed else by
        self.done += by if facts.closed else 0
        self.needs_me += by if facts.wait else 0


class Board:
    """What is to be seen of all groups, looked at again only where a cycle touched them."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._rows: dict[str, GroupRow] = {}
        self._facts: dict[str, GroupFacts] = {}
        self._unhedged: dict[str, Decimal] = {}
        # In the order of the first change, so that none waits for long.
        self._dirty: dict[str, None] = dict.fromkeys(runner.state.groups)
        self._totals = _Totals()

    def note(self, changes: Changes) -> None:
        """A cycle ended: these groups look different now."""
        self._dirty.update(dict.fromkeys(changes.groups))
        for group_id in changes.groups:
            self._rows.pop(group_id, None)
        self.catch_up(len(self._dirty) - DIRTY_MAX)
        if len(self._facts) > len(self._runner.state.groups) + GONE_MAX:
            self._let_go()

    def _let_go(self) -> None:
        """Groups that left memory stay counted as done, and nothing else of them is kept."""
        groups = self._runner.state.groups
        for group_id in [each for each in self._facts if each not in groups]:
            del self._facts[group_id]
            self._rows.pop(group_id, None)

    def row(self, group_id: str) -> GroupRow | None:
        """The row of one group as it is now."""
        found = self._rows.get(group_id)
        if found is None and (group := self._runner.state.groups.get(group_id)) is not None:
            found = self._rows[group_id] = group_row(self._runner.state, group)
        return found

    def catch_up(self, groups: int) -> bool:
        """Look at no more than so many groups again, those first that wait longest; whether some
        are left."""
        while groups > 0 and self._dirty:
            self._refresh(next(iter(self._dirty)))
            groups -= 1
        return bool(self._dirty)

    def _refresh(self, group_id: str) -> None:
        self._dirty.pop(group_id, None)
        old = self._facts.pop(group_id, None)
        if old is not None:
            self._totals.count(old, -1)
        self._unhedged.pop(group_id, None)
        group = self._runner.state.groups.get(group_id)
        if group is None:
            self._rows.pop(group_id, None)
            if old is not None and old.closed:
                self._totals.count(old, 1)  # it left memory, and stays done
            return
        facts = self._facts[group_id] = group_facts(self._runner.state, group)
        self._totals.count(facts, 1)
        if facts.short_qty > ZERO:
            self._unhedged[group_id] = facts.short_qty

    def status(self, now_ns: int, wall_ns: int, *, exact: bool) -> StatusView:
        """The glance line at this instant; unless ``exact``, the sums over groups as far as
        ``catch_up`` came."""
        if exact:
            self.catch_up(len(self._dirty))
        runner, state = self._runner, self._runner.state
        worst = max(self._unhedged.items(), key=lambda each: each[1], default=("", ZERO))
        standing = [e for e in state.escalations.values() if e.state in _STANDING]
        critical = [
            e
            for e in standing
            if e.severity is Severity.CRITICAL and e.state is EscalationState.UNACKNOWLEDGED
        ]
        clock, metrics = state.clock, runner.metrics
        heard_ns = clock.heard_mono_ns
        commit = metrics.commit
        ahead = None
        if clock.now_ns is not None and clock.evidence_mono_ns is not None:
            wall_then_ns = wall_ns - (now_ns - clock.evidence_mono_ns)
            ahead = (clock.now_ns - clock.offset_ns - wall_then_ns) / 1e9
        return StatusView(
            phase=Phase.STOPPED if runner.stopped_why else state.meta.phase,
            blocks=blocks(state, runner.stopped_why),
            broker_name=state.config.broker,
            connected=state.volatile.connected,
            broker_age_s=None if heard_ns is None else (now_ns - heard_ns) / 1e9,
            broker_minus_local_s=ahead,
            worst_unhedged_group=worst[0],
            worst_unhedged_qty=worst[1],
            unacknowledged_critical=len(critical),
            standing=len(standing),
            oldest_standing_wall_ns=min((e.raised_wall_ns for e in standing), default=None),
            orphans_open=sum(o.resolution is None for o in state.orphans.values()),
            live_groups=self._totals.live,
            needs_me=self._totals.needs_me,
            done_groups=self._totals.done,
            rejected_unexplained=sum(
                not e.explained_by and e.reason is not RejectReason.DUPLICATE
                for e in state.rejected.values()
            ),
            duplicates=state.meta.counts.duplicates,
            decision_p99_ms=metrics.decision.quantile_ms(now_ns, 0.99),
            commit_p50_ms=commit.quantile_ms(now_ns, 0.5),
            commit_p99_ms=commit.quantile_ms(now_ns, 0.99),
            events_per_s=metrics.events_per_s(now_ns),
            queue_depth=len(runner.inbox),
            stopped_why=runner.stopped_why,
            server_time_ns=clock.now_ns,
            wall_ns=wall_ns,
        )


def blocks(state: DeskState, stopped_why: str) -> tuple[str, ...]:
    """What still stands between the desk and trading, in words."""
    if stopped_why:
        return (f"the engine has stopped: {stopped_why}",)
    reasons = []
    orphans = sum(o.resolution is None for o in state.orphans.values())
    unknown = sum(is_live(e) and not e.adopted_into for e in state.externals.values())
    if state.meta.phase is Phase.RECOVERING:
        reasons.append(_still_asked(state))
    if state.meta.phase is Phase.KILLED:
        reasons.append(f"killed by {state.meta.killed_by}: {state.meta.killed_reason}")
    if orphans:
        reasons.append(f"{orphans} orphaned intents wait for a decision")
    if unknown:
        reasons.append(f"{unknown} orders at the broker are not ours")
    if state.meta.phase is Phase.RESOLVING and not reasons:
        reasons.append("it must be armed")
    return tuple(reasons)


def _still_asked(state: DeskState) -> str:
    """How far the questions of a start-up are answered, in words."""
    volatile = state.volatile
    asked = max(volatile.recovery_orders, len(volatile.unanswered))
    answered = asked - len(volatile.unanswered)
    listed = "" if volatile.list_answered else "; its list of open orders is awaited"
    if not asked:
        return f"the broker has not answered all questions yet{listed}"
    return f"the broker has answered about {answered:,} of {asked:,} orders{listed}"
