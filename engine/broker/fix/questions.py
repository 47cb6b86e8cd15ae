"""Questions that are open at the counterparty, and the lists that their answers build up.

Owns: the ids that questions carry on the wire, collecting the reports of one answer, and
whether a list is proven complete. May not: send or read a clock; the time is handed in.

An id on the wire is unique to this process's life. An answer whose id is not open is stale: it
was made for a question of an earlier life and says nothing that a new question would not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.broker.fix.message import FixMessage
from engine.broker.fix.profile import ExecutionLists, ListProof, VenueProfile
from engine.broker.fix.tags import Tag
from engine.core.decisions import AskExecutions, AskOpenOrders, AskOrder, AskPositions, Question
from engine.core.events import (
    BrokerEvent,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    QueryFailed,
)

OPEN_MAX = 10_000
LIST_MAX = 1_000_000


@dataclass(slots=True, eq=False)
class OpenQuestion:
    """One question under way. ``total``: how many reports were announced."""

    question: Question
    asked_s: float
    reports: list[ExecutionReport] = field(default_factory=list)
    booked: dict[str, Decimal] = field(default_factory=dict)
    total: int | None = None

    @property
    def query_id(self) -> str:
        return self.question.query_id


class OpenQuestions:
    """All open questions by their id on the wire. ``nonce`` makes the ids this life's own."""

    def __init__(self, profile: VenueProfile, nonce: str) -> None:
        self._profile = profile
        self._nonce = nonce
        self._count = 0
        self._open: dict[str, OpenQuestion] = {}
        self.recovered = not profile.recovery_marker

    def __len__(self) -> int:
        return len(self._open)

    def open(self, question: Question, now_s: float) -> str | None:
        """Note a question; its id on the wire, or None when too many are open."""
        if len(self._open) >= OPEN_MAX:
            return None
        self._count += 1
        wire_id = f"{self._nonce}-{self._count}"
        self._open[wire_id] = OpenQuestion(question, now_s)
        return wire_id

    def find(self, wire_id: str) -> OpenQuestion | None:
        return self._open.get(wire_id)

    def close(self, wire_id: str) -> None:
        self._open.pop(wire_id, None)

    def add(
        self, wire_id: str, message: FixMessage, report: ExecutionReport, total_tag: int
    ) -> bool:
        """Add a report to a list; whether it was the last one."""
        found = self._open[wire_id]
        if len(found.reports) < LIST_MAX:
            found.reports.append(report)
        return self.note_total(wire_id, message, total_tag)

    def note_total(self, wire_id: str, message: FixMessage, total_tag: int) -> bool:
        """Take an announced total; whether the list has ended with this message."""
        found = self._open[wire_id]
        total = message.whole(total_tag)
        if total is not None:
            found.total = total
        if message.flag(Tag.LAST_RPT_REQUESTED):
            return True
        return found.total is not None and len(found.reports) >= found.total

    def listed(self, wire_id: str, at_ns: int | None, *, ended: bool) -> BrokerEvent:
        """The answer that was built up, and the end of the question."""
        found = self._open.pop(wire_id)
        complete = ended and self._is_proven(found)
        reports = tuple(found.reports)
        if isinstance(found.question, AskExecutions):
            return ExecutionsListed(found.query_id, reports, complete, at_ns)
        return OpenOrdersListed(found.query_id, reports, complete, at_ns)

    def expire(self, now_s: float) -> list[BrokerEvent]:
        """What was not answered in time: a list as far as it came, anything else failed."""
        limit_s = now_s - self._profile.answer_timeout_s
        late = [w for w, each in self._open.items() if each.asked_s <= limit_s]
        return [self._give_up(wire_id, "no answer in time") for wire_id in late]

    def fail(self, wire_id: str, why: str) -> BrokerEvent:
        """The counterparty refused the question."""
        found = self._open.pop(wire_id)
        return _failed(found.question, why)

    def fail_all(self, why: str) -> list[BrokerEvent]:
        """The link is down: no answer will come."""
        failed: list[BrokerEvent] = [_failed(q.question, why) for q in self._open.values()]
        self._open.clear()
        return failed

    def _give_up(self, wire_id: str, why: str) -> BrokerEvent:
        found = self._open[wire_id]
        is_list = not isinstance(found.question, AskOrder)
        if is_list and (found.reports or self._profile.list_proof is ListProof.NONE):
            return self.listed(wire_id, None, ended=False)
        return self.fail(wire_id, why)

    def _is_proven(self, found: OpenQuestion) -> bool:
        if not self.recovered:
            return False
        if isinstance(found.question, AskExecutions):
            return found.total is not None and len(found.reports) == found.total
        if self._profile.list_proof is ListProof.TOTAL_AND_LAST:
            return found.total is not None and len(found.reports) == found.total
        return self._profile.list_proof is ListProof.LAST


def unanswerable(question: Question, profile: VenueProfile) -> BrokerEvent | None:
    """The answer to a question that this venue cannot be asked; None: ask it.

    An empty list that is not complete says the truth: nothing is known.
    """
    if isinstance(question, AskOpenOrders) and not profile.mass_status:
        return OpenOrdersListed(question.query_id, (), False)
    if isinstance(question, AskExecutions) and profile.executions is ExecutionLists.NONE:
        return ExecutionsListed(question.query_id, (), False)
    if isinstance(question, AskPositions):
        return _failed(question, f"the venue {profile.name} is not asked for positions")
    if isinstance(question, AskOrder) and not profile.order_status:
        return _failed(question, f"the venue {profile.name} has no order status request")
    return None


def _failed(question: Question, why: str) -> QueryFailed:
    cl_ord_id = question.cl_ord_id if isinstance(question, AskOrder) else ""
    return QueryFailed(question.query_id, cl_ord_id, why)
