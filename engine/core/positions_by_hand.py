"""Positions that a person enters: those from before, or the broker's word after a break.

Owns: setting them in the position book. May not: count fills (``positions``); those go on from what
was entered. Who entered what stands in the journal and in the answer.
"""

from __future__ import annotations

from engine.core.commands import EnterPositions, PositionEntry
from engine.core.model import ZERO, Position
from engine.core.positions import key_of
from engine.core.turn import Turn

WHAT = "enter_positions"
ENTRIES_MAX = 100_000


def on_enter_positions(turn: Turn, command: EnterPositions) -> None:
    """All of them or none."""
    about, why = _refusal(command)
    if why:
        turn.answer(command.command_id, WHAT, False, why, about)
        return
    for each in command.positions:
        key = key_of(each.account, each.symbol)
        if each.quantity == ZERO:
            turn.state.positions.pop(key, None)
        else:
            before = turn.state.positions.get(key)
            price = each.price or (before.last_px if before is not None else ZERO)
            turn.state.positions[key] = Position(each.quantity, price)
        turn.state.touched.positions.add(key)
    turn.answer(command.command_id, WHAT, True, f"{len(command.positions)} positions entered")


def _refusal(command: EnterPositions) -> tuple[str, str]:
    if not command.reason.strip():
        return "reason", "expected a reason"
    if not 0 < len(command.positions) <= ENTRIES_MAX:
        return "positions", f"expected 1 to {ENTRIES_MAX} positions, got {len(command.positions)}"
    seen: set[str] = set()
    for index, each in enumerate(command.positions):
        where = f"positions[{index}]"
        key = key_of(each.account, each.symbol)
        if why := _wrong(each):
            return where, why
        if key in seen:
            return where, f"{each.symbol} of {each.account} stands there twice"
        seen.add(key)
    return "", ""


def _wrong(entry: PositionEntry) -> str:
    if not entry.account.strip() or not entry.symbol.strip() or "|" in entry.symbol:
        return "expected an account and a symbol"
    if not entry.quantity.is_finite():
        return f"expected a signed quantity, got {entry.quantity}"
    if not entry.price.is_finite() or entry.price < ZERO:
        return f"expected a price of at least 0, got {entry.price}"
    return ""
