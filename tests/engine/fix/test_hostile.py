"""Counterparties that misbehave, on bare sockets: nothing lost, nothing twice, and it is told."""

from __future__ import annotations

import asyncio
import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from engine import (
    Engine,
    GroupRequest,
    LegRequest,
    LegType,
    Phase,
    Side,
    SubmitGroup,
    open_fix,
)
from engine.broker.fix import SessionState
from engine.broker.fix.message import SOH
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    ExecutionReport,
    RawReceived,
)
from tests.engine.broker.paper_kit import order
from tests.engine.fix.fix_kit import free_port, needs_quickfix
from tests.engine.fix.raw_peer import STAMP, RawVenue, hang_up, raw_desk, report
from tests.engine.fix.session_kit import SYMBOL, Desk, desk, settings, venue

pytestmark = needs_quickfix


def exec_ids(one: Desk) -> list[str]:
    return [r.exec_id for r in one.ear.reports()]


async def test_a_missing_message_is_asked_for_and_order_is_kept(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.say(report(1, 1), 2)
        peer.say(report(4, 4), 5)
        asked = await peer.hear("2")
        assert (asked.get(7), asked.get(16)) == ("3", "0")
        await one.ear.until(lambda: one.broker.view().resend == (3, 4))
        peer.say(report(5, 5), 6)
        for number in (2, 3, 4, 5):
            peer.say(report(number, number), number + 1, dup=True)
        await one.ear.until_heard(ExecutionReport, 5)
        assert exec_ids(one) == ["e1", "e2", "e3", "e4", "e5"]
        assert one.broker.view().resend is None
        assert "asked for messages from 3 again" in one.log()


async def test_a_gap_fill_is_taken(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.say(report(9, 1), 50)
        await peer.hear("2")
        peer.say("4|36=50|123=Y", 2, dup=True)
        peer.say(report(9, 1), 50, dup=True)
        await one.ear.until_heard(ExecutionReport)
        assert exec_ids(one) == ["e9"]


async def test_a_repeat_is_marked_and_one_with_other_content_is_seen(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.say(report(1, 1), 2)
        peer.say(report(1, 1), 2, dup=True)
        peer.say(report(1, 7), 2, dup=True)
        peer.say(report(2, 2), 3)
        await one.ear.until(lambda: "e2" in exec_ids(one))
        said = [(r.exec_id, r.cum_qty, r.poss_dup) for r in one.ear.reports()]
        assert said == [("e1", 1, False), ("e1", 7, True), ("e2", 2, False)]
        view = one.broker.view()
        assert (view.repeated, view.warnings) == (2, 1)
        assert "ExecutionReport 2 came again; it differs" in one.log()


async def test_a_number_too_low_without_possdup_ends_the_session(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.say(report(1, 1), 2)
        peer.say(report(2, 2), 2)
        await one.ear.until_heard(BrokerDisconnected)
        assert exec_ids(one) == ["e1"]
        (down,) = one.ear.of(BrokerDisconnected)
        assert "too low" in down.why and "too low" in one.log()


async def test_garbage_is_passed_over_and_what_it_hid_is_asked_for(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.write(b"\x00\xff\x01garbage\x01\x01=\x018=\x019=\x01")
        broken = peer.text(report(1, 1), 2).replace(f"14=1{SOH}", f"14=9{SOH}")
        peer.write(broken.encode())
        peer.say(report(2, 2), 3)
        await peer.hear("2")
        peer.say(report(1, 1), 2, dup=True)
        peer.say(report(2, 2), 3, dup=True)
        await one.ear.until_heard(ExecutionReport, 2)
        said = [(r.exec_id, r.cum_qty) for r in one.ear.reports()]
        assert said == [("e1", 1), ("e2", 2)]
        assert "cannot be used" in one.log()


async def test_a_damaged_message_never_stands_in_for_a_queued_one(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.say(report(3, 3), 4)
        await peer.hear("2")
        damaged = peer.text(report(3, 3), 4).replace(f"14=3{SOH}", f"14=8{SOH}")
        peer.write(damaged.encode())
        peer.say("4|36=4|123=Y", 2, dup=True)
        await one.ear.until_heard(ExecutionReport)
        assert [r.cum_qty for r in one.ear.reports()] == [3]


async def test_half_messages_and_a_slow_peer(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        raw = (peer.text(report(1, 1), 2) + peer.text(report(2, 2), 3)).encode()
        for begin in range(0, len(raw), 23):
            peer.write(raw[begin : begin + 23])
            await peer.writer.drain()
            await asyncio.sleep(0.005)
        await one.ear.until_heard(ExecutionReport, 2)
        assert exec_ids(one) == ["e1", "e2"]


async def test_a_disconnect_in_the_middle_of_a_message(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.say(report(1, 1), 2)
        peer.write(peer.text(report(2, 2), 3).encode()[:40])
        await peer.writer.drain()
        await hang_up(peer.writer)
        await one.ear.until_heard(BrokerDisconnected)
        again = await them.meet()
        await again.hear("A")
        again.logon(9)
        asked = await again.hear("2")
        assert asked.get(7) == "3"
        again.say(report(2, 2), 3, dup=True)
        again.say("4|36=10|123=Y", 4, dup=True)
        await one.ear.until_heard(ExecutionReport, 2)
        assert exec_ids(one) == ["e1", "e2"]
        assert one.ear.of(BrokerConnected)[1:] != []


async def test_a_burst_of_ten_thousand(tmp_path: Path) -> None:
    port, count = free_port(), 10_000
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.seq = 2
        peer.write("".join(peer.text(report(n, n)) for n in range(1, count + 1)).encode())
        await one.ear.until(lambda: len(one.ear.heard) > count)
        assert exec_ids(one) == [f"e{n}" for n in range(1, count + 1)]
        await one.ear.until(lambda: one.broker.view().committed_in == count + 1)


async def test_a_burst_with_every_tenth_message_lost_on_the_way(tmp_path: Path) -> None:
    port, count = free_port(), 2_000
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        kept = [n for n in range(1, count + 1) if n % 10]
        peer.write("".join(peer.text(report(n, n), n + 1) for n in kept).encode())
        asked = await peer.hear("2")
        assert asked.get(7) == "11"
        peer.write(
            "".join(peer.text(report(n, n), n + 1, dup=True) for n in range(10, count + 1)).encode()
        )
        await one.ear.until_heard(ExecutionReport, count)
        assert exec_ids(one) == [f"e{n}" for n in range(1, count + 1)]


async def test_what_is_malformed_is_kept_and_the_next_one_comes(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.say("8|37=O1|11=c1|17=e1|150=F|39=1|32=1|31=10|151=5", 2)
        peer.say("8|37=O1|11=c1|17=e2|150=?|39=1|14=2|151=5", 3)
        peer.say("W|55=ES|268=2|269=0|270=5", 4)
        peer.say("ZZ|58=what is this", 5)
        peer.say(report(3, 3, "|453=2|448=a|447=D|452=1|448=b|447=D|452=2"), 6)
        await one.ear.until_heard(ExecutionReport)
        raws = one.ear.of(RawReceived)
        assert len(raws) == 4 and exec_ids(one) == ["e3"]
        assert "CumQty (14) is missing" in raws[0].why
        await one.ear.until(lambda: one.broker.view().committed_in == 6)


async def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.say(report(1, 1, "|58=Köln \xff"), 2)
        await one.ear.until_heard(ExecutionReport)
        got = one.ear.reports()[0]
        assert got.exec_id == "e1"
        (got.raw + got.text).encode("utf-8")


async def test_a_wrong_comp_id_ends_the_session_and_books_nothing(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        peer.us = "SOMEBODY"
        peer.say(report(1, 1), 2)
        await peer.hear("3")
        await peer.hear("5")
        assert exec_ids(one) == []
        assert one.broker.view().warnings > 0


async def test_a_reset_by_the_counterparty_begins_a_new_count(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them:
        async with desk(settings(tmp_path, port)) as one:
            peer = await them.meet_logon()
            await one.ear.until_heard(BrokerConnected)
            for number in range(1, 6):
                peer.say(report(number, number), number + 1)
            await one.ear.until(lambda: one.broker.view().committed_in == 6)
            await hang_up(peer.writer)
            await one.ear.until_heard(BrokerDisconnected)
            again = await them.meet_logon(1, extra="|141=Y")
            await one.ear.until_heard(BrokerConnected, 2)
            again.say(report(6, 6), 2)
            await one.ear.until_heard(ExecutionReport, 6)
            await one.ear.until(lambda: one.broker.view().committed_in == 2)
            assert "begin again" in one.log()
        async with desk(settings(tmp_path, port)) as two:
            third = await them.meet()
            await third.hear("A")
            third.logon(4)
            asked = await third.hear("2")
            assert asked.get(7) == "3"
            assert two.broker.view().committed_in == 2


async def test_a_logon_number_too_low_is_refused_and_told(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them:
        async with desk(settings(tmp_path, port)) as one:
            peer = await them.meet_logon()
            await one.ear.until_heard(BrokerConnected)
            peer.say(report(1, 1), 2)
            await one.ear.until_heard(ExecutionReport)
        async with desk(settings(tmp_path, port)) as two:
            await them.meet_logon(1)
            await two.ear.until_heard(BrokerDisconnected)
            (down,) = two.ear.of(BrokerDisconnected)
            assert "too low" in down.why
            assert two.ear.of(BrokerConnected) == []


async def test_a_counterparty_that_falls_silent(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        await one.ear.until(lambda: one.broker.view().state is SessionState.DISCONNECTED)
        assert "Timed out waiting for heartbeat" in one.log()


@pytest.mark.parametrize("comp_ids", [("EVIL", "PAPER"), ("DESK", "OTHER")])
async def test_a_stranger_is_not_let_in_by_the_exchange(
    tmp_path: Path, comp_ids: tuple[str, str]
) -> None:
    port = free_port()
    async with venue(tmp_path, port):
        stranger = await raw_desk(port, *comp_ids)
        stranger.logon()
        await stranger.ended()
        await hang_up(stranger.writer)
        async with desk(settings(tmp_path, port)) as one:
            await one.ear.until_heard(BrokerConnected)


async def test_a_storm_of_logons_leaves_the_session_that_is_there(tmp_path: Path) -> None:
    """A second connection with the desk's own CompID, fifty times: each is turned away."""
    port = free_port()
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerConnected)
        for _ in range(50):
            thief = await raw_desk(port)
            thief.logon(900)
            await thief.ended()
            await hang_up(thief.writer)
        one.broker.send(order(qty=1, symbol=SYMBOL))
        await one.ear.until_heard(ExecutionReport)
        assert one.broker.view().logons == 1


@pytest.mark.parametrize(
    "raw", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00" * 50, b"8=FIX.4.4\x019=5\x01"]
)
async def test_other_protocols_do_not_hurt_the_exchange(tmp_path: Path, raw: bytes) -> None:
    port = free_port()
    async with venue(tmp_path, port):
        for _ in range(3):
            stranger = await raw_desk(port)
            stranger.write(raw)
            await stranger.writer.drain()
            await hang_up(stranger.writer)
        async with desk(settings(tmp_path, port)) as one:
            await one.ear.until_heard(BrokerConnected)


async def test_the_exchange_refuses_what_it_cannot_read_and_goes_on(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port):
        peer = await raw_desk(port)
        peer.logon()
        await peer.hear("A")
        peer.say(f"D|11=c1|55={SYMBOL}|54=1|38=many|40=1|60={STAMP}")
        refusal = await peer.hear("j")
        assert (refusal.get(379), refusal.get(372)) == ("c1", "D")
        assert "OrderQty (38): expected a number" in refusal.get(58)
        peer.say("E|66=list")
        assert (await peer.hear("j")).get(380) == "3"
        peer.say(f"D|11=c2|1=a|55={SYMBOL}|54=1|38=1|40=1|59=0|60={STAMP}")
        assert (await peer.hear("8")).get(11) == "c2"
        await hang_up(peer.writer)


async def test_an_order_is_sent_again_in_its_own_connection_only(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        one.broker.send(order("c1", symbol=SYMBOL))
        sent = await peer.hear("D")
        peer.say(f"2|7={sent.seq}|16={sent.seq}")
        again = await peer.hear("D", "4")
        assert (again.msg_type, again.get(43), again.get(11)) == ("D", "Y", "c1")
        await hang_up(peer.writer)
        await one.ear.until_heard(BrokerDisconnected)
        later = await them.meet_logon(start=3)
        await one.ear.until_heard(BrokerConnected, 2)
        later.say(f"2|7={sent.seq}|16={sent.seq}")
        filled = await later.hear("D", "4")
        assert (filled.msg_type, filled.get(123)) == ("4", "Y")


async def test_a_peer_that_does_not_read_holds_up_nobody_and_misses_nothing(tmp_path: Path) -> None:
    port, count = free_port(), 8_000
    config = dataclasses.replace(settings(tmp_path, port), heartbeat_s=30)
    async with RawVenue(port).listening() as them, desk(config) as one:
        peer = await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        transport = peer.writer.transport
        assert isinstance(transport, asyncio.ReadTransport)
        transport.pause_reading()
        for number in range(count):
            one.broker.send(order(f"c{number}", symbol=SYMBOL))
        transport.resume_reading()
        got = [(await peer.hear("D")).get(11) for _ in range(count)]
        assert got == [f"c{number}" for number in range(count)]


async def test_a_venue_that_hangs_up_on_every_logon_is_tried_again(tmp_path: Path) -> None:
    port = free_port()
    async with RawVenue(port).listening() as them, desk(settings(tmp_path, port)) as one:
        for _ in range(3):
            peer = await them.meet()
            await peer.hear("A")
            await hang_up(peer.writer)
        await them.meet_logon()
        await one.ear.until_heard(BrokerConnected)
        assert len(one.ear.of(BrokerDisconnected)) <= 1, "told once, not each time"
        assert one.broker.view().logons == 1


async def test_the_engine_books_once_and_shows_what_contradicts(tmp_path: Path) -> None:
    """Through the whole desk: repeats, a repeat with other content, a hole, and a second life."""
    port = free_port()
    config = settings(tmp_path, port)
    fill = "8|37=O1|11={}|17=e{}|150=F|39={}|32=1|31=11|14={}|151={}|55={}|54=1|60=" + STAMP

    def said(cl_ord_id: str, number: int, cum: int) -> str:
        status = 2 if cum == 3 else 1
        return fill.format(cl_ord_id, number, status, cum, 3 - cum, SYMBOL)

    async with RawVenue(port).listening() as them:
        engine = Engine(tmp_path / "desk.db", open_fix(config))
        await engine.start()
        peer = await them.meet_logon()
        async with asyncio.timeout(20):
            while engine.status().phase is not Phase.ARMED:
                await asyncio.sleep(0.01)
            asked = asyncio.create_task(engine.submit(SubmitGroup(group=_pair())))
            cl_ord_id = (await peer.hear("D")).get(11)
            assert (await asked).accepted
            first = peer.seq
            peer.say(said(cl_ord_id, 1, 1), first)
            peer.say(said(cl_ord_id, 1, 1), first, dup=True)
            peer.say(said(cl_ord_id, 1, 3), first, dup=True)
            peer.say(said(cl_ord_id, 3, 3), first + 2)
            await peer.hear("2")
            peer.say(said(cl_ord_id, 2, 2), first + 1, dup=True)
            peer.say(said(cl_ord_id, 3, 3), first + 2, dup=True)
            while (row := engine.order("G1/H1/1")) is None or row.cum_qty != 3:
                await asyncio.sleep(0.01)
        order_view = engine.order("G1/H1/1")
        assert order_view is not None and order_view.gap_qty == 0
        assert sorted(e.exec_id for e in order_view.executions) == ["e1", "e2", "e3"]
        assert "CONFLICTING_EXECUTION" in [each.reason for each in engine.rejected()]
        await engine.stop()


def _pair() -> GroupRequest:
    def leg(leg_id: str, kind: LegType, side: Side, price: int) -> LegRequest:
        return LegRequest(leg_id, kind, SYMBOL, side, Decimal(3), price=Decimal(price))

    legs = (leg("H1", LegType.HEDGE, Side.BUY, 11), leg("R1", LegType.RISK, Side.SELL, 15))
    return GroupRequest("G1", legs)
