"""What is canceled because the broker was lost: a policy per leg type.

Owns: cancel-on-disconnect and cancel-on-silence (``limits.cancel_on_disconnect``; risk legs by
default, hedges not: they protect). May not: touch emergency hedges and stops. Nothing can be sent
over a link that is down, so after a disconnect the cancels go the moment it is back; a silent
link may still carry one, so they go as soon as the silence is told. A venue's own cancel on
disconnect is the venue's; what it did comes in as reports. What is canceled waits for the trader.
"""

from __future__ import annotations

from engine.core import order as orders
from engine.core.placing import cancel, take_in_hand
from engine.core.terms import LegType, Purpose
from engine.core.turn import Turn

POLICY_USER = "cancel on disconnect"
_PURPOSE = {LegType.RISK: Purpose.RISK, LegType.HEDGE: Purpose.HEDGE}


def on_lost(turn: Turn) -> None:
    """The link went down: remember it until it is back."""
    turn.state.volatile.lost = True


def on_back(turn: Turn) -> None:
    """The link is back: what the policy names is canceled."""
    if turn.state.volatile.lost:
        turn.state.volatile.lost = False
        cancel_by_policy(turn)


def cancel_by_policy(turn: Turn) -> None:
    """Cancel the working leg orders of the leg types that the policy names."""
    limits = turn.state.config.limits
    if limits is None:
        return
    purposes = {_PURPOSE[leg_type] for leg_type in limits.cancel_on_disconnect}
    for ref in list(turn.state.volatile.working):
        order = turn.state.orders[ref]
        if order.purpose not in purposes or orders.is_done(order):
            continue
        if cancel(turn, order, POLICY_USER) is not None:
            take_in_hand(turn, order)
