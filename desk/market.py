"""The paper exchange as the command line asks for it: embedded, or in a process of its own.

Owns: from settings to a broker the engine can talk to, and ``desk exchange``. May not: know how
the exchange works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from desk.config import Config, PaperSettings
from desk.errors import UserError
from desk.quit import Quit, SignalWatch
from engine import (
    FAULT_PROFILES,
    BrokerPort,
    EngineConfig,
    FaultProfile,
    Instrument,
    PaperClient,
    PaperMarket,
    open_fix,
    open_paper,
    serve_fix,
    serve_paper,
)

FIX = "fix:"
"""Before the path of a fix.toml, where an exchange's address may stand."""


@dataclass(frozen=True, slots=True)
class Market:
    """What the engine trades on. ``description`` is for the banner; ``problems`` says what of
    the quotes could not be used so far; ``over`` is set when the quotes have ended."""

    broker: BrokerPort
    instruments: tuple[Instrument, ...]
    description: str
    problems: Callable[[], tuple[str, ...]]
    over: asyncio.Event


def open_market(paper: PaperSettings, state: Path) -> Market:
    """The exchange of these settings; nothing runs before the engine starts its broker."""
    if paper.exchange.startswith(FIX):
        fix = open_fix(Path(paper.exchange.removeprefix(FIX)))
        return Market(fix, (), f"{fix.traits.name} over FIX 4.4", lambda: (), asyncio.Event())
    if paper.exchange:
        client = PaperClient(paper.exchange)
        return Market(
            client, (), f"paper exchange at {paper.exchange}", lambda: (), asyncio.Event()
        )
    market = _embedded(paper, state)
    return Market(
        market.broker,
        market.instruments,
        f"paper exchange, {market.description}",
        lambda: market.source.problems.kept,
        market.paper.finished,
    )


def serve_market(paper: PaperSettings, state: Path, listen: str) -> int:
    """Run the exchange in this process until a signal; desks connect to ``listen``."""
    market = _embedded(replace(paper, faults=""), state)

    def begin() -> Coroutine[None, None, None]:
        return serve_paper(
            market.paper,
            market.instruments,
            listen,
            description=market.description,
            ready=_say_where(market),
        )

    return asyncio.run(_serve(begin))


def serve_market_fix(paper: PaperSettings, state: Path, port: int) -> int:
    """The same as a FIX 4.4 counterparty on a port of this machine. The fault profile applies
    to what the desk gets to hear."""
    market = _embedded(paper, state)

    def begin() -> Coroutine[None, None, None]:
        return serve_fix(market, port, store=state.with_suffix(".fix"), ready=_say_where(market))

    return asyncio.run(_serve(begin))


def engine_config(config: Config, market: Market) -> EngineConfig:
    """The engine's settings with the broker's traits and all known instruments; what the
    settings say of an instrument goes before what the market says."""
    instruments: Mapping[str, Instrument] = {
        item.symbol: item for item in (*market.instruments, *config.engine.instruments)
    }
    traits = market.broker.traits
    return replace(
        config.engine,
        broker=traits.name,
        rejects_duplicates=traits.rejects_duplicates,
        exec_id_per_order=traits.exec_id_per_order,
        instruments=tuple(instruments.values()),
    )


def lots_of(config: EngineConfig) -> Mapping[str, Decimal]:
    """The lot of each known instrument."""
    return {item.symbol: item.lot for item in config.instruments}


def _embedded(paper: PaperSettings, state: Path) -> PaperMarket:
    return open_paper(
        paper.quotes if paper.quotes is not None else "synthetic",
        seed=paper.seed,
        speed=float(paper.speed),
        state_path=state,
        faults=_faults(paper.faults),
        latency_s=float(paper.latency_ms) / 1000,
    )


def _faults(name: str) -> FaultProfile:
    if not name:
        return FAULT_PROFILES["none"]
    if name not in FAULT_PROFILES:
        known = ", ".join(FAULT_PROFILES)
        raise UserError(f"There is no fault profile {name!r}. Choose one of {known}.")
    return FAULT_PROFILES[name]


def _say_where(market: PaperMarket) -> Callable[[str], None]:
    return lambda address: print(f"{market.description}, listening on {address}", flush=True)


async def _serve(begin: Callable[[], Coroutine[None, None, None]]) -> int:
    quit_ = Quit()
    signals = SignalWatch(quit_)
    signals.open()
    quit_.add("signals", signals.close)
    serving = asyncio.ensure_future(begin())
    asked = asyncio.ensure_future(quit_.asked())
    await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    try:
        if serving.done():
            await serving
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
    finally:
        await quit_.run()
    return 0
