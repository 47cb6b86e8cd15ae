"""Dataclasses to JSON text and back, exactly.

Owns: the one mapping between records and stored text, derived from type hints once per class.
May not: know any particular record. ``Decimal`` is a JSON string, an enum its value, a tuple or
list an array, ``None`` null, a nested dataclass an object, a union of dataclasses an object with
a ``"kind"``. A field that still has its default is left out, so to change a default is to change
the schema. Decoding is strict: an unknown key, a missing key without a default, or a value of
another type raises ``CodecError`` with the path to it.
"""

from __future__ import annotations

import json
import typing
from typing import Any, TypeVar

from engine.store.decoding import CodecError, Decoder, Decoders
from engine.store.encoding import Encoders
from engine.store.hints import Omitted

T = TypeVar("T")


class Codec:
    """``omit``: fields that are kept elsewhere, as ``{class: {field names}}``; they are neither
    written nor read and get their default."""

    def __init__(self, omit: Omitted | None = None) -> None:
        self._encoders = Encoders(omit or {})
        self._decoders = Decoders(omit or {})

    def encode(self, record: Any) -> str:
        """JSON text of a dataclass instance."""
        return self._encoders.of(type(record))(record)

    def decode(self, cls: type[T], text: str) -> T:
        """The ``cls`` that ``text`` holds. Raises ``CodecError``."""
        try:
            value = json.loads(text)
        except ValueError as error:
            raise CodecError(f"{cls.__name__}: not JSON: {error}") from None
        return typing.cast(T, self._decoders.of(cls)(value, cls.__name__))

    def decoder(self, cls: type) -> Decoder:
        """The decoder of a dataclass, for JSON that is parsed already."""
        return self._decoders.of(cls)

    def prepare(self, cls: type) -> None:
        """Make the encoder and decoder of a class now; ``TypeError`` when it has a field that
        cannot be stored."""
        self._encoders.of(cls)
        self._decoders.of(cls)
