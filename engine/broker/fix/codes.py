"""FIX 4.4's one-letter codes and the engine's words.

Owns: the tables between codes and enumerations. May not: hold rules about them.
Source: FIX 4.4, volume 6: OrdStatus (39), ExecType (150), Side (54), OrdType (40),
TimeInForce (59), CxlRejReason (102).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from engine.broker.fix.message import FixMessage, FixUnreadable
from engine.broker.fix.tags import tag_name
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, OrdType, Side, TimeInForce

Word = TypeVar("Word", bound=StrEnum)

SIDES: Mapping[str, Side] = MappingProxyType(
    {"1": Side.BUY, "2": Side.SELL, "5": Side.SELL, "6": Side.SELL}
)
ORD_TYPES: Mapping[str, OrdType] = MappingProxyType(
    {"1": OrdType.MARKET, "2": OrdType.LIMIT, "4": OrdType.STOP_LIMIT}
)
TIFS: Mapping[str, TimeInForce] = MappingProxyType(
    {"0": TimeInForce.DAY, "1": TimeInForce.GTC, "3": TimeInForce.IOC, "4": TimeInForce.FOK}
)
ORD_STATUSES: Mapping[str, OrdStatus] = MappingProxyType(
    {
        "0": OrdStatus.NEW, "1": OrdStatus.PARTIALLY_FILLED, "2": OrdStatus.FILLED,
        "3": OrdStatus.DONE_FOR_DAY, "4": OrdStatus.CANCELED, "5": OrdStatus.REPLACED,
        "6": OrdStatus.PENDING_CANCEL, "7": OrdStatus.STOPPED, "8": OrdStatus.REJECTED,
        "9": OrdStatus.SUSPENDED, "A": OrdStatus.PENDING_NEW, "B": OrdStatus.CALCULATED,
        "C": OrdStatus.EXPIRED, "E": OrdStatus.PENDING_REPLACE,
    }
)  # fmt: skip
EXEC_TYPES: Mapping[str, ExecType] = MappingProxyType(
    {
        "0": ExecType.NEW, "3": ExecType.DONE_FOR_DAY, "4": ExecType.CANCELED,
        "5": ExecType.REPLACED, "6": ExecType.PENDING_CANCEL, "7": ExecType.STOPPED,
        "8": ExecType.REJECTED, "9": ExecType.SUSPENDED, "A": ExecType.PENDING_NEW,
        "B": ExecType.CALCULATED, "C": ExecType.EXPIRED, "D": ExecType.RESTATED,
        "E": ExecType.PENDING_REPLACE, "F": ExecType.TRADE, "G": ExecType.TRADE_CORRECT,
        "H": ExecType.TRADE_CANCEL, "I": ExecType.ORDER_STATUS,
    }
)  # fmt: skip
OLD_FILLS = frozenset("12")
"""ExecType PARTIAL_FILL and FILL of FIX 4.2; 4.4 says TRADE."""

CXL_REJ_REASONS: Mapping[str, CxlRejReason] = MappingProxyType(
    {"0": CxlRejReason.TOO_LATE, "1": CxlRejReason.UNKNOWN_ORDER, "3": CxlRejReason.ALREADY_PENDING}
)


def _codes(*tables: Mapping[str, StrEnum]) -> Mapping[tuple[type, str], str]:
    found: dict[tuple[type, str], str] = {}
    for table in tables:
        for code, word in table.items():
            found.setdefault((type(word), word.value), code)
    return MappingProxyType(found)


_CODES = _codes(SIDES, ORD_TYPES, TIFS, ORD_STATUSES, EXEC_TYPES, CXL_REJ_REASONS)


def code(word: StrEnum) -> str:
    """The code for a word. ``CxlRejReason.OTHER`` is 99 (Other)."""
    return "99" if word is CxlRejReason.OTHER else _CODES[(type(word), word.value)]


def read_code(message: FixMessage, tag: int, table: Mapping[str, Word]) -> Word:
    """The word for a field that must be there. Raises ``FixUnreadable``."""
    value = message.need(tag)
    word = table.get(value)
    if word is None:
        known = ", ".join(table)
        raise FixUnreadable(
            f"{message.name}: {tag_name(tag)} ({tag}): expected one of {known}, got {value[:20]!r}"
        )
    return word
