"""FIX's UTCTimestamp, both ways.

Owns: the text form of instants. May not: read a clock.
"""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache

NS = 1_000_000_000
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d):(\d\d):(\d\d)", re.ASCII)


def parse_stamp(text: str) -> int | None:
    """``20240105-14:30:00.123456`` as nanoseconds UTC; None: it is no UTCTimestamp."""
    whole_ns = _whole_ns(text[:17])
    if whole_ns is None or len(text) == 17:
        return whole_ns
    fraction = text[18:]
    is_digits = fraction.isascii() and fraction.isdigit() and len(fraction) <= 12
    if text[17] != "." or not is_digits:
        return None
    return whole_ns + int(fraction.ljust(9, "0")[:9])


@lru_cache(maxsize=1_024)
def _whole_ns(text: str) -> int | None:
    """``20240105-14:30:00``; many messages are of the same second."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    if not (year >= 1970 and 1 <= month <= 12 and hour < 24 and minute < 60 and second <= 60):
        return None
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return calendar.timegm((year, month, day, hour, minute, second)) * NS


def format_stamp(instant_ns: int, digits: int = 9) -> str:
    """Nanoseconds UTC as a UTCTimestamp with this many digits after the second, cut off."""
    assert 0 < digits <= 9
    whole, rest = divmod(instant_ns, NS)
    text = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(whole))
    return f"{text}.{f'{rest:09d}'[:digits]}"
