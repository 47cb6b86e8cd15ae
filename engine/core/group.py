"""One group: what its facts mean for its lifecycle, and what it does next.

Owns: ``drive``, the one place where a group's next steps are taken, from its quantities alone.
May not: look at the event that led here; the same facts always give the same steps, so
start-up and running are one path. Order of thought: what happened (lifecycle), what hurts
(exposure), what is due (own orders), whether it is over.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import hedging, legs, stop_loss
from engine.core import order as orders
from engine.core.child_orders import (
    ChildOrderManager,
    all_sent,
    any_ended_short,
    goes_whole,
    own_orders,
)
from engine.core.escalation import end_cause, escalate
from engine.core.lifecycle import TERMINAL
from engine.core.lifecycle import ExecutionLifecycle as L
from engine.core.model import ZERO, Group, Leg, StopWatch
from engine.core.placing import cancel, may_send, place
from engine.core.state import DeskState
from engine.core.terms import (
    ChainState,
    EscalationKind,
    IntentState,
    LegType,
    OrdType,
    Phase,
    Purpose,
    Release,
    RiskShortfall,
    Severity,
    StopState,
)
from engine.core.turn import Turn

MultiLegOrderGroup = Group
"""The guide's ``CorrectMultiLegOrderGroup``: the record in ``model``, its behavior here."""

STOPPED_OUT = "STOP_LOSS"
"""End reason of a group whose protective stop took its risk back."""

_STEPS = (
    (LegType.HEDGE, L.HEDGE_SUBMITTED, L.HEDGE_PARTIAL, L.HEDGE_FILLED),
    (LegType.RISK, L.RISK_SUBMITTED, L.RISK_PARTIAL, L.RISK_FILLED),
)
_NEVER_LEFT = frozenset({IntentState.INTENT_PERSISTED, IntentState.ORPHANED})


def drive(turn: Turn, group: Group) -> None:
    """Take every step that the group's facts now call for."""
    _note_progress(turn, group)
    # The steps below see that progress: by itself it is no reason to come here again.
    turn.state.volatile.active.pop(group.group_id, None)
    for leg in group.legs.values():
        if leg.stop_loss is None:
            continue
        stop_loss.watch_leg(turn, group, leg)
        watch = stop_loss.watch_of(turn, group, leg)
        if watch is not None:
            stop_loss.step(turn, group, leg, watch)
    for leg in legs.legs_of(group, LegType.HEDGE):
        _drive_hedge_leg(turn, group, leg)
    if hedging.is_aiming(group):
        for leg in legs.legs_of(group, LegType.RISK):
            _drive_risk_leg(turn, group, leg)
    elif group.stopping is not None:
        _cancel_own(turn, group)
    _finish(turn, group)


def note_progress(turn: Turn, group: Group) -> None:
    """Move the lifecycle to where the quantities are, and take no step: for facts that call for
    none (``reports.is_in_quiet_group``). What else made the group worth driving stays."""
    active = turn.state.volatile.active
    waiting = group.group_id in active
    _note_progress(turn, group)
    if not waiting:
        active.pop(group.group_id, None)


def has_open_orphan(turn: Turn, group: Group) -> bool:
    """Whether an intent of this group waits for the trader."""
    return any(hedging.has_open_orphan(turn, leg) for leg in group.legs.values())


def waits_for(turn: Turn, group: Group) -> str:
    """Why the group waits for the trader, in words; "" when it does not."""
    if has_open_orphan(turn, group):
        return "an orphaned intent"
    for leg in group.legs.values():
        chain = hedging.active_chain(turn, group, leg)
        if chain is not None and chain.state in (ChainState.EXHAUSTED, ChainState.UNCERTAIN):
            return f"hedge of {leg.leg_id}: {chain.state.lower()}"
        if group.lifecycle not in TERMINAL and (leg.held or _is_risk_short(turn, group, leg)):
            return f"{leg.leg_id} is short"
    return "paused" if group.paused else ""


