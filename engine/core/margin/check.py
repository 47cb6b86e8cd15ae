"""The margin of a group against what its account may use.

Owns: gathering positions and live groups for the simulator, and the sentence when it is too much.
May not: refuse a hedge; only a new group is checked, before its first order.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core import legs
from engine.core.commands import GroupRequest, LegRequest
from engine.core.lifecycle import TERMINAL
from engine.core.limits.checks import plain
from engine.core.limits.market import instrument
from engine.core.limits.rules import MarginSettings, matches
from engine.core.margin.market import ContractMarket, Unvalued
from engine.core.margin.path import MarginPath, PathGroup, PathLeg, WorstCaseMarginSimulator
from engine.core.model import Group, Leg
from engine.core.positions import signed, split_key
from engine.core.state import DeskState
from engine.core.terms import LegType
from engine.core.turn import Turn

MARGIN = "MARGIN"
"""End reason of a group whose worst case is over the available margin."""


def available(turn: Turn, account: str) -> Decimal | None:
    """What the account may use; None: it is not checked."""
    settings = _settings(turn)
    for each in settings.available if settings is not None else ():
        if matches(each.account, account):
            return each.amount
    return None


def unvalued(turn: Turn, request: GroupRequest) -> tuple[str, str]:
    """(field, reason) why the margin of a group's legs can't be computed; ("", "") when it can."""
    if available(turn, request.account) is None:
        return "", ""
    market = _market(turn)
    for leg in request.legs:
        for symbol in (leg.symbol, leg.hedge_symbol or leg.symbol):
            try:
                market.contract(symbol)
            except Unvalued as error:
                return f"{leg.leg_id}.symbol", f"its margin can't be computed: {error}"
    return "", ""


def margin_path(turn: Turn, request: GroupRequest) -> MarginPath:
    """Margin now, on the way and at the end, for the account with its other live groups. Pure:
    the ticket asks for it while a group is typed. Raises ``Unvalued``."""
    settings, account = _settings(turn), request.account
    if settings is None:
        raise Unvalued("no margin settings are in force")
    held = held_by(turn.state, account)
    others = [g for g in turn.state.groups.values() if g.account == account and _is_live(g)]
    base = dict(held)
    for group in others:
        _take_out(turn.state, group, base)
    simulator = WorstCaseMarginSimulator(_market(turn))
    return simulator.path(
        held,
        {symbol: quantity for symbol, quantity in base.items() if quantity},
        [_path_of(turn.state, group) for group in others],
        PathGroup(request.group_id, tuple(_path_leg(leg, leg.quantity) for leg in request.legs)),
    )


def too_much(turn: Turn, request: GroupRequest) -> str:
    """Why the group's worst case is over the available margin, in words; "" when it fits.
    Raises ``Unvalued`` for a position of the account that can't be valued."""
    limit = available(turn, request.account)
    if limit is None:
        return ""
    path = margin_path(turn, request)
    if path.worst <= limit:
        return ""
    return (
        f"the worst-case margin of {request.account} would be {plain(path.worst)}, available are"
        f" {plain(limit)}; worst state: {path.worst_state}; {path.product}, {path.scenario};"
        f" now {plain(path.now)}, at the end {plain(path.end)}"
    )


def held_by(state: DeskState, account: str) -> dict[str, float]:
    """Signed positions of an account by symbol."""
    held = {}
    for key, position in state.positions.items():
        owner, symbol = split_key(key)
        if owner == account:
            held[symbol] = float(position.quantity)
    return held


def _settings(turn: Turn) -> MarginSettings | None:
    limits = turn.state.config.limits
    return limits.margin if limits is not None else None


def _market(turn: Turn) -> ContractMarket:
    settings = _settings(turn)
    assert settings is not None
    instrument(turn.state, "")  # the index by symbol is made when it is first asked for
    return ContractMarket(settings, turn.state.volatile.instruments, turn.quotes, turn.wall_ns)


def _is_live(group: Group) -> bool:
    return group.lifecycle not in TERMINAL


def _take_out(state: DeskState, group: Group, base: dict[str, float]) -> None:
    """A live group may be anywhere on its path, so what it filled is no fixed position."""
    for leg in group.legs.values():
        for order in legs.orders_of(state, leg):
            moved = float(signed(order.side, order.counted_qty))
            base[order.symbol] = base.get(order.symbol, 0.0) - moved


def _path_of(state: DeskState, group: Group) -> PathGroup:
    """A live group's path, as long as what it filled where the venue filled too much."""
    return PathGroup(
        group.group_id,
        tuple(
            _path_leg(leg, max(leg.target_qty, legs.filled_qty(state, leg)))
            for leg in group.legs.values()
        ),
    )


def _path_leg(leg: LegRequest | Leg, quantity: Decimal) -> PathLeg:
    is_hedge = leg.leg_type is LegType.HEDGE
    return PathLeg(
        leg.leg_id,
        is_hedge,
        leg.symbol,
        float(signed(leg.side, quantity)),
        (leg.hedge_symbol or leg.symbol) if is_hedge else "",
        float(signed(leg.hedge_side or leg.side, quantity)) if is_hedge else 0.0,
    )
