"""A real session on loopback: the desk's end, and the paper exchange's."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from engine.broker.faults import NONE, FaultProfile
from engine.broker.fix import FixBroker, FixSettings, open_fix, serve_fix
from engine.broker.fix.profile import VenueProfile
from engine.broker.paper import open_paper
from tests.engine.broker.paper_link import Ear
from tests.engine.fix.fix_kit import PAPER

SYMBOL = "ES200320P3000"


def settings(folder: Path, port: int, profile: VenueProfile = PAPER) -> FixSettings:
    return FixSettings(
        "DESK", "PAPER", "127.0.0.1", port, folder / "desk", profile,
        heartbeat_s=1, reconnect_s=1, logon_timeout_s=2,
    )  # fmt: skip


class Desk:
    """A FIX broker, an ear, and the engine's part of committing what was delivered."""

    def __init__(self, config: FixSettings, *, commits: bool = True) -> None:
        self.broker: FixBroker = open_fix(config)
        self.ear = Ear()
        self.commits = commits

    def deliver(self, event: object) -> None:
        self.ear(event)  # type: ignore[arg-type]
        if self.commits:
            self.broker.committed([event])

    def log(self) -> str:
        return "\n".join(line.named for line in self.broker.lines())


@asynccontextmanager
async def desk(config: FixSettings, *, commits: bool = True) -> AsyncIterator[Desk]:
    made = Desk(config, commits=commits)
    await made.broker.start(made.deliver)
    try:
        yield made
    finally:
        await made.broker.stop()


@asynccontextmanager
async def venue(
    folder: Path, port: int, *, faults: FaultProfile = NONE, seed: int = 5, state: bool = True
) -> AsyncIterator[None]:
    """The paper exchange as an acceptor in this process."""
    market = open_paper(
        seed=seed, state_path=folder / "paper.db" if state else None, faults=faults, speed=5
    )
    ready = asyncio.Event()
    serving = asyncio.create_task(
        serve_fix(market, port, store=folder / "venue", ready=lambda _: ready.set())
    )
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
    waiting.cancel()
    if serving.done():
        await serving
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def with_symbols(config: FixSettings, *symbols: str) -> FixSettings:
    return dataclasses.replace(config, symbols=symbols)
