"""The bounded queue: what happens when more comes than can be read."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from shell_kit import StillClock

from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    HeartbeatReceived,
    OrderHandedOver,
    QuoteChanged,
)
from engine.shell.inbox import Inbox
from engine.shell.waiting import Arrived


def quote(symbol: str, bid: int) -> QuoteChanged:
    return QuoteChanged(symbol, Decimal(bid), Decimal(1), None, Decimal(0))


def bodies(inbox: Inbox, most: int = 100) -> list[object]:
    return [each.body for each in inbox.take(most)]


def test_first_in_first_out_with_the_instants_of_arrival() -> None:
    clock = StillClock()
    inbox = Inbox(clock)
    inbox.put(HeartbeatReceived(1))
    clock.now_ns += 5
    inbox.put(HeartbeatReceived(2))
    first, second = inbox.take(10)
    assert (first.body, second.body) == (HeartbeatReceived(1), HeartbeatReceived(2))
    assert second.mono_ns - first.mono_ns == 5


def test_take_is_bounded() -> None:
    inbox = Inbox(StillClock())
    for number in range(5):
        inbox.put(HeartbeatReceived(number))
    assert len(bodies(inbox, 3)) == 3
    assert len(inbox) == 2


def test_our_own_note_stands_before_what_came_meanwhile() -> None:
    inbox = Inbox(StillClock(), limit=3, quotes_max=3)
    inbox.put(HeartbeatReceived(1))
    position = len(inbox)
    inbox.put(HeartbeatReceived(2))
    inbox.put(HeartbeatReceived(3))
    inbox.put_at(position, OrderHandedOver("x"))
    assert bodies(inbox)[1] == OrderHandedOver("x")


def test_beyond_the_bound_messages_count_as_a_broken_line() -> None:
    inbox = Inbox(StillClock(), limit=4, quotes_max=4)
    for number in range(7):
        inbox.put(HeartbeatReceived(number))
    assert inbox.lost == 3
    assert not inbox.has_room()
    assert bodies(inbox) == [HeartbeatReceived(number) for number in range(4)]
    broken, restored = bodies(inbox)
    assert isinstance(broken, BrokerDisconnected)
    assert "3 messages" in broken.why
    assert restored == BrokerConnected()
    assert bodies(inbox) == []


def test_a_late_quote_is_overtaken_by_a_later_one() -> None:
    inbox = Inbox(StillClock(), limit=10, quotes_max=2)
    for bid in range(5):
        inbox.put(quote("A", bid))
    inbox.put(quote("B", 7))
    assert inbox.lost == 0
    assert bodies(inbox) == [quote("A", 0), quote("A", 1)]
    assert bodies(inbox) == [quote("A", 4), quote("B", 7)]


def test_what_was_not_handled_comes_first_again() -> None:
    inbox = Inbox(StillClock())
    for number in range(4):
        inbox.put(HeartbeatReceived(number))
    taken = inbox.take(3)
    inbox.put_back(taken[1:])
    assert bodies(inbox) == [HeartbeatReceived(number) for number in (1, 2, 3)]


def test_what_went_first_is_passed_and_what_is_put_back_takes_its_old_place() -> None:
    inbox = Inbox(StillClock())
    for number in range(5):
        inbox.put(HeartbeatReceived(number))
    waiting = inbox.index.loose
    inbox.take_first([waiting[0], waiting[3]])
    assert len(inbox) == 3
    assert inbox.oldest is waiting[1]
    inbox.put_back([waiting[0], waiting[3]])
    assert [each.body for each in inbox.take(9)] == [HeartbeatReceived(n) for n in range(5)]
    assert inbox.oldest is None


def test_when_all_went_first_the_line_counts_as_broken_where_it_overran() -> None:
    inbox = Inbox(StillClock(), limit=2, quotes_max=2)
    for number in range(3):
        inbox.put(HeartbeatReceived(number))
    inbox.take_first(inbox.index.loose)
    assert [type(body) for body in bodies(inbox)] == [BrokerDisconnected, BrokerConnected]


_STEPS = st.lists(
    st.tuples(st.sampled_from(("put", "own", "take", "first", "back")), st.integers(0, 9)),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(_STEPS)
def test_the_queue_is_a_list_with_places(steps: list[tuple[str, int]]) -> None:
    """Beside a plain list: whatever is put, taken, taken first and put back, everything is there
    once, in order of arrival, and the index finds exactly what waits."""
    inbox = Inbox(StillClock())
    model: list[HeartbeatReceived] = []  # in order of arrival, which its stamp stands for
    taken: list[Arrived] = []
    for count, (what, size) in enumerate(steps, 1):
        if what == "put":
            inbox.put(HeartbeatReceived(10 * count))
            model.append(HeartbeatReceived(10 * count))
        elif what == "own":
            end = inbox.end
            inbox.put(HeartbeatReceived(10 * count + 1))
            inbox.put_at(end, HeartbeatReceived(10 * count))
            model += [HeartbeatReceived(10 * count), HeartbeatReceived(10 * count + 1)]
        elif what == "back":
            inbox.put_back(taken[size:])
            model = sorted(
                [*model, *(each.body for each in taken[size:])],  # type: ignore[list-item]
                key=lambda body: body.server_time_ns or 0,
            )
            taken = []
        elif not taken and what == "take":
            taken = inbox.take(size)
            assert [each.body for each in taken] == model[:size]
            del model[:size]
        elif not taken:
            taken = inbox.index.loose[::2][:size]
            inbox.take_first(taken)
            for each in taken:
                model.remove(each.body)  # type: ignore[arg-type]
        assert len(inbox) == len(model)
        assert [each.body for each in inbox.index.loose] == model
    while rest := inbox.take(3):
        assert [each.body for each in rest] == model[: len(rest)]
        del model[: len(rest)]
    assert not model
