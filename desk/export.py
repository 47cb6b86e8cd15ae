"""Everything the engine shows, as CSV files for a spreadsheet.

Owns: the files and their columns. May not: choose or change a figure. Each file begins with who
exported when; text that a spreadsheet would take for a formula is marked as text.
"""

from __future__ import annotations

import csv
import dataclasses
import time
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from pathlib import Path

from desk.errors import UserError
from engine import Engine

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export_all(engine: Engine, folder: Path, user: str) -> tuple[Path, ...]:
    """Write groups, legs, orders, executions, escalations, orphans and rejected events.

    Returns the files. Raises ``UserError`` when the folder can't be written.
    """
    stamp = f"exported by {user} at {time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime())}"
    written = []
    for name, rows in _tables(engine).items():
        path = folder / f"{name}.csv"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("w", encoding="utf-8", newline="") as file:
                file.write(f"# {name}, {stamp}\r\n")
                _write(file, rows)
        except OSError as error:
            raise UserError(f"{path} can't be written ({error.strerror}).") from error
        written.append(path)
    return tuple(written)


def _tables(engine: Engine) -> dict[str, list[dict[str, object]]]:
    details = [engine.group_detail(group_id) for group_id in engine.group_ids()]
    known = [detail for detail in details if detail is not None]
    orders = [order for detail in known for order in detail.orders]
    return {
        "groups": [_row(detail.row) for detail in known],
        "legs": [
            {"group_id": detail.row.group_id, **_row(leg)}
            for detail in known
            for leg in detail.row.legs
        ],
        "orders": [_row(order) for order in orders],
        "executions": [
            {"order": order.ref, "symbol": order.symbol, "side": str(order.side), **_row(item)}
            for order in orders
            for item in order.executions
        ],
        "escalations": [_row(item) for item in engine.escalations()],
        "orphans": [_row(item) for item in engine.orphans()],
        "rejected_events": [_row(item) for item in engine.rejected()],
    }


def _row(view: object) -> dict[str, object]:
    """The plain fields of a view; nested ones have their own files."""
    assert dataclasses.is_dataclass(view), "views are dataclasses"
    values = ((item.name, getattr(view, item.name)) for item in dataclasses.fields(view))
    return {name: value for name, value in values if not isinstance(value, tuple)}


def _write(file: object, rows: Sequence[dict[str, object]]) -> None:
    if not rows:
        return
    writer = csv.writer(file)  # type: ignore[arg-type]
    writer.writerow(rows[0])
    writer.writerows(_cells(row.values()) for row in rows)


def _cells(values: Iterable[object]) -> list[str]:
    return [_cell(value) for value in values]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str) and not isinstance(value, Enum) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return str(value)
