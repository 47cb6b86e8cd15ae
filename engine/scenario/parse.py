"""Reading a scenario file.

Owns: what a file may say and the first complaint when it says something else. May not: run it.
Unknown keys are refused everywhere; a group is read by the one reader of groups (``baskets``).
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

from engine.baskets import BasketError, parse_group
from engine.core.events import QuoteChanged
from engine.core.limits.rules import Limits
from engine.core.model import EngineConfig, Instrument, UserRole
from engine.core.terms import (
    CxlRejReason,
    ExecType,
    InstrumentKind,
    OrdStatus,
    Role,
    Side,
)
from engine.instruments_file import day_of
from engine.json_lines import JsonError, read_json
from engine.limits_file import LimitsError, parse_limits
from engine.scenario import steps
from engine.scenario.reading import Fields, ScenarioError
from engine.scenario.steps import BrokerSettings, Report, Scenario, Step
from engine.scenario.trader_steps import parse_trader
from engine.shell.checkpoints import Point

_OF_THE_VENUE = frozenset({"rejects_duplicates", "exec_id_per_order", "broker"})
_BROKER_CHOICES: Mapping[str, tuple[str, ...]] = types.MappingProxyType(
    {
        "ack": ("auto", "none"),
        "cancel": ("confirm", "reject", "silent"),
        "replace": ("confirm", "reject", "silent"),
        "query": ("answer", "silent", "not_found"),
        "dedup": ("reject", "none"),
        "exec_id_scope": ("broker", "order"),
    }
)


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
    config = _config(top.take("config", "an object") if top.has("config") else {}, where)
    broker = BrokerSettings()
    if top.has("broker"):
        broker = _broker(top.take("broker", "an object"), f"{where}: broker", broker)
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
        action = steps.ChangeBroker(_broker(value, f"{fields.where}: broker", broker))
    for name, parse in _ACTIONS.items():
        if fields.has(name):
            if action is not None:
                raise ScenarioError(f"{fields.where}: {name}: a step does one thing")
            action = parse(fields.take(name, "an object"), f"{fields.where}: {name}")
    fields.done()
    return Step(number, t, action)


def _config(value: object, where: str) -> EngineConfig:
    given = Fields(value, f"{where}: config")
    hints = typing.get_type_hints(EngineConfig)
    values: dict[str, typing.Any] = {}
    for field in fields(EngineConfig):
        if field.name in _OF_THE_VENUE or not given.has(field.name):
            continue
        values[field.name] = _setting(given, field.name, hints[field.name])
    given.done()
    return EngineConfig(**values)


def _setting(given: Fields, name: str, hint: object) -> object:
    if name == "arm":
        return given.one_of(name, ("auto", "manual"))
    if name == "instruments":
        return _instruments(given.take(name, "a list"), f"{given.where}: {name}")
    if name == "limits":
        return _limits(given.take(name, "an object"), f"{given.where}: {name}")
    if name == "roles":
        return _roles(given.take(name, "an object"), f"{given.where}: {name}")
    if hint is bool:
        return given.flag(name, False)
    if hint is str:
        return given.text(name)
    number = given.whole(name) if hint is int else given.number(name)
    if number < 0:
        raise given.wrong(name, "a number of at least 0", Decimal(number))
    return number


def _limits(value: object, where: str) -> Limits:
    """The same table as ``limits.toml``, as JSON."""
    try:
        return parse_limits(value, where)
    except LimitsError as error:
        raise ScenarioError(str(error)) from None


def _roles(value: object, where: str) -> tuple[UserRole, ...]:
    """``{"anna": "TRADER"}``."""
    if not isinstance(value, Mapping):
        raise ScenarioError(f"{where}: expected an object of users and roles")
    given = Fields(value, where)
    return tuple(UserRole(str(user), given.choice(str(user), Role)) for user in value)


def _instruments(value: object, where: str) -> tuple[Instrument, ...]:
    if not isinstance(value, list):
        raise ScenarioError(f"{where}: expected a list of instruments")
    found = []
    for index, item in enumerate(value):
        given = Fields(item, f"{where}[{index}]")
        found.append(
            Instrument(
                given.text("symbol"),
                lot=given.number("lot", Decimal(1)),
                tick=given.maybe_number("tick"),
                multiplier=given.number("multiplier", Decimal(1)),
                currency=given.text("currency", "USD"),
                kind=given.choice("kind", InstrumentKind) if given.has("kind") else None,
                underlying=given.text("underlying", ""),
                strike=given.maybe_number("strike"),
                expiry_day=_day(given) if given.has("expiry") else None,
            )
        )
        given.done()
    return tuple(found)


def _day(given: Fields) -> int:
    text = given.text("expiry")
    day = day_of(text)
    if day is None:
        raise given.wrong("expiry", "a date such as 2020-03-20", text)
    return day


def _broker(value: object, where: str, before: BrokerSettings) -> BrokerSettings:
    """The settings ``before`` with what is given now."""
    given = Fields(value, where)
    changed: dict[str, typing.Any] = {
        name: given.one_of(name, choices)
        for name, choices in _BROKER_CHOICES.items()
        if given.has(name)
    }
    changed["server_time"] = given.flag("server_time", before.server_time)
    changed["list_complete"] = given.flag("list_complete", before.list_complete)
    changed["skew_s"] = given.number("skew_s", before.skew_s)
    given.done()
    return dataclasses.replace(before, **changed)


def _submit(value: object, where: str) -> steps.Submit:
    try:
        return steps.Submit(parse_group(value))
    except BasketError as error:
        raise ScenarioError(f"{where}: {error.errors[0]}") from None


def _report(value: object, where: str) -> Report:
    given = Fields(value, where)
    report = Report(
        order=given.text("order", ""),
        cl_ord_id=given.text("cl_ord_id", ""),
        order_id=given.text("order_id", ""),
        request=given.whole("request", 0),
        exec_id=given.text("exec_id"),
        exec_type=given.choice("exec_type", ExecType),
        ord_status=given.choice("ord_status", OrdStatus),
        cum_qty=given.number("cum_qty"),
        leaves_qty=given.number("leaves_qty"),
        order_qty=given.maybe_number("order_qty"),
        last_qty=given.maybe_number("last_qty"),
        last_px=given.maybe_number("last_px"),
        avg_px=given.maybe_number("avg_px"),
        price=given.maybe_number("price"),
        exec_ref_id=given.text("exec_ref_id", ""),
        poss_dup=given.flag("poss_dup", False),
        server_time_s=given.maybe_number("server_time_s"),
        text=given.text("text", ""),
        symbol=given.text("symbol", ""),
        side=given.choice("side", Side) if given.has("side") else None,
    )
    given.done()
    if not (report.order or report.cl_ord_id or report.order_id):
        raise ScenarioError(f"{where}: order: expected order, cl_ord_id or order_id, none is there")
    return report


def _cancel_reject(value: object, where: str) -> steps.CancelReject:
    given = Fields(value, where)
    reject = steps.CancelReject(
        order=given.text("order"),
        request=given.whole("request", 1),
        ord_status=given.choice("ord_status", OrdStatus),
        reason=given.choice("reason", CxlRejReason),
        text=given.text("text", ""),
        server_time_s=given.maybe_number("server_time_s"),
    )
    given.done()
    return reject


def _state_update(value: object, where: str) -> steps.StateUpdate:
    given = Fields(value, where)
    update = steps.StateUpdate(given.text("event_id"), given.text("group"), given.text("state"))
    given.done()
    return update


def _raw(value: object, where: str) -> steps.Raw:
    """Taken as it is: text as the raw text itself, anything else as JSON."""
    order = value.get("order") if isinstance(value, Mapping) else None
    return steps.Raw(value, order if isinstance(order, str) else "")


def _truth(value: object, where: str) -> steps.Truth:
    given = Fields(value, where)
    external = given.has("external")
    if external:
        inner = given.take("external", "an object")
        given.done()
        given = Fields(inner, f"{where}: external")
    known = not given.flag("unknown", False)
    status = known and (external or given.has("ord_status") or not given.has("cum_qty"))
    truth = steps.Truth(
        order="" if external else given.text("order"),
        unknown=not known,
        external=external,
        cl_ord_id=given.text("cl_ord_id", ""),
        order_id=given.text("order_id", ""),
        ord_status=given.choice("ord_status", OrdStatus) if status else None,
        cum_qty=given.maybe_number("cum_qty"),
        leaves_qty=given.maybe_number("leaves_qty"),
        order_qty=given.maybe_number("order_qty"),
        avg_px=given.maybe_number("avg_px"),
        price=given.maybe_number("price"),
        symbol=given.text("symbol", ""),
        side=given.choice("side", Side) if given.has("side") else None,
        executions=_truth_executions(given),
    )
    given.done()
    if external and not (truth.cl_ord_id or truth.order_id):
        raise ScenarioError(f"{where}: external: expected cl_ord_id or order_id, none is there")
    return truth


def _truth_executions(given: Fields) -> tuple[steps.TruthExecution, ...] | None:
    if not given.has("executions"):
        return None
    listed = given.take("executions", "a list")
    if not isinstance(listed, list):
        raise given.wrong("executions", "a list", listed)
    found = []
    for index, item in enumerate(listed):
        each = Fields(item, f"{given.where}: executions[{index}]")
        qty = each.number("last_qty" if each.has("last_qty") else "qty")
        px = each.number("last_px" if each.has("last_px") else "px")
        found.append(steps.TruthExecution(each.text("exec_id"), qty, px))
        each.done()
    return tuple(found)


def _market(value: object, where: str) -> steps.Quote:
    given = Fields(value, where)
    zero = Decimal(0)
    quote = QuoteChanged(
        symbol=given.text("symbol"),
        bid=given.maybe_number("bid"),
        bid_size=given.number("bid_size", zero),
        ask=given.maybe_number("ask"),
        ask_size=given.number("ask_size", zero),
        last=given.maybe_number("last"),
    )
    given.done()
    return steps.Quote(quote)


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
        "submit": _submit,
        "report": _report,
        "cancel_reject": _cancel_reject,
        "state_update": _state_update,
        "raw": _raw,
        "truth": _truth,
        "market": _market,
        "trader": parse_trader,
        "crash": _crash,
        "restart": _restart,
        "local_clock": _local_clock,
        "expect": _expect,
    }
)
