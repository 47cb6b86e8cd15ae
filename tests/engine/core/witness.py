"""Somebody who only hears the messages, adds up by hand, and objects.

Owns: the invariants 3 to 6 of the engine's promises, computed naively from what was sent and
what was reported, after every turn. May not: use the engine's own sums. Of the engine's state
it reads only what the trader agreed to (targets, stopping, accepted risk) and which
escalations stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from engine.core.decisions import Decision, SendOrder
from engine.core.events import (
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    SendFailed,
)
from engine.core.lifecycle import RANK, TERMINAL
from engine.core.model import Group, Leg
from engine.core.order_table import CLOSED, DEAD
from engine.core.state import DeskState
from engine.core.terms import EscalationState, LegType, Phase, Purpose, Release

ZERO = Decimal(0)
CLOSING = (Purpose.STOP_LOSS, Purpose.MARKET_FALLBACK, Purpose.UNWIND)
HEDGES = (Purpose.HEDGE, Purpose.EMERGENCY_HEDGE, Purpose.MANUAL_HEDGE)


@dataclass(slots=True)
class Heard:
    """The newest that was heard of one order. ``number`` counts the broker's reports."""

    number: int
    cum_qty: Decimal
    may_fill: Decimal


@dataclass(slots=True)
class Witness:
    """Hears every input and decision. ``excess``: the trader typed more than the exposure."""

    messages: dict[str, SendOrder] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    dead: dict[str, str] = field(default_factory=dict)
    by_cl_ord_id: dict[str, str] = field(default_factory=dict)
    excess: bool = False
    checks: int = 0

    def hear(self, body: object) -> None:
        """An input that the core is about to get."""
        if isinstance(body, ExecutionReport):
            self._note(body)
        elif isinstance(body, OpenOrdersListed):
            for report in body.orders:
                self._note(report)
        elif isinstance(body, ExecutionsListed):
            for report in body.executions:
                self._note(report)
        elif isinstance(body, SendFailed) and not body.left:
            ref = self.by_cl_ord_id.get(body.cl_ord_id)
            if ref is not None:
                self.heard[ref] = Heard(0, ZERO, ZERO)

    def turned(self, state: DeskState, decisions: list[Decision]) -> None:
        """What the core made of it. Raises ``AssertionError`` when a promise is broken."""
        for decision in decisions:
            if isinstance(decision, SendOrder) and decision.ref not in self.messages:
                self.messages[decision.ref] = decision
                self.by_cl_ord_id[decision.cl_ord_id] = decision.ref
                self._check_sent(state, decision)
        self._check_states(state)
        if state.meta.phase is not Phase.RECOVERING:
            for group in state.groups.values():
                self._check_nothing_forgotten(state, group)

    def net(self, leg: Leg) -> Decimal:
        """The leg's position as reported."""
        total = ZERO
        for ref in leg.orders:
            heard, message = self.heard.get(ref), self.messages.get(ref)
            if heard is not None and message is not None:
                total += -heard.cum_qty if message.purpose in CLOSING else heard.cum_qty
        return total

    def may_fill(self, state: DeskState, leg: Leg) -> Decimal:
        """What of the leg's orders may still fill, as far as was heard."""
        total = ZERO
        for ref in leg.orders:
            message = self.messages.get(ref)
            if message is None or message.purpose in CLOSING or state.orders[ref].never_sent:
                continue
            heard = self.heard.get(ref)
            total += heard.may_fill if heard is not None else message.quantity
        return total

    def required(self, group: Group, leg: Leg) -> Decimal:
        """The hedge that the risk on asks of this leg, rounded up to the lot."""
        needs = [ZERO]
        for risk in group.legs.values():
            net = self.net(risk)
            if risk.leg_type is LegType.RISK and net > ZERO:
                target = risk.target_qty if risk.target_qty > ZERO else net
                lots = net * leg.target_qty / target / leg.lot
                needs.append(lots.to_integral_value(ROUND_CEILING) * leg.lot)
        return max(needs)

    def unhedged(self, group: Group, leg: Leg) -> Decimal:
        return max(self.required(group, leg) - self.net(leg), ZERO)

    def _note(self, report: ExecutionReport) -> None:
        ref = self.by_cl_ord_id.get(report.cl_ord_id) or self.by_cl_ord_id.get(
            report.orig_cl_ord_id
        )
        if ref is None or not report.account.startswith("#"):
            return
        number = int(report.account[1:])
        known = self.heard.get(ref)
        if known is None or number > known.number:
            closed = report.ord_status in CLOSED
            self.heard[ref] = Heard(number, report.cum_qty, ZERO if closed else report.leaves_qty)

    def _check_sent(self, state: DeskState, message: SendOrder) -> None:
        self.checks += 1
        order = state.orders[message.ref]
        group = state.groups[order.group_id]
        leg = group.legs[order.leg_id]
        total = self.net(leg) + self.may_fill(state, leg)
        if message.purpose in HEDGES and leg.leg_type is LegType.HEDGE and not self.excess:
            exposure = self.required(group, leg)
            if group.stopping is None and group.lifecycle not in TERMINAL:
                exposure = max(exposure, leg.target_qty)
            assert total <= exposure, f"{message.ref}: hedges {total} for an exposure {exposure}"
        if message.purpose is Purpose.RISK:
            allowed = self._allowed(group, leg)
            assert total <= allowed, f"{message.ref}: risk {total}, hedge proven for {allowed}"

    def _allowed(self, group: Group, leg: Leg) -> Decimal:
        hedges = [h for h in group.legs.values()
                  if h.leg_type is LegType.HEDGE and h.target_qty > ZERO]  # fmt: skip
        if group.release is Release.AFTER_HEDGE:
            return leg.target_qty if all(self.net(h) >= h.target_qty for h in hedges) else ZERO
        allowed = [
            (max(self.net(h), ZERO) * leg.target_qty / h.target_qty / leg.lot).to_integral_value(
                ROUND_FLOOR
            )
            * leg.lot
            for h in hedges
        ]
        return min([leg.target_qty, *allowed])

    def _check_states(self, state: DeskState) -> None:
        for group in state.groups.values():
            rank = RANK[group.lifecycle]
            assert rank >= self.ranks.get(group.group_id, 0), f"{group.group_id} fell back"
            self.ranks[group.group_id] = rank
        for ref, order in state.orders.items():
            was = self.dead.get(ref)
            assert was is None or order.base == was, f"{ref} was {was} and is {order.base}"
            if order.base in DEAD and not order.never_sent:
                self.dead[ref] = order.base

    def _check_nothing_forgotten(self, state: DeskState, group: Group) -> None:
        for leg in group.legs.values():
            if leg.leg_type is not LegType.HEDGE:
                continue
            bare = self.unhedged(group, leg) - leg.accepted_qty
            if bare <= ZERO or self.may_fill(state, leg) > ZERO:
                continue
            told = any(
                e.state is not EscalationState.RESOLVED
                and e.group_id == group.group_id
                and (e.leg_id == leg.leg_id or not e.leg_id)
                for e in state.escalations.values()
            )
            waits = any(
                ref in state.orphans and state.orphans[ref].resolution is None for ref in leg.orders
            )
            assert told or waits, f"{bare} of {group.group_id}/{leg.leg_id} are forgotten"
