"""Messages of the paper exchange as JSON objects, one a line.

Owns: the translation between the engine's frozen values and JSON, both ways and strict. May
not: know sockets or interpret a message.

An object is ``{"type": NAME, field: value, ...}``; fields that hold their default are left
out. Decimals are strings, enums their names, instants integers. Anything else (an unknown
type, an unknown or missing field, a value of the wrong kind) is refused with a ``WireError``
that says which field, what was found and what was expected.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from engine.broker.paper.contracts import plain
from engine.core import decisions, events
from engine.core.model import Instrument

VERSION = 2
_PARTS = frozenset({Instrument.__name__, events.PositionClaim.__name__})
"""Parts of messages, no messages themselves."""
Decoder = Callable[[object, str], object]


class WireError(ValueError):
    """A line that is no message of this protocol; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The server's first line: what the venue declares about itself and what it trades."""

    version: int
    name: str
    rejects_duplicates: bool
    exec_id_per_order: bool
    description: str
    instruments: tuple[Instrument, ...]
    server_time_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """The client wants quotes of these symbols; None: of all."""

    symbols: tuple[str, ...] | None = None


def to_json(message: object) -> str:
    """One message as one line of JSON, without the line end."""
    return json.dumps(_encode(message), separators=(",", ":"), ensure_ascii=True)


def from_json(line: str | bytes) -> object:
    """The message in one line. Raises ``WireError``."""
    try:
        value = json.loads(line, parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not a JSON object we take: {error}") from error
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise WireError('expected an object with a "type"')
    name = value.pop("type")
    shape = _SHAPES.get(name)
    if shape is None or name in _PARTS:
        raise WireError(f"unknown message type {name!r}; expected one of {', '.join(_SHAPES)}")
    return _build(shape, value, name)


def _refuse(text: str) -> object:
    raise ValueError(f"number {text}; expected a string or an integer")


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one class is read: a decoder per field, and the fields that must be there."""

    cls: type
    decoders: Mapping[str, Decoder]
    required: frozenset[str]
    defaults: Mapping[str, object]


def _encode(message: object) -> dict[str, object]:
    name = type(message).__name__
    shape = _SHAPES[name]
    result: dict[str, object] = {"type": name}
    for field, default in shape.defaults.items():
        value = getattr(message, field)
        if value != default:
            result[field] = _encode_value(value)
    return result


def _encode_value(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, tuple):
        return [_encode_value(item) for item in value]
    if dataclasses.is_dataclass(value):
        return _encode(value)
    return value


def _build(shape: _Shape, value: dict[str, object], where: str) -> object:
    for name in value:
        if name not in shape.decoders:
            expected = ", ".join(shape.decoders)
            raise WireError(f"{where}: unknown field {name!r}; expected one of {expected}")
    missing = shape.required - value.keys()
    if missing:
        raise WireError(f"{where}: field {', '.join(sorted(missing))} is missing")
    fields = {k: shape.decoders[k](v, f"{where}.{k}") for k, v in value.items()}
    return shape.cls(**fields)


def _wrong(where: str, got: object, expected: str) -> WireError:
    return WireError(f"{where}: got {str(got)[:80]!r}; expected {expected}")


def _decode_decimal(value: object, where: str) -> object:
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise _wrong(where, value, "a decimal number as a string")
    return number


def _decode_plain(cls: type, expected: str) -> Decoder:
    def decode(value: object, where: str) -> object:
        if type(value) is not cls:
            raise _wrong(where, value, expected)
        return value

    return decode


def _decode_enum(cls: type[StrEnum]) -> Decoder:
    def decode(value: object, where: str) -> object:
        if not isinstance(value, str) or value not in cls.__members__:
            raise _wrong(where, value, f"one of {', '.join(cls)}")
        return cls(value)

    return decode


def _decode_optional(inner: Decoder) -> Decoder:
    return lambda value, where: None if value is None else inner(value, where)


def _decode_tuple(inner: Decoder) -> Decoder:
    def decode(value: object, where: str) -> object:
        if not isinstance(value, list):
            raise _wrong(where, value, "a list")
        return tuple(inner(item, f"{where}[{i}]") for i, item in enumerate(value))

    return decode


def _decode_object(cls: type) -> Decoder:
    def decode(value: object, where: str) -> object:
        if not isinstance(value, dict) or value.pop("type", None) != cls.__name__:
            raise _wrong(where, value, f"an object of type {cls.__name__}")
        return _build(_SHAPES[cls.__name__], value, where)

    return decode


_PLAIN: Mapping[type, Decoder] = MappingProxyType(
    {
        str: _decode_plain(str, "text"),
        int: _decode_plain(int, "an integer"),
        bool: _decode_plain(bool, "true or false"),
        Decimal: _decode_decimal,
    }
)


def _decoder(hint: Any) -> Decoder:
    """The decoder for one field's type."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, UnionType):
        (inner,) = (a for a in get_args(hint) if a is not NoneType)
        return _decode_optional(_decoder(inner))
    if get_origin(hint) is tuple:
        return _decode_tuple(_decoder(get_args(hint)[0]))
    if issubclass(hint, StrEnum):
        return _decode_enum(hint)
    return _decode_object(hint)


def _shape(cls: type) -> _Shape:
    hints = get_type_hints(cls)
    fields = dataclasses.fields(cls)
    none = dataclasses.MISSING
    return _Shape(
        cls,
        {f.name: _decoder(hints[f.name]) for f in fields},
        frozenset(f.name for f in fields if f.default is none),
        {f.name: f.default for f in fields},
    )


_SHAPES: Mapping[str, _Shape] = MappingProxyType(
    {
        cls.__name__: _shape(cls)
        for cls in (
            decisions.SendOrder, decisions.SendCancel, decisions.SendReplace,
            decisions.AskOrder, decisions.AskOpenOrders, decisions.AskExecutions,
            decisions.AskPositions, events.PositionsListed, events.PositionClaim,
            events.ExecutionReport, events.CancelRejected, events.OrderNotFound,
            events.QueryFailed, events.OpenOrdersListed, events.ExecutionsListed,
            events.HeartbeatReceived, events.QuoteChanged, Instrument, Hello, Watch,
        )
    }
)  # fmt: skip
