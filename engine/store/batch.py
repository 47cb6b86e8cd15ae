"""One cycle's worth of changes, as handed to the store.

Owns: the shape of a batch and of a group that is recalled. May not: touch a database. A batch holds
the records themselves: the core does not run while they are written, so they hold still.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.core.decisions import Decision, SendCancel
from engine.core.events import Envelope
from engine.core.model import (
    Escalation,
    Execution,
    ExternalOrder,
    Group,
    HedgeChain,
    Order,
    Orphan,
    RejectedEvent,
    StopWatch,
)
from engine.core.state import DeskState, Touched

RECALLED = "Recalled"
"""The journal's kind for "the store gave this closed group back to memory"."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One input as it will be replayed. ``body`` is an event, a command, or for ``RECALLED``
    the group id."""

    seq: int
    run: int
    envelope: Envelope
    kind: str


@dataclass(slots=True)
class Batch:
    """Everything one transaction writes. Empty ones are not written at all."""

    groups: dict[str, Group] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    executions: dict[tuple[str, str], Execution] = field(default_factory=dict)
    chains: dict[str, HedgeChain] = field(default_factory=dict)
    stops: dict[str, StopWatch] = field(default_factory=dict)
    escalations: dict[int, Escalation] = field(default_factory=dict)
    orphans: dict[str, Orphan] = field(default_factory=dict)
    externals: dict[str, ExternalOrder] = field(default_factory=dict)
    rejected: dict[int, RejectedEvent] = field(default_factory=dict)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    deadlines: set[str] = field(default_factory=set)
    positions: set[str] = field(default_factory=set)
    external_cancels: list[SendCancel] = field(default_factory=list)
    reconciled: bool = False
    journal: list[JournalEntry] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.journal)

    def take_outbound(self, decisions: list[Decision], state: DeskState) -> None:
        """Add the intents that are no order's own: cancels of orders that are not ours."""
        for decision in decisions:
            if isinstance(decision, SendCancel) and decision.ref not in state.orders:
                self.external_cancels.append(decision)

    def take(self, touched: Touched, state: DeskState) -> None:
        """Add what one input touched. The records are taken now: the core may let go of a
        closed group later in the same cycle."""
        for ref in _ordered(touched.orders):
            self.orders[ref] = state.orders[ref]
        for group_id in _ordered(touched.groups):
            self.groups[group_id] = state.groups[group_id]
        self.executions.update(touched.executions)
        self.seen += touched.seen
        self.deadlines |= touched.deadlines
        self.positions |= touched.positions
        self.reconciled |= touched.reconciled
        if touched.chains or touched.stops or touched.escalations:
            self.chains.update((key, state.chains[key]) for key in _ordered(touched.chains))
            self.stops.update((key, state.stops[key]) for key in _ordered(touched.stops))
            self.escalations.update((n, state.escalations[n]) for n in touched.escalations)
        if touched.rejected or touched.explained:
            self.rejected.update((event.number, event) for event in touched.rejected)
            self.rejected.update((n, state.rejected[n]) for n in touched.explained)
        if touched.orphans or touched.externals:
            self.orphans.update((ref, state.orphans[ref]) for ref in _ordered(touched.orphans))
            keys = _ordered(touched.externals)
            self.externals.update((key, state.externals[key]) for key in keys)


def _ordered(keys: set[str]) -> Iterable[str]:
    """The keys in an order that is the same in every run: rows get their ids in it."""
    return keys if len(keys) < 2 else sorted(keys)


@dataclass(frozen=True, slots=True)
class RecalledGroup:
    """A closed group that an input refers to, with everything that belongs to it."""

    group: Group
    orders: list[Order]
    chains: list[HedgeChain]
    stops: list[StopWatch]
