"""A FIX counterparty on a bare socket, which does what no decent one would."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.broker.fix.message import SOH, FixMessage, frame, parse_message
from tests.engine.fix.fix_kit import pairs

WAIT_S = 30.0
SETTLE_S = 0.05
STAMP = "20260101-00:00:00.000"
_MESSAGE = re.compile(rb"8=FIX[^\x01]*\x019=(\d+)\x01")


class RawPeer:
    """One connection. ``us``, ``them``: CompIDs. ``seq``: the next number we send."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, us: str, them: str
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.us = us
        self.them = them
        self.seq = 1
        self.got: list[FixMessage] = []
        self._buffer = b""

    def text(self, text: str, seq: int | None = None, *, dup: bool = False) -> str:
        """``8|11=c1|…`` as wire text. ``seq`` None: the next number, used up."""
        seq = self.seq if seq is None else seq
        if not dup:
            self.seq = max(self.seq, seq + 1)
        msg_type, _, rest = text.partition("|")
        header = [(34, str(seq)), (49, self.us), (52, STAMP), (56, self.them)]
        if dup:
            header += [(43, "Y"), (122, STAMP)]
        return frame(msg_type, [*header, *(pairs(rest) if rest else [])])

    def say(self, text: str, seq: int | None = None, *, dup: bool = False) -> None:
        self.write(self.text(text, seq, dup=dup).encode("latin-1"))

    def write(self, raw: bytes) -> None:
        self.writer.write(raw)

    def logon(self, seq: int | None = None, extra: str = "") -> None:
        self.say(f"A|98=0|108=30{extra}", seq)

    async def hear(self, *types: str) -> FixMessage:
        """The next message of one of these types; TestRequests are answered on the way."""
        async with asyncio.timeout(WAIT_S):
            while True:
                message = await self._next()
                self.got.append(message)
                if message.msg_type in types:
                    return message
                if message.msg_type == "1":
                    self.say(f"0|112={message.get(112)}")

    async def ended(self) -> None:
        """Wait until the other side hangs up."""
        async with asyncio.timeout(WAIT_S):
            try:
                while await self.reader.read(65_536):
                    pass
            except OSError:
                pass

    async def _next(self) -> FixMessage:
        while True:
            found = _MESSAGE.search(self._buffer)
            if found:
                end = found.end() + int(found.group(1)) + 7
                if len(self._buffer) >= end:
                    raw, self._buffer = self._buffer[found.start() : end], self._buffer[end:]
                    return parse_message(raw.decode("latin-1"))
            chunk = await self.reader.read(65_536)
            if not chunk:
                raise ConnectionError("the other side hung up")
            self._buffer += chunk


class RawVenue:
    """Listens for desks; each connection is a ``RawPeer`` to be taken with ``meet``."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._met: asyncio.Queue[RawPeer] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []

    async def meet(self) -> RawPeer:
        async with asyncio.timeout(WAIT_S):
            return await self._met.get()

    async def meet_logon(self, seq: int | None = None, start: int = 1, extra: str = "") -> RawPeer:
        """Meet a desk and answer its Logon."""
        peer = await self.meet()
        await peer.hear("A")
        peer.seq = start
        peer.logon(seq, extra)
        return peer

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        await self._met.put(RawPeer(reader, writer, "PAPER", "DESK"))

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[RawVenue]:
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            await asyncio.sleep(SETTLE_S)  # a desk that has just come back is taken, and hung up on
            for writer in self._writers:
                await hang_up(writer)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def raw_desk(port: int, us: str = "DESK", them: str = "PAPER") -> RawPeer:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    return RawPeer(reader, writer, us, them)


def report(number: int, cum: int, extra: str = "") -> str:
    """The n-th fill of 1 of order c1, whose CumQty is then ``cum``."""
    return f"8|37=O1|11=c1|17=e{number}|150=F|39=1|32=1|31=10|14={cum}|151=9999|60={STAMP}{extra}"


def heard_raw(message: FixMessage) -> str:
    return message.raw.replace(SOH, "|")
