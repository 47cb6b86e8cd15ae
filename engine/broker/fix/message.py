"""One FIX message as tags and values.

Owns: reading and writing the ``tag=value`` text, repeating groups, the readable form for the
log. May not: know a message type's meaning (``incoming``, ``outgoing``) or a socket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType

from engine.broker.fix.stamps import parse_stamp
from engine.broker.fix.tags import HEADER, MSG_NAMES, Tag, tag_name

SOH = "\x01"
ADMIN = frozenset("012345A")
_SECRET = frozenset({Tag.PASSWORD, Tag.RAW_DATA})
_FRAME = frozenset({Tag.BEGIN_STRING, Tag.BODY_LENGTH, Tag.CHECK_SUM, Tag.MSG_TYPE})
_MSG_TYPE = int(Tag.MSG_TYPE)
_SECRET_MARKS = tuple(f"{SOH}{tag:d}=" for tag in sorted(_SECRET))
Pair = tuple[int, str]


class FixUnreadable(ValueError):
    """A message that cannot be used; the text is a sentence: where, what, what was expected."""


@dataclass(frozen=True, slots=True)
class Group:
    """A repeating group to send. The first tag of each entry is the group's delimiter."""

    count_tag: int
    entries: tuple[tuple[Pair, ...], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to send, without what the session adds (CompIDs, MsgSeqNum, SendingTime)."""

    msg_type: str
    fields: tuple[Pair, ...]
    groups: tuple[Group, ...] = ()
    poss_resend: bool = False

    def pairs(self) -> tuple[Pair, ...]:
        """All of it in wire order, groups spelled out."""
        found: list[Pair] = [(Tag.POSS_RESEND, "Y")] if self.poss_resend else []
        found += self.fields
        for group in self.groups:
            found.append((group.count_tag, str(len(group.entries))))
            for entry in group.entries:
                found += entry
        return tuple(found)


@dataclass(frozen=True, slots=True)
class FixMessage:
    """A message received. ``fields``: everything but the frame (8, 9, 35, 10), in wire order."""

    msg_type: str
    fields: tuple[Pair, ...]
    raw: str = ""
    _first: Mapping[int, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Read backwards, so that the first of several stands.
        object.__setattr__(self, "_first", MappingProxyType(dict(self.fields[::-1])))

    def get(self, tag: int, default: str = "") -> str:
        """The first value of this tag."""
        return self._first.get(tag, default)

    def has(self, tag: int) -> bool:
        return tag in self._first

    def need(self, tag: int) -> str:
        """The value of a tag that must be there and not empty. Raises ``FixUnreadable``."""
        value = self._first.get(tag, "")
        if not value:
            raise FixUnreadable(f"{self.name}: {tag_name(tag)} ({tag}) is missing")
        return value

    def number(self, tag: int) -> Decimal | None:
        """A quantity or price; None: the tag is not there. Raises ``FixUnreadable``."""
        value = self._first.get(tag)
        return None if value is None else self._decimal(tag, value)

    def need_number(self, tag: int) -> Decimal:
        return self._decimal(tag, self.need(tag))

    def whole(self, tag: int) -> int | None:
        """A count; None: the tag is not there. Raises ``FixUnreadable``."""
        value = self._first.get(tag)
        if value is None:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 18):
            raise self._wrong(tag, value, "a whole number")
        return int(value)

    def flag(self, tag: int) -> bool:
        return self._first.get(tag) == "Y"

    def instant(self, tag: int) -> int | None:
        """A UTCTimestamp in nanoseconds; None: not there, or no UTCTimestamp."""
        value = self._first.get(tag)
        return None if value is None else parse_stamp(value)

    def entries(self, count_tag: int, first_tag: int) -> list[dict[int, str]]:
        """The entries of a repeating group; each begins with ``first_tag``. Raises
        ``FixUnreadable`` when their number is not the one announced."""
        announced = self.whole(count_tag)
        if not announced:
            return []
        found: list[dict[int, str]] = []
        inside = False
        for tag, value in self.fields:
            if tag == count_tag:
                inside = True
            elif inside and tag == first_tag:
                found.append({tag: value})
            elif inside and found:
                found[-1].setdefault(tag, value)
        if len(found) != announced:
            raise self._wrong(count_tag, str(announced), f"{len(found)}, as entries were found")
        return found

    @property
    def name(self) -> str:
        return MSG_NAMES.get(self.msg_type, f"MsgType {self.msg_type}")

    @property
    def seq(self) -> int:
        """MsgSeqNum; 0: none that can be read."""
        value = self.get(Tag.MSG_SEQ_NUM)
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 18 else 0

    @property
    def is_admin(self) -> bool:
        return self.msg_type in ADMIN

    @property
    def is_poss_dup(self) -> bool:
        return self.flag(Tag.POSS_DUP_FLAG)

    def _decimal(self, tag: int, value: str) -> Decimal:
        number = _number(value)
        if number is None:
            raise self._wrong(tag, value, "a number")
        return number

    def _wrong(self, tag: int, got: str, expected: str) -> FixUnreadable:
        return FixUnreadable(
            f"{self.name}: {tag_name(tag)} ({tag}): expected {expected}, got {got[:60]!r}"
        )


@lru_cache(maxsize=8_192)
def _number(text: str) -> Decimal | None:
    """The same few prices and quantities come again and again."""
    try:
        number = Decimal(text) if len(text) <= 40 else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


@lru_cache(maxsize=1_024)
def _tag(text: str) -> int:
    """A tag's number; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def parse_message(raw: str) -> FixMessage:
    """Read ``8=FIX.4.4|9=…|35=8|…|10=…|`` (with SOH). The session has checked length and sum.

    Raises ``FixUnreadable``.
    """
    fields: list[Pair] = []
    msg_type = ""
    for part in raw.split(SOH):
        if not part:
            continue
        tag_text, equals, value = part.partition("=")
        tag = _tag(tag_text)
        if not (tag and equals):
            raise FixUnreadable(f"not a tag and a value: {part[:60]!r}")
        if tag not in _FRAME:
            fields.append((tag, value))
        elif tag == _MSG_TYPE and not msg_type:
            msg_type = value
    if not msg_type:
        raise FixUnreadable("MsgType (35) is missing")
    return FixMessage(msg_type, tuple(fields), raw)


def received(draft: Draft, header: Sequence[Pair] = ()) -> FixMessage:
    """The message that the other side reads when this draft arrives with this header."""
    pairs = (*header, *draft.pairs())
    return FixMessage(draft.msg_type, pairs, frame(draft.msg_type, pairs))


def frame(msg_type: str, pairs: Sequence[Pair], begin_string: str = "FIX.4.4") -> str:
    """The whole text of a message, with BodyLength and CheckSum."""
    ordered = [p for p in pairs if p[0] in HEADER] + [p for p in pairs if p[0] not in HEADER]
    body = "".join(f"{tag:d}={value}{SOH}" for tag, value in ((Tag.MSG_TYPE, msg_type), *ordered))
    begun = f"8={begin_string}{SOH}9={len(body.encode('latin-1', 'replace'))}{SOH}{body}"
    total = sum(begun.encode("latin-1", "replace")) % 256
    return f"{begun}10={total:03d}{SOH}"


def named(raw: str) -> str:
    """The message for people: ``MsgType=D NewOrderSingle  ClOrdID=G1-1  …``. Anything can come."""
    shown = []
    for part in raw.split(SOH):
        tag_text, equals, value = part.partition("=")
        if not equals or not tag_text.isdigit() or len(tag_text) > 9:
            if part:
                shown.append(part)
            continue
        tag = int(tag_text)
        if tag == Tag.MSG_TYPE:
            value = f"{value} {MSG_NAMES.get(value, '')}".rstrip()
        shown.append(f"{tag_name(tag)}={value}")
    return "  ".join(shown)


def masked(raw: str) -> str:
    """The message without its secrets, for logs."""
    if not any(mark in raw for mark in _SECRET_MARKS):
        return raw
    parts = raw.split(SOH)
    for index, part in enumerate(parts):
        tag_text, equals, _ = part.partition("=")
        if equals and tag_text.isdigit() and int(tag_text) in _SECRET:
            parts[index] = f"{tag_text}=***"
    return SOH.join(parts)
