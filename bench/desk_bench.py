"""``desk.hedge_latency_ms`` and the ``ui`` figures: the real window on the real engine, offscreen.

Owns: the run of one window under load. May not: share a process with another run (Qt has one
application object): ``python -m bench.desk_bench OPTIONS`` is started by ``bench.__main__`` and
prints one JSON object. All panels are open; the loop is qasync's, as in the desk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QMainWindow
from qasync import QEventLoop

from bench.feeder import Feeder
from bench.probes import Probes
from bench.results import quantile
from bench.rig import CALM, Venue
from bench.workload import QTY, Workload, fill
from desk.collector import Collector
from engine import Engine, Severity, SubmitGroup
from engine.core.events import ExecutionReport
from engine.core.intents import derive_cl_ord_id
from engine.core.terms import ExecType, Side
from ui import MainWindow

BEAT_S = 0.002
SETTLE_S = 2.5
FILLED_MAX_S = 60.0
PROBE_EACH_S = 0.1
CRITICAL_EACH = 10
AT_ONCE = 500
PANELS = ("orphans", "log", "health", "ticket", "basket", "keys", "rejected")


class Heartbeat:
    """How late a 2 ms heartbeat on the loop is."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._due = 0.0
        self._handle: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self._due = time.perf_counter() + BEAT_S
        self._handle = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    def _beat(self) -> None:
        now = time.perf_counter()
        self.late_ms.append(max(0.0, (now - self._due) * 1000))
        self.begin()

    def result(self) -> dict[str, float]:
        return {"p99": quantile(self.late_ms, 0.99), "max": max(self.late_ms)}


class Painted(QObject):
    """When what a report changed stands on the screen: the row's items were set and then the
    table's viewport was painted."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._store = window.groups.table.store
        self._waiting: dict[str, int] = {}
        self._set: dict[str, int] = {}
        self._in_sight: frozenset[str] = frozenset()
        self.took_ms: list[float] = []
        self._store.model.itemChanged.connect(self._changed)
        window.groups.table.view.viewport().installEventFilter(self)

    def arrived(self, group_id: str, instant_ns: int) -> None:
        """A fill of this group arrived; counted only where its row is on screen."""
        if group_id in self._in_sight:
            self._waiting.setdefault(group_id, instant_ns)

    def _changed(self, item: object) -> None:
        key = self._store.key_at(item.row())  # type: ignore[attr-defined]
        if key is not None and key in self._waiting:
            self._set[key] = self._waiting.pop(key)

    def look(self) -> None:
        """Which rows are in sight. Asked now and then: for each report it would be load itself."""
        store = self._store
        self._in_sight = frozenset(k for at in store.visible() if (k := store.key_at(at)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and self._set:
            now = time.monotonic_ns()
            self.took_ms += [(now - instant) / 1e6 for instant in self._set.values()]
            self._set.clear()
        return False


class Criticals(QObject):
    """Overfills, and how long until the alarm's row is there and its sound asked for."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self._begun_ns: list[int] = []
        self._sounds = self._rows = 0
        self.sound_ms: list[float] = []
        self.row_ms: list[float] = []
        window.escalations.sounded.connect(self._sounded)
        window.escalations.table.view.viewport().installEventFilter(self)

    def arrived(self, instant_ns: int) -> None:
        self._begun_ns.append(instant_ns)

    def _sounded(self, severity: object) -> None:
        if severity is Severity.CRITICAL and self._sounds < len(self._begun_ns):
            took = time.monotonic_ns() - self._begun_ns[self._sounds]
            self.sound_ms.append(took / 1e6)
            self._sounds = len(self._begun_ns)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            shown = len(self._window.escalations.table.store.shown)
            while self._rows < min(shown, len(self._begun_ns)):
                took = time.monotonic_ns() - self._begun_ns[self._rows]
                self.row_ms.append(took / 1e6)
                self._rows += 1
        return False


async def empty_window(seconds: float) -> dict[str, float]:
    """The floor: the same heartbeat beside a window with nothing in it."""
    window = QMainWindow()
    window.resize(1280, 800)
    window.show()
    beat = Heartbeat()
    await asyncio.sleep(0.2)
    beat.begin()
    await asyncio.sleep(seconds)
    beat.stop()
    window.close()
    return beat.result()


def open_all(window: MainWindow) -> None:
    """Every dock beside the others, none behind a tab."""
    window.resize(2560, 1440)
    window.show()
    for name in PANELS:
        dock = window.docks.dock(name)
        dock.show()
        dock.setFloating(True)


def bring_in_sight(window: MainWindow, group_id: str) -> None:
    """The rows around this group; reports come for the groups in their order, and the table
    begins with the newest."""
    table = window.groups.table
    at = table.store.at(group_id)
    if at is not None:
        table.view.scrollTo(table.store.model.index(at, 0))


