"""Dataclasses to JSON text, fast.

Owns: the encoders, made from type hints once per class. May not: read anything back.
The encoder of a class is generated source, as ``dataclasses`` generates ``__init__``: encoding
stands in every cycle and a walk over fields costs five times as much.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring_ascii
from typing import Any

from engine.store.hints import Omitted, fields_of, is_record, is_uniform, is_union, split_optional

Encoder = Callable[[Any], str]

quote = encode_basestring_ascii
"""JSON text of a string, in ASCII."""


class Encoders:
    """Encoders by class, each made when first needed."""

    def __init__(self, omit: Omitted) -> None:
        self._omit = omit
        self._made: dict[type, Encoder] = {}

    def of(self, cls: type) -> Encoder:
        """The encoder of a dataclass: instance to JSON text."""
        found = self._made.get(cls)
        if found is None:
            found = self._made[cls] = self._make(cls)
        return found

    def _make(self, cls: type) -> Encoder:
        """A field that still has its default is left out: shorter rows, less to write."""
        names: dict[str, Any] = {"quote": quote}
        parts: list[str] = []
        for field, hint in fields_of(cls, self._omit):
            access = f"o.{field.name}"
            expression = self._expression(hint, access, names, field.name)
            text = f"{',' + quote(field.name) + ':'!r} + {expression}"
            test = _default_test(field, access, names)
            parts.append(f"({text} if {test} else '')" if test else text)
        joined = f"''.join(({', '.join(parts)},))[1:]" if parts else "''"
        source = f"def encode(o):\n    return '{{' + {joined} + '}}'\n"
        exec(compile(source, f"<encoder of {cls.__name__}>", "exec"), names)
        return typing.cast(Encoder, names["encode"])

    def _expression(self, hint: Any, access: str, names: dict[str, Any], stem: str) -> str:
        """Source of an expression that gives the JSON text of ``access``."""
        optional, hint = split_optional(hint)
        if optional:
            inner = self._expression(hint, access, names, stem)
            return f'("null" if {access} is None else {inner})'
        simple = _SIMPLE.get(hint)
        if simple is not None:
            return simple.format(access)
        if isinstance(hint, type) and issubclass(hint, Enum):
            names[(table := f"{stem}_{len(names)}")] = _enum_texts(hint)
            return f"{table}[{access}]"
        name = f"{stem}_{len(names)}"
        names[name] = self._element_encoder(hint)
        return f"{name}({access})"

    def _element_encoder(self, hint: Any) -> Encoder:
        """An encoder for anything that is not a plain value."""
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if is_record(hint):
            return lambda value: self.of(hint)(value)
        if is_union(hint):
            return self.encode_tagged
        if origin in (list, tuple) and is_uniform(origin, arguments):
            return _array_encoder(self._value_encoder(arguments[0]))
        if origin is tuple:
            return _tuple_encoder([self._value_encoder(each) for each in arguments])
        if origin is dict and arguments[0] is str:
            return _object_encoder(self._value_encoder(arguments[1]))
        raise TypeError(f"the codec knows no {hint!r}")

    def _value_encoder(self, hint: Any) -> Encoder:
        names: dict[str, Any] = {"quote": quote}
        expression = self._expression(hint, "v", names, "value")
        return typing.cast(Encoder, eval(f"lambda v: {expression}", names))

    def encode_tagged(self, record: Any) -> str:
        """JSON text of one member of a union, with its class name as ``"kind"``."""
        text = self.of(type(record))(record)
        comma = "," if text != "{}" else ""
        return f'{{"kind":"{type(record).__name__}"{comma}{text[1:]}'


_SIMPLE: Mapping[Any, str] = types.MappingProxyType(
    {
        str: "quote({})",
        int: "str({})",
        bool: '("true" if {} else "false")',
        Decimal: '("\\"" + str({}) + "\\"")',
    }
)


def _default_test(field: dataclasses.Field[Any], access: str, names: dict[str, Any]) -> str:
    """Source of the test that a field has not its default; "" when it is always written.

    Numbers and enums are compared by identity where equality would lose a digit ("0.00")."""
    if field.default_factory is not dataclasses.MISSING:
        return access if field.default_factory() in ([], {}) else ""
    default = field.default
    if default is dataclasses.MISSING:
        return ""
    if default == "" or (isinstance(default, int) and not default):
        return access
    if default is True:
        return f"not {access}"
    if default is None or isinstance(default, Decimal | Enum):
        names[f"default_{field.name}"] = default
        return f"{access} is not default_{field.name}"
    return ""


def _enum_texts(cls: type[Enum]) -> dict[Enum, str]:
    """The JSON text of each member."""
    return {member: quote(member.value) for member in cls}


def _array_encoder(each: Encoder) -> Encoder:
    return lambda values: "[" + ",".join([each(value) for value in values]) + "]"


def _tuple_encoder(parts: list[Encoder]) -> Encoder:
    return lambda v: "[" + ",".join([e(x) for e, x in zip(parts, v, strict=True)]) + "]"


def _object_encoder(each: Encoder) -> Encoder:
    return lambda v: "{" + ",".join([quote(k) + ":" + each(x) for k, x in v.items()]) + "}"
