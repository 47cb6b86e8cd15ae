"""Which kill blocks an order.

Owns: the scopes of kills. May not: kill or release (``kill``).
"""

from __future__ import annotations

from engine.core.model import Group, Killed
from engine.core.state import DeskState
from engine.core.terms import KillScope


def covers(killed: Killed, group_id: str, account: str, symbol: str) -> bool:
    """Whether a kill blocks this order."""
    if killed.scope is KillScope.ALL:
        return True
    names = {
        KillScope.GROUP: group_id,
        KillScope.ACCOUNT: account,
        KillScope.INSTRUMENT: symbol,
    }
    return names[killed.scope] == killed.target


def blocking(state: DeskState, group: Group, symbol: str) -> Killed | None:
    """The kill that blocks a new order of this group in this symbol."""
    if not state.meta.kills:
        return None
    return blocks(state, group.group_id, group.account, symbol)


def blocks(state: DeskState, group_id: str, account: str, symbol: str) -> Killed | None:
    """The kill that blocks a new order."""
    kills = state.meta.kills
    return next((each for each in kills if covers(each, group_id, account, symbol)), None)
