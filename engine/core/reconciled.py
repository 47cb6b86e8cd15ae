"""What a reconciliation is made of: the comparison under way, its breaks, its result.

Owns: the values. May not: compare (``reconciliation``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.commands import PositionClaim
from engine.core.events import ExecutionsListed, OpenOrdersListed


@dataclass(frozen=True, slots=True)
class Break:
    """One difference. ``what``: order, execution, position or list; ``ours``/``theirs``: the
    figures side by side, "" where one side has none."""

    what: str
    key: str
    account: str
    symbol: str
    ours: str
    theirs: str
    text: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One comparison, when it is done. ``positions`` None: the broker's were not given."""

    asked_by: str
    asked_wall_ns: int
    done_wall_ns: int
    orders: int
    executions: int
    positions: int | None
    breaks: tuple[Break, ...]

    def summary(self) -> str:
        """One sentence with the counts."""
        counted = f"{self.orders} open orders, {self.executions} executions"
        if self.positions is None:
            counted += " compared; positions were not (no statement was given)"
        else:
            counted += f", {self.positions} positions compared"
        found = f"{len(self.breaks)} breaks" if self.breaks else "no breaks"
        return f"{found}: {counted}"


@dataclass(slots=True)
class Pending:
    """A comparison that waits for answers; ``*_query`` of the questions asked for it."""

    asked_by: str
    asked_wall_ns: int
    orders_query: str
    executions_query: str
    claims: tuple[PositionClaim, ...] | None
    open_orders: OpenOrdersListed | None = None
    executions: ExecutionsListed | None = None
    before: dict[str, tuple[Decimal, bool]] = field(default_factory=dict)
