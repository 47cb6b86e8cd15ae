"""The paper exchange as a FIX counterparty in a process of its own: STATE PORT [SPEED [SEED]]."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from engine.broker.fix import serve_fix
from engine.broker.paper import open_paper


async def main(state: str, port: str, speed: str = "1", seed: str = "1") -> None:
    path = Path(state)
    market = open_paper(seed=int(seed), state_path=path, speed=float(speed))
    await serve_fix(
        market,
        int(port),
        store=path.with_suffix(".fix"),
        ready=lambda address: print(f"listening on {address}", flush=True),
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
