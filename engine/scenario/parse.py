"""Reading a scenario file.

Owns: what a file may say and the first complaint when it says something else. May not: run it.
Unknown keys are refused everywhere; a group is read by the one reader of groups (``baskets``).
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

from engine.baskets import BasketError, parse_group
from engine.json_lines import JsonError, read_json
from engine.scenario import steps
from engine.scenario.reading import Fields, ScenarioError
from engine.scenario.settings import parse_broker, parse_config
from engine.scenario.steps import BrokerSettings, Scenario, Step
from engine.scenario.trader_steps import parse_trader
from engine.scenario.venue_steps import VENUE_STEPS
from engine.shell.checkpoints import Point


def read_scenario(path: Path) -> Scenario:
    """The scenario in a file. Raises ``ScenarioError`` with the first thing that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: cannot be read: {error}") from None
    try:
        value = read_json(text).value
    except JsonError as error:
        raise ScenarioError(f"{path}: line {error.line}: not JSON: {error.what}") from None
    return parse_scenario(value, str(path))


def parse_scenario(value: object, where: str) -> Scenario:
    """The scenario in a JSON value whose numbers are ``Decimal``."""
    top = Fields(value, where)
    name = top.text("name", "")
    config = parse_config(top.take("config", "an object") if top.has("config") else {}, where)
    broker = BrokerSettings()
    if top.has("broker"):
        broker = parse_broker(top.take("broker", "an object"), f"{where}: broker", broker)
    listed = top.take("steps", "a list of steps")
    if not isinstance(listed, list):
        raise top.wrong("steps", "a list of steps", listed)
    top.done()
    return Scenario(name, config, broker, _steps(listed, where, broker))


def _steps(listed: list[object], where: str, broker: BrokerSettings) -> tuple[Step, ...]:
    read: list[Step] = []
    last_t = Decimal(0)
    for number, value in enumerate(listed, start=1):
        here = f"{where}: step {number}"
        step = _step(number, Fields(value, here), broker)
        if step.t < last_t:
            raise ScenarioError(f"{here}: t: expected at least {last_t}, got {step.t}")
        last_t = step.t
        if isinstance(step.action, steps.ChangeBroker):
            broker = step.action.settings
        read.append(step)
    return tuple(read)


def _step(number: int, fields: Fields, broker: BrokerSettings) -> Step:
    t = fields.number("t")
    action: steps.Action | None = None
    if fields.has("broker"):
        value = fields.take("broker", "an object")
        action = steps.ChangeBroker(parse_broker(value, f"{fields.where}: broker", broker))
    for name, parse in _ACTIONS.items():
        if fields.has(name):
            if action is not None:
                raise ScenarioError(f"{fields.where}: {name}: a step does one thing")
            action = parse(fields.take(name, "an object"), f"{fields.where}: {name}")
    fields.done()
    return Step(number, t, action)


def _submit(value: object, where: str) -> steps.Submit:
    try:
        return steps.Submit(parse_group(value))
    except BasketError as error:
        raise ScenarioError(f"{where}: {error.errors[0]}") from None


def _crash(value: object, where: str) -> steps.Crash:
    if value is True or value is None:
        value = {}
    given = Fields(value, where)
    crash = steps.Crash(
        at=given.choice("at", Point) if given.has("at") else None, nth=given.whole("nth", 1)
    )
    given.done()
    if crash.nth < 1:
        raise given.wrong("nth", "a whole number of at least 1", Decimal(crash.nth))
    return crash


def _restart(value: object, where: str) -> steps.Restart:
    Fields({} if value is True or value is None else value, where).done()
    return steps.Restart()


def _local_clock(value: object, where: str) -> steps.LocalClock:
    given = Fields(value, where)
    zero = Decimal(0)
    change = steps.LocalClock(given.number("jump_s", zero), given.number("stall_s", zero))
    given.done()
    if change.stall_s < zero:
        raise given.wrong("stall_s", "a number of at least 0", change.stall_s)
    return change


def _expect(value: object, where: str) -> steps.Expect:
    if not isinstance(value, dict):
        raise ScenarioError(f"{where}: expected an object of paths and values")
    return steps.Expect(value)


_ACTIONS: Mapping[str, Callable[[object, str], steps.Action]] = types.MappingProxyType(
    {
        **VENUE_STEPS,
        "submit": _submit,
        "trader": parse_trader,
        "crash": _crash,
        "restart": _restart,
        "local_clock": _local_clock,
        "expect": _expect,
    }
)
