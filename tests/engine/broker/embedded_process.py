"""An embedded paper exchange that trades as fast as it can and tells what it heard: STATE RUN.

Every delivered report is printed before the next is awaited; the test kills this process.
"""

from __future__ import annotations

import asyncio
import sys
from decimal import Decimal
from pathlib import Path

from engine.broker.paper import open_paper
from engine.core.events import BrokerEvent, ExecutionReport
from engine.core.terms import ExecType
from tests.engine.broker.paper_kit import order


def tell(event: BrokerEvent) -> None:
    if isinstance(event, ExecutionReport) and event.exec_id != "0":
        qty = event.last_qty if event.exec_type is ExecType.TRADE else Decimal(0)
        words = (event.cl_ord_id, event.exec_id, event.order_id, event.exec_type, qty)
        print(*words, event.cum_qty, flush=True)


async def main(state: str, run: str) -> None:
    market = open_paper(seed=int(run), state_path=Path(state), speed=50, latency_s=0.0)
    await market.broker.start(tell)
    number = 0
    while True:
        market.broker.send(order(f"r{run}-{number}", qty=7, symbol="ES200320P3000"))
        number += 1
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
