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
from engine.core.terms import RequestKind
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
    """After a start: what was sent before still counts, orphans included."""
    state.volatile.rates.clear()
    _count_again(state, list(buckets(state.config.limits)))


def keep(state: DeskState) -> None:
    """After a reload: a rule that stays keeps its count, a new one counts what was sent."""
    known = list(buckets(state.config.limits))
    names = {bucket.key for bucket in known}
    kept = {key: at for key, at in state.volatile.rates.items() if key in names}
    state.volatile.rates.clear()
    state.volatile.rates.update(kept)
    _count_again(state, [bucket for bucket in known if bucket.key not in kept])


def _count_again(state: DeskState, known: list[Bucket]) -> None:
    if not known:
        return
    for at_ns, order, is_order in sorted(_sent(state), key=lambda each: each[0]):
        for bucket in known:
            fits = bucket.rule.covers(order.account, order.symbol)
            if fits and (is_order or bucket.what == "messages"):
                bucket.take(state, at_ns)


def _sent(state: DeskState) -> Iterator[tuple[int, Order, bool]]:
    """When each message in memory was decided, and whether it counts as an order."""
    for order in state.orders.values():
        yield order.created_mono_ns, order, True
        for request in order.requests:
            yield request.asked_mono_ns, order, request.kind is RequestKind.REPLACE
