"""Asking the running desk from another terminal.

Owns: the caller's end of the local socket. May not: know what is asked; the answer is handed on
as it came.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path

from desk.errors import UserError
from desk.socket import MESSAGE_BYTES_MAX

TIMEOUT_S = 30.0


class NoAnswer(UserError):
    """The desk took the call and said nothing within the time."""


def ask(
    path: Path, request: Mapping[str, object], timeout_s: float = TIMEOUT_S
) -> dict[str, object]:
    """Send one request and return the reply. Raises ``UserError`` when no desk answers."""
    message = json.dumps(request, default=str).encode() + b"\n"
    if len(message) > MESSAGE_BYTES_MAX:
        raise UserError(f"That is more than {MESSAGE_BYTES_MAX} bytes. Send it in parts.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(timeout_s)
        try:
            caller.connect(str(path))
            caller.sendall(message)
            line = _read_line(caller)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise UserError(
                f"No desk is running at {path}. Start one with `desk run`, or name the "
                "running one's --db or --data-dir."
            ) from error
        except TimeoutError as error:
            raise NoAnswer(
                f"The desk at {path} did not answer within {timeout_s:g} s. It may have taken "
                "the request all the same: look at its screen or at `desk status`."
            ) from error
        except OSError as error:
            raise UserError(f"The desk at {path} hung up ({error.strerror or error}).") from error
    reply = json.loads(line)
    assert isinstance(reply, dict), "the desk answers with objects"
    return reply


def answers(path: Path) -> bool:
    """Whether a desk listens there; a killed desk leaves its socket's file behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(TIMEOUT_S)
        try:
            caller.connect(str(path))
        except OSError:
            return False
    return True


def _read_line(caller: socket.socket) -> bytes:
    parts: list[bytes] = []
    while not parts or not parts[-1].endswith(b"\n"):
        part = caller.recv(65536)
        if not part:
            raise ConnectionResetError("the desk hung up before it had answered")
        parts.append(part)
    return b"".join(parts)
