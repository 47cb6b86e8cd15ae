"""What the scripted broker holds true of one order.

Owns: the broker's record of an order and the reports made from it. May not: know the script or
the engine. It lives through crashes of the engine.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.events import ExecutionReport
from engine.core.terms import ExecType, OrdStatus, OrdType, Side

ZERO = Decimal(0)
TRADES = frozenset({ExecType.TRADE, ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL})
_MAY_LOWER = (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT, ExecType.RESTATED)
ENDED = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED})


@dataclass(slots=True)
class BrokerOrder:
    """One order at the broker. ``cl_ord_id`` is the current one of its chain; ``unknown``: the
    broker denies it; ``executions``: the trade reports sent or declared for it, in order."""

    ref: str
    cl_ord_id: str
    order_id: str
    symbol: str
    side: Side | None
    account: str = ""
    ord_type: OrdType | None = None
    price: Decimal | None = None
    order_qty: Decimal | None = None
    ord_status: OrdStatus = OrdStatus.PENDING_NEW
    cum_qty: Decimal = ZERO
    leaves_qty: Decimal = ZERO
    avg_px: Decimal | None = None
    unknown: bool = False
    executions: list[ExecutionReport] = field(default_factory=list)
    old_ids: set[str] = field(default_factory=set)

    @property
    def ended(self) -> bool:
        return self.ord_status in ENDED

    def average(self) -> Decimal | None:
        """AvgPx as declared, else from the executions where they explain CumQty."""
        if self.avg_px is not None:
            return self.avg_px
        trades = [e for e in self.executions if e.exec_type is ExecType.TRADE]
        quantity = sum((e.last_qty or ZERO for e in trades), ZERO)
        if quantity == ZERO or quantity != self.cum_qty or len(trades) != len(self.executions):
            return None
        return sum(((e.last_qty or ZERO) * (e.last_px or ZERO) for e in trades), ZERO) / quantity

    def report(
        self,
        exec_type: ExecType,
        exec_id: str,
        server_time_ns: int | None,
        *,
        cl_ord_id: str = "",
        orig_cl_ord_id: str = "",
        query_id: str | None = None,
        text: str = "",
    ) -> ExecutionReport:
        """An execution report of the order as it stands."""
        return ExecutionReport(
            cl_ord_id=cl_ord_id or self.cl_ord_id,
            exec_id=exec_id,
            exec_type=exec_type,
            ord_status=self.ord_status,
            cum_qty=self.cum_qty,
            leaves_qty=self.leaves_qty,
            order_id=self.order_id,
            orig_cl_ord_id=orig_cl_ord_id,
            order_qty=self.order_qty,
            avg_px=self.average(),
            price=self.price,
            symbol=self.symbol,
            side=self.side,
            ord_type=self.ord_type,
            account=self.account,
            server_time_ns=server_time_ns,
            query_id=query_id,
            text=text,
        )

    def status(self, server_time_ns: int | None, query_id: str | None = None) -> ExecutionReport:
        """The answer to "what is this order's state?" (ExecType ORDER_STATUS, ExecID 0)."""
        return self.report(ExecType.ORDER_STATUS, "0", server_time_ns, query_id=query_id)

    def note(self, report: ExecutionReport) -> None:
        """Take over what a report of the script says, unless it is old news: the script sends
        late, repeated and mistaken reports too, and the broker's own book does not follow."""
        if self._is_old_news(report):
            return
        self.unknown = False
        self.ord_status = report.ord_status
        self.cum_qty, self.leaves_qty = report.cum_qty, report.leaves_qty
        self.avg_px = report.avg_px
        if report.order_qty is not None:
            self.order_qty = report.order_qty
        if report.price is not None:
            self.price = report.price
        if report.exec_type in TRADES and all(e.exec_id != report.exec_id for e in self.executions):
            self.executions.append(report)

    def replaced_by(self, cl_ord_id: str) -> None:
        """A replace was confirmed: the order goes by another ClOrdID from now on."""
        if cl_ord_id != self.cl_ord_id:
            self.old_ids.add(self.cl_ord_id)
            self.cl_ord_id = cl_ord_id

    def _is_old_news(self, report: ExecutionReport) -> bool:
        if report.poss_dup:
            return True
        if report.exec_type not in TRADES and report.cl_ord_id in self.old_ids:
            return True
        return report.cum_qty < self.cum_qty and report.exec_type not in _MAY_LOWER
