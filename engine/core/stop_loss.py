"""Protective stops: SL-LIMIT on the side that can fill, then MARKET for exactly the rest.

Owns: ``StopWatch`` and its steps. May not: send MARKET before the LIMIT's cancel is confirmed.
The trigger trades -> a LIMIT at trigger less (sell) or plus (buy) the offset -> after its time
(broker time) cancel -> confirmed -> MARKET for LeavesQty. Filled before or during the cancel:
no MARKET. Unconfirmed: no MARKET, ``STOP_LOSS_UNCERTAIN``, keep asking (``engine.md`` §2.5).
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import legs
from engine.core import order as orders
from engine.core.escalation import MANUAL_HEDGE, end_cause, escalate
from engine.core.events import QuoteChanged
from engine.core.intents import is_open_orphan
from engine.core.model import ZERO, Group, Leg, Order, StopWatch
from engine.core.placing import cancel, may_send, place
from engine.core.terms import (
    EscalationKind,
    OrdType,
    Purpose,
    Severity,
    Side,
    StopState,
)
from engine.core.turn import NS, Turn, to_ns

ENDED = StopState.DONE


class HybridStopLossManager:
    """The guide's name: the price and the trigger of a protective stop."""

    @staticmethod
    def limit_price(watch: StopWatch, tick: Decimal | None) -> Decimal:
        """Below the trigger to sell, above it to buy, on a tick towards the fill."""
        factor = 1 - watch.offset if watch.side is Side.SELL else 1 + watch.offset
        price = watch.trigger_price * factor
        if tick is None:
            return price.normalize()
        if watch.side is Side.SELL:
            return legs.round_down(price, tick)
        return legs.round_up(price, tick)

    @staticmethod
    def is_triggered(watch: StopWatch, quote: QuoteChanged) -> bool:
        """Last trade at or through the trigger, else the side it would trade against."""
        if watch.side is Side.SELL:
            price = quote.last if quote.last is not None else quote.bid
            return price is not None and price <= watch.trigger_price
        price = quote.last if quote.last is not None else quote.ask
        return price is not None and price >= watch.trigger_price


def watch_leg(turn: Turn, group: Group, leg: Leg) -> None:
    """Begin to watch a leg once something of it is filled."""
    key = f"{group.group_id}/{leg.leg_id}"
    if leg.stop_loss is None or key in turn.state.stops or group.stopping is not None:
        return
    if legs.net_qty(turn.state, leg) <= ZERO:
        return
    spec, config = leg.stop_loss, turn.state.config
    turn.state.stops[key] = StopWatch(
        key=key,
        group_id=group.group_id,
        leg_id=leg.leg_id,
        symbol=leg.symbol,
        side=leg.side.opposite,
        trigger_price=spec.trigger_price,
        offset=config.stop_loss_offset if spec.offset is None else spec.offset,
        timeout_ns=to_ns(config.stop_loss_timeout_s if spec.timeout_s is None else spec.timeout_s),
    )
    touch(turn, turn.state.stops[key])


def watch_of(turn: Turn, group: Group, leg: Leg) -> StopWatch | None:
    return turn.state.stops.get(f"{group.group_id}/{leg.leg_id}")


def on_quote(turn: Turn, quote: QuoteChanged) -> None:
    """Trigger the stops of this symbol that the quote reaches."""
    for watch in list(turn.state.stops.values()):
        if watch.symbol != quote.symbol or watch.state is not StopState.WATCHING:
            continue
        if HybridStopLossManager.is_triggered(watch, quote):
            _trigger(turn, watch)


def step(turn: Turn, group: Group, leg: Leg, watch: StopWatch) -> None:
    """Move a stop on as far as what is proven allows."""
    if watch.state in (StopState.WATCHING, StopState.DONE):
        return
    if _working(turn, leg):
        return
    rest = legs.net_qty(turn.state, leg)
    if rest <= ZERO:
        _end(turn, watch)
        return
    if not may_send(turn, Purpose.MARKET_FALLBACK, group, leg.symbol):
        return
    if watch.state is StopState.FALLBACK:
        _fell_short(turn, group, watch, rest)
        return
    watch.state = StopState.FALLBACK
    _place(turn, group, leg, watch, Purpose.MARKET_FALLBACK, rest, OrdType.MARKET, None)


