"""When a group is over, and what is told and done with what is left.

Owns: the last states, risk that ended short, surplus hedge that is kept or unwound. May not:
send an order of a leg (``group``) or hedge (``hedging``).
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import hedging, legs, stop_loss
from engine.core.child_orders import (
    is_risk_short,
    own_orders,
)
from engine.core.escalation import end_cause, escalate
from engine.core.lifecycle import TERMINAL
from engine.core.lifecycle import ExecutionLifecycle as L
from engine.core.model import ZERO, Group, Leg, StopWatch
from engine.core.placing import may_send, place
from engine.core.terms import (
    ChainState,
    EscalationKind,
    LegType,
    OrdType,
    Purpose,
    RiskShortfall,
    Severity,
    StopState,
)
from engine.core.turn import Turn

MultiLegOrderGroup = Group
"""The guide's ``CorrectMultiLegOrderGroup``: the record in ``model``, its behavior here."""

STOPPED_OUT = "STOP_LOSS"
"""End reason of a group whose protective stop took its risk back."""


def finish(turn: Turn, group: Group) -> None:
    """See whether the group is over."""
    state = turn.state
    targets = targets_reached(turn, group)
    if targets and group.lifecycle not in TERMINAL:
        turn.enter(group, L.HEDGED)
    if not _is_quiet(turn, group):
        _tell_short_under_a_stop(turn, group)
        return
    if group.lifecycle in TERMINAL:
        if group.emergency_used and legs.unhedged_qty(state, group) == ZERO:
            turn.enter(group, L.EMERGENCY_HEDGED)
        _note_closed(turn, group)
        return
    if any(hedging.shortfall(turn, group, leg) > ZERO and not hedging.is_aiming(group)
           for leg in legs.legs_of(group, LegType.HEDGE)):  # fmt: skip
        return
    short = [leg for leg in legs.legs_of(group, LegType.RISK) if is_risk_short(turn, group, leg)]
    if not targets and short and group.accepted_partial:
        for leg in short:
            leg.target_qty = legs.filled_qty(state, leg)
        turn.touch_group(group)
        targets = targets_reached(turn, group)
        if targets:
            turn.enter(group, L.HEDGED)
    stopped = any(watch.order_ref for watch in _watches(turn, group))
    if targets:
        if not legs.has_gap(state, group):
            _end(turn, group, STOPPED_OUT if stopped else None)
        return
    if group.stopping is not None:
        _end_unfinished(turn, group, group.stopping)
    elif short and stopped:
        _end_unfinished(turn, group, "STOPPED_SHORT")
    elif short and all(
        _is_risk_over(turn, group, leg) for leg in legs.legs_of(group, LegType.RISK)
    ):
        _risk_short(turn, group, short)


def _tell_short_under_a_stop(turn: Turn, group: Group) -> None:
    """Risk that ended short cannot end the group while a stop still protects what is filled;
    it is told all the same."""
    risk = legs.legs_of(group, LegType.RISK)
    short = [leg for leg in risk if is_risk_short(turn, group, leg)]
    if not short or not hedging.is_aiming(group) or legs.works(turn.state, group):
        return
    watching = any(watch.state is StopState.WATCHING for watch in _watches(turn, group))
    if watching and all(_is_risk_over(turn, group, leg) for leg in risk):
        missing = sum((leg.target_qty - legs.filled_qty(turn.state, leg) for leg in short), ZERO)
        surplus = legs.over_hedged_qty(turn.state, group)
        _tell_risk_short(turn, group, short[0], missing, surplus)


def _is_risk_over(turn: Turn, group: Group, leg: Leg) -> bool:
    full = legs.filled_qty(turn.state, leg) >= leg.target_qty
    return full or is_risk_short(turn, group, leg)


def _watches(turn: Turn, group: Group) -> list[StopWatch]:
    watched = [leg for leg in group.legs.values() if leg.stop_loss is not None]
    found = [stop_loss.watch_of(turn, group, leg) for leg in watched]
    return [watch for watch in found if watch is not None]


def targets_reached(turn: Turn, group: Group) -> bool:
    """Every leg has its target (what a stop took back had been reached)."""
    state = turn.state
    risk = all(
        legs.filled_qty(state, leg) >= leg.target_qty for leg in legs.legs_of(group, LegType.RISK)
    )
    hedged = all(
        legs.net_qty(state, leg) >= leg.target_qty for leg in legs.legs_of(group, LegType.HEDGE)
    )
    return risk and hedged and any(leg.target_qty > ZERO for leg in group.legs.values())


