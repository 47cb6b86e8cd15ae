"""Which groups an input may release an order of, so that it is checked against the market.

Owns: the answer, too many rather than too few. May not: decide that something is released; the core
does, and the quotes that come with its input are all it knows of the market.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.commands import Arm, ReleaseKillPart, ReloadLimits, ResumeGroup
from engine.core.events import ExecutionReport, QuoteChanged
from engine.core.lifecycle import TERMINAL
from engine.core.state import DeskState
from engine.core.terms import Phase
from engine.core.waits import group_id_of

_FREES_ALL = (Arm, ReleaseKillPart, ReloadLimits)


def groups_released(body: object, mono_ns: int, state: DeskState) -> set[str]:
    """Groups by id: the report's own, those whose slice or wait is over with this input, and
    all that live where an input lets everything go on."""
    if isinstance(body, _FREES_ALL):
        return _live(state)
    found = set(_overdue(body, mono_ns, state))
    if isinstance(body, ExecutionReport):
        order = state.orders.get(state.by_cl_ord_id.get(body.cl_ord_id, ""))
        if order is not None:
            found.add(order.group_id)
    elif isinstance(body, ResumeGroup):
        found.add(body.group)
    elif not isinstance(body, QuoteChanged) and state.meta.phase is Phase.RECOVERING:
        found |= _live(state)  # an answer may be the last one that arming waited for
    return found


def _overdue(body: object, mono_ns: int, state: DeskState) -> Iterator[str]:
    """Groups with a slice that is due by the time this input brings, or with a wait for a rate
    or a limit that is over."""
    for group_id, until_ns in state.volatile.throttled.items():
        if until_ns <= mono_ns:
            yield group_id
    server_ns = state.clock.once_heard(getattr(body, "server_time_ns", None))
    for key in state.deadlines.due_by(server_ns, mono_ns):
        if key.startswith("slice:"):
            yield group_id_of(key)


def _live(state: DeskState) -> set[str]:
    return {group_id for group_id, g in state.groups.items() if g.lifecycle not in TERMINAL}
