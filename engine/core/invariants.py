"""The ledger's invariants, asserted after every turn for what the turn changed.

Owns: the checks of ``engine.md`` §6 that the core alone can make. May not: repair anything; a
failed assertion is a bug, and stopping is safer than going on.
"""

from __future__ import annotations

from engine.core.model import ZERO, Order
from engine.core.order import is_closed
from engine.core.state import DeskState
from engine.core.terms import EscalationState


def check(state: DeskState) -> None:
    """Check the orders and chains that this turn changed."""
    for ref in state.touched.orders:
        order = state.orders.get(ref)
        if order is not None:
            _check_order(order)
    for number in state.touched.escalations:
        escalation = state.escalations[number]
        stands = state.standing.get(escalation.cause_key) == number
        resolved = escalation.state is EscalationState.RESOLVED
        assert stands is not resolved, f"escalation {number} was forgotten"


def _check_order(order: Order) -> None:
    assert order.cum_qty == order.booked_qty + order.gap_qty, f"{order.ref}: the ledger is torn"
    assert order.gap_qty >= ZERO, f"{order.ref}: more booked than CumQty says"
    assert order.leaves_qty >= ZERO, f"{order.ref}: a negative LeavesQty"
    assert not (is_closed(order) and order.leaves_qty), f"{order.ref}: closed with LeavesQty"
    assert len(order.cl_ord_id) <= 32, f"{order.ref}: ClOrdID too long"