def _is_quiet(turn: Turn, group: Group) -> bool:
    """Nothing works, nothing is in doubt, nothing watches."""
    if legs.works(turn.state, group) or any(
        hedging.has_open_orphan(turn, leg) for leg in group.legs.values()
    ):
        return False
    if any(watch.state is not StopState.DONE for watch in _watches(turn, group)):
        return False
    for leg in legs.legs_of(group, LegType.HEDGE):
        chain = hedging.active_chain(turn, group, leg)
        if chain is not None and not (
            chain.state is ChainState.EXHAUSTED and group.stopping is not None
        ):
            return False
    return True


def _risk_short(turn: Turn, group: Group, short: list[Leg]) -> None:
    """The risk ended short: surplus hedge, not exposure. Kept or unwound; by hand, it waits."""
    surplus = legs.over_hedged_qty(turn.state, group)
    missing = sum((leg.target_qty - legs.filled_qty(turn.state, leg) for leg in short), ZERO)
    _tell_risk_short(turn, group, short[0], missing, surplus)
    if group.on_risk_shortfall is RiskShortfall.UNWIND and surplus > ZERO:
        # From here on the group no longer aims at its targets, or the hedge that is being
        # sold back would be bought again.
        group.stopping = "RISK_SHORT"
        turn.touch_group(group)
        _unwind(turn, group)
        return
    by_hand = any(order.canceled_by_trader for leg in short for order in own_orders(turn, leg))
    if not by_hand:
        _end_unfinished(turn, group, "RISK_SHORT")


def _tell_risk_short(
    turn: Turn, group: Group, leg: Leg, missing: Decimal, surplus: Decimal
) -> None:
    escalate(
        turn, f"risk:{group.group_id}", EscalationKind.RISK_SHORT, Severity.WARNING,
        f"the risk of {group.group_id} ended {missing} short; {surplus} of hedge are surplus",
        group_id=group.group_id, leg_id=leg.leg_id, symbol=leg.symbol, side=leg.side,
        unfilled_qty=missing,
    )  # fmt: skip


def _unwind(turn: Turn, group: Group) -> bool:
    """Sell surplus hedge back at MARKET, once a leg. True while something is on its way."""
    under_way = False
    for leg in legs.legs_of(group, LegType.HEDGE):
        required = legs.hedge_required(turn.state, group, leg)
        surplus = legs.round_down(legs.net_qty(turn.state, leg) - required, leg.lot)
        unwound = any(o.purpose is Purpose.UNWIND for o in legs.orders_of(turn.state, leg))
        if surplus <= ZERO or unwound:
            continue
        if not may_send(turn, Purpose.UNWIND, group, leg.hedge_symbol):
            continue
        place(
            turn, group, leg, Purpose.UNWIND, surplus, OrdType.MARKET, None,
            side=leg.hedge_side.opposite, symbol=leg.hedge_symbol,
        )  # fmt: skip
        under_way = True
    return under_way


def _end_unfinished(turn: Turn, group: Group, reason: str) -> None:
    if legs.has_gap(turn.state, group):
        return
    surplus = legs.over_hedged_qty(turn.state, group)
    if surplus > ZERO and group.stopping is not None:
        if group.on_risk_shortfall is RiskShortfall.UNWIND and _unwind(turn, group):
            return
        hedge = legs.legs_of(group, LegType.HEDGE)[0]
        _tell_risk_short(turn, group, hedge, ZERO, legs.over_hedged_qty(turn.state, group))
    _end(turn, group, reason)


def _end(turn: Turn, group: Group, reason: str | None) -> None:
    """The group's last state: by what happened, EMERGENCY_HEDGED before anything else."""
    if group.emergency_used:
        entered = turn.enter(group, L.EMERGENCY_HEDGED)
    elif reason in (None, STOPPED_OUT):
        entered = turn.enter(group, L.COMPLETED)
    else:
        entered = turn.enter(group, L.FAILED)
    if entered and group.end_reason is None:
        group.end_reason = reason
    if entered:
        _close_escalations(turn, group)
    _note_closed(turn, group)


def _close_escalations(turn: Turn, group: Group) -> None:
    """What only waited for the group's end has nothing to wait for any more."""
    for leg in group.legs.values():
        end_cause(turn, f"held:{group.group_id}/{leg.leg_id}")
        end_cause(turn, f"limit:{group.group_id}/{leg.leg_id}")
        chain = hedging.active_chain(turn, group, leg)
        if chain is not None:
            hedging.finish(turn, group, leg, chain)


def _note_closed(turn: Turn, group: Group) -> None:
    turn.state.volatile.closed_order[group.group_id] = None
