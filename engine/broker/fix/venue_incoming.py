"""The exchange's end, inbound: what a desk sends, as the engine's decisions.

Owns: D, F, G, H, AF, AD, V and q as a venue reads them. May not: match or answer. What cannot
be read raises ``FixUnreadable``; the venue answers it with a BusinessMessageReject.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.broker.fix.codes import ORD_TYPES, SIDES, TIFS, read_code
from engine.broker.fix.message import FixMessage
from engine.broker.fix.stamps import parse_stamp
from engine.broker.fix.tags import Tag
from engine.core.decisions import (
    AskExecutions,
    AskOpenOrders,
    AskOrder,
    Outbound,
    Question,
    SendCancel,
    SendOrder,
    SendReplace,
)
from engine.core.terms import Purpose, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class MarketDataWanted:
    """35=V. ``incremental``: X after the first W."""

    wire_id: str
    symbols: tuple[str, ...]
    subscribe: bool
    incremental: bool


@dataclass(frozen=True, slots=True)
class MassCancelWanted:
    """35=q for all orders of the session."""

    cl_ord_id: str


VenueInput = Outbound | Question | MarketDataWanted | MassCancelWanted


def read_venue_input(message: FixMessage) -> VenueInput | None:
    """What a desk's message asks for; None: a type that this venue does not take. Raises
    ``FixUnreadable``."""
    reader = _READERS.get(message.msg_type)
    return None if reader is None else reader(message)


def _order(message: FixMessage) -> VenueInput:
    return SendOrder(
        ref="",
        cl_ord_id=message.need(Tag.CL_ORD_ID),
        account=message.get(Tag.ACCOUNT),
        symbol=message.need(Tag.SYMBOL),
        side=read_code(message, Tag.SIDE, SIDES),
        order_type=read_code(message, Tag.ORD_TYPE, ORD_TYPES),
        tif=_tif(message),
        quantity=message.need_number(Tag.ORDER_QTY),
        price=message.number(Tag.PRICE),
        purpose=Purpose.HEDGE,
        stop_px=message.number(Tag.STOP_PX),
        resend=message.flag(Tag.POSS_RESEND),
    )


def _cancel(message: FixMessage) -> VenueInput:
    return SendCancel(
        ref="",
        request=1,
        cl_ord_id=message.need(Tag.CL_ORD_ID),
        orig_cl_ord_id=message.need(Tag.ORIG_CL_ORD_ID),
        order_id=message.get(Tag.ORDER_ID),
        account=message.get(Tag.ACCOUNT),
        symbol=message.get(Tag.SYMBOL),
        side=read_code(message, Tag.SIDE, SIDES),
        quantity=message.number(Tag.ORDER_QTY) or Decimal(0),
    )


def _replace(message: FixMessage) -> VenueInput:
    return SendReplace(
        ref="",
        request=1,
        cl_ord_id=message.need(Tag.CL_ORD_ID),
        orig_cl_ord_id=message.need(Tag.ORIG_CL_ORD_ID),
        order_id=message.get(Tag.ORDER_ID),
        account=message.get(Tag.ACCOUNT),
        symbol=message.get(Tag.SYMBOL),
        side=read_code(message, Tag.SIDE, SIDES),
        order_type=read_code(message, Tag.ORD_TYPE, ORD_TYPES),
        tif=_tif(message),
        quantity=message.need_number(Tag.ORDER_QTY),
        price=message.number(Tag.PRICE),
    )


def _status(message: FixMessage) -> VenueInput:
    return AskOrder(
        query_id=message.need(Tag.ORD_STATUS_REQ_ID),
        cl_ord_id=message.need(Tag.CL_ORD_ID),
        order_id=message.get(Tag.ORDER_ID),
        symbol=message.get(Tag.SYMBOL),
        side=SIDES.get(message.get(Tag.SIDE), Side.BUY),
    )


def _mass_status(message: FixMessage) -> VenueInput:
    return AskOpenOrders(message.need(Tag.MASS_STATUS_REQ_ID))


def _executions(message: FixMessage) -> VenueInput:
    since = message.get(Tag.TRANSACT_TIME)
    return AskExecutions(message.need(Tag.TRADE_REQUEST_ID), parse_stamp(since) if since else None)


def _market_data(message: FixMessage) -> VenueInput:
    return MarketDataWanted(
        message.need(Tag.MD_REQ_ID),
        tuple(each[Tag.SYMBOL] for each in message.entries(Tag.NO_RELATED_SYM, Tag.SYMBOL)),
        subscribe=message.get(Tag.SUBSCRIPTION_REQUEST_TYPE) != "2",
        incremental=message.get(Tag.MD_UPDATE_TYPE) == "1",
    )


def _mass_cancel(message: FixMessage) -> VenueInput:
    return MassCancelWanted(message.need(Tag.CL_ORD_ID))


def _tif(message: FixMessage) -> TimeInForce:
    if not message.has(Tag.TIME_IN_FORCE):
        return TimeInForce.DAY
    return read_code(message, Tag.TIME_IN_FORCE, TIFS)


_READERS = {
    "D": _order,
    "F": _cancel,
    "G": _replace,
    "H": _status,
    "AF": _mass_status,
    "AD": _executions,
    "V": _market_data,
    "q": _mass_cancel,
}
