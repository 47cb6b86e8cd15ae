"""What a column is: how a row becomes text, a sort value and a look.

Owns: ``Column`` and ``Look``. May not: know widgets or rows of any particular kind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from ui.theme import Tone

T = TypeVar("T")

#: Sorts below every number: rows that have no value for a column.
NO_NUMBER = Decimal("-Infinity")


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks beside its text. ``fill``: alarm ground; it blinks with ``blink``."""

    tone: Tone = Tone.NORMAL
    fill: bool = False
    blink: bool = False
    icon: str = ""
    bold: bool = False


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it was painted last."""

    text: str
    look: Look
    payload: object = None


@dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column. ``title`` carries the unit. ``text`` gets the row and the wall time (ns);
    ``ticking`` columns are also painted anew each half second; ``alarm`` ones may have
    an alarm's ground. ``sort`` gives the real value,
    so that 9 sorts before 10; left out, the text is sorted. ``payload`` is for a delegate.
    ``wide``: up to which width it takes room that the columns leave over."""

    key: str
    title: str
    text: Callable[[T, int], str]
    sort: Callable[[T], Any] | None = None
    look: Callable[[T], Look] | None = None
    payload: Callable[[T], object] | None = None
    numeric: bool = False
    ticking: bool = False
    alarm: bool = False
    hidden: bool = False
    width: int = 90
    wide: int = 0
    tip: str = ""

    def cell(self, row: T, now_ns: int) -> Cell:
        """What to paint for a row."""
        return Cell(
            self.text(row, now_ns),
            PLAIN if self.look is None else self.look(row),
            None if self.payload is None else self.payload(row),
        )

    def value(self, row: T) -> Any:
        """What the row sorts by in this column."""
        return self.text(row, 0).casefold() if self.sort is None else self.sort(row)


def numeric_value(value: Decimal | None) -> Decimal:
    """A number to sort by; none sorts below all numbers."""
    return NO_NUMBER if value is None else value
