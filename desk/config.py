"""The user's settings: a TOML file, checked whole, into one frozen ``Config``.

Owns: what may stand in ``desk.toml`` (``docs/configuration.md``). May not: apply anything. An
unknown name is an error, never ignored: a misspelled limit that is silently not set is worse
than a desk that does not start.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from desk.controls import ControlSettings
from desk.errors import UserError
from desk.notify import NotifySettings
from engine import EngineConfig, Instrument, Severity

_HOURS_MINUTES = re.compile("([01][0-9]|2[0-3]):([0-5][0-9])")
THEMES = ("dark", "light")
_ENGINE_NOT_HERE = {
    "limits",
    "roles",
    "instruments",
    "rejects_duplicates",
    "exec_id_per_order",
    "broker",
    "asks_positions",
}
"""Fields of ``EngineConfig`` that come from the broker adapter or their own table."""
_CALLED = MappingProxyType({"reconcile_at_s": "reconcile_at"})
"""Fields that people write otherwise."""


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """The paper exchange. ``quotes`` None: the synthetic market from ``seed``; ``faults`` "":
    none; ``speed`` 1: as fast as the clock on the wall; ``latency_ms``: of its link, each way;
    ``exchange`` "": embedded, else the address of one in its own process (`desk exchange`)."""

    quotes: Path | None = None
    speed: Decimal = Decimal(1)
    seed: int = 1
    faults: str = ""
    latency_ms: Decimal = Decimal(2)
    exchange: str = ""


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """The window. ``theme_wins``: it was asked for on the command line, so it wins over the one
    that was chosen in the window before."""

    theme: str = "dark"
    theme_wins: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of one run. ``source`` is the file they came from, None without one."""

    engine: EngineConfig = field(default_factory=EngineConfig)
    paper: PaperSettings = field(default_factory=PaperSettings)
    screen: ScreenSettings = field(default_factory=ScreenSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    controls: ControlSettings = field(default_factory=ControlSettings)
    source: Path | None = None


def read_config(path: Path, *, must_exist: bool) -> Config:
    """The settings in ``path``; the defaults when it is absent and need not exist.

    Raises ``UserError`` that names every wrong setting.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if not must_exist:
            return Config()
        raise UserError(f"The configuration file {path} does not exist.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The configuration file {path} can't be read ({error}).") from error
    try:
        tables = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"The configuration file {path} is not TOML: {error}.") from error
    return _Reader(path).config(tables)


class _Reader:
    """Reads the tables of one file and collects what is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._errors: list[str] = []

    def config(self, tables: Mapping[str, object]) -> Config:
        self._known(tables, "", ("engine", "paper", "screen", "notify", "controls", "instruments"))
        instruments = self._instruments(tables.get("instruments", []))
        engine = self._engine(self._table(tables, "engine"), instruments)
        paper = self._paper(self._table(tables, "paper"))
        screen = self._screen(self._table(tables, "screen"))
        notify = self._notify(self._table(tables, "notify"))
        controls = self._controls(self._table(tables, "controls"))
        if self._errors:
            lines = "\n".join(f"  {error}" for error in self._errors)
            raise UserError(f"The configuration file {self._path} has settings to mend:\n{lines}")
        return Config(engine, paper, screen, notify, controls, self._path)

    def _engine(
        self, table: Mapping[str, object], instruments: tuple[Instrument, ...]
    ) -> EngineConfig:
        defaults = EngineConfig()
        names = [item.name for item in fields(EngineConfig) if item.name not in _ENGINE_NOT_HERE]
        names = [_CALLED.get(name, name) for name in names]
        self._known(table, "engine", names)
        values: dict[str, object] = {}
        if "reconcile_at" in table:
            values["reconcile_at_s"] = self._time_of_day(table, "engine", "reconcile_at")
            names.remove("reconcile_at")
        for name in names:
            if name not in table:
                continue
            default = getattr(defaults, name)
            if name == "arm":
                values[name] = self._choice(table, "engine", name, ("auto", "manual"), default)
            elif isinstance(default, Decimal):
                values[name] = self._number(table, "engine", name, default)
            else:
                values[name] = self._whole(table, "engine", name, default, least=1)
        return EngineConfig(**values, instruments=instruments)  # type: ignore[arg-type]

    def _paper(self, table: Mapping[str, object]) -> PaperSettings:
        self._known(table, "paper", [item.name for item in fields(PaperSettings)])
        quotes = self._text(table, "paper", "quotes", "")
        folder = (self._path.parent / Path(quotes).expanduser()) if quotes else None
        return PaperSettings(
            quotes=folder,
            speed=self._number(table, "paper", "speed", Decimal(1)),
            seed=self._whole(table, "paper", "seed", 1, least=0),
            faults=self._text(table, "paper", "faults", ""),
            latency_ms=self._number(table, "paper", "latency_ms", Decimal(2)),
            exchange=self._text(table, "paper", "exchange", ""),
        )

    def _screen(self, table: Mapping[str, object]) -> ScreenSettings:
        self._known(table, "screen", ("theme",))
        return ScreenSettings(theme=self._choice(table, "screen", "theme", THEMES, "dark"))

    def _notify(self, table: Mapping[str, object]) -> NotifySettings:
        self._known(table, "notify", ("urls", "least"))
        urls = table.get("urls", [])
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            self._wrong("notify.urls", "a list of addresses in quotes", urls)
            urls = []
        least = self._choice(table, "notify", "least", tuple(Severity), Severity.CRITICAL.value)
        return NotifySettings(tuple(urls), Severity(least))

    def _controls(self, table: Mapping[str, object]) -> ControlSettings:
        names = [item.name for item in fields(ControlSettings)]
        self._known(table, "controls", names)
        given = {name: self._text(table, "controls", name, "") for name in names}
        base = self._path.parent
        return ControlSettings(
            **{name: base / Path(text).expanduser() for name, text in given.items() if text}
        )

    def _instruments(self, rows: object) -> tuple[Instrument, ...]:
        if not isinstance(rows, list):
            self._wrong("instruments", "tables [[instruments]]", rows)
            return ()
        read: dict[str, Instrument] = {}
        for index, row in enumerate(rows):
            where = f"instruments[{index}]"
            if not isinstance(row, dict):
                self._wrong(where, "a table", row)
                continue
            instrument = self._instrument(row, where)
            if instrument.symbol in read:
                self._wrong(f"{where}.symbol", "a symbol given once", instrument.symbol)
            read[instrument.symbol] = instrument
        return tuple(read.values())

    def _instrument(self, row: Mapping[str, object], where: str) -> Instrument:
        self._known(row, where, ("symbol", "lot", "tick", "multiplier", "currency"))
        symbol = self._text(row, where, "symbol", "")
        if not symbol:
            self._wrong(f"{where}.symbol", "the instrument's symbol", row.get("symbol"))
        tick = self._number(row, where, "tick", Decimal(1)) if "tick" in row else None
        return Instrument(
            symbol=symbol,
            lot=self._number(row, where, "lot", Decimal(1)),
            tick=tick,
            multiplier=self._number(row, where, "multiplier", Decimal(1)),
            currency=self._text(row, where, "currency", "USD"),
        )

    def _table(self, tables: Mapping[str, object], name: str) -> Mapping[str, object]:
        table = tables.get(name, {})
        if isinstance(table, dict):
            return table
        self._wrong(name, f"a table [{name}]", table)
        return {}

    def _known(
        self, table: Mapping[str, object], where: str, names: list[str] | tuple[str, ...]
    ) -> None:
        for name in table:
            if name in names:
                continue
            near = difflib.get_close_matches(name, names, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            path = f"{where}.{name}" if where else name
            self._errors.append(f"{path}: unknown{hint}; known here: {', '.join(names)}")

    def _number(
        self, table: Mapping[str, object], where: str, name: str, default: Decimal
    ) -> Decimal:
        value = table.get(name, default)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
            if number.is_finite() and 0 < number < 10**9:
                return number
        self._wrong(f"{where}.{name}", "a number above 0", value)
        return default

    def _whole(
        self, table: Mapping[str, object], where: str, name: str, default: int, *, least: int
    ) -> int:
        value = table.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value < 10**9:
            return value
        self._wrong(f"{where}.{name}", f"a whole number, {least} or more", value)
        return default

    def _time_of_day(self, table: Mapping[str, object], where: str, name: str) -> int | None:
        """Seconds after midnight."""
        value = table[name]
        if isinstance(value, str) and (found := _HOURS_MINUTES.fullmatch(value)):
            return int(found[1]) * 3600 + int(found[2]) * 60
        self._wrong(f"{where}.{name}", 'a time of day in UTC as "21:15"', value)
        return None

    def _text(self, table: Mapping[str, object], where: str, name: str, default: str) -> str:
        value = table.get(name, default)
        if isinstance(value, str) and value.isprintable():
            return value
        self._wrong(f"{where}.{name}", "text in quotes", value)
        return default

    def _choice(
        self,
        table: Mapping[str, object],
        where: str,
        name: str,
        choices: tuple[str, ...],
        default: str,
    ) -> str:
        value = table.get(name, default)
        if isinstance(value, str) and value in choices:
            return value
        self._wrong(f"{where}.{name}", " or ".join(f'"{choice}"' for choice in choices), value)
        return default

    def _wrong(self, path: str, expected: str, got: object) -> None:
        found = "nothing" if got is None else str(got) if isinstance(got, Decimal) else repr(got)
        self._errors.append(f"{path}: expected {expected}, got {found}")
