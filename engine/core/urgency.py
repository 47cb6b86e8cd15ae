"""What is urgent among the inputs that wait, and what may go ahead of the others.

Owns: which inputs are urgent, which group an input is about, and the choice of those that go first
when many wait. May not: apply anything, or change the order of one group's inputs.

A report after which something may be unhedged, and a trader's word on one group or order, must not
wait for a thousand acknowledgements of others. So the groups of urgent inputs go first, each with
everything that waits for it, in the order of its arrival. Across groups the order of arrival means
nothing, with these exceptions, for which it is kept:
- an input about everything, or about nobody knows what: nothing goes ahead of it; the same of a
  quote that a stop of these groups watches, and of a list that names their orders;
- a wait of a group that would be over with what goes first, while something about that group is
  overtaken: a deadline is judged on everything that arrived before it was over;
- while a recovery collects its evidence, or silence stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from engine.core.commands import (
    AcceptPartial,
    AcceptRisk,
    Acknowledge,
    CancelGroup,
    CancelOrder,
    ManualHedge,
    PauseGroup,
    ReplaceOrder,
    ResumeGroup,
    SubmitGroup,
)
from engine.core.events import (
    CancelRejected,
    ExecutionReport,
    ExecutionsListed,
    GroupStateReported,
    HeartbeatReceived,
    OrderHandedOver,
    OrderNotFound,
    QuoteChanged,
    SendFailed,
)
from engine.core.model import Group, Order
from engine.core.questions import hears_plainly
from engine.core.reports import find_order, order_of
from engine.core.state import DeskState
from engine.core.terms import ExecType
from engine.core.waits import group_id_of

GROUPS_MAX = 64
"""Groups that go first at once; the others' turn comes soon enough."""

_ENDS_OR_TAKES_BACK = frozenset(
    {
        ExecType.CANCELED,
        ExecType.REJECTED,
        ExecType.EXPIRED,
        ExecType.DONE_FOR_DAY,
        ExecType.SUSPENDED,
        ExecType.TRADE_CANCEL,
        ExecType.TRADE_CORRECT,
    }
)
_OF_A_GROUP = (CancelGroup, PauseGroup, ResumeGroup, AcceptPartial)
_OF_AN_ORDER = (CancelOrder, ReplaceOrder)
_OF_AN_ESCALATION = (Acknowledge, AcceptRisk)
_URGENT_COMMANDS = (*_OF_A_GROUP, *_OF_AN_ORDER, *_OF_AN_ESCALATION, ManualHedge)
_OF_A_MESSAGE = (OrderHandedOver, SendFailed, OrderNotFound)

NONE = ""
"""About no group: whatever goes first may overtake it."""


class Input(Protocol):
    """An input with the local instant of its arrival. ``number``: its place in the order of it."""

    @property
    def mono_ns(self) -> int: ...
    @property
    def body(self) -> object: ...
    @property
    def number(self) -> int: ...
    @property
    def urgent(self) -> bool: ...


In = TypeVar("In", bound=Input)


class Queue(Protocol[In]):
    """What waits, each list in order of arrival. ``loose``: what is neither a quote nor under the
    ClOrdID of the order that it is about."""

    @property
    def urgent(self) -> list[In]: ...
    @property
    def loose(self) -> list[In]: ...
    def of_orders(self, cl_ord_ids: Iterable[str]) -> list[In]: ...
    def quotes_of(self, symbols: Iterable[str]) -> list[In]: ...


def is_urgent(body: object) -> bool:
    """Whether this should not wait: an order that ended or a fill taken back, after which something
    may be unhedged; more filled than ordered; a trader's word on one group or order."""
    if isinstance(body, ExecutionReport):
        if body.exec_type in _ENDS_OR_TAKES_BACK:
            return True
        return body.order_qty is not None and body.cum_qty > body.order_qty
    return isinstance(body, _URGENT_COMMANDS)


def go_first(state: DeskState, queue: Queue[In], most: int) -> list[In]:
    """What of the inputs that wait goes first, at most so many, in order of arrival. Nothing where
    the order of arrival must stand."""
    groups = _urgent_groups(state, queue.urgent) if hears_plainly(state) else set()
    if not groups:
        return []
    end = _first_about_all(state, queue, groups)
    found = queue.of_orders(_names(state, groups))
    found += (each for each in queue.loose if group_of(state, each.body) in groups)
    found.sort(key=lambda each: each.number)
    first = [each for each in found if end is None or each.number < end][:most]
    if not any(each.urgent for each in first) or _ends_a_wait(state, queue, groups, first):
        return []
    return first


