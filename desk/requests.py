"""What the running desk does for another terminal.

Owns: the verbs of the local socket, and how each becomes a command or a view. May not: decide;
every answer is the engine's. ``docs/local-socket.md`` lists verbs and fields.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from pathlib import Path

from desk.errors import UserError
from desk.export import export_all
from desk.positions import position_of
from desk.report import build_report
from desk.submission import submit_groups
from engine import (
    Arm,
    BasketError,
    CancelGroup,
    Command,
    Engine,
    EnterPositions,
    FieldError,
    GroupRequest,
    Kill,
    KillScope,
    Reconcile,
    ReleaseKill,
    ReleaseKillPart,
    Resolution,
    ResolveOrphan,
    parse_group,
)

Reply = dict[str, object]
Request = Mapping[str, object]


class Requests:
    """Carries requests out, on the event loop's thread. ``end`` asks the desk to end."""

    def __init__(
        self, engine: Engine, lots: Mapping[str, Decimal], end: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._lots = lots
        self._end_desk = end
        self._verbs: dict[str, Callable[[Request], Awaitable[Reply]]] = {
            "status": self._status,
            "report": self._report,
            "submit": self._submit,
            "arm": self._arm,
            "kill": self._kill,
            "release_kill": self._release_kill,
            "cancel_group": self._cancel_group,
            "reconcile": self._reconcile,
            "reconciliation": self._reconciliation,
            "enter_positions": self._enter_positions,
            "orphans": self._orphans,
            "resolve": self._resolve,
            "export": self._export,
            "quit": self._quit,
        }

    async def handle(self, request: Request) -> Reply:
        """The reply to one request. Raises ``UserError`` for one that can't be understood."""
        verb = request.get("do")
        known = self._verbs.get(verb) if isinstance(verb, str) else None
        if known is None:
            raise UserError(f"Unknown request {verb!r}; known: {', '.join(self._verbs)}.")
        return await known(request)

    async def _status(self, request: Request) -> Reply:
        status = self._engine.status()
        return {
            "ok": True,
            "phase": str(status.phase),
            "blocks": list(status.blocks),
            "broker": status.broker_name,
            "connected": status.connected,
            "live_groups": status.live_groups,
            "needs_me": status.needs_me,
            "done_groups": status.done_groups,
            "unacknowledged_critical": status.unacknowledged_critical,
            "orphans_open": status.orphans_open,
            "stopped_why": status.stopped_why,
        }

    async def _report(self, request: Request) -> Reply:
        return {"ok": True, "report": build_report(self._engine)}

    async def _submit(self, request: Request) -> Reply:
        objects = request.get("groups")
        if not isinstance(objects, list) or not objects:
            raise UserError("The request submit needs groups, a list of group objects.")
        try:
            groups = self._parsed(objects)
            answers = await submit_groups(self._engine, groups, _user(request))
        except BasketError as error:
            return {"ok": False, "reason": str(error)}
        refused = [f"{item.group_id}: {item.reason}" for item in answers if not item.accepted]
        return {
            "ok": not refused,
            "reason": "\n".join(refused),
            "accepted": [item.group_id for item in answers if item.accepted],
        }

    def _parsed(self, objects: list[object]) -> list[GroupRequest]:
        groups: list[GroupRequest] = []
        errors: list[FieldError] = []
        for index, obj in enumerate(objects):
            try:
                groups.append(parse_group(obj, f"groups[{index}]", self._lots))
            except BasketError as error:
                errors.extend(error.errors)
        if errors:
            raise BasketError(tuple(errors))
        return groups

    async def _arm(self, request: Request) -> Reply:
        return await self._command(Arm(user=_user(request)))

    async def _kill(self, request: Request) -> Reply:
        return await self._command(Kill(user=_user(request), reason=_text(request, "reason")))

    async def _release_kill(self, request: Request) -> Reply:
        reason, scope = _text(request, "reason"), _text(request, "scope") or KillScope.ALL
        if scope not in list(KillScope):
            raise UserError(f"Unknown scope {scope!r}; known: {', '.join(KillScope)}.")
        if scope == KillScope.ALL:
            return await self._command(ReleaseKill(user=_user(request), reason=reason))
        target = _text(request, "target")
        part = ReleaseKillPart(
            user=_user(request), scope=KillScope(scope), target=target, reason=reason
        )
        return await self._command(part)

    async def _cancel_group(self, request: Request) -> Reply:
        return await self._command(CancelGroup(user=_user(request), group=_text(request, "group")))

    async def _reconcile(self, request: Request) -> Reply:
        return await self._command(Reconcile(user=_user(request)))

    async def _reconciliation(self, request: Request) -> Reply:
        view = self._engine.reconciliation()
        last = view.last
        if last is None:
            return {"ok": True, "under_way": view.asked_wall_ns is not None, "done_wall_ns": None}
        return {
            "ok": True,
            "under_way": view.asked_wall_ns is not None,
            "done_wall_ns": last.done_wall_ns,
            "asked_by": last.asked_by,
            "summary": last.summary(),
            "breaks": len(last.breaks) + last.more_breaks,
            "csv": self._engine.reconciliation_csv(),
        }

    async def _enter_positions(self, request: Request) -> Reply:
        rows = request.get("positions")
        if not isinstance(rows, list):
            raise UserError("The request enter_positions needs positions, a list of objects.")
        entries = tuple(position_of(row, f"positions[{i}]") for i, row in enumerate(rows))
        reason = _text(request, "reason")
        return await self._command(
            EnterPositions(user=_user(request), positions=entries, reason=reason)
        )

    async def _orphans(self, request: Request) -> Reply:
        rows = [
            {
                "order": orphan.ref,
                "cl_ord_id": orphan.cl_ord_id,
                "symbol": orphan.symbol,
                "side": str(orphan.side),
                "quantity": f"{orphan.quantity:f}",
                "evidence": orphan.evidence and str(orphan.evidence),
                "evidence_text": orphan.evidence_text,
                "offered": [str(item) for item in orphan.offered],
                "preselected": orphan.preselected and str(orphan.preselected),
                "resolution": orphan.resolution and str(orphan.resolution),
                "worst_case": orphan.worst_case,
            }
            for orphan in self._engine.orphans()
        ]
        return {"ok": True, "orphans": rows}

    async def _resolve(self, request: Request) -> Reply:
        wanted = _text(request, "resolution")
        if wanted not in list(Resolution):
            raise UserError(f"Unknown resolution {wanted!r}; known: {', '.join(Resolution)}.")
        command = ResolveOrphan(
            user=_user(request),
            order=_text(request, "order"),
            resolution=Resolution(wanted),
            reason=_text(request, "reason"),
        )
        return await self._command(command)

    async def _export(self, request: Request) -> Reply:
        folder = _text(request, "folder")
        if not Path(folder).is_absolute():
            raise UserError("The request export needs folder, an absolute path.")
        files = export_all(self._engine, Path(folder), _user(request))
        return {"ok": True, "files": [str(file) for file in files]}

    async def _quit(self, request: Request) -> Reply:
        self._end_desk(f"asked by {_user(request)} from another terminal")
        return {"ok": True}

    async def _command(self, command: Command) -> Reply:
        answer = await self._engine.submit(command)
        return {"ok": answer.accepted, "reason": answer.reason}


def _text(request: Request, name: str) -> str:
    value = request.get(name, "")
    if isinstance(value, str) and len(value) <= 1000:
        return value
    raise UserError(f"The request's {name} must be text of at most 1,000 characters.")


def _user(request: Request) -> str:
    return _text(request, "user") or "local"
