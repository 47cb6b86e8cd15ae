"""Message rates: a token bucket a rule, for orders and for all messages.

Owns: counting what is sent and saying when the next may go. May not: hold back a cancel or a
hedge of exposure; those are counted all the same, so that others wait for them.

A bucket is one instant, kept whole in nanoseconds (the generic cell rate algorithm): the time
at which it will be full again. Sending moves it by one interval; a full burst may stand out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.core.limits.rules import Limits, Rule
from engine.core.model import Order
from engine.core.state import DeskState
from engine.core.turn import NS, Turn


@dataclass(frozen=True, slots=True)
class Bucket:
    """One rate limit: ``burst`` messages at once, one more each ``interval_ns``."""

    key: str
    rule: Rule
    what: str
    interval_ns: int
    burst: int

    def tokens(self, state: DeskState, now_ns: int) -> int:
        """How many may be sent at once now; below zero after messages that nothing holds back."""
        full_ns = max(state.volatile.rates.get(self.key, 0), now_ns)
        return (now_ns + self.burst * self.interval_ns - full_ns) // self.interval_ns

    def free_at_ns(self, state: DeskState, count: int = 1) -> int:
        """The instant from which ``count`` may be sent."""
        full_ns = state.volatile.rates.get(self.key, 0)
        return full_ns - (self.burst - min(count, self.burst)) * self.interval_ns

    def take(self, state: DeskState, now_ns: int) -> None:
        full_ns = max(state.volatile.rates.get(self.key, 0), now_ns)
        state.volatile.rates[self.key] = full_ns + self.interval_ns


def buckets(limits: Limits | None) -> Iterator[Bucket]:
    """Every bucket that the rules have."""
    for rule in limits.rules if limits is not None else ():
        if rule.max_orders_per_s is not None:
            yield _bucket(rule, "orders", rule.max_orders_per_s, rule.orders_burst)
        if rule.max_messages_per_s is not None:
            yield _bucket(rule, "messages", rule.max_messages_per_s, rule.messages_burst)


def _bucket(rule: Rule, what: str, per_s: Decimal, burst: int) -> Bucket:
    return Bucket(f"{rule.name}/{what}", rule, what, int(NS / per_s), burst)


def note(turn: Turn, account: str, symbol: str, is_order: bool) -> None:
    """A message is decided: it counts from now, whatever becomes of it."""
    if turn.state.config.limits is None:
        return
    for bucket in buckets(turn.state.config.limits):
        if (is_order or bucket.what == "messages") and bucket.rule.covers(account, symbol):
            bucket.take(turn.state, turn.mono_ns)


def free_at_ns(turn: Turn, account: str, symbol: str, count: int = 1) -> tuple[int, Bucket | None]:
    """(instant, bucket): when ``count`` new orders may go, and the bucket that says so; the
    present instant and None when they may go now."""
    latest, by = turn.mono_ns, None
    for bucket in buckets(turn.state.config.limits):
        if bucket.rule.covers(account, symbol):
            at = bucket.free_at_ns(turn.state, count)
            if at > latest:
                latest, by = at, bucket
    return latest, by


def recount(state: DeskState) -> None:
    """After a start or a reload: what was sent lately still counts, orphans included."""
    state.volatile.rates.clear()
    known = list(buckets(state.config.limits))
    if not known:
        return
    horizon_ns = max(bucket.burst * bucket.interval_ns for bucket in known)
    sent = sorted(_sent_since(state, state.mono_ns - horizon_ns), key=lambda each: each[0])
    for at_ns, order, is_order in sent:
        for bucket in known:
            fits = bucket.rule.covers(order.account, order.symbol)
            if fits and (is_order or bucket.what == "messages"):
                bucket.take(state, at_ns)


def _sent_since(state: DeskState, since_ns: int) -> Iterator[tuple[int, Order, bool]]:
    for order in state.orders.values():
        if order.created_mono_ns >= since_ns:
            yield order.created_mono_ns, order, True
        for request in order.requests:
            if request.asked_mono_ns >= since_ns:
                yield request.asked_mono_ns, order, False
