"""One order at the simulated venue, and everything it ever reported about it.

Owns: the venue's truth of one order. May not: decide what happens to it (``venue``) or know the
engine. What is true here is what the ledger judges by.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from engine.core.events import ExecutionReport
from engine.core.terms import ExecType, OrdStatus, OrdType, Side, TimeInForce

ZERO = Decimal(0)
ENDED = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED})


@dataclass(slots=True)
class Fill:
    """One true execution. ``ids``: every ExecID under which it was ever reported; ``live``
    False: busted. A correction is the same fill with new terms and a further id."""

    number: int
    ids: list[str]
    qty: Decimal
    px: Decimal
    live: bool = True
    last_id: str = ""


@dataclass(slots=True)
class VenueOrder:
    """``excess``: what filled beyond what the venue itself had said could (overfills, fills
    after the end); ``history``: the trade reports in order."""

    cl_ord_id: str
    order_id: str
    ref: str
    account: str
    symbol: str
    side: Side
    ord_type: OrdType
    tif: TimeInForce
    price: Decimal | None
    order_qty: Decimal
    accepted_ns: int
    status: OrdStatus = OrdStatus.NEW
    pending: OrdStatus | None = None
    cum_qty: Decimal = ZERO
    max_cum: Decimal = ZERO
    excess: Decimal = ZERO
    busted: bool = False
    exec_count: int = 0
    fills: list[Fill] = field(default_factory=list)
    history: list[ExecutionReport] = field(default_factory=list)
    snapshots: list[ExecutionReport] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def leaves(self) -> Decimal:
        """What may still fill, as the venue says it."""
        return ZERO if self.ended else max(self.order_qty - self.cum_qty, ZERO)

    @property
    def shown(self) -> OrdStatus:
        return self.pending if self.pending is not None and not self.ended else self.status

    def average(self) -> Decimal | None:
        live = [fill for fill in self.fills if fill.live]
        quantity = sum((fill.qty for fill in live), ZERO)
        if quantity == ZERO:
            return None
        return sum((fill.qty * fill.px for fill in live), ZERO) / quantity

    def recount(self) -> None:
        """CumQty and status from the fills."""
        self.cum_qty = sum((fill.qty for fill in self.fills if fill.live), ZERO)
        self.max_cum = max(self.max_cum, self.cum_qty)
        if self.status in (OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED):
            return
        if self.cum_qty >= self.order_qty:
            self.status = OrdStatus.FILLED
        else:
            self.status = OrdStatus.PARTIALLY_FILLED if self.cum_qty > ZERO else OrdStatus.NEW

    def report(
        self,
        exec_type: ExecType,
        exec_id: str,
        server_time_ns: int | None,
        *,
        cl_ord_id: str = "",
        orig_cl_ord_id: str = "",
        status: OrdStatus | None = None,
        fill: Fill | None = None,
        exec_ref_id: str = "",
    ) -> ExecutionReport:
        """An execution report of the order as it stands now."""
        said = ExecutionReport(
            cl_ord_id=cl_ord_id or self.cl_ord_id,
            exec_id=exec_id,
            exec_type=exec_type,
            ord_status=status or self.shown,
            cum_qty=self.cum_qty,
            leaves_qty=self.leaves,
            order_id=self.order_id,
            orig_cl_ord_id=orig_cl_ord_id,
            order_qty=self.order_qty,
            last_qty=fill.qty if fill is not None else None,
            last_px=fill.px if fill is not None else None,
            avg_px=self.average(),
            price=self.price,
            exec_ref_id=exec_ref_id,
            symbol=self.symbol,
            side=self.side,
            ord_type=self.ord_type,
            account=self.account,
            server_time_ns=server_time_ns,
        )
        if exec_type is not ExecType.ORDER_STATUS:
            stale = replace(said, exec_type=ExecType.ORDER_STATUS, exec_id="0", last_qty=None)
            self.snapshots.append(replace(stale, last_px=None, exec_ref_id=""))
        if fill is not None:
            self.history.append(said)
        return said
