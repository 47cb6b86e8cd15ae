"""Where each value of a JSON text stands: the line of every path.

Owns: JSON input with exact numbers and line numbers, so that an error can say where. May not:
know what the values mean. Numbers become ``Decimal``; NaN and Infinity are refused, as is a
name given twice in one object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class JsonError(ValueError):
    """A text that is no JSON we take: what, and in which line."""

    def __init__(self, what: str, line: int | None) -> None:
        self.what = what
        self.line = line
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class LinedJson:
    """A JSON value and the line, from 1, at which each path (``groups[0].legs[1]``) begins."""

    value: object
    lines: dict[str, int]

    def line(self, path: str) -> int | None:
        """The line of ``path``, or of the innermost part of it that exists."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get("")


def read_json(text: str) -> LinedJson:
    """Read a whole JSON text. Raises ``JsonError`` with what is wrong and the line."""
    try:
        value = json.loads(
            text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        raise JsonError(f"{error.msg} (column {error.colno})", error.lineno) from error
    except RecursionError as error:
        raise JsonError("objects nested too deeply", None) from error
    return LinedJson(value, dict(_unique(_paths(text))))


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is not a number", None)


def _unique(paths: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    seen: set[str] = set()
    for path, line in paths:
        if path in seen:
            raise JsonError(f"{path} is given twice", line)
        seen.add(path)
        yield path, line


@dataclass(slots=True)
class _Open:
    """One object or list that is being read: its path, and the name or index that comes next."""

    path: str
    is_list: bool
    index: int = 0
    name: str | None = None

    def next_path(self) -> str:
        if self.is_list:
            return f"{self.path}[{self.index}]"
        return f"{self.path}.{self.name}" if self.path else str(self.name)


def _paths(text: str) -> Iterator[tuple[str, int]]:
    """Path and line of every value in a text that is known to be valid JSON."""
    stack: list[_Open] = []
    line, counted = 1, 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        line += text.count("\n", counted, match.start())
        counted = match.start()
        inside = stack[-1] if stack else None
        if token in "}]":
            stack.pop()
        elif token == ",":
            assert inside is not None, "the text is valid JSON"
            inside.index += 1
            inside.name = None
        elif inside is not None and not inside.is_list and inside.name is None:
            inside.name = json.loads(token)
        elif token != ":":
            path = inside.next_path() if inside is not None else ""
            yield path, line
            if token in "{[":
                stack.append(_Open(path, token == "["))
