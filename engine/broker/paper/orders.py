"""The exchange's own record of an order, and the reports made from it.

Owns: ``PaperOrder`` and the shape of every execution report the exchange sends. May not: match
or store. The words and the combinations of ExecType and OrdStatus are FIX 4.4's order state
change matrices (A filled, B cancel, C/D cancel/replace, F duplicates, I time in force).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.broker.paper.contracts import plain
from engine.core.events import ExecutionReport
from engine.core.terms import ExecType, OrdStatus, OrdType, Side, TimeInForce

ZERO = Decimal(0)
AVG_PX_STEP = Decimal("1e-10")
OPEN_STATUSES = frozenset({OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED})


@dataclass(slots=True, eq=False)
class PaperOrder:
    """One order as the exchange knows it. ``cl_ord_id`` is the latest accepted one of the
    cancel/replace chain. ``priority`` orders those that rest: lower is served first.
    ``notional`` is the sum of quantity times price over the fills."""

    order_id: str
    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    ord_type: OrdType
    tif: TimeInForce
    order_qty: Decimal
    price: Decimal | None
    stop_px: Decimal | None
    entered_ns: int
    priority: int
    ord_status: OrdStatus = OrdStatus.NEW
    cum_qty: Decimal = ZERO
    notional: Decimal = ZERO
    triggered: bool = True
    text: str = ""

    @property
    def is_open(self) -> bool:
        return self.ord_status in OPEN_STATUSES

    @property
    def leaves_qty(self) -> Decimal:
        """What may still fill; 0 on an order that is done (FIX: LeavesQty of a closed order)."""
        return self.order_qty - self.cum_qty if self.is_open else ZERO

    @property
    def avg_px(self) -> Decimal:
        """Average price of the fills, 0 without any, to 10 decimals."""
        if not self.cum_qty:
            return ZERO
        return Decimal(plain((self.notional / self.cum_qty).quantize(AVG_PX_STEP)))

    @property
    def limit(self) -> Decimal | None:
        """The worst price it accepts; None: any (MARKET)."""
        return None if self.ord_type is OrdType.MARKET else self.price

    def fill(self, qty: Decimal, price: Decimal) -> None:
        """Book one fill."""
        assert 0 < qty <= self.leaves_qty
        self.cum_qty += qty
        self.notional += qty * price
        done = self.cum_qty == self.order_qty
        self.ord_status = OrdStatus.FILLED if done else OrdStatus.PARTIALLY_FILLED

    def report(
        self,
        exec_type: ExecType,
        exec_id: str,
        now_ns: int,
        *,
        cl_ord_id: str = "",
        orig_cl_ord_id: str = "",
        last_qty: Decimal | None = None,
        last_px: Decimal | None = None,
        text: str = "",
        query_id: str | None = None,
    ) -> ExecutionReport:
        """A report of the order as it stands now. ``cl_ord_id`` only where it is a request's."""
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
            last_qty=last_qty,
            last_px=last_px,
            avg_px=self.avg_px,
            price=self.price,
            symbol=self.symbol,
            side=self.side,
            ord_type=self.ord_type,
            account=self.account,
            server_time_ns=now_ns,
            text=text or self.text,
            query_id=query_id,
        )

    def status(self, now_ns: int, query_id: str | None) -> ExecutionReport:
        """The answer to a status request: ExecType ORDER_STATUS, ExecID 0 (FIX 35=H)."""
        return self.report(ExecType.ORDER_STATUS, "0", now_ns, query_id=query_id)
