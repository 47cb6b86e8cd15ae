"""A broker that never lies: its own book, and the reports a FIX 4.4 broker makes of it.

Owns: the truth that tests compare the engine with. May not: look into the engine. Every report
carries the whole truth of its instant (CumQty, LeavesQty, OrdStatus), a TransactTime that never
falls, and in Account the number of the report; in which order they arrive is the test's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.events import CancelRejected, ExecutionReport
from engine.core.terms import CxlRejReason, ExecType, OrdStatus, Side

ZERO = Decimal(0)
ENDED = frozenset({OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED})
RESTING = ENDED | {OrdStatus.DONE_FOR_DAY}
_STEP = Decimal("1e-10")


@dataclass(slots=True)
class BrokerTime:
    """The server's clock and its counter of ids. ``stamps`` False: it sends no time."""

    now_ns: int = 1_000_000_000
    stamps: bool = True
    step_ns: int = 1_000_000
    ids: int = 0

    def tick(self) -> None:
        self.now_ns += self.step_ns

    def stamp(self) -> int | None:
        return self.now_ns if self.stamps else None

    def next_id(self, lead: str = "e") -> str:
        self.ids += 1
        return f"{lead}{self.ids}"


@dataclass(slots=True)
class Pending:
    """A request the broker has taken in and not settled."""

    cl_ord_id: str
    orig_cl_ord_id: str
    cancels: bool
    quantity: Decimal | None = None
    price: Decimal | None = None
    told: bool = False


