"""What is asked of the link by hand, and what every link tells of itself."""

from __future__ import annotations

import pytest

from engine.broker.fix.view import SessionLine, SessionState, SessionView, SessionWatch
from engine.broker.port import BrokerTraits, NotSent
from engine.core.decisions import LinkOperation
from engine.core.model import EngineConfig
from engine.core.state import DeskState
from engine.core.terms import LinkAction
from engine.shell.link import operated
from engine.view_connections import connection_view


class Plain:
    """An adapter without a session."""

    traits = BrokerTraits("paper")


class Session(Plain):
    """An adapter with one, that says what it was asked."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.trouble = trouble
        self.watch = SessionWatch(lambda: 5, lambda: 7)
        self.watch.note("opened")

    def view(self) -> SessionView:
        return SessionView(
            "P as D", "venue", SessionState.LOGGED_ON, "", 5, 6, 4, 0, 0, 10, 20, None, 0, 1, 0, 0,
            0, 0, 1, True,
        )  # fmt: skip

    def lines(self, after: int = 0) -> tuple[SessionLine, ...]:
        return self.watch.lines(after)

    def logon(self) -> None:
        self.asked.append("logon")

    def logout(self, why: str = "") -> None:
        self.asked.append(why)

    def cancel_all(self) -> str:
        if self.trouble is not None:
            raise self.trouble
        self.asked.append("cancel_all")
        return "Q1"


def test_what_is_asked_is_done_and_the_answer_says_what_it_means():
    broker = Session()
    for action in LinkAction:
        answer = operated(broker, LinkOperation("c1", action, "lunch"))
        assert answer.accepted and answer.command_id == "c1"
    assert broker.asked == ["logon", "lunch", "cancel_all"]
    assert "Q1" in answer.reason


@pytest.mark.logs_warnings
@pytest.mark.parametrize("trouble", [NotSent("not logged on to P"), RuntimeError("boom")])
def test_what_fails_is_refused_with_the_reason(trouble):
    answer = operated(Session(trouble), LinkOperation("c1", LinkAction.CANCEL_ALL, ""))
    assert not answer.accepted and str(trouble) in answer.reason


def test_a_link_without_a_session_says_so():
    answer = operated(Plain(), LinkOperation("c1", LinkAction.LOGON, ""))
    assert (answer.accepted, answer.reason) == (False, "paper has no session to operate")


def test_a_typed_reason_can_not_break_a_message():
    broker = Session()
    operated(broker, LinkOperation("c1", LinkAction.LOGOUT, "über\x0110=000"))
    assert broker.asked == ["?ber?10=000"]


def test_every_link_tells_what_it_can():
    state = DeskState(EngineConfig())
    assert connection_view(state, Plain(), 100).heard_age_ns is None
    state.clock.hear(40, 1, True)
    plain = connection_view(state, Plain(), 100)
    assert (plain.name, plain.connected, plain.heard_age_ns, plain.session) == (
        "paper", True, 60, None,
    )  # fmt: skip
    assert connection_view(state, Session(), 100).session == Session().view()
