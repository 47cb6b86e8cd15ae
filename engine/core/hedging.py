"""Safeguard 4: a short hedge is re-hedged for exactly the remainder, then escalated once.

Owns: the hedge chains. May not: place a hedge while anything of the leg may still fill; that
is what keeps hedges filled plus hedges that may still fill at or below the exposure.

A chain cancels what works, waits for the confirmation, and hedges only the remainder at the
next level; levels 0, 1, 2 place orders, then one escalation. An unconfirmed cancel stops the
chain (``HEDGE_UNCERTAIN``) until an answer comes. See ``engine.md`` §2.4.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import legs
from engine.core import order as orders
from engine.core.blocked import blocking
from engine.core.escalation import (
    MANUAL_HEDGE,
    end_cause,
    escalate,
    return_to_normal,
    set_unfilled,
    standing,
)
from engine.core.intents import is_open_orphan
from engine.core.lifecycle import TERMINAL
from engine.core.model import ZERO, Group, HedgeChain, Leg, Order
from engine.core.placing import cancel, cancel_or_ask, may_send, place
from engine.core.terms import (
    ChainState,
    EscalationKind,
    LegType,
    OrdType,
    Phase,
    Purpose,
    RequestKind,
    RequestState,
    Severity,
)
from engine.core.turn import Turn


class RecursiveHedgeMonitor:
    """The guide's name; its limits are defaults of ``EngineConfig``."""

    MAX_RECURSION_DEPTH = 3
    HEDGE_TIMEOUT_SECONDS = Decimal("5.0")


def is_aiming(group: Group) -> bool:
    """Whether the group still works towards its targets, and so hedges up to them."""
    return group.stopping is None and group.lifecycle not in TERMINAL


def required_qty(turn: Turn, group: Group, leg: Leg, by_hand: bool = False) -> Decimal:
    """What the hedge leg must have: its target while the group aims at it, and in any case
    what the risk that is on asks for. A leg held by the trader is not hedged to its target."""
    need = legs.hedge_required(turn.state, group, leg)
    if is_aiming(group) and (by_hand or not leg.held):
        need = max(need, leg.target_qty)
    return need


def shortfall(turn: Turn, group: Group, leg: Leg, by_hand: bool = False) -> Decimal:
    """Required less proven and less what the trader accepted to leave open; nothing is
    subtracted for what only may still fill."""
    required = required_qty(turn, group, leg, by_hand) - leg.accepted_qty
    return max(required - legs.net_qty(turn.state, leg), ZERO)


def active_chain(turn: Turn, group: Group, leg: Leg) -> HedgeChain | None:
    """The leg's chain that is not done."""
    for chain_id in reversed(group.chains):
        chain = turn.state.chains[chain_id]
        if chain.leg_id == leg.leg_id and chain.state is not ChainState.DONE:
            return chain
    return None


def cause_key(group: Group, leg: Leg) -> str:
    """One occurrence per exposure: the leg's."""
    return f"hedge:{group.group_id}/{leg.leg_id}"


def start_chain(turn: Turn, group: Group, leg: Leg, cause: str) -> HedgeChain:
    """Begin a chain: cancel what works first, then level 0."""
    group.chain_count += 1
    chain = HedgeChain(
        chain_id=f"{group.group_id}/{leg.leg_id}#{group.chain_count}",
        group_id=group.group_id,
        leg_id=leg.leg_id,
        symbol=leg.hedge_symbol,
        side=leg.hedge_side,
        cause=cause,
        target_qty=shortfall(turn, group, leg),
        started_mono_ns=turn.mono_ns,
        state=ChainState.CANCELING,
        after_risk=legs.risk_fraction(turn.state, group)[0] > ZERO,
    )
    turn.state.chains[chain.chain_id] = chain
    group.chains.append(chain.chain_id)
    turn.disarm(f"leg:{group.group_id}/{leg.leg_id}")
    for order in working_hedges(turn, leg):
        cancel_or_ask(turn, order)
    touch(turn, group, chain)
    return chain


def working_hedges(turn: Turn, leg: Leg) -> list[Order]:
    """The leg's hedges that may still fill."""
    return [
        order
        for order in legs.orders_of(turn.state, leg)
        if order.purpose not in legs.CLOSING and not orders.is_done(order)
    ]


