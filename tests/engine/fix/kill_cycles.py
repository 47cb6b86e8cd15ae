"""``kill -9`` of either side, again and again, and then: do the two ledgers agree?

    python -m tests.engine.fix.kill_cycles --cycles 100 [--seed 1]

Two real processes over loopback: the desk (``kill_desk``) and the exchange
(``exchange_process``). Each cycle
lets them trade for a moment, kills one of them or both, and starts it again. At the end the desk
recovers in peace; every execution in the exchange's own file must stand in the desk's database,
once, with the same quantity and price, and no other.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tests.engine.fix.fix_kit import free_port

ROOT = Path(__file__).parents[3]
START_S = 20.0
SETTLE_S = 60.0
Ledger = dict[str, tuple[Decimal, Decimal]]


@dataclass(slots=True)
class Outcome:
    """What the cycles came to. Empty lists: the ledgers agree."""

    cycles: int = 0
    desk_kills: int = 0
    exchange_kills: int = 0
    executions: int = 0
    orders: int = 0
    missing: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return not (self.missing or self.invented or self.twice)


class Pair:
    """The two processes in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._life = 0
        self._running: dict[str, subprocess.Popen[str]] = {}
        text = (ROOT / "resources" / "demo" / "fix.toml").read_text(encoding="utf-8")
        (folder / "fix.toml").write_text(text.replace("9876", str(self.port)), encoding="utf-8")

    def start_exchange(self) -> None:
        state = str(self.folder / "paper.db")
        words = ["-m", "tests.engine.fix.exchange_process", state, str(self.port), "20"]
        self._start("exchange", words, "listening on")

    def start_desk(self, life: str = "") -> None:
        self._life += 1
        files = [str(self.folder / "desk.db"), str(self.folder / "fix.toml")]
        words = ["-m", "tests.engine.fix.kill_desk", *files, life or str(self._life)]
        self._start("desk", words, "started")

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.communicate()

    def end(self) -> None:
        for name in tuple(self._running):
            self.kill(name)

    def _start(self, name: str, words: list[str], ready: str) -> None:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, text=True, stdout=subprocess.PIPE
        )
        self._running[name] = process
        assert process.stdout is not None
        until_s = time.monotonic() + START_S
        line = ""
        while ready not in line:
            line = process.stdout.readline()
            if not line or time.monotonic() > until_s:
                raise RuntimeError(f"the {name} did not start: {line!r}")


def run_cycles(folder: Path, cycles: int, seed: int) -> Outcome:
    """Run, kill, compare. ``seed``: who is killed and when."""
    rng = random.Random(seed)
    pair, outcome = Pair(folder), Outcome()
    try:
        pair.start_exchange()
        pair.start_desk()
        for _ in range(cycles):
            time.sleep(rng.uniform(0.05, 1.5))
            victims = rng.choice((("desk",), ("exchange",), ("desk", "exchange")))
            for name in victims:
                pair.kill(name)
            if "exchange" in victims:
                outcome.exchange_kills += 1
                pair.start_exchange()
            if "desk" in victims:
                outcome.desk_kills += 1
                pair.start_desk()
            outcome.cycles += 1
        pair.kill("desk")
        pair.start_desk("quiet")
        _settle(folder, outcome)
    finally:
        pair.end()
    compare(folder, outcome)
    return outcome


def compare(folder: Path, outcome: Outcome) -> None:
    """Both ledgers, execution by execution. Both processes have ended."""
    theirs, ours = _exchange_ledger(folder), _desk_ledger(folder, outcome)
    outcome.executions = len(theirs)
    outcome.missing = sorted(theirs.keys() - ours.keys())
    outcome.invented = sorted(
        key for key, value in ours.items() if key not in theirs or theirs[key] != value
    )


def _settle(folder: Path, outcome: Outcome) -> None:
    """Let the last life take in what it missed; the desk's file is read while it runs."""
    until_s = time.monotonic() + SETTLE_S
    before, quiet = -1, 0
    while time.monotonic() < until_s and quiet < 6:
        time.sleep(0.5)
        with sqlite3.connect(f"file:{folder / 'desk.db'}?mode=ro", uri=True) as db:
            now = int(db.execute("SELECT count(*) FROM executions").fetchone()[0])
        quiet = quiet + 1 if now == before else 0
        before = now


def _exchange_ledger(folder: Path) -> Ledger:
    with sqlite3.connect(folder / "paper.db") as db:
        rows = db.execute("SELECT exec_id, last_qty, last_px FROM executions").fetchall()
    return {row[0]: (Decimal(row[1]), Decimal(row[2])) for row in rows}


def _desk_ledger(folder: Path, outcome: Outcome) -> Ledger:
    with sqlite3.connect(folder / "desk.db") as db:
        rows = db.execute("SELECT exec_key, qty, px, ref FROM executions WHERE live = 1").fetchall()
    found: Ledger = {}
    for exec_id, qty, px, _ in rows:
        if exec_id in found:
            outcome.twice.append(exec_id)
        found[exec_id] = (Decimal(qty), Decimal(px))
    outcome.orders = len({row[3] for row in rows})
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_cycles(Path(folder), options.cycles, options.seed)
    for name in ("cycles", "desk_kills", "exchange_kills", "orders", "executions"):
        print(f"{name}: {getattr(outcome, name)}")
    for name in ("missing", "invented", "twice"):
        print(f"{name}: {json.dumps(getattr(outcome, name))}")
    print("the ledgers agree" if outcome.agrees else "THE LEDGERS DIFFER")
    return 0 if outcome.agrees else 1


if __name__ == "__main__":
    sys.exit(main())
