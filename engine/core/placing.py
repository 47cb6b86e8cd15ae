"""Placing, canceling and amending orders: the intent first.

Owns: making an order or a request together with its intent, and what the phase allows to be
sent. May not: decide that one is needed. The shell sends what is decided here only after the
intent is durable; a decision and its intent are always of the same turn.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import order as orders
from engine.core.blocked import blocking
from engine.core.decisions import SendCancel, SendOrder, SendReplace
from engine.core.intents import derive_cl_ord_id
from engine.core.limits import gate, rates
from engine.core.model import Group, Leg, Order, Request
from engine.core.terms import (
    IntentState,
    OrdType,
    Phase,
    Purpose,
    RequestKind,
    RequestState,
    Side,
    TimeInForce,
)
from engine.core.turn import Turn

_ADDS_RISK = frozenset({Purpose.HEDGE, Purpose.RISK})


def may_send(turn: Turn, purpose: Purpose, group: Group, symbol: str) -> bool:
    """What the phase and the kills allow: everything when ARMED, only what reduces risk when
    RESOLVING, nothing that a kill covers."""
    if blocking(turn.state, group, symbol) is not None:
        return False
    phase = turn.state.meta.phase
    if phase is Phase.ARMED:
        return True
    return phase is Phase.RESOLVING and purpose not in _ADDS_RISK


def place(
    turn: Turn,
    group: Group,
    leg: Leg,
    purpose: Purpose,
    quantity: Decimal,
    order_type: OrdType,
    price: Decimal | None,
    *,
    side: Side | None = None,
    symbol: str | None = None,
    tif: TimeInForce = TimeInForce.DAY,
    level: int | None = None,
    chain_id: str = "",
) -> Order:
    """A new order with its intent, as the leg's next number."""
    assert quantity > 0, "an order needs a quantity"
    number = len(leg.orders) + 1
    ref = f"{group.group_id}/{leg.leg_id}/{number}"
    order = Order(
        ref=ref,
        group_id=group.group_id,
        leg_id=leg.leg_id,
        number=number,
        purpose=purpose,
        account=group.account,
        symbol=symbol or leg.symbol,
        side=side or leg.side,
        order_type=order_type,
        tif=tif,
        price=price if order_type is not OrdType.MARKET else None,
        order_qty=quantity,
        cl_ord_id=derive_cl_ord_id(turn.state.meta.instance_id, ref),
        created_mono_ns=turn.mono_ns,
        created_wall_ns=turn.wall_ns,
        leaves_qty=quantity,
        level=level,
        chain_id=chain_id,
    )
    leg.orders.append(ref)
    turn.state.orders[ref] = order
    turn.state.by_cl_ord_id[order.cl_ord_id] = ref
    turn.state.volatile.working[ref] = None
    turn.touch_order(order)
    turn.touch_group(group)
    gate.order_is_made(turn, order)
    turn.out.append(new_order_message(order))
    return order


def new_order_message(order: Order, resend: bool = False) -> SendOrder:
    """The message for an order, the same each time."""
    return SendOrder(
        ref=order.ref,
        cl_ord_id=order.cl_ord_id,
        account=order.account,
        symbol=order.symbol,
        side=order.side,
        order_type=order.order_type,
        tif=order.tif,
        quantity=order.order_qty,
        price=order.price,
        purpose=order.purpose,
        resend=resend,
    )


def cancel(turn: Turn, order: Order, user: str = "", *, by_itself: bool = False) -> Request | None:
    """Ask for a cancel, unless one is under way or nothing is left to cancel. ``user``: on whose
    word. What the engine asks for (``by_itself``, or on nobody's word) and the broker refused is
    not asked again: it is asked *about*."""
    if orders.is_closed(order) or orders.open_requests(order, RequestKind.CANCEL):
        return None
    if (by_itself or not user) and any(
        r.kind is RequestKind.CANCEL and r.state is RequestState.REJECTED for r in order.requests
    ):
        return None
    request = _request(turn, order, RequestKind.CANCEL, user, None, None)
    turn.out.append(
        SendCancel(
            ref=order.ref,
            request=request.number,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            order_id=order.order_id,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            quantity=order.order_qty,
        )
    )
    turn.disarm(f"grace:{order.ref}")
    turn.arm(f"cancel:{order.ref}", turn.state.config.cancel_confirm_s, request.cl_ord_id)
    return request


