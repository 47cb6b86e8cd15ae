"""The connection panel's read model."""

from __future__ import annotations

from engine.broker.fix.message import parse_message
from engine.broker.fix.view import LINES_MAX, QUOTES_MAX, Direction, SessionState, SessionWatch
from tests.engine.fix.fix_kit import message, wire


class Clock:
    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def test_states_round_trip_and_age() -> None:
    clock = Clock()
    watch = SessionWatch(clock, lambda: 5)
    assert watch.state is SessionState.STOPPED and watch.age_ns() is None
    watch.went(message("A|34=1|108=1"))
    assert watch.state is SessionState.LOGON_SENT
    watch.up()
    assert watch.state is SessionState.LOGGED_ON and watch.logons == 1
    watch.went(message("1|34=2|112=T1"))
    clock.now = 3_000
    watch.came(wire("0|34=2|112=T1"), 2)
    watch.beat(message("0|34=2|112=other"))
    assert watch.round_trip_ns is None
    watch.beat(message("0|34=2|112=T1"))
    clock.now = 4_000
    assert (watch.round_trip_ns, watch.age_ns()) == (3_000, 1_000)
    watch.went(message("5|34=3"))
    assert watch.state is SessionState.LOGOUT_SENT
    watch.down("gone")
    assert (watch.state, watch.why) == (SessionState.DISCONNECTED, "gone")


def test_a_resend_is_in_progress_until_its_last_number_has_come() -> None:
    watch = SessionWatch(lambda: 0, lambda: 0)
    watch.came(wire("8|34=9"), 9)
    watch.went(message("2|34=3|7=4|16=0"))
    assert watch.resend == (4, 8)
    watch.in_sequence(7)
    assert watch.resend == (4, 8)
    watch.in_sequence(8)
    assert watch.resend is None


def test_the_log_is_named_bounded_and_without_secrets() -> None:
    watch = SessionWatch(lambda: 0, lambda: 7)
    watch.went(parse_message(wire("A|34=1|553=me|554=hunter2")))
    watch.note("a remark", warning=True)
    for seq in range(LINES_MAX):
        watch.came(wire(f"0|34={seq}"), seq)
    assert watch.line_count == LINES_MAX + 2 and watch.warnings == 1
    kept = watch.lines()
    assert len(kept) == LINES_MAX and kept[0].number == 3
    assert [line.number for line in watch.lines(LINES_MAX)] == [LINES_MAX + 1, LINES_MAX + 2]
    assert "MsgType=0 Heartbeat" in kept[-1].named
    assert watch.lines(LINES_MAX + 2) == ()


def test_a_remark_is_shown_as_it_is() -> None:
    watch = SessionWatch(lambda: 0, lambda: 7)
    watch.went(parse_message(wire("A|34=1|553=me|554=hunter2")))
    watch.note("Session timed out")
    logon, remark = watch.lines()
    assert "hunter2" not in logon.raw and "Password=***" in logon.named
    assert (remark.direction, remark.named) == (Direction.NOTE, "Session timed out")


def test_market_data_does_not_wash_out_the_rest() -> None:
    watch = SessionWatch(lambda: 0, lambda: 7)
    watch.came(wire("8|34=1|11=c1"), 1)
    for seq in range(2, LINES_MAX + 2):
        watch.came(wire(f"W|34={seq}|55=X"), seq)
        if seq == LINES_MAX // 2:
            watch.note("a remark")
    kept = watch.lines()
    numbers = [line.number for line in kept]
    assert len(kept) == QUOTES_MAX + 2 and numbers == sorted(numbers)
    assert [line.is_quote for line in kept[:3]] == [False, False, True]
    assert [line.number for line in watch.lines(numbers[-3])] == numbers[-2:]


def test_a_line_says_what_it_is_and_loses_nothing() -> None:
    watch = SessionWatch(lambda: 0, lambda: 7)
    watch.came(wire("8|34=12|49=P|11=c1|58=34=9"), 12)
    watch.came("garbage", 0)
    watch.note("8=FIX.4.4\x0135=D\x01")
    report, garbage, remark = watch.lines()
    assert (report.msg_type, report.msg_name, report.seq) == ("8", "ExecutionReport", 12)
    assert report.body_first.startswith("ClOrdID=c1  Text=34=9  BeginString=FIX.4.4")
    assert sorted(report.body_first.split("  ")) == sorted(report.named.split("  "))
    assert (garbage.msg_name, garbage.seq, garbage.body_first) == ("", None, "garbage")
    assert (remark.msg_type, remark.seq, remark.is_beat) == ("", None, False)
