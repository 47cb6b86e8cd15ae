"""The bounded queue: what happens when more comes than can be read."""

from __future__ import annotations

from decimal import Decimal

from shell_kit import StillClock

from engine.core.events import (
    BrokerConnected,
    BrokerDisconnected,
    HeartbeatReceived,
    OrderHandedOver,
    QuoteChanged,
)
from engine.shell.inbox import Inbox


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
