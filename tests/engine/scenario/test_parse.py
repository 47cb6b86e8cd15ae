"""A scenario file is read strictly: what is wrong is said with step, field and expectation."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.core.commands import Acknowledge, ManualHedge, SubmitGroup
from engine.core.terms import OrdType
from engine.scenario import steps
from engine.scenario.parse import read_scenario
from engine.scenario.reading import ScenarioError, to_json
from engine.shell.checkpoints import Point

GROUP: dict[str, Any] = {
    "group_id": "G1",
    "legs": [
        {"leg_id": "H1", "leg_type": "HEDGE", "symbol": "A", "side": "BUY", "quantity": 100,
         "price": 10},
        {"leg_id": "R1", "leg_type": "RISK", "symbol": "B", "side": "SELL", "quantity": 100,
         "price": 25},
    ],
}  # fmt: skip
REPORT: dict[str, Any] = {
    "order": "G1/H1/1", "exec_id": "e1", "exec_type": "TRADE", "ord_status": "PARTIALLY_FILLED",
    "cum_qty": 60, "leaves_qty": 40, "last_qty": 60, "last_px": "10.5",
}  # fmt: skip
SCENARIO: dict[str, Any] = {
    "name": "sample",
    "config": {"leg_timeout_s": 5.0, "max_hedge_depth": 2, "arm": "manual"},
    "broker": {"ack": "none", "skew_s": -0.25, "exec_id_scope": "order"},
    "steps": [
        {"t": 0, "submit": GROUP},
        {"t": 0.5, "report": REPORT},
        {"t": 1, "trader": {"do": "acknowledge", "escalation": "1", "level": 2, "user": "eve"}},
        {"t": 1, "broker": {"query": "silent"}},
        {"t": 2, "crash": {"at": "after_send", "nth": 2}},
        {"t": 60},
    ],
}


def write(tmp_path: Path, value: object) -> Path:
    path = tmp_path / "s.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_a_whole_file(tmp_path: Path) -> None:
    found = read_scenario(write(tmp_path, SCENARIO))
    assert found.name == "sample"
    assert (found.config.max_hedge_depth, found.config.arm) == (2, "manual")
    assert found.broker.skew_s == Decimal("-0.25")
    submit, report, trader, broker, crash, rest = (step.action for step in found.steps)
    assert isinstance(submit, steps.Submit)
    assert submit.group.legs[0].order_type is OrdType.LIMIT
    assert isinstance(report, steps.Report)
    assert (report.last_qty, report.last_px) == (Decimal(60), Decimal("10.5"))
    assert trader == steps.Trader(
        "acknowledge", Acknowledge(user="eve", escalation=1, level=2, comment="")
    )
    assert isinstance(broker, steps.ChangeBroker)
    assert (broker.settings.query, broker.settings.ack) == ("silent", "none")
    assert crash == steps.Crash(Point.AFTER_SEND, 2)
    assert rest is None
    assert found.steps[-1].t == 60


def test_defaults(tmp_path: Path) -> None:
    found = read_scenario(write(tmp_path, {"steps": []}))
    assert found.broker == steps.BrokerSettings()
    assert found.config.leg_timeout_s == Decimal(5)


def changed(path: str, value: object) -> object:
    """The sample with the value at a path ("steps.1.report.cum_qty") replaced or, for ``...``,
    taken out."""
    whole = copy.deepcopy(SCENARIO)
    at: Any = whole
    *way, last = path.split(".")
    for key in way:
        at = at[int(key)] if isinstance(at, list) else at[key]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return whole


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("config.leg_timout_s", 5, "config: leg_timout_s: no such field"),
        ("config.leg_timeout_s", "soon", "config: leg_timeout_s: expected a number"),
        ("config.leg_timeout_s", -1, "config: leg_timeout_s: expected a number of at least 0"),
        ("config.max_hedge_depth", 2.5, "max_hedge_depth: expected a whole number"),
        ("config.arm", "later", "arm: expected one of auto, manual"),
        ("config.broker", "x", "config: broker: no such field"),
        ("broker.ack", "maybe", 'broker: ack: expected one of auto, none, got "maybe"'),
        ("broker.server_time", 1, "server_time: expected true or false"),
        ("broker.mood", "bad", "broker: mood: no such field"),
        ("colour", "red", "colour: no such field"),
        ("steps", {}, "steps: expected a list of steps"),
        ("steps.0.t", ..., "step 1: t: expected a number, it is missing"),
        ("steps.2.t", 0.1, "step 3: t: expected at least 0.5, got 0.1"),
        ("steps.1.repeat", 2, "step 2: repeat: no such field"),
        ("steps.1.expect", {}, "step 2: expect: a step does one thing"),
        ("steps.0.submit.legs", [], "step 1: submit: legs: expected"),
        ("steps.0.submit.limit", 1, "step 1: submit: limit: expected"),
        ("steps.1.report.cum_qty", ..., "step 2: report: cum_qty: expected a number, it is miss"),
        ("steps.1.report.cum_qty", "many", 'step 2: report: cum_qty: expected a number, got "ma'),
        ("steps.1.report.cum_qty", True, "step 2: report: cum_qty: expected a number, got true"),
        ("steps.1.report.exec_type", "FILL", "step 2: report: exec_type: expected one of NEW"),
        ("steps.1.report.order", ..., "step 2: report: order: expected order, cl_ord_id or"),
        ("steps.1.report.cumqty", 1, "step 2: report: cumqty: no such field"),
        ("steps.1.report.poss_dup", "yes", "poss_dup: expected true or false"),
        ("steps.2.trader.do", "panic", "step 3: trader: do: expected one of cancel_order"),
        ("steps.2.trader.escalation", 1.5, "escalation: expected a whole number"),
        ("steps.2.trader.order", "x", "step 3: trader: order: no such field"),
        ("steps.4.crash.at", "noon", "step 5: crash: at: expected one of before_reports_applied"),
        ("steps.4.crash.nth", 0, "nth: expected a whole number of at least 1"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, path: str, value: object, complaint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenario(write(tmp_path, changed(path, value)))
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "s.json"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "not JSON"),
        ("[]", "expected an object"),
        ('{"steps": [], "steps": []}', "steps"),
        ('{"steps": [{"t": NaN}]}', "NaN"),
        ("{}", "steps: expected a list of steps, it is missing"),
    ],
)
def test_what_is_no_scenario(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ScenarioError, match=complaint):
        read_scenario(write(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("step", "action"),
    [
        ({"crash": {}}, steps.Crash(None, 1)),
        ({"crash": True}, steps.Crash(None, 1)),
        ({"restart": {}}, steps.Restart()),
        ({"local_clock": {"jump_s": -3600}}, steps.LocalClock(Decimal(-3600), Decimal(0))),
        ({"state_update": {"event_id": "v", "group": "G", "state": "HEDGED"}},
         steps.StateUpdate("v", "G", "HEDGED")),
        ({"raw": "garbage"}, steps.Raw("garbage", "")),
        ({"expect": {"a.#": 1}}, steps.Expect({"a.#": Decimal(1)})),
        ({"trader": {"do": "manual_hedge", "escalation": 1, "quantity": "5"}},
         steps.Trader("manual_hedge", ManualHedge(escalation=1, quantity=Decimal(5)))),
    ],
)  # fmt: skip
def test_other_steps(tmp_path: Path, step: dict[str, object], action: object) -> None:
    found = read_scenario(write(tmp_path, {"steps": [{"t": 0} | step]}))
    assert found.steps[0].action == action


@pytest.mark.parametrize(
    "do",
    [
        {"do": "cancel_order", "order": "G1/H1/1"},
        {"do": "replace_order", "order": "G1/H1/1", "quantity": 5},
        {"do": "cancel_group", "group": "G1"},
        {"do": "accept_risk", "escalation": 1, "reason": "small"},
        {"do": "accept_partial", "group": "G1"},
        {"do": "query_orphan", "order": "G1/H1/1"},
        {"do": "resolve_orphan", "order": "G1/H1/1", "resolution": "ADOPT", "reason": "seen"},
        {"do": "arm"},
        {"do": "kill"},
        {"do": "release_kill"},
    ],
)
def test_every_command_has_its_words(tmp_path: Path, do: dict[str, object]) -> None:
    found = read_scenario(write(tmp_path, {"steps": [{"t": 0, "trader": do}]}))
    action = found.steps[0].action
    assert isinstance(action, steps.Trader)
    assert not isinstance(action.command, SubmitGroup)


def test_raw_json_keeps_its_digits() -> None:
    value = {"a": Decimal("1.50"), "b": [None, True, 'x"'], "c": Decimal("1E+2")}
    assert to_json(value) == '{"a": 1.50, "b": [null, true, "x\\""], "c": 100}'
