"""What the trader asks about one order: cancel it, amend it.

Owns: whether an order can be canceled or amended, and asking for it. May not: assume that the
broker did it; asked is not done.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import commands as c
from engine.core import (
    externals,
)
from engine.core import order as orders
from engine.core.decisions import SendCancel
from engine.core.intents import derive_cl_ord_id
from engine.core.limits import gate
from engine.core.model import Order
from engine.core.order_table import DEAD
from engine.core.placing import cancel, replace, take_in_hand
from engine.core.terms import (
    OrdType,
    Phase,
    Purpose,
    RequestKind,
)
from engine.core.turn import Turn


def on_cancel_order(turn: Turn, command: c.CancelOrder) -> None:
    order = turn.state.orders.get(command.order)
    if order is None:
        _cancel_external(turn, command)
        return
    reason = why_not_cancel(order)
    if reason:
        turn.answer(command.command_id, "cancel_order", False, reason, "order")
        return
    take_in_hand(turn, order)
    cancel(turn, order, command.user)
    turn.answer(command.command_id, "cancel_order", True, "cancel asked, may still fill")


def why_not_cancel(order: Order) -> str:
    """Why an order cannot be canceled, in words; "" when it can."""
    if orders.is_closed(order):
        return f"{order.ref} is {order.ord_status}: nothing is left to cancel"
    if orders.open_requests(order, RequestKind.CANCEL):
        return f"{order.ref}: a cancel is asked already"
    return ""


def why_not_replace(order: Order) -> str:
    """Why an order cannot be amended, in words; "" when it can."""
    if order.base in DEAD or order.never_sent:
        return f"{order.ref} is {order.ord_status}: nothing is left to amend"
    if orders.open_requests(order, RequestKind.CANCEL):
        return f"{order.ref}: a cancel is asked already"
    if order.order_type is OrdType.MARKET:
        return f"{order.ref} is a MARKET order"
    return ""


def _cancel_external(turn: Turn, command: c.CancelOrder) -> None:
    external = turn.state.externals.get(command.order)
    if external is None:
        turn.answer(command.command_id, "cancel_order", False, "no such order", "order")
    elif not externals.is_live(external):
        turn.answer(
            command.command_id, "cancel_order", False, f"it is {external.ord_status}", "order"
        )
    elif external.cancel_asked or external.side is None:
        reason = "a cancel is asked already" if external.cancel_asked else "its side is unknown"
        turn.answer(command.command_id, "cancel_order", False, reason, "order")
    else:
        external.cancel_asked = True
        turn.state.touched.externals.add(external.key)
        turn.out.append(
            SendCancel(
                ref=external.key,
                request=1,
                cl_ord_id=derive_cl_ord_id(turn.state.meta.instance_id, f"ext/{external.key}"),
                orig_cl_ord_id=external.cl_ord_id,
                order_id=external.order_id,
                account="",
                symbol=external.symbol,
                side=external.side,
                quantity=external.order_qty or external.leaves_qty,
            )
        )
        turn.answer(command.command_id, "cancel_order", True, "cancel asked")


def on_replace_order(turn: Turn, command: c.ReplaceOrder) -> None:
    order = turn.state.orders.get(command.order)
    if order is None:
        turn.answer(command.command_id, "replace_order", False, "no such order", "order")
        return
    reason, about = _replace_refusal(turn, order, command)
    if reason:
        turn.answer(command.command_id, "replace_order", False, reason, about)
        return
    quantity = command.quantity if command.quantity is not None else _wanted_qty(order)
    price = command.price if command.price is not None else _wanted_price(order)
    refused = gate.amend_refusal(turn, order, quantity, price, command.confirm, command.user)
    if refused.reason:
        about, reason, confirmable = refused
        turn.answer(command.command_id, "replace_order", False, reason, about, confirmable)
        return
    replace(turn, order, quantity, price, command.user)
    turn.answer(command.command_id, "replace_order", True, "amendment asked, may still fill")


def _replace_refusal(turn: Turn, order: Order, command: c.ReplaceOrder) -> tuple[str, str]:
    reason = why_not_replace(order)
    if reason:
        return reason, "order"
    if turn.state.meta.phase not in (Phase.ARMED, Phase.RESOLVING):
        return f"the desk is {turn.state.meta.phase}", "state"
    if order.ref in turn.state.orphans and turn.state.orphans[order.ref].resolution is None:
        return f"{order.ref} is an orphan: resolve it first", "order"
    if command.quantity is None and command.price is None:
        return "expected a quantity or a price", "quantity"
    leg = turn.state.groups[order.group_id].legs[order.leg_id]
    if command.quantity is not None and (
        not command.quantity.is_finite() or command.quantity <= 0 or command.quantity % leg.lot
    ):
        return f"expected a positive multiple of {leg.lot}, got {command.quantity}", "quantity"
    raised = command.quantity is not None and command.quantity > _wanted_qty(order)
    if raised and order.purpose not in (Purpose.HEDGE, Purpose.RISK):
        return f"{order.ref} is sized by what is proven: its quantity is not raised", "quantity"
    if command.price is not None and (not command.price.is_finite() or command.price <= 0):
        return f"expected a price above 0, got {command.price}", "price"
    return "", ""


def _wanted_qty(order: Order) -> Decimal:
    """The quantity of the last open amendment, else the order's."""
    open_ones = orders.open_requests(order, RequestKind.REPLACE)
    last = open_ones[-1].quantity if open_ones else None
    return last if last is not None else order.order_qty


def _wanted_price(order: Order) -> Decimal | None:
    open_ones = orders.open_requests(order, RequestKind.REPLACE)
    last = open_ones[-1].price if open_ones else None
    return last if last is not None else order.price
