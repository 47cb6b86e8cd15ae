"""Runs a paper exchange for a test in a process of its own: STATE LISTEN [SPEED]."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from engine.broker.paper import open_paper, serve


async def main(state: str, listen: str, speed: str = "1") -> None:
    market = open_paper(seed=5, state_path=Path(state), speed=float(speed))
    await serve(
        market.paper,
        market.instruments,
        listen,
        description=market.description,
        ready=lambda address: print(f"listening on {address}", flush=True),
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
