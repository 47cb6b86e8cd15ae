"""What a connection panel shows of a FIX session.

Owns: the frozen read model and the watch that fills it. May not: touch the session. The watch
is told from the session's own thread and read on the loop's; each note is one assignment or
one append to a bounded ring, so neither waits for the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge

from engine.broker.fix.message import SOH, FixMessage, masked, named
from engine.broker.fix.tags import MSG_NAMES, Tag

LINES_MAX = 5_000
QUOTES_MAX = 500
"""Market data is kept in a ring of its own: else it would wash everything else out in minutes."""

_MARKET_DATA = frozenset({"V", "W", "X", "Y"})
_FRAME = frozenset({"8", "9", "10", "34", "35", "43", "49", "52", "56", "97", "122"})


class SessionState(StrEnum):
    """Where the session stands."""

    STOPPED = "STOPPED"
    CONNECTING = "CONNECTING"
    LOGON_SENT = "LOGON_SENT"
    LOGGED_ON = "LOGGED_ON"
    LOGOUT_SENT = "LOGOUT_SENT"
    DISCONNECTED = "DISCONNECTED"


class Direction(StrEnum):
    """Whose line it is: theirs, ours, or the session's own remark."""

    IN = "IN"
    OUT = "OUT"
    NOTE = "NOTE"


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One line of the raw log; ``number`` counts from 1 for good. ``warning``: somebody should
    look at it."""

    number: int
    wall_ns: int
    direction: Direction
    raw: str
    warning: bool = False

    @property
    def named(self) -> str:
        """The line with its tags named."""
        return named(self.raw) if self.direction is not Direction.NOTE else self.raw

    @property
    def body_first(self) -> str:
        """The same with the frame and the session's own fields at the end: what the message says
        comes first, and nothing of it is left out."""
        if self.direction is Direction.NOTE:
            return self.raw
        parts = [part for part in self.raw.split(SOH) if part]
        frame = [part for part in parts if part.split("=", 1)[0] in _FRAME]
        body = [part for part in parts if part.split("=", 1)[0] not in _FRAME]
        return named(SOH.join((*body, *frame)))

    @property
    def msg_type(self) -> str:
        """MsgType (35) as it stands there; "" for a remark, or where there is none."""
        return "" if self.direction is Direction.NOTE else _value(self.raw, "35=")

    @property
    def msg_name(self) -> str:
        """What the MsgType is called; the MsgType itself where that is not known."""
        return MSG_NAMES.get(self.msg_type, self.msg_type)

    @property
    def seq(self) -> int | None:
        """MsgSeqNum (34); None for a remark, or where there is no number."""
        text = "" if self.direction is Direction.NOTE else _value(self.raw, "34=")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    @property
    def is_beat(self) -> bool:
        """Whether it is a Heartbeat or a TestRequest: they say nothing but that somebody lives."""
        return self.msg_type in ("0", "1")

    @property
    def is_quote(self) -> bool:
        """Whether it is market data, or about it."""
        return self.msg_type in _MARKET_DATA


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session at one moment. Ages and the round trip are local nanoseconds; None: never.

    ``committed_in``: the last incoming MsgSeqNum that the engine has made durable; the others
    are asked for again after a crash. ``resend``: first and last number that we asked for and
    have not got yet. ``resends_served``: how often the counterparty asked us.
    ``mass_cancel``: the venue has it.
    """

    session: str
    venue: str
    state: SessionState
    why: str
    next_in: int
    next_out: int
    committed_in: int
    uncommitted: int
    waiting: int
    last_message_age_ns: int | None
    round_trip_ns: int | None
    resend: tuple[int, int] | None
    resends_served: int
    logons: int
    repeated: int
    refused: int
    open_questions: int
    warnings: int
    line_count: int
    mass_cancel: bool


def _number(line: SessionLine) -> int:
    return line.number


def _after(kept: tuple[SessionLine, ...], number: int) -> tuple[SessionLine, ...]:
    return kept[bisect_right(kept, number, key=_number) :]


def _value(raw: str, tag: str) -> str:
    """The first value of a tag that is not the message's first; anything can come."""
    at = raw.find(SOH + tag)
    if at < 0:
        return ""
    begin = at + 1 + len(tag)
    end = raw.find(SOH, begin)
    return raw[begin:] if end < 0 else raw[begin:end]


