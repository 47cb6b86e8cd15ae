"""What follows when a wait is over, by its kind.

Owns: the meaning of the keys in the deadline book ("leg:", "slice:", "stop:", "hedge:", "cancel:",
"grace:", "gap:"). May not: decide when a wait is over (``broker_time``).
"""

from __future__ import annotations

from engine.core import group as groups
from engine.core import hedging, stop_loss
from engine.core import order as orders
from engine.core.escalation import escalate
from engine.core.model import Order
from engine.core.terms import EscalationKind, RequestKind, Severity
from engine.core.turn import Turn


def group_id_of(key: str) -> str:
    """The group that a wait is about: a key names its group, leg or order ("hedge:G1/H1/2")."""
    return key.partition(":")[2].partition("/")[0]


def on_over(turn: Turn, key: str) -> None:
    """This wait has ended on evidence of time."""
    kind, _, name = key.partition(":")
    state = turn.state
    if kind == "leg" or kind == "slice":
        group_id, _, leg_id = name.partition("/")
        group = state.groups.get(group_id)
        if group is not None:
            turn.touch_group(group)
            if kind == "leg":
                groups.leg_timed_out(turn, group, group.legs[leg_id])
        return
    if kind == "stop":
        stop_loss.timed_out(turn, name)
        return
    order = state.orders.get(name)
    if order is None:
        return
    if kind == "hedge":
        hedging.timed_out(turn, order)
    elif kind == "cancel":
        _on_cancel_late(turn, order)
    elif kind == "grace":
        _on_cancel_unconfirmed(turn, order)
    elif kind == "gap":
        _on_gap_stays(turn, order)
    turn.touch_order(order)


def _on_cancel_late(turn: Turn, order: Order) -> None:
    """The confirmation is late: ask, and give it the grace."""
    if orders.is_done(order):
        return
    turn.ask_order(order)
    turn.arm(f"grace:{order.ref}", turn.state.config.cancel_grace_s)


def _on_cancel_unconfirmed(turn: Turn, order: Order) -> None:
    if orders.is_done(order):
        return
    turn.state.volatile.uncertain[order.ref] = None
    turn.ask_order(order)
    if hedging.cancel_unconfirmed(turn, order) or stop_loss.cancel_unconfirmed(turn, order):
        return
    if not orders.open_requests(order, RequestKind.CANCEL):
        del turn.state.volatile.uncertain[order.ref]
        return
    escalate(
        turn, f"cancel:{order.ref}", EscalationKind.CANCEL_UNCERTAIN, Severity.WARNING,
        f"the cancel of {order.ref} is not confirmed; it may still fill",
        group_id=order.group_id, leg_id=order.leg_id, symbol=order.symbol, side=order.side,
        unfilled_qty=orders.may_still_fill(order), order_ref=order.ref,
    )  # fmt: skip


def _on_gap_stays(turn: Turn, order: Order) -> None:
    if order.gap_qty == 0:
        return
    turn.ask_order(order)
    turn.ask_executions(everything=True)
    escalate(
        turn, f"gap:{order.ref}", EscalationKind.EXECUTION_GAP, Severity.WARNING,
        f"CumQty of {order.ref} says {order.gap_qty} more than its executions",
        group_id=order.group_id, leg_id=order.leg_id, symbol=order.symbol, side=order.side,
        unfilled_qty=order.gap_qty, order_ref=order.ref,
    )  # fmt: skip
