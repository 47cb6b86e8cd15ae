"""A few cycles of ``kill_cycles``, and that its comparison sees what it is there for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from engine.sim.durable import ExecutionRow, GroupRow, LegRow, OrderRow, Snapshot
from tests.desk.kill_cycles import Books, Cycles, compare

CYCLES = 4
TEN = Decimal(10)


@pytest.mark.process
def test_after_every_kill_the_file_is_sound_and_the_books_agree(tmp_path: Path) -> None:
    outcome = Cycles(tmp_path, seed=5).run(CYCLES)
    assert outcome.kills.total() == CYCLES
    assert outcome.kills["trading"] and outcome.executions, "this run showed nothing"
    assert outcome.wrong == []


def books() -> Books:
    """One group, filled whole, on both sides."""
    shot = Snapshot()
    for leg in ("H1", "R1"):
        ref = f"G1/{leg}/1"
        shot.orders[ref] = OrderRow(
            ref, "G1", leg, "HEDGE", f"C-{leg}", "BUY", "S", TEN, TEN, Decimal(0), TEN,
            Decimal(0), "FILLED", "FILLED", "CLOSED", False, Decimal(0),
        )  # fmt: skip
        shot.executions[ref] = [ExecutionRow(f"E-{leg}", TEN, True)]
    legs = tuple(
        LegRow(leg, "HEDGE", "S", "BUY", TEN, Decimal(1), Decimal(0), (f"G1/{leg}/1",))
        for leg in ("H1", "R1")
    )
    shot.groups["G1"] = GroupRow(
        "G1", "COMPLETED", None, ("COMPLETED",), "after_hedge", None, False, legs
    )
    fills = {f"E-{leg}": (f"C-{leg}", TEN, Decimal(5)) for leg in ("H1", "R1")}
    prices = {(f"G1/{leg}/1", f"E-{leg}"): Decimal(5) for leg in ("H1", "R1")}
    return Books(shot, prices, ["C-H1", "C-R1"], fills)


def entered_twice(all_: Books) -> Books:
    return dataclasses.replace(all_, entered=[*all_.entered, "C-R1"])


def never_meant(all_: Books) -> Books:
    return dataclasses.replace(all_, entered=[*all_.entered, "C-X"])


def lost(all_: Books) -> Books:
    all_.fills["E-3"] = ("C-H1", TEN, TEN)
    return all_


def invented(all_: Books) -> Books:
    del all_.fills["E-R1"]
    return all_


def wrong_price(all_: Books) -> Books:
    all_.prices["G1/R1/1", "E-R1"] = TEN
    return all_


def booked_twice(all_: Books) -> Books:
    all_.desk.executions["G1/H1/1"] *= 2
    return all_


def half_a_group(all_: Books) -> Books:
    order = all_.desk.orders["G1/R1/1"]
    all_.desk.orders["G1/R1/1"] = dataclasses.replace(order, cum=Decimal(4))
    return all_


def still_open(all_: Books) -> Books:
    order = all_.desk.orders["G1/R1/1"]
    all_.desk.orders["G1/R1/1"] = dataclasses.replace(order, base="NEW")
    return all_


def test_books_that_agree_agree() -> None:
    assert compare(books(), settled=True) == []


@pytest.mark.parametrize(
    "spoil",
    [
        entered_twice, never_meant, lost, invented, wrong_price, booked_twice, half_a_group,
        still_open,
    ],
)  # fmt: skip
def test_books_that_differ_are_seen(spoil: Callable[[Books], Books]) -> None:
    assert compare(spoil(books()), settled=True)
