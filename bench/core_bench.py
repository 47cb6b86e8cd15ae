"""``core.reports_per_s``: execution reports through the pure core.

Owns: this figure. May not: touch a database or an event loop. Floor in the same run: a plain
Python state machine that keeps CumQty and a set of ids, which is what the machine can do today.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

from bench.results import Figure
from bench.rig import CALM, INSTANCE, name_of
from bench.workload import BEGIN_NS, Workload
from engine.core import machine
from engine.core.commands import SubmitGroup
from engine.core.decisions import SendCancel, SendOrder, SendReplace
from engine.core.events import (
    BrokerConnected,
    EngineStarted,
    Envelope,
    ExecutionReport,
    OpenOrdersListed,
    OrderHandedOver,
)
from engine.core.idempotency import IdempotencyManager
from engine.core.state import DeskState
from engine.core.terms import Phase

TARGET = 100_000.0
TRIM_EACH = 256


class CoreDesk:
    """The pure core with a hand in place of the shell."""

    def __init__(self) -> None:
        self.state: DeskState = machine.new_state(CALM)
        self.now_ns = 1_000
        self.handle(EngineStarted(1, INSTANCE))
        self.handle(BrokerConnected(BEGIN_NS))
        self.handle(OpenOrdersListed("Q1-1", (), True, BEGIN_NS))
        assert self.state.meta.phase is Phase.ARMED

    def handle(self, body: object) -> None:
        """One input and the hand-overs that it causes."""
        self.now_ns += 1_000
        for decision in machine.handle(self.state, Envelope(self.now_ns, self.now_ns, body)):
            if isinstance(decision, SendOrder | SendCancel | SendReplace):
                self.handle(OrderHandedOver(decision.cl_ord_id))


def prepared(workload: Workload) -> tuple[CoreDesk, list[ExecutionReport]]:
    """A desk with all groups submitted, and their reports."""
    desk = CoreDesk()
    for each in workload.requests():
        desk.handle(SubmitGroup(group=each))
    return desk, list(workload.reports(name_of))


def feed(desk: CoreDesk, reports: list[ExecutionReport]) -> None:
    """All reports, trimmed as the shell trims."""
    handle, state = desk.handle, desk.state
    for number, report in enumerate(reports):
        if number % TRIM_EACH == 0:
            IdempotencyManager.trim(state)
        handle(report)


def plain_machine(reports: list[ExecutionReport]) -> None:
    """The floor: dedup by a set, CumQty by a dict, nothing else."""
    seen: set[str] = set()
    cum: dict[str, object] = {}
    for report in reports:
        if report.exec_id in seen:
            continue
        seen.add(report.exec_id)
        cum[report.cl_ord_id] = report.cum_qty


def measure(rounds: int = 3, groups: int = 1_000) -> Iterator[Figure]:
    """The best round: what others do on the machine only ever makes a round slower."""
    best_wall = best_cpu = best_floor = 0.0
    for _ in range(rounds):
        desk, reports = prepared(Workload(groups))
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        feed(desk, reports)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        best_wall = max(best_wall, len(reports) / wall)
        best_cpu = max(best_cpu, len(reports) / cpu)
        begun = time.perf_counter()
        for _ in range(20):
            plain_machine(reports)
        best_floor = max(best_floor, 20 * len(reports) / (time.perf_counter() - begun))
    yield Figure(
        "core.reports_per_s",
        best_wall,
        "1/s",
        limit=TARGET,
        floor=best_floor,
        note=f"by processor time {best_cpu:,.0f}/s; floor: a dict and a set",
    )