def step(turn: Turn, group: Group, leg: Leg, chain: HedgeChain) -> None:
    """Move a chain on as far as what is proven allows."""
    if working_hedges(turn, leg):
        return
    if turn.state.meta.phase is Phase.RECOVERING:
        return
    need = shortfall(turn, group, leg, by_hand=chain.state is ChainState.TAKEN_OVER)
    if need == ZERO:
        finish(turn, group, leg, chain)
    elif chain.manual_qty is not None:
        place_manual(turn, group, leg, chain, need)
    elif chain.state is ChainState.TAKEN_OVER:
        _exhausted(turn, group, leg, chain, need, EscalationKind.MANUAL_HEDGE_SHORT)
    elif chain.state is ChainState.EXHAUSTED:
        _follow_exhausted(turn, chain, need)
    elif _level_was_filled(turn, chain):
        finish(turn, group, leg, chain)
    else:
        _next_level(turn, group, leg, chain, need)


def _level_was_filled(turn: Turn, chain: HedgeChain) -> bool:
    """The level got all it asked for: what is short now is a new exposure, not a remainder."""
    if chain.level < 0 or not chain.order_ref:
        return False
    order = turn.state.orders[chain.order_ref]
    return order.cum_qty >= order.order_qty


def _next_level(turn: Turn, group: Group, leg: Leg, chain: HedgeChain, need: Decimal) -> None:
    if chain.level + 1 >= turn.state.config.max_hedge_depth:
        _exhausted(turn, group, leg, chain, need, EscalationKind.HEDGE_DEPTH_EXCEEDED)
        return
    unhedged = legs.leg_unhedged(turn.state, group, leg)
    if not may_send(turn, Purpose.EMERGENCY_HEDGE, group, leg.hedge_symbol):
        if unhedged > ZERO:
            _blocked(turn, group, leg, unhedged)
        return
    if unhedged == ZERO and not may_send(turn, Purpose.HEDGE, group, leg.hedge_symbol):
        return  # no risk is on: completing the hedge waits until the desk is armed
    if chain.level >= 0:
        _warn(turn, group, leg, chain, need)
    chain.level += 1
    chain.state = ChainState.WORKING
    order = place(
        turn, group, leg, Purpose.EMERGENCY_HEDGE, need, OrdType.MARKET, None,
        side=leg.hedge_side, symbol=leg.hedge_symbol, level=chain.level, chain_id=chain.chain_id,
    )  # fmt: skip
    chain.order_ref = order.ref
    chain.orders.append(order.ref)
    turn.arm(f"hedge:{order.ref}", turn.state.config.hedge_timeout_s, order.cl_ord_id)
    touch(turn, group, chain)


def place_manual(
    turn: Turn, group: Group, leg: Leg, chain: HedgeChain, need: Decimal, excess: bool = False
) -> Order | None:
    """The trader's own hedge, in the chain's place; never more than is needed unless typed."""
    assert chain.manual_qty is not None
    quantity = chain.manual_qty if excess else min(chain.manual_qty, need)
    if not may_send(turn, Purpose.MANUAL_HEDGE, group, leg.hedge_symbol):
        _blocked(turn, group, leg, need)
        return None
    chain.manual_qty = None
    chain.state = ChainState.TAKEN_OVER
    order = place(
        turn, group, leg, Purpose.MANUAL_HEDGE, quantity, chain.manual_type, chain.manual_price,
        side=leg.hedge_side, symbol=leg.hedge_symbol, chain_id=chain.chain_id,
    )  # fmt: skip
    chain.order_ref = order.ref
    chain.orders.append(order.ref)
    touch(turn, group, chain)
    return order


def timed_out(turn: Turn, order: Order) -> None:
    """A level's time is over: cancel the residual; the confirmation moves the chain on."""
    chain = turn.state.chains.get(order.chain_id)
    group = turn.state.groups.get(order.group_id)
    if chain is None or group is None or orders.is_done(order):
        return
    if is_open_orphan(turn.state, order.ref):
        return  # its time begins anew when the trader adopts it
    leg = group.legs[order.leg_id]
    _warn(turn, group, leg, chain, shortfall(turn, group, leg))
    chain.state = ChainState.CANCELING
    cancel_or_ask(turn, order)
    touch(turn, group, chain)


