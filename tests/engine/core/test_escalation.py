"""Escalations: one occurrence a cause, levels, re-alarm, what an acknowledgement may not do."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.core import commands as c
from engine.core.terms import Severity
from tests.engine.core.playbook import Playbook, pair


def exhausted() -> Playbook:
    """A chain that is used up: 40 remain, one CRITICAL escalation at level 1."""
    desk = Playbook()
    desk.submit(pair())
    desk.fill("G/H/1", 60)
    desk.wait(25)
    (alarm,) = desk.standing()
    assert (alarm.kind, alarm.unfilled_qty, alarm.level) == ("HEDGE_DEPTH_EXCEEDED", 40, 1)
    desk.sent()
    return desk


def acknowledge(level: int = 1, **more: object) -> c.Acknowledge:
    return c.Acknowledge(escalation=1, level=level, **{"comment": "seen", **more})  # type: ignore[arg-type]


def test_it_re_alarms_after_sixty_then_each_hundred_and_twenty_seconds() -> None:
    desk = exhausted()
    assert desk.do(acknowledge()) == ""
    alarm = desk.alarm("HEDGE_DEPTH_EXCEEDED")
    desk.wait("59.9")
    assert (alarm.state, alarm.level) == ("ACKNOWLEDGED", 1)
    desk.wait("0.2")
    assert (alarm.state, alarm.level) == ("UNACKNOWLEDGED", 2)
    for level in (2, 3):
        assert desk.do(acknowledge(level)) == ""
        desk.wait("119.9")
        assert (alarm.state, alarm.level) == ("ACKNOWLEDGED", level)
        desk.wait("0.2")
        assert (alarm.state, alarm.level) == ("UNACKNOWLEDGED", level + 1)
    assert [a.level for a in alarm.acknowledgements] == [1, 2, 3]


def test_unacknowledged_it_does_not_climb() -> None:
    desk = exhausted()
    desk.wait(600)
    assert desk.alarm("HEDGE_DEPTH_EXCEEDED").level == 1


def test_the_acknowledgement_notes_who_saw_what() -> None:
    desk = exhausted()
    desk.do(c.Acknowledge(escalation=1, level=1, comment=" on it ", user="ann"))
    (noted,) = desk.alarm("HEDGE_DEPTH_EXCEEDED").acknowledgements
    assert (noted.level, noted.user, noted.comment) == (1, "ann", "on it")
    assert noted.unfilled_qty == 40


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (acknowledge(0), "level was 0, now 1"),
        (acknowledge(2), "level was 2, now 1"),
        (acknowledge(comment="  "), "comment"),
        (acknowledge(seen_qty=Decimal(30)), "quantity was 30, now 40"),
        (acknowledge(seen_qty=Decimal("NaN")), "quantity"),
        (acknowledge(seen_severity=Severity.WARNING), "WARNING before"),
        (c.Acknowledge(escalation=7, level=1, comment="x"), "no such escalation"),
    ],
)
def test_a_stale_or_empty_acknowledgement_is_refused(command: c.Command, word: str) -> None:
    desk = exhausted()
    assert word in desk.do(command)
    assert desk.alarm("HEDGE_DEPTH_EXCEEDED").state == "UNACKNOWLEDGED"


def test_a_second_acknowledgement_is_refused() -> None:
    desk = exhausted()
    desk.do(acknowledge(user="ann"))
    assert "already, by ann" in desk.do(acknowledge(user="bob"))


def test_acknowledged_is_not_fixed() -> None:
    desk = exhausted()
    desk.do(acknowledge())
    assert len(desk.standing()) == 1
    desk.fill("G/H/2", 40)
    assert desk.state.escalations[1].state == "RESOLVED"


def test_gone_unseen_it_stays_until_somebody_looks() -> None:
    desk = exhausted()
    desk.fill("G/H/2", 40)
    assert desk.alarm("HEDGE_DEPTH_EXCEEDED").state == "RETURNED_UNACKNOWLEDGED"
    assert desk.do(acknowledge()) == ""
    assert [a for a in desk.alarms() if a.startswith("HEDGE")] == []


def test_worse_after_the_acknowledgement_it_asks_again_one_level_up() -> None:
    desk = exhausted()
    desk.do(acknowledge())
    ids = sorted(desk.book["G/H/1"].live)
    desk.bust("G/H/1", ids[0])
    alarm = desk.alarm("HEDGE_DEPTH_EXCEEDED")
    assert (alarm.state, alarm.level, alarm.unfilled_qty) == ("UNACKNOWLEDGED", 2, 100)


def test_better_after_the_acknowledgement_it_stays_acknowledged() -> None:
    desk = exhausted()
    desk.do(acknowledge())
    desk.fill("G/H/3", 10)
    alarm = desk.alarm("HEDGE_DEPTH_EXCEEDED")
    assert (alarm.state, alarm.level, alarm.unfilled_qty) == ("ACKNOWLEDGED", 1, 30)


def test_accepting_the_risk_needs_a_reason_and_ends_it() -> None:
    desk = exhausted()
    assert "reason" in desk.do(c.AcceptRisk(escalation=1, reason=" "))
    assert desk.do(c.AcceptRisk(escalation=1, reason="small", user="ann")) == ""
    alarm = desk.state.escalations[1]
    assert (alarm.state, alarm.accepted_by, alarm.accepted_reason) == ("RESOLVED", "ann", "small")
    assert "resolved already" in desk.do(c.AcceptRisk(escalation=1, reason="again"))
    desk.wait(60)
    assert [s for s in desk.sent() if s.startswith("NEW")] == []


def test_it_survives_a_restart_and_waits_the_full_time_again() -> None:
    desk = exhausted()
    desk.do(acknowledge())
    desk.wait(30)
    desk.restart()
    alarm = desk.alarm("HEDGE_DEPTH_EXCEEDED")
    desk.wait(59)
    assert alarm.state == "ACKNOWLEDGED"
    desk.wait("1.1")
    assert (alarm.state, alarm.level) == ("UNACKNOWLEDGED", 2)


def test_the_same_cause_is_one_occurrence() -> None:
    desk = Playbook(cancels="silent")
    desk.submit(pair())
    desk.wait(60)
    kinds = [e.kind for e in desk.state.escalations.values()]
    assert kinds == ["HEDGE_UNCERTAIN"]
