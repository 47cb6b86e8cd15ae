"""Many rows in few steps.

Owns: how a number of rows is cut into the sizes for which statements exist. May not: know a
statement. Each step of a statement gives the interpreter's lock away and has to get it back, behind
whatever the loop does: few long steps, not many short ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

SIZES = (256, 128, 64, *range(32, 0, -1))
"""Up to 256 rows take four steps or fewer."""


def steps(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in their order, as few portions of ``SIZES`` as they fit."""
    begin = 0
    for size in SIZES:
        while len(rows) - begin >= size:
            yield rows[begin : begin + size]
            begin += size
