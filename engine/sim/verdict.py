"""The judge's word: which invariant does not hold, and how.

Owns: ``Violation``. May not: judge.
"""

from __future__ import annotations

from typing import NoReturn

NAMES = (
    "the engine itself stopped",
    "nothing is sent without a durable intent, nothing twice",
    "every execution is booked exactly once",
    "nothing turns back",
    "hedges filled and to fill stay within the exposure",
    "no risk beyond the hedge proven",
    "nothing unhedged is forgotten",
    "no escalation is lost",
    "after all faults the desk ends as the venue does",
    "nothing leaves that a kill or a limit stops",
)
"""By number, 1 to 8 as in ``engine.md`` §6; 0: the engine's own fault; 9: the controls."""


class Violation(BaseException):
    """An invariant does not hold. No ``Exception``: nothing in the engine may catch it."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(f"invariant {number} ({NAMES[number]}): {text}")
        self.number = number
        self.text = text


def violated(number: int, text: str) -> NoReturn:
    raise Violation(number, text)
