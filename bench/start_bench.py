"""``start.seconds`` and ``start.rss_mb``: from nothing to RESOLVING on the screen.

Owns: the start of one window on a given database. May not: share a process with another run:
``python -m bench.start_bench DATABASE`` is started by ``start`` and prints one JSON object.
The clock starts when the parent starts the process, so the interpreter and all imports count.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.durable_bench import copy_settled
from bench.results import Figure
from bench.rig import CALM, Venue, name_of
from bench.workload import BEGIN_NS, QTY, Workload

TIMEOUT_S = 60.0
RESIDENT = "VmHWM:"


def floor_s(path: Path) -> float:
    """Seconds that raw ``sqlite3`` takes to read the rows of the live groups."""
    begun = time.perf_counter()
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    for table in ("execution_states", "order_intents"):
        connection.execute(
            f"SELECT t.* FROM {table} t JOIN execution_states g USING (group_id)"
            " WHERE g.closed_seq IS NULL"
        ).fetchall()
    connection.execute(
        "SELECT e.* FROM execution_states g JOIN order_intents o USING (group_id)"
        " JOIN executions e ON e.ref = o.ref WHERE g.closed_seq IS NULL"
    ).fetchall()
    connection.close()
    return time.perf_counter() - begun


def start(path: Path) -> dict[str, float]:
    """Start a window on the database in a process of its own: seconds, MB, orphans shown."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "bench.start_bench", str(path), str(time.monotonic_ns())]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=2 * TIMEOUT_S)
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _resident_mb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(RESIDENT))


def measure(path: Path, rounds: int = 3) -> Iterator[Figure]:
    """The best of some starts on the database at ``path``; a start writes to it, so on copies."""
    groups = sqlite3.connect(path).execute("SELECT max(id) FROM execution_states").fetchone()[0]
    floor = min(floor_s(path) for _ in range(3))
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        copies = []
        for number in range(rounds):
            copy = Path(folder) / f"{number}.db"
            copy_settled(path, copy)
            copies.append(start(copy))
            copy.unlink()
    note = f"{groups:,} groups in the database; floor: raw sqlite3 reads the live rows"
    yield Figure("start.seconds", min(c["seconds"] for c in copies), "s", 2.0, floor, note)
    yield Figure("start.rss_mb", max(c["rss_mb"] for c in copies), "MB", 350.0, None, note)


def main() -> None:
    """The child: open the window and say when the orphans are on the screen."""
    import asyncio

    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication
    from qasync import QEventLoop

    from engine import Engine, Phase
    from engine.broker.port import Deliver
    from engine.core.decisions import AskExecutions, AskOpenOrders, AskOrder, Question
    from engine.core.events import (
        ExecutionReport,
        ExecutionsListed,
        OpenOrdersListed,
        OrderNotFound,
    )
    from engine.core.terms import ExecType, OrdStatus
    from ui import MainWindow

    path, begun_ns = Path(sys.argv[1]), int(sys.argv[2])
    live = {name_of(f"{g}/H1/1"): f"{g}/H1/1" for g in Workload(1_000, prefix="L").group_ids()}

    class AfterACrash(Venue):
        """Knows what it acknowledged, half filled; knows nothing of the orphans."""

        known: frozenset[str] = frozenset()

        def ask(self, question: Question) -> None:
            if isinstance(question, AskOpenOrders):
                orders = tuple(self.status(each, question.query_id) for each in self.known)
                self.deliver(OpenOrdersListed(question.query_id, orders, True, BEGIN_NS))
            elif isinstance(question, AskExecutions):
                self.deliver(ExecutionsListed(question.query_id, (), True, BEGIN_NS))
            elif isinstance(question, AskOrder) and question.cl_ord_id in self.known:
                self.deliver(self.status(question.cl_ord_id, question.query_id))
            else:
                self.deliver(OrderNotFound(question.cl_ord_id, question.query_id, BEGIN_NS))

        def status(self, cl_ord_id: str, query_id: str) -> ExecutionReport:
            half = CALM.hedge_timeout_s * 10
            return ExecutionReport(
                cl_ord_id, "0", ExecType.ORDER_STATUS, OrdStatus.PARTIALLY_FILLED, half, QTY - half,
                order_id=f"O-{live.get(cl_ord_id, cl_ord_id)}", server_time_ns=BEGIN_NS,
                query_id=query_id,
            )  # fmt: skip

        async def start(self, deliver: Deliver) -> None:
            connection = sqlite3.connect(path)
            rows = connection.execute(
                "SELECT cl_ord_id FROM order_intents WHERE live = 1 AND order_id <> ''"
            )
            self.known = frozenset(row[0] for row in rows)
            connection.close()
            await super().start(deliver)

    class Shown(QObject):
        """Sees the first paint of the orphans' table that has rows, and status RESOLVING."""

        def __init__(self, window: MainWindow, engine: Engine) -> None:
            super().__init__()
            self._window, self._engine = window, engine
            self.done = asyncio.Event()
            window.orphans.tables[0].view.viewport().installEventFilter(self)

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() is QEvent.Type.Paint and self._window.orphans.tables[0].store.shown:
                status = self._window.bridge.last_status
                if status is not None and status.phase is Phase.RESOLVING:
                    self.done.set()
            return False

    async def run() -> dict[str, float]:
        engine = Engine(path, AfterACrash(), CALM)
        await engine.start()
        window = MainWindow(engine, "bench", safe_mode=True)
        window.show()
        shown = Shown(window, engine)
        await asyncio.wait_for(shown.done.wait(), TIMEOUT_S)
        seconds = (time.monotonic_ns() - begun_ns) / 1e9
        rows = len(window.orphans.tables[0].store.shown)
        return {"seconds": seconds, "rss_mb": _resident_mb(), "orphans": rows}

    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    loop = QEventLoop(application)
    asyncio.set_event_loop(loop)
    print(json.dumps(loop.run_until_complete(run())), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
