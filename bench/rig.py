"""The engine without a window, on a venue that says only what the workload says.

Owns: a real runner on a real database, the venue's side of the port, and the host's policy for the
cycle collector. May not: decide what is measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

from bench.workload import BEGIN_NS
from desk.collector import Collector
from engine.broker.port import BrokerTraits, Deliver
from engine.core.commands import GroupRequest, SubmitGroup
from engine.core.decisions import AskExecutions, AskOpenOrders, Outbound, Question
from engine.core.events import BrokerConnected, ExecutionsListed, OpenOrdersListed
from engine.core.intents import derive_cl_ord_id
from engine.core.model import EngineConfig
from engine.shell.clock import SystemClock
from engine.shell.recovery import recover_execution_from_crash
from engine.shell.runner import Runner
from engine.store.store import Store

INSTANCE = "bench"
NEVER_S = Decimal(100_000)
CALM = EngineConfig(leg_timeout_s=NEVER_S, silent_after_s=NEVER_S, realarm_s=NEVER_S)
"""No wait ends by itself: what is measured is reports, not the workload's slowness."""

SUBMITTED_AT_ONCE = 500


def name_of(ref: str) -> str:
    """The ClOrdID that the rig's engine gives an order."""
    return derive_cl_ord_id(INSTANCE, ref)


class Venue:
    """The broker port of a venue that takes every order and answers lists with "nothing"."""

    def __init__(self, on_send: Callable[[Outbound], None] = lambda message: None) -> None:
        self.sent = 0
        self.on_send = on_send
        self.deliver: Deliver = lambda event: None

    @property
    def traits(self) -> BrokerTraits:
        return BrokerTraits("bench")

    async def start(self, deliver: Deliver) -> None:
        self.deliver = deliver
        deliver(BrokerConnected(BEGIN_NS))

    async def stop(self) -> None:
        self.deliver = lambda event: None

    def send(self, message: Outbound) -> None:
        self.sent += 1
        self.on_send(message)

    def ask(self, question: Question) -> None:
        if isinstance(question, AskOpenOrders):
            self.deliver(OpenOrdersListed(question.query_id, (), True, BEGIN_NS))
        elif isinstance(question, AskExecutions):
            self.deliver(ExecutionsListed(question.query_id, (), True, BEGIN_NS))


class Rig:
    """One desk without a window."""

    def __init__(self, store: Store, runner: Runner, venue: Venue) -> None:
        self.store = store
        self.runner = runner
        self.venue = venue
        self._collector = Collector(lambda: False)
        self._collector.begin()
        self._sweeping = asyncio.ensure_future(self._collector.run())

    @classmethod
    async def open(cls, path: Path, config: EngineConfig = CALM) -> Rig:
        venue = Venue()
        clock = SystemClock()

        def clock_from(last_ns: int) -> SystemClock:
            clock.not_before(last_ns)
            return clock

        store, runner = await recover_execution_from_crash(
            path, venue, config, clock_from, lambda: INSTANCE
        )
        await venue.start(runner.deliver)
        rig = cls(store, runner, venue)
        await rig.settle()
        return rig

    async def settle(self) -> None:
        """Run the cycle until nothing waits."""
        while await self.runner.step():
            if self.runner.stopped_why:
                raise RuntimeError(self.runner.stopped_why)

    async def submit(self, requests: Iterable[GroupRequest]) -> None:
        """Submit groups and have their first orders handed over."""
        waiting = []
        for request in requests:
            waiting.append(self.runner.ask(SubmitGroup(group=request)))
            if len(waiting) >= SUBMITTED_AT_ONCE:
                await self.settle()
        await self.settle()
        refused = [a for a in await asyncio.gather(*waiting) if not a.accepted]
        if refused:
            raise RuntimeError(f"{len(refused)} groups were refused: {refused[0].reason}")

    async def close(self) -> None:
        self._sweeping.cancel()
        await self._collector.end()
        await self.store.close()
