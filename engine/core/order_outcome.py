"""What applying a report did, in the words of the layers above.

Owns: ``Outcome`` and which ExecTypes are trades. May not: apply anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import ZERO, Execution
from engine.core.terms import (
    ExecType,
    RejectReason,
)

UNDOES = frozenset({ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT})
"""What takes an execution back, whole or in part."""
TRADES = frozenset({ExecType.TRADE, *UNDOES})


@dataclass(slots=True)
class Outcome:
    """What a report did. ``reason`` is set when something of it was not applied; ``ask`` when
    the broker must be asked; ``late_fill``: CumQty rose on a closed order."""

    reason: RejectReason | None = None
    why: str = ""
    booked_qty: Decimal = ZERO
    changed: bool = False
    ask: bool = False
    late_fill: bool = False
    overfill: bool = False
    split_ratio: Decimal | None = None
    touched: tuple[Execution, ...] = ()

    def refuse(self, reason: RejectReason, why: str) -> None:
        """Keep the first reason that something was not applied."""
        if self.reason is None:
            self.reason, self.why = reason, why
