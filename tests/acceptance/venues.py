"""The adapters that the cases are run against, each with a paper exchange behind it.

Owns: starting a venue and its adapter. May not: know a case. A new adapter is one function
here that opens a ``Link``.
"""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from engine.broker.fix import FixSettings, open_fix, serve_fix
from engine.broker.fix.profile import read_profile
from engine.broker.paper import PaperClient, PaperMarket, open_paper, serve
from engine.broker.port import BrokerPort

SPEED = 5.0
SYMBOL = "ES200320P3000"


class Venue(Protocol):
    """A counterparty that can be opened, left and opened again; what it knows stays."""

    def adapter(self) -> BrokerPort:
        """A new adapter to this venue, not started."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """The venue while it is there."""
        ...


Open = Callable[[Path], Venue]


def _market(folder: Path) -> PaperMarket:
    return open_paper(seed=5, speed=SPEED, state_path=folder / "paper.db")


class PaperVenue:
    """The paper exchange behind its own socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def adapter(self) -> BrokerPort:
        return PaperClient(str(self._folder / "x.sock"))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        market = _market(self._folder)
        address = str(self._folder / "x.sock")
        ready = asyncio.Event()
        serving = serve(market.paper, market.instruments, address, ready=lambda _: ready.set())
        async with _running(serving, ready):
            yield


class FixVenue:
    """The paper exchange as a FIX counterparty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = int(probe.getsockname()[1])

    def adapter(self) -> BrokerPort:
        return open_fix(
            FixSettings(
                "DESK", "PAPER", "127.0.0.1", self._port, self._folder / "desk",
                read_profile("paper", self._folder), heartbeat_s=1, reconnect_s=1,
                logon_timeout_s=2, symbols=(SYMBOL,),
            )
        )  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        ready = asyncio.Event()
        serving = serve_fix(
            _market(self._folder),
            self._port,
            store=self._folder / "venue",
            ready=lambda _: ready.set(),
        )
        async with _running(serving, ready):
            yield


@asynccontextmanager
async def _running(serving: object, ready: asyncio.Event) -> AsyncIterator[None]:
    task = asyncio.ensure_future(serving)  # type: ignore[call-overload]
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    waiting.cancel()
    try:
        if task.done():
            await task
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def missing(name: str) -> str:
    """Why this adapter cannot be run here; "": it can."""
    if name == "fix" and importlib.util.find_spec("quickfix") is None:
        return "the extra desk[fix] (quickfix) is not installed"
    return ""


VENUES: Mapping[str, Open] = MappingProxyType({"paper": PaperVenue, "fix": FixVenue})