def _note_progress(turn: Turn, group: Group) -> None:
    """Move the lifecycle to where the quantities are."""
    state = turn.state
    for leg_type, submitted, partial, filled in _STEPS:
        left, some, full = False, False, True
        for leg in group.legs.values():
            if leg.leg_type is leg_type:
                quantity = legs.filled_qty(state, leg)
                some = some or quantity > ZERO
                full = full and quantity >= leg.target_qty
                left = left or _has_left(state, leg)
        if left and not turn.reached(group, submitted):
            turn.enter(group, submitted)
        if some and not turn.reached(group, partial):
            turn.enter(group, partial)
        if some and full and not turn.reached(group, filled):
            turn.enter(group, filled)
    if not group.risk_was_on and legs.risk_fraction(state, group)[0] > ZERO:
        group.risk_was_on = True
        turn.touch_group(group)


def _has_left(state: DeskState, leg: Leg) -> bool:
    """Whether any order of the leg was handed over, as far as anyone knows."""
    return any(state.orders[ref].intent not in _NEVER_LEFT for ref in leg.orders)


def _drive_hedge_leg(turn: Turn, group: Group, leg: Leg) -> None:
    if turn.state.meta.phase is Phase.RECOVERING:
        return
    chain = hedging.active_chain(turn, group, leg)
    if chain is not None:
        hedging.follow(turn, group, leg, chain)
        hedging.step(turn, group, leg, chain)
        hedging.tell_rest(turn, group, leg, chain)
        if chain.state is not ChainState.DONE:
            return
    if leg.held:
        _tell_held(turn, group, leg)
    if hedging.is_aiming(group) and not leg.held and not leg.ended_short:
        _work_hedge_leg(turn, group, leg)
    own_done = leg.ended_short or leg.held or not hedging.is_aiming(group) or (
        all_sent(turn, group, leg) and not hedging.working_hedges(turn, leg)
    )  # fmt: skip
    hedging.InterimExposureHandler.check_exposure(turn, group, leg, own_done)


def _work_hedge_leg(turn: Turn, group: Group, leg: Leg) -> None:
    """Send the leg's own orders, watch their time, and see when they ended short."""
    key = f"leg:{group.group_id}/{leg.leg_id}"
    if any_ended_short(turn, leg):
        by_hand = any(o.canceled_by_trader for o in own_orders(turn, leg) if orders.is_done(o))
        leg.held, leg.ended_short = by_hand, True
        turn.disarm(key)
        turn.touch_group(group)
        for order in hedging.working_hedges(turn, leg):
            cancel(turn, order)
        if by_hand:
            _tell_held(turn, group, leg)
        return
    if group.paused:
        return
    fresh = ChildOrderManager.send_next(turn, group, leg, leg.target_qty)
    if fresh is not None:
        turn.arm(key, turn.state.config.leg_timeout_s, fresh.cl_ord_id)
    elif not hedging.working_hedges(turn, leg):
        if not turn.is_armed(f"slice:{group.group_id}/{leg.leg_id}"):
            turn.disarm(key)
    elif not turn.is_armed(key) and all_sent(turn, group, leg):
        turn.arm(key, turn.state.config.leg_timeout_s)


def leg_timed_out(turn: Turn, group: Group, leg: Leg) -> None:
    """The hedge leg is still short after its time: a chain takes over."""
    if hedging.active_chain(turn, group, leg) is not None or leg.held:
        return
    if hedging.has_open_orphan(turn, leg):
        return  # the leg's time begins anew when the trader has decided
    if hedging.shortfall(turn, group, leg) == ZERO:
        return
    leg.ended_short = True
    turn.disarm(f"slice:{group.group_id}/{leg.leg_id}")
    hedging.start_chain(turn, group, leg, "LEG_TIMEOUT")


def _tell_held(turn: Turn, group: Group, leg: Leg) -> None:
    """A hedge leg that the trader canceled waits for the trader; said, not silent."""
    short = leg.target_qty - legs.net_qty(turn.state, leg)
    key = f"held:{group.group_id}/{leg.leg_id}"
    if short <= ZERO or not hedging.is_aiming(group):
        end_cause(turn, key)
        if short <= ZERO:
            leg.held = False
        return
    if hedging.working_hedges(turn, leg):
        return
    escalate(
        turn, key, EscalationKind.LEG_HELD, Severity.WARNING,
        f"{leg.leg_id} was canceled by hand {short} short; the group waits: hedge by hand, "
        f"accept the partial hedge, or cancel the group",
        group_id=group.group_id, leg_id=leg.leg_id, symbol=leg.hedge_symbol,
        side=leg.hedge_side, unfilled_qty=short,
    )  # fmt: skip


