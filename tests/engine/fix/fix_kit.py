"""Short ways to say FIX messages in tests, and a link without QuickFIX."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from engine.broker.fix.acknowledged import Acknowledgements, MarkFile
from engine.broker.fix.broker import FixBroker
from engine.broker.fix.link import Arrived, LinkDown, LinkUp, Listen
from engine.broker.fix.message import SOH, Draft, FixMessage, Pair, frame, parse_message
from engine.broker.fix.profile import VenueProfile, read_profile
from engine.broker.fix.view import SessionWatch
from engine.core.events import BrokerEvent

HAS_QUICKFIX = importlib.util.find_spec("quickfix") is not None
needs_quickfix = pytest.mark.skipif(
    not HAS_QUICKFIX, reason="the extra desk[fix] (quickfix) is not installed"
)
PAPER = read_profile("paper", Path("."))
NOW = 1_578_300_000_000_000_000
STAMP = "20200106-08:40:00.000000000"


def pairs(text: str) -> list[Pair]:
    """``11=c1|14=0`` as tags and values."""
    found = []
    for part in text.split("|"):
        tag, _, value = part.partition("=")
        found.append((int(tag), value))
    return found


def wire(text: str) -> str:
    """``8|34=2|11=c1`` (MsgType first) as it stands on the wire."""
    msg_type, _, rest = text.partition("|")
    return frame(msg_type, pairs(rest) if rest else [])


def message(text: str) -> FixMessage:
    return parse_message(wire(text))


def D(value: str | int) -> Decimal:
    return Decimal(value)


class FakeLink:
    """A session that only remembers."""

    def __init__(self) -> None:
        self.sent: list[Draft] = []
        self.is_up = False
        self.seq_out = 0
        self.seq_in = 1
        self.resumed = 0
        self.listen: Listen = lambda event: None

    async def start(self, listen: Listen) -> None:
        self.listen = listen

    async def stop(self) -> None:
        self.is_up = False

    def send(self, draft: Draft) -> int | None:
        if not self.is_up:
            return None
        self.seq_out += 1
        self.sent.append(draft)
        return self.seq_out

    def resume(self) -> None:
        self.resumed += 1

    def logon(self) -> None:
        self.up()

    def logout(self, why: str) -> None:
        self.down(why)

    def sequence_numbers(self) -> tuple[int, int]:
        return self.seq_in, self.seq_out + 1

    # -- what a test makes happen ----------------------------------------------------------

    def up(self) -> None:
        self.is_up = True
        self.listen(LinkUp())

    def down(self, why: str = "broken") -> None:
        self.is_up = False
        self.listen(LinkDown(why))

    def comes(self, text: str) -> int:
        """A message in sequence; its number."""
        seq = self.seq_in
        self.seq_in += 1
        msg_type, _, rest = text.partition("|")
        self.listen(Arrived(wire(f"{msg_type}|34={seq}|52={STAMP}|{rest}"), seq, 0))
        return seq


class Rig:
    """A FixBroker on a fake link, and what it delivered."""

    def __init__(self, folder: Path, profile: VenueProfile = PAPER) -> None:
        self.link = FakeLink()
        self.heard: list[BrokerEvent] = []
        self.mono = 0
        self.marks = MarkFile(folder / "committed.mark")
        self.acks = Acknowledgements(self.marks)
        self.watch = SessionWatch(lambda: self.mono, lambda: NOW)
        self.broker = FixBroker(
            profile, self.link, self.watch, self.acks,
            session="PAPER as DESK", nonce="N", wall_ns=lambda: NOW,
        )  # fmt: skip

    async def open(self) -> Rig:
        await self.broker.start(self.heard.append)
        return self

    async def close(self) -> None:
        await self.broker.stop()
        self.marks.close()


def field_of(draft: Draft, tag: int) -> str | None:
    return dict(draft.pairs()).get(tag)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def shown(raws: Sequence[str]) -> list[str]:
    return [raw.replace(SOH, "|") for raw in raws]