class SessionWatch:
    """Notes what happens on one session."""

    def __init__(self, mono_ns: Callable[[], int], wall_ns: Callable[[], int]) -> None:
        self._mono_ns = mono_ns
        self._wall_ns = wall_ns
        self._lines: deque[SessionLine] = deque(maxlen=LINES_MAX)
        self._quotes: deque[SessionLine] = deque(maxlen=QUOTES_MAX)
        self.line_count = 0
        self.state = SessionState.STOPPED
        self.why = ""
        self.heard_mono_ns: int | None = None
        self.round_trip_ns: int | None = None
        self.resend: tuple[int, int] | None = None
        self.resends_served = 0
        self.logons = 0
        self.repeated = 0
        self.refused = 0
        self.warnings = 0
        self._highest_in = 0
        self._test_id = ""
        self._test_sent_ns = 0

    def lines(self, after: int = 0) -> tuple[SessionLine, ...]:
        """The lines after line ``after``, as far as they are kept."""
        found = (_after(tuple(ring), after) for ring in (self._lines, self._quotes))
        return tuple(merge(*found, key=_number))

    def note(self, text: str, *, warning: bool = False) -> None:
        """A remark of the session's own."""
        if warning:
            self.warnings += 1
        self._add(Direction.NOTE, text, warning)

    def came(self, raw: str, seq: int) -> None:
        """A message came, whatever becomes of it."""
        self.heard_mono_ns = self._mono_ns()
        self._highest_in = max(self._highest_in, seq)
        self._add(Direction.IN, masked(raw), False)

    def went(self, message: FixMessage) -> None:
        """A message of ours went out."""
        self._add(Direction.OUT, masked(message.raw), False)
        match message.msg_type:
            case "A":
                self.state = SessionState.LOGON_SENT
            case "5":
                self.state = SessionState.LOGOUT_SENT
            case "2":
                begin = message.whole(Tag.BEGIN_SEQ_NO) or 0
                self.resend = (begin, max(begin, self._highest_in - 1))
                self.note(f"asked for messages from {begin} again")
            case "1":
                self._test_id = message.get(Tag.TEST_REQ_ID)
                self._test_sent_ns = self._mono_ns()

    def in_sequence(self, seq: int) -> None:
        """A message was taken in sequence: a resend ends with its last number."""
        if self.resend is not None and seq >= self.resend[1]:
            self.resend = None
            self.note("what was asked for again has come")

    def beat(self, message: FixMessage) -> None:
        """A Heartbeat that answers a TestRequest of ours measures the round trip."""
        if self._test_id and message.get(Tag.TEST_REQ_ID) == self._test_id:
            self.round_trip_ns = self._mono_ns() - self._test_sent_ns
            self._test_id = ""

    def asked_again(self, message: FixMessage) -> None:
        """The counterparty asks us for messages again."""
        self.resends_served += 1
        first, last = message.get(Tag.BEGIN_SEQ_NO), message.get(Tag.END_SEQ_NO)
        self.note(f"the counterparty asks for messages {first} to {last} again")

    def up(self) -> None:
        self.state, self.why = SessionState.LOGGED_ON, ""
        self.logons += 1

    def down(self, why: str) -> None:
        if self.state is not SessionState.STOPPED:
            self.state = SessionState.DISCONNECTED
        self.why, self.resend, self._highest_in = why, None, 0

    def repeat(self, message: FixMessage, *, differs: bool) -> None:
        self.repeated += 1
        name = MSG_NAMES.get(message.msg_type, message.msg_type)
        said = "came again; it differs, or is from before this start" if differs else "came again"
        self.note(f"{name} {message.seq} {said}", warning=differs)

    def refuse(self, seq: int, why: str) -> None:
        self.refused += 1
        self.note(f"message {seq} was refused by the session: {why}", warning=True)

    def age_ns(self) -> int | None:
        """How long ago anything was heard."""
        return None if self.heard_mono_ns is None else self._mono_ns() - self.heard_mono_ns

    def _add(self, direction: Direction, raw: str, warning: bool) -> None:
        self.line_count += 1
        line = SessionLine(self.line_count, self._wall_ns(), direction, raw, warning)
        (self._quotes if line.is_quote else self._lines).append(line)
