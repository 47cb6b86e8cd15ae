"""Whether a new group may start, and making it.

Owns: the checks of a ``GroupRequest`` against the desk's state. May not: parse files (that is
``engine.baskets``) or send. A group is refused whole, before anything of it exists.
"""

from __future__ import annotations

import re
from decimal import Decimal

from engine.core.blocked import blocks
from engine.core.commands import GroupRequest, LegRequest, SubmitGroup
from engine.core.lifecycle import ExecutionLifecycle as L
from engine.core.limits import gate
from engine.core.limits.verdict import Refusal
from engine.core.margin import check as margin
from engine.core.margin.market import Unvalued
from engine.core.model import Group, Leg
from engine.core.terms import LegType, OrdType, Phase
from engine.core.turn import Turn

ID = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
LEGS_MAX = 64


def on_submit(turn: Turn, command: SubmitGroup) -> None:
    """Create a group, or refuse it with the reason and the field."""
    request = command.group
    if request is None:
        turn.answer(command.command_id, "submit", False, "no group was given", "group")
        return
    about, reason, confirmable = refusal(turn, request, command.confirm)
    gate.tell_group(turn, request, command.user, command.confirm, reason)
    if reason:
        gate.group_is_refused(turn, request)
        turn.answer(command.command_id, "submit", False, reason, about, confirmable)
        return
    try:
        too_much = margin.too_much(turn, request)
    except Unvalued as error:
        told = f"the margin of {request.account} can't be computed: {error}"
        turn.answer(command.command_id, "submit", False, told, "account")
        return
    waived = gate.take_override(turn, request)
    group = _create(turn, request, command.user)
    group.waived = waived
    turn.state.groups[group.group_id] = group
    turn.touch_group(group)
    if too_much:
        _fail(turn, group, too_much)
        turn.answer(command.command_id, "submit", False, too_much, "margin")
        return
    turn.enter(group, L.VALIDATED)
    turn.answer(command.command_id, "submit", True)


def _fail(turn: Turn, group: Group, why: str) -> None:
    """Its worst case is over the available margin: it exists, has sent nothing, and is over."""
    group.end_reason, group.end_text = margin.MARGIN, why
    turn.enter(group, L.FAILED)
    turn.state.volatile.closed_order[group.group_id] = None


def refusal(turn: Turn, request: GroupRequest, confirm: bool = False) -> Refusal:
    """Why a group may not start, if so. ``confirm``: the soft limits that it is over were seen."""
    phase = turn.state.meta.phase
    if phase is not Phase.ARMED:
        why = f"the desk is {phase}: new groups are accepted only when ARMED"
        return Refusal("state", why)
    if not ID.fullmatch(request.group_id):
        return Refusal("group_id", "expected 1-64 of A-Z a-z 0-9 _ . -")
    used = request.group_id in turn.state.groups or f"group:{request.group_id}" in turn.known
    if used:
        return Refusal("group_id", f"{request.group_id} was used before; ids are unique for good")
    if len(request.legs) > LEGS_MAX:
        return Refusal("legs", f"expected at most {LEGS_MAX} legs, got {len(request.legs)}")
    types = {leg.leg_type for leg in request.legs}
    if types != {LegType.HEDGE, LegType.RISK}:
        return Refusal("legs", "expected at least one HEDGE and one RISK leg")
    if len({leg.leg_id for leg in request.legs}) != len(request.legs):
        return Refusal("legs", "leg_id: expected unique ids in the group")
    for leg in request.legs:
        about, reason = _leg_refusal(turn, leg)
        if reason:
            return Refusal(f"{leg.leg_id}.{about}", reason)
    killed = _killed(turn, request)
    if killed:
        return Refusal("state", killed)
    limited = gate.group_refusal(turn, request, confirm)
    return limited if limited.reason else Refusal(*margin.unvalued(turn, request))


def _killed(turn: Turn, request: GroupRequest) -> str:
    """Why a kill refuses the group: one of its orders or hedges could not be sent."""
    for leg in request.legs:
        for symbol in (leg.symbol, leg.hedge_symbol or leg.symbol):
            found = blocks(turn.state, request.group_id, request.account, symbol)
            if found is not None:
                why = f" ({found.reason})" if found.reason else ""
                return f"{found.user} killed {found.target}{why}: release it first"
    return ""


def _leg_refusal(turn: Turn, leg: LegRequest) -> tuple[str, str]:
    lot = turn.instrument(leg.symbol).lot
    if not ID.fullmatch(leg.leg_id):
        return "leg_id", "expected 1-64 of A-Z a-z 0-9 _ . -"
    if not leg.symbol.strip():
        return "symbol", "expected a symbol"
    if not _is_positive(leg.quantity):
        return "quantity", f"expected a number above 0, got {leg.quantity}"
    if _is_known(turn, leg.symbol) and leg.quantity % lot != 0:
        return "quantity", f"expected a multiple of the lot {lot}, got {leg.quantity}"
    if leg.order_type is OrdType.STOP_LIMIT:
        return "order_type", "expected MARKET or LIMIT"
    if leg.order_type is OrdType.LIMIT and (leg.price is None or not _is_positive(leg.price)):
        return "price", "expected a price above 0 for a LIMIT order"
    if leg.child is not None and not _is_positive(leg.child.max_quantity):
        return "child.max_quantity", "expected a number above 0"
    if leg.child is not None and (_is_known(turn, leg.symbol) and leg.child.max_quantity < lot):
        return "child.max_quantity", f"expected at least the lot {lot}"
    if leg.stop_loss is not None and leg.leg_type is LegType.HEDGE:
        return "stop_loss", "expected on a RISK leg: a hedge is protection itself"
    if leg.stop_loss is not None and not _is_positive(leg.stop_loss.trigger_price):
        return "stop_loss.trigger_price", "expected a price above 0"
    return "", ""


def _is_positive(value: Decimal) -> bool:
    return value.is_finite() and value > 0


def _is_known(turn: Turn, symbol: str) -> bool:
    return any(i.symbol == symbol for i in turn.state.config.instruments)


def _create(turn: Turn, request: GroupRequest, user: str) -> Group:
    return Group(
        group_id=request.group_id,
        account=request.account,
        release=request.release,
        on_risk_shortfall=request.on_risk_shortfall,
        legs={leg.leg_id: _leg(turn, leg) for leg in request.legs},
        lifecycle=L.CREATED.value,
        created_mono_ns=turn.mono_ns,
        created_wall_ns=turn.wall_ns,
        user=user,
        history=[(L.CREATED.value, turn.mono_ns)],
    )


def _leg(turn: Turn, leg: LegRequest) -> Leg:
    # Without a known lot, whole units: a fraction could not be hedged anywhere. A quantity
    # that is fractional itself says that the instrument trades in such steps.
    lot = turn.instrument(leg.symbol).lot
    if not _is_known(turn, leg.symbol) and leg.quantity % lot != 0:
        exponent = leg.quantity.normalize().as_tuple().exponent
        lot = Decimal(1).scaleb(exponent) if isinstance(exponent, int) else lot
    return Leg(
        leg_id=leg.leg_id,
        leg_type=leg.leg_type,
        symbol=leg.symbol,
        side=leg.side,
        target_qty=leg.quantity,
        order_type=leg.order_type,
        price=leg.price,
        tif=leg.tif,
        hedge_symbol=leg.hedge_symbol or leg.symbol,
        hedge_side=leg.hedge_side or leg.side,
        child=leg.child,
        stop_loss=leg.stop_loss,
        lot=lot,
    )
