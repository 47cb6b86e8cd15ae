"""The desk's messages: from the engine's decisions to FIX.

Owns: D, F, G, H, AF, AD, V and q as drafts. May not: send, or shorten an id to make it fit.
``now_ns`` is the local clock, for TransactTime only; nothing is decided from it.
Source: FIX 4.4, volume 4.
"""

from __future__ import annotations

from decimal import Decimal

from engine.broker.fix.codes import code
from engine.broker.fix.message import Draft, Group, Pair
from engine.broker.fix.profile import MarketDataKind, VenueProfile
from engine.broker.fix.stamps import format_stamp
from engine.broker.fix.tags import Tag
from engine.core.decisions import AskOrder, Outbound, SendCancel, SendOrder, SendReplace

ALL_ORDERS = "7"


class Unsendable(ValueError):
    """A message that this venue cannot take; the text is a sentence."""


def draft_outbound(message: Outbound, profile: VenueProfile, now_ns: int) -> Draft:
    """NewOrderSingle, OrderCancelRequest or OrderCancelReplaceRequest. Raises ``Unsendable``."""
    _check_id(message.cl_ord_id, profile)
    if isinstance(message, SendOrder):
        return _order(message, profile, now_ns)
    if isinstance(message, SendCancel):
        return _cancel(message, profile, now_ns)
    return _replace(message, profile, now_ns)


def draft_status_request(ask: AskOrder, wire_id: str, profile: VenueProfile) -> Draft:
    """OrderStatusRequest; the answer carries ``wire_id`` as OrdStatusReqID."""
    fields: list[Pair] = [(Tag.ORD_STATUS_REQ_ID, wire_id), (Tag.CL_ORD_ID, ask.cl_ord_id)]
    if ask.order_id:
        fields.append((Tag.ORDER_ID, ask.order_id))
    fields += [(Tag.SYMBOL, ask.symbol), (Tag.SIDE, code(ask.side))]
    return _draft("H", fields, profile)


def draft_mass_status(wire_id: str, profile: VenueProfile) -> Draft:
    """OrderMassStatusRequest for all orders of this session."""
    fields: list[Pair] = [
        (Tag.MASS_STATUS_REQ_ID, wire_id),
        (Tag.MASS_STATUS_REQ_TYPE, ALL_ORDERS),
    ]
    return _draft("AF", fields, profile)


def draft_executions(wire_id: str, since_ns: int | None, profile: VenueProfile) -> Draft:
    """TradeCaptureReportRequest: all trades, since an instant where one is given."""
    fields: list[Pair] = [(Tag.TRADE_REQUEST_ID, wire_id), (Tag.TRADE_REQUEST_TYPE, "0")]
    if since_ns is None:
        return _draft("AD", fields, profile)
    since = (Tag.TRANSACT_TIME, format_stamp(since_ns, profile.transact_time_digits))
    return _draft("AD", fields, profile, (Group(Tag.NO_DATES, ((since,),)),))


def draft_market_data(
    wire_id: str, symbols: tuple[str, ...], profile: VenueProfile, *, subscribe: bool
) -> Draft:
    """MarketDataRequest for the top of book and the last trade of these symbols."""
    update = "1" if profile.market_data is MarketDataKind.INCREMENTAL else "0"
    fields: list[Pair] = [
        (Tag.MD_REQ_ID, wire_id),
        (Tag.SUBSCRIPTION_REQUEST_TYPE, "1" if subscribe else "2"),
        (Tag.MARKET_DEPTH, "1"),
        (Tag.MD_UPDATE_TYPE, update),
    ]
    kinds: tuple[tuple[Pair, ...], ...] = tuple(((Tag.MD_ENTRY_TYPE, kind),) for kind in "012")
    wanted: tuple[tuple[Pair, ...], ...] = tuple(((Tag.SYMBOL, each),) for each in symbols)
    groups = (Group(Tag.NO_MD_ENTRY_TYPES, kinds), Group(Tag.NO_RELATED_SYM, wanted))
    return _draft("V", fields, profile, groups)


