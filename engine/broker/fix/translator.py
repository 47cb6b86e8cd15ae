"""The desk's end as a pure translation: decisions to drafts, messages to events.

Owns: which message becomes which event, given what was sent and asked. May not: know QuickFIX,
sockets or clocks. Everything that comes in is read here, by message type, in ``read``.

A refusal is translated into the answer that the engine waits for: a BusinessMessageReject or
session Reject of an order is that order's rejection (it was never taken), of a cancel or
replace a CancelRejected, of a question a QueryFailed. Which message was meant is found by
BusinessRejectRefID, else by RefSeqNum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.broker.fix import incoming, outgoing
from engine.broker.fix.market_data import TopOfBook
from engine.broker.fix.message import Draft, FixMessage, FixUnreadable
from engine.broker.fix.profile import VenueProfile
from engine.broker.fix.questions import OpenQuestion, OpenQuestions, unanswerable
from engine.broker.fix.sent import SentMessage, SentMessages
from engine.broker.fix.tags import Tag
from engine.core.decisions import AskExecutions, AskOrder, Outbound, Question
from engine.core.events import (
    BrokerEvent,
    CancelRejected,
    ExecutionReport,
    HeartbeatReceived,
    OrderNotFound,
    QueryFailed,
    RawReceived,
)
from engine.core.terms import CxlRejReason, ExecType, OrdStatus

UNKNOWN_ID = "1"
"""BusinessRejectReason (380): unknown ID."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message comes to. ``note``: a line for the session's log, "" for none."""

    events: tuple[BrokerEvent, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """How a question goes out: as a draft, or answered at once because it cannot be asked."""

    draft: Draft | None
    answer: BrokerEvent | None = None
    wire_id: str = ""


class Translator:
    """One session's translation. ``nonce`` makes the ids of questions this life's own."""

    def __init__(self, profile: VenueProfile, nonce: str) -> None:
        self.profile = profile
        self.questions = OpenQuestions(profile, nonce)
        self.sent = SentMessages()
        self._book = TopOfBook()
        self._by_type: Mapping[str, Callable[[FixMessage], Reading]] = {
            "8": self._report,
            "9": self._cancel_reject,
            "AE": self._trade_capture,
            "AQ": self._trade_capture_ack,
            "B": self._news,
            "W": self._market_data,
            "X": self._market_data,
            "j": self._business_reject,
            "3": self._business_reject,
            "r": self._mass_cancel_report,
            "Y": self._market_data_reject,
        }

    # -- out -------------------------------------------------------------------------------

    def outbound(self, message: Outbound, now_ns: int) -> Draft:
        """Raises ``outgoing.Unsendable``."""
        return outgoing.draft_outbound(message, self.profile, now_ns)

    def ask(self, question: Question, now_s: float) -> Asking:
        """How this question goes out, or why it does not."""
        answer = unanswerable(question, self.profile)
        if answer is not None:
            return Asking(None, answer)
        wire_id = self.questions.open(question, now_s)
        if wire_id is None:
            cl_ord_id = question.cl_ord_id if isinstance(question, AskOrder) else ""
            return Asking(None, QueryFailed(question.query_id, cl_ord_id, "too many are open"))
        if isinstance(question, AskOrder):
            draft = outgoing.draft_status_request(question, wire_id, self.profile)
        elif isinstance(question, AskExecutions):
            draft = outgoing.draft_executions(wire_id, question.since_ns, self.profile)
        else:
            draft = outgoing.draft_mass_status(wire_id, self.profile)
        return Asking(draft, None, wire_id)

    def link_up(self) -> None:
        """A new link: what was known of quotes and of the venue's recovery is void."""
        self._book.clear()
        self.questions.recovered = not self.profile.recovery_marker

    def link_down(self, why: str) -> list[BrokerEvent]:
        return self.questions.fail_all(why)

    # -- in --------------------------------------------------------------------------------

    def read(self, message: FixMessage) -> Reading:
        """What one application message comes to. Total: what cannot be read is ``RawReceived``."""
        reader = self._by_type.get(message.msg_type)
        if reader is None:
            why = f"{message.name} is not spoken here"
            return Reading((RawReceived(message.raw, why, incoming.made_at(message)),), why)
        try:
            return reader(message)
        except FixUnreadable as error:
            at_ns = incoming.made_at(message)
            return Reading((RawReceived(message.raw, str(error), at_ns),), str(error))

    def _report(self, message: FixMessage) -> Reading:
        wire_id = incoming.query_id_of(message)
        if not wire_id:
            return Reading((incoming.read_report(message, self.profile),))
        asked = self.questions.find(wire_id)
        if asked is None:
            return self._unasked_answer(message, wire_id)
        if message.get(Tag.MASS_STATUS_REQ_ID):
            return self._mass_status(message, wire_id, asked)
        self.questions.close(wire_id)
        at_ns = incoming.made_at(message)
        if incoming.says_unknown_order(message):
            cl_ord_id = asked.question.cl_ord_id if isinstance(asked.question, AskOrder) else ""
            return Reading((OrderNotFound(cl_ord_id, asked.query_id, at_ns),))
        return Reading((incoming.read_report(message, self.profile, asked.query_id),))

    def _unasked_answer(self, message: FixMessage, wire_id: str) -> Reading:
        """An answer to no open question is old, except that some venues keep the id of a
        request on what happens to the order later: that is news."""
        if message.get(Tag.EXEC_TYPE) == "I" or message.get(Tag.MASS_STATUS_REQ_ID):
            at_ns = None if message.is_poss_dup else incoming.made_at(message)
            note = f"answer to the question {wire_id}, which is not open; passed over"
            return Reading((HeartbeatReceived(at_ns),) if at_ns else (), note)
        return Reading((incoming.read_report(message, self.profile),))

    def _mass_status(self, message: FixMessage, wire_id: str, asked: OpenQuestion) -> Reading:
        at_ns = incoming.made_at(message)
        if incoming.says_unknown_order(message) or message.whole(Tag.TOT_NUM_REPORTS) == 0:
            asked.total = 0
            ended = self.questions.note_total(wire_id, message, Tag.TOT_NUM_REPORTS)
        else:
            report = incoming.read_report(message, self.profile, asked.query_id)
            ended = self.questions.add(wire_id, message, report, Tag.TOT_NUM_REPORTS)
        if not ended:
            return Reading()
        return Reading((self.questions.listed(wire_id, at_ns, ended=True),))

    def _trade_capture(self, message: FixMessage) -> Reading:
        wire_id = message.get(Tag.TRADE_REQUEST_ID)
        asked = self.questions.find(wire_id)
        if asked is None:
            return Reading((), f"trade report for {wire_id or 'nobody'}; passed over")
        report = incoming.read_trade_capture(message, self.profile, asked.query_id, asked.booked)
        if not self.questions.add(wire_id, message, report, Tag.TOT_NUM_TRADE_REPORTS):
            return Reading()
        at_ns = incoming.made_at(message)
        return Reading((self.questions.listed(wire_id, at_ns, ended=True),))

    def _trade_capture_ack(self, message: FixMessage) -> Reading:
        wire_id = message.get(Tag.TRADE_REQUEST_ID)
        if self.questions.find(wire_id) is None:
            return Reading((), f"acknowledgement for {wire_id or 'nobody'}; passed over")
        if message.get(Tag.TRADE_REQUEST_STATUS) == "2":
            why = message.get(Tag.TEXT) or "the trade capture request was refused"
            return Reading((self.questions.fail(wire_id, why),))
        if not self.questions.note_total(wire_id, message, Tag.TOT_NUM_TRADE_REPORTS):
            return Reading()
        at_ns = incoming.made_at(message)
        return Reading((self.questions.listed(wire_id, at_ns, ended=True),))

    def _cancel_reject(self, message: FixMessage) -> Reading:
        return Reading((incoming.read_cancel_reject(message, self.profile),))

    def _market_data(self, message: FixMessage) -> Reading:
        return Reading(self._book.read(message))

    def _market_data_reject(self, message: FixMessage) -> Reading:
        why = message.get(Tag.TEXT) or f"reason {message.get(Tag.MD_REQ_REJ_REASON)}"
        return Reading((HeartbeatReceived(incoming.made_at(message)),), f"no quotes: {why}")

    def _mass_cancel_report(self, message: FixMessage) -> Reading:
        response = message.get(Tag.MASS_CANCEL_RESPONSE)
        said = message.get(Tag.TEXT)
        note = f"mass cancel refused: {said}" if response == "0" else "mass cancel taken"
        return Reading((HeartbeatReceived(incoming.made_at(message)),), note)

    def _news(self, message: FixMessage) -> Reading:
        headline = message.get(Tag.HEADLINE)
        marker = self.profile.recovery_marker
        if marker and headline == marker:
            self.questions.recovered = True
        at_ns = None if message.is_poss_dup else incoming.made_at(message)
        return Reading((HeartbeatReceived(at_ns),) if at_ns else (), f"news: {headline}")

    # -- refusals --------------------------------------------------------------------------

    def _business_reject(self, message: FixMessage) -> Reading:
        sent = self._refused(message)
        text = message.get(Tag.TEXT) or "refused without a text"
        note = f"{message.name}: {text}"
        if sent is None:
            return Reading((RawReceived(message.raw, note, incoming.made_at(message)),), note)
        return Reading(self._refusal_of(sent, message, text), note)

    def _refused(self, message: FixMessage) -> SentMessage | None:
        ref = message.get(Tag.BUSINESS_REJECT_REF_ID)
        found = self.sent.by_ref(message.get(Tag.REF_MSG_TYPE), ref) if ref else None
        seq = message.whole(Tag.REF_SEQ_NUM)
        return found or (self.sent.by_seq(seq) if seq else None)

    def _refusal_of(
        self, sent: SentMessage, message: FixMessage, text: str
    ) -> tuple[BrokerEvent, ...]:
        at_ns = incoming.made_at(message)
        if sent.msg_type == "D":
            return (_rejection(sent, message, text, at_ns),)
        if sent.msg_type in ("F", "G"):
            # The reject carries no status. NEW claims nothing about quantities.
            return (
                CancelRejected(
                    sent.cl_ord_id, sent.orig_cl_ord_id, OrdStatus.NEW, CxlRejReason.OTHER,
                    server_time_ns=at_ns, text=text, raw=message.raw,
                ),
            )  # fmt: skip
        asked = self.questions.find(sent.wire_id)
        if asked is None:
            return (HeartbeatReceived(at_ns),)
        unknown = message.get(Tag.BUSINESS_REJECT_REASON) == UNKNOWN_ID
        if unknown and isinstance(asked.question, AskOrder):
            self.questions.close(sent.wire_id)
            return (OrderNotFound(asked.question.cl_ord_id, asked.query_id, at_ns),)
        return (self.questions.fail(sent.wire_id, text),)


def _rejection(
    sent: SentMessage, message: FixMessage, text: str, at_ns: int | None
) -> ExecutionReport:
    """The counterparty did not take an order at all: nothing of it can be filled."""
    return ExecutionReport(
        cl_ord_id=sent.cl_ord_id,
        exec_id="",
        exec_type=ExecType.REJECTED,
        ord_status=OrdStatus.REJECTED,
        cum_qty=Decimal(0),
        leaves_qty=Decimal(0),
        poss_dup=message.is_poss_dup,
        server_time_ns=at_ns,
        text=text,
        raw=message.raw,
    )
