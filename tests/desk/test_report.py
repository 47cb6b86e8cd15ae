"""The end report: every figure the view's, and the ledger a real check."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from desk.errors import UserError
from desk.report import build_report, report_text, write_report
from engine import Engine, Purpose
from tests.desk.fake_engine import FakeEngine, detail, order


def reported(*orders: Any) -> dict[str, Any]:
    engine = FakeEngine()
    engine.details["G1"] = detail("G1", *orders)
    return build_report(cast(Engine, engine))


def sound() -> dict[str, Any]:
    hedge = order("G1/H1/2", "40", cum_qty="40", level=0, purpose=Purpose.EMERGENCY_HEDGE)
    return reported(order("G1/H1/1", "20", "40", cum_qty="60"), hedge)


def test_a_group_says_how_it_went() -> None:
    group = sound()["groups"]["G1"]
    assert group["lifecycle"] == "EMERGENCY_HEDGED"
    assert group["legs"]["H1"]["avg_px"] == "10.25"
    assert [item["cum_qty"] for item in group["orders"]] == ["60", "40"]
    assert group["hedges"][0]["levels"] == [
        {"level": 0, "order": "G1/H1/2", "order_qty": "100", "cum_qty": "40", "avg_px": "10.25"}
    ]
    assert group["escalations"] == [1]


def test_the_ledger_adds_up_or_names_the_order() -> None:
    assert sound()["ledger"] == {"orders": 2, "executions": 3, "differ": [], "ok": True}
    wrong = reported(order("G1/H1/1", "20", "40", cum_qty="70"))["ledger"]
    assert (wrong["ok"], wrong["differ"]) == (False, ["G1/H1/1"])


def test_a_marked_gap_is_explained() -> None:
    gap = order("G1/H1/1", "20", "40", cum_qty="70", gap_qty=Decimal(10))
    assert reported(gap)["ledger"]["ok"]


def test_the_text_says_the_same() -> None:
    lines = report_text(sound()).splitlines()
    assert lines == [
        "G1: EMERGENCY_HEDGED, unhedged 0, escalations [1]",
        "  H1 HEDGE BUY ES20H3000P: 100 of 100 at 10.25",
        "  hedges for H1 (leg timeout): level 0: 40 of 100 at 10.25",
        "total: 1 groups, 1 closed, 0 waiting for trader, 2 orders, 2 duplicates, "
        "0 rejected events",
        "ledger: 2 orders, 3 executions; they add up to CumQty",
    ]


def test_it_is_written_as_json(tmp_path: Path) -> None:
    report = sound()
    write_report(report, tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text()) == report
    with pytest.raises(UserError, match="can't be written"):
        write_report(report, tmp_path / "no" / "out.json")
