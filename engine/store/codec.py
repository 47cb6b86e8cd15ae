"""Dataclasses to JSON text and back, exactly.

Owns: the one mapping between records and stored text, derived from type hints once per class.
May not: know any particular record. ``Decimal`` is a JSON string, an enum its value, a tuple or
list an array, ``None`` null, a nested dataclass an object, a union of dataclasses an object with
a ``"kind"``. A field that still has its default is left out, so to change a default is to change
the schema. Decoding is strict: an unknown key, a missing key without a default, or a value of
another type raises ``CodecError`` with the path to it.

The encoder of a class is generated source, as ``dataclasses`` generates ``__init__``:
encoding stands in every cycle and a walk over fields costs five times as much.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from json.encoder import encode_basestring_ascii
from typing import Any, TypeVar

T = TypeVar("T")
Encoder = Callable[[Any], str]
Decoder = Callable[[Any, str], Any]

quote = encode_basestring_ascii
"""JSON text of a string, in ASCII."""


class CodecError(ValueError):
    """Stored text does not fit the record it is read into."""


class Codec:
    """Encoders and decoders by class, each made when first needed.

    ``omit``: fields that are kept elsewhere, as ``{class: {field names}}``; they are neither
    written nor read and get their default.
    """

    def __init__(self, omit: Mapping[type, frozenset[str]] | None = None) -> None:
        self._omit = dict(omit or {})
        self._encoders: dict[type, Encoder] = {}
        self._decoders: dict[type, Callable[[Any, str], Any]] = {}

    def encode(self, record: Any) -> str:
        """JSON text of a dataclass instance."""
        return self.encoder(type(record))(record)

    def decode(self, cls: type[T], text: str) -> T:
        """The ``cls`` that ``text`` holds. Raises ``CodecError``."""
        try:
            value = json.loads(text)
        except ValueError as error:
            raise CodecError(f"{cls.__name__}: not JSON: {error}") from None
        return typing.cast(T, self.decoder(cls)(value, cls.__name__))

    def encoder(self, cls: type) -> Encoder:
        """The encoder of a dataclass: instance to JSON text."""
        found = self._encoders.get(cls)
        if found is None:
            found = self._encoders[cls] = self._make_encoder(cls)
        return found

    def decoder(self, cls: type) -> Decoder:
        """The decoder of a dataclass: parsed JSON and a path for messages to an instance."""
        found = self._decoders.get(cls)
        if found is None:
            found = self._decoders[cls] = self._make_decoder(cls)
        return found

    def _fields(self, cls: type) -> list[tuple[dataclasses.Field[Any], Any]]:
        hints = typing.get_type_hints(cls)
        omitted = self._omit.get(cls, frozenset())
        return [(f, hints[f.name]) for f in dataclasses.fields(cls) if f.name not in omitted]

    def _make_encoder(self, cls: type) -> Encoder:
        """A field that still has its default is left out: shorter rows, less to write."""
        names: dict[str, Any] = {"quote": quote}
        parts: list[str] = []
        for field, hint in self._fields(cls):
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
        optional, hint = _split_optional(hint)
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
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return lambda value: self.encoder(hint)(value)
        if origin in (typing.Union, types.UnionType):
            return self.encode_tagged
        if origin in (list, tuple) and _is_uniform(origin, arguments):
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
        text = self.encode(record)
        comma = "," if text != "{}" else ""
        return f'{{"kind":"{type(record).__name__}"{comma}{text[1:]}'

    def _make_decoder(self, cls: type) -> Decoder:
        decoders, required = {}, set()
        for field, hint in self._fields(cls):
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
        optional, hint = _split_optional(hint)
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
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            return lambda value, where: self.decoder(hint)(value, where)
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return self._tagged_decoder(arguments)
        if origin in (list, tuple) and _is_uniform(origin, arguments):
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
            return self.decoder(by_name[kind])(rest, where)

        return decode


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
    if default in ("", False) and isinstance(default, str | bool):
        return access
    if default is None or isinstance(default, Decimal | Enum):
        names[f"default_{field.name}"] = default
        return f"{access} is not default_{field.name}"
    return ""


def _enum_texts(cls: type[Enum]) -> dict[Enum, str]:
    """The JSON text of each member."""
    return {member: quote(member.value) for member in cls}


def _split_optional(hint: Any) -> tuple[bool, Any]:
    """Whether ``hint`` admits None, and what it is otherwise."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return False, hint
    arguments = typing.get_args(hint)
    rest = tuple(each for each in arguments if each is not types.NoneType)
    if len(rest) == len(arguments):
        return False, hint
    return True, rest[0] if len(rest) == 1 else typing.Union[rest]  # noqa: UP007


def _is_uniform(origin: Any, arguments: tuple[Any, ...]) -> bool:
    return origin is list or (len(arguments) == 2 and arguments[1] is Ellipsis)


def _array_encoder(each: Encoder) -> Encoder:
    return lambda values: "[" + ",".join([each(value) for value in values]) + "]"


def _tuple_encoder(parts: list[Encoder]) -> Encoder:
    return lambda v: "[" + ",".join([e(x) for e, x in zip(parts, v, strict=True)]) + "]"


def _object_encoder(each: Encoder) -> Encoder:
    return lambda v: "{" + ",".join([quote(k) + ":" + each(x) for k, x in v.items()]) + "}"


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
