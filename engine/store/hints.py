"""What a dataclass says about its fields, for the codec.

Owns: reading type hints. May not: encode or decode.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

Omitted = Mapping[type, frozenset[str]]
"""Fields that are kept elsewhere, by class."""


def fields_of(cls: type, omit: Omitted) -> list[tuple[dataclasses.Field[Any], Any]]:
    """The fields of a dataclass with their types, without the omitted ones."""
    hints = typing.get_type_hints(cls)
    omitted = omit.get(cls, frozenset())
    return [(f, hints[f.name]) for f in dataclasses.fields(cls) if f.name not in omitted]


def is_record(hint: Any) -> bool:
    """Whether a type is a dataclass."""
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def split_optional(hint: Any) -> tuple[bool, Any]:
    """Whether ``hint`` admits None, and what it is otherwise."""
    if not is_union(hint):
        return False, hint
    arguments = typing.get_args(hint)
    rest = tuple(each for each in arguments if each is not types.NoneType)
    if len(rest) == len(arguments):
        return False, hint
    return True, rest[0] if len(rest) == 1 else typing.Union[rest]  # noqa: UP007


def is_uniform(origin: Any, arguments: tuple[Any, ...]) -> bool:
    """Whether an array type has any number of one type of element."""
    return origin is list or (len(arguments) == 2 and arguments[1] is Ellipsis)
