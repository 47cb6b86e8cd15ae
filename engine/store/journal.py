"""Reading the journal back, entry by entry.

Owns: the way from a journal row to the envelope that made it. May not: apply anything (the shell's
``replay`` does).
"""

from __future__ import annotations

import json
import sqlite3
import typing
from collections.abc import Iterator
from types import MappingProxyType

from engine.core import commands
from engine.core.events import BrokerEvent, EngineEvent, Envelope, QuoteChanged
from engine.store.batch import RECALLED, JournalEntry
from engine.store.codec import Codec
from engine.store.decoding import CodecError

KINDS = MappingProxyType(
    {
        cls.__name__: cls
        for cls in (
            *typing.get_args(BrokerEvent),
            *typing.get_args(EngineEvent),
            *(
                value
                for value in vars(commands).values()
                if isinstance(value, type) and issubclass(value, commands.Command)
            ),
        )
    }
)
"""Every input by the name it is journaled under."""


def entries(connection: sqlite3.Connection, codec: Codec, after: int = 0) -> Iterator[JournalEntry]:
    """The entries with a higher number than ``after``, in order. Raises ``CodecError``."""
    rows = connection.execute(
        "SELECT seq, run, mono_ns, wall_ns, kind, payload, context FROM journal"
        " WHERE seq > ? ORDER BY seq",
        (after,),
    )
    for seq, run, mono_ns, wall_ns, kind, payload, context in rows:
        body: object
        if kind == RECALLED:
            body = json.loads(payload)
        elif kind in KINDS:
            body = codec.decode(KINDS[kind], payload)
        else:
            raise CodecError(f"journal entry {seq}: unknown kind {kind!r}")
        known, quotes = _context(context, codec)
        yield JournalEntry(seq, run, Envelope(mono_ns, wall_ns, body, quotes, known), kind)


def _context(context: str | None, codec: Codec) -> tuple[dict[str, str], dict[str, QuoteChanged]]:
    if context is None:
        return {}, {}
    value = json.loads(context)
    decode = codec.decoder(QuoteChanged)
    quotes = {symbol: decode(each, f"quotes.{symbol}") for symbol, each in value["quotes"].items()}
    return value["known"], quotes
