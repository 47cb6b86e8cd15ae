"""The reconciliation at the end of the trading day, by the broker's clock.

Owns: when it is due. May not: compare (``reconciliation``), or take the local clock for a broker
that stamps its messages. Once a day, also when the desk was away at the moment itself: then as
soon as the broker answers again. What ended before this database began is none of its business.
"""

from __future__ import annotations

from engine.core import reconciliation
from engine.core.state import DeskState
from engine.core.terms import Phase
from engine.core.turn import NS, Turn

USER = "end of day"
DAY_NS = 86_400 * NS
RETRY_NS = 60 * NS


def tick(turn: Turn) -> None:
    """Begin the comparison if a day has ended since the last one."""
    state = turn.state
    day = ended_day(state)
    if day is None or state.volatile.reconciling is not None:
        return
    if not state.meta.day_reconciled:
        state.meta.day_reconciled = day
        state.touched.meta = True
        return
    if day <= state.meta.day_reconciled or state.meta.phase is Phase.RECOVERING:
        return
    tried_ns = state.volatile.day_tried_mono_ns
    if not state.volatile.connected or (tried_ns and turn.mono_ns - tried_ns < RETRY_NS):
        return
    state.volatile.day_tried_mono_ns = turn.mono_ns
    reconciliation.begin(turn, USER, day=day)


def ended_day(state: DeskState) -> int | None:
    """The number of the last trading day that is over, counted from 1970; None: none is asked
    for, or nothing is known of the time. A broker without stamps: the clock on the wall."""
    at_s = state.config.reconcile_at_s
    now_ns = state.wall_ns if state.clock.stampless else state.clock.now_ns
    if at_s is None or now_ns is None:
        return None
    return (now_ns - at_s * NS) // DAY_NS
