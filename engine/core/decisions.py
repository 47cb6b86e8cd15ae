"""What to do: everything that may come out of the core.

Owns: the frozen values that the shell carries out after the commit. May not: carry anything
out. Quantities and prices are ``Decimal``; ``ref`` is the order reference "GROUP/LEG/N".
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.terms import LinkAction, OrdType, Purpose, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class SendOrder:
    """FIX 35=D. ``resend`` marks a RESUBMIT under the same ClOrdID (PossResend)."""

    ref: str
    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    order_type: OrdType
    tif: TimeInForce
    quantity: Decimal
    price: Decimal | None
    purpose: Purpose
    stop_px: Decimal | None = None
    resend: bool = False


@dataclass(frozen=True, slots=True)
class SendCancel:
    """FIX 35=F. ``request`` counts the requests for this order from 1."""

    ref: str
    request: int
    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    account: str
    symbol: str
    side: Side
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class SendReplace:
    """FIX 35=G: ``quantity`` is the new total OrderQty, ``price`` the new price."""

    ref: str
    request: int
    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    account: str
    symbol: str
    side: Side
    order_type: OrdType
    tif: TimeInForce
    quantity: Decimal
    price: Decimal | None


@dataclass(frozen=True, slots=True)
class AskOrder:
    """FIX 35=H: what is this order's state? Answered by a report with this ``query_id``."""

    query_id: str
    cl_ord_id: str
    order_id: str
    symbol: str
    side: Side


@dataclass(frozen=True, slots=True)
class AskOpenOrders:
    """FIX 35=AF: all open orders of this desk."""

    query_id: str


@dataclass(frozen=True, slots=True)
class AskExecutions:
    """Executions since ``since_ns`` (broker time; None: all it keeps)."""

    query_id: str
    since_ns: int | None


@dataclass(frozen=True, slots=True)
class AskPositions:
    """The broker's positions of this desk's accounts; only of a venue that declares it."""

    query_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command. ``accepted`` says only that it was taken up, never that the
    broker did it. ``reason`` is a sentence for the user; ``field`` names what it is about.
    ``confirmable``: refused by soft limits only; the same with ``confirm`` would be taken up."""

    command_id: str
    what: str
    accepted: bool
    reason: str = ""
    field: str = ""
    confirmable: bool = False


@dataclass(frozen=True, slots=True)
class LinkOperation:
    """Do this with the link, and answer the command with what came of it. ``why`` in words."""

    command_id: str
    action: LinkAction
    why: str


Outbound = SendOrder | SendCancel | SendReplace
Question = AskOrder | AskOpenOrders | AskExecutions | AskPositions
Decision = Outbound | Question | Answer | LinkOperation