def note_direct_cancel(
    turn: Turn, order: Order, cl_ord_id: str, orig_cl_ord_id: str, user: str, run: int
) -> bool:
    """A cancel that a kill asked over its own path becomes a request like any other, in doubt
    until its handing over is told. False: it is known already, or nothing is left to cancel."""
    if orders.is_closed(order) or orders.request_of(order, cl_ord_id) is not None:
        return False
    request = Request(
        number=len(order.requests) + 1,
        kind=RequestKind.CANCEL,
        cl_ord_id=cl_ord_id,
        orig_cl_ord_id=orig_cl_ord_id,
        state=RequestState.OPEN,
        intent=IntentState.INTENT_PERSISTED,
        asked_mono_ns=turn.mono_ns,
        run=run,
        user=user,
    )
    _note(turn, order, request)
    # In a later process nobody will tell of the handing over: then it waits from now on.
    sent = cl_ord_id if run == turn.state.meta.run else ""
    turn.disarm(f"grace:{order.ref}")
    turn.arm(f"cancel:{order.ref}", turn.state.config.cancel_confirm_s, sent)
    return True


def cancel_or_ask(turn: Turn, order: Order) -> None:
    """Cancel; an order whose cancel the broker refused is asked about instead, and what waits
    for its end does not wait for ever."""
    if cancel(turn, order) is not None or orders.is_done(order):
        return
    if not orders.open_requests(order, RequestKind.CANCEL):
        turn.ask_order(order)
        if not turn.is_armed(f"cancel:{order.ref}"):
            turn.arm(f"cancel:{order.ref}", turn.state.config.cancel_confirm_s)


def take_in_hand(turn: Turn, order: Order) -> None:
    """The trader canceled it: its leg is not sent again by itself while no risk is on."""
    order.canceled_by_trader = True
    group = turn.state.groups.get(order.group_id)
    leg = group.legs.get(order.leg_id) if group is not None else None
    if group is not None and leg is not None and order.purpose is Purpose.EMERGENCY_HEDGE:
        leg.held = True
        turn.touch_group(group)


def replace(
    turn: Turn, order: Order, quantity: Decimal, price: Decimal | None, user: str
) -> Request:
    """Ask for an amended order; ``quantity`` is the new total OrderQty."""
    request = _request(turn, order, RequestKind.REPLACE, user, quantity, price)
    turn.out.append(
        SendReplace(
            ref=order.ref,
            request=request.number,
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            order_id=order.order_id,
            account=order.account,
            symbol=order.symbol,
            side=order.side,
            order_type=order.order_type,
            tif=order.tif,
            quantity=quantity,
            price=price,
        )
    )
    return request


def _request(
    turn: Turn,
    order: Order,
    kind: RequestKind,
    user: str,
    quantity: Decimal | None,
    price: Decimal | None,
) -> Request:
    number = len(order.requests) + 1
    request = Request(
        number=number,
        kind=kind,
        cl_ord_id=derive_cl_ord_id(turn.state.meta.instance_id, order.ref, number),
        orig_cl_ord_id=orders.current_cl_ord_id(order),
        state=RequestState.OPEN,
        intent=IntentState.INTENT_PERSISTED,
        asked_mono_ns=turn.mono_ns,
        run=turn.state.meta.run,
        user=user,
        quantity=quantity,
        price=price,
    )
    _note(turn, order, request)
    return request


def _note(turn: Turn, order: Order, request: Request) -> None:
    """The request belongs to its order from now on."""
    order.requests.append(request)
    rates.note(turn, order.account, order.symbol, request.kind is RequestKind.REPLACE)
    turn.state.by_cl_ord_id[request.cl_ord_id] = order.ref
    orders.refresh(order)
    turn.touch_order(order)
