"""The kill's own ear: it hears while the event loop hangs.

Owns: a Unix socket like the local one, with threads of its own, and the two requests it knows:
``kill`` and ``kills`` (``docs/local-socket.md``). May not: touch the loop or decide; it hands on to
the engine's kill switch, which is made to be called from here.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

from desk.socket import bind, peer_user
from engine import KillOutcome, KillScope, KillSwitch, KillWish

LOG = logging.getLogger(__name__)

LINE_MAX = 16 * 1024
CALLERS_MAX = 8
READ_TIMEOUT_S = 5.0
UNKNOWN_NAMED_MAX = 20

Reply = dict[str, object]


class KillEar:
    """Listens at ``path`` from ``open`` to ``close``."""

    def __init__(self, path: Path, switch: KillSwitch) -> None:
        self._path = path
        self._switch = switch
        self._listener: socket.socket | None = None
        self._callers = threading.Semaphore(CALLERS_MAX)

    def open(self) -> None:
        """Raises ``UserError`` when the socket can't be made."""
        listener = bind(self._path)
        listener.setblocking(True)
        listener.listen(CALLERS_MAX)
        self._listener = listener
        threading.Thread(
            target=self._listen, args=(listener,), name="kill ear", daemon=True
        ).start()

    async def close(self) -> None:
        """Hear nothing more. A step of the desk's ending."""
        listener, self._listener = self._listener, None
        if listener is not None:
            self._path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
            listener.close()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                if self._listener is None:
                    return
                LOG.exception("the kill's socket could not take a caller")
                continue
            if not self._callers.acquire(blocking=False):
                caller.close()
                continue
            threading.Thread(
                target=self._serve, args=(caller,), name="kill caller", daemon=True
            ).start()

    def _serve(self, caller: socket.socket) -> None:
        try:
            with caller:
                caller.settimeout(READ_TIMEOUT_S)
                reply = self._reply(caller)
                caller.sendall(json.dumps(reply).encode() + b"\n")
        except OSError as error:
            LOG.warning("a caller of the kill's socket went away: %s", error)
        except Exception:
            LOG.exception("a request to the kill's socket failed")
        finally:
            self._callers.release()

    def _reply(self, caller: socket.socket) -> Reply:
        if peer_user(caller) not in (None, os.getuid()):
            return {"ok": False, "reason": "This desk belongs to another user."}
        line = b""
        while not line.endswith(b"\n") and len(line) < LINE_MAX:
            part = caller.recv(4096)
            if not part:
                break
            line += part
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise ValueError("not an object")
            wish = wish_of(request)
        except (ValueError, RecursionError) as error:
            return {"ok": False, "reason": f"That request can't be read: {error}."}
        return self._answer(str(request.get("do")), wish)

    def _answer(self, verb: str, wish: KillWish) -> Reply:
        if verb == "kill":
            LOG.warning("kill asked by %s from another terminal: %s", wish.user, wish.reason)
            return reply_of(self._switch.throw(wish))
        if verb == "kills":
            counts = self._switch.counts(wish)
            if counts is None:
                return {"ok": False, "reason": "The engine does not say how the kill stands."}
            return {"ok": True, "asked": counts.asked, "confirmed": counts.confirmed,
                    "unknown": len(counts.unknown), "orders": _named(counts.unknown)}  # fmt: skip
        return {"ok": False, "reason": f"Unknown request {verb!r}; known: kill, kills."}


def wish_of(request: Mapping[str, object]) -> KillWish:
    """Raises ``ValueError`` for what is no kill."""
    given = {name: request.get(name, "") for name in ("user", "reason", "target", "kill_id")}
    for name, value in given.items():
        if not isinstance(value, str) or len(value) > 1000:
            raise ValueError(f"{name} must be text of at most 1,000 characters")
    scope = request.get("scope", KillScope.ALL.value)
    if not isinstance(scope, str) or scope not in list(KillScope):
        raise ValueError(f"scope must be one of {', '.join(KillScope)}")
    texts = {name: str(value) for name, value in given.items()}
    return KillWish(
        texts["user"] or "local",
        texts["reason"],
        KillScope(scope),
        texts["target"],
        texts["kill_id"],
    )


def reply_of(outcome: KillOutcome) -> Reply:
    """What a kill achieved, as the socket tells it."""
    counts = outcome.counts
    return {
        "ok": outcome.accepted,
        "reason": outcome.text,
        "blocked": outcome.is_blocked,
        "way": "engine" if outcome.by_engine else "beside the engine",
        "durable": outcome.is_durable,
        "why_not_durable": outcome.why_not_durable,
        "asked": counts.asked if counts else 0,
        "confirmed": counts.confirmed if counts else 0,
        "unknown": len(counts.unknown) if counts else 0,
        "orders": _named(counts.unknown) if counts else [],
        "unsent": outcome.unsent,
        "blocked_ms": outcome.blocked_ns / 1e6,
        "asked_ms": outcome.asked_ns / 1e6,
    }


def _named(refs: tuple[str, ...]) -> list[str]:
    return list(refs[:UNKNOWN_NAMED_MAX])
