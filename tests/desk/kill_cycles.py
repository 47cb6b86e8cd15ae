"""``kill -9`` of the headless desk, again and again; after each: is the file sound, do books agree?

    python -m tests.desk.kill_cycles --cycles 300 [--seed 1]

Real processes: the desk, and the paper exchange in a process of its own that outlives it. The seed
draws when each life ends: while the process starts, while it recovers, or while it trades.
After each kill the copied files of both sides are compared; at the end the desk settles in peace
and both ledgers must be the same.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.sim.durable import Durable, Snapshot
from tests.desk.processes import DeskProcess

MOMENTS = ("starting", "recovering", "trading", "trading", "trading")
OPEN_MAX = 6
SPEED, LATENCY_MS = 5, 20
CLOSED = ("FILLED", "CANCELED", "REJECTED", "EXPIRED")
ENDS = ("COMPLETED", "FAILED", "EMERGENCY_HEDGED")


@dataclass(slots=True)
class Outcome:
    """What the cycles came to. ``wrong``: what does not agree, in words; empty when all does."""

    kills: Counter[str] = field(default_factory=Counter)
    submitted: int = 0
    resolutions: Counter[str] = field(default_factory=Counter)
    orders: int = 0
    executions: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Books:
    """Both sides as their files say. ``entered``: ClOrdIDs of all orders the exchange ever took,
    one entry an order; ``fills``: ExecID -> ClOrdID, quantity, price, at the exchange."""

    desk: Snapshot
    prices: dict[tuple[str, str], Decimal]
    entered: list[str]
    fills: dict[str, tuple[str, Decimal, Decimal]]


def read_books(desk: Path, exchange: Path) -> Books:
    """Read both files, after their processes have ended or from copies."""
    durable, shot, prices = Durable(), Snapshot(), {}
    durable.open(desk)
    try:
        if (found := durable.integrity()) != "ok":
            raise sqlite3.DatabaseError(f"integrity_check: {found}")
        with closing(sqlite3.connect(desk)) as file:
            # Killed before its first transaction, the file is empty: all tables come in one.
            if file.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                shot = durable.read()
                rows = file.execute("SELECT ref, exec_key, px FROM executions").fetchall()
                prices = {(ref, key): Decimal(px) for ref, key, px in rows}
    finally:
        durable.close()
    with closing(sqlite3.connect(exchange)) as file:
        entered = [row[0] for row in file.execute("SELECT cl_ord_id FROM orders")]
        rows = file.execute("SELECT exec_id, cl_ord_id, last_qty, last_px FROM executions")
        fills = {row[0]: (row[1], Decimal(row[2]), Decimal(row[3])) for row in rows}
    return Books(shot, prices, entered, fills)


def compare(books: Books, settled: bool) -> list[str]:
    """What is wrong. ``settled``: everything has been answered, so nothing may be missing."""
    orders = books.desk.orders
    wrong = [f"{each} entered twice" for each, n in Counter(books.entered).items() if n > 1]
    meant = {order.cl_ord_id for order in orders.values()}
    wrong += [f"{each} is at the exchange and in no intent" for each in {*books.entered} - meant]
    booked: Counter[str] = Counter()
    for ref, order in orders.items():
        rows = [row for row in books.desk.executions.get(ref, []) if row.live]
        if sum((row.qty for row in rows), Decimal(0)) != order.booked:
            wrong.append(f"{ref}: its executions do not add up to {order.booked}")
        for row in rows:
            booked[row.key] += 1
            said = (order.cl_ord_id, row.qty, books.prices[ref, row.key])
            if books.fills.get(row.key) != said:
                wrong.append(f"{ref}: {row.key} is {said}, exchange {books.fills.get(row.key)}")
    wrong += [f"execution {each} is booked {n} times" for each, n in booked.items() if n > 1]
    if settled:
        wrong += [f"execution {each} is not booked" for each in books.fills.keys() - booked.keys()]
        wrong += [f"{o.ref} is {o.shown}" for o in orders.values() if not o.closed]
        for group in books.desk.groups.values():
            wrong += _wrong_end(group.group_id, books.desk)
    return wrong


def _wrong_end(group_id: str, shot: Snapshot) -> list[str]:
    """Each group is filled whole, or was given up with its risk covered."""
    group = shot.groups[group_id]
    filled = {
        leg.leg_id: sum((shot.orders[ref].cum for ref in leg.orders), Decimal(0))
        for leg in group.legs
    }
    whole = all(filled[leg.leg_id] == leg.target for leg in group.legs)
    if group.lifecycle == "COMPLETED" and whole:
        return []
    if group.lifecycle == "FAILED" and filled["R1"] <= filled["H1"]:
        return []
    return [f"{group_id} ended {group.lifecycle} ({group.end_reason}) with {filled}"]


def give_up(running: DeskProcess) -> None:
    """Cancel the groups that wait for the trader, because a risk order was marked as never sent."""
    for name, group in running.report()["groups"].items():
        works = any(order["ord_status"] not in CLOSED for order in group["orders"])
        short = any(order["ord_status"] == "CANCELED" for order in group["orders"])
        if group["lifecycle"] not in ENDS and short and not works:
            running.request(do="cancel_group", group=name)


class Cycles:
    """The processes of one run in ``folder``, and what happens to them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._rng = random.Random(seed)
        self._sock = folder / "exchange.sock"
        self._state = folder / "exchange.db"
        self.outcome = Outcome()

    def run(self, cycles: int) -> Outcome:
        begun_s = time.monotonic()
        with DeskProcess(
            "exchange", "--listen", self._sock, "--state", self._state, "--speed", SPEED,
            "--latency-ms", LATENCY_MS, "--data-dir", self._folder, folder=self._folder,
        ) as market:  # fmt: skip
            market.until("the exchange", self._sock.exists)
            for number in range(cycles):
                self._one_life()
                self._check(market, number)
            self._last_life()
            assert market.end() == 0, market.output
        books = read_books(self._folder / "desk.db", self._state)
        self.outcome.wrong += compare(books, settled=True)
        self.outcome.orders, self.outcome.executions = len(books.entered), len(books.fills)
        self.outcome.seconds = time.monotonic() - begun_s
        return self.outcome

    def _desk(self) -> DeskProcess:
        return DeskProcess(
            "run", "--headless", "--data-dir", self._folder, "--exchange", self._sock,
            folder=self._folder,
        )  # fmt: skip

    def _one_life(self) -> None:
        moment = self._rng.choice(MOMENTS)
        self.outcome.kills[moment] += 1
        with self._desk() as running:
            if moment == "starting":
                time.sleep(self._rng.uniform(0.0, 1.5))
            else:
                running.until_answering()
            if moment == "recovering":
                time.sleep(self._rng.uniform(0.0, 0.2))
            if moment == "trading":
                self._arm(running)
                self._submit(running)
                time.sleep(self._rng.uniform(0.0, 1.0))
            assert running.process.poll() is None, running.output
            running.kill()

    def _last_life(self) -> None:
        with self._desk() as running:
            running.until_answering()
            self._arm(running)
            try:
                running.until("all groups' end", lambda: self._is_quiet(running))
            except AssertionError as error:
                self.outcome.wrong.append(f"{error}: {_waiting(running)}")
            assert running.end() == 0, running.output

    def _is_quiet(self, running: DeskProcess) -> bool:
        give_up(running)
        status = running.request(do="status")
        return not status["live_groups"] and not status["orphans_open"]

    def _submit(self, running: DeskProcess) -> None:
        """New groups, in slices, so that something is on its way at every moment."""
        give_up(running)
        room = OPEN_MAX - int(running.request(do="status")["live_groups"])
        groups = []
        for _ in range(min(self._rng.randint(1, 3), max(room, 0))):
            self.outcome.submitted += 1
            groups.append(_spread(f"G{self.outcome.submitted}", self._rng))
        if groups:
            reply = running.request(do="submit", groups=groups)
            assert reply["ok"], reply

    def _arm(self, running: DeskProcess) -> None:
        """Decide every orphan, once its evidence is in, until the desk is armed: as preselected,
        or send it again where that is offered."""

        def armed() -> bool:
            for row in running.request(do="orphans")["orphans"]:
                if row["resolution"] is None and row["preselected"] is not None:
                    choice = row["preselected"]
                    if "RESUBMIT" in row["offered"] and self._rng.random() < 0.7:
                        choice = "RESUBMIT"
                    reply = running.request(
                        do="resolve", order=row["order"], resolution=choice, reason="evidence"
                    )
                    self.outcome.resolutions[choice] += bool(reply["ok"])
            status = running.request(do="status")
            if status["phase"] == "RESOLVING" and not status["orphans_open"]:
                running.request(do="arm")
            return bool(status["phase"] == "ARMED")

        running.until("arming", armed)

    def _check(self, market: DeskProcess, number: int) -> None:
        """Compare copies, so that the next life finds what the kill left. The exchange is held
        while its files are copied."""
        copy = self._folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        market.process.send_signal(signal.SIGSTOP)
        try:
            for path in (*self._folder.glob("desk.db*"), *self._folder.glob("exchange.db*")):
                if not path.name.endswith("-shm"):
                    shutil.copyfile(path, copy / path.name)
        finally:
            market.process.send_signal(signal.SIGCONT)
        if not (copy / "desk.db").exists():
            return  # killed before it had opened its database for the first time
        wrong = compare(read_books(copy / "desk.db", copy / "exchange.db"), settled=False)
        self.outcome.wrong += [f"after kill {number + 1}: {each}" for each in wrong]


