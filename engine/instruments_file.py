"""Instruments and scan ranges from files: TOML or CSV, checked whole.

Owns: what may stand in ``instruments.toml`` / ``instruments.csv`` and in a table of scan ranges
by date (``docs/limits.md``). May not: guess. A column that is not known is an error, as is an
option without strike or expiry.
"""

from __future__ import annotations

import csv
import datetime
import io
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from engine.core.limits.rules import ScanRange
from engine.core.model import Instrument
from engine.core.terms import InstrumentKind
from engine.errors import EngineError

COLUMNS = (
    "symbol",
    "kind",
    "underlying",
    "multiplier",
    "tick",
    "lot",
    "strike",
    "expiry",
    "currency",
)
_OPTIONS = frozenset({InstrumentKind.CALL, InstrumentKind.PUT})
_EPOCH = datetime.date(1970, 1, 1)


class InstrumentsError(EngineError):
    """A file of instruments or scan ranges that is not used; the text names what is wrong."""


def read_instruments(path: Path) -> tuple[Instrument, ...]:
    """The instruments in a TOML (``[[instruments]]``) or CSV file. Raises ``InstrumentsError``
    that names every wrong field with its row."""
    rows = _toml_rows(path) if path.suffix.lower() == ".toml" else _csv_rows(path, COLUMNS)
    errors: list[str] = []
    found: dict[str, Instrument] = {}
    for where, row in rows:
        reader = _Row(row, where, errors)
        instrument = reader.instrument()
        if instrument.symbol in found:
            reader.wrong("symbol", "a symbol given once", instrument.symbol)
        found[instrument.symbol] = instrument
    if errors:
        lines = "\n".join(f"  {error}" for error in errors)
        raise InstrumentsError(f"{path}: instruments to mend:\n{lines}")
    return tuple(found.values())


def read_scan_ranges(path: Path, column: str = "initial") -> tuple[ScanRange, ...]:
    """Scan ranges by date from a CSV with a ``date`` column (20200106 or 2020-01-06), such as
    CME's margin tables (``date,initial,maintenance``). Money a contract, ascending by date.
    Raises ``InstrumentsError``."""
    errors: list[str] = []
    found: dict[int, ScanRange] = {}
    for where, row in _csv_rows(path, None):
        reader = _Row(row, where, errors)
        day = day_of(str(row.get("date", "")))
        if day is None:
            reader.wrong("date", "a date such as 20200106", row.get("date"))
        elif day in found:
            reader.wrong("date", "a date given once", row.get("date"))
        else:
            found[day] = ScanRange(day, reader.number(column, None))
    if errors or not found:
        what = "; ".join(errors) or "no scan ranges in it"
        raise InstrumentsError(f"{path}: {what}")
    return tuple(found[day] for day in sorted(found))


def day_of(text: str) -> int | None:
    """Days since 1970-01-01 of a date (2020-01-06 or 20200106); None when it is none."""
    try:
        return (datetime.date.fromisoformat(text.strip()) - _EPOCH).days
    except ValueError:
        return None


class _Row:
    """One row; what is wrong is collected."""

    def __init__(self, row: Mapping[str, object], where: str, errors: list[str]) -> None:
        self._row = row
        self._where = where
        self._errors = errors

    def instrument(self) -> Instrument:
        for name in self._row:
            if name not in COLUMNS:
                known = ", ".join(COLUMNS)
                self._errors.append(f"{self._where}: {name}: unknown; known here: {known}")
        kind = self._kind()
        is_option = kind in _OPTIONS
        symbol = self._text("symbol", None)
        return Instrument(
            symbol=symbol,
            lot=self.number("lot", Decimal(1)),
            tick=self.number("tick", None) if self._has("tick") else None,
            multiplier=self.number("multiplier", Decimal(1)),
            currency=self._text("currency", "USD"),
            kind=kind,
            underlying=self._text("underlying", None if kind is not None else symbol),
            strike=self.number("strike", None) if is_option or self._has("strike") else None,
            expiry_day=self._expiry(is_option),
        )

    def number(self, name: str, default: Decimal | None) -> Decimal:
        """A number above 0; ``default`` None: it must be there."""
        value = self._row.get(name) if self._has(name) else default
        try:
            number = Decimal(str(value).strip()) if not isinstance(value, bool) else Decimal(0)
        except InvalidOperation:
            number = Decimal(0)
        if number.is_finite() and 0 < number < 10**15:
            return number
        self.wrong(name, "a number above 0", value)
        return Decimal(1)

    def wrong(self, name: str, expected: str, got: object) -> None:
        found = "nothing" if got is None or got == "" else str(got)
        self._errors.append(f"{self._where}: {name}: expected {expected}, got {found}")

    def _has(self, name: str) -> bool:
        return self._row.get(name) not in (None, "")

    def _kind(self) -> InstrumentKind | None:
        if not self._has("kind"):
            return None
        value = str(self._row["kind"]).strip().upper()
        if value in InstrumentKind.__members__:
            return InstrumentKind[value]
        self.wrong("kind", f"one of {', '.join(InstrumentKind)}", value)
        return None

    def _text(self, name: str, default: str | None) -> str:
        value = self._row.get(name) if self._has(name) else default
        if isinstance(value, str) and value.strip() and value.isprintable():
            return value.strip()
        self.wrong(name, "text", value)
        return ""

    def _expiry(self, needed: bool) -> int | None:
        if not self._has("expiry"):
            if needed:
                self.wrong("expiry", "the option's date such as 2020-03-20", None)
            return None
        day = day_of(str(self._row["expiry"]))
        if day is None:
            self.wrong("expiry", "a date such as 2020-03-20", self._row["expiry"])
        return day


def _toml_rows(path: Path) -> list[tuple[str, Mapping[str, object]]]:
    try:
        table = tomllib.loads(_text_of(path), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InstrumentsError(f"{path} is not TOML: {error}.") from None
    rows = table.get("instruments")
    if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows):
        raise InstrumentsError(f"{path}: expected tables [[instruments]].")
    return [(f"instruments[{index}]", row) for index, row in enumerate(rows)]


def _csv_rows(
    path: Path, columns: tuple[str, ...] | None
) -> list[tuple[str, Mapping[str, object]]]:
    reader = csv.DictReader(io.StringIO(_text_of(path)))
    names = reader.fieldnames or ()
    for name in names:
        if columns is not None and name not in columns:
            known = ", ".join(columns)
            raise InstrumentsError(f"{path}: line 1: {name!r}: unknown; known here: {known}")
    rows: list[tuple[str, Mapping[str, object]]] = []
    for row in reader:
        where = f"line {reader.line_num}"
        if None in row or None in row.values():
            raise InstrumentsError(f"{path}: {where}: expected {len(names)} values")
        rows.append((where, row))
    return rows


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InstrumentsError(f"{path} can't be read ({error}).") from None
