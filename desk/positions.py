"""Positions from a CSV file, to be entered into the engine's books.

Owns: reading them, from a file and from a request. May not: enter them (``requests``); what the
engine refuses, it refuses. Columns: account, symbol, quantity (signed), price (optional).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from desk.errors import UserError
from engine import PositionEntry

COLUMNS = ("account", "symbol", "quantity", "price")
_NEEDED = COLUMNS[:3]


def read_positions(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file with a header. Raises ``UserError`` naming the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The positions file {path} can't be read ({error}).") from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        names = reader.fieldnames or []
        unknown = [name for name in names if name not in COLUMNS]
        missing = [name for name in _NEEDED if name not in names]
        if unknown or missing:
            raise UserError(
                f"The positions file {path} needs the columns {', '.join(COLUMNS)} (price may be "
                f"left out); its first line has {', '.join(names) or 'nothing'}."
            )
        rows = [_row(row, path, reader.line_num) for row in reader]
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: {error}.") from error
    if not rows:
        raise UserError(f"The positions file {path} has no rows.")
    return rows


def position_of(row: object, where: str) -> PositionEntry:
    """One position of a request. Raises ``UserError``."""
    if not isinstance(row, Mapping):
        raise UserError(f"{where}: expected an object.")
    texts = {name: row.get(name, "") for name in COLUMNS}
    for name, value in texts.items():
        if not isinstance(value, str) or len(value) > 100:
            raise UserError(f"{where}.{name}: expected text of at most 100 characters.")
    price = texts["price"].strip()
    return PositionEntry(
        texts["account"].strip(),
        texts["symbol"].strip(),
        _number(texts["quantity"], f"{where}.quantity"),
        _number(price, f"{where}.price") if price else Decimal(0),
    )


def _row(row: dict[str | None, str | None], path: Path, line: int) -> dict[str, str]:
    if None in row or None in row.values():
        raise UserError(f"{path}, line {line}: expected as many cells as the first line has.")
    found = {name: row.get(name) or "" for name in COLUMNS}
    position_of(found, f"{path}, line {line}")
    return found


def _number(text: str, where: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise UserError(f"{where}: expected a number, got {text!r}.")
    return number
