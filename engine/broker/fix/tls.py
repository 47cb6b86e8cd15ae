"""TLS for a session: a relay between QuickFIX and the counterparty.

Owns: one listening socket on this machine's loopback, and the encrypted connection for each
connection that comes to it. May not: read what passes. The QuickFIX that ``pip`` builds has no
TLS; Python's has, with the system's authorities.

Only this process is let in: the relay takes one connection at a time, from 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl

from engine.broker.fix.config import TlsSettings
from engine.broker.fix.errors import FixError

CHUNK = 65_536
CONNECT_S = 10.0
_log = logging.getLogger(__name__)


class TlsRelay:
    """From a loopback port to ``host:port`` over TLS."""

    def __init__(self, host: str, port: int, settings: TlsSettings) -> None:
        self._host = host
        self._port = port
        self._settings = settings
        self._context = tls_context(settings)
        self._socket: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = False

    def claim(self) -> tuple[str, int]:
        """Take a free loopback port; where QuickFIX has to connect."""
        if self._socket is None:
            self._socket = socket.create_server(("127.0.0.1", 0))
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    async def start(self) -> None:
        self.claim()
        self._server = await asyncio.start_server(self._relay, sock=self._socket)

    async def stop(self) -> None:
        """End the relay with all that passes through it."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server = self._socket = None

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._busy:
            writer.close()
            return
        self._busy = True
        self._tasks.add(task)
        try:
            async with asyncio.timeout(CONNECT_S):
                far_reader, far_writer = await asyncio.open_connection(
                    self._host,
                    self._port,
                    ssl=self._context,
                    server_hostname=self._settings.server_name,
                )
            await _both_ways(reader, writer, far_reader, far_writer)
        except (OSError, ssl.SSLError, TimeoutError) as error:
            _log.warning("TLS to %s:%d: %s", self._host, self._port, error)
        finally:
            self._busy = False
            self._tasks.discard(task)
            writer.close()


def tls_context(settings: TlsSettings) -> ssl.SSLContext:
    """A client's context that checks the certificate and the name. Raises ``FixError``."""
    try:
        context = ssl.create_default_context(
            cafile=str(settings.ca_file) if settings.ca_file else None
        )
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.cert_file is not None:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        raise FixError(f"tls: the certificates cannot be used ({error})") from error
    return context


async def _both_ways(
    near_in: asyncio.StreamReader,
    near_out: asyncio.StreamWriter,
    far_in: asyncio.StreamReader,
    far_out: asyncio.StreamWriter,
) -> None:
    """Pass bytes until either side ends; then both end."""
    ways = {
        asyncio.create_task(_pass_on(near_in, far_out)),
        asyncio.create_task(_pass_on(far_in, near_out)),
    }
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        far_out.close()


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await source.read(CHUNK):
        sink.write(chunk)
        await sink.drain()
