"""How fast the cycle is, over the last minute.

Owns: the samples behind the figures of the status line. May not: influence anything.
Memory is bounded: at most ``SAMPLES_MAX`` samples of each kind.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque

NS = 1_000_000_000
WINDOW_NS = 60 * NS
RATE_WINDOW_NS = 5 * NS
SAMPLES_MAX = 4_096


class Samples:
    """Durations of the last minute with the instant at which each was taken. They are kept in
    order of size as well: the screen asks for quantiles while the loop has other work."""

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque()
        self._by_size: list[int] = []

    def add(self, now_ns: int, duration_ns: int) -> None:
        if len(self._samples) >= SAMPLES_MAX:
            self._drop()
        self._samples.append((now_ns, duration_ns))
        insort(self._by_size, duration_ns)

    def forget(self) -> None:
        """Begin anew."""
        self._samples.clear()
        self._by_size.clear()

    def quantile_ms(self, now_ns: int, share: float) -> float | None:
        """The duration that ``share`` of the samples stay at or below, in milliseconds."""
        while self._samples and now_ns - self._samples[0][0] > WINDOW_NS:
            self._drop()
        count = len(self._by_size)
        return self._by_size[min(count - 1, int(share * count))] / 1e6 if count else None

    def _drop(self) -> None:
        _, duration_ns = self._samples.popleft()
        del self._by_size[bisect_left(self._by_size, duration_ns)]


class Metrics:
    """Latencies of decision and commit, and the rate of inputs."""

    def __init__(self) -> None:
        self.decision = Samples()
        self.commit = Samples()
        self.commits = 0
        self._cycles: deque[tuple[int, int]] = deque(maxlen=SAMPLES_MAX)

    def forget_durations(self) -> None:
        """What came before isn't to be measured (the host was still building its window)."""
        self.decision.forget()
        self.commit.forget()

    def note_commit(self, begun_ns: int, ended_ns: int) -> None:
        self.commits += 1
        self.commit.add(ended_ns, ended_ns - begun_ns)

    def note_inputs(self, now_ns: int, count: int) -> None:
        """``count`` inputs were handled in the cycle that ended now."""
        self._cycles.append((now_ns, count))

    def events_per_s(self, now_ns: int) -> float:
        """Inputs a second over the last five seconds."""
        recent = [(at, n) for at, n in self._cycles if now_ns - at <= RATE_WINDOW_NS]
        if not recent:
            return 0.0
        span_ns = RATE_WINDOW_NS if len(self._cycles) < SAMPLES_MAX else now_ns - recent[0][0]
        return sum(n for _, n in recent) * NS / max(span_ns, 1)
