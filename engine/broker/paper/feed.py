"""The flow of quotes against the exchange's clock: which are due, when a day is over.

Owns: the position in the stream, the clock, and the rule for days. May not: match or deliver.

The rule for days: the stream of all contracts pauses for ``DAY_GAP_NS`` or more (CME's daily
break is an hour) or ends. One minute after the last quote the day is over; the clock then goes
on at the next quote, so nobody waits through a night.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.broker.paper.clock import SECOND_NS, ExchangeClock
from engine.broker.paper.quotes import QuoteSource
from engine.core.events import QuoteChanged

DAY_GAP_NS = 3_600 * SECOND_NS
CLOSE_AFTER_NS = 60 * SECOND_NS
QUOTES_PER_TURN_MAX = 64
NEVER_S = float("inf")
MAX_NS = 2**63 - 1


class QuoteFeed:
    """A source's stream, read as the clock reaches it. ``start_ns``: begin there on a fresh
    exchange; None: at the first quote."""

    def __init__(self, source: QuoteSource, speed: float, start_ns: int | None = None) -> None:
        assert speed > 0
        self._source = source
        self._speed = speed
        self._start_ns = start_ns
        self._stream: Iterator[QuoteChanged] = iter(())
        self._next: QuoteChanged | None = None
        self._last_ns = 0
        self._over = False

    @property
    def now_ns(self) -> int:
        return self._clock.now_ns

    @property
    def is_over(self) -> bool:
        """Whether the quotes have ended and their last day with them."""
        return self._over

    @property
    def symbols(self) -> frozenset[str]:
        return frozenset(self._source.contracts)

    def prime(self, resume_ns: int | None) -> None:
        """Find the place to begin: ``resume_ns`` after a restart. May take a while."""
        begin_ns = self._start_ns if resume_ns is None else resume_ns
        self._stream = self._source.stream(begin_ns)
        self._next = next(self._stream, None)
        first_ns = _time_ns(self._next) if self._next else 0
        self._begin_ns = first_ns if begin_ns is None else begin_ns
        self._last_ns = self._begin_ns

    def begin(self, local_s: float) -> None:
        """Let the clock run from here."""
        self._clock = ExchangeClock(self._begin_ns, local_s, self._speed)

    def due(self, local_s: float) -> Iterator[QuoteChanged]:
        """The quotes whose moment has come, at most a turn's worth; moves the clock along.

        While quotes are left over the clock shows the last one's moment, never a later one.
        """
        target_ns = self._clock.at(local_s)
        for _ in range(QUOTES_PER_TURN_MAX):
            quote = self._next
            if quote is None or _time_ns(quote) > target_ns or self._pauses(quote):
                break
            self._last_ns = max(self._last_ns, _time_ns(quote))
            self._clock.advance(self._last_ns)
            self._next = next(self._stream, None)
            yield quote
        if not self._is_waiting(target_ns):
            self._clock.advance(min(target_ns, self._day_end_ns()))

    @property
    def is_mid_moment(self) -> bool:
        """Whether more quotes of the very moment that the clock shows are still to be taken."""
        return self._next is not None and _time_ns(self._next) <= self._clock.now_ns

    def day_is_over(self, local_s: float) -> bool:
        """Whether the day has just ended; true until ``next_day``."""
        at_end = self._next is None or self._pauses(self._next)
        return at_end and not self._over and self._clock.at(local_s) >= self._day_end_ns()

    def next_day(self, local_s: float) -> bool:
        """Go on at the next quote. False: there is none, the market stays closed."""
        if self._next is None:
            self._over = True
            return False
        self._last_ns = _time_ns(self._next)
        self._clock.jump(self._last_ns, local_s)
        return True

    def next_due_s(self) -> float:
        """Local time of the next quote or of the day's end."""
        if self._over:
            return NEVER_S
        if self._next is None or self._pauses(self._next):
            return self._clock.local_at(self._last_ns + CLOSE_AFTER_NS)
        return self._clock.local_at(_time_ns(self._next))

    def ahead_ns(self, local_s: float) -> int:
        """What the clock shows that many local seconds from now."""
        return self._clock.now_ns + int(local_s * self._speed * SECOND_NS)

    def close(self) -> None:
        self._source.close()

    def _pauses(self, following: QuoteChanged) -> bool:
        return _time_ns(following) - self._last_ns >= DAY_GAP_NS

    def _is_waiting(self, target_ns: int) -> bool:
        """Whether a quote that is due was left for the next turn."""
        following = self._next
        return (
            following is not None
            and not self._pauses(following)
            and _time_ns(following) <= target_ns
        )

    def _day_end_ns(self) -> int:
        """The latest moment the clock may show before the next quote is taken."""
        if self._over:
            return MAX_NS
        if self._next is None or self._pauses(self._next):
            return self._last_ns + CLOSE_AFTER_NS
        return _time_ns(self._next)


def _time_ns(quote: QuoteChanged) -> int:
    assert quote.server_time_ns is not None, "a source stamps every quote"
    return quote.server_time_ns
