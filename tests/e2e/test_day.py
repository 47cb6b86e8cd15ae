"""A trader's day in the real process, from outside: keys on a virtual display, the local socket.

Start after a crash with two orphans (the demo's past) → resolve them → arm → submit a basket →
a hedge fills in part → it is escalated → acknowledged with a comment → hedged by hand until the
group is done → export. What was done with keys is looked for in the desk's own words (status,
report), in the export and in the database; never in pixels.

Missing: the basket goes in over the local socket, not through the import panel; drag and drop;
a second monitor. The pictures of the steps in ``docs/pictures`` are of this day:

    DESK_DAY_PICTURES=docs/pictures DESK_DAY_THEME=light DESK_DAY_SIZE=2560x1440 \
        python -m pytest tests/e2e/test_day.py

writes ``day-1-resolving-light-2560.png`` and so on (with ImageMagick's ``import``).
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from desk.client import answers, ask
from desk.paths import find_paths
from tests.desk.processes import DeskProcess, desk
from tests.desk.screen import virtual_screen

TOOLS = ("Xvfb", "xdotool")
missing = [tool for tool in TOOLS if shutil.which(tool) is None]

pytestmark = [
    pytest.mark.process,
    pytest.mark.display,
    pytest.mark.skipif(
        bool(missing), reason=f"{', '.join(missing)} missing: apt-get install -y xvfb xdotool"
    ),
]

SHORT = "DAY-SHORT"
GROUPS = [
    {
        "group_id": "DAY-FILLED",
        "legs": [
            {"leg_id": "H1", "leg_type": "HEDGE", "symbol": "ES200320P3000", "side": "BUY",
             "quantity": 10, "price": "9.00"},
            {"leg_id": "R1", "leg_type": "RISK", "symbol": "ES200320P3100", "side": "SELL",
             "quantity": 10, "price": "15.00"},
        ],
    },
    {
        # More than the book holds at each of the hedge's levels: it ends short and escalates.
        "group_id": SHORT,
        "legs": [
            {"leg_id": "H1", "leg_type": "HEDGE", "symbol": "ES200320P2900", "side": "BUY",
             "quantity": 100, "price": "2.50", "tif": "IOC"},
            {"leg_id": "R1", "leg_type": "RISK", "symbol": "ES200320P3000", "side": "SELL",
             "quantity": 100, "price": "4.00"},
        ],
    },
]  # fmt: skip
SIZE = os.environ.get("DESK_DAY_SIZE", "1280x800")
THEME = os.environ.get("DESK_DAY_THEME", "dark")
PICTURES = os.environ.get("DESK_DAY_PICTURES", "")
COMMENT = "seen, hedging by hand"
ROUND_S = 4.0
"""How long one round of keys may need to show its effect before it is tried again."""


@pytest.fixture
def display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with virtual_screen(monkeypatch, SIZE) as name:
        yield name


def xdotool(*arguments: str) -> str:
    done = subprocess.run(["xdotool", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def key(*keys: str) -> None:
    xdotool("key", "--delay", "60", *keys)


def write(text: str) -> None:
    xdotool("type", "--delay", "15", text)


def picture(step: str) -> None:
    """The screen as it is now, where pictures are asked for."""
    if PICTURES:
        name = f"day-{step}-{THEME}-{SIZE.split('x')[0]}.png"
        time.sleep(1.0)  # highlights fade, and the tick shows the counts
        subprocess.run(["import", "-window", "root", str(Path(PICTURES) / name)], check=True)


class Day:
    """The running desk: its keys, and what it says of itself."""

    def __init__(self, running: DeskProcess, socket: Path) -> None:
        self.running = running
        self.socket = socket

    def ask(self, what: str, **fields: object) -> dict[str, Any]:
        return ask(self.socket, {"do": what, **fields}, 60.0)

    def report(self) -> dict[str, Any]:
        found = self.ask("report")["report"]
        assert isinstance(found, dict)
        return found

    def group(self, group_id: str) -> dict[str, Any]:
        return dict(self.report()["groups"].get(group_id, {}))

    def escalations(self, group_id: str) -> list[dict[str, Any]]:
        return [e for e in self.report()["escalations"].values() if e["group"] == group_id]

    def until(self, what: str, condition: Callable[[], bool]) -> None:
        self.running.until(what, condition)

    def by_keys(self, what: str, begin: Callable[[], None], done: Callable[[], bool]) -> None:
        """Open a confirmation with keys and press Enter until the desk says that it is done.

        A confirmation takes no Enter in its first moments and expires: so each Enter is looked
        after, and the whole is begun again when nothing came of it.
        """

        def round_() -> bool:
            if done():
                return True
            begin()
            give_up = time.monotonic() + ROUND_S
            while time.monotonic() < give_up:
                key("Return")
                if done():
                    return True
            return False

        self.until(what, round_)


def open_orphans(day: Day) -> int:
    return int(day.ask("status")["orphans_open"])


def resolve_orphans(day: Day) -> None:
    """The two, one after the other, each with the preselected resolution and a reason."""
    rows = day.ask("orphans")["orphans"]
    assert {row["order"] for row in rows} == {"CRASH-LOST/R1/1", "CRASH-TAKEN/R1/1"}
    day.until(
        "evidence for both",
        lambda: all(row["preselected"] for row in day.ask("orphans")["orphans"]),
    )
    for row, left in (("Up", 1), ("Down", 0)):

        def propose(row: str = row) -> None:
            # To the row, close what an earlier answer left, to the reason, propose.
            key("F5", row, "Tab", "Escape", "F5", "Tab")
            write("evidence seen")
            key("ctrl+r")

        def done(left: int = left) -> bool:
            return open_orphans(day) <= left

        day.by_keys(f"{left} orphans left", propose, done)


def select_escalation(group_id: str) -> None:
    """Only this group's escalations in the table, the most severe selected."""
    key("F2", "ctrl+f", "ctrl+a")
    write(group_id)
    key("F2", "Down", "Up", "Up")


