"""``kill -9`` in the middle of a run, with the exchange in a process of its own.

The exchange outlives the desk, as a real one does. Afterwards nothing was sent twice and nothing
is lost: our books are the exchange's.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.desk.kill_cycles import give_up
from tests.desk.processes import DeskProcess
from tests.desk.test_run import basket, check_against_the_exchange, spread

pytestmark = pytest.mark.process

GROUPS = 12
CYCLES = 5


def check_ends(report: dict[str, Any]) -> None:
    """Each group is filled, or was given up because an order never left; never bare risk."""
    for name, group in report["groups"].items():
        legs = group["legs"]
        if group["lifecycle"] == "COMPLETED":
            assert all(leg["filled_qty"] == leg["target_qty"] for leg in legs.values()), group
            continue
        assert group["lifecycle"] == "FAILED", (name, group)
        hedge, risk = (Decimal(legs[leg]["filled_qty"]) for leg in ("H1", "R1"))
        assert risk <= hedge, (name, group)
        if group["end_reason"] == "ABANDONED":
            assert hedge == 0, (name, group)


def all_have_ended(running: DeskProcess) -> bool:
    give_up(running)
    return bool(running.report()["counts"]["closed"] == GROUPS)


def on_its_way(report: dict[str, Any]) -> bool:
    """Whether the exchange has not answered for some order yet."""
    return any(
        order["ord_status"] == "PENDING_NEW"
        for group in report["groups"].values()
        for order in group["orders"]
    )


def resolve_all(running: DeskProcess) -> int:
    """Decide every orphan as preselected, once its evidence is in, until the desk is armed."""
    resolved = 0

    def armed() -> bool:
        nonlocal resolved
        for row in running.request(do="orphans")["orphans"]:
            if row["resolution"] is None and row["preselected"] is not None:
                reply = running.request(
                    do="resolve", order=row["order"], resolution=row["preselected"], reason="seen"
                )
                resolved += bool(reply["ok"])
        status = running.request(do="status")
        if status["phase"] == "RESOLVING" and not status["orphans_open"]:
            running.request(do="arm")
        return bool(status["phase"] == "ARMED")

    running.until("arming", armed)
    return resolved


def test_killed_again_and_again_it_sends_nothing_twice(tmp_path: Path) -> None:
    groups = [spread(f"G{n}", 10 + n) for n in range(GROUPS)]
    for group in groups:
        # In slices, and each a while on its way: the kill comes after a look at the report.
        group["legs"][1]["child"] = {"max_quantity": 3, "interval_s": 1}
    path = basket(tmp_path, *groups)
    exchange = tmp_path / "exchange.sock"
    state = tmp_path / "exchange.db"
    run = (
        "run", "--headless", "--data-dir", tmp_path, "--exchange", exchange, "--basket", path,
    )  # fmt: skip
    with DeskProcess(
        "exchange", "--listen", exchange, "--state", state, "--speed", 2, "--latency-ms", 400,
        "--data-dir", tmp_path, folder=tmp_path,
    ) as market:  # fmt: skip
        market.until("the exchange", exchange.exists)
        orphans = 0
        for _ in range(CYCLES):
            with DeskProcess(*run, folder=tmp_path) as running:
                running.until_answering()
                orphans += resolve_all(running)
                running.until("an order on its way", lambda: on_its_way(running.report()))
                running.kill()
        with DeskProcess(*run, folder=tmp_path) as running:
            running.until_answering()
            resolve_all(running)
            running.until("all groups' end", lambda: all_have_ended(running))
            report = running.report()
        assert market.end() == 0
    assert orphans > 0, "no kill hit an order on its way: this run showed nothing"
    assert report["ledger"]["ok"], report["ledger"]
    check_ends(report)
    check_against_the_exchange(report, state)
