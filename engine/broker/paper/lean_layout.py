"""LEAN's folder layout: which archives hold what.

Owns: finding the archives and reading folder, archive and member names. May not: read quotes.

Layout: ``{security type}/{market}/minute/{root}[/{expiry month}]/{date}_quote[_style].zip``,
in it one CSV a contract: ``{date}_{root}_minute_quote[_{style}_{right}_{strike}_{expiry}].csv``,
of a future ``..._quote_{yyyymm}[_{yyyymmdd}].csv``. Strikes are times 10000.

LEAN stamps lines in the security type's data time zone: UTC for futures and options on them,
America/New_York for the others.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.broker.paper import contracts
from engine.broker.paper.contracts import Contract, Kind
from engine.broker.paper.quotes import ProblemLog, QuotesError

CHECKED_BYTES_MAX = 64 * 1024 * 1024
STRIKE_SCALE = Decimal(10_000)
SYMBOLS_NAMED_MAX = 5
_IN_UTC = frozenset({Kind.FUTURE, Kind.FUTURE_OPTION})
_ARCHIVE = re.compile(r"(?P<date>\d{8})_quote(_[a-z]+)?\.zip")
_PLAIN = re.compile(r"\d{8}_(?P<root>[a-z0-9.]+)_minute_quote\.csv")
_FUTURE = re.compile(r"\d{8}_(?P<root>[a-z0-9.]+)_minute_quote_(?P<expiry>\d{6})(_\d{8})?\.csv")
_OPTION = re.compile(
    r"\d{8}_(?P<root>[a-z0-9.]+)_minute_quote_[a-z]+_(?P<right>put|call)"
    r"_(?P<strike>\d+)_(?P<expiry>\d{8})\.csv"
)
_NAMES: Mapping[Kind, re.Pattern[str]] = MappingProxyType(
    {Kind.EQUITY: _PLAIN, Kind.FUTURE: _FUTURE}
)


@dataclass(frozen=True, slots=True)
class Member:
    """One contract's day: a CSV in an archive. ``day_ns``: midnight of its data time zone."""

    archive: Path
    name: str
    contract: Contract
    day_ns: int


def find_members(folder: Path, problems: ProblemLog) -> list[Member]:
    """Every contract's day below ``folder``. Raises ``QuotesError``; a security type or a name
    inside an archive that is not known is skipped and noted."""
    if not folder.is_dir():
        raise QuotesError(f"{folder}: no such folder; expected one in LEAN's layout")
    members = [m for path in sorted(folder.rglob("*_quote*.zip")) for m in _members(path, problems)]
    if not members:
        raise QuotesError(
            f"{folder}: no minute quotes found; expected LEAN's layout, "
            "{security type}/{market}/minute/{root}/{date}_quote.zip"
        )
    return members


def choose(
    folder: Path, members: Iterable[Member], symbols: Collection[str] | None
) -> list[Member]:
    """The members of ``symbols`` (None: all). Raises ``QuotesError`` for one that is missing."""
    everything = list(members)
    if symbols is None:
        return everything
    known = {m.contract.symbol for m in everything}
    missing = sorted(set(symbols) - known)
    if missing:
        named = ", ".join(missing[:SYMBOLS_NAMED_MAX])
        examples = ", ".join(sorted(known)[:SYMBOLS_NAMED_MAX])
        raise QuotesError(f"{folder}: no quotes for {named}; expected symbols such as {examples}")
    return [m for m in everything if m.contract.symbol in set(symbols)]


def contracts_of(members: Sequence[Member]) -> dict[str, Contract]:
    """The contracts by symbol. Raises ``QuotesError`` when two of them share a symbol."""
    found: dict[str, tuple[Contract, Member]] = {}
    for member in members:
        contract, first = found.setdefault(member.contract.symbol, (member.contract, member))
        if (contract.kind, first.archive.parent) != (member.contract.kind, member.archive.parent):
            raise QuotesError(
                f"{member.archive}: {member.name} and {first.archive}: {first.name} are both "
                f"named {contract.symbol}; expected one folder for each contract"
            )
    return {symbol: contract for symbol, (contract, _) in sorted(found.items())}


def check_intact(archives: Iterable[Path]) -> None:
    """Read the archives whole while they are small, so that damage is told before trading.

    Raises ``QuotesError``. Beyond ``CHECKED_BYTES_MAX`` bytes in all it stops; damage further
    on is noted when it is reached.
    """
    left = CHECKED_BYTES_MAX
    for path in sorted(archives):
        left -= path.stat().st_size
        if left < 0:
            return
        try:
            with zipfile.ZipFile(path) as archive:
                bad = archive.testzip()
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise _damaged(path, str(error)) from error
        if bad is not None:
            raise _damaged(path, f"{bad} does not match its checksum")


def _damaged(path: Path, why: str) -> QuotesError:
    return QuotesError(
        f"{path}: damaged archive ({why}); expected an intact zip of minute quotes. "
        "Copy it again or move it out of the folder"
    )


def _members(path: Path, problems: ProblemLog) -> Iterator[Member]:
    parts = path.resolve().parts
    if "minute" not in parts[2:]:
        return
    kind_name = parts[len(parts) - 1 - parts[::-1].index("minute") - 2]
    archive_name = _ARCHIVE.fullmatch(path.name)
    if kind_name not in list(Kind) or archive_name is None:
        problems.note(f"{path}: skipped; expected {{date}}_quote.zip of one of {', '.join(Kind)}")
        return
    kind = Kind(kind_name)
    day_ns = _midnight_ns(path, archive_name["date"], kind)
    for name in _names(path):
        contract = _contract(kind, name)
        if contract is None:
            problems.note(f"{path}: {name} skipped; expected a contract's minute quotes")
        else:
            yield Member(path, name, contract, day_ns)


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return sorted(archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise _damaged(path, str(error)) from error


def _midnight_ns(path: Path, date: str, kind: Kind) -> int:
    try:
        midnight = datetime.strptime(date, "%Y%m%d").replace(tzinfo=_zone(path, kind))
    except ValueError as error:
        raise QuotesError(f"{path}: {date} is no date; expected yyyymmdd") from error
    return int(midnight.timestamp()) * 1_000_000_000


def _zone(path: Path, kind: Kind) -> tzinfo:
    if kind in _IN_UTC:
        return UTC
    try:
        return ZoneInfo("America/New_York")
    except ZoneInfoNotFoundError as error:
        raise QuotesError(
            f"{path}: its times are New York's, and this machine has no time zone database; "
            "expected the package tzdata (apt install tzdata)"
        ) from error


def _contract(kind: Kind, name: str) -> Contract | None:
    match = _NAMES.get(kind, _OPTION).fullmatch(name.lower())
    if match is None:
        return None
    root = match["root"].upper()
    if kind is Kind.EQUITY:
        return contracts.equity(root)
    if kind is Kind.FUTURE:
        month = int(match["expiry"][4:])
        return contracts.future(root, match["expiry"]) if 1 <= month <= 12 else None
    right = "P" if match["right"] == "put" else "C"
    strike = Decimal(match["strike"]) / STRIKE_SCALE
    return contracts.option(kind, root, match["expiry"], right, strike)
