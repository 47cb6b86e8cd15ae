"""Rows as text for other programs: TSV for the clipboard, CSV for a file.

Owns: both formats, and the CSV's header with filter, user and time. May not: touch widgets or
files. The values are those on screen, numbers without grouping so that they stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TypeVar

from ui.formats import MINUS, stamp
from ui.table.column import Column

T = TypeVar("T")


def cell_text(column: Column[T], row: T, now_ns: int) -> str:
    """A cell as text for other programs."""
    text = column.text(row, now_ns)
    if column.numeric:
        text = text.replace(",", "").replace(MINUS, "-")
    return " ".join(text.split())


def tsv(columns: Sequence[Column[T]], rows: Iterable[T], now_ns: int) -> str:
    """Tab separated, titles first."""
    lines = ["\t".join(c.title for c in columns)]
    lines += ["\t".join(cell_text(c, row, now_ns) for c in columns) for row in rows]
    return "\n".join(lines) + "\n"


def _guarded(text: str) -> str:
    """A cell that a spreadsheet can't take for a formula."""
    return "'" + text if text[:1] in ("=", "+", "@") else text


def csv_head(table: str, filter_text: str, user: str, now_ns: int) -> str:
    """The comment lines that say what a file is."""
    shown = filter_text or "none"
    return f"# {table}\r\n# filter: {shown}\r\n# user: {user}\r\n# time: {stamp(now_ns)} UTC\r\n"


def csv_lines(columns: Sequence[Column[T]], rows: Iterable[T], now_ns: int) -> str:
    """Comma separated rows without titles."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_guarded(cell_text(c, row, now_ns)) for c in columns])
    return out.getvalue()


def csv_titles(columns: Sequence[Column[T]]) -> str:
    """The line of titles."""
    out = io.StringIO()
    csv.writer(out).writerow([c.title for c in columns])
    return out.getvalue()
