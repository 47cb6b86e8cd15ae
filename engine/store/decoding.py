"""JSON values to dataclasses, strictly.

Owns: the decoders, made from type hints once per class, and ``CodecError``. May not: guess. What
does not fit is refused with the path to it.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from engine.store.hints import Omitted, fields_of, is_record, is_uniform, is_union, split_optional

Decoder = Callable[[Any, str], Any]


class CodecError(ValueError):
    """Stored text does not fit the record it is read into."""


class Decoders:
    """Decoders by class, each made when first needed."""

    def __init__(self, omit: Omitted) -> None:
        self._omit = omit
        self._made: dict[type, Decoder] = {}

    def of(self, cls: type) -> Decoder:
        """The decoder of a dataclass: parsed JSON and a path for messages to an instance."""
        found = self._made.get(cls)
        if found is None:
            found = self._made[cls] = self._make(cls)
        return found

    def _make(self, cls: type) -> Decoder:
        decoders, required = {}, set()
        for field, hint in fields_of(cls, self._omit):
            decoders[field.name] = self._value_decoder(hint)
            if (
                field.default is dataclasses.MISSING
                and field.default_factory is dataclasses.MISSING
            ):
                required.add(field.name)

        def decode(value: Any, where: str) -> Any:
            if type(value) is not dict:
                raise CodecError(f"{where}: expected an object, got {value!r}")
            unknown = value.keys() - decoders.keys()
            if unknown:
                raise CodecError(f"{where}: unknown field {min(unknown)!r}")
            missing = required - value.keys()
            if missing:
                raise CodecError(f"{where}: field {min(missing)!r} is missing")
            return cls(**{k: decoders[k](v, f"{where}.{k}") for k, v in value.items()})

        return decode

    def _value_decoder(self, hint: Any) -> Decoder:
        optional, hint = split_optional(hint)
        decoder = self._plain_decoder(hint)
        if not optional:
            return decoder
        return lambda value, where: None if value is None else decoder(value, where)

    def _plain_decoder(self, hint: Any) -> Decoder:
        if hint in (str, int, bool):
            return _typed(hint)
        if hint is Decimal:
            return _decimal
        if isinstance(hint, type) and issubclass(hint, Enum):
            return _enum(hint)
        if is_record(hint):
            return lambda value, where: self.of(hint)(value, where)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if is_union(hint):
            return self._tagged_decoder(arguments)
        if origin in (list, tuple) and is_uniform(origin, arguments):
            return _array_decoder(origin, self._value_decoder(arguments[0]))
        if origin is tuple:
            return _tuple_decoder([self._value_decoder(each) for each in arguments])
        if origin is dict and arguments[0] is str:
            return _object_decoder(self._value_decoder(arguments[1]))
        raise TypeError(f"the codec knows no {hint!r}")

    def _tagged_decoder(self, members: tuple[Any, ...]) -> Decoder:
        by_name = {member.__name__: member for member in members}

        def decode(value: Any, where: str) -> Any:
            kind = value.get("kind") if type(value) is dict else None
            if kind not in by_name:
                raise CodecError(f"{where}: expected a kind of {sorted(by_name)}, got {kind!r}")
            rest = {k: v for k, v in value.items() if k != "kind"}
            return self.of(by_name[kind])(rest, where)

        return decode


def _typed(expected: type) -> Decoder:
    def decode(value: Any, where: str) -> Any:
        if type(value) is not expected:
            raise CodecError(f"{where}: expected {expected.__name__}, got {value!r}")
        return value

    return decode


def _decimal(value: Any, where: str) -> Decimal:
    if type(value) is not str:
        raise CodecError(f"{where}: expected a decimal as text, got {value!r}")
    try:
        return Decimal(value)
    except InvalidOperation:
        raise CodecError(f"{where}: expected a decimal as text, got {value!r}") from None


def _enum(cls: type[Enum]) -> Decoder:
    by_value: dict[Any, Enum] = {member.value: member for member in cls}

    def decode(value: Any, where: str) -> Enum:
        found = by_value.get(value) if isinstance(value, str) else None
        if found is None:
            raise CodecError(f"{where}: expected one of {list(by_value)}, got {value!r}")
        return found

    return decode


def _array(value: Any, where: str) -> list[Any]:
    if type(value) is not list:
        raise CodecError(f"{where}: expected an array, got {value!r}")
    return value


def _array_decoder(make: type, each: Decoder) -> Decoder:
    return lambda value, where: make(
        each(item, f"{where}[{index}]") for index, item in enumerate(_array(value, where))
    )


def _tuple_decoder(parts: list[Decoder]) -> Decoder:
    def decode(value: Any, where: str) -> tuple[Any, ...]:
        if len(_array(value, where)) != len(parts):
            raise CodecError(f"{where}: expected {len(parts)} values, got {len(value)}")
        return tuple(d(v, f"{where}[{i}]") for i, (d, v) in enumerate(zip(parts, value)))  # noqa: B905

    return decode


def _object_decoder(each: Decoder) -> Decoder:
    def decode(value: Any, where: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise CodecError(f"{where}: expected an object, got {value!r}")
        return {key: each(item, f"{where}[{key!r}]") for key, item in value.items()}

    return decode
