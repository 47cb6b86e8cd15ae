"""FIX 4.4's matrices and the field cases through real sessions: QuickFIX's initiator and acceptor,
real sockets, the adapter as it is. What the engine must make of each file stays the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import run_scenarios
from engine.broker.port import Deliver
from engine.core.decisions import Outbound
from engine.core.events import BrokerEvent, CancelRejected, ExecutionReport
from engine.scenario.broker import ScriptedBroker
from tests.engine.fix.fix_kit import free_port, needs_quickfix
from tests.engine.fix.test_matrices import FILES

pytestmark = needs_quickfix


class Passed:
    """How many messages of each kind went over the socket, and how many reports could not:
    QuickFIX sends nothing marked PossDup but its own resends, nor without a SendingTime."""

    def __init__(self) -> None:
        self.reports = self.orders = self.beside = 0


@pytest.fixture(scope="module")
def tcp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from tests.engine.fix.tcp_wire import TcpWire

    made = TcpWire(tmp_path_factory.mktemp("tcp"), free_port())
    yield made
    made.close()


@pytest.fixture
def passed(tcp: object, monkeypatch: pytest.MonkeyPatch) -> Passed:
    from tests.engine.fix.tcp_wire import TcpWire, ours_again

    assert isinstance(tcp, TcpWire)
    count = Passed()
    connect, send = ScriptedBroker.connect, ScriptedBroker.send

    def tell(event: BrokerEvent) -> BrokerEvent:
        if not isinstance(event, ExecutionReport | CancelRejected):
            return event
        if isinstance(event, ExecutionReport) and (event.query_id is not None or event.poss_dup):
            count.beside += 1
            return event
        if event.server_time_ns is None:
            count.beside += 1
            return event
        came = tcp.tell(event)
        assert isinstance(came, type(event)), came
        count.reports += 1
        return dataclasses.replace(came, raw=event.raw)

    def connected(self: ScriptedBroker, deliver: Deliver) -> None:
        connect(self, lambda event: deliver(tell(event)))

    def sent(self: ScriptedBroker, message: Outbound) -> None:
        count.orders += 1
        send(self, ours_again(message, tcp.send(message)))

    monkeypatch.setattr(ScriptedBroker, "connect", connected)
    monkeypatch.setattr(ScriptedBroker, "send", sent)
    return count


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_holds_over_a_tcp_session(
    path: Path, passed: Passed, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run_scenarios([path], None, None)
    assert status == 0, capsys.readouterr().err
    assert passed.orders > 0
    assert passed.reports > 0 or path.parent.name != "fix44"
