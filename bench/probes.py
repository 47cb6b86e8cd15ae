"""Hedges that must be sent at once, and how long that takes.

Owns: groups whose hedge order the venue ends short, and the time from that report to the hedge
order that the engine hands over. May not: make any other load.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bench.workload import BEGIN_NS, acknowledgement, request, short_end
from engine.core.commands import GroupRequest
from engine.core.decisions import Outbound, SendOrder
from engine.core.events import ExecutionReport
from engine.core.terms import Purpose, Side

PREFIX = "P"
NOW = time.monotonic_ns


class Probes:
    """``count`` groups, each good for one measurement. ``took_ms``: what was measured."""

    def __init__(self, count: int, name_of: Callable[[str], str]) -> None:
        self._ids = [f"{PREFIX}{number:06d}" for number in range(count)]
        self._name_of = name_of
        self._waiting = iter(self._ids)
        self._begun_ns: dict[str, int] = {}
        self.took_ms: list[float] = []

    def requests(self) -> Iterator[GroupRequest]:
        return map(request, self._ids)

    def acknowledgements(self) -> Iterator[ExecutionReport]:
        """The venue takes the hedge orders; to be delivered before the measurement."""
        for group_id in self._ids:
            ref = f"{group_id}/H1/1"
            yield acknowledgement(ref, self._name_of(ref), Side.BUY)

    def next(self, instant_ns: int) -> ExecutionReport | None:
        """The report that makes the next hedge necessary, as it arrives at ``instant_ns``."""
        group_id = next(self._waiting, None)
        if group_id is None:
            return None
        self._begun_ns[group_id] = instant_ns
        ref = f"{group_id}/H1/1"
        return short_end(ref, self._name_of(ref), 0, BEGIN_NS)

    def on_send(self, message: Outbound) -> None:
        """Handed to the broker: that is the end of one measurement."""
        if isinstance(message, SendOrder) and message.purpose is Purpose.EMERGENCY_HEDGE:
            begun_ns = self._begun_ns.pop(message.ref.split("/", 1)[0], None)
            if begun_ns is not None:
                self.took_ms.append((NOW() - begun_ns) / 1e6)

    @property
    def missing(self) -> int:
        """Measurements that began and did not end."""
        return len(self._begun_ns)
