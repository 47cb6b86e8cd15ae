"""The desk with nothing configured: a picture with something true in every panel.

Owns: the choice of the demo and its past. The past is made, not faked: a child process runs the
real engine on the real paper exchange in quick time, and is killed (SIGKILL) at a moment when one
order has reached the exchange unseen and another never left. What the window then shows is what
recovery finds. May not: write to the database in any other way.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desk.paths import Paths
from desk.submission import submit_groups
from engine import (
    BrokerPort,
    BrokerTraits,
    Engine,
    EngineConfig,
    EscalationKind,
    FaultProfile,
    Phase,
    open_paper,
    read_basket,
)

BASKETS = Path(__file__).parent.parent / "resources" / "demo"
LIVE_BASKET = BASKETS / "basket-demo.json"
SEED = 7
SPEED = 60.0
PAST_S = 80.0
PAST_LASTS_MAX_S = 5.0
CHILD_LASTS_MAX_S = 10.0
TAKEN_AFTER_S = 0.05
LOST_LEG = "CRASH-LOST/R1/"
LAST_LEG = "CRASH-TAKEN/R1/"
POLL_S = 0.02

_FAULTS = FaultProfile(
    "demo past", late=0.2, late_max_s=0.03, duplicate=0.3, duplicate_after_max_s=0.05
)


Past = subprocess.Popen[bytes]


def begin_past(paths: Paths) -> Past | None:
    """Start the child that makes the past, where there is none yet."""
    if paths.database.exists():
        return None
    arguments = [sys.executable, "-m", "desk.demo", str(paths.database), str(paths.exchange)]
    return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def finish_past(child: Past | None) -> bool:
    """Wait for the child's end. False: it did not come to its crash; the desk starts all the
    same, with whatever past there is."""
    if child is None:
        return True
    try:
        return child.wait(CHILD_LASTS_MAX_S) == -signal.SIGKILL
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False


class DyingLink:
    """The exchange behind a link as it is just before a crash. An order of ``LOST_LEG`` never
    gets through; from the order of ``LAST_LEG`` on, which does, nothing comes in any more."""

    def __init__(self, inner: BrokerPort) -> None:
        self._inner = inner
        self.lost = asyncio.Event()
        self.silent = asyncio.Event()

    @property
    def traits(self) -> BrokerTraits:
        return self._inner.traits

    async def start(self, deliver: Callable[[Any], None]) -> None:
        await self._inner.start(lambda event: None if self.silent.is_set() else deliver(event))

    async def stop(self) -> None:
        await self._inner.stop()

    def send(self, message: Any) -> None:
        if message.ref.startswith(LOST_LEG):
            self.lost.set()
            return
        if message.ref.startswith(LAST_LEG):
            self.silent.set()
        self._inner.send(message)

    def ask(self, question: Any) -> None:
        self._inner.ask(question)


async def make_past(database: Path, exchange: Path) -> None:
    """Run the demo's past and die in it. Does not return."""
    begin_ns = time.time_ns() - int(PAST_S * 10**9)
    market = open_paper(
        seed=SEED, speed=SPEED, state_path=exchange, faults=_FAULTS, start_ns=begin_ns
    )
    link = DyingLink(market.broker)
    engine = Engine(database, link, EngineConfig(instruments=market.instruments))
    await engine.start()
    while engine.status().phase is not Phase.ARMED:
        await asyncio.sleep(POLL_S)
    await submit_groups(engine, read_basket(BASKETS / "basket-demo-past.json"), "demo")
    until = time.monotonic() + PAST_LASTS_MAX_S
    while _unfinished(engine) and time.monotonic() < until:
        await asyncio.sleep(POLL_S)
    for group, sent in zip(
        read_basket(BASKETS / "basket-demo-crash.json"), (link.lost, link.silent), strict=True
    ):
        await submit_groups(engine, (group,), "demo")
        await sent.wait()
    await asyncio.sleep(TAKEN_AFTER_S)
    os.kill(os.getpid(), signal.SIGKILL)


def _unfinished(engine: Engine) -> bool:
    """Whether a group is still at work; the one that ends in an escalation never closes."""
    exhausted = {
        item.group_id
        for item in engine.escalations()
        if item.kind is EscalationKind.HEDGE_DEPTH_EXCEEDED
    }
    rows = [engine.group(group_id) for group_id in engine.group_ids()]
    return any(row and not row.closed and row.group_id not in exhausted for row in rows)


if __name__ == "__main__":
    asyncio.run(make_past(Path(sys.argv[1]), Path(sys.argv[2])))
