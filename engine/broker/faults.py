"""A broker link that misbehaves, by a seeded profile: any adapter can be put behind it.

Owns: what happens to messages on their way. May not: invent a message; every report that
passes was made by the broker behind, with its own ExecID. Only timing and loss are ours.

What the profile's random numbers decide is drawn from one seeded generator in the order of
the events; timing is the event loop's, so a run repeats exactly only under virtual time.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from engine.broker.passage import Passage
from engine.broker.port import BrokerPort, BrokerTraits, Deliver, NotSent
from engine.core.decisions import AskOrder, Outbound, Question
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    BrokerEvent,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    OrderNotFound,
    PositionsListed,
    QueryFailed,
)
from engine.core.terms import ExecType


@dataclass(frozen=True, slots=True)
class FaultProfile:
    """How a link misbehaves. Probabilities are per event, durations local seconds.

    ``delay``: the link stands still up to ``delay_max_s``; order is kept. ``late``: a report
    is held back up to ``late_max_s`` while at most ``overtaken_max`` later reports pass it.
    ``duplicate``: it comes again, same ExecID, up to ``duplicate_after_max_s`` later.
    ``drop_ack``: the report NEW is lost. ``drop_report``: any other report is lost.
    ``lose_request``: an order, cancel or replace is lost on its way out. ``drop_answer``: the
    answer to a question is lost. ``disconnect_after_s``: one outage of ``disconnect_for_s``;
    reports made meanwhile are lost. ``displayed_share``: the part of displayed sizes that the
    paper exchange trades against (its doing, not this link's): smaller means more fills in part.
    """

    name: str
    delay: float = 0.0
    delay_max_s: float = 0.0
    late: float = 0.0
    late_max_s: float = 0.0
    overtaken_max: int = 3
    duplicate: float = 0.0
    duplicate_after_max_s: float = 0.0
    drop_ack: float = 0.0
    drop_report: float = 0.0
    drop_answer: float = 0.0
    lose_request: float = 0.0
    disconnect_after_s: float | None = None
    disconnect_for_s: float = 0.0
    displayed_share: Decimal = Decimal(1)


NONE = FaultProfile("none")
DEMO = FaultProfile(
    "demo",
    delay=0.02,
    delay_max_s=0.4,
    late=0.10,
    late_max_s=0.5,
    duplicate=0.15,
    duplicate_after_max_s=1.5,
    drop_ack=0.05,
    disconnect_after_s=25.0,
    disconnect_for_s=2.0,
    displayed_share=Decimal("0.5"),
)
PROFILES: Mapping[str, FaultProfile] = MappingProxyType({p.name: p for p in (NONE, DEMO)})


@dataclass(slots=True, eq=False)
class _Held:
    """A report held back until its timer, or until enough others have passed it."""

    event: BrokerEvent
    may_pass: int


class FaultyBroker:
    """``inner`` behind a faulty link; implements ``BrokerPort``, and ``committed`` and
    ``cancel_directly`` where ``inner`` does. Direct cancels meet no faults."""

    def __init__(self, inner: BrokerPort, profile: FaultProfile, seed: int) -> None:
        self._inner = inner
        self._profile = profile
        self._rng = random.Random(seed)
        self._up = False
        self._had_outage = False
        self._standing: deque[BrokerEvent] = deque()
        self._held: list[_Held] = []
        self._asked: dict[str, str] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        committed = getattr(inner, "committed", None)
        self._passage = Passage(committed) if committed is not None else None
        self.committed = self._passage.committed if self._passage is not None else None
        self.cancel_directly = getattr(inner, "cancel_directly", None)

    @property
    def traits(self) -> BrokerTraits:
        return self._inner.traits

    async def start(self, deliver: Deliver) -> None:
        self._loop = asyncio.get_running_loop()
        self._deliver = deliver
        await self._inner.start(self._arrive)

    async def stop(self) -> None:
        """End the link; what it held back is lost."""
        self._up = False
        self._clear()
        await self._inner.stop()

    def send(self, message: Outbound) -> None:
        """See ``BrokerPort``. Raises ``NotSent`` during the outage."""
        if not self._up:
            raise NotSent("the link to the broker is down")
        if not self._hits(self._profile.lose_request):
            self._inner.send(message)

    def ask(self, question: Question) -> None:
        """See ``BrokerPort``."""
        cl_ord_id = question.cl_ord_id if isinstance(question, AskOrder) else ""
        if not self._up:
            failed = QueryFailed(question.query_id, cl_ord_id, "the link to the broker is down")
            self._loop.call_soon(self._deliver, failed)
            return
        self._asked[question.query_id] = cl_ord_id
        self._inner.ask(question)

    # -- inbound ---------------------------------------------------------------------------

    def _arrive(self, event: BrokerEvent) -> None:
        """The broker behind made an event: let the whole link stand still, or not."""
        if self._passage is not None:
            self._passage.came(event)
        if isinstance(event, BrokerConnected):
            self._go_up(event)
        elif isinstance(event, BrokerDisconnected):
            self._lose(event)  # ours is told instead
            self._go_down(event.why)
        elif self._up:
            if not self._standing and self._hits(self._profile.delay):
                self._later(self._profile.delay_max_s, self._move_on)
                self._standing.append(event)
            elif self._standing:
                self._standing.append(event)
            else:
                self._pass(event)
        else:
            self._lose(event)

    def _move_on(self) -> None:
        """The link moves again: what has piled up passes, in order."""
        while self._standing and self._up:
            self._pass(self._standing.popleft())

    def _pass(self, event: BrokerEvent) -> None:
        """An event reaches our end of the link: lose it, repeat it, hold it back, or not."""
        query_id = _query_id(event)
        if query_id is not None:
            if not self._hits(self._profile.drop_answer):
                self._asked.pop(query_id, None)
                self._deliver(event)
            else:
                self._lose(event)
        elif not isinstance(event, ExecutionReport):
            self._deliver(event)
        elif not self._hits(self._loss(event)):
            if self._hits(self._profile.duplicate):
                self._later(self._profile.duplicate_after_max_s, lambda: self._deliver(event))
            if self._hits(self._profile.late):
                self._hold(event)
            else:
                self._deliver(event)
                self._overtake()
        else:
            self._lose(event)

    def _lose(self, event: BrokerEvent) -> None:
        if self._passage is not None:
            self._passage.lost(event)

    def _loss(self, report: ExecutionReport) -> float:
        is_ack = report.exec_type is ExecType.NEW
        return self._profile.drop_ack if is_ack else self._profile.drop_report

    def _hold(self, event: BrokerEvent) -> None:
        held = _Held(event, self._profile.overtaken_max)
        self._held.append(held)
        self._later(self._profile.late_max_s, lambda: self._release(held))

    def _overtake(self) -> None:
        """One report has passed those held back; none is passed by more than its bound."""
        for held in tuple(self._held):
            held.may_pass -= 1
            if held.may_pass <= 0:
                self._release(held)

    def _release(self, held: _Held) -> None:
        if held in self._held:
            self._held.remove(held)
            self._deliver(held.event)

    # -- the link itself -------------------------------------------------------------------

    def _go_up(self, event: BrokerConnected) -> None:
        self._up = True
        self._deliver(event)
        after_s = self._profile.disconnect_after_s
        if after_s is not None and not self._had_outage:
            self._had_outage = True
            self._timer(after_s, self._break_off)

    def _break_off(self) -> None:
        self._go_down("the link broke (fault profile)")
        self._timer(self._profile.disconnect_for_s, lambda: self._go_up(BrokerConnected()))

    def _go_down(self, why: str) -> None:
        """What was under way is lost; open questions have failed."""
        self._up = False
        for event in (*self._standing, *(held.event for held in self._held)):
            self._lose(event)
        self._clear()
        self._deliver(BrokerDisconnected(why))
        asked, self._asked = self._asked, {}
        for query_id, cl_ord_id in asked.items():
            self._deliver(QueryFailed(query_id, cl_ord_id, "the link to the broker broke"))

    def _clear(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._standing.clear()
        self._held.clear()

    def _hits(self, probability: float) -> bool:
        return probability > 0 and self._rng.random() < probability

    def _later(self, max_s: float, act: Callable[[], None]) -> None:
        """Act at a random moment within ``max_s``."""
        self._timer(self._rng.uniform(0, max_s), act)

    def _timer(self, after_s: float, act: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(handle)
            act()

        handle = self._loop.call_later(after_s, fire)
        self._timers.add(handle)


def _query_id(event: BrokerEvent) -> str | None:
    """The question that this event answers; None: it is no answer."""
    answers = (
        ExecutionReport, OrderNotFound, QueryFailed, OpenOrdersListed, ExecutionsListed,
        PositionsListed,
    )  # fmt: skip
    return event.query_id if isinstance(event, answers) else None