def cancel_unconfirmed(turn: Turn, order: Order) -> bool:
    """The cancel of a hedge is not confirmed: nothing more is sent. True if a chain waits."""
    group = turn.state.groups.get(order.group_id)
    leg = group.legs[order.leg_id] if group is not None else None
    if group is None or leg is None or leg.leg_type is not LegType.HEDGE:
        return False
    chain = active_chain(turn, group, leg)
    if chain is None:
        return False
    need = shortfall(turn, group, leg, by_hand=chain.state is ChainState.TAKEN_OVER)
    if chain.state is not ChainState.TAKEN_OVER:
        chain.state = ChainState.UNCERTAIN
    _raise(
        turn, group, leg, chain, EscalationKind.HEDGE_UNCERTAIN, need,
        f"the cancel of {order.ref} is not confirmed; {orders.may_still_fill(order)} may still "
        f"fill, so nothing more is sent; the broker is being asked",
        order_ref=order.ref,
    )  # fmt: skip
    touch(turn, group, chain)
    return True


def follow(turn: Turn, group: Group, leg: Leg, chain: HedgeChain) -> None:
    """A fill of what may still fill lowers the escalated quantity."""
    raised = standing(turn, cause_key(group, leg))
    if raised is None or chain.state not in (ChainState.UNCERTAIN, ChainState.EXHAUSTED):
        return
    need = shortfall(turn, group, leg)
    if need < raised.unfilled_qty and not raised.returned:
        set_unfilled(turn, raised, need)


def tell_rest(turn: Turn, group: Group, leg: Leg, chain: HedgeChain) -> None:
    """While a hedge by hand works: what is unhedged beyond it is nobody's. Never silent."""
    if chain.state is not ChainState.TAKEN_OVER or not working_hedges(turn, leg):
        return
    unhedged = legs.leg_unhedged(turn.state, group, leg) - leg.accepted_qty
    rest = unhedged - legs.working_qty(turn.state, leg)
    known = standing(turn, cause_key(group, leg))
    if rest <= ZERO or (known is not None and not known.returned):
        return
    _raise(
        turn, group, leg, chain, EscalationKind.MANUAL_HEDGE_SHORT, unhedged,
        f"{unhedged} of {group.group_id}/{leg.leg_id} are unhedged; the hedge by hand is for less,"
        f" and nothing goes for the other {rest}",
    )  # fmt: skip
    touch(turn, group, chain)


def finish(turn: Turn, group: Group, leg: Leg, chain: HedgeChain) -> None:
    """Nothing is short any more (or a new chain takes the rest)."""
    chain.state = ChainState.DONE
    chain.ended_mono_ns = turn.mono_ns
    chain.manual_qty = None
    filled = any(turn.state.orders[ref].cum_qty > ZERO for ref in chain.orders)
    if chain.after_risk and filled:
        group.emergency_used = True
    raised = standing(turn, cause_key(group, leg))
    if raised is not None:
        set_unfilled(turn, raised, ZERO)
    end_cause(turn, f"blocked:{group.group_id}/{leg.leg_id}")
    touch(turn, group, chain)


def stop_chain(turn: Turn, group: Group, leg: Leg, chain: HedgeChain) -> None:
    """The trader ended what the chain was for: cancel what works and let it end."""
    for order in working_hedges(turn, leg):
        cancel(turn, order)
    if not working_hedges(turn, leg):
        finish(turn, group, leg, chain)


def touch(turn: Turn, group: Group, chain: HedgeChain) -> None:
    turn.state.touched.chains.add(chain.chain_id)
    turn.touch_group(group)


def _warn(turn: Turn, group: Group, leg: Leg, chain: HedgeChain, need: Decimal) -> None:
    _raise(
        turn, group, leg, chain, EscalationKind.HEDGE_PARTIAL, need,
        f"hedge level {chain.level} of {group.group_id}/{leg.leg_id} ended short; "
        f"{need} still to hedge, the next level follows",
        severity=Severity.WARNING,
    )  # fmt: skip


