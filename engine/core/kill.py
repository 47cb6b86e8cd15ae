"""The kill switch: block first, then cancel; a part of the desk or all of it.

Owns: the kills that stand, what they block, and the count of what was asked and is confirmed.
May not: flatten anything; exposure under a kill is told (``HEDGE_BLOCKED``) and is the trader's.
A kill survives a restart and ends only on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.core import order as orders
from engine.core import recovery
from engine.core.blocked import covers
from engine.core.commands import Kill, KillPart, ReleaseKill, ReleaseKillPart
from engine.core.events import KillThrown
from engine.core.model import Killed, Order
from engine.core.placing import cancel, note_direct_cancel, take_in_hand
from engine.core.state import DeskState
from engine.core.terms import KillScope, Phase, RequestKind
from engine.core.turn import Turn


@dataclass(frozen=True, slots=True)
class KillCount:
    """How a kill stands: cancels ``asked``, ended since (``confirmed``), not proven to have ended
    (``unknown``, by reference)."""

    killed: Killed
    asked: int
    confirmed: int
    unknown: tuple[str, ...]


def on_kill(turn: Turn, command: Kill) -> None:
    """Kill everything."""
    on_kill_part(turn, KillPart(command.user, command.command_id, reason=command.reason))


def on_release(turn: Turn, command: ReleaseKill) -> None:
    """End the kill of everything."""
    meta = turn.state.meta
    if not meta.killed_by:
        turn.answer(command.command_id, "release_kill", False, "the desk is not killed", "state")
        return
    if turn.state.config.roles and not command.reason.strip():
        turn.answer(command.command_id, "release_kill", False, "expected a reason", "reason")
        return
    _release_all(turn)
    turn.answer(command.command_id, "release_kill", True, "arm the desk to trade again")


def on_kill_part(turn: Turn, command: KillPart) -> None:
    """Block what the scope names, then cancel everything of it that works."""
    what = "kill" if command.scope is KillScope.ALL else f"kill {command.target}"
    reason = _kill_refusal(turn, command)
    if reason:
        turn.answer(command.command_id, "kill", False, reason, "target")
        return
    killed = Killed(
        command.scope, command.target, command.user, command.reason, turn.mono_ns, turn.wall_ns
    )
    if command.scope is KillScope.ALL:
        _block_all(turn, command.user, command.reason)
    asked = _cancel_all(turn, killed)
    turn.state.meta.kills.append(replace(killed, asked=asked))
    turn.state.touched.meta = True
    told = f"{what}: new orders blocked, {asked} cancels asked"
    if command.scope is KillScope.ALL:
        told = f"new orders blocked, {asked} cancels asked"
    turn.answer(command.command_id, "kill", True, told)


def on_thrown(turn: Turn, event: KillThrown) -> None:
    """A kill came over its own path: it stands from now on, its cancels are requests like ours,
    and what works and was not asked then is asked now. The same one again changes nothing."""
    killed = Killed(
        event.scope, event.target, event.user, event.reason, turn.mono_ns, event.thrown_wall_ns
    )
    standing = _standing(turn.state, event.scope, event.target)
    if standing is not None:
        turn.state.meta.kills.remove(standing)
    elif event.scope is KillScope.ALL:
        _block_all(turn, event.user, event.reason)
    asked = standing.asked if standing is not None else 0
    for each in event.asked:
        order = turn.state.orders.get(each.ref)
        if order is not None:
            is_first = not orders.open_requests(order, RequestKind.CANCEL)
            if note_direct_cancel(
                turn, order, each.cl_ord_id, each.orig_cl_ord_id, event.user, event.run
            ):
                take_in_hand(turn, order)
                asked += is_first
    asked += _cancel_all(turn, killed)
    turn.state.meta.kills.append(replace(standing or killed, asked=asked))
    turn.state.touched.meta = True


def on_back(turn: Turn) -> None:
    """The link is back: what a kill covers and still works is asked again. A cancel that found no
    link was never sent, and nobody else would repeat it."""
    for killed in turn.state.meta.kills:
        _cancel_all(turn, killed)


def on_release_part(turn: Turn, command: ReleaseKillPart) -> None:
    """End one kill, on purpose and with a reason."""
    found = _standing(turn.state, command.scope, command.target)
    if found is None:
        turn.answer(command.command_id, "release_kill", False, "no such kill stands", "target")
        return
    if not command.reason.strip():
        turn.answer(command.command_id, "release_kill", False, "expected a reason", "reason")
        return
    if command.scope is KillScope.ALL:
        _release_all(turn)
        turn.answer(command.command_id, "release_kill", True, "arm the desk to trade again")
        return
    turn.state.meta.kills.remove(found)
    turn.state.touched.meta = True
    for group in turn.state.groups.values():
        turn.state.volatile.active[group.group_id] = None
    turn.answer(command.command_id, "release_kill", True)


def counts(state: DeskState) -> tuple[KillCount, ...]:
    """Every kill that stands, with what of it is not proven yet."""
    found = []
    for killed in state.meta.kills:
        unknown = tuple(order.ref for order in _working_in(state, killed))
        confirmed = max(killed.asked - len(unknown), 0)
        found.append(KillCount(killed, killed.asked, confirmed, unknown))
    return tuple(found)


def _kill_refusal(turn: Turn, command: KillPart) -> str:
    if command.scope is KillScope.ALL and turn.state.meta.phase is Phase.KILLED:
        return "killed already"
    if command.scope is not KillScope.ALL and not command.target.strip():
        return "expected what to kill: a group, a symbol or an account"
    if command.scope is KillScope.GROUP and command.target not in turn.state.groups:
        return f"no group {command.target!r}"
    if _standing(turn.state, command.scope, command.target) is not None:
        return f"{command.target or 'everything'} is killed already"
    return ""


def _standing(state: DeskState, scope: KillScope, target: str) -> Killed | None:
    return next((k for k in state.meta.kills if (k.scope, k.target) == (scope, target)), None)


def _cancel_all(turn: Turn, killed: Killed) -> int:
    """Ask for a cancel of what the kill covers; how many were asked."""
    asked = 0
    for order in _working_in(turn.state, killed):
        if cancel(turn, order, killed.user) is not None:
            take_in_hand(turn, order)
            asked += 1
    return asked


def _block_all(turn: Turn, user: str, reason: str) -> None:
    meta = turn.state.meta
    meta.killed_by, meta.killed_reason = user, reason
    if meta.phase is not Phase.RECOVERING:
        recovery.enter_phase(turn, Phase.KILLED)


def _release_all(turn: Turn) -> None:
    meta = turn.state.meta
    meta.killed_by = meta.killed_reason = ""
    meta.kills = [each for each in meta.kills if each.scope is not KillScope.ALL]
    turn.state.touched.meta = True
    if meta.phase is Phase.KILLED:
        recovery.enter_phase(turn, Phase.RESOLVING)


def _working_in(state: DeskState, killed: Killed) -> list[Order]:
    """Orders in the scope that may still fill, as far as anyone knows."""
    working = (state.orders[ref] for ref in state.volatile.working)
    return [
        order
        for order in working
        if not orders.is_done(order) and covers(killed, order.group_id, order.account, order.symbol)
    ]
