"""The TLS relay: encrypts, checks certificate and name, and ends with either side."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.broker.fix.config import TlsSettings
from engine.broker.fix.errors import FixError
from engine.broker.fix.tls import TlsRelay, tls_context

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl makes the test's certificate"
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-keyout", str(key), "-out", str(cert), "-subj", "/CN=fix.test",
         "-addext", "subjectAltName=DNS:fix.test"],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


@asynccontextmanager
async def echo(certificate: tuple[Path, Path]) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(1000):
            writer.write(chunk.upper())
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def through(relay: TlsRelay, text: bytes) -> bytes:
    """What comes back through the relay; b"" when it hangs up."""
    reader, writer = await asyncio.open_connection(*relay.claim())
    writer.write(text)
    try:
        async with asyncio.timeout(5):
            return await reader.read(1000)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@needs_openssl
async def test_bytes_pass_both_ways_again_and_again(certificate: tuple[Path, Path]) -> None:
    async with echo(certificate) as port:
        relay = TlsRelay("127.0.0.1", port, TlsSettings("fix.test", certificate[0]))
        await relay.start()
        for _ in range(3):
            assert await through(relay, b"8=fix") == b"8=FIX"
            await asyncio.sleep(0.05)
        await relay.stop()


@needs_openssl
@pytest.mark.logs_warnings
@pytest.mark.parametrize("wrong", ["name", "authority"])
async def test_a_wrong_certificate_is_not_talked_to(
    certificate: tuple[Path, Path], wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    named, unknown = TlsSettings("other.test", certificate[0]), TlsSettings("fix.test")
    async with echo(certificate) as port:
        relay = TlsRelay("127.0.0.1", port, named if wrong == "name" else unknown)
        await relay.start()
        assert await through(relay, b"8=FIX") == b""
        await relay.stop()
    assert "TLS to 127.0.0.1" in caplog.text


def test_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(FixError, match="the certificates cannot be used"):
        tls_context(TlsSettings("x", tmp_path / "none.pem"))
