"""FIX over loopback: ``python -m bench.fix_bench``. Needs the extra desk[fix].

Owns: two figures and their floor, one JSON object a line.

- ``fix.round_trip_ms``: an order is handed to the adapter → its acknowledgement is delivered; the
  counterparty answers at once.
- ``fix.reports_per_s``: execution reports that come in one burst, through session, translation and
  hand-over, to a listener that commits each one.
- The floor, in the same run: bare QuickFIX on both ends, an application message there and one back;
  and its burst.

The counterparty is a process of its own: QuickFIX as an acceptor that answers with prepared text.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from bench.results import Figure, quantile
from engine.broker.fix import FixSettings, open_fix
from engine.broker.fix.profile import read_profile
from engine.core.decisions import SendOrder
from engine.core.events import BrokerConnected, BrokerEvent, ExecutionReport
from engine.core.terms import OrdType, Purpose, Side, TimeInForce

ROUND_TRIPS = 500
BURST = 10_000
WAIT_S = 60.0


def measure() -> list[Figure]:
    """All figures, the floor first."""
    with _peer("FLOOR") as (port, folder):
        floor_ms, floor_rate = _Floor(port, folder).measure()
    with _peer("DESK") as (port, folder):
        took_ms, rate = asyncio.run(_adapter(port, folder))
    figures = []
    for share in (0.5, 0.99):
        figures.append(
            Figure(
                f"fix.round_trip_ms p{share * 100:.0f}",
                quantile(took_ms, share),
                "ms",
                floor=quantile(floor_ms, share),
            )
        )
    figures.append(Figure("fix.reports_per_s", rate, "1/s", floor=floor_rate))
    return figures


def _order(number: int) -> SendOrder:
    return SendOrder(
        "G/L/1", f"c{number}", "acc", "ES", Side.BUY, OrdType.MARKET, TimeInForce.DAY,
        Decimal(1), None, Purpose.HEDGE,
    )  # fmt: skip


async def _adapter(port: int, folder: Path) -> tuple[list[float], float]:
    settings = FixSettings(
        "DESK", "PEER", "127.0.0.1", port, folder / "desk", read_profile("paper", folder),
        heartbeat_s=30, reconnect_s=1,
    )  # fmt: skip
    broker = open_fix(settings)
    news, count, is_up = asyncio.Event(), 0, asyncio.Event()
    wanted = 1

    def deliver(event: BrokerEvent) -> None:
        nonlocal count
        broker.committed([event])
        if isinstance(event, BrokerConnected):
            is_up.set()
        elif isinstance(event, ExecutionReport):
            count += 1
            if count >= wanted:
                news.set()

    await broker.start(deliver)
    try:
        async with asyncio.timeout(WAIT_S):
            await is_up.wait()
            took_ms = []
            for number in range(ROUND_TRIPS):
                news.clear()
                wanted = count + 1
                begun = time.perf_counter()
                broker.send(_order(number))
                await news.wait()
                took_ms.append((time.perf_counter() - begun) * 1000)
            news.clear()
            wanted = count + BURST
            begun = time.perf_counter()
            broker.send(_order(-BURST))
            await news.wait()
            rate = BURST / (time.perf_counter() - begun)
    finally:
        await broker.stop()
    return took_ms, rate


class _Floor:
    """Bare QuickFIX on this end: send, and count what comes."""

    def __init__(self, port: int, folder: Path) -> None:
        import quickfix as fix

        self._fix = fix
        path = folder / "floor.cfg"
        path.write_text(settings_text("initiator", "FLOOR", "PEER", port, folder / "floor"))
        outer = self

        class App(fix.Application):  # type: ignore[misc]
            def onCreate(self, session_id: object) -> None:
                return None

            def onLogon(self, session_id: object) -> None:
                outer.up.set()

            def onLogout(self, session_id: object) -> None:
                return None

            def toAdmin(self, message: object, session_id: object) -> None:
                return None

            def toApp(self, message: object, session_id: object) -> None:
                return None

            def fromAdmin(self, message: object, session_id: object) -> None:
                return None

            def fromApp(self, message: object, session_id: object) -> None:
                outer.count += 1
                if outer.count >= outer.wanted:
                    outer.news.set()

        self.up, self.news = threading.Event(), threading.Event()
        self.count, self.wanted = 0, 1
        self._app = App()
        self._settings = fix.SessionSettings(str(path))
        self._store = fix.FileStoreFactory(self._settings)
        self._engine = fix.SocketInitiator(self._app, self._store, self._settings)

    def measure(self) -> tuple[list[float], float]:
        self._engine.start()
        try:
            assert self.up.wait(WAIT_S)
            took_ms = [self._one(f"c{number}", 1) for number in range(ROUND_TRIPS)]
            rate = BURST / (self._one(f"c{-BURST}", BURST) / 1000)
        finally:
            self._engine.stop()
        return took_ms, rate

    def _one(self, cl_ord_id: str, answers: int) -> float:
        fix = self._fix
        self.news.clear()
        self.wanted = self.count + answers
        begun = time.perf_counter()
        text = f"8=FIX.4.4|9=0|35=D|11={cl_ord_id}|55=ES|54=1|38=1|40=1|10=0|"
        message = fix.Message(text.replace("|", "\x01"), False)
        fix.Session.sendToTarget(message, fix.SessionID("FIX.4.4", "FLOOR", "PEER"))
        assert self.news.wait(WAIT_S)
        return (time.perf_counter() - begun) * 1000


def settings_text(kind: str, sender: str, target: str, port: int, store: Path) -> str:
    """QuickFIX's settings for one end of the bare session."""
    where = (
        f"SocketAcceptPort={port}\nSocketReuseAddress=Y"
        if kind == "acceptor"
        else f"SocketConnectHost=127.0.0.1\nSocketConnectPort={port}\nHeartBtInt=30"
    )
    return (
        f"[DEFAULT]\nConnectionType={kind}\nSocketNodelay=Y\nUseDataDictionary=N\n"
        f"CheckLatency=N\nNonStopSession=Y\nReconnectInterval=1\nFileStorePath={store}\n"
        f"[SESSION]\nBeginString=FIX.4.4\nSenderCompID={sender}\nTargetCompID={target}\n{where}\n"
    )


@contextlib.contextmanager
def _peer(desk: str) -> Iterator[tuple[int, Path]]:
    """The counterparty in its own process; ``desk`` is our CompID. QuickFIX knows sessions by
    name for the whole process, so the floor and the adapter need two."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = [sys.executable, "-m", "bench.fix_peer", str(port), name, desk]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None and "ready" in process.stdout.readline()
            yield port, folder
        finally:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    for figure in measure():
        print(figure.line(), flush=True)
