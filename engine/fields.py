"""Reading one field of an outside object: text, id, choice, number; and what is wrong with it.

Owns: ``FieldError`` and the checks that are the same for every field. May not: know what a group
or a leg is (``baskets``). A value is never guessed: what does not fit is an error that says
where, what was expected and what was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

NUMBER_MAX = Decimal(10) ** 12
DECIMALS_MAX = 10

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_TEXT_EXPECTED = "1 to 64 printable characters without blanks at the ends"

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong: where (``field`` is a path such as ``legs[0].quantity``, ``line``
    counts from 1 where the source has lines), what was expected, what was found.
    ``confirmable``: only soft limits stand against it, which can be confirmed."""

    field: str
    expected: str
    got: str
    line: int | None = None
    confirmable: bool = False

    def __str__(self) -> str:
        at = f"line {self.line}: " if self.line is not None else ""
        return f"{at}{self.field}: expected {self.expected}, got {self.got}"


class FieldReader:
    """Reads fields of one object and collects every error instead of stopping at the first.

    Each reader returns None when the value is wrong; ``where`` is the path of the object.
    """

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def ident(self, obj: Mapping[str, object], where: str, name: str) -> str | None:
        value = obj.get(name)
        if isinstance(value, str) and _ID.fullmatch(value):
            return value
        self.wrong(join(where, name), "1 to 64 of A-Z a-z 0-9 _ . -", value)
        return None

    def text(
        self,
        obj: Mapping[str, object],
        where: str,
        name: str,
        default: str | None = None,
        *,
        needed: bool = True,
    ) -> str | None:
        value = obj.get(name)
        if value is None and (default is not None or not needed):
            return default
        if isinstance(value, str) and _is_text(value):
            return value
        self.wrong(join(where, name), _TEXT_EXPECTED, value)
        return None

    def choice(
        self,
        obj: Mapping[str, object],
        where: str,
        name: str,
        choices: tuple[E, ...],
        default: E | None = None,
        *,
        needed: bool = True,
    ) -> E | None:
        value = obj.get(name)
        if value is None and (default is not None or not needed):
            return default
        for choice in choices:
            if isinstance(value, str) and value == choice.value:
                return choice
        self.wrong(join(where, name), " or ".join(choices), value)
        return None

    def number(
        self,
        obj: Mapping[str, object],
        where: str,
        name: str,
        *,
        needed: bool = True,
        zero: bool = False,
        lot: Decimal | None = None,
        below: Decimal = NUMBER_MAX,
    ) -> Decimal | None:
        value = obj.get(name)
        if value is None and not needed:
            return None
        expected = f"a number {'≥' if zero else '>'} 0 and < {below:f}"
        number = _decimal(value)
        if number is None or number < 0 or (number == 0 and not zero) or number >= below:
            self.wrong(join(where, name), expected, value)
        elif _decimals(number) > DECIMALS_MAX:
            self.wrong(join(where, name), f"at most {DECIMALS_MAX} decimals", value)
        elif lot is not None and number % lot != 0:
            self.wrong(join(where, name), f"a multiple of the lot {lot:f}", value)
        else:
            return Decimal(f"{number:f}")
        return None

    def no_others(self, obj: Mapping[str, object], where: str, known: tuple[str, ...]) -> None:
        for name in obj:
            if name not in known:
                self.errors.append(
                    FieldError(join(where, str(name)), f"one of {', '.join(known)}", "another name")
                )

    def wrong(self, field: str, expected: str, got: object) -> None:
        self.errors.append(FieldError(field, expected, shown(got)))


def shown(value: object) -> str:
    """A found value as an error shows it, in at most 60 characters."""
    if value is None:
        return "nothing"
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        text = str(value)
    elif isinstance(value, Mapping):
        text = "an object"
    elif isinstance(value, list | tuple):
        text = "a list"
    else:
        text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _is_text(value: str) -> bool:
    return 1 <= len(value) <= 64 and value.isprintable() and value == value.strip()


def _decimals(number: Decimal) -> int:
    """Digits after the point, not counting trailing zeros. Exact: no context rounds here."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int), "only finite numbers come here"
    written = "".join(map(str, digits))
    return -exponent - (len(written) - len(written.rstrip("0"))) if any(digits) else 0


def _decimal(value: object) -> Decimal | None:
    """The exact finite number a value stands for; a float by its shortest text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        value = str(value)
    if not isinstance(value, str) or len(value) > 64 or not _NUMBER.fullmatch(value):
        return None
    return Decimal(value)
