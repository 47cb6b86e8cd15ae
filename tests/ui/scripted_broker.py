"""A broker in real time whose every answer a test decides; for the screen on the real engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal as D

from engine.broker.port import BrokerTraits
from engine.core.decisions import AskExecutions, AskOpenOrders, AskOrder, SendCancel, SendOrder
from engine.core.events import (
    BrokerConnected,
    ExecutionReport,
    ExecutionsListed,
    HeartbeatReceived,
    OpenOrdersListed,
    OrderNotFound,
    QuoteChanged,
)
from engine.core.terms import ExecType, OrdStatus

SECOND = 1_000_000_000


class ScriptedBroker:
    """Acknowledges orders and confirms cancels unless told otherwise; fills when told."""

    def __init__(self) -> None:
        self.orders: list[SendOrder] = []
        self.cancels: list[SendCancel] = []
        self.cum: dict[str, D] = {}
        self.open: dict[str, SendOrder] = {}
        self.ack = True
        self.confirm_cancels = True
        self.deliver: Callable[[object], None] = lambda event: None
        self._ahead_ns = 0
        self._exec = 0

    @property
    def traits(self) -> BrokerTraits:
        return BrokerTraits("scripted")

    @property
    def now_ns(self) -> int:
        return time.time_ns() + self._ahead_ns

    async def start(self, deliver) -> None:
        self.deliver = deliver
        deliver(BrokerConnected(self.now_ns))

    async def stop(self) -> None:
        self.deliver = lambda event: None

    def send(self, message) -> None:
        if isinstance(message, SendOrder):
            self.orders.append(message)
            if self.ack:
                self.open[message.cl_ord_id] = message
                self.cum[message.cl_ord_id] = D(0)
                self.report(message, ExecType.NEW, OrdStatus.NEW)
        elif isinstance(message, SendCancel):
            self.cancels.append(message)
            if self.confirm_cancels:
                order = self.open.pop(message.orig_cl_ord_id, None)
                if order is not None:
                    self.report(
                        order,
                        ExecType.CANCELED,
                        OrdStatus.CANCELED,
                        leaves=D(0),
                        request=message.cl_ord_id,
                    )

    def ask(self, question) -> None:
        if isinstance(question, AskOpenOrders):
            known = tuple(self._status(o, None) for o in self.open.values())
            self.deliver(OpenOrdersListed(question.query_id, known, True, self.now_ns))
        elif isinstance(question, AskExecutions):
            self.deliver(ExecutionsListed(question.query_id, (), True, self.now_ns))
        elif isinstance(question, AskOrder):
            order = self.open.get(question.cl_ord_id)
            if order is None:
                self.deliver(OrderNotFound(question.cl_ord_id, question.query_id, self.now_ns))
            else:
                self.deliver(self._status(order, question.query_id))

    # what a test does
    def fill(self, number: int, quantity: int, px: str = "10", exec_id: str = "") -> str:
        """A trade of the ``number``-th order sent, counted from 0 (-1: the last)."""
        order = self.orders[number]
        cum = self.cum[order.cl_ord_id] = self.cum.get(order.cl_ord_id, D(0)) + quantity
        self._exec += 1
        exec_id = exec_id or f"E{self._exec}"
        done = cum >= order.quantity
        if done:
            self.open.pop(order.cl_ord_id, None)
        self.report(
            order,
            ExecType.TRADE,
            OrdStatus.FILLED if done else OrdStatus.PARTIALLY_FILLED,
            exec_id=exec_id,
            last_qty=D(quantity),
            last_px=D(px),
        )
        return exec_id

    def report(
        self, order, exec_type, status, *, exec_id="", leaves=None, request="", **more
    ) -> None:
        self._exec += 1
        cum = self.cum.get(order.cl_ord_id, D(0))
        self.deliver(
            ExecutionReport(
                cl_ord_id=request or order.cl_ord_id,
                orig_cl_ord_id=order.cl_ord_id if request else "",
                exec_id=exec_id or f"S{self._exec}",
                exec_type=exec_type,
                ord_status=status,
                cum_qty=cum,
                leaves_qty=order.quantity - cum if leaves is None else leaves,
                order_id="B" + order.cl_ord_id,
                order_qty=order.quantity,
                symbol=order.symbol,
                side=order.side,
                server_time_ns=self.now_ns,
                raw=f"8|{exec_type}|{cum}",
                **more,
            )
        )

    def pass_time(self, seconds: float) -> None:
        """The broker's clock goes on by this much, and it says so."""
        self._ahead_ns += int(seconds * SECOND)
        self.deliver(HeartbeatReceived(self.now_ns))

    def quote(self, symbol: str, bid: str, ask: str) -> None:
        self.deliver(QuoteChanged(symbol, D(bid), D(50), D(ask), D(50), D(bid), self.now_ns))

    def _status(self, order: SendOrder, query_id: str | None) -> ExecutionReport:
        cum = self.cum[order.cl_ord_id]
        return ExecutionReport(
            cl_ord_id=order.cl_ord_id,
            exec_id="0",
            exec_type=ExecType.ORDER_STATUS,
            ord_status=OrdStatus.PARTIALLY_FILLED if cum else OrdStatus.NEW,
            cum_qty=cum,
            leaves_qty=order.quantity - cum,
            order_id="B" + order.cl_ord_id,
            order_qty=order.quantity,
            symbol=order.symbol,
            side=order.side,
            server_time_ns=self.now_ns,
            query_id=query_id,
        )
