"""Where a paper exchange listens: a Unix socket's path or a loopback port.

Owns: reading such an address and claiming the path. May not: accept connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import stat
from dataclasses import dataclass
from pathlib import Path

from engine.broker.paper.quotes import PaperError

PATH_BYTES_MAX = 100


@dataclass(frozen=True, slots=True)
class Address:
    """Either ``path``, or ``host`` and ``port``."""

    path: Path | None
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        return str(self.path) if self.path is not None else f"{self.host}:{self.port}"

    async def connect(self, limit: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection. Raises ``OSError``."""
        if self.path is not None:
            return await asyncio.open_unix_connection(str(self.path), limit=limit)
        return await asyncio.open_connection(self.host, self.port, limit=limit)

    async def claim(self) -> None:
        """Clear away a socket that a killed exchange left. Raises ``PaperError`` when the
        path is in use, or is something else than a socket."""
        if self.path is None or not self.path.exists():
            return
        if not stat.S_ISSOCK(self.path.stat().st_mode):
            raise PaperError(f"{self.path}: is a file; expected a free path for a socket")
        try:
            _, writer = await self.connect(limit=1024)
        except OSError:
            self.path.unlink(missing_ok=True)
            return
        writer.close()
        raise PaperError(f"{self.path}: another exchange listens there; stop it or give a path")

    def remove(self) -> None:
        """Clear away our own socket."""
        if self.path is not None:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)


def parse_address(text: str) -> Address:
    """Read ``PATH`` (it has a slash) or ``HOST:PORT``. Raises ``PaperError``."""
    if "/" in text:
        if len(text.encode()) > PATH_BYTES_MAX:
            raise PaperError(f"{text}: too long for a socket's path; at most {PATH_BYTES_MAX}")
        return Address(Path(text))
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise PaperError(f"{text!r}: expected a path with a slash, or HOST:PORT")
    host = host.strip("[]") or "127.0.0.1"
    if host != "localhost" and not _is_loopback(host):
        raise PaperError(f"{host}: the paper exchange has no passwords; expected 127.0.0.1 or ::1")
    return Address(None, host, int(port))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
