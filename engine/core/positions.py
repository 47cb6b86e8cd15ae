"""The position book: what was filled, by account and symbol, for as long as the desk lives.

Owns: the positions that our own fills made. May not: look at single orders for anything but
what they added. Groups leave memory when they are old; their fills stay counted here. Each order
remembers what of it is counted, so that a correction, a bust or a group that is recalled from
the store moves the book by the difference and by nothing else.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core.model import ZERO, Order, Position
from engine.core.order import avg_px
from engine.core.state import DeskState
from engine.core.terms import Side

_BETWEEN = "|"


def key_of(account: str, symbol: str) -> str:
    """The book's key."""
    return f"{account}{_BETWEEN}{symbol}"


def split_key(key: str) -> tuple[str, str]:
    """(account, symbol) of a key; an account has no ``|`` that a symbol could be cut at."""
    account, _, symbol = key.rpartition(_BETWEEN)
    return account, symbol


def signed(side: Side, quantity: Decimal) -> Decimal:
    """Bought is above zero, sold below."""
    return quantity if side is Side.BUY else -quantity


def count_fills(state: DeskState) -> None:
    """Bring the book up to what this turn's orders have filled."""
    refs = state.touched.orders
    for ref in refs if len(refs) < 2 else sorted(refs):
        order = state.orders.get(ref)
        if order is not None and order.cum_qty != order.counted_qty:
            _count(state, order)


def position_qty(state: DeskState, account: str, symbol: str) -> Decimal:
    """The signed position in one symbol."""
    found = state.positions.get(key_of(account, symbol))
    return found.quantity if found is not None else ZERO


def _count(state: DeskState, order: Order) -> None:
    moved = signed(order.side, order.cum_qty - order.counted_qty)
    order.counted_qty = order.cum_qty
    key = key_of(order.account, order.symbol)
    before = state.positions.get(key)
    quantity = moved + (before.quantity if before is not None else ZERO)
    price = avg_px(order) or (before.last_px if before is not None else ZERO)
    if quantity == ZERO:
        state.positions.pop(key, None)
    else:
        state.positions[key] = Position(quantity, price)
    state.touched.positions.add(key)
