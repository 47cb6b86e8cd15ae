"""One group in full: its orders, chains and the marks of its timeline.

Owns: ``GroupDetail`` and its ``TimelineMark``s. May not: decide or change anything. A request and
its outcome are two marks, tied by ``pair``. Every mark has the local time at which we did or
heard it and, where the broker stamps its messages, the broker's: exact for executions, and
for everything else by interpolation between what was heard before and after.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from engine.core.model import Group, Order
from engine.core.state import DeskState
from engine.core.terms import RequestState
from engine.view_builder import chain_view, group_row, order_view, wall_of
from engine.views import GroupDetail, TimelineMark


def group_detail(state: DeskState, group: Group) -> GroupDetail:
    """Everything about one group that memory holds."""
    orders = [state.orders[ref] for leg in group.legs.values() for ref in leg.orders]
    rejected = [e for e in state.rejected.values() if e.group_id == group.group_id]
    alarms = [e for e in state.escalations.values() if e.group_id == group.group_id]
    marks = _Marks(group, BrokerTimes(state, orders))
    for lifecycle, at_ns in group.history:
        marks.add(at_ns, "trader", "state", str(lifecycle), str(lifecycle))
    for order in orders:
        _mark_order(marks, order)
    for event in rejected:
        text = event.text or f"{event.current} <- {event.incoming}"
        lane = _lane_of_ref(state, event.ref)
        marks.add(event.mono_ns, lane, "rejected", event.reason.value, text)
    for alarm in alarms:
        lane = alarm.leg_id or "trader"
        marks.add(alarm.raised_mono_ns, lane, "escalation", alarm.kind.value, alarm.text)
    return GroupDetail(
        row=group_row(state, group),
        history=tuple((str(name), wall_of(at, group)) for name, at in group.history),
        orders=tuple(order_view(order) for order in orders),
        chains=tuple(chain_view(state, state.chains[key]) for key in group.chains),
        marks=marks.in_order(),
        rejected=tuple(event.number for event in rejected),
        escalations=tuple(alarm.number for alarm in alarms),
    )


class BrokerTimes:
    """The broker's clock at instants of ours: known where it stamped something that we heard."""

    def __init__(self, state: DeskState, orders: list[Order]) -> None:
        known: dict[int, int] = {}
        for order in orders:
            for each in order.executions.values():
                if each.booked_mono_ns is not None and each.server_time_ns is not None:
                    stamped = max(each.server_time_ns, known.get(each.booked_mono_ns, 0))
                    known[each.booked_mono_ns] = stamped
        clock = state.clock
        if clock.now_ns is not None and clock.evidence_mono_ns is not None:
            known[clock.evidence_mono_ns] = clock.now_ns - clock.offset_ns
        self._pairs = sorted(known.items())

    def at(self, mono_ns: int) -> int | None:
        """The broker's time then, on a straight line between its neighbors; None: never known."""
        if not self._pairs:
            return None
        if len(self._pairs) == 1:
            return self._pairs[0][1] + mono_ns - self._pairs[0][0]
        right = min(max(bisect_right(self._pairs, (mono_ns, 0)), 1), len(self._pairs) - 1)
        (ours, theirs), (ours_later, theirs_later) = self._pairs[right - 1 : right + 1]
        return theirs + (mono_ns - ours) * (theirs_later - theirs) // (ours_later - ours)


class _Marks:
    """Gathers marks; instants come in as local monotonic nanoseconds."""

    def __init__(self, group: Group, times: BrokerTimes) -> None:
        self._group = group
        self._times = times
        self._marks: list[tuple[int, TimelineMark]] = []

    def add(
        self,
        mono_ns: int,
        lane: str,
        kind: str,
        what: str,
        text: str,
        pair: str = "",
        server_time_ns: int | None = None,
    ) -> None:
        wall_ns = wall_of(mono_ns, self._group)
        server_ns = server_time_ns if server_time_ns is not None else self._times.at(mono_ns)
        self._marks.append(
            (mono_ns, TimelineMark(wall_ns, server_ns, lane, kind, what, text, pair))
        )

    def in_order(self) -> tuple[TimelineMark, ...]:
        return tuple(mark for _, mark in sorted(self._marks, key=lambda each: each[0]))


def _lane(order: Order) -> str:
    return order.leg_id if order.level is None else f"hedge {order.level}"


def _lane_of_ref(state: DeskState, ref: str) -> str:
    order = state.orders.get(ref)
    return _lane(order) if order is not None else "trader"


def _mark_order(marks: _Marks, order: Order) -> None:
    """The order itself, its requests, its fills and its end."""
    lane = _lane(order)
    price = "MARKET" if order.price is None else f"@ {order.price}"
    text = f"{order.ref} {order.purpose}: {order.side} {order.order_qty} {order.symbol} {price}"
    marks.add(order.created_mono_ns, lane, "request", "NEW", text, order.cl_ord_id)
    for at_ns, kind, what, text, pair in _requests(order):
        marks.add(at_ns, lane, kind, what, text, pair)
    for each in order.executions.values():
        what = "FILL" if each.live and not each.held else "FILL (void)"
        at_ns = each.booked_mono_ns if each.booked_mono_ns is not None else order.created_mono_ns
        text = f"{order.ref}: {each.qty} @ {each.px}"
        marks.add(at_ns, lane, "fill", what, text, "", each.server_time_ns)
    if order.closed_mono_ns is not None:
        text = f"{order.ref}: {order.ord_status}, {order.cum_qty} filled"
        what = order.ord_status.value
        marks.add(order.closed_mono_ns, lane, "outcome", what, text, order.cl_ord_id)


def _requests(order: Order) -> Iterator[tuple[int, str, str, str, str]]:
    for request in order.requests:
        text = f"{order.ref} request {request.number}: {request.kind} is {request.state}"
        yield request.asked_mono_ns, "request", request.kind.value, text, request.cl_ord_id
        if request.state is not RequestState.OPEN and request.ended_mono_ns is not None:
            yield request.ended_mono_ns, "outcome", request.state.value, text, request.cl_ord_id
