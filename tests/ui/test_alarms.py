"""When it sounds."""

from dataclasses import replace

from engine import EscalationState, Severity
from tests.ui.fakes import SECOND, escalation
from ui.alarms import AlarmBook

T0 = 1_772_452_987_000_000_000
CRIT, WARN = Severity.CRITICAL, Severity.WARNING


def at(seconds):
    return T0 + int(seconds * SECOND)


def test_a_new_one_sounds_once():
    book, view = AlarmBook(), escalation(1)
    assert book.listen((view,), at(0)) is CRIT
    assert book.listen((view,), at(1)) is None


def test_it_sounds_again_after_60_s_and_then_each_120_s():
    book, view = AlarmBook(), escalation(1)
    heard = [s for s in range(0, 400) if book.listen((view,), at(s)) is not None]
    assert heard == [0, 60, 180, 300]


def test_it_sounds_at_once_when_it_gets_worse():
    book, view = AlarmBook(), escalation(1, qty=5)
    book.listen((view,), at(0))
    assert book.listen((replace(view, unfilled_qty=view.unfilled_qty + 1),), at(2)) is CRIT
    assert book.listen((escalation(1, qty=6, level=2),), at(3)) is CRIT
    assert book.listen((escalation(1, qty=4, level=2),), at(4)) is None


def test_acknowledged_is_quiet_until_the_engine_raises_it_again():
    book = AlarmBook()
    book.listen((escalation(1),), at(0))
    seen = escalation(1, state=EscalationState.ACKNOWLEDGED)
    assert all(book.listen((seen,), at(s)) is None for s in range(1, 300))
    assert book.listen((escalation(1, level=2),), at(301)) is CRIT


def test_silence_is_at_most_60_s_and_worse_breaks_it():
    book, view = AlarmBook(), escalation(1)
    book.listen((view,), at(0))
    assert book.silence(1, 600, at(50)) == 60
    assert book.silent_s(1, at(55)) == 55
    heard = [s for s in range(51, 130) if book.listen((view,), at(s)) is not None]
    assert heard == [110]
    book.silence(1, 60, at(111))
    assert book.listen((escalation(1, level=2),), at(112)) is CRIT


def test_of_several_the_most_severe_sounds():
    book = AlarmBook()
    assert book.listen((escalation(1, severity=WARN), escalation(2)), at(0)) is CRIT


def test_more_than_ten_in_ten_minutes_is_a_flood():
    book = AlarmBook()
    views = tuple(replace(escalation(n), raised_wall_ns=at(n)) for n in range(1, 11))
    book.listen(views, at(11))
    assert not book.flooding(at(11))
    book.listen((*views, replace(escalation(11), raised_wall_ns=at(12))), at(12))
    assert book.flooding(at(12))
    assert not book.flooding(at(700))
