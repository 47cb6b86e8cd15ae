"""Whole scenarios: virtual time, crashes, stalls, references, the report and the exit status."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from engine.scenario.driver import Driver
from engine.scenario.parse import parse_scenario, read_scenario
from engine.scenario.report import engine_part, seconds
from engine.scenario.run import run_scenario, run_scenarios
from engine.shell import recovery
from engine.shell.replay import Replay
from engine.store.database import connect_to_read
from engine.store.journal import entries
from engine.store.records import record_codec
from engine.store.store import Store

SCENARIOS = Path(__file__).parents[2] / "scenarios"
CALM = {"leg_timeout_s": 3600, "silent_after_s": 3600}


def leg(leg_id: str, leg_type: str, side: str, **more: object) -> dict[str, object]:
    symbol = "ES20H3000P" if leg_type == "HEDGE" else "ES20H3100P"
    return {
        "leg_id": leg_id, "leg_type": leg_type, "symbol": symbol, "side": side, "quantity": 100,
        "price": 10, **more,
    }  # fmt: skip


def submit(group_id: str = "G1") -> dict[str, object]:
    legs = [leg("H1", "HEDGE", "BUY"), leg("R1", "RISK", "SELL")]
    return {"submit": {"group_id": group_id, "legs": legs}}


def fill(order: str, exec_id: str, quantity: int, cum: int) -> dict[str, object]:
    status = "FILLED" if cum == 100 else "PARTIALLY_FILLED"
    return {
        "report": {
            "order": order, "exec_id": exec_id, "exec_type": "TRADE", "ord_status": status,
            "last_qty": quantity, "last_px": 10, "cum_qty": cum, "leaves_qty": 100 - cum,
        }
    }  # fmt: skip


def scenario(*steps: tuple[float, dict[str, object]], **top: object) -> dict[str, object]:
    listed = [{"t": t} | step for t, step in steps]
    return {"name": "sample", "config": CALM, "steps": listed} | top


def run(value: dict[str, object], tmp_path: Path, *more: object) -> tuple[int, list[Any]]:
    """Exit status and reports."""
    paths = []
    for number, each in enumerate((value, *more)):
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(each), encoding="utf-8")
    out = tmp_path / "out.jsonl"
    status = run_scenarios(paths, out)
    lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    return status, [json.loads(line) for line in lines]


STRAIGHT = scenario(
    (0, submit()),
    (0.5, fill("G1/H1/1", "e1", 100, 100)),
    (1, fill("G1/R1/1", "e2", 100, 100)),
    (2, {"expect": {"groups.G1.lifecycle": "COMPLETED", "sent.#": 2, "state": "ARMED"}}),
)


def test_a_group_runs_through(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, (report,) = run(STRAIGHT, tmp_path)
    assert status == 0
    assert report["ok"] and report["failed"] == []
    assert report["sent"][1] == {
        "t": "0.5", "what": "NEW", "order": "G1/R1/1", "qty": "100", "durable": True,
    }  # fmt: skip
    assert report["orders"]["G1/H1/1"]["executions"] == [
        {"exec_id": "e1", "qty": "100", "px": "10"}
    ]
    assert report["groups"]["G1"]["history"][0] == ["CREATED", "0"]
    assert report["counts"]["commits"] > 3
    assert json.loads(capsys.readouterr().out) == report


def test_the_same_file_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps(STRAIGHT), encoding="utf-8")
    assert run_scenarios([path]) == 0
    first = capsys.readouterr().out
    assert run_scenarios([path]) == 0
    assert capsys.readouterr().out == first


def test_an_expectation_that_fails_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = scenario((0, submit()), (1, {"expect": {"groups.G1.lifecycle": "HEDGED"}}))
    status, (bad, good) = run(wrong, tmp_path, STRAIGHT)
    assert status == 1
    assert bad["ok"] is False
    expected = 'step 2: groups.G1.lifecycle: expected "HEDGED", got "HEDGE_SUBMITTED"'
    assert bad["failed"] == [expected]
    assert good["ok"] is True
    assert expected in capsys.readouterr().err


def test_one_malformed_file_and_nothing_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, reports = run(STRAIGHT, tmp_path, {"steps": [{"t": 0, "dance": {}}]})
    assert (status, reports) == (2, [])
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "1.json: step 1: dance: no such field" in streams.err


def test_an_hour_takes_no_time(tmp_path: Path) -> None:
    begun = time.perf_counter()
    status, (report,) = run(scenario((0, submit("G1")), (0.5, {"trader": {
        "do": "cancel_group", "group": "G1"}}), (3600, {})), tmp_path)  # fmt: skip
    assert status == 0
    assert report["groups"]["G1"]["lifecycle"] == "FAILED"
    assert time.perf_counter() - begun < 5


def test_refusals_do_not_stop_a_scenario(tmp_path: Path) -> None:
    _, (report,) = run(
        scenario(
            (0, submit()),
            (1, submit()),
            (2, {"trader": {"do": "cancel_order", "order": "G9/H1/1"}}),
        ),
        tmp_path,
    )
    assert [(each["t"], each["what"]) for each in report["refusals"]] == [
        ("1", "submit"),
        ("2", "cancel_order"),
    ]
    assert report["ok"]


def test_a_reference_to_nothing_is_a_failure(tmp_path: Path) -> None:
    status, (report,) = run(scenario((0, submit()), (1, fill("G1/H1/2", "e", 1, 1))), tmp_path)
    assert status == 1
    assert report["failed"] == ["step 2: there is no order G1/H1/2 at this moment"]


@pytest.mark.parametrize(
    ("point", "groups", "sent"),
    [("before_commit", 0, 0), ("after_commit", 1, 0), ("after_send", 1, 1)],
)
def test_crash_points(tmp_path: Path, point: str, groups: int, sent: int) -> None:
    _, (report,) = run(
        scenario((0, {"crash": {"at": point}}), (0, submit()), (1, {"restart": {}}), (4, {})),
        tmp_path,
    )
    assert len(report["groups"]) == groups
    assert len(report["sent"]) == sent
    evidence = {0: None, 1: "LIVE" if sent else "NOT_FOUND"}[groups]
    assert report["orphans"].get("G1/H1/1", {}).get("evidence") == evidence


def test_reports_lost_before_they_are_applied_are_found_again(tmp_path: Path) -> None:
    _, (report,) = run(
        scenario(
            (0, submit()),
            (1, {"crash": {"at": "before_reports_applied"}}),
            (1, fill("G1/H1/1", "e1", 60, 60)),
            (2, {"restart": {}}),
            (5, {}),
        ),
        tmp_path,
    )
    assert report["orders"]["G1/H1/1"]["cum_qty"] == "60"
    assert len(report["orders"]["G1/H1/1"]["executions"]) == 1


def test_while_down_the_report_shows_what_is_durable(tmp_path: Path) -> None:
    _, (report,) = run(
        scenario(
            (0, submit()),
            (1, {"crash": {}}),
            (2, submit("G2")),
            (3, {"expect": {"state": "DOWN", "groups.G1.lifecycle": "HEDGE_SUBMITTED"}}),
        ),
        tmp_path,
    )
    assert report["ok"]
    assert report["refusals"] == [{"t": "2", "what": "submit", "reason": "the engine is down"}]


def test_a_stall_holds_messages_and_the_clock_jump_is_not_seen(tmp_path: Path) -> None:
    _, (report,) = run(
        scenario(
            (0, submit()),
            (1, {"local_clock": {"jump_s": -3600}}),
            (1, {"local_clock": {"stall_s": 4}}),
            (2, fill("G1/H1/1", "e1", 60, 60)),
            (3, {"expect": {"orders.G1/H1/1.cum_qty": "0"}}),
            (6, {"expect": {"orders.G1/H1/1.cum_qty": "60"}}),
        ),
        tmp_path,
    )
    assert report["ok"], report["failed"]
    assert ["HEDGE_PARTIAL", "5"] in report["groups"]["G1"]["history"]


def test_raw_objects_may_be_anything(tmp_path: Path) -> None:
    raw = {"order": "G1/H1/1", "exec_id": "r1", "exec_type": "TRADE", "ord_status": "NEW",
           "cum_qty": "lots", "leaves_qty": 1}  # fmt: skip
    sound = raw | {
        "exec_id": "r2", "cum_qty": 60, "leaves_qty": 40, "last_qty": 60, "last_px": 10,
        "ord_status": "PARTIALLY_FILLED",
    }  # fmt: skip
    _, (report,) = run(
        scenario(
            (0, submit()),
            (1, {"raw": raw}),
            (2, {"raw": "}{"}),
            (3, {"raw": 7}),
            (4, {"raw": sound}),
        ),
        tmp_path,
    )
    assert [each["reason"] for each in report["rejected_events"]] == ["MALFORMED"] * 3
    assert report["orders"]["G1/H1/1"]["cum_qty"] == "60"


def test_an_order_nobody_knows_is_kept(tmp_path: Path) -> None:
    external = {
        "external": {
            "order_id": "TEL-1", "cl_ord_id": "T1", "symbol": "ES", "side": "BUY",
            "ord_status": "NEW", "order_qty": 5,
        }
    }  # fmt: skip
    _, (report,) = run(
        scenario((0, {"truth": external}), (1, {"crash": {}}), (2, {"restart": {}}), (4, {})),
        tmp_path,
    )
    (found,) = report["external_orders"]
    assert (found["cl_ord_id"], found["leaves_qty"], found["ord_status"]) == ("T1", "5", "NEW")


def test_a_database_of_the_users_is_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps(STRAIGHT), encoding="utf-8")
    database = tmp_path / "kept.db"
    assert run_scenarios([path], None, database) == 0
    assert run_scenarios([path], None, database) == 2
    assert run_scenarios([path, path], None, tmp_path / "other.db") == 2
    assert "exists already" in capsys.readouterr().err


def test_seconds_are_plain() -> None:
    assert [seconds(n) for n in (0, 500_000_000, 12_000_000_000, -1_500_000_000, 1)] == [
        "0", "0.5", "12", "-1.5", "0.000000001",
    ]  # fmt: skip


FOLDED = sorted((SCENARIOS / "field").glob("*.json"))
PARTS = ("orders", "chains", "stops", "escalations", "orphans", "externals", "rejected", "groups")


@pytest.mark.parametrize("path", FOLDED, ids=lambda path: path.stem)
def test_memory_database_and_journal_tell_the_same(path: Path, tmp_path: Path) -> None:
    """What a restart would load, and what a replay of the journal gives, is what memory held."""

    async def compare() -> None:
        found = read_scenario(path)
        database = tmp_path / "desk.db"
        driver = Driver(found, database)
        report = await driver.run()
        config = recovery.for_broker(found.config, driver.broker)
        store = await Store.open(database)
        loaded, _ = await recovery.load(store, config)
        await store.close()
        for key, value in engine_part(loaded).items():
            if key not in ("broker_time_s", "state"):
                assert value == report[key], key
        read = connect_to_read(database)
        replayed = Replay(config).fold(entries(read, record_codec()))
        read.close()
        for name in PARTS:
            assert getattr(replayed, name) == getattr(loaded, name), name
        assert replayed.deadlines.by_key == loaded.deadlines.by_key
        assert (replayed.meta, replayed.clock) == (loaded.meta, loaded.clock)

    asyncio.run(compare())


def test_a_scenario_can_be_run_from_a_value() -> None:
    value = parse_scenario({"steps": []}, "nothing")
    report = asyncio.run(run_scenario(value))
    assert report["ok"] is True
    assert report["state"] == "ARMED"
