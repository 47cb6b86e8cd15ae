"""The paper exchange: messages, questions and quotes in; reports and answers out.

Owns: which orders and requests are taken, and what they are answered. May not: read a clock,
wait, or deliver anything; time is handed in and the caller commits the ledger before it
delivers what is returned. How orders trade is ``matching``.

Sources: FIX 4.4 order state change matrices A, B, C, D, F.1.a, F.1.b.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.broker.paper.book import DEPTH_DEFAULT
from engine.broker.paper.contracts import Contract, plain
from engine.broker.paper.ledger import Ledger
from engine.broker.paper.matching import Matcher
from engine.broker.paper.orders import PaperOrder
from engine.core.decisions import (
    AskOpenOrders,
    AskOrder,
    AskPositions,
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
    PositionClaim,
    PositionsListed,
    QuoteChanged,
)
from engine.core.terms import (
    CxlRejReason,
    ExecType,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)

ONE = Decimal(1)


class Exchange:
    """The matching of all symbols over one ledger."""

    def __init__(
        self,
        ledger: Ledger,
        contracts: Mapping[str, Contract],
        depth: int = DEPTH_DEFAULT,
        share: Decimal = ONE,
    ) -> None:
        self.ledger = ledger
        self.closed_why = ""
        self._matcher = Matcher(ledger, contracts, depth, share)

    def quote(self, symbol: str) -> QuoteChanged | None:
        """The symbol's latest quote."""
        return self._matcher.quote(symbol)

    def on_quote(self, quote: QuoteChanged, now_ns: int) -> list[BrokerEvent]:
        """A new quote: displayed sizes are fresh, resting orders get their turn."""
        return list(self._matcher.on_quote(quote, now_ns))

    def on_message(self, message: Outbound, now_ns: int) -> list[BrokerEvent]:
        """An order, cancel or cancel/replace arrives."""
        if isinstance(message, SendOrder):
            return self._new(message, now_ns)
        if isinstance(message, SendCancel):
            return self._cancel(message, now_ns)
        return self._replace(message, now_ns)

    def on_question(self, question: Question, now_ns: int) -> BrokerEvent:
        """Answer from the truth. All lists are complete: this exchange forgets nothing."""
        asked = question.query_id
        if isinstance(question, AskOrder):
            order = self.ledger.find(question.cl_ord_id, question.order_id)
            if order is None:
                return OrderNotFound(question.cl_ord_id, asked, now_ns)
            return order.status(now_ns, asked)
        if isinstance(question, AskOpenOrders):
            orders = tuple(o.status(now_ns, asked) for o in self.ledger.open_orders())
            return OpenOrdersListed(asked, orders, True, now_ns)
        if isinstance(question, AskPositions):
            return PositionsListed(asked, self._positions(), True, now_ns)
        executions = tuple(self.ledger.executions_since(question.since_ns, asked))
        return ExecutionsListed(asked, executions, True, now_ns)

    def _positions(self) -> tuple[PositionClaim, ...]:
        """What its executions come to, account by account; flat ones are left out."""
        held: dict[tuple[str, str], Decimal] = {}
        for report in self.ledger.executions_since(None, ""):
            assert report.side is not None and report.last_qty is not None, "a trade of ours"
            signed = report.last_qty if report.side is Side.BUY else -report.last_qty
            key = (report.account, report.symbol)
            held[key] = held.get(key, Decimal(0)) + signed
        return tuple(PositionClaim(*key, quantity) for key, quantity in held.items() if quantity)

    def end_day(self, now_ns: int) -> list[BrokerEvent]:
        """The trading day is over: what is not GTC expires."""
        events: list[BrokerEvent] = []
        for order in self.ledger.open_orders():
            if order.tif is not TimeInForce.GTC:
                events.append(self._matcher.end(order, ExecType.EXPIRED, OrdStatus.EXPIRED, now_ns))
        return events

    def close(self, why: str) -> None:
        """From now on every new order and replace is refused with this reason."""
        self.closed_why = why

    # -- orders ----------------------------------------------------------------------------

    def _new(self, message: SendOrder, now_ns: int) -> list[BrokerEvent]:
        original = self.ledger.find(message.cl_ord_id)
        if original is not None:
            return [self._duplicate(message, original, now_ns)]
        number = self.ledger.number()
        order = PaperOrder(
            self.ledger.new_order_id(), message.cl_ord_id, message.account, message.symbol,
            message.side, message.order_type, message.tif, message.quantity, message.price,
            message.stop_px, now_ns, number,
            triggered=message.order_type is not OrdType.STOP_LIMIT,
        )  # fmt: skip
        self.ledger.touch(order, message.cl_ord_id)
        why = self._refusal(order)
        if why:
            order.ord_status, order.text = OrdStatus.REJECTED, why
            return [order.report(ExecType.REJECTED, self.ledger.new_exec_id(), now_ns)]
        self._matcher.rest(order)
        accepted = order.report(ExecType.NEW, self.ledger.new_exec_id(), now_ns)
        return [accepted, *self._matcher.match(order, now_ns)]

    def _duplicate(self, message: SendOrder, original: PaperOrder, now_ns: int) -> ExecutionReport:
        """F.1.a: refused, with the original's live status. F.1.b (PossResend): its status."""
        if message.resend:
            return original.status(now_ns, None)
        return original.report(
            ExecType.REJECTED,
            self.ledger.new_exec_id(),
            now_ns,
            cl_ord_id=message.cl_ord_id,
            text=f"duplicate ClOrdID {message.cl_ord_id}",
        )

    def _refusal(self, order: PaperOrder) -> str:
        """Why an order cannot be taken, or ""."""
        if self.closed_why:
            return self.closed_why
        if order.ord_type is not OrdType.MARKET and (order.price is None or order.price <= 0):
            return f"a {order.ord_type} order needs a price above 0"
        if order.ord_type is OrdType.STOP_LIMIT and (order.stop_px is None or order.stop_px <= 0):
            return "a STOP_LIMIT order needs a stop price above 0"
        return self._bad_quantity(order.symbol, order.order_qty)

    def _bad_quantity(self, symbol: str, quantity: Decimal) -> str:
        lot = self._matcher.lot(symbol)
        if lot is None:
            return f"unknown symbol {symbol!r}"
        if quantity <= 0 or quantity % lot != 0:
            return f"quantity {plain(quantity)}: expected a multiple of the lot {plain(lot)}"
        return ""

    # -- requests --------------------------------------------------------------------------

    def _cancel(self, message: SendCancel, now_ns: int) -> list[BrokerEvent]:
        order = self.ledger.find(message.orig_cl_ord_id, message.order_id)
        refused = self._request_refusal(message, order, now_ns)
        if refused:
            return [refused]
        assert order is not None
        if not order.is_open:
            return [_refuse(message, order, CxlRejReason.TOO_LATE, "order is done", now_ns)]
        self.ledger.touch(order, message.cl_ord_id)
        return [
            self._matcher.end(
                order, ExecType.CANCELED, OrdStatus.CANCELED, now_ns, message.cl_ord_id
            )
        ]

    def _replace(self, message: SendReplace, now_ns: int) -> list[BrokerEvent]:
        """Up re-opens a filled order (C.1.c); below CumQty the execution stops there (C.3.c)."""
        order = self.ledger.find(message.orig_cl_ord_id, message.order_id)
        refused = self._request_refusal(message, order, now_ns)
        if refused:
            return [refused]
        assert order is not None
        reopens = order.ord_status is OrdStatus.FILLED and message.quantity > order.cum_qty
        if not order.is_open and not reopens:
            return [_refuse(message, order, CxlRejReason.TOO_LATE, "order is done", now_ns)]
        why = self._replace_refusal(message, order)
        if why:
            return [_refuse(message, order, CxlRejReason.OTHER, why, now_ns)]
        previous = order.cl_ord_id
        self._amend(order, message)
        self.ledger.touch(order, message.cl_ord_id)
        replaced = order.report(
            ExecType.REPLACED, self.ledger.new_exec_id(), now_ns, orig_cl_ord_id=previous
        )
        return [replaced, *self._matcher.match(order, now_ns)]

    def _replace_refusal(self, message: SendReplace, order: PaperOrder) -> str:
        if self.closed_why:
            return self.closed_why
        if message.price is not None and message.price <= 0:
            return f"price {plain(message.price)}: expected more than 0"
        return self._bad_quantity(order.symbol, message.quantity)

    def _amend(self, order: PaperOrder, message: SendReplace) -> None:
        price = order.price if message.price is None else message.price
        if price != order.price or message.quantity > order.order_qty:
            order.priority = self.ledger.number()
        order.cl_ord_id = message.cl_ord_id
        order.order_qty = max(message.quantity, order.cum_qty)
        order.price = price
        if order.order_qty == order.cum_qty:
            order.ord_status = OrdStatus.FILLED
            self._matcher.unrest(order)
            return
        order.ord_status = OrdStatus.PARTIALLY_FILLED if order.cum_qty else OrdStatus.NEW
        self._matcher.rest(order)

    def _request_refusal(
        self, message: SendCancel | SendReplace, order: PaperOrder | None, now_ns: int
    ) -> CancelRejected | None:
        if order is None:
            return _refuse(message, None, CxlRejReason.UNKNOWN_ORDER, "unknown order", now_ns)
        if self.ledger.find(message.cl_ord_id) is not None:
            text = f"duplicate ClOrdID {message.cl_ord_id}"
            return _refuse(message, order, CxlRejReason.OTHER, text, now_ns)
        return None


def _refuse(
    message: SendCancel | SendReplace,
    order: PaperOrder | None,
    reason: CxlRejReason,
    text: str,
    now_ns: int,
) -> CancelRejected:
    return CancelRejected(
        cl_ord_id=message.cl_ord_id,
        orig_cl_ord_id=message.orig_cl_ord_id,
        ord_status=order.ord_status if order else OrdStatus.REJECTED,
        reason=reason,
        order_id=order.order_id if order else "NONE",
        server_time_ns=now_ns,
        text=text,
    )
