"""The shared workload: groups and what a venue says about them, the same for the same seed.

Owns: which groups are asked for and which execution reports come, in which order. May not: read a
clock, draw from an unseeded generator, or know how reports reach the engine.

Each group has one hedge and one risk leg of 100 and releases the risk after the hedge. Each order
is answered by NEW and two to eight fills. One report in a hundred comes twice (``PossDup``),
one fill in a hundred comes after its successor. The reports of all active groups are mixed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.core.commands import GroupRequest, LegRequest
from engine.core.events import ExecutionReport
from engine.core.terms import ExecType, LegType, OrdStatus, Side

QTY = 100
BEGIN_NS = 1_700_000_000_000_000_000
STEP_NS = 100_000
LATE_NS = 5_000_000
ACTIVE_MAX = 1_000

NameOf = Callable[[str], str]
"""The ClOrdID of an order reference ("GROUP/LEG/N")."""


@dataclass(frozen=True, slots=True)
class Mix:
    """How the reports of an order are made."""

    fills_min: int = 2
    fills_max: int = 8
    duplicates: float = 0.01
    late: float = 0.01


@dataclass(frozen=True, slots=True)
class Workload:
    """Groups ``prefix`` + number and their reports. ``seed`` decides everything."""

    groups: int
    seed: int = 1
    prefix: str = "G"
    mix: Mix = Mix()

    def group_ids(self) -> list[str]:
        return [f"{self.prefix}{number:06d}" for number in range(self.groups)]

    def requests(self) -> Iterator[GroupRequest]:
        """The groups as the trader asks for them."""
        return map(request, self.group_ids())

    def reports(self, name_of: NameOf) -> Iterator[ExecutionReport]:
        """All reports in the order in which they arrive."""
        chance = random.Random(self.seed)
        waiting = iter(self.group_ids())
        active: list[Iterator[ExecutionReport]] = []
        server_ns = BEGIN_NS
        while True:
            while len(active) < ACTIVE_MAX and (group_id := next(waiting, None)) is not None:
                active.append(iter(self._group(group_id, name_of, chance)))
            if not active:
                return
            at = chance.randrange(len(active))
            report = next(active[at], None)
            if report is None:
                active[at] = active[-1]
                active.pop()
                continue
            server_ns += STEP_NS
            behind_ns = LATE_NS if report.poss_dup else 0
            yield replace(report, server_time_ns=server_ns - behind_ns)

    def _group(
        self, group_id: str, name_of: NameOf, chance: random.Random
    ) -> list[ExecutionReport]:
        hedge = self._order(f"{group_id}/H1/1", Side.BUY, name_of, chance)
        risk = self._order(f"{group_id}/R1/1", Side.SELL, name_of, chance)
        return hedge + risk

    def _order(
        self, ref: str, side: Side, name_of: NameOf, chance: random.Random
    ) -> list[ExecutionReport]:
        mix = self.mix
        cl_ord_id = name_of(ref)
        reports = [acknowledgement(ref, cl_ord_id, side)]
        cuts = chance.sample(range(1, QTY), chance.randint(mix.fills_min, mix.fills_max) - 1)
        cum = 0
        for number, upto in enumerate([*sorted(cuts), QTY], 1):
            reports.append(fill(ref, cl_ord_id, side, number, upto - cum, upto))
            cum = upto
        for at in range(1, len(reports) - 1):
            if chance.random() < mix.late:
                reports[at], reports[at + 1] = reports[at + 1], reports[at]
        sent: list[ExecutionReport] = []
        for report in reports:
            sent.append(report)
            if chance.random() < mix.duplicates:
                sent.append(replace(report, poss_dup=True))
        return sent


def request(group_id: str) -> GroupRequest:
    """One group of the workload."""
    quantity = Decimal(QTY)
    return GroupRequest(
        group_id,
        (
            LegRequest("H1", LegType.HEDGE, "P3200", Side.BUY, quantity, price=Decimal("10.25")),
            LegRequest("R1", LegType.RISK, "P3250", Side.SELL, quantity, price=Decimal("14.75")),
        ),
    )


def acknowledgement(ref: str, cl_ord_id: str, side: Side) -> ExecutionReport:
    """The venue took an order."""
    return ExecutionReport(
        cl_ord_id=cl_ord_id,
        exec_id=f"A-{ref}",
        exec_type=ExecType.NEW,
        ord_status=OrdStatus.NEW,
        cum_qty=Decimal(0),
        leaves_qty=Decimal(QTY),
        order_id=f"O-{ref}",
        order_qty=Decimal(QTY),
        symbol="P3200" if side is Side.BUY else "P3250",
        side=side,
    )


def fill(
    ref: str, cl_ord_id: str, side: Side, number: int, quantity: int, cum: int
) -> ExecutionReport:
    """The venue filled ``quantity`` of an order, ``cum`` in all."""
    price = Decimal("10.25") if side is Side.BUY else Decimal("14.75")
    return ExecutionReport(
        cl_ord_id=cl_ord_id,
        exec_id=f"E{number}-{ref}",
        exec_type=ExecType.TRADE,
        ord_status=OrdStatus.FILLED if cum >= QTY else OrdStatus.PARTIALLY_FILLED,
        cum_qty=Decimal(cum),
        leaves_qty=Decimal(max(QTY - cum, 0)),
        order_id=f"O-{ref}",
        order_qty=Decimal(QTY),
        last_qty=Decimal(quantity),
        last_px=price,
        avg_px=price,
        symbol="P3200" if side is Side.BUY else "P3250",
        side=side,
    )


def short_end(ref: str, cl_ord_id: str, cum: int, server_ns: int) -> ExecutionReport:
    """The venue canceled the rest of a hedge order: what is missing must be hedged."""
    return ExecutionReport(
        cl_ord_id=cl_ord_id,
        exec_id=f"X-{ref}",
        exec_type=ExecType.CANCELED,
        ord_status=OrdStatus.CANCELED,
        cum_qty=Decimal(cum),
        leaves_qty=Decimal(0),
        order_id=f"O-{ref}",
        order_qty=Decimal(QTY),
        symbol="P3200",
        side=Side.BUY,
        server_time_ns=server_ns,
    )
