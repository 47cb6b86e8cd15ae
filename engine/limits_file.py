"""``limits.toml``: the pre-trade controls, read whole and checked whole.

Owns: what may stand in the file (``docs/limits.md``) and the complaint about what may not. May
not: apply it. The same table, as JSON, is the ``limits`` of a scenario's ``config``. An unknown
name is an error with the nearest known one: a misspelled limit that is silently not set is worse
than a desk that does not start.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

from engine.core.limits.rules import (
    Available,
    Bound,
    Limits,
    MarginProduct,
    MarginSettings,
    Rule,
    ScanRange,
    TradingWindow,
)
from engine.core.terms import LegType
from engine.errors import EngineError
from engine.instruments_file import day_of, read_scan_ranges

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_TOP = ("collar_without_market", "cancel_on_disconnect", "rules", "margin")
_BOUNDS = (
    "max_order_qty",
    "max_order_notional",
    "collar_pct",
    "collar_ticks",
    "period_collar_pct",
    "max_open_groups",
    "max_net_exposure",
    "max_gross_exposure",
    "duplicate_window_ms",
)
_RATES = ("max_orders_per_s", "max_messages_per_s")
_BURSTS = ("orders_burst", "messages_burst")
_PERIODS = ("period_s", "repeat_period_s")
_RULE = tuple(field.name for field in fields(Rule))
_MARGIN = ("currency", "available", "products")
_PRODUCT = (*(field.name for field in fields(MarginProduct)), "scan_range", "column")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


class LimitsError(EngineError):
    """A limits file that is not put in force; the text names everything that is wrong."""


def read_limits(path: Path) -> Limits:
    """The limits in ``path``. Raises ``LimitsError`` that names every wrong setting."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as error:
        raise LimitsError(f"The limits file {path} can't be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise LimitsError(f"The limits file {path} is not TOML: {error}.") from None
    return parse_limits(table, str(path), path.parent)


def parse_limits(table: object, source: str, folder: Path | None = None) -> Limits:
    """The limits in a table (TOML or JSON; numbers ``int`` or ``Decimal``). ``folder``: where
    relative paths in it begin; None: none are allowed. Raises ``LimitsError``."""
    reader = _Reader(folder)
    limits = reader.limits(table, source)
    if reader.errors:
        lines = "\n".join(f"  {error}" for error in reader.errors)
        raise LimitsError(f"{source}: limits to mend:\n{lines}")
    return limits


class _Reader:
    """Reads one table and collects what is wrong."""

    def __init__(self, folder: Path | None) -> None:
        self.errors: list[str] = []
        self._folder = folder

    def limits(self, value: object, source: str) -> Limits:
        table = self._table(value, "limits", _TOP)
        manner = self._choice(
            table, "", "collar_without_market", ("confirm", "refuse", "allow"), "confirm"
        )
        legs = self._words(table, "", "cancel_on_disconnect", ("RISK", "HEDGE"), ("RISK",))
        rules = [self._rule(each, i) for i, each in enumerate(self._list(table, "", "rules"))]
        for index, rule in enumerate(rules):
            if any(rule.name == other.name for other in rules[:index]):
                self._wrong(f"rules[{index}].name", "a name given once", rule.name)
        margin = self._margin(table["margin"]) if "margin" in table else None
        return Limits(tuple(rules), source, manner, tuple(LegType(each) for each in legs), margin)

    def _rule(self, value: object, index: int) -> Rule:
        where = f"rules[{index}]"
        table = self._table(value, where, _RULE)
        given: dict[str, object] = {"name": self._text(table, where, "name", None)}
        for name in ("account", "symbol"):
            given[name] = self._text(table, where, name, "*")
        for name in _BOUNDS:
            if name in table:
                given[name] = self._bound(table[name], f"{where}.{name}")
        for name in (*_RATES, *_PERIODS):
            if name in table:
                given[name] = self._number(table, where, name)
        for name in (*_BURSTS, "max_repeats"):
            if name in table:
                given[name] = self._whole(table, where, name)
        given["restricted"] = self._flag(table, where, "restricted")
        given["trading_hours"] = tuple(
            self._window(each, f"{where}.trading_hours[{i}]")
            for i, each in enumerate(self._list(table, where, "trading_hours"))
        )
        for burst, rate in zip(_BURSTS, _RATES, strict=True):
            if burst in table and rate not in table:
                self._wrong(f"{where}.{burst}", f"{rate} beside it", None)
        return Rule(**given)  # type: ignore[arg-type]

    def _bound(self, value: object, where: str) -> Bound:
        """A number is a hard limit; a table has ``soft``, ``hard`` or both."""
        if not isinstance(value, Mapping):
            return Bound(hard=self._positive(value, where))
        table = self._table(value, where, ("soft", "hard"))
        soft, hard = (
            self._positive(table[name], f"{where}.{name}") if name in table else None
            for name in ("soft", "hard")
        )
        if soft is None and hard is None:
            self._wrong(where, "soft, hard or both", None)
        elif soft is not None and hard is not None:
            is_window = where.endswith("_window_ms")  # the longer window is the softer one
            if (soft < hard) if is_window else (soft > hard):
                side = "least" if is_window else "most"
                self._wrong(f"{where}.soft", f"at {side} the hard limit {hard}", soft)
        return Bound(soft, hard)

    def _window(self, value: object, where: str) -> TradingWindow:
        table = self._table(value, where, ("days", "from", "to"))
        days = self._words(table, where, "days", DAYS, DAYS[:5])
        begin, end = (self._time(table, where, name) for name in ("from", "to"))
        return TradingWindow(tuple(DAYS.index(day) for day in days), begin, end)

    def _time(self, table: Mapping[str, object], where: str, name: str) -> int:
        value = table.get(name)
        if isinstance(value, str) and _TIME.fullmatch(value):
            hours, minutes = value.split(":")
            return int(hours) * 3600 + int(minutes) * 60
        self._wrong(f"{where}.{name}", 'a time of day in UTC such as "14:30"', value)
        return 0

    # -- margin --------------------------------------------------------------------------------

    def _margin(self, value: object) -> MarginSettings:
        table = self._table(value, "margin", _MARGIN)
        available = self._table(table.get("available", {}), "margin.available", None)
        return MarginSettings(
            available=tuple(
                Available(account, self._positive(amount, f"margin.available.{account}"))
                for account, amount in available.items()
            ),
            products=tuple(
                self._product(each, f"margin.products[{i}]")
                for i, each in enumerate(self._list(table, "margin", "products"))
            ),
            currency=self._text(table, "margin", "currency", "USD"),
        )

    def _product(self, value: object, where: str) -> MarginProduct:
        table = self._table(value, where, _PRODUCT)
        given: dict[str, object] = {
            "underlying": self._text(table, where, "underlying", None),
            "scan_ranges": self._scan_ranges(table, where),
            "multiplier": self._positive(table.get("multiplier"), f"{where}.multiplier"),
        }
        for name in ("volatility_range", "extreme_move", "extreme_cover", "price", "volatility",
                     "fx"):  # fmt: skip
            if name in table:
                given[name] = self._number(table, where, name)
        if "short_option_minimum" in table:
            given["short_option_minimum"] = self._number(table, where, "short_option_minimum", 0)
        return MarginProduct(**given)  # type: ignore[arg-type]

    def _scan_ranges(self, table: Mapping[str, object], where: str) -> tuple[ScanRange, ...]:
        """One amount for all days (``scan_range``), a CSV by date, or a list of both."""
        if "scan_range" in table:
            amount = self._positive(table["scan_range"], f"{where}.scan_range")
            return (ScanRange(0, amount),)
        value = table.get("scan_ranges")
        if isinstance(value, str):
            column = self._text(table, where, "column", "initial")
            return self._scan_file(value, column, f"{where}.scan_ranges")
        if isinstance(value, list) and value:
            found = [
                self._scan_row(each, f"{where}.scan_ranges[{i}]") for i, each in enumerate(value)
            ]
            return tuple(sorted(found, key=lambda each: each.from_day))
        self._wrong(f"{where}.scan_ranges", "a file, a list, or scan_range beside it", value)
        return ()

    def _scan_file(self, name: str, column: str, where: str) -> tuple[ScanRange, ...]:
        if self._folder is None:
            self._wrong(where, "a list (a file can't be named here)", name)
            return ()
        try:
            return read_scan_ranges(self._folder / Path(name).expanduser(), column)
        except EngineError as error:
            self.errors.append(f"{where}: {error}")
            return ()

    def _scan_row(self, value: object, where: str) -> ScanRange:
        table = self._table(value, where, ("date", "amount"))
        day = day_of(str(table.get("date", "")))
        if day is None:
            self._wrong(f"{where}.date", "a date such as 2020-01-06", table.get("date"))
        return ScanRange(day or 0, self._positive(table.get("amount"), f"{where}.amount"))

    # -- single values -------------------------------------------------------------------------

    def _table(
        self, value: object, where: str, names: tuple[str, ...] | None
    ) -> Mapping[str, object]:
        if not isinstance(value, Mapping):
            self._wrong(where, "a table", value)
            return {}
        for name in value:
            if names is not None and name not in names:
                near = difflib.get_close_matches(str(name), names, 1)
                hint = f" (did you mean {near[0]}?)" if near else ""
                self.errors.append(f"{where}.{name}: unknown{hint}; known here: {', '.join(names)}")
        return value

    def _list(self, table: Mapping[str, object], where: str, name: str) -> Iterable[object]:
        value = table.get(name, [])
        if isinstance(value, list):
            return value
        self._wrong(f"{where}.{name}".lstrip("."), "a list", value)
        return []

    def _number(
        self, table: Mapping[str, object], where: str, name: str, least: int | None = None
    ) -> Decimal:
        return self._positive(table.get(name), f"{where}.{name}", least)

    def _positive(self, value: object, where: str, least: int | None = None) -> Decimal:
        """A number above 0, or of at least ``least``."""
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
            fits = number.is_finite() and abs(number) < 10**15
            if fits and (number > 0 if least is None else number >= least):
                return number
        expected = "a number above 0" if least is None else f"a number of at least {least}"
        self._wrong(where, expected, value)
        return Decimal(1)

    def _whole(self, table: Mapping[str, object], where: str, name: str) -> int:
        number = self._number(table, where, name)
        if number != number.to_integral_value():
            self._wrong(f"{where}.{name}", "a whole number", number)
        return int(number)

    def _flag(self, table: Mapping[str, object], where: str, name: str) -> bool:
        value = table.get(name, False)
        if not isinstance(value, bool):
            self._wrong(f"{where}.{name}", "true or false", value)
        return value is True

    def _text(self, table: Mapping[str, object], where: str, name: str, default: str | None) -> str:
        value = table.get(name, default)
        if isinstance(value, str) and value.strip() and value.isprintable():
            return value
        self._wrong(f"{where}.{name}", "text", value)
        return default or ""

    def _choice(
        self, table: Mapping[str, object], where: str, name: str, choices: tuple[str, ...],
        default: str,
    ) -> str:  # fmt: skip
        value = table.get(name, default)
        if isinstance(value, str) and value in choices:
            return value
        self._wrong(f"{where}.{name}".lstrip("."), f"one of {', '.join(choices)}", value)
        return default

    def _words(
        self, table: Mapping[str, object], where: str, name: str, choices: tuple[str, ...],
        default: tuple[str, ...],
    ) -> tuple[str, ...]:  # fmt: skip
        value = table.get(name, list(default))
        if isinstance(value, list) and all(each in choices for each in value):
            return tuple(str(each) for each in value)
        self._wrong(f"{where}.{name}".lstrip("."), f"a list of {', '.join(choices)}", value)
        return default

    def _wrong(self, path: str, expected: str, got: object) -> None:
        found = "nothing" if got is None else str(got) if isinstance(got, Decimal) else repr(got)
        self.errors.append(f"{path}: expected {expected}, got {found}")
