"""Strict reading of the adapter's TOML files: one table after the other, every error kept.

Owns: the checks of single values. May not: know which settings there are (``config``,
``profile``). An unknown key is an error, as is a value of the wrong kind; nothing is guessed.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from engine.broker.fix.errors import FixError

Choice = TypeVar("Choice", bound=StrEnum)
_MISSING = object()


def read_toml(path: Path) -> dict[str, object]:
    """The file's tables. Raises ``FixError``."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise FixError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise FixError(f"{path}: is not UTF-8 text ({error})") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FixError(f"{path}: is not TOML: {error}") from error


class Errors:
    """The errors of one file."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: list[str] = []

    def add(self, where: str, expected: str, got: object) -> None:
        shown = "nothing" if got is None else repr(got)[:60]
        self._found.append(f"{where}: expected {expected}, got {shown}")

    def unknown(self, where: str, name: str, known: Sequence[str]) -> None:
        near = difflib.get_close_matches(name, known, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        self._found.append(f"{where}: unknown{hint}; known here: {', '.join(known)}")

    def raise_any(self) -> None:
        """Raise ``FixError`` with everything that is wrong, if anything is."""
        if self._found:
            lines = "\n".join(f"  {line}" for line in self._found)
            raise FixError(f"{self._source} has settings to mend:\n{lines}")


class Table:
    """One table. What is asked for is known; ``close`` reports the rest."""

    def __init__(self, values: object, where: str, errors: Errors) -> None:
        self._where = where
        self._errors = errors
        self._known: list[str] = []
        self._values: Mapping[str, object] = {}
        if isinstance(values, dict):
            self._values = values
        else:
            errors.add(where, f"a table [{where}]", values)

    def table(self, name: str) -> Table:
        found = self._take(name, {})
        return Table(found, self._path(name), self._errors)

    def names(self) -> tuple[str, ...]:
        return tuple(self._values)

    def has(self, name: str) -> bool:
        self._known.append(name)
        return name in self._values

    def text(self, name: str, default: str | None = None, *, most: int = 200) -> str:
        """Printable text; without a default it must be there and not be empty."""
        value = self._take(name, _MISSING if default is None else default)
        may_be_empty = default is not None
        if isinstance(value, str) and value.isprintable() and value.isascii():
            fits = len(value) <= most and (value != "" or may_be_empty)
            if fits:
                return value
        self._wrong(name, f"1 to {most} printable ASCII characters in quotes", value)
        return default or ""

    def whole(self, name: str, default: int | None, least: int, most: int) -> int:
        value = self._take(name, _MISSING if default is None else default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self._wrong(name, f"a whole number from {least} to {most}", value)
        return default or least

    def seconds(self, name: str, default: float, most: float = 3600.0) -> float:
        value = self._take(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most:
            return float(value)
        self._wrong(name, f"seconds, more than 0 and at most {most:g}", value)
        return default

    def flag(self, name: str, default: bool) -> bool:
        value = self._take(name, default)
        if isinstance(value, bool):
            return value
        self._wrong(name, "true or false", value)
        return default

    def choice(self, name: str, kind: type[Choice], default: Choice) -> Choice:
        value = self._take(name, default.value)
        for member in kind:
            if value == member.value:
                return member
        self._wrong(name, " or ".join(f'"{member.value}"' for member in kind), value)
        return default

    def texts(self, name: str, most: int = 10_000) -> tuple[str, ...]:
        value = self._take(name, [])
        items = value if isinstance(value, list) and len(value) <= most else [None]
        if all(isinstance(item, str) and item and item.isprintable() for item in items):
            return tuple(str(item) for item in items)
        self._wrong(name, "a list of texts", value)
        return ()

    def close(self) -> None:
        """Report every name that nobody asked for."""
        for name in self._values:
            if name not in self._known:
                self._errors.unknown(self._path(name), name, self._known)

    def wrong(self, name: str, expected: str, got: object) -> None:
        """Report a value that is of the right kind and still cannot be used."""
        self._wrong(name, expected, got)

    def _take(self, name: str, default: object) -> object:
        self._known.append(name)
        found = self._values.get(name, default)
        return None if found is _MISSING else found

    def _path(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def _wrong(self, name: str, expected: str, got: object) -> None:
        self._errors.add(self._path(name), expected, got)
