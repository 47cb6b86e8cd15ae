"""When to ask the broker: polls for time, pings, and the periodic question.

Owns: what is asked because local time passed, and when to wake next. May not: fire anything.
Asking runs on the local monotonic clock; deciding runs on the broker's (``broker_time``).
- A wait is pending and the stream brings no time: ask each ``poll_interval_s``.
- Something is at stake and nothing was heard for a second: ask, so that silence is noticed.
- A working order was not heard of for a while: the stream may have lost a message, ask.
- A cancel is not confirmed: keep asking.
"""

from __future__ import annotations

from engine.core import lost_link
from engine.core.escalation import end_cause, escalate, standing
from engine.core.limits import gate
from engine.core.recovery import RETRY_NS, needs_asking, review, tick
from engine.core.state import DeskState
from engine.core.terms import EscalationKind, Phase, Severity
from engine.core.turn import Turn, to_ns

PING_NS = 1_000_000_000
STATUS_NS = 5_000_000_000
STATUS_BATCH = 50
WAKE_MIN_NS = 100_000
"""Waking more often than this would only burn the processor."""

SILENT_KEY = "broker:silent"


def on_time(turn: Turn) -> None:
    """A local wake-up: ask what is worth asking now."""
    state = turn.state
    gate.wake_throttled(turn)
    if _is_recovering(state):
        tick(turn)
    _poll_for_time(turn)
    if is_at_stake(state):
        _ping(turn)
        _status_round(turn)
        _watch_silence(turn)


def on_heard(turn: Turn) -> None:
    """Something came from the broker."""
    if standing(turn, SILENT_KEY) is not None:
        end_cause(turn, SILENT_KEY)
    if _is_recovering(turn.state) or turn.state.volatile.arms_itself:
        review(turn)


def hears_plainly(state: DeskState) -> bool:
    """Whether ``on_heard`` has nothing to do: no silence to end, no recovery to judge."""
    if SILENT_KEY in state.standing or state.volatile.arms_itself:
        return False
    return not _is_recovering(state)


def is_at_stake(state: DeskState) -> bool:
    """Whether silence could hurt: something works, waits, or is in doubt."""
    return bool(state.volatile.working or state.deadlines.by_key or state.volatile.unanswered)


def next_wake_mono_ns(state: DeskState) -> int | None:
    """The next local instant at which time itself must be looked at; None: not at all."""
    wakes = [*state.volatile.realarms.values(), *state.volatile.throttled.values()]
    clock, config = state.clock, state.config
    heard = max(clock.heard_mono_ns or 0, state.volatile.started_mono_ns)
    if state.deadlines.by_key:
        wakes.append(_next_poll(state))
    if is_at_stake(state):
        asked = max(heard, state.volatile.pinged_mono_ns)
        wakes.append(asked + PING_NS)
        if SILENT_KEY not in state.standing:
            wakes.append(heard + to_ns(config.silent_after_s))
        wakes.append(state.volatile.status_round_mono_ns + RETRY_NS)
    if _is_recovering(state):
        volatile = state.volatile
        limit = to_ns(config.cancel_confirm_s)
        early = state.mono_ns - volatile.recovery_started_mono_ns < limit
        step = min(to_ns(config.poll_interval_s), RETRY_NS) if early else RETRY_NS
        wakes.append(max(volatile.recovery_asked_mono_ns, state.mono_ns - step) + step)
        if early:
            wakes.append(volatile.recovery_started_mono_ns + limit)
    return max(min(wakes), state.mono_ns + WAKE_MIN_NS) if wakes else None


def _is_recovering(state: DeskState) -> bool:
    volatile = state.volatile
    return (
        state.meta.phase is Phase.RECOVERING
        or bool(volatile.unanswered)
        or (
            bool(state.orphans)
            and any(o.resolution is None and needs_asking(o) for o in state.orphans.values())
        )
    )


def _next_poll(state: DeskState) -> int:
    """Poll on the interval, and at the instant at which the next wait may be over."""
    interval = to_ns(state.config.poll_interval_s)
    last = max(state.clock.evidence_mono_ns or 0, state.volatile.polled_mono_ns)
    regular = last + interval
    guess = state.deadlines.next_guess_mono_ns(state.clock)
    if guess is not None and guess > state.mono_ns:
        return min(regular, guess)
    return regular


def _poll_for_time(turn: Turn) -> None:
    state = turn.state
    book = state.deadlines
    if not book.by_key:
        return
    interval = to_ns(state.config.poll_interval_s)
    last = max(state.clock.evidence_mono_ns or 0, state.volatile.polled_mono_ns)
    guess = book.next_guess_mono_ns(state.clock)
    may_be_over = guess is not None and guess <= turn.mono_ns and last < guess
    if turn.mono_ns - last < interval and not may_be_over:
        return
    state.volatile.polled_mono_ns = turn.mono_ns
    for key in book.soonest():
        order = state.orders.get(key.partition(":")[2])
        if order is not None:
            turn.ask_order(order, "time")
            return
    for ref in state.volatile.working:
        turn.ask_order(state.orders[ref], "time")
        return
    turn.ask_open_orders()


def _ping(turn: Turn) -> None:
    volatile = turn.state.volatile
    heard = max(turn.state.clock.heard_mono_ns or 0, volatile.started_mono_ns)
    if turn.mono_ns - max(heard, volatile.pinged_mono_ns) < PING_NS:
        return
    volatile.pinged_mono_ns = turn.mono_ns
    turn.ask_open_orders()


def _status_round(turn: Turn) -> None:
    """Ask about orders not heard of for a while, unconfirmed cancels, missing executions."""
    volatile = turn.state.volatile
    if turn.mono_ns - volatile.status_round_mono_ns < RETRY_NS:
        return
    volatile.status_round_mono_ns = turn.mono_ns
    for ref in volatile.uncertain:
        turn.ask_order(turn.state.orders[ref], "uncertain")
    asked, gap = 0, False
    for ref in volatile.working:
        known = max(volatile.heard_at.get(ref, 0), volatile.asked_at.get(ref, 0))
        order = turn.state.orders[ref]
        known = max(known, order.created_mono_ns)
        if turn.mono_ns - known >= STATUS_NS:
            turn.ask_order(order)
            gap |= order.gap_qty > 0
            asked += 1
            if asked == STATUS_BATCH:
                break
    if gap:
        turn.ask_executions(everything=True)


def _watch_silence(turn: Turn) -> None:
    state = turn.state
    heard = max(state.clock.heard_mono_ns or 0, state.volatile.started_mono_ns)
    silent_ns = turn.mono_ns - heard
    if silent_ns >= to_ns(state.config.silent_after_s):
        if standing(turn, SILENT_KEY) is None:
            lost_link.cancel_by_policy(turn)
        escalate(
            turn, SILENT_KEY, EscalationKind.BROKER_SILENT, Severity.CRITICAL,
            f"nothing heard from the broker for {state.config.silent_after_s} s; no order "
            f"decision is taken from local time",
        )  # fmt: skip
