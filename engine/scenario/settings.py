"""Reading a scenario's ``config`` and ``broker``.

Owns: the names and values that may stand there. May not: know what they do.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal

from engine.core.limits.rules import Limits
from engine.core.model import EngineConfig, Instrument, UserRole
from engine.core.terms import InstrumentKind, Role
from engine.instruments_file import day_of
from engine.limits_file import LimitsError, parse_limits
from engine.scenario.reading import Fields, ScenarioError
from engine.scenario.steps import BrokerSettings

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


def parse_config(value: object, where: str) -> EngineConfig:
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


def parse_broker(value: object, where: str, before: BrokerSettings) -> BrokerSettings:
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