def _drive_risk_leg(turn: Turn, group: Group, leg: Leg) -> None:
    """Send what the hedge proven so far permits."""
    if leg.held or leg.ended_short:
        return
    if not own_orders(turn, leg) and leg.target_qty == ZERO:
        return
    if _is_risk_short(turn, group, leg):
        return
    if leg.opened and goes_whole(group, leg):
        return  # all of it went; looking at what else must be right would cost for nothing
    if group.paused or not _gate_is_open(turn, group):
        return
    ChildOrderManager.send_next(turn, group, leg, _risk_allowed(turn, group, leg))


def _risk_allowed(turn: Turn, group: Group, leg: Leg) -> Decimal:
    if group.release is Release.PROPORTIONAL:
        return legs.risk_allowed(turn.state, group, leg)
    hedged = all(
        legs.net_qty(turn.state, hedge) >= hedge.target_qty
        for hedge in legs.legs_of(group, LegType.HEDGE)
    )
    return leg.target_qty if hedged else ZERO


def _gate_is_open(turn: Turn, group: Group) -> bool:
    """No new risk while a hedge is pending, an intent is in doubt, or risk may not be sent."""
    symbols = {leg.symbol for leg in group.legs.values()}
    symbols |= {leg.hedge_symbol for leg in legs.legs_of(group, LegType.HEDGE)}
    if not all(may_send(turn, Purpose.RISK, group, symbol) for symbol in symbols):
        return False
    if has_open_orphan(turn, group):
        return False
    return all(
        hedging.active_chain(turn, group, leg) is None for leg in legs.legs_of(group, LegType.HEDGE)
    )


def _is_risk_short(turn: Turn, group: Group, leg: Leg) -> bool:
    """The risk leg's orders are all sent and done without its target."""
    if leg.leg_type is not LegType.RISK or not leg.orders:
        return False
    filled = legs.filled_qty(turn.state, leg)
    if filled >= leg.target_qty or legs.working_qty(turn.state, leg) > ZERO:
        return False
    by_hand = any(o.canceled_by_trader or o.never_sent for o in own_orders(turn, leg))
    return all_sent(turn, group, leg) or leg.ended_short or by_hand


def _cancel_own(turn: Turn, group: Group) -> None:
    """The group stops: what works for its targets is canceled, what hedges exposure is not."""
    for leg in group.legs.values():
        turn.disarm(f"slice:{group.group_id}/{leg.leg_id}")
        turn.disarm(f"leg:{group.group_id}/{leg.leg_id}")
        if leg.leg_type is LegType.HEDGE and legs.leg_unhedged(turn.state, group, leg) > ZERO:
            continue
        for order in legs.orders_of(turn.state, leg):
            if order.purpose not in legs.CLOSING and not orders.is_done(order):
                cancel(turn, order, group.stopped_by, by_itself=True)
        stop_loss.release(turn, group, leg)


def _finish(turn: Turn, group: Group) -> None:
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
    short = [leg for leg in legs.legs_of(group, LegType.RISK) if _is_risk_short(turn, group, leg)]
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
    short = [leg for leg in risk if _is_risk_short(turn, group, leg)]
    if not short or not hedging.is_aiming(group) or legs.works(turn.state, group):
        return
    watching = any(watch.state is StopState.WATCHING for watch in _watches(turn, group))
    if watching and all(_is_risk_over(turn, group, leg) for leg in risk):
        missing = sum((leg.target_qty - legs.filled_qty(turn.state, leg) for leg in short), ZERO)
        surplus = legs.over_hedged_qty(turn.state, group)
        _tell_risk_short(turn, group, short[0], missing, surplus)


def _is_risk_over(turn: Turn, group: Group, leg: Leg) -> bool:
    full = legs.filled_qty(turn.state, leg) >= leg.target_qty
    return full or _is_risk_short(turn, group, leg)


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
    if legs.works(turn.state, group) or has_open_orphan(turn, group):
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