def group_of(state: DeskState, body: object) -> str | None:
    """The group that an input is about; ``NONE``: about no group of ours; None: about several, or
    that cannot be said."""
    if isinstance(body, ExecutionReport | CancelRejected):
        return _group_of_order(order_of(state, body))
    if isinstance(body, QuoteChanged | HeartbeatReceived):
        return NONE
    if isinstance(body, _OF_A_MESSAGE):
        return _group_of_order(find_order(state, body.cl_ord_id))
    if isinstance(body, GroupStateReported):
        return body.group_id or None
    return _of_command(state, body)


def _of_command(state: DeskState, command: object) -> str | None:
    if isinstance(command, SubmitGroup) and command.group is not None:
        return command.group.group_id or None
    if isinstance(command, _OF_A_GROUP):
        return command.group or None
    if isinstance(command, _OF_AN_ORDER):
        order = state.orders.get(command.order)
        return order.group_id if order is not None else None
    if isinstance(command, ManualHedge) and not command.escalation:
        return command.group or None
    if isinstance(command, (*_OF_AN_ESCALATION, ManualHedge)):
        escalation = state.escalations.get(command.escalation)
        return escalation.group_id or None if escalation is not None else None
    return None


def _group_of_order(order: Order | None) -> str:
    return order.group_id if order is not None else NONE


def _urgent_groups(state: DeskState, urgent: Iterable[Input]) -> set[str]:
    found: set[str] = set()
    for each in urgent:
        group_id = group_of(state, each.body)
        if group_id:
            found.add(group_id)
            if len(found) == GROUPS_MAX:
                break
    return found


def _first_about_all(state: DeskState, queue: Queue[In], groups: set[str]) -> int | None:
    """The number of the oldest input that nothing of these groups may overtake."""
    watched = (f"{group.group_id}/{leg_id}" for group, leg_id in _legs(state, groups))
    stops = [state.stops[key] for key in watched if key in state.stops]
    numbers = [each.number for each in queue.quotes_of({stop.symbol for stop in stops})]
    for each in queue.loose:
        if group_of(state, each.body) is None and not _is_of_others(state, each.body, groups):
            numbers.append(each.number)
            break
    return min(numbers, default=None)


def _is_of_others(state: DeskState, body: object, groups: set[str]) -> bool:
    """Whether an input about several groups is certainly about none of these."""
    if isinstance(body, ExecutionsListed) and state.volatile.reconciling is None:
        return not any(group_of(state, report) in groups for report in body.executions)
    return False


def _legs(state: DeskState, groups: set[str]) -> Iterator[tuple[Group, str]]:
    for group_id in sorted(groups & state.groups.keys()):
        group = state.groups[group_id]
        yield from ((group, leg_id) for leg_id in group.legs)


def _names(state: DeskState, groups: set[str]) -> Iterator[str]:
    """The ClOrdIDs of these groups' orders and of the requests about them."""
    for group, leg_id in _legs(state, groups):
        for ref in group.legs[leg_id].orders:
            order = state.orders[ref]
            yield order.cl_ord_id
            yield from (request.cl_ord_id for request in order.requests)


def _ends_a_wait(state: DeskState, queue: Queue[In], groups: set[str], first: list[In]) -> bool:
    """Whether hearing ``first`` would end a wait of another group of which something that is
    overtaken tells."""
    book = state.deadlines
    server_ns = state.clock.once_heard(max(_stamps(first), default=None))
    newest_ns = max(each.mono_ns for each in first)
    over = {group_id_of(key) for key in book.due_by(server_ns, newest_ns) if key in book.by_key}
    over -= groups
    if not over:
        return False
    if not over <= state.groups.keys():
        return True
    told = queue.of_orders(_names(state, over))
    told += (each for each in queue.loose if group_of(state, each.body) in over)
    return any(each.number < first[-1].number for each in told)


def _stamps(inputs: Iterable[Input]) -> Iterator[int]:
    for each in inputs:
        stamp = getattr(each.body, "server_time_ns", None)
        if stamp is not None:
            yield stamp
