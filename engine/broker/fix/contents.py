"""What the last messages said, to tell a repeat from a contradiction.

Owns: a check sum for each of the last ``KEPT_MAX`` application messages. May not: keep the text.
"""

from __future__ import annotations

import re
import zlib
from collections import OrderedDict

from engine.broker.fix.message import SOH

KEPT_MAX = 50_000
_VARYING = re.compile(f"{SOH}(?:9|10|34|43|52|97|122)=[^{SOH}]*")


class Contents:
    """Check sums by MsgSeqNum, over everything that a resend may not change."""

    def __init__(self) -> None:
        self._sums: OrderedDict[int, int] = OrderedDict()

    def note(self, seq: int, raw: str) -> None:
        self._sums[seq] = _sum(raw)
        if len(self._sums) > KEPT_MAX:
            self._sums.popitem(last=False)

    def is_same(self, seq: int, raw: str) -> bool:
        """Whether this message is known to say what it said before."""
        return self._sums.get(seq) == _sum(raw)

    def clear(self) -> None:
        """The numbers begin again."""
        self._sums.clear()


def _sum(raw: str) -> int:
    return zlib.crc32(_VARYING.sub("", raw).encode("utf-8", "surrogateescape"))
