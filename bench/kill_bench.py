"""How long a kill takes with 1,000 working orders, a broker that answers nothing, a real database.

Owns: the two figures for ``docs/controls.md``: until new orders are blocked, and until every cancel
is handed over. May not: use anything but the engine as it is; the broker here takes messages and
never answers, and nobody reads the views, as with a window that hangs.

    python bench/kill_bench.py [--orders N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from engine.broker.port import BrokerTraits, Deliver
from engine.core.commands import GroupRequest, Kill, LegRequest, SubmitGroup
from engine.core.decisions import (
    AskExecutions,
    AskOpenOrders,
    Outbound,
    Question,
    SendCancel,
    SendOrder,
)
from engine.core.events import ExecutionsListed, OpenOrdersListed
from engine.core.model import EngineConfig
from engine.core.terms import LegType, Phase, Side
from engine.shell.clock import SystemClock
from engine.shell.recovery import recover_execution_from_crash
from engine.shell.runner import Runner


class SilentBroker:
    """Takes everything, answers the questions of the start and nothing after it."""

    traits = BrokerTraits("silent")

    def __init__(self) -> None:
        self.orders = 0
        self.cancels: list[float] = []
        self.is_silent = False
        self._deliver: Deliver | None = None

    async def start(self, deliver: Deliver) -> None:
        self._deliver = deliver

    async def stop(self) -> None:
        self._deliver = None

    def send(self, message: Outbound) -> None:
        if isinstance(message, SendOrder):
            self.orders += 1
        elif isinstance(message, SendCancel):
            self.cancels.append(time.perf_counter())

    def ask(self, question: Question) -> None:
        if self.is_silent or self._deliver is None:
            return
        now_ns = time.time_ns()
        if isinstance(question, AskOpenOrders):
            self._deliver(OpenOrdersListed(question.query_id, (), True, now_ns))
        elif isinstance(question, AskExecutions):
            self._deliver(ExecutionsListed(question.query_id, (), True, now_ns))


def _group(number: int) -> GroupRequest:
    def leg(leg_id: str, leg_type: LegType, side: Side) -> LegRequest:
        return LegRequest(leg_id, leg_type, f"S{number % 50}", side, Decimal(1), price=Decimal(10))

    legs = (leg("H", LegType.HEDGE, Side.BUY), leg("R", LegType.RISK, Side.SELL))
    return GroupRequest(f"G{number}", legs)


def _is(runner: Runner, phase: Phase) -> bool:
    return runner.state.meta.phase is phase


async def measure(orders: int, folder: Path) -> tuple[float, float, float, int]:
    """(ms until blocked, ms until the last cancel is handed over, processor ms, cancels)."""
    broker = SilentBroker()
    store, runner = await recover_execution_from_crash(
        folder / "kill.db", broker, EngineConfig(), lambda _: SystemClock(), lambda: "bench"
    )
    await broker.start(runner.deliver)
    loop = asyncio.create_task(runner.run())
    while not _is(runner, Phase.ARMED):
        await asyncio.sleep(0.01)
    answers = [runner.ask(SubmitGroup(group=_group(n))) for n in range(orders)]
    await asyncio.gather(*answers)
    while broker.orders < orders:
        await asyncio.sleep(0.01)
    broker.is_silent = True
    begun, begun_cpu = time.perf_counter(), time.process_time()
    kill = runner.ask(Kill(user="bench", reason="bench"))
    while not _is(runner, Phase.KILLED):
        await asyncio.sleep(0)
    blocked = time.perf_counter()
    await kill
    while len(broker.cancels) < orders:
        await asyncio.sleep(0)
    spent = time.process_time() - begun_cpu
    runner.finish()
    await loop
    await store.close()
    last = broker.cancels[-1]
    return (blocked - begun) * 1000, (last - begun) * 1000, spent * 1000, len(broker.cancels)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="where the database goes (default: temporary)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        blocked, asked, spent, cancels = asyncio.run(measure(given.orders, Path(folder)))
    print(
        f"kill with {given.orders} working orders, broker silent: blocked after {blocked:.1f} ms,"
        f" {cancels} cancels handed over after {asked:.1f} ms"
        f" (durable first); {spent:.1f} ms of processor time"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
