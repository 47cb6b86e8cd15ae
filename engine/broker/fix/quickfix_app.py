"""QuickFIX's callbacks and its log, for either end of a session.

Owns: what happens on QuickFIX's thread. May not: read a message's meaning, or start and stop
anything (``quickfix_link``). Needs the extra ``desk[fix]``.

QuickFIX calls back on its own thread. A callback that raises would end the process (the binding
calls ``exit``), so each is guarded. A message is taken from the log callback, as it stood
on the wire, and released when QuickFIX has accepted its sequence number.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import quickfix as fix

from engine.broker.fix.acknowledged import Mark, MarkFile
from engine.broker.fix.contents import Contents
from engine.broker.fix.handover import Handover
from engine.broker.fix.link import Arrived, Beat, LinkDown, LinkEvent, LinkUp, Refused, Repeated
from engine.broker.fix.message import SOH, FixMessage, FixUnreadable, parse_message
from engine.broker.fix.tags import Tag
from engine.broker.fix.veto_frames import VetoFrames
from engine.broker.fix.view import SessionWatch

RAW_KEPT_MAX = 100_000
_SEQ = re.compile(f"{SOH}34=(\\d{{1,18}}){SOH}")
_TYPE = re.compile(f"{SOH}35=([^{SOH}]*){SOH}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """How one end behaves.

    ``accepts``: the acceptor's end. ``resendable``: the message types that may be sent again
    in a later connection, or be kept for a counterparty that is away; all others are then
    replaced by a gap fill, because an order that arrives late is another order. ``stamp``:
    SendingTime instead of the local clock's. ``logon_fields``: added to our Logon.
    ``accept_port``: where an acceptor listens, for this machine only.
    """

    settings_text: str
    accepts: bool
    resendable: frozenset[str] = frozenset()
    stamp: Callable[[], str] | None = None
    logon_fields: tuple[tuple[int, str], ...] = ()
    accept_port: int = 0


class SessionApp(fix.Application):  # type: ignore[misc]
    """QuickFIX's callbacks. All but the constructor run on QuickFIX's thread, or, for our own
    messages, on the sender's."""

    def __init__(self, policy: LinkPolicy, watch: SessionWatch, marks: MarkFile | None) -> None:
        fix.Application.__init__(self)
        self.queue: Handover[LinkEvent] | None = None
        self.session: fix.Session | None = None
        self.session_id: fix.SessionID | None = None
        self.is_up = False
        self.activity = 0
        self._comp_ids = ("", "")
        self._policy = policy
        self._watch = watch
        self._marks = marks
        self._epoch = marks.mark.epoch if marks is not None else 0
        self._last_seq = marks.mark.seq if marks is not None else 0
        self._raw: OrderedDict[int, str] = OrderedDict()
        self._contents = Contents()
        self._vetoes = VetoFrames()
        self._why = ""
        self._logon_seq = 0
        self._began = False

    def close(self) -> None:
        self.session = None
        self.is_up = False
        self._vetoes.release()

    # -- QuickFIX's callbacks --------------------------------------------------------------

    def onCreate(self, session_id: fix.SessionID) -> None:
        with _guarded("onCreate"):
            names = (session_id.getSenderCompID(), session_id.getTargetCompID())
            self._comp_ids = (str(names[0].getValue()), str(names[1].getValue()))
            self.session_id = fix.SessionID("FIX.4.4", *self._comp_ids)
            self.session = fix.Session.lookupSession(session_id)
            self._set_back()

    def onLogon(self, session_id: fix.SessionID) -> None:
        with _guarded("onLogon"):
            self.is_up, self._why = True, ""
            self._watch.up()
            self._hand_over(LinkUp())

    def onLogout(self, session_id: fix.SessionID) -> None:
        with _guarded("onLogout"):
            self.is_up = False
            self._raw.clear()
            why = self._why or "the connection ended"
            self._watch.down(why)
            self._hand_over(LinkDown(why))
            self._why = ""

    def toAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:
        with _guarded("toAdmin"):
            self._stamp(message)
            header = message.getHeader()
            if header.getField(int(Tag.MSG_TYPE)) == "A":
                self._logon_seq = int(header.getField(int(Tag.MSG_SEQ_NUM)))
                for tag, value in self._policy.logon_fields:
                    message.setField(fix.StringField(tag, value))

    def toApp(self, message: fix.Message, session_id: fix.SessionID) -> None:
        """Called under the session's lock, right before a message is stored and sent."""
        veto = True
        with _guarded("toApp"):
            self._stamp(message)
            header = message.getHeader()
            keeps = header.getField(int(Tag.MSG_TYPE)) in self._policy.resendable
            if header.isSetField(int(Tag.POSS_DUP_FLAG)):
                # A number of this very connection: the counterparty has queued it, or missed
                # it. A gap fill over it would take back what was handed over a moment ago.
                fresh = int(header.getField(int(Tag.MSG_SEQ_NUM))) > self._logon_seq
            else:
                fresh = self.session is not None and self.session.isLoggedOn()
            veto = not (keeps or fresh)
        if veto:
            self._vetoes.note(sys._getframe())
            raise fix.DoNotSend("not sent")

    def fromAdmin(self, message: fix.Message, session_id: fix.SessionID) -> None:
        with _guarded("fromAdmin"):
            header = message.getHeader()
            seq = int(header.getField(int(Tag.MSG_SEQ_NUM)))
            raw = self._raw.pop(seq, "") or _clean(message.toString())
            read = parse_message(raw)
            match read.msg_type:
                case "A":
                    if seq <= self._last_seq and not read.is_poss_dup:
                        self._begin_epoch()
                case "0" | "1":
                    self._watch.beat(read)
                    self._hand_over(Beat(raw))
                case "2":
                    self._watch.asked_again(read)
                case "3":
                    self._hand_over(Arrived(raw, seq, self._epoch))
                case "4":
                    self._watch.in_sequence((read.whole(Tag.NEW_SEQ_NO) or 1) - 1)
                case "5":
                    self._why = f"logged out by the counterparty: {read.get(Tag.TEXT) or '-'}"
            if read.msg_type in ("0", "1", "3"):
                self._watch.in_sequence(seq)

    def fromApp(self, message: fix.Message, session_id: fix.SessionID) -> None:
        with _guarded("fromApp"):
            seq = int(message.getHeader().getField(int(Tag.MSG_SEQ_NUM)))
            raw = self._raw.pop(seq, "") or _clean(message.toString())
            self._last_seq = seq
            self._contents.note(seq, raw)
            self._watch.in_sequence(seq)
            self._hand_over(Arrived(raw, seq, self._epoch))

    # -- QuickFIX's log --------------------------------------------------------------------

    def came(self, raw: str) -> None:
        """As it stood on the wire, before QuickFIX looks at it."""
        with _guarded("onIncoming"):
            self.activity += 1
            is_whole, raw = _adds_up(raw), _clean(raw)
            found = _SEQ.search(raw)
            seq = int(found.group(1)) if found and is_whole else 0
            self._watch.came(raw, seq)
            if not seq:
                self._watch.note("that message cannot be used; it is passed over", warning=True)
                return
            if f"{SOH}43=Y{SOH}" in raw and self._is_repeat(raw, seq):
                return
            self._raw[seq] = raw
            if len(self._raw) > RAW_KEPT_MAX:
                self._raw.popitem(last=False)

    def went(self, raw: str) -> None:
        with _guarded("onOutgoing"):
            message = parse_message(raw)
            self._watch.went(message)
            is_reject = message.msg_type in ("3", "j") and not message.is_poss_dup
            refused = message.whole(Tag.REF_SEQ_NUM) if is_reject else None
            if refused and refused in self._raw:
                self._tell_refused(refused, message.get(Tag.TEXT))

    def remarked(self, text: str) -> None:
        with _guarded("onEvent"):
            grave = _is_grave(text)
            if grave:
                self._why = text
            self._watch.note(_clean(text), warning=grave)

    # -- inside ----------------------------------------------------------------------------

    def _set_back(self) -> None:
        """Persist before acknowledge: begin at the first message that is not committed."""
        if self._marks is None or self.session is None or self._began:
            return
        self._began = True
        expected = self.session.getExpectedTargetNum()
        wanted = self._marks.mark.seq + 1
        if wanted < expected:
            self.session.setNextTargetMsgSeqNum(wanted)
            self._watch.note(
                f"messages {wanted} to {expected - 1} were received and not committed; "
                "they are asked for again"
            )
        elif wanted > expected:
            self._begin_epoch(expected - 1)

    def _begin_epoch(self, seq: int = 0) -> None:
        """The counterparty's numbers begin again. Written before QuickFIX counts on."""
        self._epoch += 1
        self._last_seq = seq
        self._contents.clear()
        self._watch.note("the sequence numbers begin again", warning=True)
        if self._marks is not None:
            self._marks.save(Mark(self._epoch, seq))

    def _is_repeat(self, raw: str, seq: int) -> bool:
        """Whether its number was received before; if it is a message for us, it is told."""
        if self.session is None or seq >= int(self.session.getExpectedTargetNum()):
            return False
        try:
            message = parse_message(raw)
        except FixUnreadable:
            return True
        if not message.is_admin and self._is_ours(message):
            same = self._contents.is_same(seq, raw)
            self._watch.repeat(message, differs=not same)
            if not same:
                self._hand_over(Repeated(raw))
        return True

    def _is_ours(self, message: FixMessage) -> bool:
        return self._comp_ids == (
            message.get(Tag.TARGET_COMP_ID),
            message.get(Tag.SENDER_COMP_ID),
        )

    def _tell_refused(self, seq: int, why: str) -> None:
        """QuickFIX has refused a message. One ahead of its turn will come again."""
        if self.session is None or self.session.getExpectedTargetNum() != seq + 1:
            return
        raw = self._raw.pop(seq)
        found = _TYPE.search(raw)
        self._watch.refuse(seq, why)
        if found and found.group(1) not in "012345A":
            self._last_seq = max(self._last_seq, seq)
            self._hand_over(Refused(raw, why, seq, self._epoch))

    def _stamp(self, message: fix.Message) -> None:
        if self._policy.stamp is not None:
            header = message.getHeader()
            header.setField(fix.StringField(int(Tag.SENDING_TIME), self._policy.stamp()))

    def _hand_over(self, event: LinkEvent) -> None:
        assert self.queue is not None
        self.queue.put(event)


