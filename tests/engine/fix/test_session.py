"""QuickFIX on both ends of a loopback connection: the adapter and the paper exchange."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from engine.broker.faults import FaultProfile
from engine.broker.fix import FixError, SessionState, loopback
from engine.broker.fix.view import Direction
from engine.broker.port import NotSent
from engine.core.decisions import AskExecutions, AskOpenOrders
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    ExecutionReport,
    ExecutionsListed,
    HeartbeatReceived,
    OpenOrdersListed,
    OrderNotFound,
    QuoteChanged,
)
from engine.core.terms import ExecType, OrdStatus
from tests.engine.broker.paper_kit import ask_order, cancel, order, replace
from tests.engine.fix.fix_kit import free_port, needs_quickfix
from tests.engine.fix.session_kit import SYMBOL, desk, settings, venue, with_symbols

pytestmark = needs_quickfix


async def test_an_order_its_fill_and_what_can_be_asked(tmp_path: Path) -> None:
    port = free_port()
    config = with_symbols(settings(tmp_path, port), SYMBOL)
    async with venue(tmp_path, port), desk(config) as one:
        await one.ear.until_heard(QuoteChanged)
        assert isinstance(one.ear.heard[0], BrokerConnected)
        one.broker.send(order(qty=3, symbol=SYMBOL))
        await one.ear.until(
            lambda: any(r.ord_status is OrdStatus.FILLED for r in one.ear.reports())
        )
        one.broker.ask(ask_order("c1", "q1"))
        one.broker.ask(ask_order("nobody", "q2"))
        one.broker.ask(AskOpenOrders("q3"))
        one.broker.ask(AskExecutions("q4", None))
        await one.ear.until_heard(ExecutionsListed)
        (listed,) = one.ear.of(ExecutionsListed)
        fills = [r for r in one.ear.reports() if r.exec_type is ExecType.TRADE]
        assert listed.complete and listed.query_id == "q4"
        assert [e.exec_id for e in listed.executions] == [r.exec_id for r in fills]
        assert [e.cum_qty for e in listed.executions] == [r.cum_qty for r in fills]
        (status,) = [r for r in one.ear.reports() if r.query_id == "q1"]
        assert (status.exec_type, status.cum_qty) == (ExecType.ORDER_STATUS, 3)
        assert [e.query_id for e in one.ear.of(OrderNotFound)] == ["q2"]
        assert [(e.orders, e.complete) for e in one.ear.of(OpenOrdersListed)] == [((), True)]


async def test_replace_and_cancel(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerConnected)
        one.broker.send(order(qty=5, px="0.05", symbol=SYMBOL))
        await one.ear.until_heard(ExecutionReport)
        one.broker.send(replace("r1", "c1", 4, "0.1"))
        one.broker.send(cancel("x1", "r1"))
        await one.ear.until(lambda: len(one.ear.reports()) == 3)
        said = [(r.exec_type, r.cl_ord_id, r.orig_cl_ord_id) for r in one.ear.reports()]
        assert said[1:] == [
            (ExecType.REPLACED, "r1", "c1"), (ExecType.CANCELED, "x1", "r1"),
        ]  # fmt: skip


async def test_mass_cancel_reports_every_order(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerConnected)
        for number in range(3):
            one.broker.send(order(f"c{number}", qty=5, px="0.05", symbol=SYMBOL))
        await one.ear.until_heard(ExecutionReport, 3)
        one.broker.cancel_all()
        await one.ear.until_heard(ExecutionReport, 6)
        ended = [r for r in one.ear.reports() if r.ord_status is OrdStatus.CANCELED]
        assert {r.orig_cl_ord_id for r in ended} == {"c0", "c1", "c2"}
        await one.ear.until(lambda: "mass cancel taken" in one.log())


async def test_heartbeats_keep_the_exchanges_time_moving(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(HeartbeatReceived, 3)
        stamps = [e.server_time_ns for e in one.ear.of(HeartbeatReceived)]
        assert all(stamps) and stamps == sorted(stamps)  # type: ignore[type-var]
        # the exchange runs at five times real time, and that is what is heard
        assert stamps[-1] - stamps[0] > 3_000_000_000  # type: ignore[operator]
        view = one.broker.view()
        assert view.state is SessionState.LOGGED_ON
        assert view.round_trip_ns is not None and view.round_trip_ns < 1_000_000_000


async def test_reports_made_while_the_desk_was_away_are_sent_again(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port):
        async with desk(settings(tmp_path, port)) as one:
            await one.ear.until_heard(BrokerConnected)
            for number in range(5):
                one.broker.send(order(f"c{number}", qty=300, symbol=SYMBOL))
            await one.ear.until_heard(ExecutionReport)
            known = {r.exec_id for r in one.ear.reports()}
        await asyncio.sleep(0.5)
        async with desk(settings(tmp_path, port)) as two:
            await two.ear.until_heard(BrokerConnected)
            two.broker.ask(AskExecutions("q", None))
            await two.ear.until_heard(ExecutionsListed)
            (listed,) = two.ear.of(ExecutionsListed)
            missed = {e.exec_id for e in listed.executions} - known
            assert missed <= {r.exec_id for r in two.ear.reports()}
            assert not known & {r.exec_id for r in two.ear.reports()}


async def test_what_was_not_committed_is_asked_for_again(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port):
        async with desk(settings(tmp_path, port), commits=False) as one:
            await one.ear.until_heard(BrokerConnected)
            one.broker.send(order(qty=2, symbol=SYMBOL))
            await one.ear.until(
                lambda: any(r.ord_status is OrdStatus.FILLED for r in one.ear.reports())
            )
            heard = [r.exec_id for r in one.ear.reports()]
            assert one.broker.view().committed_in < one.broker.view().next_in - 1
        async with desk(settings(tmp_path, port)) as two:
            await two.ear.until(lambda: len(two.ear.reports()) >= len(heard))
            again = two.ear.reports()
            assert [r.exec_id for r in again] == heard
            assert all(r.poss_dup for r in again)
            assert "were received and not committed; they are asked for again" in two.log()
        async with desk(settings(tmp_path, port)) as three:
            await three.ear.until_heard(BrokerConnected)
            await asyncio.sleep(0.3)
            assert three.ear.reports() == []


async def test_an_order_of_a_broken_session_is_never_sent_later(tmp_path: Path) -> None:
    port = free_port()
    async with desk(settings(tmp_path, port)) as one:
        with pytest.raises(NotSent):
            one.broker.send(order("early", qty=1, symbol=SYMBOL))
        await one.ear.until_heard(BrokerDisconnected)
        async with venue(tmp_path, port):
            await one.ear.until_heard(BrokerConnected)
            one.broker.ask(ask_order("early", "q"))
            await one.ear.until_heard(OrderNotFound)


async def test_the_exchange_comes_back(tmp_path: Path) -> None:
    port = free_port()
    async with desk(settings(tmp_path, port)) as one:
        for count in (1, 2):
            async with venue(tmp_path, port):
                await one.ear.until_heard(BrokerConnected, count)
                one.broker.send(order(f"c{count}", qty=1, symbol=SYMBOL))
                await one.ear.until(
                    lambda c=count: any(r.cl_ord_id == f"c{c}" for r in one.ear.reports())
                )
            await one.ear.until_heard(BrokerDisconnected, count)
        assert one.broker.view().logons == 2


async def test_logout_and_logon_by_hand(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerConnected)
        one.broker.logout("lunch")
        await one.ear.until_heard(BrokerDisconnected)
        await asyncio.sleep(1.5)
        assert len(one.ear.of(BrokerConnected)) == 1
        one.broker.logon()
        await one.ear.until_heard(BrokerConnected, 2)


async def test_an_outage_of_the_fault_profile_is_one_of_the_session(tmp_path: Path) -> None:
    port = free_port()
    faults = FaultProfile("outage", disconnect_after_s=0.8, disconnect_for_s=0.5)
    async with venue(tmp_path, port, faults=faults), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerDisconnected)
        await one.ear.until_heard(BrokerConnected, 2)


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("", port)), pytest.raises(FixError, match="cannot be opened"):
        async with venue(tmp_path, port):
            pass
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerConnected)


async def test_the_panel_shows_both_directions_named(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerConnected)
        directions = {line.direction for line in one.broker.lines()}
        assert directions == set(Direction)
        assert "MsgType=A Logon" in one.log()
        view = one.broker.view()
        assert (view.venue, view.session, view.logons) == ("paper", "PAPER as DESK", 1)
        assert view.next_in >= 2 and view.next_out >= 2 and view.last_message_age_ns is not None


async def test_the_exchange_listens_on_the_loopback_device_only(tmp_path: Path) -> None:
    port = free_port()
    async with venue(tmp_path, port), desk(settings(tmp_path, port)) as one:
        await one.ear.until_heard(BrokerConnected)
        if sys.platform.startswith("linux"):
            assert loopback.device_of(port) == b"lo"
    assert loopback.device_of(port) is None


def test_only_what_listens_on_the_port_is_confined() -> None:
    with socket.socket() as listener, socket.socket() as other:
        for each in (listener, other):
            each.bind(("", 0))
            each.listen()
        port, others = listener.getsockname()[1], other.getsockname()[1]
        confined = loopback.confine(port)
        assert confined is sys.platform.startswith("linux")
        if confined:
            assert (loopback.device_of(port), loopback.device_of(others)) == (b"lo", b"")
            with socket.create_connection(("127.0.0.1", port), 5):
                pass
        assert not loopback.confine(free_port()), "nothing listens there"
