"""The scripted broker: it takes orders and questions and answers as the script says.

Owns: the broker's truth, which outlives every crash of the engine, and its server clock. May not:
look into the engine. It implements the broker port; answers are delivered at the same virtual
instant, inside ``send`` and ``ask``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from engine.broker.port import BrokerTraits, Deliver
from engine.core.decisions import (
    AskExecutions,
    AskOpenOrders,
    AskOrder,
    Outbound,
    Question,
    SendCancel,
    SendOrder,
    SendReplace,
)
from engine.core.events import (
    BrokerEvent,
    CancelRejected,
    ExecutionReport,
    ExecutionsListed,
    OpenOrdersListed,
    OrderNotFound,
    QueryFailed,
)
from engine.core.terms import CxlRejReason, ExecType, OrdStatus
from engine.scenario.clock import VirtualClock
from engine.scenario.steps import BrokerSettings
from engine.scenario.truth import ZERO, BrokerOrder

Sent = Callable[[Outbound], None]


class ScriptedBroker:
    """One broker for a whole scenario. ``sent`` is called with each message handed over."""

    def __init__(self, settings: BrokerSettings, clock: VirtualClock, sent: Sent) -> None:
        self.settings = settings
        self.orders: list[BrokerOrder] = []
        self._clock = clock
        self._sent = sent
        self._deliver: Deliver | None = None
        self._by_cl_ord_id: dict[str, BrokerOrder] = {}
        self._by_order_id: dict[str, BrokerOrder] = {}
        self._refused = 0

    @property
    def traits(self) -> BrokerTraits:
        return BrokerTraits(
            name="scripted",
            rejects_duplicates=self.settings.dedup == "reject",
            exec_id_per_order=self.settings.exec_id_scope == "order",
        )

    async def start(self, deliver: Deliver) -> None:
        self.connect(deliver)

    async def stop(self) -> None:
        self.disconnect()

    def connect(self, deliver: Deliver) -> None:
        self._deliver = deliver

    def disconnect(self) -> None:
        """The engine is gone: what would be delivered from now on is lost."""
        self._deliver = None

    def deliver(self, event: BrokerEvent) -> None:
        if self._deliver is not None:
            self._deliver(event)

    def server_ns(self, server_time_s: Decimal | None = None) -> int | None:
        """The server's clock now, or the instant a step names; None where it sends none."""
        if not self.settings.server_time:
            return None
        if server_time_s is not None:
            return self._clock.start_wall_ns + int(server_time_s * 1_000_000_000)
        skew_ns = int(self.settings.skew_s * 1_000_000_000)
        return self._clock.start_wall_ns + self._clock.mono_ns() + skew_ns

    # -- the engine's side: messages -----------------------------------------------------------

    def send(self, message: Outbound) -> None:
        self._sent(message)
        if isinstance(message, SendOrder):
            self._take_order(message)
        elif isinstance(message, SendCancel):
            self._take_cancel(message)
        else:
            self._take_replace(message)

    def _take_order(self, message: SendOrder) -> None:
        original = self._by_cl_ord_id.get(message.cl_ord_id)
        if original is not None and not original.unknown and self.settings.dedup == "reject":
            self._refuse_duplicate(original)
            return
        order = BrokerOrder(
            ref=message.ref,
            cl_ord_id=message.cl_ord_id,
            order_id=f"O-{message.cl_ord_id}",
            symbol=message.symbol,
            side=message.side,
            account=message.account,
            ord_type=message.order_type,
            price=message.price,
            order_qty=message.quantity,
            leaves_qty=message.quantity,
        )
        self.add(order)
        if self.settings.ack == "auto":
            order.ord_status = OrdStatus.NEW
            exec_id = f"ack-{message.cl_ord_id}"
            self.deliver(order.report(ExecType.NEW, exec_id, self.server_ns()))

    def _refuse_duplicate(self, original: BrokerOrder) -> None:
        """FIX matrix F.1.a: rejected, with the status of the order that lives."""
        self._refused += 1
        exec_id = f"dup-{self._refused}-{original.cl_ord_id}"
        self.deliver(
            original.report(ExecType.REJECTED, exec_id, self.server_ns(), text="duplicate ClOrdID")
        )

    def _take_cancel(self, message: SendCancel) -> None:
        order = self._known(message.orig_cl_ord_id, message.order_id)
        if self.settings.cancel == "silent":
            return
        if order is None or order.ended or self.settings.cancel == "reject":
            self._reject_request(message, order)
            return
        order.ord_status, order.leaves_qty = OrdStatus.CANCELED, ZERO
        self._by_cl_ord_id[message.cl_ord_id] = order
        self.deliver(self._confirmation(ExecType.CANCELED, message, order))

    def _take_replace(self, message: SendReplace) -> None:
        order = self._known(message.orig_cl_ord_id, message.order_id)
        if self.settings.replace == "silent":
            return
        if order is None or order.ended or self.settings.replace == "reject":
            self._reject_request(message, order)
            return
        order.order_qty = max(message.quantity, order.cum_qty)
        order.price = message.price
        order.leaves_qty = order.order_qty - order.cum_qty
        order.ord_status = _working_status(order)
        order.replaced_by(message.cl_ord_id)
        self._by_cl_ord_id[message.cl_ord_id] = order
        self.deliver(self._confirmation(ExecType.REPLACED, message, order))

    def _confirmation(
        self, exec_type: ExecType, message: SendCancel | SendReplace, order: BrokerOrder
    ) -> ExecutionReport:
        return order.report(
            exec_type,
            f"{exec_type.value.lower()}-{message.cl_ord_id}",
            self.server_ns(),
            cl_ord_id=message.cl_ord_id,
            orig_cl_ord_id=message.orig_cl_ord_id,
        )

    def _reject_request(self, message: SendCancel | SendReplace, order: BrokerOrder | None) -> None:
        reason = CxlRejReason.UNKNOWN_ORDER if order is None else CxlRejReason.TOO_LATE
        self.deliver(
            CancelRejected(
                cl_ord_id=message.cl_ord_id,
                orig_cl_ord_id=message.orig_cl_ord_id,
                ord_status=OrdStatus.REJECTED if order is None else order.ord_status,
                reason=reason,
                order_id=order.order_id if order is not None else "",
                server_time_ns=self.server_ns(),
            )
        )

    # -- the engine's side: questions ----------------------------------------------------------

    def ask(self, question: Question) -> None:
        if self.settings.query == "silent":
            return
        denied = self.settings.query == "not_found"
        if isinstance(question, AskOrder):
            self.deliver(self._about_order(question, denied))
        elif isinstance(question, AskOpenOrders):
            self.deliver(self._open_orders(question, denied))
        elif isinstance(question, AskExecutions):
            self.deliver(self._executions(question, denied))
        else:
            why = "this broker is not asked for positions"
            self.deliver(QueryFailed(question.query_id, why=why))

    def _about_order(self, question: AskOrder, denied: bool) -> BrokerEvent:
        order = self._known(question.cl_ord_id, question.order_id)
        if order is None or denied:
            return OrderNotFound(question.cl_ord_id, question.query_id, self.server_ns())
        return order.status(self.server_ns(), question.query_id)

    def _open_orders(self, question: AskOpenOrders, denied: bool) -> OpenOrdersListed:
        now_ns = self.server_ns()
        found = [] if denied else [o for o in self.orders if not (o.ended or o.unknown)]
        listed = tuple(order.status(now_ns) for order in found)
        return OpenOrdersListed(question.query_id, listed, self.settings.list_complete, now_ns)

    def _executions(self, question: AskExecutions, denied: bool) -> ExecutionsListed:
        found = [] if denied else [e for o in self.orders if not o.unknown for e in o.executions]
        listed = tuple(each for each in found if _since(each, question.since_ns))
        complete = self.settings.list_complete
        return ExecutionsListed(question.query_id, listed, complete, self.server_ns())

    # -- the script's side ---------------------------------------------------------------------

    def add(self, order: BrokerOrder) -> None:
        """Begin to know an order."""
        self.orders.append(order)
        self._by_cl_ord_id[order.cl_ord_id] = order
        self._by_order_id[order.order_id] = order

    def find(self, cl_ord_id: str, order_id: str) -> BrokerOrder | None:
        """An order by any ClOrdID of its chain, else by OrderID; also one that it denies."""
        found = self._by_cl_ord_id.get(cl_ord_id) if cl_ord_id else None
        return found or (self._by_order_id.get(order_id) if order_id else None)

    def report(self, report: ExecutionReport) -> None:
        """Send a report of the script; it is the truth about its order from now on."""
        order = self.find(report.orig_cl_ord_id or report.cl_ord_id, report.order_id)
        if order is not None:
            order.note(report)
            report = replace(report, order_id=report.order_id or order.order_id)
            if report.exec_type is ExecType.REPLACED and report.orig_cl_ord_id:
                order.replaced_by(report.cl_ord_id)
            self._by_cl_ord_id.setdefault(report.cl_ord_id, order)
        self.deliver(report)

    def _known(self, cl_ord_id: str, order_id: str) -> BrokerOrder | None:
        order = self.find(cl_ord_id, order_id)
        return None if order is None or order.unknown else order


def _working_status(order: BrokerOrder) -> OrdStatus:
    if order.leaves_qty == ZERO:
        return OrdStatus.FILLED
    return OrdStatus.PARTIALLY_FILLED if order.cum_qty > ZERO else OrdStatus.NEW


def _since(report: ExecutionReport, since_ns: int | None) -> bool:
    """Whether an execution is not older than asked for; one without a time always counts."""
    return since_ns is None or report.server_time_ns is None or report.server_time_ns >= since_ns