class _Log(fix.Log):  # type: ignore[misc]
    """QuickFIX's log as an ear."""

    def __init__(self, app: SessionApp) -> None:
        fix.Log.__init__(self)
        self._app = app

    def clear(self) -> None:
        return None

    def backup(self) -> None:
        return None

    def onIncoming(self, raw: str) -> None:
        self._app.came(raw)

    def onOutgoing(self, raw: str) -> None:
        self._app.went(raw)

    def onEvent(self, text: str) -> None:
        self._app.remarked(text)


class LogEar(fix.LogFactory):  # type: ignore[misc]
    """Makes the session's log, and the one of QuickFIX itself."""

    def __init__(self, app: SessionApp) -> None:
        fix.LogFactory.__init__(self)
        self._app = app
        self._made: list[_Log] = []

    def create(self, session_id: fix.SessionID | None = None) -> object:
        """QuickFIX becomes the owner; without ``__disown__`` the log is freed twice."""
        log = _Log(self._app)
        self._made.append(log)
        return log.__disown__()

    def destroy(self, log: object) -> None:
        return None


def _clean(text: str) -> str:
    """Bytes that are no UTF-8 cannot be stored; they are shown as such."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _adds_up(raw: str) -> bool:
    """Whether the check sum is right: a damaged number must not stand for another message."""
    body, mark, rest = raw.rpartition(f"{SOH}10=")
    total = sum(f"{body}{SOH}".encode("utf-8", "surrogateescape")) % 256
    return bool(mark) and rest == f"{total:03d}{SOH}"


_GRAVE = (
    "Timed out", "too low", "Rejected", "not valid", "Logout", "refused", "Deny",
    "Session not found", "Socket Error", "Connection reset", "Incorrect",
)  # fmt: skip


def _is_grave(text: str) -> bool:
    """Whether a remark of QuickFIX's is one that somebody should see."""
    return any(word in text for word in _GRAVE) and "Already sent" not in text


@contextlib.contextmanager
def _guarded(what: str) -> Iterator[None]:
    """Nothing may leave a callback: the binding would end the process."""
    try:
        yield
    except Exception:
        _log.exception("the FIX session's callback %s failed", what)
