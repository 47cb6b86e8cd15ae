"""FIX's UTCTimestamp, both ways.

Owns: the text form of instants. May not: read a clock.
"""

from __future__ import annotations

import calendar
import re
import time

NS = 1_000_000_000
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?", re.ASCII)


def parse_stamp(text: str) -> int | None:
    """``20240105-14:30:00.123456`` as nanoseconds UTC; None: it is no UTCTimestamp."""
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    if not (year >= 1970 and 1 <= month <= 12 and hour < 24 and minute < 60 and second <= 60):
        return None
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    whole = calendar.timegm((year, month, day, hour, minute, second))
    fraction = (found.group(7) or "").ljust(9, "0")[:9]
    return whole * NS + int(fraction)


def format_stamp(instant_ns: int, digits: int = 9) -> str:
    """Nanoseconds UTC as a UTCTimestamp with this many digits after the second, cut off."""
    assert 0 < digits <= 9
    whole, rest = divmod(instant_ns, NS)
    text = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(whole))
    return f"{text}.{f'{rest:09d}'[:digits]}"
