"""The faulty link: it delays, repeats, reorders and loses; it never invents."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.broker.faults import DEMO, NONE, PROFILES, FaultProfile, FaultyBroker
from engine.broker.port import BrokerTraits, Deliver, NotSent
from engine.core.decisions import AskOpenOrders, Outbound, Question
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    ExecutionReport,
    HeartbeatReceived,
    OpenOrdersListed,
    QueryFailed,
)
from engine.core.terms import ExecType, OrdStatus
from tests.engine.broker.paper_kit import order
from tests.engine.broker.paper_link import Ear

D0 = Decimal(0)


class Venue:
    """A broker that says what the test makes it say."""

    traits = BrokerTraits("venue")

    def __init__(self) -> None:
        self.sent: list[Outbound] = []
        self.asked: list[Question] = []
        self.running = False

    async def start(self, deliver: Deliver) -> None:
        self.say = deliver
        self.running = True
        deliver(BrokerConnected(1))

    async def stop(self) -> None:
        self.running = False

    def send(self, message: Outbound) -> None:
        self.sent.append(message)

    def ask(self, question: Question) -> None:
        self.asked.append(question)


def report(number: int, exec_type: ExecType = ExecType.TRADE) -> ExecutionReport:
    return ExecutionReport(f"c{number}", f"e{number}", exec_type, OrdStatus.NEW, D0, D0)


async def start(profile: FaultProfile, seed: int = 1) -> tuple[FaultyBroker, Venue, Ear]:
    venue, ear = Venue(), Ear()
    broker = FaultyBroker(venue, profile, seed)
    await broker.start(ear)
    return broker, venue, ear


async def test_none_passes_everything_at_once_in_order() -> None:
    broker, venue, ear = await start(NONE)
    events = [report(n) for n in range(100)]
    for event in events:
        venue.say(event)
    broker.send(order())
    assert ear.heard == [BrokerConnected(1), *events]
    assert venue.sent == [order()]
    await broker.stop()
    assert not venue.running


async def test_duplicates_are_the_same_report_again() -> None:
    broker, venue, ear = await start(FaultProfile("d", duplicate=1.0))
    for number in range(20):
        venue.say(report(number))
    await ear.until_heard(ExecutionReport, 40)
    assert set(Counter(r.exec_id for r in ear.reports()).values()) == {2}
    await broker.stop()


async def test_late_reports_are_overtaken_by_a_bounded_number() -> None:
    profile = FaultProfile("l", late=0.4, late_max_s=0.2, overtaken_max=3)
    broker, venue, ear = await start(profile)
    for number in range(500):
        venue.say(report(number))
        if number % 50 == 0:
            await asyncio.sleep(0.002)
    await ear.until_heard(ExecutionReport, 500)
    order_heard = [int(r.exec_id[1:]) for r in ear.reports()]
    assert sorted(order_heard) == list(range(500)), "none lost, none twice"
    assert order_heard != list(range(500))
    for place, number in enumerate(order_heard):
        prompt = [n for n in order_heard[:place] if n > number]
        assert len(prompt) <= 3 * 5, "bounded"
    await broker.stop()


async def test_a_late_report_comes_in_time_when_nothing_passes_it() -> None:
    broker, venue, ear = await start(FaultProfile("l", late=1.0, late_max_s=0.05))
    venue.say(report(1))
    assert ear.reports() == []
    await ear.until_heard(ExecutionReport)
    await broker.stop()


async def test_a_standing_link_keeps_the_order() -> None:
    broker, venue, ear = await start(FaultProfile("s", delay=0.2, delay_max_s=0.02))
    for number in range(200):
        venue.say(report(number) if number % 3 else HeartbeatReceived(number))
        if number % 20 == 0:
            await asyncio.sleep(0.001)
    await ear.until(lambda: len(ear.heard) == 201)
    times = [
        int(e.exec_id[1:]) if isinstance(e, ExecutionReport) else e.server_time_ns
        for e in ear.heard[1:]
        if isinstance(e, ExecutionReport | HeartbeatReceived)
    ]
    assert times == list(range(200))
    await broker.stop()


async def test_lost_acknowledgements_are_only_acknowledgements() -> None:
    broker, venue, ear = await start(FaultProfile("a", drop_ack=1.0))
    venue.say(report(1, ExecType.NEW))
    venue.say(report(2))
    assert [r.exec_id for r in ear.reports()] == ["e2"]
    await broker.stop()


async def test_lost_requests_and_reports_and_answers() -> None:
    lossy = FaultProfile("x", lose_request=1.0, drop_report=1.0, drop_answer=1.0)
    broker, venue, ear = await start(lossy)
    broker.send(order())
    broker.ask(AskOpenOrders("q"))
    venue.say(report(1))
    venue.say(OpenOrdersListed("q", (), True))
    venue.say(HeartbeatReceived(5))
    assert venue.sent == [] and ear.heard[1:] == [HeartbeatReceived(5)]
    await broker.stop()


async def test_one_outage() -> None:
    profile = FaultProfile("o", disconnect_after_s=0.05, disconnect_for_s=0.05)
    broker, venue, ear = await start(profile)
    broker.ask(AskOpenOrders("q"))
    await ear.until_heard(BrokerDisconnected)
    assert [e.query_id for e in ear.of(QueryFailed)] == ["q"]
    with pytest.raises(NotSent):
        broker.send(order())
    broker.ask(AskOpenOrders("r"))
    venue.say(report(1))
    await ear.until_heard(BrokerConnected, 2)
    assert ear.reports() == [], "what was made during the outage is lost to the stream"
    assert [e.query_id for e in ear.of(QueryFailed)] == ["q", "r"]
    venue.say(report(2))
    broker.send(order())
    assert [r.exec_id for r in ear.reports()] == ["e2"] and venue.sent == [order()]
    await asyncio.sleep(0.12)
    assert len(ear.of(BrokerDisconnected)) == 1
    await broker.stop()


async def test_answers_are_neither_repeated_nor_late() -> None:
    broker, venue, ear = await start(replace(DEMO, duplicate=1.0, late=1.0, delay=0.0))
    venue.say(replace(report(1), query_id="q"))
    assert len(ear.reports()) == 1
    await asyncio.sleep(0.02)
    assert len(ear.reports()) == 1
    await broker.stop()


async def test_the_same_seed_draws_the_same_faults() -> None:
    async def lost(seed: int) -> list[str]:
        broker, venue, ear = await start(FaultProfile("x", drop_report=0.5), seed)
        for number in range(64):
            venue.say(report(number))
        await broker.stop()
        return [r.exec_id for r in ear.reports()]

    assert await lost(1) == await lost(1) != await lost(2)


async def test_nothing_comes_after_stop() -> None:
    broker, venue, ear = await start(FaultProfile("d", duplicate=1.0, duplicate_after_max_s=0.02))
    venue.say(report(1))
    await broker.stop()
    venue.say(report(2))
    await asyncio.sleep(0.05)
    assert [r.exec_id for r in ear.reports()] == ["e1"]


def test_profiles_by_name() -> None:
    assert dict(PROFILES) == {"none": NONE, "demo": DEMO}


class Acknowledging(Venue):
    """One that may be asked for its messages again, and cancels without the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[list[object]] = []

    def committed(self, inputs: list[object]) -> None:
        self.told.append(list(inputs))

    def cancel_directly(self, cancels: object) -> list[object]:
        return [cancels]


