"""FIX 4.4's order state change matrices, and the field cases, through real messages.

Every scenario file runs with FIX text between the engine and the scripted broker: what the
engine sends is read back from a message, what the broker tells arrives as one. The files'
expectations must hold all the same.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from engine import run_scenarios
from engine.broker.fix.message import Pair, parse_message, received
from engine.broker.fix.outgoing import draft_outbound
from engine.broker.fix.stamps import format_stamp
from engine.broker.fix.translator import Translator
from engine.broker.fix.venue_incoming import read_venue_input
from engine.broker.fix.venue_outgoing import draft_event
from engine.broker.port import Deliver
from engine.core.decisions import Outbound
from engine.core.events import BrokerEvent, CancelRejected, ExecutionReport
from engine.scenario.broker import ScriptedBroker
from tests.engine.fix.fix_kit import NOW, PAPER

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = sorted([*(SCENARIOS / "fix44").glob("*.json"), *(SCENARIOS / "field").glob("*.json")])


class Wire:
    """FIX text in both directions; counts what passed."""

    def __init__(self) -> None:
        self.reports = 0
        self.orders = 0
        self._translator = Translator(PAPER, "N")

    def tell(self, event: BrokerEvent) -> BrokerEvent:
        """An unasked report or a cancel reject as it arrives by FIX; anything else as it is."""
        answers = isinstance(event, ExecutionReport) and event.query_id is not None
        if answers or not isinstance(event, ExecutionReport | CancelRejected):
            return event
        if event.server_time_ns is None:
            return event  # FIX has no messages without SendingTime
        header: list[Pair] = [(34, "2"), (52, format_stamp(event.server_time_ns))]
        if getattr(event, "poss_dup", False):
            header += [(43, "Y"), (122, format_stamp(event.server_time_ns))]
        (draft,) = draft_event(event)
        message = parse_message(received(draft, header).raw)
        (came,) = self._translator.read(message).events
        assert isinstance(came, ExecutionReport | CancelRejected)
        self.reports += 1
        return dataclasses.replace(came, raw=event.raw)

    def send(self, message: Outbound) -> Outbound:
        draft = draft_outbound(message, PAPER, NOW)
        came = read_venue_input(parse_message(received(draft).raw))
        assert isinstance(came, type(message))
        self.orders += 1
        ours = {name: getattr(message, name) for name in ("ref", "request", "purpose")
                if hasattr(message, name)}  # fmt: skip
        return dataclasses.replace(came, **ours)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    between = Wire()
    connect, send = ScriptedBroker.connect, ScriptedBroker.send

    def connected(self: ScriptedBroker, deliver: Deliver) -> None:
        connect(self, lambda event: deliver(between.tell(event)))

    def sent(self: ScriptedBroker, message: Outbound) -> None:
        send(self, between.send(message))

    monkeypatch.setattr(ScriptedBroker, "connect", connected)
    monkeypatch.setattr(ScriptedBroker, "send", sent)
    return between


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_file_holds_over_fix(
    path: Path, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run_scenarios([path], None, None)
    assert status == 0, capsys.readouterr().err
    assert wire.orders > 0
    assert wire.reports > 0 or path.parent.name != "fix44"
