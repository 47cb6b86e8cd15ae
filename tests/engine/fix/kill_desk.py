"""A desk that trades as fast as it may over FIX until it is killed: DB FIX_TOML LIFE.

LIFE ``quiet`` starts nothing new: it recovers, resolves what is in doubt and waits.
"""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal
from itertools import count
from pathlib import Path

from engine import (
    Arm,
    Engine,
    EngineConfig,
    GroupRequest,
    LegRequest,
    LegType,
    OrdType,
    Phase,
    ResolveOrphan,
    Side,
    SubmitGroup,
    open_fix,
)

LIVE_MAX = 4


def group(life: str, number: int) -> GroupRequest:
    """A hedged pair at MARKET; it takes several quotes to fill."""

    def leg(leg_id: str, kind: LegType, symbol: str, side: Side) -> LegRequest:
        quantity = Decimal(5 + number % 40)
        return LegRequest(leg_id, kind, symbol, side, quantity, OrdType.MARKET)

    legs = (
        leg("H1", LegType.HEDGE, "ES200320P3000", Side.BUY),
        leg("R1", LegType.RISK, "ES200320P3100", Side.SELL),
    )
    return GroupRequest(f"K{life}-{number}", legs)


async def resolve(engine: Engine) -> None:
    """Decide as the evidence suggests; what has no evidence yet waits."""
    for orphan in engine.orphans():
        if orphan.resolution is None and orphan.preselected is not None:
            await engine.submit(
                ResolveOrphan(order=orphan.ref, resolution=orphan.preselected, reason="evidence")
            )
    if engine.status().phase is Phase.RESOLVING:
        await engine.submit(Arm())


async def main(database: str, config: str, life: str) -> None:
    broker = open_fix(Path(config))
    traits = broker.traits
    settings = EngineConfig(broker=traits.name, rejects_duplicates=traits.rejects_duplicates)
    engine = Engine(Path(database), broker, settings)
    await engine.start()
    print("started", flush=True)
    numbers = count(1)
    while True:
        await asyncio.sleep(0.01)
        status = engine.status()
        if status.phase in (Phase.RECOVERING, Phase.RESOLVING):
            await resolve(engine)
        elif life != "quiet" and status.live_groups - status.needs_me < LIVE_MAX:
            await engine.submit(SubmitGroup(group=group(life, next(numbers))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
