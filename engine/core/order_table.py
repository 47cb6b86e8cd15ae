"""Safeguard 1 for orders: which OrdStatus may follow which, on whose word.

Owns: the table of FIX 4.4's order state change matrices as data. May not: touch an order.
``BASE`` statuses are those that the broker claims of the order itself; PENDING_CANCEL and
PENDING_REPLACE lie over them while a request of ours is open (``order.shown_status``).
A claim that the table does not admit is recorded as out of order and its quantities are
booked all the same.
"""

from __future__ import annotations

from engine.core.terms import ExecType, OrdStatus

S = OrdStatus
E = ExecType

BASE: tuple[OrdStatus, ...] = (
    S.PENDING_NEW,
    S.NEW,
    S.PARTIALLY_FILLED,
    S.STOPPED,
    S.SUSPENDED,
    S.DONE_FOR_DAY,
    S.FILLED,
    S.CANCELED,
    S.EXPIRED,
    S.REJECTED,
    S.CALCULATED,
)

CLOSED: frozenset[OrdStatus] = frozenset(
    {S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED, S.CALCULATED}
)
"""Nothing can fill any more by the broker's word (a late fill is booked all the same)."""

DEAD: frozenset[OrdStatus] = frozenset({S.CANCELED, S.EXPIRED, S.REJECTED})
"""Closed for good: no word of the broker's opens these again."""

PENDING: frozenset[OrdStatus] = frozenset({S.PENDING_CANCEL, S.PENDING_REPLACE})

_ANY = frozenset(ExecType)
_REOPENING = frozenset({E.REPLACED, E.RESTATED, E.TRADE_CANCEL, E.TRADE_CORRECT})
_NEW_DAY = frozenset({E.RESTATED, E.NEW, E.REPLACED, E.TRADE_CANCEL, E.TRADE_CORRECT})
_UNFILL = frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT, E.RESTATED})
_RESUME = frozenset({E.NEW, E.RESTATED, E.REPLACED, E.TRADE, E.TRADE_CANCEL, E.TRADE_CORRECT})
_TO_REJECTED = frozenset({E.REJECTED, E.ORDER_STATUS})
_NONE: frozenset[ExecType] = frozenset()

TRANSITIONS: dict[tuple[OrdStatus, OrdStatus], frozenset[ExecType]] = {
    **{(S.PENDING_NEW, to): _ANY for to in BASE if to not in (S.PENDING_NEW, S.REJECTED)},
    (S.PENDING_NEW, S.REJECTED): _TO_REJECTED,
    (S.NEW, S.PARTIALLY_FILLED): _ANY,
    (S.NEW, S.STOPPED): _ANY,
    (S.NEW, S.SUSPENDED): _ANY,
    (S.NEW, S.DONE_FOR_DAY): _ANY,
    (S.NEW, S.FILLED): _ANY,
    (S.NEW, S.CANCELED): _ANY,
    (S.NEW, S.EXPIRED): _ANY,
    (S.NEW, S.CALCULATED): _ANY,
    (S.NEW, S.REJECTED): _TO_REJECTED,
    (S.PARTIALLY_FILLED, S.NEW): _UNFILL,
    (S.PARTIALLY_FILLED, S.STOPPED): _ANY,
    (S.PARTIALLY_FILLED, S.SUSPENDED): _ANY,
    (S.PARTIALLY_FILLED, S.DONE_FOR_DAY): _ANY,
    (S.PARTIALLY_FILLED, S.FILLED): _ANY,
    (S.PARTIALLY_FILLED, S.CANCELED): _ANY,
    (S.PARTIALLY_FILLED, S.EXPIRED): _ANY,
    (S.PARTIALLY_FILLED, S.CALCULATED): _ANY,
    (S.STOPPED, S.NEW): _RESUME - {E.NEW},
    (S.STOPPED, S.PARTIALLY_FILLED): _RESUME - {E.NEW},
    (S.STOPPED, S.SUSPENDED): _ANY,
    (S.STOPPED, S.DONE_FOR_DAY): _ANY,
    (S.STOPPED, S.FILLED): _ANY,
    (S.STOPPED, S.CANCELED): _ANY,
    (S.STOPPED, S.EXPIRED): _ANY,
    (S.STOPPED, S.CALCULATED): _ANY,
    (S.SUSPENDED, S.NEW): _RESUME | {E.ORDER_STATUS},
    (S.SUSPENDED, S.PARTIALLY_FILLED): _RESUME | {E.ORDER_STATUS},
    (S.SUSPENDED, S.STOPPED): _ANY,
    (S.SUSPENDED, S.DONE_FOR_DAY): _ANY,
    (S.SUSPENDED, S.FILLED): _ANY,
    (S.SUSPENDED, S.CANCELED): _ANY,
    (S.SUSPENDED, S.EXPIRED): _ANY,
    (S.SUSPENDED, S.REJECTED): _TO_REJECTED,
    (S.SUSPENDED, S.CALCULATED): _ANY,
    (S.DONE_FOR_DAY, S.NEW): _NEW_DAY,
    (S.DONE_FOR_DAY, S.PARTIALLY_FILLED): _NEW_DAY,
    # The word that it was taken up again may be missing; an answer newer than all we know tells.
    (S.DONE_FOR_DAY, S.STOPPED): frozenset({E.RESTATED}),
    (S.DONE_FOR_DAY, S.SUSPENDED): frozenset({E.RESTATED}),
    (S.DONE_FOR_DAY, S.FILLED): _ANY,
    (S.DONE_FOR_DAY, S.CANCELED): _ANY,
    (S.DONE_FOR_DAY, S.EXPIRED): _ANY,
    (S.DONE_FOR_DAY, S.CALCULATED): _ANY,
    (S.FILLED, S.NEW): _REOPENING,
    (S.FILLED, S.PARTIALLY_FILLED): _REOPENING,
    (S.FILLED, S.CALCULATED): _ANY,
    (S.FILLED, S.CANCELED): frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT}),
    (S.FILLED, S.EXPIRED): frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT}),
    (S.FILLED, S.DONE_FOR_DAY): frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT}),
    (S.FILLED, S.SUSPENDED): frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT}),
    (S.FILLED, S.STOPPED): frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT}),
    (S.CALCULATED, S.FILLED): frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT, E.RESTATED}),
    (S.CALCULATED, S.PARTIALLY_FILLED): frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT, E.RESTATED}),
    (S.CALCULATED, S.NEW): frozenset({E.TRADE_CANCEL, E.TRADE_CORRECT, E.RESTATED}),
}
"""(status we hold, status claimed) -> the ExecTypes on whose word it is taken."""


def admits(current: OrdStatus, claimed: OrdStatus, exec_type: ExecType) -> bool:
    """Whether a claim by this kind of report may replace the status we hold."""
    if current is claimed:
        return True
    return exec_type in TRANSITIONS.get((current, claimed), _NONE)
