"""Basket files: several groups in one JSON or CSV file.

Owns: ``read_basket`` and the two file formats (``docs/baskets.md``). May not: know what a group
may look like (``baskets``) or submit anything. One wrong field anywhere and nothing is returned:
every error of the file is reported at once, with its line.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from engine.baskets import BasketError, check_group
from engine.core.commands import GroupRequest
from engine.fields import FieldError, shown
from engine.json_lines import JsonError, read_json

GROUPS_MAX = 5_000
BYTES_MAX = 16 * 1024 * 1024

_GROUP_COLUMNS = ("group_id", "account", "release", "on_risk_shortfall")
_LEG_COLUMNS = (
    "leg_id",
    "leg_type",
    "symbol",
    "side",
    "quantity",
    "order_type",
    "price",
    "tif",
    "hedge_symbol",
    "hedge_side",
)
_PART_COLUMNS = {
    "child_max_quantity": ("child", "max_quantity"),
    "child_interval_s": ("child", "interval_s"),
    "stop_trigger_price": ("stop_loss", "trigger_price"),
    "stop_offset": ("stop_loss", "offset"),
    "stop_timeout_s": ("stop_loss", "timeout_s"),
}
_COLUMNS = _GROUP_COLUMNS + _LEG_COLUMNS + tuple(_PART_COLUMNS)
_NEEDED_COLUMNS = ("group_id", "leg_id", "leg_type", "symbol", "side", "quantity")


def read_basket(path: Path, lots: Mapping[str, Decimal] | None = None) -> tuple[GroupRequest, ...]:
    """The groups of a ``.json`` or ``.csv`` file, in file order.

    ``lots`` as in ``parse_group``. Raises ``BasketError`` with every error in the file;
    a file that cannot be read at all is one error.
    """
    text = _text_of(path)
    parsers: dict[str, Callable[[str], _Objects]] = {".json": _json_groups, ".csv": _csv_groups}
    parser = parsers.get(path.suffix.lower())
    if parser is None:
        raise _file_error(path, "a name ending in .json or .csv", shown(path.suffix))
    objects = parser(text)
    groups: list[GroupRequest] = []
    errors = list(objects.errors)
    for index, obj in enumerate(objects.groups):
        group, wrong = check_group(obj, f"groups[{index}]", lots)
        errors.extend(objects.placed(error) for error in wrong)
        if group is not None:
            groups.append(group)
    errors.extend(objects.placed(error) for error in _repeated(objects.groups))
    if errors:
        errors.sort(key=lambda error: error.line or 0)
        raise BasketError(tuple(errors), str(path))
    return tuple(groups)


@dataclass(slots=True)
class _Objects:
    """Group objects as read, and how a path in them is shown to the user."""

    groups: list[object] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)
    placed: Callable[[FieldError], FieldError] = lambda error: error


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise _file_error(path, f"at most {BYTES_MAX // 1024 // 1024} MB", "a larger file")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _file_error(path, "a readable file", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise _file_error(path, "UTF-8 text", f"byte {error.start} that is not") from error


def _file_error(path: Path, expected: str, got: str) -> BasketError:
    return BasketError((FieldError("file", expected, got),), str(path))


def _repeated(groups: list[object]) -> list[FieldError]:
    """An id that an earlier group of the file has already."""
    seen: set[str] = set()
    errors = []
    for index, obj in enumerate(groups):
        group_id = obj.get("group_id") if isinstance(obj, Mapping) else None
        if not isinstance(group_id, str):
            continue
        if group_id in seen:
            where = f"groups[{index}].group_id"
            errors.append(FieldError(where, "an id unique in the file", shown(group_id)))
        seen.add(group_id)
    return errors


def _json_groups(text: str) -> _Objects:
    try:
        read = read_json(text)
    except JsonError as error:
        return _Objects(errors=[FieldError("file", "JSON", error.what, error.line)])

    def placed(error: FieldError) -> FieldError:
        return replace(error, line=read.line(error.field))

    top = read.value
    if not isinstance(top, dict) or not isinstance(top.get("groups"), list):
        wrong = FieldError("file", 'an object {"groups": [ … ]}', shown(top), 1)
        return _Objects(errors=[wrong])
    others = [
        placed(FieldError(name, "only groups", "another name")) for name in top if name != "groups"
    ]
    groups = top["groups"]
    if not 1 <= len(groups) <= GROUPS_MAX:
        wrong = FieldError("groups", f"1 to {GROUPS_MAX} groups", str(len(groups)))
        return _Objects(errors=[*others, placed(wrong)])
    return _Objects(list(groups), others, placed)


@dataclass(slots=True)
class _Rows:
    """Rows of a CSV file gathered into groups; ``rows`` holds the line of each leg."""

    groups: dict[str, dict[str, object]] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)

    def add(self, cells: dict[str, str], line: int) -> None:
        key = cells.get("group_id", "")
        shared = {name: cells[name] for name in _GROUP_COLUMNS if name in cells}
        group = self.groups.setdefault(key, {**shared, "legs": []})
        for name, value in shared.items():
            if group.setdefault(name, value) != value:
                expected = f"the same as in line {self.rows[key][0]}"
                self.errors.append(FieldError(name, expected, shown(value), line))
        self.rows.setdefault(key, []).append(line)
        legs = group["legs"]
        assert isinstance(legs, list)
        legs.append(_leg_of(cells))

    def placed(self, error: FieldError) -> FieldError:
        """A path such as ``groups[0].legs[1].child.max_quantity`` as column and line."""
        parts = error.field.replace("[", ".").replace("]", "").split(".")
        lines = list(self.rows.values())[int(parts[1])]
        if parts[2:3] != ["legs"] or len(parts) < 4:
            return replace(error, field=".".join(parts[2:]) or "row", line=lines[0])
        inner = tuple(parts[4:])
        columns = {part: column for column, part in _PART_COLUMNS.items()}
        name = columns.get((inner[0], inner[-1]), ".".join(inner)) if inner else "row"
        return replace(error, field=name, line=lines[int(parts[3])])


def _leg_of(cells: dict[str, str]) -> dict[str, object]:
    leg: dict[str, object] = {name: cells[name] for name in _LEG_COLUMNS if name in cells}
    for column, (part, name) in _PART_COLUMNS.items():
        if column in cells:
            inner = leg.setdefault(part, {})
            assert isinstance(inner, dict)
            inner[name] = cells[column]
    return leg


def _csv_groups(text: str) -> _Objects:
    rows = _Rows()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    try:
        for cells in reader:
            if not any(cells) or cells[0].startswith("#"):
                continue
            if header:
                _add_row(rows, header, cells, reader.line_num)
                continue
            header = [cell.strip() for cell in cells]
            if wrong := _header_errors(header, reader.line_num):
                return _Objects(errors=wrong)
    except csv.Error as error:
        rows.errors.append(FieldError("row", "CSV", str(error), reader.line_num))
    if not 1 <= len(rows.groups) <= GROUPS_MAX and not rows.errors:
        expected = f"1 to {GROUPS_MAX} groups"
        rows.errors.append(FieldError("file", expected, str(len(rows.groups))))
    return _Objects(list(rows.groups.values()), rows.errors, rows.placed)


def _add_row(rows: _Rows, header: list[str], cells: list[str], line: int) -> None:
    if len(cells) > len(header):
        expected = f"at most {len(header)} cells"
        rows.errors.append(FieldError("row", expected, str(len(cells)), line))
        return
    filled = zip(header, (cell.strip() for cell in cells), strict=False)
    rows.add({name: cell for name, cell in filled if cell}, line)


def _header_errors(header: list[str], line: int) -> list[FieldError]:
    errors = [
        FieldError(shown(name), f"one of {', '.join(_COLUMNS)}", "another column", line)
        for name in header
        if name not in _COLUMNS
    ]
    errors += [
        FieldError(name, "a column of that name", "nothing", line)
        for name in _NEEDED_COLUMNS
        if name not in header
    ]
    errors += [
        FieldError(name, "each column once", "it twice", line)
        for name in sorted({name for name in header if header.count(name) > 1})
    ]
    return errors