def _raise(
    turn: Turn, group: Group, leg: Leg, chain: HedgeChain, kind: EscalationKind, need: Decimal,
    text: str, *, severity: Severity = Severity.CRITICAL, order_ref: str = "",
) -> None:  # fmt: skip
    """Escalate the leg's shortfall, one cause a leg; what is CRITICAL asks for a hedge by hand."""
    raised = escalate(
        turn, cause_key(group, leg), kind, severity, text,
        group_id=group.group_id, leg_id=leg.leg_id, symbol=leg.hedge_symbol, side=leg.hedge_side,
        unfilled_qty=need, order_ref=order_ref or chain.order_ref,
        action_required=MANUAL_HEDGE if severity is Severity.CRITICAL else None,
    )  # fmt: skip
    chain.escalation = raised.number


def _exhausted(
    turn: Turn, group: Group, leg: Leg, chain: HedgeChain, need: Decimal, kind: EscalationKind
) -> None:
    chain.state = ChainState.EXHAUSTED
    told = (
        "the hedge placed by hand ended short"
        if kind is EscalationKind.MANUAL_HEDGE_SHORT
        else f"{turn.state.config.max_hedge_depth} hedge levels are used up"
    )
    text = f"{told}; {need} of {group.group_id}/{leg.leg_id} remain"
    _raise(turn, group, leg, chain, kind, need, text)
    touch(turn, group, chain)


def _follow_exhausted(turn: Turn, chain: HedgeChain, need: Decimal) -> None:
    raised = turn.state.escalations.get(chain.escalation)
    if raised is not None and turn.state.standing.get(raised.cause_key) == raised.number:
        if raised.returned:
            escalate(
                turn, raised.cause_key, raised.kind, raised.severity, raised.text,
                unfilled_qty=need, action_required=MANUAL_HEDGE,
            )  # fmt: skip
        else:
            set_unfilled(turn, raised, need)


def _blocked(turn: Turn, group: Group, leg: Leg, need: Decimal) -> None:
    """A hedge is due but nothing may be sent: never silent."""
    killed = blocking(turn.state, group, leg.hedge_symbol)
    if turn.state.meta.phase is not Phase.KILLED and killed is None:
        return
    escalate(
        turn, f"blocked:{group.group_id}/{leg.leg_id}", EscalationKind.HEDGE_BLOCKED,
        Severity.CRITICAL, f"{need} to hedge, but the kill switch blocks every new order",
        group_id=group.group_id, leg_id=leg.leg_id, symbol=leg.hedge_symbol, side=leg.hedge_side,
        unfilled_qty=need, action_required=MANUAL_HEDGE,
    )  # fmt: skip


class InterimExposureHandler:
    """The guide's name: looks at one hedge leg and starts a chain where it is short."""

    @staticmethod
    def check_exposure(turn: Turn, group: Group, leg: Leg, own_done: bool) -> HedgeChain | None:
        """Start a chain if the leg's own orders are done and it is short; at once if risk is on
        that it does not cover, canceling what rests. A leg held by the trader is hedged only
        for the risk that is on; what the trader amended keeps its own time, unless more is
        unhedged than works."""
        unhedged = legs.leg_unhedged(turn.state, group, leg)
        on_risk = unhedged > ZERO
        working = working_hedges(turn, leg)
        keeps_time = any(_was_amended(order) for order in working)
        at_once = on_risk and (not keeps_time or unhedged > legs.working_qty(turn.state, leg))
        if not at_once and (not own_done or working):
            return None
        need = shortfall(turn, group, leg)
        if need == ZERO or has_open_orphan(turn, leg):
            return None
        return start_chain(turn, group, leg, "EXPOSURE" if on_risk else "LEG_SHORT")


def _was_amended(order: Order) -> bool:
    return any(
        r.kind is RequestKind.REPLACE and r.state is RequestState.ACCEPTED for r in order.requests
    )


def has_open_orphan(turn: Turn, leg: Leg) -> bool:
    """Whether an intent of this leg waits for the trader; until then nothing is hedged for it."""
    state = turn.state
    return bool(state.orphans) and any(is_open_orphan(state, ref) for ref in leg.orders)


def return_escalation(turn: Turn, group: Group, leg: Leg) -> None:
    """The exposure is gone or accepted: nothing stands for this leg any more."""
    raised = standing(turn, cause_key(group, leg))
    if raised is not None:
        return_to_normal(turn, raised)
