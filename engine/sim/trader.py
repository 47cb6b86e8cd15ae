"""The simulated trader: submits, meddles, makes mistakes, and in the end clears everything up.

Owns: what the trader does and when. May not: know the venue. It sees what the screen shows (the
engine's state) and decides from the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Protocol

from engine.core import commands as c
from engine.core.commands import Command
from engine.core.intents import offered, unresolved
from engine.core.lifecycle import TERMINAL
from engine.core.limits.rules import Limits
from engine.core.model import Escalation, Killed, Order
from engine.core.order import is_closed
from engine.core.state import DeskState
from engine.core.terms import EscalationState, KillScope, LegType, OrdType, Phase, Resolution, Side
from engine.sim.chance import Chance
from engine.sim.exposure import Bounds
from engine.sim.groups import SYMBOLS, draw_group
from engine.sim.limited import draw_limits


class Desk(Protocol):
    """What the trader sits in front of."""

    @property
    def state(self) -> DeskState | None: ...

    def ask(self, command: Command) -> None: ...

    def reload_limits(self, limits: Limits) -> None: ...

    def phone(self, symbol: str, side: Side, quantity: Decimal) -> None: ...


class Trader:
    """One trader of one desk. ``bounds`` is told of excess that is typed on purpose."""

    def __init__(self, desk: Desk, chance: Chance, bounds: Bounds) -> None:
        self._desk = desk
        self._chance = chance
        self._bounds = bounds
        self._groups = 0

    def submit(self) -> None:
        """A new group; every shape is drawn."""
        self._groups += 1
        self._desk.ask(c.SubmitGroup(group=draw_group(self._chance, f"G{self._groups}")))

    def act(self) -> None:
        """One thing that a trader may do now."""
        state = self._desk.state
        if state is None:
            return
        actions: list[tuple[str, Callable[[DeskState], None]]] = [
            ("", self._look_after),
            ("", self._look_after),
            ("cancels", self._cancel_order),
            ("cancels", self._cancel_group),
            ("amends", self._amend),
            ("amends", self._pause_or_go_on),
            ("hedges", self._hedge),
            ("hedges", self._accept_partial),
            ("kills", self._kill),
            ("mistakes", self._mistake),
        ]
        actions += [each for each in self._about_controls() if self._chance.odds(each[0])]
        knob, act = self._chance.one_of(actions)
        if not knob or self._chance.strikes(knob):
            act(state)

    def clear_up(self, final: bool = False) -> None:
        """Everything that waits for the trader is dealt with; ``final``: groups are closed."""
        state = self._desk.state
        if state is None:
            return
        if state.meta.killed_by:
            self._desk.ask(c.ReleaseKill(reason="all clear"))
        for killed in state.meta.kills:
            if killed.scope is not KillScope.ALL:
                self._release_part(killed)
        for orphan in unresolved(state):
            self._resolve(state, orphan.ref)
        for external in state.externals.values():
            if not external.adopted_into and external.leaves_qty > 0:
                self._desk.ask(c.CancelOrder(order=external.key))
        for escalation in list(state.escalations.values()):
            self._deal_with(state, escalation)
        if state.meta.phase is Phase.RESOLVING:
            self._desk.ask(c.Arm())
        for group in state.groups.values():
            if group.lifecycle not in TERMINAL:
                if group.paused:
                    self._desk.ask(c.ResumeGroup(group=group.group_id))
                if final and group.stopping is None:
                    self._desk.ask(c.CancelGroup(group=group.group_id))

    # -- looking after -----------------------------------------------------------------------------

    def _look_after(self, state: DeskState) -> None:
        waiting = unresolved(state)
        if waiting:
            self._resolve(state, self._chance.one_of(waiting).ref)
        elif state.meta.phase is Phase.RESOLVING:
            self._desk.ask(c.Arm())
        elif state.meta.killed_by:
            self._desk.ask(c.ReleaseKill(reason="over"))
        else:
            standing = self._standing(state)
            if standing:
                self._acknowledge(self._chance.one_of(standing))

    def _resolve(self, state: DeskState, ref: str) -> None:
        orphan = state.orphans[ref]
        choices = offered(state, orphan)
        if not choices:
            self._desk.ask(c.QueryOrphan(order=ref))
            return
        choice = choices[0]
        if Resolution.MARK_NEVER_SENT in choices and self._chance.odds("marks"):
            if self._chance.strikes("marks"):
                choice = Resolution.MARK_NEVER_SENT
        elif len(choices) > 1 and self._chance.strikes("resubmits"):
            choice = choices[1]
        if choice is Resolution.MARK_NEVER_SENT and self._chance.odds("resubmits") > 0.5:
            choice = choices[-1]
        self._desk.ask(c.ResolveOrphan(order=ref, resolution=choice, reason="as the evidence says"))

    def _deal_with(self, state: DeskState, escalation: Escalation) -> None:
        if escalation.state is EscalationState.RESOLVED:
            return
        if escalation.state is EscalationState.ACKNOWLEDGED:
            self._desk.ask(c.AcceptRisk(escalation=escalation.number, reason="closing the day"))
        else:
            self._acknowledge(escalation)

    def _acknowledge(self, escalation: Escalation) -> None:
        self._desk.ask(
            c.Acknowledge(
                escalation=escalation.number, level=escalation.level, comment="seen on the screen"
            )
        )

    def _standing(self, state: DeskState) -> list[Escalation]:
        return [e for e in state.escalations.values() if e.state is not EscalationState.RESOLVED]

    # -- meddling ----------------------------------------------------------------------------------

    def _open_orders(self, state: DeskState) -> list[Order]:
        return [order for order in state.orders.values() if not is_closed(order)]

    def _cancel_order(self, state: DeskState) -> None:
        waiting = self._open_orders(state)
        if waiting:
            self._desk.ask(c.CancelOrder(order=self._chance.one_of(waiting).ref))

    def _cancel_group(self, state: DeskState) -> None:
        if state.groups and self._chance.rng.random() < 0.4:
            group = self._chance.one_of(list(state.groups))
            self._desk.ask(c.CancelGroup(group=group))

    def _amend(self, state: DeskState) -> None:
        waiting = self._open_orders(state)
        if not waiting:
            return
        order = self._chance.one_of(waiting)
        lot = state.groups[order.group_id].legs[order.leg_id].lot
        quantity = None
        if self._chance.rng.random() < 0.6:
            change = lot * self._chance.rng.randint(-3, 3)
            quantity = order.order_qty + change if order.order_qty + change > 0 else None
        self._desk.ask(c.ReplaceOrder(order=order.ref, quantity=quantity, price=Decimal(11)))

    def _pause_or_go_on(self, state: DeskState) -> None:
        if not state.groups:
            return
        group = state.groups[self._chance.one_of(list(state.groups))]
        which = c.ResumeGroup if group.paused else c.PauseGroup
        self._desk.ask(which(group=group.group_id))

    def _hedge(self, state: DeskState) -> None:
        if not state.groups:
            return
        group = state.groups[self._chance.one_of(list(state.groups))]
        legs = [leg for leg in group.legs.values() if leg.leg_type is LegType.HEDGE]
        leg = self._chance.one_of(legs)
        quantity = leg.lot * self._chance.rng.randint(1, 8)
        excess = self._chance.rng.random() < 0.15
        if excess:
            self._bounds.type_excess(group.group_id, leg.leg_id, quantity)
        limit = self._chance.rng.random() < 0.3
        self._desk.ask(
            c.ManualHedge(
                group=group.group_id,
                leg=leg.leg_id,
                quantity=quantity,
                order_type=OrdType.LIMIT if limit else OrdType.MARKET,
                price=Decimal(10) if limit else None,
                allow_excess=excess,
            )
        )

    def _accept_partial(self, state: DeskState) -> None:
        if state.groups:
            self._desk.ask(c.AcceptPartial(group=self._chance.one_of(list(state.groups))))

    def _kill(self, state: DeskState) -> None:
        self._desk.ask(c.Kill(reason="something is wrong"))

    # -- controls ----------------------------------------------------------------------------------

    def _about_controls(self) -> list[tuple[str, Callable[[DeskState], None]]]:
        return [
            ("reloads", self._reload),
            ("kill_parts", self._kill_part),
            ("kill_parts", self._release_one),
            ("accepts", self._accept_risk),
            ("reconciles", self._reconcile),
            ("adopts", self._phone),
            ("adopts", self._adopt),
        ]

    def _reload(self, state: DeskState) -> None:
        if state.config.limits is not None:
            self._desk.reload_limits(draw_limits(self._chance))

    def _kill_part(self, state: DeskState) -> None:
        scope = self._chance.one_of([s for s in KillScope if s is not KillScope.ALL])
        names = {
            KillScope.GROUP: list(state.groups) or ["G1"],
            KillScope.INSTRUMENT: list(SYMBOLS),
            KillScope.ACCOUNT: ["default"],
        }
        target = self._chance.one_of(names[scope])
        self._desk.ask(c.KillPart(scope=scope, target=target, reason="something is wrong with it"))

    def _release_one(self, state: DeskState) -> None:
        if state.meta.kills:
            self._release_part(self._chance.one_of(state.meta.kills))

    def _release_part(self, killed: Killed) -> None:
        self._desk.ask(
            c.ReleaseKillPart(scope=killed.scope, target=killed.target, reason="it is over")
        )

    def _accept_risk(self, state: DeskState) -> None:
        standing = self._standing(state)
        if standing:
            number = self._chance.one_of(standing).number
            self._desk.ask(c.AcceptRisk(escalation=number, reason="I carry it"))

    def _reconcile(self, state: DeskState) -> None:
        self._desk.ask(c.Reconcile())

    def _phone(self, state: DeskState) -> None:
        """The trader telephones an order for one of the legs in."""
        groups = [group for group in state.groups.values() if group.lifecycle not in TERMINAL]
        if groups:
            leg = self._chance.one_of(list(self._chance.one_of(groups).legs.values()))
            quantity = leg.lot * self._chance.rng.randint(1, 5)
            self._desk.phone(leg.hedge_symbol, leg.hedge_side, quantity)

    def _adopt(self, state: DeskState) -> None:
        """An order by telephone is counted towards a leg that it could have been sent for."""
        found = [
            (external, group, leg)
            for external in state.externals.values()
            for group in state.groups.values()
            for leg in group.legs.values()
            if not external.adopted_into
            and group.lifecycle not in TERMINAL
            and (external.symbol, external.side) == (leg.hedge_symbol, leg.hedge_side)
        ]
        if not found:
            return
        external, group, leg = self._chance.one_of(found)
        quantity = external.order_qty or external.cum_qty + external.leaves_qty
        self._bounds.type_excess(group.group_id, leg.leg_id, quantity)
        self._desk.ask(
            c.AdoptExternal(
                cl_ord_id=external.key, group=group.group_id, leg=leg.leg_id, reason="it is mine"
            )
        )

    def _mistake(self, state: DeskState) -> None:
        """Commands that must be refused, and questions nobody needed."""
        refs = list(state.orders) or ["G9/H1/1"]
        ref = self._chance.one_of(refs)
        wrong: list[Command] = [
            c.CancelOrder(order=ref),
            c.ResolveOrphan(order=ref, resolution=self._chance.one_of(list(Resolution))),
            c.QueryOrphan(order=ref),
            c.AskBroker(order=ref),
            c.Acknowledge(escalation=self._chance.rng.randint(0, 9), level=1),
            c.AcceptRisk(escalation=self._chance.rng.randint(0, 9)),
            c.ManualHedge(group="G1", leg="H1", quantity=Decimal(100000)),
            c.SubmitGroup(group=draw_group(self._chance, "G1")),
            c.Arm(),
        ]
        self._desk.ask(self._chance.one_of(wrong))
