"""What a reconciliation is made of: the comparison under way, its breaks, its result.

Owns: the values. May not: compare (``reconciliation``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.events import ExecutionsListed, OpenOrdersListed, PositionClaim


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
    """One comparison, when it is done. ``positions`` None: the broker's were not given.
    ``more_breaks``: so many beside those in ``breaks``."""

    asked_by: str
    asked_wall_ns: int
    done_wall_ns: int
    orders: int
    executions: int
    positions: int | None
    breaks: tuple[Break, ...]
    more_breaks: int = 0

    def summary(self) -> str:
        """One sentence with the counts."""
        counted = f"{self.orders} open orders, {self.executions} executions"
        if self.positions is None:
            counted += " compared; positions were not (the broker did not give them)"
        else:
            counted += f", {self.positions} positions compared"
        count = len(self.breaks) + self.more_breaks
        found = f"{count} breaks" if count else "no breaks"
        return f"{found}: {counted}"


@dataclass(slots=True)
class Pending:
    """A comparison that waits for answers; ``*_query`` of the questions asked for it, that of the
    positions "" once it has come or where it was not asked. ``ours``: our positions when the
    broker's came; ``failed``: what was not answered and why; ``day``: of the end of the day."""

    asked_by: str
    asked_wall_ns: int
    orders_query: str
    executions_query: str
    claims: tuple[PositionClaim, ...] | None
    open_orders: OpenOrdersListed | None = None
    executions: ExecutionsListed | None = None
    before: dict[str, tuple[Decimal, bool]] = field(default_factory=dict)
    positions_query: str = ""
    ours: dict[str, Decimal] | None = None
    failed: list[tuple[str, str]] = field(default_factory=list)
    day: int = 0

    def has_failed(self, name: str) -> bool:
        return any(each == name for each, _ in self.failed)