async def test_the_adapter_behind_hears_what_is_durable_in_its_own_order() -> None:
    venue, ear = Acknowledging(), Ear()
    broker = FaultyBroker(venue, replace(NONE, late=1.0, late_max_s=5.0, overtaken_max=1), seed=1)
    await broker.start(ear)
    assert broker.committed is not None
    broker.committed(list(ear.heard))
    first, beat, second = report(1), HeartbeatReceived(1), report(2)
    venue.say(first)
    venue.say(beat)
    assert ear.reports() == [], "held back"
    broker.committed([beat])
    venue.say(second)
    broker.committed([])
    assert [each for told in venue.told[1:] for each in told] == [], "nothing may move past it"
    await broker.stop()


async def test_what_the_link_lost_for_good_does_not_hold_up_what_came_after() -> None:
    venue, ear = Acknowledging(), Ear()
    broker = FaultyBroker(venue, replace(NONE, drop_ack=1.0), seed=1)
    await broker.start(ear)
    assert broker.committed is not None
    lost, heard = report(1, ExecType.NEW), report(2)
    venue.say(lost)
    venue.say(heard)
    venue.say(BrokerDisconnected("gone"))
    broker.committed(list(ear.heard))
    (told,) = venue.told
    assert told[1:3] == [lost, heard] and ear.reports() == [heard]
    broker.committed([])
    assert venue.told[1:] == [[]], "told once, and woken all the same"
    await broker.stop()


async def test_a_late_report_is_passed_on_once_it_is_committed() -> None:
    venue, ear = Acknowledging(), Ear()
    broker = FaultyBroker(venue, replace(NONE, late=1.0, late_max_s=0.01), seed=1)
    await broker.start(ear)
    assert broker.committed is not None
    venue.say(report(1))
    await ear.until_heard(ExecutionReport)
    broker.committed(list(ear.heard))
    assert [type(each) for each in venue.told[0]] == [BrokerConnected, ExecutionReport]
    await broker.stop()


async def test_what_the_adapter_behind_cannot_do_the_link_does_not_offer() -> None:
    plain, able = FaultyBroker(Venue(), NONE, 1), FaultyBroker(Acknowledging(), NONE, 1)
    assert plain.committed is None and plain.cancel_directly is None
    assert able.committed is not None
    assert able.cancel_directly is not None and able.cancel_directly(["c"]) == [["c"]]