def _waiting(running: DeskProcess) -> list[Any]:
    """What has not ended, for whoever looks into it."""
    report = running.report()
    live = [each for each in report["groups"].values() if each["lifecycle"] not in ENDS]
    return [live, running.request(do="orphans")["orphans"]]


def _spread(group_id: str, rng: random.Random) -> dict[str, Any]:
    """A put spread that crosses the synthetic market, its risk leg in slices."""
    quantity = rng.randint(4, 15)
    hedge = _leg("H1", "HEDGE", 3000, "BUY", "12", quantity)
    risk = _leg("R1", "RISK", 3100, "SELL", "15", quantity)
    risk["child"] = {"max_quantity": rng.randint(1, 4), "interval_s": 1}
    return {"group_id": group_id, "legs": [hedge, risk]}


def _leg(leg_id: str, leg_type: str, strike: int, side: str, price: str, quantity: int) -> Any:
    return {
        "leg_id": leg_id, "leg_type": leg_type, "symbol": f"ES200320P{strike}", "side": side,
        "quantity": quantity, "price": price,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="kill -9 of the desk, again and again")
    parser.add_argument("--cycles", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="a folder that stays (default: a passing one)")
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True)
        return _report(Cycles(options.folder, options.seed).run(options.cycles))
    with tempfile.TemporaryDirectory(prefix="desk-kill-") as folder:
        return _report(Cycles(Path(folder), options.seed).run(options.cycles))


def _report(outcome: Outcome) -> int:
    moments = ", ".join(f"{n} {moment}" for moment, n in sorted(outcome.kills.items()))
    print(f"{outcome.kills.total()} kills ({moments}) in {outcome.seconds:.0f} s")
    print(
        f"{outcome.submitted} groups, {outcome.orders} orders, {outcome.executions} executions, "
        f"{outcome.resolutions.total()} orphans resolved {dict(outcome.resolutions)}"
    )
    print("\n".join(outcome.wrong) or "every file sound, the books agree after every kill")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
