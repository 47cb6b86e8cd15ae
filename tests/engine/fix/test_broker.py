"""The adapter on a session that is only remembered: order, acknowledgement, refusals."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.broker.fix.broker import UNCOMMITTED_MAX
from engine.broker.fix.link import Beat, Refused, Repeated
from engine.broker.port import NotSent
from engine.core.decisions import AskOpenOrders
from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    ExecutionReport,
    HeartbeatReceived,
    QueryFailed,
    QuoteChanged,
    RawReceived,
)
from tests.engine.broker.paper_kit import ask_order, order
from tests.engine.fix.fix_kit import NOW, PAPER, STAMP, Rig, field_of, wire

FILL = "8|37=O1|11=c1|17=e{}|150=F|39=1|14={}|151=9|32=1|31=10"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    made = await Rig(tmp_path).open()
    yield made
    await made.close()


async def test_connected_comes_first_and_everything_in_order(rig: Rig) -> None:
    rig.link.up()
    for number in range(3):
        rig.link.comes(FILL.format(number, number + 1))
    kinds = [type(e) for e in rig.heard]
    assert kinds == [BrokerConnected, ExecutionReport, ExecutionReport, ExecutionReport]
    assert [e.exec_id for e in rig.heard if isinstance(e, ExecutionReport)] == ["e0", "e1", "e2"]


async def test_without_a_session_nothing_is_sent(rig: Rig) -> None:
    with pytest.raises(NotSent, match="not logged on to PAPER as DESK"):
        rig.broker.send(order())
    rig.broker.ask(ask_order("c1", "q1"))
    assert rig.heard == []
    await asyncio.sleep(0)
    assert rig.heard == [QueryFailed("q1", "c1", "not logged on to PAPER as DESK")]


async def test_a_session_that_takes_nothing_any_more(rig: Rig) -> None:
    rig.link.up()
    rig.link.is_up = False
    with pytest.raises(NotSent):
        rig.broker.send(order())
    rig.broker.ask(AskOpenOrders("q1"))
    await asyncio.sleep(0)
    assert isinstance(rig.heard[-1], QueryFailed)


async def test_an_order_the_venue_cannot_take_is_not_sent(tmp_path: Path) -> None:
    rig = await Rig(tmp_path, dataclasses.replace(PAPER, cl_ord_id_max=8)).open()
    rig.link.up()
    with pytest.raises(NotSent, match="ClOrdID"):
        rig.broker.send(order("much-too-long"))
    assert rig.link.sent == []
    await rig.close()


async def test_the_mark_waits_for_the_engines_commit(rig: Rig) -> None:
    rig.link.up()
    seqs = [rig.link.comes(FILL.format(n, n + 1)) for n in range(3)]
    assert rig.broker.view().committed_in == 0
    fills = [e for e in rig.heard if isinstance(e, ExecutionReport)]
    rig.broker.committed([rig.heard[0], fills[0]])
    assert rig.broker.view().committed_in == seqs[0]
    rig.broker.committed(fills[1:])
    assert rig.broker.view().committed_in == seqs[2]
    assert rig.link.resumed == 2


async def test_quotes_and_signs_of_life_need_no_commit(rig: Rig) -> None:
    rig.link.up()
    seq = rig.link.comes("W|55=ES|268=1|269=0|270=10|271=5")
    assert isinstance(rig.heard[-1], QuoteChanged)
    assert rig.broker.view().committed_in == seq


async def test_an_engine_that_falls_behind_holds_the_session(rig: Rig) -> None:
    rig.link.up()
    assert rig.broker.may_go_on()
    rig.broker.committed([])
    for number in range(UNCOMMITTED_MAX):
        rig.link.comes(FILL.format(number, number + 1))
    assert not rig.broker.may_go_on()
    rig.broker.committed(rig.heard)
    assert rig.broker.may_go_on()


async def test_a_lost_session_is_told_once_and_fails_the_questions(rig: Rig) -> None:
    rig.link.up()
    rig.broker.ask(ask_order("c1", "q1"))
    rig.link.down("the line broke")
    rig.link.down("again")
    assert rig.heard[1:] == [
        BrokerDisconnected("the line broke"),
        QueryFailed("q1", "c1", "the session was lost"),
    ]
    rig.link.up()
    assert isinstance(rig.heard[-1], BrokerConnected)


async def test_a_heartbeat_brings_the_counterpartys_time(rig: Rig) -> None:
    rig.link.up()
    rig.link.listen(Beat(wire(f"0|34=2|52={STAMP}")))
    assert rig.heard[-1] == HeartbeatReceived(NOW)


async def test_a_message_that_comes_again_is_shown_to_the_engine_as_such(rig: Rig) -> None:
    rig.link.up()
    text = FILL.format(1, 1)
    rig.link.listen(Repeated(wire(f"{text}|34=2|43=Y|122={STAMP}")))
    (again,) = [e for e in rig.heard if isinstance(e, ExecutionReport)]
    assert again.poss_dup and again.exec_id == "e1"
    assert rig.broker.view().committed_in == 0 and rig.broker.view().uncommitted == 0


async def test_what_the_session_layer_refused_is_not_lost(rig: Rig) -> None:
    rig.link.up()
    raw = wire("8|34=4|11=c1")
    rig.link.listen(Refused(raw, "group count", 4, 0))
    (got,) = [e for e in rig.heard if isinstance(e, RawReceived)]
    assert got.raw == raw and "group count" in got.why
    assert rig.broker.view().committed_in == 0
    rig.broker.committed([got])
    assert rig.broker.view().committed_in == 4


async def test_mass_cancel(rig: Rig) -> None:
    with pytest.raises(NotSent):
        rig.broker.cancel_all()
    rig.link.up()
    cl_ord_id = rig.broker.cancel_all()
    draft = rig.link.sent[-1]
    assert (draft.msg_type, field_of(draft, 11), field_of(draft, 530)) == ("q", cl_ord_id, "7")


@pytest.mark.logs_warnings
async def test_a_listener_that_fails_stops_nothing(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    heard = []

    def fail(event: object) -> None:
        heard.append(event)
        raise RuntimeError("bad listener")

    rig.broker._deliver_to = fail
    rig.link.up()
    rig.link.comes(FILL.format(1, 1))
    assert len(heard) == 2
    assert "the listener failed on ExecutionReport" in caplog.text


async def test_the_panels_buttons(rig: Rig) -> None:
    rig.link.up()
    rig.broker.logout()
    assert rig.heard[-1] == BrokerDisconnected("logged out by the user")
    rig.broker.logon()
    assert isinstance(rig.heard[-1], BrokerConnected)
