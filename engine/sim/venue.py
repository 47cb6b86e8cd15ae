"""The simulated venue: it takes orders, decides fills from the seed, and outlives every crash.

Owns: the broker's truth. May not: look into the engine or lose a message (``link``
does). There is no matching: what an order becomes is drawn when it is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

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
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, OrdType, Side, TimeInForce
from engine.sim.agenda import Agenda, Trace
from engine.sim.chance import Chance
from engine.sim.venue_clock import VenueClock
from engine.sim.venue_fills import FillPlans
from engine.sim.venue_order import VenueOrder

Emit = Callable[[BrokerEvent], None]


class Venue:
    """All orders the venue ever took. ``duplicates``: NEW messages under a known ClOrdID."""

    def __init__(self, agenda: Agenda, chance: Chance, trace: Trace, emit: Emit) -> None:
        self.orders: list[VenueOrder] = []
        self.foreign: list[VenueOrder] = []
        self.dedups = chance.rng.random() < 0.85
        self.ids_per_order = chance.rng.random() < 0.15
        self.duplicates = 0
        self.changes = 0
        self._agenda = agenda
        self._chance = chance
        self._trace = trace
        self._emit = emit
        self._by_id: dict[str, VenueOrder] = {}
        self._last_exec = 0
        self.clock = VenueClock(agenda.clock, chance)
        self.plans = FillPlans(self, agenda, chance, trace)

    # -- orders --------------------------------------------------------------------------------

    def find(self, cl_ord_id: str, order_id: str = "") -> VenueOrder | None:
        return self._by_id.get(cl_ord_id) or (self._by_id.get(order_id) if order_id else None)

    def tell(self, report: BrokerEvent) -> None:
        self.changes += 1
        self._emit(report)

    def next_exec_id(self, order: VenueOrder) -> str:
        if self.ids_per_order:
            order.exec_count += 1
            return str(order.exec_count)
        self._last_exec += 1
        return f"E{self._last_exec}"

    def take(self, message: Outbound) -> None:
        """A message arrived."""
        if isinstance(message, SendOrder):
            self._take_order(message)
            return
        order = self.find(message.orig_cl_ord_id, message.order_id)
        if message.cl_ord_id in self._by_id:
            return  # the same request again: it is being worked on
        if order is None:
            self._reject(message, None, CxlRejReason.UNKNOWN_ORDER)
        elif isinstance(message, SendCancel):
            self._take_cancel(message, order)
        else:
            self._take_replace(message, order)

    def _take_order(self, message: SendOrder) -> None:
        known = self._by_id.get(message.cl_ord_id)
        if known is not None and self.dedups:
            self.duplicates += 1
            exec_id = self.next_exec_id(known)
            self.tell(known.report(ExecType.REJECTED, exec_id, self.clock.now_ns()))
            return
        order = self.add(
            message.cl_ord_id, message.ref, message.symbol, message.side, message.quantity,
            message.order_type, message.tif, message.price, message.account,
        )  # fmt: skip
        if self._chance.strikes("reject"):
            order.status = OrdStatus.REJECTED
            self.tell(
                order.report(ExecType.REJECTED, self.next_exec_id(order), self.clock.now_ns())
            )
            return
        if self._chance.rng.random() < 0.2:
            pending = order.report(
                ExecType.PENDING_NEW, self.next_exec_id(order), self.clock.now_ns(),
                status=OrdStatus.PENDING_NEW,
            )  # fmt: skip
            self.tell(pending)
        self.tell(order.report(ExecType.NEW, self.next_exec_id(order), self.clock.now_ns()))
        self.plans.make(order)

    def add(
        self, cl_ord_id: str, ref: str, symbol: str, side: Side, quantity: Decimal,
        ord_type: OrdType, tif: TimeInForce, price: Decimal | None, account: str,
    ) -> VenueOrder:  # fmt: skip
        """Begin to know an order."""
        order = VenueOrder(
            cl_ord_id=cl_ord_id,
            order_id=f"V{len(self.orders) + len(self.foreign) + 1}",
            ref=ref,
            account=account,
            symbol=symbol,
            side=side,
            ord_type=ord_type,
            tif=tif,
            price=price,
            order_qty=quantity,
            accepted_ns=self._agenda.clock.mono_ns(),
            ids={cl_ord_id},
        )
        (self.orders if ref else self.foreign).append(order)
        self._by_id[cl_ord_id] = self._by_id[order.order_id] = order
        self._trace.note("venue_order", f"{ref or cl_ord_id} {quantity}")
        return order

    def phone(self, symbol: str, side: Side, quantity: Decimal) -> None:
        """Somebody telephones an order in under this account."""
        number = len(self.foreign) + 1
        order = self.add(
            f"PHONE{number}", "", symbol, side, quantity,
            OrdType.LIMIT, TimeInForce.DAY, Decimal(10), "default",
        )  # fmt: skip
        self.tell(order.report(ExecType.NEW, self.next_exec_id(order), self.clock.now_ns()))
        self.plans.make(order)

    # -- cancel and replace ----------------------------------------------------------------------

    def _take_cancel(self, message: SendCancel, order: VenueOrder) -> None:
        if not order.ended and self._chance.strikes("cancel_too_late"):
            self.plans.fill(order, order.leaves)
        if order.ended:
            self._reject(message, order, CxlRejReason.TOO_LATE)
            return
        if self._chance.strikes("cancel_refused"):
            self._reject(message, order, CxlRejReason.OTHER)
            return
        self._own(message.cl_ord_id, order)
        if not self._chance.strikes("cancel_slow"):
            self._confirm_cancel(message, order)
            return
        order.pending = OrdStatus.PENDING_CANCEL
        self.tell(self._request_report(ExecType.PENDING_CANCEL, message, order))
        delay_s = self._chance.between(0.05, 4.0)
        self._agenda.after(delay_s, lambda: self._confirm_cancel(message, order))

    def _confirm_cancel(self, message: SendCancel, order: VenueOrder) -> None:
        if order.pending is OrdStatus.PENDING_CANCEL:
            order.pending = None
        if order.ended:
            self._reject(message, order, CxlRejReason.TOO_LATE)
            return
        self.end(order, OrdStatus.CANCELED, message)

    def end(self, order: VenueOrder, status: OrdStatus, message: SendCancel | None = None) -> None:
        """The order is over, with what it has filled."""
        rest = order.leaves
        order.status, order.pending = status, None
        kind = ExecType.CANCELED if status is OrdStatus.CANCELED else ExecType.EXPIRED
        self.tell(self._request_report(kind, message, order))
        self._trace.note("venue_end", f"{order.ref} {status} {order.cum_qty}")
        self.plans.after_end(order, rest)

    def _take_replace(self, message: SendReplace, order: VenueOrder) -> None:
        if order.ended or self._chance.strikes("replace_refused"):
            reason = CxlRejReason.TOO_LATE if order.ended else CxlRejReason.OTHER
            self._reject(message, order, reason)
            return
        self._own(message.cl_ord_id, order)
        if self._chance.rng.random() < 0.3:
            order.pending = OrdStatus.PENDING_REPLACE
            self.tell(self._request_report(ExecType.PENDING_REPLACE, message, order))
            delay_s = self._chance.between(0.05, 1.5)
            self._agenda.after(delay_s, lambda: self._confirm_replace(message, order))
        else:
            self._confirm_replace(message, order)

    def _confirm_replace(self, message: SendReplace, order: VenueOrder) -> None:
        if order.pending is OrdStatus.PENDING_REPLACE:
            order.pending = None
        if order.ended:
            self._reject(message, order, CxlRejReason.TOO_LATE)
            return
        order.order_qty = max(message.quantity, order.cum_qty)
        order.price = message.price
        order.cl_ord_id = message.cl_ord_id
        order.recount()
        self.tell(self._request_report(ExecType.REPLACED, message, order))
        if self._chance.calm and not order.ended:
            self.plans.settle_order(order)

    def _own(self, cl_ord_id: str, order: VenueOrder) -> None:
        self._by_id[cl_ord_id] = order
        order.ids.add(cl_ord_id)

    def _request_report(
        self, kind: ExecType, message: SendCancel | SendReplace | None, order: VenueOrder
    ) -> ExecutionReport:
        return order.report(
            kind,
            self.next_exec_id(order),
            self.clock.now_ns(),
            cl_ord_id=message.cl_ord_id if message is not None else "",
            orig_cl_ord_id=message.orig_cl_ord_id if message is not None else "",
        )

    def _reject(
        self, message: SendCancel | SendReplace, order: VenueOrder | None, reason: CxlRejReason
    ) -> None:
        status = order.shown if order is not None else OrdStatus.REJECTED
        order_id = order.order_id if order is not None else ""
        self.tell(
            CancelRejected(
                message.cl_ord_id,
                message.orig_cl_ord_id,
                status,
                reason,
                order_id,
                self.clock.now_ns(),
            )
        )

    # -- questions -------------------------------------------------------------------------------

    def answer(self, question: Question) -> BrokerEvent:
        """What the venue says to a question, at this moment."""
        if isinstance(question, AskOrder):
            return self._about(question)
        if isinstance(question, AskOpenOrders):
            return self._open_orders(question)
        if isinstance(question, AskExecutions):
            return self._executions(question)
        return QueryFailed(question.query_id, why="this venue is not asked for positions")

    def _about(self, question: AskOrder) -> BrokerEvent:
        order = self.find(question.cl_ord_id, question.order_id)
        if order is None:
            return OrderNotFound(question.cl_ord_id, question.query_id, self.clock.now_ns())
        said = order.report(ExecType.ORDER_STATUS, "0", self.clock.now_ns())
        if order.snapshots and self._chance.strikes("stale_answer"):
            said = replace(self._chance.one_of(order.snapshots), server_time_ns=self.clock.now_ns())
        return replace(said, query_id=question.query_id)

    def _open_orders(self, question: AskOpenOrders) -> OpenOrdersListed:
        now_ns = self.clock.now_ns()
        found = [order for order in (*self.orders, *self.foreign) if not order.ended]
        complete = not self._chance.strikes("incomplete_list")
        if not complete:
            found = [order for order in found if self._chance.rng.random() < 0.6]
        listed = tuple(order.report(ExecType.ORDER_STATUS, "0", now_ns) for order in found)
        return OpenOrdersListed(question.query_id, listed, complete, now_ns)

    def _executions(self, question: AskExecutions) -> ExecutionsListed:
        since = question.since_ns
        found = tuple(
            report
            for order in (*self.orders, *self.foreign)
            for report in order.history
            if since is None or report.server_time_ns is None or report.server_time_ns >= since
        )
        return ExecutionsListed(question.query_id, found, True, self.clock.now_ns())
