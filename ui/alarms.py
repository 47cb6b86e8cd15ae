"""When to sound: new, worse, still unseen; and when there are too many to tell one by one.

Owns: the policy of the alarm's sound (re-alarm, silence) and of flood mode. May not: play
anything, touch widgets, or change an escalation; the engine alone raises and lowers them.
Instants are wall nanoseconds, passed in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from engine import EscalationState, EscalationView, Severity
from ui.formats import SECOND_NS

REALARM_FIRST_S = 60
REALARM_NEXT_S = 120
SILENCE_MAX_S = 60
FLOOD_COUNT = 10
FLOOD_WINDOW_S = 600

_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass(slots=True)
class _Heard:
    level: int
    rank: int
    unfilled_qty: Decimal
    next_ns: int
    silent_until_ns: int = 0


class AlarmBook:
    """What was sounded, per escalation."""

    def __init__(self) -> None:
        self._heard: dict[int, _Heard] = {}
        self._raised: deque[int] = deque(maxlen=1000)

    def listen(self, views: Iterable[EscalationView], now_ns: int) -> Severity | None:
        """The most severe sound that is due now, or None. Call on changes and twice a second."""
        due: Severity | None = None
        for view in views:
            if self._due(view, now_ns) and (due is None or _RANK[view.severity] > _RANK[due]):
                due = view.severity
        return due

    def silence(self, number: int, seconds: int, now_ns: int) -> int:
        """No sound for one escalation, at most 60 s; returns the seconds granted. When it gets
        worse it sounds all the same."""
        granted = max(1, min(seconds, SILENCE_MAX_S))
        heard = self._heard.get(number)
        if heard is not None:
            heard.silent_until_ns = now_ns + granted * SECOND_NS
        return granted

    def silent_s(self, number: int, now_ns: int) -> float:
        """Seconds of silence left for one escalation."""
        heard = self._heard.get(number)
        return 0.0 if heard is None else max(0.0, (heard.silent_until_ns - now_ns) / SECOND_NS)

    def flooding(self, now_ns: int) -> bool:
        """More than 10 were raised in the last 10 minutes."""
        since = now_ns - FLOOD_WINDOW_S * SECOND_NS
        return sum(1 for at in self._raised if at >= since) > FLOOD_COUNT

    def _due(self, view: EscalationView, now_ns: int) -> bool:
        heard = self._heard.get(view.number)
        rank = _RANK[view.severity]
        if heard is None:
            # After a restart old ones are sounded, too: nobody has heard them in this run.
            self._heard[view.number] = _Heard(
                view.level, rank, view.unfilled_qty, now_ns + REALARM_FIRST_S * SECOND_NS
            )
            self._raised.append(view.raised_wall_ns)
            return view.state is EscalationState.UNACKNOWLEDGED
        worse = (
            view.level > heard.level or rank > heard.rank or view.unfilled_qty > heard.unfilled_qty
        )
        heard.level, heard.rank, heard.unfilled_qty = view.level, rank, view.unfilled_qty
        if view.state is not EscalationState.UNACKNOWLEDGED:
            heard.next_ns = now_ns + REALARM_NEXT_S * SECOND_NS
            return False
        if worse:
            heard.silent_until_ns = 0
            heard.next_ns = now_ns + REALARM_FIRST_S * SECOND_NS
            return True
        if now_ns >= heard.next_ns and now_ns >= heard.silent_until_ns:
            heard.next_ns = now_ns + REALARM_NEXT_S * SECOND_NS
            return True
        return False
