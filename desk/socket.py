"""The running desk's ear for other terminals of the same user.

Owns: a Unix domain socket (mode 0600, peer's user checked) with one JSON object a line each way,
bounded in size, number of callers and time. May not: know what is asked (``requests``).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import stat
import struct
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from pathlib import Path

from desk.errors import UserError

LOG = logging.getLogger(__name__)

MESSAGE_BYTES_MAX = 16 * 1024 * 1024
CALLERS_MAX = 16
READ_TIMEOUT_S = 10.0

Reply = dict[str, object]
Handler = Callable[[Mapping[str, object]], Awaitable[Reply]]


class LocalSocket:
    """Serves ``handle`` at ``path``. The caller holds the database's lock, so a socket file
    that is already there is a leftover."""

    def __init__(self, path: Path, handle: Handler) -> None:
        self._path = path
        self._handle = handle
        self._server: asyncio.AbstractServer | None = None
        self._callers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Raises ``UserError`` when the socket can't be made."""
        self._server = await asyncio.start_unix_server(
            self._called, sock=bind(self._path), limit=MESSAGE_BYTES_MAX
        )

    async def stop(self) -> None:
        """Hang up and remove the socket."""
        if self._server is None:
            return
        self._server.close()
        for caller in tuple(self._callers):
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)
        self._path.unlink(missing_ok=True)
        self._server = None

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a stream callback runs in a task"
        self._callers.add(task)
        try:
            async with asyncio.timeout(None) as bound:
                await self._talk(reader, writer, bound)
        except TimeoutError:
            LOG.warning("local socket: a caller said nothing for %s s", READ_TIMEOUT_S)
        except (ConnectionError, asyncio.CancelledError):
            # The caller hung up, or the desk is ending. Ending the task normally, because
            # asyncio's stream server reports a canceled handler as an error.
            pass
        finally:
            self._callers.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bound: asyncio.Timeout
    ) -> None:
        refusal = self._refusal(writer)
        loop = asyncio.get_running_loop()
        while True:
            # Only the wait for the caller is bounded; an answer takes the time it takes.
            bound.reschedule(loop.time() + READ_TIMEOUT_S)
            try:
                line = await reader.readline()
            except ValueError:
                await _send(writer, _refused(f"A message may have {MESSAGE_BYTES_MAX} bytes."))
                return
            bound.reschedule(None)
            if not line:
                return
            await _send(writer, _refused(refusal) if refusal else await self._answer(line))
            if refusal:
                return

    def _refusal(self, writer: asyncio.StreamWriter) -> str:
        if len(self._callers) > CALLERS_MAX:
            return f"More than {CALLERS_MAX} callers at once."
        peer: socket.socket = writer.get_extra_info("socket")
        if peer_user(peer) not in (None, os.getuid()):
            return "This desk belongs to another user."
        return ""

    async def _answer(self, line: bytes) -> Reply:
        try:
            request = json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError):
            return _refused("The message is not a JSON object on one line.")
        if not isinstance(request, dict):
            return _refused("The message is not a JSON object on one line.")
        try:
            return await self._handle(request)
        except UserError as error:
            return _refused(str(error))
        except Exception:
            LOG.exception("local socket: a request failed")
            return _refused("The desk failed to carry this out; its log has the details.")


def bind(path: Path) -> socket.socket:
    """A private socket at ``path``, not listening yet. Raises ``UserError``."""
    try:
        with contextlib.suppress(FileNotFoundError):
            if not stat.S_ISSOCK(path.lstat().st_mode):
                raise UserError(f"{path} is in the way of the local socket. Move it away.")
            path.unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            listener.bind(os.fspath(path))
        finally:
            os.umask(mask)
    except OSError as error:
        raise UserError(
            f"The local socket {path} can't be made ({error.strerror or error}). "
            "Choose another place with --data-dir."
        ) from error
    listener.setblocking(False)
    return listener


def peer_user(peer: socket.socket) -> int | None:
    """The caller's user id, or None where the system does not tell."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    packed = peer.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    return int(struct.unpack("3i", packed)[1])


def _refused(reason: str) -> Reply:
    return {"ok": False, "reason": reason}


async def _send(writer: asyncio.StreamWriter, reply: Reply) -> None:
    writer.write(json.dumps(reply, default=str).encode() + b"\n")
    await writer.drain()
