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
    is_risk_short,
    own_orders,
)
from engine.core.escalation import end_cause, escalate
from engine.core.group_end import finish
from engine.core.lifecycle import TERMINAL
from engine.core.lifecycle import ExecutionLifecycle as L
from engine.core.model import ZERO, Group, Leg
from engine.core.placing import cancel, may_send
from engine.core.state import DeskState
from engine.core.terms import (
    ChainState,
    EscalationKind,
    IntentState,
    LegType,
    Phase,
    Purpose,
    Release,
    Severity,
)
from engine.core.turn import Turn

MultiLegOrderGroup = Group
"""The guide's ``CorrectMultiLegOrderGroup``: the record in ``model``, its behavior here."""

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
    finish(turn, group)


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
        if group.lifecycle not in TERMINAL and (leg.held or is_risk_short(turn, group, leg)):
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
        if short <= ZERO and leg.held:
            leg.held = False
            turn.touch_group(group)
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
    if is_risk_short(turn, group, leg):
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
        legs.proven_qty(turn.state, hedge) >= hedge.target_qty
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