def acknowledged(day: Day) -> bool:
    return any(e["state"] == "ACKNOWLEDGED" for e in day.escalations(SHORT))


def manual_orders(day: Day) -> list[dict[str, Any]]:
    return [o for o in day.group(SHORT)["orders"] if o["purpose"] == "MANUAL_HEDGE"]


def hedge_until_filled(day: Day) -> None:
    """By hand, again while what the book gives is less than what is short."""

    def filled() -> bool:
        leg = day.group(SHORT)["legs"]["H1"]
        return bool(Decimal(leg["filled_qty"]) >= Decimal(leg["target_qty"]))

    def works() -> bool:
        return any(
            order["ord_status"] in ("PENDING_NEW", "NEW", "PARTIALLY_FILLED", "PENDING_CANCEL")
            for order in manual_orders(day)
        )

    def one_more() -> bool:
        if filled():
            return True
        before = len(manual_orders(day))
        if not works():
            select_escalation(SHORT)
            day.by_keys(
                "a hedge by hand",
                lambda: key("F2", "ctrl+2"),
                lambda: filled() or len(manual_orders(day)) > before,
            )
        return False

    day.until("the hedge leg is filled", one_more)


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        assert next(file).startswith(f"# {name}, exported by ")
        return list(csv.DictReader(file))


def commands_in(database: Path, kind: str) -> list[dict[str, Any]]:
    """What the trader asked, as the journal has it."""
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT payload FROM journal WHERE kind = ?", (kind,)).fetchall()
    connection.close()
    return [json.loads(row[0]) for row in rows]


def test_a_day_after_a_crash(tmp_path: Path, display: str) -> None:
    paths = find_paths(os.environ, name="demo")
    with DeskProcess("run", "--speed", 10, "--theme", THEME, folder=tmp_path) as running:
        day = Day(running, paths.socket)
        day.until("its socket", lambda: answers(paths.socket))
        day.until("the window", lambda: bool(xdotool("search", "--onlyvisible", "--name", "Desk")))
        window = xdotool("search", "--onlyvisible", "--name", "Desk").split()[0]
        xdotool("windowsize", window, *SIZE.split("x"))
        xdotool("windowmove", window, "0", "0")
        xdotool("windowfocus", "--sync", window)

        day.until("RESOLVING", lambda: day.ask("status")["phase"] == "RESOLVING")
        picture("1-resolving")
        refused = day.ask("submit", groups=GROUPS[:1])
        assert not refused["ok"], "a new group before the orphans are resolved"
        resolve_orphans(day)
        day.by_keys(
            "arming", lambda: key("ctrl+shift+a"), lambda: day.ask("status")["phase"] == "ARMED"
        )

        picture("2-armed")
        basket = tmp_path / "basket.json"
        basket.write_text(json.dumps({"groups": GROUPS}))
        done = desk("submit", basket, "--db", paths.database, folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr

        day.until(
            "the escalation",
            lambda: "HEDGE_DEPTH_EXCEEDED" in {e["kind"] for e in day.escalations(SHORT)},
        )
        select_escalation(SHORT)
        key("Return")
        picture("3-escalated")
        levels = day.group(SHORT)["hedges"][0]["levels"]
        assert any(0 < Decimal(x["cum_qty"]) < Decimal(x["order_qty"]) for x in levels)
        assert not manual_orders(day), "nobody has hedged by hand yet"

        def acknowledge() -> None:
            select_escalation(SHORT)
            key("ctrl+1")
            write(COMMENT)

        day.by_keys("the acknowledgement", acknowledge, lambda: acknowledged(day))
        picture("4-acknowledged")
        hedge_until_filled(day)
        picture("5-hedged-by-hand")
        day.until("the group's end", lambda: day.group(SHORT)["lifecycle"] == "COMPLETED")
        day.until("the other's end", lambda: day.group("DAY-FILLED")["lifecycle"] == "COMPLETED")
        assert day.report()["ledger"]["ok"]
        picture("6-done")

        out = tmp_path / "out"
        done = desk("export", out, "--db", paths.database, folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        by_hand = [o for o in manual_orders(day) if Decimal(o["cum_qty"])]
        assert running.end() == 0, running.output
        assert "Traceback" not in running.output
    lifecycles = {row["group_id"]: row["lifecycle"] for row in table(out, "groups")}
    assert lifecycles[SHORT] == "COMPLETED"
    exported = {row["ref"] for row in table(out, "orders")}
    assert by_hand and {order["ref"] for order in by_hand} <= exported
    assert {row["resolution"] for row in table(out, "orphans")} == {"ADOPT", "MARK_NEVER_SENT"}
    comments = [item["comment"] for item in commands_in(paths.database, "Acknowledge")]
    assert COMMENT in comments
    assert len(commands_in(paths.database, "ResolveOrphan")) >= 2