def draft_mass_cancel(cl_ord_id: str, profile: VenueProfile, now_ns: int) -> Draft:
    """OrderMassCancelRequest for all orders of this session. Raises ``Unsendable``."""
    if not profile.mass_cancel:
        raise Unsendable(f"the venue {profile.name} has no mass cancel")
    _check_id(cl_ord_id, profile)
    fields: list[Pair] = [
        (Tag.CL_ORD_ID, cl_ord_id),
        (Tag.MASS_CANCEL_REQUEST_TYPE, ALL_ORDERS),
        _transact_time(profile, now_ns),
    ]
    return _draft("q", fields, profile)


def plain(number: Decimal) -> str:
    """A quantity or price without exponent and trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _order(message: SendOrder, profile: VenueProfile, now_ns: int) -> Draft:
    fields: list[Pair] = [
        (Tag.CL_ORD_ID, message.cl_ord_id),
        *_account(message.account, profile),
        (Tag.SYMBOL, message.symbol),
        (Tag.SIDE, code(message.side)),
        _transact_time(profile, now_ns),
        (Tag.ORDER_QTY, plain(message.quantity)),
        (Tag.ORD_TYPE, code(message.order_type)),
    ]
    if message.price is not None:
        fields.append((Tag.PRICE, plain(message.price)))
    if message.stop_px is not None:
        fields.append((Tag.STOP_PX, plain(message.stop_px)))
    fields.append((Tag.TIME_IN_FORCE, code(message.tif)))
    return _draft("D", fields, profile, poss_resend=message.resend)


def _cancel(message: SendCancel, profile: VenueProfile, now_ns: int) -> Draft:
    fields: list[Pair] = [
        *_request(message, profile),
        (Tag.SYMBOL, message.symbol),
        (Tag.SIDE, code(message.side)),
        _transact_time(profile, now_ns),
        (Tag.ORDER_QTY, plain(message.quantity)),
    ]
    return _draft("F", fields, profile)


def _replace(message: SendReplace, profile: VenueProfile, now_ns: int) -> Draft:
    fields: list[Pair] = [
        *_request(message, profile),
        (Tag.SYMBOL, message.symbol),
        (Tag.SIDE, code(message.side)),
        _transact_time(profile, now_ns),
        (Tag.ORDER_QTY, plain(message.quantity)),
        (Tag.ORD_TYPE, code(message.order_type)),
    ]
    if message.price is not None:
        fields.append((Tag.PRICE, plain(message.price)))
    fields.append((Tag.TIME_IN_FORCE, code(message.tif)))
    return _draft("G", fields, profile)


def _request(message: SendCancel | SendReplace, profile: VenueProfile) -> list[Pair]:
    fields: list[Pair] = [(Tag.ORIG_CL_ORD_ID, message.orig_cl_ord_id)]
    if message.order_id:
        fields.append((Tag.ORDER_ID, message.order_id))
    return [*fields, (Tag.CL_ORD_ID, message.cl_ord_id), *_account(message.account, profile)]


def _account(account: str, profile: VenueProfile) -> list[Pair]:
    return [(Tag.ACCOUNT, account)] if profile.account_required and account else []


def _transact_time(profile: VenueProfile, now_ns: int) -> Pair:
    return Tag.TRANSACT_TIME, format_stamp(now_ns, profile.transact_time_digits)


def _check_id(cl_ord_id: str, profile: VenueProfile) -> None:
    if not 0 < len(cl_ord_id) <= profile.cl_ord_id_max:
        raise Unsendable(
            f"ClOrdID {cl_ord_id} has {len(cl_ord_id)} characters; {profile.name} takes at most "
            f"{profile.cl_ord_id_max}"
        )


def _draft(
    msg_type: str,
    fields: list[Pair],
    profile: VenueProfile,
    groups: tuple[Group, ...] = (),
    poss_resend: bool = False,
) -> Draft:
    """The draft with the venue's constant fields; those the message has itself stand."""
    have = {tag for tag, _ in fields}
    extra = [pair for pair in profile.extra.get(msg_type, ()) if pair[0] not in have]
    return Draft(msg_type, (*fields, *extra), groups, poss_resend)
