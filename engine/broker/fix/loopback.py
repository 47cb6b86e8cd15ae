"""A listening socket that only this machine can reach.

Owns: confining QuickFIX's acceptor. May not: open or close it. QuickFIX 1.16 binds to every
interface and has no setting for another (``socket_createAcceptor`` takes a port and nothing else),
so its socket is bound to the loopback device after the fact; the kernel then answers nobody else,
not even with a refusal of ours. Linux only, from 5.7 on without privileges; elsewhere QuickFIX's
own list of allowed addresses remains, which accepts a stranger's connection and hangs up.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

DEVICE = b"lo"
_OPEN = Path("/proc/self/fd")


def confine(port: int) -> bool:
    """Bind whatever listens on ``port`` in this process to the loopback device. Whether it is."""
    option = getattr(socket, "SO_BINDTODEVICE", None)
    if option is None or not sys.platform.startswith("linux"):
        return False
    found = False
    for listener in _listeners(port):
        try:
            listener.setsockopt(socket.SOL_SOCKET, option, DEVICE + b"\0")
        except OSError:
            return False
        found = True
    return found


def device_of(port: int) -> bytes | None:
    """The device that what listens on ``port`` here is bound to; None: nothing listens."""
    for listener in _listeners(port):
        bound = listener.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
        return bound.rstrip(b"\0")
    return None


def _listeners(port: int) -> Iterator[socket.socket]:
    """Duplicates of this process's TCP sockets that listen on the port, closed afterwards."""
    for name in os.listdir(_OPEN):
        with contextlib.suppress(OSError):
            if not stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as found:
                if found.family not in (socket.AF_INET, socket.AF_INET6):
                    continue
                listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if listens and found.getsockname()[1] == port:
                    yield found
