"""A broker that records, a clock that stands still, and a desk made of the real parts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from engine.broker.port import BrokerTraits, Deliver, NotSent
from engine.core.commands import GroupRequest, LegRequest, SubmitGroup
from engine.core.decisions import AskExecutions, AskOpenOrders, Outbound, Question
from engine.core.events import (
    BrokerConnected,
    BrokerEvent,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
)
from engine.core.model import EngineConfig
from engine.core.terms import ExecType, LegType, OrdStatus, Side
from engine.shell.checkpoints import Checkpoints
from engine.shell.recovery import recover_execution_from_crash
from engine.shell.runner import Runner
from engine.store.store import Store

D = Decimal
CALM = EngineConfig(leg_timeout_s=D(10_000), silent_after_s=D(10_000), realarm_s=D(10_000))


class StillClock:
    """Both clocks stand where the test puts them."""

    def __init__(self) -> None:
        self.now_ns = 1_000

    def mono_ns(self) -> int:
        return self.now_ns

    def wall_ns(self) -> int:
        return self.now_ns


class RecordingBroker:
    """Keeps what it is sent; ``on_send`` may raise or answer at once."""

    def __init__(self) -> None:
        self.sent: list[Outbound] = []
        self.asked: list[Question] = []
        self.on_send: Callable[[Outbound], None] = lambda message: None
        self.deliver: Deliver = lambda event: None

    @property
    def traits(self) -> BrokerTraits:
        return BrokerTraits("recording")

    async def start(self, deliver: Deliver) -> None:
        self.deliver = deliver
        deliver(BrokerConnected(1))

    async def stop(self) -> None:
        self.deliver = lambda event: None

    def send(self, message: Outbound) -> None:
        self.on_send(message)
        self.sent.append(message)

    def ask(self, question: Question) -> None:
        self.asked.append(question)
        if isinstance(question, AskOpenOrders):
            self.deliver(OpenOrdersListed(question.query_id, (), True, 1))
        if isinstance(question, AskExecutions):
            self.deliver(ExecutionsListed(question.query_id, (), True, 1))

    def refuse(self, why: str) -> None:
        def raise_it(message: Outbound) -> None:
            raise NotSent(why)

        self.on_send = raise_it


class Desk:
    """The real runner on a real database, stepped by the test."""

    def __init__(self, store: Store, runner: Runner, broker: RecordingBroker) -> None:
        self.store = store
        self.runner = runner
        self.broker = broker

    @classmethod
    async def open(
        cls,
        path: Path,
        config: EngineConfig = CALM,
        checkpoints: Checkpoints | None = None,
        clock: StillClock | None = None,
        broker: RecordingBroker | None = None,
    ) -> Desk:
        broker = broker or RecordingBroker()
        own_clock = clock or StillClock()
        store, runner = await recover_execution_from_crash(
            path, broker, config, lambda last_ns: own_clock, lambda: "test", checkpoints
        )
        await broker.start(runner.deliver)
        desk = cls(store, runner, broker)
        await desk.settle()
        return desk

    async def settle(self) -> int:
        cycles = 0
        while await self.runner.step():
            cycles += 1
            assert cycles < 1_000
        return cycles

    async def submit(self, group_id: str = "G1") -> asyncio.Future[object]:
        future = self.runner.ask(SubmitGroup(group=request(group_id)))
        await self.settle()
        return future  # type: ignore[return-value]

    def report(self, number: int, quantity: int, cum: int, order: int = 0) -> BrokerEvent:
        return trade(self.broker.sent[order].cl_ord_id, f"e{number}", quantity, cum)

    async def close(self) -> None:
        await self.store.close()


def request(group_id: str) -> GroupRequest:
    return GroupRequest(
        group_id,
        (
            LegRequest("H1", LegType.HEDGE, "P1", Side.BUY, D(100), price=D(10)),
            LegRequest("R1", LegType.RISK, "P2", Side.SELL, D(100), price=D(20)),
        ),
    )


def trade(cl_ord_id: str, exec_id: str, quantity: int, cum: int) -> ExecutionReport:
    return ExecutionReport(
        cl_ord_id=cl_ord_id,
        exec_id=exec_id,
        exec_type=ExecType.TRADE,
        ord_status=OrdStatus.FILLED if cum >= 100 else OrdStatus.PARTIALLY_FILLED,
        cum_qty=D(cum),
        leaves_qty=D(max(100 - cum, 0)),
        last_qty=D(quantity),
        last_px=D(10),
        server_time_ns=2,
    )
