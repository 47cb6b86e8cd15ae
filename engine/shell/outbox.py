"""Acting: what was decided is carried out, after its commit.

Owns: handing messages and questions to the broker and answers to their askers. May not: be called
before the commit, retry, or decide. Whatever happens to a message becomes the next input.
"""

from __future__ import annotations

import logging

from engine.broker.port import BrokerPort, NotSent
from engine.core.decisions import (
    Answer,
    AskOrder,
    Decision,
    LinkOperation,
    Outbound,
    Question,
    SendCancel,
    SendOrder,
    SendReplace,
)
from engine.core.events import OrderHandedOver, QueryFailed, SendFailed
from engine.shell.answers import Answers
from engine.shell.checkpoints import Checkpoints, Point
from engine.shell.clock import Clock
from engine.shell.desk_log import DeskLog
from engine.shell.gate import Gate
from engine.shell.inbox import Inbox
from engine.shell.link import operated

_log = logging.getLogger(__name__)


class Outbox:
    """Carries out the decisions of one cycle, in the order in which they were taken."""

    def __init__(
        self,
        broker: BrokerPort,
        inbox: Inbox,
        answers: Answers,
        clock: Clock,
        log: DeskLog,
        checkpoints: Checkpoints,
        gate: Gate,
    ) -> None:
        self._broker = broker
        self._inbox = inbox
        self._answers = answers
        self._clock = clock
        self._log = log
        self._checkpoints = checkpoints
        self._gate = gate

    def carry_out(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            if isinstance(decision, SendOrder | SendCancel | SendReplace):
                self._hand_over(decision)
            elif isinstance(decision, Answer):
                self._answer(decision)
            elif isinstance(decision, LinkOperation):
                self._answer(operated(self._broker, decision))
            else:
                self._ask(decision)

    def _hand_over(self, message: Outbound) -> None:
        """Give a message to the broker and note it in front of anything it answers."""
        position = self._inbox.end
        event: OrderHandedOver | SendFailed
        try:
            self._gate.hand_over(self._broker.send, message)
            event = OrderHandedOver(message.cl_ord_id)
        except NotSent as error:
            event = SendFailed(message.cl_ord_id, str(error), left=False)
        except Exception as error:
            _log.exception("handing %s to the broker failed", message.ref)
            event = SendFailed(message.cl_ord_id, f"{type(error).__name__}: {error}", left=True)
        self._checkpoints.passing(Point.AFTER_SEND)
        self._inbox.put_at(position, event)
        if isinstance(event, SendFailed):
            self._note("ERROR", f"{message.ref} was not handed over: {event.why}")

    def _ask(self, question: Question) -> None:
        try:
            self._broker.ask(question)
        except Exception as error:
            _log.exception("asking the broker failed")
            cl_ord_id = question.cl_ord_id if isinstance(question, AskOrder) else ""
            why = f"{type(error).__name__}: {error}"
            self._inbox.put(QueryFailed(question.query_id, cl_ord_id, why))

    def _answer(self, answer: Answer) -> None:
        if answer.accepted:
            self._note("INFO", f"{answer.what}: taken")
        else:
            self._note("WARNING", f"{answer.what}: refused: {answer.reason}")
        self._answers.give(answer)

    def _note(self, level: str, text: str) -> None:
        self._log.add(self._clock.wall_ns(), level, text)