def timed_out(turn: Turn, key: str) -> None:
    """The LIMIT's time is over: cancel it; only the confirmation lets MARKET go."""
    watch = turn.state.stops.get(key)
    order = turn.state.orders.get(watch.order_ref) if watch is not None else None
    if watch is None or order is None or watch.state is not StopState.WORKING:
        return
    if orders.is_done(order) or is_open_orphan(turn.state, order.ref):
        return
    watch.state = StopState.CANCELING
    cancel(turn, order)
    touch(turn, watch)


def cancel_unconfirmed(turn: Turn, order: Order) -> bool:
    """The LIMIT's cancel is not confirmed: no MARKET. True if this order is a stop's."""
    watch = turn.state.stops.get(f"{order.group_id}/{order.leg_id}")
    if watch is None or order.purpose not in (Purpose.STOP_LOSS, Purpose.MARKET_FALLBACK):
        return False
    watch.state = StopState.UNCERTAIN
    raised = escalate(
        turn, f"stop:{watch.key}", EscalationKind.STOP_LOSS_UNCERTAIN, Severity.CRITICAL,
        f"the cancel of stop order {order.ref} is not confirmed; no MARKET is sent",
        group_id=watch.group_id, leg_id=watch.leg_id, symbol=watch.symbol, side=watch.side,
        unfilled_qty=orders.may_still_fill(order), order_ref=order.ref,
        action_required=MANUAL_HEDGE,
    )  # fmt: skip
    watch.escalation = raised.number
    touch(turn, watch)
    return True


def release(turn: Turn, group: Group, leg: Leg) -> None:
    """The group ends: a stop that only watches ends with it."""
    watch = watch_of(turn, group, leg)
    if watch is not None and watch.state is StopState.WATCHING:
        _end(turn, watch)


def accept_short(turn: Turn, group: Group, leg: Leg) -> None:
    """The trader accepts that the stop closed only a part: the stop is over."""
    watch = watch_of(turn, group, leg)
    if watch is not None and watch.state is StopState.FALLBACK and not _working(turn, leg):
        _end(turn, watch)


def touch(turn: Turn, watch: StopWatch) -> None:
    turn.state.touched.stops.add(watch.key)
    turn.state.volatile.active[watch.group_id] = None


def _trigger(turn: Turn, watch: StopWatch) -> None:
    group = turn.state.groups.get(watch.group_id)
    if group is None or not may_send(turn, Purpose.STOP_LOSS, group, watch.symbol):
        return
    leg = group.legs[watch.leg_id]
    quantity = legs.net_qty(turn.state, leg)
    if quantity <= ZERO:
        return
    for order in legs.orders_of(turn.state, leg):
        if order.purpose not in legs.CLOSING and not orders.is_done(order):
            cancel(turn, order)
    leg.ended_short = True
    watch.state = StopState.WORKING
    tick = turn.instrument(watch.symbol).tick
    price = HybridStopLossManager.limit_price(watch, tick)
    _place(turn, group, leg, watch, Purpose.STOP_LOSS, quantity, OrdType.LIMIT, price)
    sent = turn.state.orders[watch.order_ref].cl_ord_id
    turn.arm(f"stop:{watch.key}", Decimal(watch.timeout_ns) / NS, sent)


def _place(
    turn: Turn, group: Group, leg: Leg, watch: StopWatch, purpose: Purpose,
    quantity: Decimal, order_type: OrdType, price: Decimal | None,
) -> None:  # fmt: skip
    order = place(turn, group, leg, purpose, quantity, order_type, price, side=watch.side)
    watch.order_ref = order.ref
    touch(turn, watch)


def _working(turn: Turn, leg: Leg) -> bool:
    return any(
        order.purpose in (Purpose.STOP_LOSS, Purpose.MARKET_FALLBACK) and not orders.is_done(order)
        for order in legs.orders_of(turn.state, leg)
    )


def _fell_short(turn: Turn, group: Group, watch: StopWatch, rest: Decimal) -> None:
    escalate(
        turn, f"stop:{watch.key}", EscalationKind.STOP_LOSS_SHORT, Severity.CRITICAL,
        f"the stop's MARKET order ended short; {rest} of {watch.key} are still open",
        group_id=group.group_id, leg_id=watch.leg_id, symbol=watch.symbol, side=watch.side,
        unfilled_qty=rest, order_ref=watch.order_ref, action_required=MANUAL_HEDGE,
    )  # fmt: skip


def _end(turn: Turn, watch: StopWatch) -> None:
    watch.state = ENDED
    turn.disarm(f"stop:{watch.key}")
    end_cause(turn, f"stop:{watch.key}")
    touch(turn, watch)
