"""Expectations: a path into the report and the value that stands there.

Owns: finding a path and comparing values. May not: build the report.
A path is keys joined by "."; a key may contain dots itself (group ids), so the longest key that
fits is tried first. ``#`` is the length of a list or object.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from engine.scenario.reading import show


class _Missing:
    """The value of a path that leads nowhere."""


MISSING = _Missing()


def check(report: object, path: str, expected: object) -> str:
    """What is wrong with an expectation, or "" when it holds. ``null`` also fits "not there"."""
    actual = find(report, path)
    if isinstance(actual, _Missing):
        return "" if expected is None else f"{path}: expected {show(expected)}, it is not there"
    if same(expected, actual):
        return ""
    return f"{path}: expected {show(expected)}, got {show(actual)}"


def find(value: object, path: str) -> object:
    """The value at a path, or ``MISSING``."""
    if path == "":
        return value
    for key, child, rest in _ways(value, path):
        del key
        found = find(child, rest)
        if not isinstance(found, _Missing):
            return found
    if path == "#" and isinstance(value, dict | list):
        return len(value)
    return MISSING


def _ways(value: object, path: str) -> Iterator[tuple[str, object, str]]:
    """The children a path may lead to and the path that is left, longest key first."""
    if isinstance(value, dict):
        for key in sorted(value, key=len, reverse=True):
            if path == key:
                yield key, value[key], ""
            elif path.startswith(f"{key}."):
                yield key, value[key], path[len(key) + 1 :]
    if isinstance(value, list):
        head, _, rest = path.partition(".")
        if head.isdecimal() and int(head) < len(value):
            yield head, value[int(head)], rest


def same(expected: object, actual: object) -> bool:
    """Whether two JSON values are the same; a number equals its text ("100" and 100.0)."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            same(expected[key], actual[key]) for key in expected
        )
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if expected == actual:
        return True
    one, other = _number(expected), _number(actual)
    return one is not None and one == other


def _number(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, str):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return None
