"""Where the paper exchange's quotes come from: the port of a quote source.

Owns: the source protocol, the errors a user of the paper exchange may see, and the record of
what a source could not use. May not: know a file format or match anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from engine.broker.paper.contracts import Contract
from engine.core.events import QuoteChanged

PROBLEMS_KEPT_MAX = 20


class PaperError(Exception):
    """Something about the paper exchange that its user must mend; the text is a sentence."""


class QuotesError(PaperError):
    """Quotes that cannot be used: which file (and line), what is wrong, what was expected."""


class ProblemLog:
    """What a source skipped: all of it counted, the first ones kept as sentences."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self.count = 0

    @property
    def kept(self) -> tuple[str, ...]:
        return tuple(self._kept)

    def note(self, sentence: str) -> None:
        """Count a problem and keep its sentence while there is room."""
        self.count += 1
        if len(self._kept) < PROBLEMS_KEPT_MAX:
            self._kept.append(sentence)


class QuoteSource(Protocol):
    """A market that has been, or that is made up.

    ``contracts``: what can be traded, by symbol. ``problems``: what was skipped so far; it
    grows while the stream is read. ``description``: a few words for the glance line.
    """

    @property
    def contracts(self) -> Mapping[str, Contract]: ...

    @property
    def problems(self) -> ProblemLog: ...

    @property
    def description(self) -> str: ...

    def stream(self, start_ns: int | None) -> Iterator[QuoteChanged]:
        """Quotes in time order, read lazily, each with ``server_time_ns`` set.

        ``start_ns``: begin there; the last quote before it comes first for each symbol that
        had one, with its own earlier time. None: from the beginning.
        """
        ...

    def close(self) -> None: ...
