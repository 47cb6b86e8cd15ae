"""The controls of a single order: quantity, notional, collar, hours, restricted list.

Owns: one function per control, each a sentence with the figure and the limit. May not: know why
the order is wanted, or whether a breach stops it (``gate``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.core.limits.market import instrument, market_px, value_px
from engine.core.limits.rules import Bound, Rule
from engine.core.terms import OrdType, Side
from engine.core.turn import NS, Turn

_DAY_S = 86_400
_THURSDAY = 3  # 1970-01-01
_DAY_NAMES = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True, slots=True)
class Intended:
    """An order that somebody wants to send. ``where`` is the field for messages ("H1"),
    ``what`` says which order it is, ``planned``: a group's own order that goes to the market as
    it is (its price is checked; that of a hedge at MARKET is not)."""

    where: str
    what: str
    account: str
    symbol: str
    side: Side
    quantity: Decimal
    order_type: OrdType
    price: Decimal | None = None
    planned: bool = True


@dataclass(frozen=True, slots=True)
class Breach:
    """One limit that is over. ``control`` is its name in ``limits.toml``."""

    control: str
    rule: str
    hard: bool
    where: str
    text: str


def order_breaches(
    turn: Turn, rule: Rule, order: Intended, first_time: bool = True
) -> Iterator[Breach]:
    """Every control of one rule that the order is over. ``first_time``: the market must be
    known; later orders of a group that was checked are checked as far as it is."""
    yield from _restricted(rule, order)
    yield from _hours(turn, rule, order)
    yield from over(
        rule, "max_order_qty", rule.max_order_qty, order.quantity, f"{order.what} of", order.where
    )
    yield from _notional(turn, rule, order, first_time)
    if order.planned and order.price is not None and order.order_type is not OrdType.MARKET:
        yield from _collar(turn, rule, order, first_time)
        yield from _period_collar(turn, rule, order)


def over(
    rule: Rule, control: str, bound: Bound | None, figure: Decimal, what: str, where: str
) -> Iterator[Breach]:
    """A figure against a bound: the hard step first, only one of them."""
    if bound is None:
        return
    for limit, hard in ((bound.hard, True), (bound.soft, False)):
        if limit is not None and figure > limit:
            kind = "hard" if hard else "soft"
            text = f"{what} {plain(figure)} is over the {kind} limit {plain(limit)}"
            yield Breach(control, rule.name, hard, where, text)
            return


def plain(value: Decimal) -> str:
    """A number for people: no exponent, no trailing zeros, at most 4 decimals."""
    if value == value.to_integral_value():
        return f"{value:.0f}"
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _restricted(rule: Rule, order: Intended) -> Iterator[Breach]:
    if rule.restricted:
        text = f"{order.symbol} is on the restricted list"
        yield Breach("restricted", rule.name, True, order.where, text)


def _hours(turn: Turn, rule: Rule, order: Intended) -> Iterator[Breach]:
    if rule.trading_hours and not is_open(rule, turn.wall_ns):
        day, second = _clock(turn.wall_ns)
        now = f"{_DAY_NAMES[day]} {second // 3600:02}:{second // 60 % 60:02}"
        text = f"{order.symbol} is outside its trading hours: it is {now} UTC"
        yield Breach("trading_hours", rule.name, True, order.where, text)


def is_open(rule: Rule, wall_ns: int) -> bool:
    """Whether the rule's trading hours hold at this instant (UTC)."""
    day, second = _clock(wall_ns)
    for window in rule.trading_hours:
        if window.end_s > window.begin_s:
            if day in window.days and window.begin_s <= second < window.end_s:
                return True
        elif (day in window.days and second >= window.begin_s) or (
            (day - 1) % 7 in window.days and second < window.end_s
        ):
            return True
    return False


def _clock(wall_ns: int) -> tuple[int, int]:
    """(weekday, second of the day), UTC."""
    days, second = divmod(wall_ns // NS, _DAY_S)
    return (days + _THURSDAY) % 7, second


def _notional(turn: Turn, rule: Rule, order: Intended, first_time: bool) -> Iterator[Breach]:
    if rule.max_order_notional is None:
        return
    price = value_px(turn, order.account, order.symbol, order.price)
    if price is None:
        if first_time:
            text = f"no price of {order.symbol} is known, so its notional can't be checked"
            yield Breach("max_order_notional", rule.name, False, order.where, text)
        return
    figure = order.quantity * price * instrument(turn.state, order.symbol).multiplier
    what = f"{order.what}: notional"
    yield from over(
        rule, "max_order_notional", rule.max_order_notional, figure, what, order.where
    )  # fmt: skip


def _collar(turn: Turn, rule: Rule, order: Intended, first_time: bool) -> Iterator[Breach]:
    if rule.collar_pct is None and rule.collar_ticks is None:
        return
    market = market_px(turn, order.symbol)
    assert order.price is not None
    if market is None or market <= 0:
        if first_time:
            yield from _no_market(turn, rule, order)
        return
    away = abs(order.price - market)
    what = f"the price {plain(order.price)}: its distance from the market {plain(market)}"
    yield from over(
        rule, "collar_pct", rule.collar_pct, away / market * 100, f"{what} in %", order.where
    )
    if rule.collar_ticks is None:
        return
    tick = instrument(turn.state, order.symbol).tick
    if tick is None:
        text = f"the tick of {order.symbol} is not known, so its collar can't be checked"
        yield Breach("collar_ticks", rule.name, True, order.where, text)
        return
    yield from over(
        rule, "collar_ticks", rule.collar_ticks, away / tick, f"{what} in ticks", order.where
    )


def _no_market(turn: Turn, rule: Rule, order: Intended) -> Iterator[Breach]:
    limits = turn.state.config.limits
    manner = limits.collar_without_market if limits is not None else "allow"
    if manner == "allow":
        return
    control = "collar_pct" if rule.collar_pct is not None else "collar_ticks"
    text = f"no market of {order.symbol} is known, so its price collar can't be checked"
    yield Breach(control, rule.name, manner == "refuse", order.where, text)


def _period_collar(turn: Turn, rule: Rule, order: Intended) -> Iterator[Breach]:
    """The price against the lowest and highest of our own orders in the symbol over a period."""
    if rule.period_collar_pct is None:
        return
    assert order.price is not None
    since_ns = turn.mono_ns - int(rule.period_s * NS)
    prices = [
        each.price
        for each in turn.state.orders.values()
        if each.symbol == order.symbol and each.price and each.created_mono_ns >= since_ns
    ]
    if not prices:
        return
    farthest = max(abs(order.price / each - 1) * 100 for each in (min(prices), max(prices)))
    what = f"the price {plain(order.price)}: its distance in % from our own prices of the last"
    yield from over(
        rule, "period_collar_pct", rule.period_collar_pct, farthest,
        f"{what} {plain(rule.period_s)} s", order.where,
    )  # fmt: skip
