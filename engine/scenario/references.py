"""From a script's words for an order ("G1/H1/2", request 1) to the ids on the wire.

Owns: what is known of references, from what was handed over and from what the engine has
recorded; it outlives crashes, as the script's author does. May not: send anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.decisions import Outbound, SendOrder
from engine.core.events import ExecutionReport
from engine.core.state import DeskState
from engine.core.terms import ExecType, OrdStatus, Side
from engine.errors import EngineError
from engine.scenario.broker import ScriptedBroker
from engine.scenario.steps import Truth
from engine.scenario.truth import ENDED, ZERO, BrokerOrder


@dataclass(slots=True)
class Known:
    """One order of ours, as the script may mean it. ``requests``: ClOrdIDs by number."""

    cl_ord_id: str
    symbol: str
    side: Side
    account: str
    price: Decimal | None
    order_qty: Decimal
    requests: dict[int, str]


@dataclass(frozen=True, slots=True)
class Ids:
    """What a message about an order carries."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    symbol: str
    side: Side | None


class References:
    """Every order the script may speak of."""

    def __init__(self, broker: ScriptedBroker) -> None:
        self._broker = broker
        self._known: dict[str, Known] = {}

    def sent(self, message: Outbound) -> None:
        """A message was handed over: its reference means these ids from now on."""
        if isinstance(message, SendOrder):
            price, quantity = message.price, message.quantity
            requests = self._known[message.ref].requests if message.ref in self._known else {}
            self._known[message.ref] = Known(
                message.cl_ord_id,
                message.symbol,
                message.side,
                message.account,
                price,
                quantity,
                requests,
            )
        elif message.ref in self._known:
            self._known[message.ref].requests[message.request] = message.cl_ord_id

    def note(self, state: DeskState) -> None:
        """Orders and requests that are recorded but were never handed over can be meant too."""
        for ref, order in state.orders.items():
            known = self._known.get(ref)
            if known is None:
                known = self._known[ref] = Known(
                    order.cl_ord_id,
                    order.symbol,
                    order.side,
                    order.account,
                    order.price,
                    order.order_qty,
                    {},
                )
            for request in order.requests[len(known.requests) :]:
                known.requests[request.number] = request.cl_ord_id

    def knows(self, ref: str) -> bool:
        return ref in self._known

    def resolve(self, ref: str, cl_ord_id: str, order_id: str, request: int) -> Ids:
        """The ids of a reference, or the explicit ones. Raises ``EngineError``."""
        if not ref:
            order = self._broker.find(cl_ord_id, order_id)
            symbol, side = (order.symbol, order.side) if order is not None else ("", None)
            return Ids(cl_ord_id, "", order_id, symbol, side)
        known = self._get(ref)
        if request and request not in known.requests:
            raise EngineError(f"{ref} has no request {request}")
        own = known.requests[request] if request else known.cl_ord_id
        order = self._broker.find(known.cl_ord_id, "")
        found_id = order_id or (order.order_id if order is not None else "")
        orig = known.cl_ord_id if request else ""
        return Ids(cl_ord_id or own, orig, found_id, known.symbol, known.side)

    def declare(self, truth: Truth, server_time_ns: int | None) -> None:
        """A ``truth`` step: what the broker holds true from now on, without saying so."""
        order = self._external(truth) if truth.external else self._own(truth.order)
        order.unknown = truth.unknown
        if truth.unknown:
            return
        if truth.order_id:
            order.order_id = truth.order_id
        order.ord_status = truth.ord_status or order.ord_status
        order.order_qty = truth.order_qty if truth.order_qty is not None else order.order_qty
        order.cum_qty = truth.cum_qty if truth.cum_qty is not None else order.cum_qty
        order.price = truth.price if truth.price is not None else order.price
        order.avg_px = truth.avg_px
        order.leaves_qty = _leaves(order, truth)
        if truth.executions is not None:
            order.executions = _trades(order, truth, server_time_ns)

    def _get(self, ref: str) -> Known:
        if ref not in self._known:
            raise EngineError(f"there is no order {ref} at this moment")
        return self._known[ref]

    def _own(self, ref: str) -> BrokerOrder:
        known = self._get(ref)
        order = self._broker.find(known.cl_ord_id, "")
        if order is None:
            order = BrokerOrder(
                ref,
                known.cl_ord_id,
                f"O-{known.cl_ord_id}",
                known.symbol,
                known.side,
                known.account,
                price=known.price,
                order_qty=known.order_qty,
                leaves_qty=known.order_qty,
            )
            self._broker.add(order)
        return order

    def _external(self, truth: Truth) -> BrokerOrder:
        order = self._broker.find(truth.cl_ord_id, truth.order_id)
        if order is None:
            order = BrokerOrder(
                "", truth.cl_ord_id, truth.order_id, truth.symbol, truth.side, price=truth.price
            )
            self._broker.add(order)
        return order


def _leaves(order: BrokerOrder, truth: Truth) -> Decimal:
    if truth.leaves_qty is not None:
        return truth.leaves_qty
    if order.ord_status in ENDED or order.order_qty is None:
        return ZERO
    return max(order.order_qty - order.cum_qty, ZERO)


def _trades(order: BrokerOrder, truth: Truth, server_time_ns: int | None) -> list[ExecutionReport]:
    """The declared executions as the trade reports the broker would list."""
    trades, cum_qty = [], ZERO
    total = order.order_qty if order.order_qty is not None else order.cum_qty
    for each in truth.executions or ():
        cum_qty += each.qty
        trades.append(
            ExecutionReport(
                cl_ord_id=order.cl_ord_id,
                exec_id=each.exec_id,
                exec_type=ExecType.TRADE,
                ord_status=OrdStatus.FILLED if cum_qty >= total else OrdStatus.PARTIALLY_FILLED,
                cum_qty=cum_qty,
                leaves_qty=max(total - cum_qty, ZERO),
                order_id=order.order_id,
                order_qty=order.order_qty,
                last_qty=each.qty,
                last_px=each.px,
                symbol=order.symbol,
                side=order.side,
                account=order.account,
                server_time_ns=server_time_ns,
            )
        )
    return trades
