"""A ticket in words: its legs, what a leg costs now, what is wrong with a field.

Owns: these texts, and which leg a field's path means. May not: know a widget.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine import FieldError, GroupRequest, QuoteView
from ui.cost import crossing_words, limit_words
from ui.formats import px, qty

_LEG = re.compile(r"legs(?:\[(\d+)\]|\.(\d+))\.?(.*)")


def split_field(field: str) -> tuple[int | None, str]:
    """``legs[1].price`` becomes (1, "price"); a group's own field (None, name)."""
    match = _LEG.match(field)
    if match is None:
        return None, field
    return int(match.group(1) or match.group(2)), match.group(3)


def leg_words(request: GroupRequest) -> str:
    """The legs of a request in one line."""
    return ", ".join(
        f"{leg.side.value} {qty(leg.quantity)} {leg.symbol} @ "
        + (leg.order_type.value if leg.price is None else px(leg.price))
        for leg in request.legs
    )


def estimate_words(request: GroupRequest, quote_of: Callable[[str], QuoteView | None]) -> str:
    """What each leg costs at the market as it is now, a line a leg."""
    lines = []
    for leg in request.legs:
        quote = quote_of(leg.symbol)
        cost = (
            crossing_words(quote, leg.side, leg.quantity)
            if leg.price is None
            else limit_words(quote, leg.side, leg.price)
        )
        lines.append(f"{leg.leg_id}: {cost}")
    return "\n".join(lines)


def error_words(error: FieldError) -> str:
    """What is wrong: a rule's own sentence, or what was expected and what stands there."""
    return f"expected {error.expected}, got {error.got}" if error.got else error.expected
