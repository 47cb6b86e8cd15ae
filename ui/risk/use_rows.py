"""The limits in force as rows: one a control, with its use where it has one.

Owns: how rules, rates and sums become rows and columns. May not: read the engine, or judge: what
is over a limit is compared by the engine's own figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal

from engine import Bound, LimitsView, RateView, Rule, TradingWindow, UseView
from ui.formats import NOTHING, plain, qty, words
from ui.table import Column, Look
from ui.table.column import NO_NUMBER
from ui.theme import Tone

NEARLY = Decimal("0.8")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_PER_ORDER = "each order"


@dataclass(frozen=True, slots=True)
class UseRow:
    """One control of one rule. ``share``: use of the nearest limit, 1 is all (None: it has no
    running use)."""

    key: str
    rule: str
    account: str
    symbol: str
    control: str
    now: str
    soft: str
    hard: str
    share: Decimal | None
    state: str
    tone: Tone


def use_rows(view: LimitsView) -> dict[str, UseRow]:
    """Every control in force, by key, in the order of the rules."""
    uses = {(use.rule, use.control): use for use in view.uses}
    rates = {(rate.rule, f"max_{rate.what}_per_s"): rate for rate in view.rates}
    rows = {}
    for rule in view.rules:
        for row in _rule_rows(rule, uses, rates):
            rows[row.key] = row
    return rows


def _rule_rows(
    rule: Rule, uses: dict[tuple[str, str], UseView], rates: dict[tuple[str, str], RateView]
) -> Iterator[UseRow]:
    for field in fields(rule):
        value = getattr(rule, field.name)
        use, rate = uses.get((rule.name, field.name)), rates.get((rule.name, field.name))
        if use is not None:
            yield _sum_row(rule, use)
        elif rate is not None:
            yield _rate_row(rule, rate)
        elif isinstance(value, Bound):
            unit = _unit(rule, field.name)
            soft, hard = (_bound(each, unit) for each in (value.soft, value.hard))
            yield _row(rule, field.name, _PER_ORDER, soft, hard)
    if rule.restricted:
        yield _row(rule, "restricted", "nothing may be sent", "", "restricted")
    if rule.trading_hours:
        yield _row(rule, "trading_hours", "UTC", "", "; ".join(map(_hours, rule.trading_hours)))
    if rule.max_repeats is not None:
        limit = f"{rule.max_repeats} in {plain(rule.repeat_period_s)} s"
        yield _row(rule, "max_repeats", "each shape", "", limit)


def _sum_row(rule: Rule, use: UseView) -> UseRow:
    figure = abs(use.figure)
    limit = use.hard if use.hard is not None else use.soft
    share = None if not limit else figure / limit
    over_hard = use.hard is not None and figure >= use.hard
    over_soft = use.soft is not None and figure > use.soft
    state, tone = "", Tone.NORMAL
    if over_hard:
        state, tone = "at the hard limit", Tone.CRITICAL
    elif over_soft:
        state, tone = "over the soft limit", Tone.WARNING
    elif share is not None and share >= NEARLY:
        state, tone = "nearly used up", Tone.WARNING
    return _row(
        rule, use.control, qty(_short(use.figure)), _bound(use.soft), _bound(use.hard), share,
        state, tone,
    )  # fmt: skip


def _rate_row(rule: Rule, rate: RateView) -> UseRow:
    used = Decimal(rate.burst - rate.tokens) / rate.burst
    now = f"{max(0, rate.tokens)} of {rate.burst} free"
    limit = f"{plain(rate.per_s)}/s, burst {rate.burst}"
    empty = rate.tokens <= 0
    state = "used up: orders wait" if empty else ""
    tone = Tone.WARNING if empty else Tone.NORMAL
    return _row(rule, f"max_{rate.what}_per_s", now, "", limit, used, state, tone)


def _row(
    rule: Rule,
    control: str,
    now: str,
    soft: str,
    hard: str,
    share: Decimal | None = None,
    state: str = "",
    tone: Tone = Tone.NORMAL,
) -> UseRow:
    key = f"{rule.name}/{control}"
    return UseRow(
        key, rule.name, rule.account, rule.symbol, control, now, soft, hard, share, state, tone
    )


def _short(value: Decimal) -> Decimal:
    """Money to the cent: an exposure is quantity times price times multiplier."""
    return value.quantize(Decimal("0.01")) if value != value.to_integral_value() else value


def _bound(value: Decimal | None, unit: str = "") -> str:
    if value is None:
        return ""
    return f"{qty(value)} {unit}".rstrip()


def _unit(rule: Rule, control: str) -> str:
    units = {
        "collar_pct": "%",
        "collar_ticks": "ticks",
        "period_collar_pct": f"% in {plain(rule.period_s)} s",
        "duplicate_window_ms": "ms",
    }
    return units.get(control, "")


def _hours(window: TradingWindow) -> str:
    first, last = window.days[0], window.days[-1]
    if len(window.days) > 2 and window.days == tuple(range(first, last + 1)):
        days = f"{_DAYS[first]}–{_DAYS[last]}"
    else:
        days = ",".join(_DAYS[day] for day in window.days)
    return f"{days} {_minute(window.begin_s)}–{_minute(window.end_s)}"


def _minute(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def _look(row: UseRow) -> Look:
    return Look(row.tone, icon="warning" if row.tone is not Tone.NORMAL else "")


def _toned(row: UseRow) -> Look:
    return Look(row.tone)


def use_columns() -> tuple[Column[UseRow], ...]:
    """One row a control."""
    return (
        Column("rule", "Rule", lambda r, _: r.rule, width=64),
        Column("control", "Control", lambda r, _: words(r.control), width=130, wide=170),
        Column("now", "Now", lambda r, _: r.now, look=_toned, numeric=True, width=104, wide=150),
        Column(
            "share",
            "Used %",
            lambda r, _: NOTHING if r.share is None else f"{int(r.share * 100)}",
            sort=lambda r: NO_NUMBER if r.share is None else r.share,
            look=_toned,
            numeric=True,
            width=56,
        ),
        Column("hard", "Hard limit", lambda r, _: r.hard, numeric=True, width=118, wide=230),
        Column("soft", "Soft limit", lambda r, _: r.soft, numeric=True, width=76),
        Column("state", "State", lambda r, _: r.state, look=_look, width=150, wide=190),
        Column("account", "Account", lambda r, _: r.account, width=70),
        Column("symbol", "Symbol", lambda r, _: r.symbol, width=80),
    )


def use_haystack(row: UseRow) -> str:
    return f"{row.rule} {row.account} {row.symbol} {row.control} {words(row.control)} {row.state}"
