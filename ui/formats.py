"""How values become text: quantities, prices, times, ages.

Owns: every conversion from a value to what a person reads. May not: round a quantity (what is
shown is what is), know widgets, or read a clock: instants and "now" are passed in.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

NOTHING = "–"
MINUS = "\N{MINUS SIGN}"
AVG_PX_DECIMALS = 6
SECOND_NS = 1_000_000_000


def decimals(value: Decimal) -> int:
    """The number of decimals a value is written with, trailing zeros not counted."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def plain(value: Decimal) -> str:
    """Plain decimal without exponent, grouping or trailing zeros, as commands take it."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def qty(value: Decimal | None) -> str:
    """A quantity, thousands grouped; "–" for none."""
    if value is None:
        return NOTHING
    return format(Decimal(plain(value)), ",f").replace("-", MINUS)


def qty_or_blank(value: Decimal | None) -> str:
    """A quantity, blank for zero, so that only what matters catches the eye."""
    return "" if value is None or value == 0 else qty(value)


def px(value: Decimal | None, places: int | None = None) -> str:
    """A price with ``places`` decimals (the instrument's precision where it is known)."""
    if value is None:
        return NOTHING
    if places is None:
        places = min(decimals(value), AVG_PX_DECIMALS)
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return format(rounded, ",f").replace("-", MINUS)


def number(value: float | None, places: int = 1, unit: str = "") -> str:
    """A measured figure; "–" when nothing was measured."""
    if value is None:
        return NOTHING
    text = f"{value:,.{places}f}".replace("-", MINUS)
    return f"{text} {unit}" if unit else text


def duration_ms(value: float | None, places: int = 2) -> str:
    """Milliseconds in at most four figures: 0.81 ms, 12.3 ms, 640 ms, 2.3 s."""
    if value is None or value < 10:
        return number(value, places, "ms")
    if value < 100:
        return number(value, min(places, 1), "ms")
    return number(value, 0, "ms") if value < 1000 else number(value / 1000, 1, "s")


def money(value: Decimal | None) -> str:
    """An amount in price times quantity, short: 12.4k, 3.1M."""
    if value is None:
        return NOTHING
    size = abs(value)
    for limit, suffix in ((Decimal(10**9), "G"), (Decimal(10**6), "M"), (Decimal(10**4), "k")):
        if size >= limit:
            unit = limit if suffix != "k" else Decimal(1000)
            return px(value / unit, 1) + suffix
    return px(value, 2 if size < 100 else 0)


def clock(wall_ns: int | None) -> str:
    """The time of day in UTC to the millisecond: 12:03:07.120."""
    if wall_ns is None:
        return NOTHING
    seconds, rest = divmod(wall_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%H:%M:%S}.{rest // 1_000_000:03d}"


def stamp(wall_ns: int | None) -> str:
    """Date and time in UTC: 2026-03-02 12:03:07.120."""
    if wall_ns is None:
        return NOTHING
    moment = datetime.fromtimestamp(wall_ns // SECOND_NS, UTC)
    return f"{moment:%Y-%m-%d} {clock(wall_ns)}"


def age(seconds: float | None) -> str:
    """A duration as people say it: 0.4 s, 12 s, 3:05, 1:02:03, 2 d 03 h."""
    if seconds is None:
        return NOTHING
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, sec = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours == 0:
        return f"{minutes}:{sec:02d}"
    if hours < 48:
        return f"{hours}:{minutes:02d}:{sec:02d}"
    return f"{hours // 24} d {hours % 24:02d} h"


def since(then_ns: int | None, now_ns: int) -> str:
    """The age of an instant."""
    return NOTHING if then_ns is None else age((now_ns - then_ns) / SECOND_NS)


def words(name: str) -> str:
    """An enumeration member as words: HEDGE_PARTIAL becomes "hedge partial"."""
    return name.replace("_", " ").lower()


def parse_decimal(text: str) -> Decimal | None:
    """What was typed as a number, or None if it isn't one. Grouping commas are accepted."""
    cleaned = text.strip().replace(",", "").replace("_", "").replace(MINUS, "-")
    if not cleaned:
        return None
    try:
        value = Decimal(cleaned)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