@dataclass(slots=True)
class HonestOrder:
    """One order at the broker. ``live``: exec id -> (quantity, price) of what stands."""

    time: BrokerTime
    cl_ord_id: str
    order_id: str
    symbol: str
    side: Side
    order_qty: Decimal
    price: Decimal | None = None
    base: OrdStatus = OrdStatus.PENDING_NEW
    live: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)
    highest_cum: Decimal = ZERO
    trades: list[ExecutionReport] = field(default_factory=list)
    made: int = 0
    first_cl_ord_id: str = ""

    def __post_init__(self) -> None:
        self.first_cl_ord_id = self.cl_ord_id

    @property
    def cum_qty(self) -> Decimal:
        return sum((quantity for quantity, _ in self.live.values()), ZERO)

    @property
    def leaves_qty(self) -> Decimal:
        if self.base in RESTING or self.base is OrdStatus.FILLED:
            return ZERO
        return max(self.order_qty - self.cum_qty, ZERO)

    @property
    def avg_px(self) -> Decimal:
        cum = self.cum_qty
        if cum == ZERO:
            return ZERO
        notional = sum((quantity * px for quantity, px in self.live.values()), ZERO)
        return (notional / cum).quantize(_STEP)

    @property
    def ord_status(self) -> OrdStatus:
        told = [p for p in self.pending if p.told]
        if self.base in ENDED:
            return self.base
        if any(p.cancels for p in told):
            return OrdStatus.PENDING_CANCEL
        return OrdStatus.PENDING_REPLACE if told else self.base

    @property
    def is_open(self) -> bool:
        return self.base not in RESTING and self.base is not OrdStatus.FILLED

    # -- what happens at the broker ------------------------------------------------------------

    def accept(self) -> ExecutionReport:
        self.base = OrdStatus.NEW
        return self.report(ExecType.NEW)

    def reject(self) -> ExecutionReport:
        self.base = OrdStatus.REJECTED
        return self.report(ExecType.REJECTED)

    def fill(self, quantity: Decimal, px: Decimal) -> ExecutionReport:
        """A trade. Resting orders may be reported late: their status stays (matrix J.1.b)."""
        exec_id = self.time.next_id()
        self.live[exec_id] = (quantity, px)
        self._follow_quantities()
        return self._trade(ExecType.TRADE, exec_id, quantity, px)

    def bust(self, exec_id: str) -> ExecutionReport:
        quantity, px = self.live.pop(exec_id)
        self._follow_quantities()
        return self._trade(ExecType.TRADE_CANCEL, self.time.next_id("b"), quantity, px, exec_id)

    def correct(self, exec_id: str, quantity: Decimal, px: Decimal) -> ExecutionReport:
        del self.live[exec_id]
        new_id = self.time.next_id("c")
        self.live[new_id] = (quantity, px)
        self._follow_quantities()
        return self._trade(ExecType.TRADE_CORRECT, new_id, quantity, px, exec_id)

    def end(self, base: OrdStatus) -> ExecutionReport:
        """Canceled, expired or done for the day of its own accord."""
        self.base = base
        return self.report(ExecType(base.value))

    def stop_or_suspend(self, base: OrdStatus) -> ExecutionReport:
        self.base = base
        return self.report(ExecType(base.value))

    def resume(self) -> ExecutionReport:
        """From SUSPENDED or DONE_FOR_DAY back to work (matrix K, G)."""
        self.base = OrdStatus.NEW
        self._follow_quantities()
        return self.report(ExecType.RESTATED)

    def restate(self, quantity: Decimal) -> ExecutionReport:
        """An unsolicited change of OrderQty (matrix H)."""
        self.order_qty = max(quantity, self.cum_qty)
        self._follow_quantities()
        return self.report(ExecType.RESTATED)

    def take_request(self, request: Pending) -> None:
        self.pending.append(request)

    def tell_pending(self, request: Pending) -> ExecutionReport:
        request.told = True
        kind = ExecType.PENDING_CANCEL if request.cancels else ExecType.PENDING_REPLACE
        return self.report(kind, request)

    def confirm(self, request: Pending) -> ExecutionReport:
        self.pending.remove(request)
        if request.cancels:
            self.base = OrdStatus.CANCELED
            return self.report(ExecType.CANCELED, request)
        self.cl_ord_id = request.cl_ord_id
        self.order_qty = max(request.quantity or self.order_qty, self.cum_qty)
        self.price = request.price or self.price
        self._follow_quantities()
        return self.report(ExecType.REPLACED, request)

    def refuse(
        self, request: Pending, reason: CxlRejReason = CxlRejReason.TOO_LATE
    ) -> CancelRejected:
        self.pending.remove(request)
        self.time.tick()
        return CancelRejected(
            cl_ord_id=request.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id,
            ord_status=self.ord_status,
            reason=reason,
            order_id=self.order_id,
            server_time_ns=self.time.stamp(),
        )

    def status(self, query_id: str | None = None) -> ExecutionReport:
        """The answer to a status request: the truth of this instant."""
        return self._make(ExecType.ORDER_STATUS, "0", query_id=query_id)

    # -- making reports ------------------------------------------------------------------------

    def report(self, exec_type: ExecType, request: Pending | None = None) -> ExecutionReport:
        return self._make(exec_type, self.time.next_id("r"), request)

    def _trade(
        self,
        exec_type: ExecType,
        exec_id: str,
        quantity: Decimal,
        px: Decimal,
        exec_ref_id: str = "",
    ) -> ExecutionReport:
        made = self._make(exec_type, exec_id, None, quantity, px, exec_ref_id)
        self.trades.append(made)
        return made

    def _follow_quantities(self) -> None:
        cum = self.cum_qty
        self.highest_cum = max(self.highest_cum, cum)
        if self.base in RESTING or self.base in (OrdStatus.SUSPENDED, OrdStatus.STOPPED):
            if self.base is OrdStatus.STOPPED and cum >= self.order_qty:
                self.base = OrdStatus.FILLED
            return
        if cum >= self.order_qty:
            self.base = OrdStatus.FILLED
        else:
            self.base = OrdStatus.PARTIALLY_FILLED if cum > ZERO else OrdStatus.NEW

    def _make(
        self,
        exec_type: ExecType,
        exec_id: str,
        request: Pending | None = None,
        quantity: Decimal | None = None,
        px: Decimal | None = None,
        exec_ref_id: str = "",
        query_id: str | None = None,
    ) -> ExecutionReport:
        self.time.tick()
        self.made += 1
        return ExecutionReport(
            cl_ord_id=request.cl_ord_id if request is not None else self.cl_ord_id,
            orig_cl_ord_id=request.orig_cl_ord_id if request is not None else "",
            order_id=self.order_id,
            exec_id=exec_id,
            exec_type=exec_type,
            ord_status=self.ord_status,
            cum_qty=self.cum_qty,
            leaves_qty=self.leaves_qty,
            order_qty=self.order_qty,
            last_qty=quantity,
            last_px=px,
            avg_px=self.avg_px,
            price=self.price,
            exec_ref_id=exec_ref_id,
            symbol=self.symbol,
            side=self.side,
            server_time_ns=self.time.stamp(),
            query_id=query_id,
            account=f"#{self.made}",
        )
