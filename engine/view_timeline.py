"""One group in full: its orders, chains and the marks of its timeline.

Owns: ``GroupDetail`` and its ``TimelineMark``s. May not: decide or change anything. A request and
its outcome are two marks, tied by ``pair``.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.model import Group, Order
from engine.core.order import is_closed
from engine.core.state import DeskState
from engine.core.terms import RequestState
from engine.view_builder import chain_view, group_row, order_view, wall_of
from engine.views import GroupDetail, TimelineMark


def group_detail(state: DeskState, group: Group) -> GroupDetail:
    """Everything about one group that memory holds."""
    orders = [state.orders[ref] for leg in group.legs.values() for ref in leg.orders]
    rejected = [e for e in state.rejected.values() if e.group_id == group.group_id]
    alarms = [e for e in state.escalations.values() if e.group_id == group.group_id]
    marks = [
        *(TimelineMark(wall_of(at, group), None, "trader", "state", str(name), str(name))
          for name, at in group.history),
        *(mark for order in orders for mark in _order_marks(order, group)),
        *(TimelineMark(e.wall_ns, None, _lane_of_ref(state, e.ref), "rejected", e.reason.value,
                       e.text or f"{e.current} <- {e.incoming}") for e in rejected),
        *(TimelineMark(e.raised_wall_ns, None, e.leg_id or "trader", "escalation", e.kind.value,
                       e.text) for e in alarms),
    ]  # fmt: skip
    return GroupDetail(
        row=group_row(state, group),
        history=tuple((str(name), wall_of(at, group)) for name, at in group.history),
        orders=tuple(order_view(order) for order in orders),
        chains=tuple(chain_view(state, state.chains[key]) for key in group.chains),
        marks=tuple(sorted(marks, key=lambda mark: mark.wall_ns)),
        rejected=tuple(e.number for e in rejected),
        escalations=tuple(e.number for e in alarms),
    )


def _lane(order: Order) -> str:
    return order.leg_id if order.level is None else f"hedge {order.level}"


def _lane_of_ref(state: DeskState, ref: str) -> str:
    order = state.orders.get(ref)
    return _lane(order) if order is not None else "trader"


def _order_marks(order: Order, group: Group) -> Iterator[TimelineMark]:
    """The order itself, its requests, its fills and its end."""
    lane = _lane(order)
    price = "MARKET" if order.price is None else f"@ {order.price}"
    text = f"{order.ref} {order.purpose}: {order.side} {order.order_qty} {order.symbol} {price}"
    yield TimelineMark(order.created_wall_ns, None, lane, "request", "NEW", text, order.cl_ord_id)
    for request in order.requests:
        at_ns = wall_of(request.asked_mono_ns, group)
        said = f"{order.ref} request {request.number}: {request.kind} is {request.state}"
        lane_of_request = "trader" if request.user else lane
        yield TimelineMark(
            at_ns, None, lane_of_request, "request", request.kind.value, said, request.cl_ord_id
        )
        if request.state is not RequestState.OPEN:
            # The broker's answer has no instant of its own in the record, an end has.
            ended_ns = wall_of(order.closed_mono_ns or request.asked_mono_ns, group)
            yield TimelineMark(
                ended_ns, None, lane, "outcome", request.state.value, said, request.cl_ord_id
            )
    for each in order.executions.values():
        at_ns = each.server_time_ns or order.created_wall_ns
        what = "FILL" if each.live and not each.held else "FILL (void)"
        yield TimelineMark(
            at_ns, each.server_time_ns, lane, "fill", what, f"{order.ref}: {each.qty} @ {each.px}"
        )
    if is_closed(order) and order.closed_mono_ns is not None:
        yield TimelineMark(
            wall_of(order.closed_mono_ns, group),
            None,
            lane,
            "outcome",
            order.ord_status.value,
            f"{order.ref}: {order.ord_status}, {order.cum_qty} filled",
            order.cl_ord_id,
        )
