"""Every crash point of a fixed play, one after the other: the end must always be the same.

Owns: running a play with the desk dying at given points, and its business state. May not: excuse a
difference. The trader adopts what is found and sends again what is not, as a careful one would.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from engine.core import commands as c
from engine.core.events import QuoteChanged
from engine.core.intents import offered, unresolved
from engine.core.lifecycle import TERMINAL
from engine.core.model import EngineConfig
from engine.core.order import is_closed, open_requests
from engine.core.state import DeskState
from engine.core.terms import ExecType, OrdStatus, Phase, RequestKind, Resolution
from engine.sim.durable import Snapshot
from engine.sim.faults import Faults
from engine.sim.groups import INSTRUMENTS
from engine.sim.plays import Play
from engine.sim.stage import Stage
from engine.sim.venue_fills import FillPlans
from engine.sim.venue_order import VenueOrder
from engine.sim.verdict import violated

LIMIT_S = 150.0
LOOK_EACH_S = 0.4


@dataclass(frozen=True, slots=True)
class Ending:
    """How a play ended. ``points``: crash points passed; ``state``: what is compared."""

    points: int
    crashes: int
    state: dict[str, object]


class _Fates(FillPlans):
    """What the play says, instead of what is drawn."""

    play: Play

    def make(self, order: VenueOrder) -> None:
        for delay_s, quantity in self.play.fates.get(order.ref, ((0.05, int(order.leaves)),)):
            self._later(delay_s, order, Decimal(quantity))
        if order.ref in self.play.busts:
            self._agenda.after(self.play.busts[order.ref], lambda: self._take_back(order))

    def _take_back(self, order: VenueOrder) -> None:
        fill = order.fills[-1]
        fill.live, order.busted = False, True
        order.recount()
        order.status = OrdStatus.CANCELED
        now_ns, exec_id = self._venue.clock.now_ns(), self._venue.next_exec_id(order)
        kind, of = ExecType.TRADE_CANCEL, fill.ids[-1]
        self._venue.tell(order.report(kind, exec_id, now_ns, fill=fill, exec_ref_id=of))


async def run_play(
    play: Play, folder: Path, crash_at: frozenset[int] = frozenset(), power: bool = False
) -> Ending:
    """The ending of a play in which the desk dies at these points. ``power``: the machine loses
    its power with it. Raises ``Violation``."""
    faults = Faults({"power_loss": 1.0} if power else {})
    stage = Stage(random.Random(1), faults, folder, crash_at)
    timeout_s = Decimal(play.timeout_s)
    stage.config = EngineConfig(
        instruments=INSTRUMENTS,
        leg_timeout_s=timeout_s,
        hedge_timeout_s=timeout_s,
        poll_interval_s=Decimal("0.5"),
    )
    stage.down_max_s = 0.2
    plans = _Fates(stage.venue, stage.agenda, stage.chance, stage.trace)
    plans.play = play
    stage.venue.plans = plans
    stage.venue.dedups = True
    try:
        await stage.start()
        while not _is_over(play, stage):
            if stage.now_s() > LIMIT_S:
                violated(8, f"play {play.name} does not end: {_state(stage.judge.now())}")
            await stage.run_until(stage.now_s() + LOOK_EACH_S)
            _trade(play, stage)
        stage.link.drop_line(0.1)
        await stage.run_until(stage.now_s() + 2.0)
        stage.judge.final()
        return Ending(stage.fate.passed, stage.fate.crashes, _state(stage.judge.now()))
    finally:
        await stage.close()


def _is_over(play: Play, stage: Stage) -> bool:
    shot = stage.judge.now()
    group = shot.groups.get("G1")
    if group is None or stage.state is None or shot.open_orphans:
        return False
    waits = any(e.kind == "HEDGE_DEPTH_EXCEEDED" for e in shot.escalations.values())
    settled = all(order.closed for order in shot.orders.values())
    for ref in play.busts:
        truth = stage.venue.find(shot.orders[ref].cl_ord_id) if ref in shot.orders else None
        settled = settled and truth is not None and truth.busted and shot.orders[ref].cum == 0
    return settled and (group.lifecycle in TERMINAL or waits)


def _trade(play: Play, stage: Stage) -> None:
    """The trader looks at the screen: submits, decides about orphans, arms, amends."""
    state = stage.state
    if state is None:
        return
    for orphan in unresolved(state):
        choices = offered(state, orphan)
        again = Resolution.RESUBMIT if Resolution.RESUBMIT in choices else None
        choice = again or (choices[0] if choices else None)
        command = c.ResolveOrphan(order=orphan.ref, resolution=choice, reason="evidence")
        stage.ask(command if choice is not None else c.QueryOrphan(order=orphan.ref))
    if state.meta.phase is Phase.RESOLVING:
        stage.ask(c.Arm())
    if play.group.group_id not in state.groups:
        stage.ask(c.SubmitGroup(group=play.group))
    for ref, quantity in play.amends.items():
        _amend(stage, state, ref, Decimal(quantity))
    if play.falls_at_s is not None and stage.now_s() > play.falls_at_s:
        px, size = Decimal(45), Decimal(10)
        stage.link.market(QuoteChanged("FUT", px, size, px, size, px, stage.venue.clock.now_ns()))


def _amend(stage: Stage, state: DeskState, ref: str, quantity: Decimal) -> None:
    order = state.orders.get(ref)
    if order is None or is_closed(order) or order.order_qty == quantity:
        return
    if order.cum_qty > 0 and not open_requests(order, RequestKind.REPLACE):
        stage.ask(c.ReplaceOrder(order=ref, quantity=quantity))


def _state(shot: Snapshot) -> dict[str, object]:
    """The business state: what is owned and owed, not when and by which road it came."""
    found: dict[str, object] = {}
    for group in shot.groups.values():
        found[group.group_id] = (group.lifecycle, group.end_reason)
        for leg in group.legs:
            filled: dict[str, Decimal] = {}
            for order in (shot.orders[ref] for ref in leg.orders):
                filled[order.purpose] = filled.get(order.purpose, Decimal(0)) + order.cum
            found[f"{group.group_id}/{leg.leg_id}"] = (leg.target, filled)
    found["waits"] = sorted(e.kind for e in shot.escalations.values() if e.is_live)
    return found