async def filled_in(window: MainWindow, groups: int) -> None:
    """Wait until the table has all groups: it takes them in a little with each frame, so that the
    window can be used from the first moment."""
    begun = time.perf_counter()
    store = window.groups.table.store
    while store.needle == "" and len(store.shown) < groups:
        if time.perf_counter() - begun > FILLED_MAX_S:
            raise RuntimeError(f"{len(store.shown)} of {groups} rows after {FILLED_MAX_S:.0f} s")
        await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLE_S)


async def submit(engine: Engine, workload: Workload, probes: Probes) -> None:
    """All groups, in portions that the inbox takes."""
    requests = [*workload.requests(), *probes.requests()]
    for first in range(0, len(requests), AT_ONCE):
        portion = requests[first : first + AT_ONCE]
        answers = await asyncio.gather(*(engine.submit(SubmitGroup(group=r)) for r in portion))
        refused = [a.reason for a in answers if not a.accepted]
        if refused:
            raise RuntimeError(refused[0])


def overfill(group_id: str, name_of: Callable[[str], str]) -> ExecutionReport:
    """A fill of more than was ordered: the engine raises a CRITICAL."""
    ref = f"{group_id}/R1/1"
    return fill(ref, name_of(ref), Side.SELL, 99, 1, QTY + 1)


async def run(given: argparse.Namespace) -> dict[str, object]:
    """One run; what was measured."""
    floor = await empty_window(min(3.0, given.seconds))
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        venue = Venue()
        engine = Engine(Path(folder) / "desk.db", venue, CALM)
        await engine.start()
        instance = engine._state.meta.instance_id
        while not instance:
            await asyncio.sleep(0.01)
            instance = engine._state.meta.instance_id

        def name_of(ref: str) -> str:
            return derive_cl_ord_id(instance, ref)

        workload = Workload(given.groups)
        probes = Probes(int(given.seconds / PROBE_EACH_S) + 1, name_of)
        venue.on_send = probes.on_send
        await submit(engine, workload, probes)
        for report in probes.acknowledgements():
            venue.deliver(report)
        window = MainWindow(engine, "bench", safe_mode=True)
        window.show()
        open_all(window)
        painted, criticals = Painted(window), Criticals(window)
        if given.sorted:
            window.groups.table.store.sort_by("legs", True)
            window.groups.table.filter.setText("p32")
        reports = iter(list(workload.reports(name_of)))
        filled: list[str] = []
        await filled_in(window, given.groups)
        bring_in_sight(window, next(iter(workload.group_ids())))
        # As in the desk: the host freezes what the start has built (desk.collector).
        Collector(lambda: False).begin()
        painted.look()
        beat, seen = Heartbeat(), 0

        def arrived(instant_ns: int, is_probe: bool) -> None:
            nonlocal seen
            if is_probe:
                painted.look()
                report = probes.next(instant_ns)
                seen += 1
                if seen % CRITICAL_EACH == 0 and filled:
                    criticals.arrived(instant_ns)
                    venue.deliver(overfill(filled.pop(), name_of))
            else:
                report = next(reports, None)
                if report is not None and report.exec_type is ExecType.TRADE:
                    group_id = report.cl_ord_id
                    ref = engine._state.by_cl_ord_id.get(report.cl_ord_id, "")
                    group_id = ref.split("/", 1)[0]
                    painted.arrived(group_id, instant_ns)
                    if "/R1/" in ref and report.cum_qty == QTY:
                        filled.append(group_id)
            if report is not None:
                venue.deliver(report)

        beat.begin()
        begun = time.perf_counter()
        await Feeder(arrived).run(given.rate, PROBE_EACH_S, given.seconds)
        took = time.perf_counter() - begun
        beat.stop()
        status = engine.status()
        await asyncio.sleep(1.0)
        result: dict[str, object] = {
            "floor": floor,
            "stall": beat.result(),
            "hedge": probes.took_ms,
            "missing": probes.missing,
            "painted": painted.took_ms,
            "critical_row": criticals.row_ms,
            "critical_sound": criticals.sound_ms,
            "queue": status.queue_depth,
            "seconds": took,
        }
        window.close()
        await engine.stop()
        return result


def main() -> int:
    parser = argparse.ArgumentParser(description="One window under load; prints a JSON object.")
    parser.add_argument("--groups", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=5_000.0)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--sorted", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    loop = QEventLoop(application)
    asyncio.set_event_loop(loop)
    print(json.dumps(loop.run_until_complete(run(given))), flush=True)
    # Nothing is left to do, and tearing ten thousand rows down would only take time.
    os._exit(0)


if __name__ == "__main__":
    raise SystemExit(main())
