"""Safeguard 5: deadlines run on the broker's clock, never early, never on a mix of clocks."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.broker_time import NOT_YET, BrokerClock, DeadlineBook
from engine.core.decisions import AskOrder, SendCancel, SendOrder
from engine.core.events import Envelope, HeartbeatReceived, OrderHandedOver
from engine.core.machine import handle
from engine.core.model import Deadline
from tests.engine.core.playbook import NS, Playbook, pair

MS = 1_000_000


def armed(key: str, seconds: float, mono_ns: int) -> Deadline:
    return Deadline(key, int(seconds * NS), mono_ns)


class Desk:
    """A clock and a book, driven as the machine drives them."""

    def __init__(self) -> None:
        self.clock, self.book, self.mono = BrokerClock(), DeadlineBook(), 0

    def hear(self, stamp: int | None, fresh: bool = True, later_ns: int = 0) -> list[str]:
        self.mono += later_ns
        self.clock.hear(self.mono, stamp, fresh)
        return self.look()

    def look(self) -> list[str]:
        self.book.anchor_all(self.clock)
        return self.book.pop_due(self.clock, self.mono)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("arm", "late", "fresh", "local", "drop", "back")),
        st.integers(0, 3),
        st.integers(0, 4_000),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(-10_000, 10_000))
def test_never_early_and_never_on_local_time(
    steps: list[tuple[str, int, int]], skew_s: int
) -> None:
    """With a stamping broker whose clock is truthful: a wait ends only at a stamp that is at
    least its time after a stamp heard when it was armed or later; and no later than that."""
    desk, true_ns, begun = Desk(), 1_790_000_000 * NS + skew_s * NS, {}
    desk.hear(true_ns)
    newest = true_ns
    for action, which, ms in steps:
        key, over = f"k{which}", []
        if action == "arm":
            desk.book.put(armed(key, 1, desk.mono))
            begun[key] = None
            over = desk.look()
        elif action == "drop":
            desk.book.drop(key)
            begun.pop(key, None)
        elif action == "local":
            desk.mono += ms * MS * 100
            over = desk.look()
            assert over == [], "fired on local time"
        elif action in ("fresh", "late"):
            desk.mono += ms * MS
            true_ns += ms * MS
            stamp = true_ns if action == "fresh" else true_ns - 500 * MS
            over = desk.hear(stamp, action == "fresh")
            for each in [k for k, at in begun.items() if at is None and stamp >= newest]:
                begun[each] = stamp
            newest = max(newest, stamp)
        elif action == "back":
            over = desk.hear(true_ns - (ms + 1) * NS, fresh=False)
        if action == "arm" and desk.clock.evidence_mono_ns == desk.mono:
            begun[key] = newest
        for each in over:
            anchor = begun.pop(each)
            assert anchor is not None, "ended before it began"
            assert newest - anchor >= NS, "early"
        for each, anchor in begun.items():
            assert anchor is None or newest - anchor < NS, f"{each} is late"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(-7_200_000, 7_200_000)), max_size=40))
def test_the_clamped_clock_never_goes_back(stamps: list[tuple[bool, int]]) -> None:
    clock, seen = BrokerClock(), None
    for fresh, ms in stamps:
        clock.hear(0, 10_000 * NS + ms * MS, fresh)
        assert clock.now_ns is not None
        assert seen is None or clock.now_ns >= seen
        seen = clock.now_ns


def test_a_clock_set_back_for_good_runs_again_from_the_clamp() -> None:
    desk = Desk()
    desk.hear(10_000 * NS)
    desk.book.put(armed("k", 5, desk.mono))
    desk.hear(10_001 * NS)
    assert desk.hear(6_400 * NS) == []  # an hour back: one such stamp proves nothing
    for second in range(1, 4):
        assert desk.hear((6_400 + second) * NS) == []
    assert desk.clock.now_ns == 10_004 * NS
    assert desk.hear(6_404 * NS) == []
    assert desk.hear(6_405 * NS) == ["k"]


def test_a_late_report_does_not_begin_a_wait() -> None:
    """Armed after a long silence; then a report from before it arrives: it tells nothing about
    the time now, and a wait begun on it would be over at the next answer."""
    desk = Desk()
    desk.hear(100 * NS)
    desk.mono = 600 * NS
    desk.book.put(armed("k", 5, desk.mono))
    assert desk.hear(99 * NS, fresh=False) == []
    assert desk.hear(700 * NS) == []
    assert desk.hear(705 * NS) == ["k"]


def test_one_stale_stamp_among_fresh_ones_changes_nothing() -> None:
    desk = Desk()
    desk.hear(100 * NS)
    desk.hear(40 * NS)
    desk.hear(101 * NS)
    desk.hear(50 * NS)
    desk.hear(102 * NS)
    assert desk.clock.now_ns == 102 * NS and desk.clock.offset_ns == 0


def test_without_stamps_the_monotonic_clock_for_the_whole_wait() -> None:
    desk = Desk()
    desk.book.put(armed("k", 5, desk.mono))
    assert desk.hear(None) == []
    desk.mono = 5 * NS - 1
    assert desk.look() == []
    desk.mono = 5 * NS
    assert desk.look() == ["k"]


def test_a_wait_keeps_its_clock_when_stamps_begin() -> None:
    """Begun on the local clock because the broker sent no time; then it does: not mixed."""
    desk = Desk()
    desk.book.put(armed("local", 5, 0))
    desk.hear(None)
    desk.hear(9_000 * NS, later_ns=1 * NS)
    desk.book.put(armed("server", 5, desk.mono))
    desk.hear(9_000 * NS)
    assert desk.book.by_key["local"].server is False
    assert desk.book.by_key["server"].server is True
    assert desk.hear(9_005 * NS) == ["server"]
    desk.mono = 5 * NS
    assert desk.look() == ["local"]


def test_an_unstamped_message_of_a_stamping_broker_is_no_evidence() -> None:
    desk = Desk()
    desk.hear(9_000 * NS)
    desk.mono += 1
    desk.book.put(armed("k", 5, desk.mono))
    desk.hear(None, later_ns=60 * NS)
    assert desk.look() == [] and desk.book.by_key["k"].anchor_ns is None
    assert not desk.clock.stampless


def test_rearming_replaces_the_wait() -> None:
    desk = Desk()
    desk.hear(0)
    desk.book.put(armed("k", 1, desk.mono))
    desk.look()
    desk.hear(NS // 2)
    desk.book.put(armed("k", 1, desk.mono))
    desk.look()
    assert desk.hear(NS) == []
    assert desk.hear(NS + NS // 2) == ["k"]
    assert desk.book.by_key == {} and desk.look() == []


def test_the_earliest_ends_first() -> None:
    desk = Desk()
    desk.hear(0)
    for key, seconds in (("b", 2), ("c", 3), ("a", 1)):
        desk.book.put(armed(key, seconds, desk.mono))
    desk.look()
    assert desk.hear(3 * NS) == ["a", "b", "c"]


# -- at the desk ------------------------------------------------------------------------------


def test_local_jumps_and_stalls_fire_nothing() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.answers = "silent"
    desk.sent()
    desk.wait(600)
    assert desk.sent() == []
    assert desk.alarm("BROKER_SILENT").severity == "CRITICAL"


def test_it_fires_on_the_servers_time_even_if_ours_stands_still() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.sent()
    desk.skew_ns = 5 * NS
    desk.heartbeat()
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 100 MARKET"]


def test_late_by_at_most_a_poll() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.sent()
    desk.wait("4.999")
    assert desk.sent() == []
    desk.wait("0.101")
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 100 MARKET"]


def test_polls_each_tenth_of_a_second_while_a_wait_is_pending() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.asked.clear()
    desk.wait("2.05")
    asked = [a for a in desk.asked if isinstance(a, AskOrder)]
    assert 18 <= len(asked) <= 22


def test_no_polls_when_the_stream_itself_brings_time() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.asked.clear()
    for _ in range(40):
        desk.wait("0.05")
        desk.heartbeat()
    assert desk.asked == []


def test_no_polls_when_nothing_waits() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.fill_rest("G/H/1")
    desk.fill_rest("G/R/1")
    assert desk.group().lifecycle == "COMPLETED"
    desk.asked.clear()
    desk.wait(60)
    assert desk.asked == []


def test_a_wait_goes_on_where_it_stood_after_a_restart() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.wait(3)
    desk.sent()
    desk.restart()
    desk.wait("1.9")
    assert desk.sent() == []
    desk.wait("0.2")
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 100 MARKET"]


def test_silence_is_told_once_and_ends_with_the_first_word() -> None:
    desk = Playbook()
    desk.submit(pair())
    desk.answers = "silent"
    desk.wait("2.9")
    assert desk.alarms() == []
    desk.wait("0.2")
    assert desk.alarms() == ["BROKER_SILENT 0 UNACKNOWLEDGED"]
    desk.wait(20)
    assert len(desk.state.escalations) == 1
    desk.heartbeat()
    assert desk.alarm("BROKER_SILENT").state == "RETURNED_UNACKNOWLEDGED"


def test_a_broker_without_stamps_is_measured_locally() -> None:
    desk = Playbook(stamps=False)
    desk.submit(pair())
    desk.sent()
    desk.wait("4.9")
    assert desk.sent() == []
    desk.wait("0.2")
    assert desk.sent() == ["CANCEL G/H/1", "NEW G/H/2 BUY 100 MARKET"]
    assert desk.state.clock.now_ns is None
    assert Decimal(desk.order("G/H/2").order_qty) == 100


def test_a_stall_uses_up_no_level() -> None:
    """Eleven seconds of messages wait in the line and are heard in one cycle, before what the
    first of them decided has left: the new order's time has not begun."""
    desk = Playbook(acks=False)
    desk.submit(pair())
    desk.wait(1)
    desk.sent()
    desk.hold_back()
    desk.reject("G/H/1")
    (reject,) = desk.in_line
    stamp = desk.time.now_ns
    desk.mono_ns += 11 * NS
    line = [reject, *(HeartbeatReceived(stamp + s * NS) for s in range(1, 12))]
    decided = []
    for body in line:
        envelope = Envelope(desk.mono_ns, desk.journal[-1].wall_ns, body)
        decided += handle(desk.state, envelope)
    sent = [d for d in decided if isinstance(d, SendOrder | SendCancel)]
    assert [(type(d), d.ref) for d in sent] == [(SendOrder, "G/H/2")]
    desk.let_through()
    desk.feed(OrderHandedOver(sent[0].cl_ord_id))
    desk.wait("4.9")
    assert desk.sent() == []
    desk.wait("0.3")
    assert desk.sent() == ["CANCEL G/H/2"]


def test_a_wait_without_stamps_begins_with_the_handing_over_too() -> None:
    desk = Desk()
    desk.hear(None)
    desk.book.put(Deadline("k", NS, NOT_YET))
    desk.mono = 50 * NS
    assert desk.look() == []
    desk.book.put(armed("k", 1, desk.mono))
    assert desk.look() == []
    desk.mono = 51 * NS
    assert desk.look() == ["k"]
