"""Reading one object of a scenario file, strictly.

Owns: ``ScenarioError`` and the checks of single fields. May not: know the steps. The first thing
that is wrong ends the reading: where, which field, what was expected, what stands there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from engine.errors import EngineError

E = TypeVar("E", bound=StrEnum)


class ScenarioError(EngineError):
    """A scenario file that cannot be run; the text says file, step, field and what was expected."""


class Fields:
    """The fields of one JSON object; each is taken once, ``done`` refuses what is left.

    ``where`` is the beginning of every message ("FILE: step 3: report"). Numbers in the JSON
    are ``Decimal``.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise ScenarioError(f"{where}: expected an object, got {show(value)}")
        self.where = where
        self._left = dict(value)

    def wrong(self, name: str, expected: str, got: object) -> ScenarioError:
        return ScenarioError(f"{self.where}: {name}: expected {expected}, got {show(got)}")

    def has(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str, expected: str) -> object:
        """The value of a field that must be there."""
        if name not in self._left:
            raise ScenarioError(f"{self.where}: {name}: expected {expected}, it is missing")
        return self._left.pop(name)

    def done(self) -> None:
        """Refuse the fields that nobody took."""
        for name in sorted(self._left):
            raise ScenarioError(f"{self.where}: {name}: no such field here")

    def text(self, name: str, default: str | None = None) -> str:
        if default is not None and name not in self._left:
            return default
        value = self.take(name, "text")
        if not isinstance(value, str):
            raise self.wrong(name, "text", value)
        return value

    def number(self, name: str, default: Decimal | None = None) -> Decimal:
        if default is not None and name not in self._left:
            return default
        return self._number(name, self.take(name, "a number"))

    def maybe_number(self, name: str) -> Decimal | None:
        if self._left.get(name) is None:
            self._left.pop(name, None)
            return None
        return self._number(name, self._left.pop(name))

    def whole(self, name: str, default: int | None = None) -> int:
        if default is not None and name not in self._left:
            return default
        value = self._number(name, self.take(name, "a whole number"))
        if value != value.to_integral_value():
            raise self.wrong(name, "a whole number", value)
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise self.wrong(name, "true or false", value)
        return value

    def choice(self, name: str, choices: type[E], default: E | None = None) -> E:
        if default is not None and name not in self._left:
            return default
        found = self.one_of(name, tuple(each.value for each in choices))
        return choices(found)

    def one_of(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        if default is not None and name not in self._left:
            return default
        expected = "one of " + ", ".join(choices)
        value = self.take(name, expected)
        if value not in choices or not isinstance(value, str):
            raise self.wrong(name, expected, value)
        return value

    def _number(self, name: str, value: object) -> Decimal:
        if isinstance(value, str):
            try:
                value = Decimal(value)
            except InvalidOperation:
                raise self.wrong(name, "a number", value) from None
        if not isinstance(value, Decimal) or not value.is_finite() or value.adjusted() > 18:
            raise self.wrong(name, "a number", value)
        return value


def show(value: object) -> str:
    """A value as it stood in the file, shortened."""
    text = to_json(value)
    return text if len(text) <= 80 else text[:77] + "..."


def to_json(value: object) -> str:
    """JSON text of a value read with decimals: numbers stay numbers, digit by digit."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(k)}: {to_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(to_json(each) for each in value) + "]"
    return _quoted(value)


def _quoted(value: object) -> str:
    return json.dumps(value)
