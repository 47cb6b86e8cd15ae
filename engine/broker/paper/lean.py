"""A folder of quotes in LEAN's layout as a quote source.

Owns: the merge of all contracts in time order. May not: read names (``lean_layout``) or lines
(``lean_lines``).

Read lazily: one line per open contract is in memory; a day's archives are opened when the
merge reaches that day and closed after it.
"""

from __future__ import annotations

import heapq
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from engine.broker.paper.contracts import Contract, Kind
from engine.broker.paper.lean_layout import (
    Member,
    check_intact,
    choose,
    contracts_of,
    find_members,
)
from engine.broker.paper.lean_lines import LineReader
from engine.broker.paper.quotes import ProblemLog
from engine.core.events import QuoteChanged

LONGEST_DAY_NS = 26 * 3_600 * 1_000_000_000
_DIVISOR: Mapping[Kind, int] = MappingProxyType(
    {Kind.EQUITY: 10_000, Kind.OPTION: 10_000, Kind.INDEX_OPTION: 10_000}
)


class LeanFolder:
    """All minute quotes below ``folder``, or those of ``symbols``. See ``quotes.QuoteSource``.

    Raises ``QuotesError``: no such folder, nothing in it, an archive that is damaged or whose
    name or contents don't follow the layout, a symbol asked for that is not there.
    """

    def __init__(self, folder: Path, symbols: Collection[str] | None = None) -> None:
        self._folder = folder
        self._problems = ProblemLog()
        members = choose(folder, find_members(folder, self._problems), symbols)
        self._contracts = contracts_of(members)
        self._members = sorted(members, key=lambda m: (m.day_ns, m.contract.symbol, m.name))
        check_intact({m.archive for m in members})
        for root in sorted({c.root for c in self._contracts.values() if not c.known}):
            self._problems.note(
                f"{folder}: the contract size and tick of {root} are not known; expected a root "
                "in the table of contracts. Multiplier 1 is used and any price is taken"
            )
        self._open: dict[Path, tuple[zipfile.ZipFile, list[int]]] = {}

    @property
    def contracts(self) -> Mapping[str, Contract]:
        return self._contracts

    @property
    def problems(self) -> ProblemLog:
        return self._problems

    @property
    def description(self) -> str:
        return f"quotes from {self._folder}, {len(self._contracts)} contracts"

    def stream(self, start_ns: int | None) -> Iterator[QuoteChanged]:
        """Merge all contracts in time order; equal times by symbol. See ``QuoteSource``."""
        heap: list[tuple[int, int, QuoteChanged | None]] = []
        readers: dict[int, Iterator[QuoteChanged]] = {}
        for index, member in enumerate(self._members):
            if start_ns is None or member.day_ns + LONGEST_DAY_NS > start_ns:
                heap.append((member.day_ns, index, None))
        heapq.heapify(heap)
        while heap:
            _, index, quote = heap[0]
            if quote is not None:
                yield quote
            if index not in readers:
                readers[index] = self._read(self._members[index], start_ns)
            following = next(readers[index], None)
            if following is None:
                heapq.heappop(heap)
                readers[index] = iter(())
            else:
                assert following.server_time_ns is not None
                heapq.heapreplace(heap, (following.server_time_ns, index, following))

    def _read(self, member: Member, start_ns: int | None) -> Iterator[QuoteChanged]:
        where = f"{member.archive}: {member.name}"
        divisor = _DIVISOR.get(member.contract.kind, 1)
        reader = LineReader(where, member.contract.symbol, member.day_ns, divisor, self._problems)
        archive = self._borrow(member.archive)
        try:
            with archive.open(member.name) as lines:
                yield from reader.read(lines, start_ns)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            self._problems.note(
                f"{where}: damaged ({error}); expected an intact archive. This contract's "
                "quotes end here"
            )
        finally:
            self._give_back(member.archive)

    def _borrow(self, path: Path) -> zipfile.ZipFile:
        """The archive, open once for all its members that are being read."""
        if path not in self._open:
            self._open[path] = (zipfile.ZipFile(path), [0])
        archive, users = self._open[path]
        users[0] += 1
        return archive

    def _give_back(self, path: Path) -> None:
        archive, users = self._open.get(path, (None, [1]))
        users[0] -= 1
        if users[0] == 0 and archive is not None:
            archive.close()
            del self._open[path]

    def close(self) -> None:
        """Close the archives; a stream under way ends."""
        for archive, _ in self._open.values():
            archive.close()
        self._open.clear()
