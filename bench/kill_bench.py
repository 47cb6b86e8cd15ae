"""How long a kill takes with 1,000 working orders, a broker that answers nothing, a real database.

Owns: the figures for ``docs/controls.md``: until new orders are blocked, and until every cancel is
handed over; by the engine's own command, and over the kill's own path while the loop turns, while
it hangs (a stalled window) and while the store is locked. May not: use anything but the engine as
it is; the broker here takes messages and never answers, and nobody reads the views.

    python bench/kill_bench.py [--orders N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
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
from engine.core.events import ExecutionsListed, OpenOrdersListed, OrderHandedOver, SendFailed
from engine.core.model import EngineConfig
from engine.core.terms import LegType, Phase, Side
from engine.shell.clock import SystemClock
from engine.shell.kill_report import KillOutcome, KillWish
from engine.shell.kill_switch import KillSwitch
from engine.shell.recovery import recover_execution_from_crash
from engine.shell.runner import Runner

Figures = tuple[float, float, int]
"""Milliseconds until blocked, until the last cancel is handed over; cancels handed over."""


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

    def cancel_directly(self, cancels: Sequence[SendCancel]) -> list[OrderHandedOver | SendFailed]:
        for each in cancels:
            self.send(each)
        return [OrderHandedOver(each.cl_ord_id) for each in cancels]

    def ask(self, question: Question) -> None:
        if self.is_silent or self._deliver is None:
            return
        now_ns = time.time_ns()
        if isinstance(question, AskOpenOrders):
            self._deliver(OpenOrdersListed(question.query_id, (), True, now_ns))
        elif isinstance(question, AskExecutions):
            self._deliver(ExecutionsListed(question.query_id, (), True, now_ns))


class Desk:
    """An engine with ``orders`` working orders at the silent broker."""

    def __init__(self, path: Path, runner: Runner, broker: SilentBroker) -> None:
        self.path, self.runner, self.broker = path, runner, broker
        self.switch = KillSwitch(runner, broker, path)

    async def fill_up(self, orders: int) -> None:
        while self.runner.state.meta.phase is not Phase.ARMED:
            await asyncio.sleep(0.01)
        answers = [self.runner.ask(SubmitGroup(group=_group(n))) for n in range(orders)]
        await asyncio.gather(*answers)
        while self.broker.orders < orders:
            await asyncio.sleep(0.01)
        self.broker.is_silent = True

    async def by_command(self) -> Figures:
        begun = time.perf_counter()
        kill = self.runner.ask(Kill(user="bench", reason="bench"))
        while self.runner.state.meta.phase is not Phase.KILLED:
            await asyncio.sleep(0)
        blocked = time.perf_counter()
        await kill
        return (blocked - begun) * 1000, self._last(begun), len(self.broker.cancels)

    async def own_path(self) -> Figures:
        begun = time.perf_counter()
        return self._figures(begun, await asyncio.to_thread(self.switch.throw, KillWish("bench")))

    async def loop_hangs(self) -> Figures:
        """This is the loop's thread, and it waits."""
        told: list[KillOutcome] = []
        begun = time.perf_counter()
        thread = threading.Thread(
            target=lambda: told.append(self.switch.throw(KillWish("bench", "bench")))
        )
        thread.start()
        thread.join()
        return self._figures(begun, told[0])

    async def store_locked(self) -> Figures:
        lock = sqlite3.connect(self.path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        try:
            return await self.own_path()
        finally:
            lock.execute("ROLLBACK")
            lock.close()

    def _figures(self, begun: float, outcome: KillOutcome) -> Figures:
        assert outcome.is_blocked and outcome.is_durable and not outcome.unsent, outcome
        return outcome.blocked_ns / 1e6, self._last(begun), len(self.broker.cancels)

    def _last(self, begun: float) -> float:
        return (self.broker.cancels[-1] - begun) * 1000


def _group(number: int) -> GroupRequest:
    def leg(leg_id: str, leg_type: LegType, side: Side) -> LegRequest:
        return LegRequest(leg_id, leg_type, f"S{number % 50}", side, Decimal(1), price=Decimal(10))

    legs = (leg("H", LegType.HEDGE, Side.BUY), leg("R", LegType.RISK, Side.SELL))
    return GroupRequest(f"G{number}", legs)


async def measure(orders: int, folder: Path, how: str) -> Figures:
    broker = SilentBroker()
    path = folder / f"{how}.db"
    async with AsyncExitStack() as stack:
        store, runner = await recover_execution_from_crash(
            path, broker, EngineConfig(), lambda _: SystemClock(), lambda: "bench"
        )
        stack.push_async_callback(store.close)
        await broker.start(runner.deliver)
        desk = Desk(path, runner, broker)
        loop = asyncio.create_task(runner.run())
        await desk.fill_up(orders)
        figures: Figures = await getattr(desk, how)()
        runner.finish()
        await loop
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--folder", type=Path, help="where the database goes (default: temporary)")
    given = parser.parse_args()
    ways = {
        "by_command": "the engine's own command",
        "own_path": "own path, the loop turns",
        "loop_hangs": "own path, the loop hangs (stalled window)",
        "store_locked": "own path, the store is locked",
    }
    print(f"kill with {given.orders} working orders, broker silent; milliseconds by the clock:")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for how, name in ways.items():
            blocked, asked, count = asyncio.run(measure(given.orders, Path(folder), how))
            print(
                f"  {name}: blocked after {blocked:.3f}, {count} cancels handed over by {asked:.1f}"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
