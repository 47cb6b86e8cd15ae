"""``fix.toml``: one FIX session and what it needs.

Owns: the settings, their TOML form and where credentials come from. May not: open anything.
A password never stands in the file: it is named there and fetched from the environment or the
system's keyring (where the ``keyring`` package is installed).
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from engine.broker.fix.errors import FixError
from engine.broker.fix.profile import MarketDataKind, VenueProfile, read_profile
from engine.broker.fix.reading import Errors, Table, read_toml

_COMP_ID = re.compile(r"[A-Za-z0-9_.:@+-]{1,64}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_DAYS = ("", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


class ResetPolicy(StrEnum):
    """When both sequence numbers go back to 1. Anything but ``never`` gives up asking for what
    was missed before; the engine's own questions then have to find it."""

    NEVER = "never"
    LOGON = "logon"
    LOGOUT = "logout"
    DISCONNECT = "disconnect"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """``ca_file`` None: the system's authorities. ``cert_file``, ``key_file``: our own."""

    server_name: str
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the session is open, UTC. Empty texts: always."""

    start_time: str = ""
    end_time: str = ""
    start_day: str = ""
    end_day: str = ""


@dataclass(frozen=True, slots=True)
class FixSettings:
    """One session. ``store``: the folder of its sequence numbers and sent messages."""

    sender_comp_id: str
    target_comp_id: str
    host: str
    port: int
    store: Path
    profile: VenueProfile
    heartbeat_s: int = 10
    reconnect_s: int = 2
    logon_timeout_s: int = 10
    reset: ResetPolicy = ResetPolicy.NEVER
    schedule: Schedule = field(default_factory=Schedule)
    username: str = ""
    password: str = field(default="", repr=False)
    tls: TlsSettings | None = None
    symbols: tuple[str, ...] = ()


def read_fix_config(path: Path, environ: Mapping[str, str] | None = None) -> FixSettings:
    """Read and check ``fix.toml``. Relative paths are the file's. Raises ``FixError`` with
    everything that is wrong, and for a credential that cannot be had."""
    errors = Errors(f"The FIX configuration {path}")
    top = Table(read_toml(path), "", errors)
    session, venue = top.table("session"), top.table("venue")
    profile_name = venue.text("profile")
    symbols = venue.texts("symbols")
    venue.close()
    logon = top.table("logon")
    username_from, password_from = logon.text("username", ""), logon.text("password", "")
    logon.close()
    tls = _tls(top.table("tls"), path.parent) if top.has("tls") else None
    schedule = _schedule(top.table("schedule")) if top.has("schedule") else Schedule()
    top.close()
    found = _session(session, path.parent)
    errors.raise_any()
    profile = read_profile(profile_name, path.parent)
    if symbols and profile.market_data is MarketDataKind.NONE:
        raise FixError(f"{path}: venue.symbols: the profile {profile.name} has no market data")
    settings = os.environ if environ is None else environ
    return FixSettings(
        profile=profile,
        schedule=schedule,
        username=credential(username_from, settings, f"{path}: logon.username"),
        password=credential(password_from, settings, f"{path}: logon.password", secret=True),
        tls=tls,
        symbols=symbols,
        **found,  # type: ignore[arg-type]
    )


def credential(source: str, environ: Mapping[str, str], where: str, *, secret: bool = False) -> str:
    """``env:NAME`` or ``keyring:SERVICE/USER``; other text is itself, unless it is secret.
    Raises ``FixError``."""
    kind, colon, rest = source.partition(":")
    if not source:
        return ""
    if colon and kind == "env":
        if not environ.get(rest):
            raise FixError(f"{where}: the environment variable {rest} is not set")
        return environ[rest]
    if colon and kind == "keyring":
        return _from_keyring(rest, where)
    if secret:
        raise FixError(f"{where}: expected env:NAME or keyring:SERVICE/USER, not the text itself")
    return source


def _from_keyring(rest: str, where: str) -> str:
    service, slash, user = rest.partition("/")
    if not (service and slash and user):
        raise FixError(f"{where}: expected keyring:SERVICE/USER, got keyring:{rest}")
    try:
        keyring = importlib.import_module("keyring")
    except ImportError as error:
        raise FixError(
            f"{where}: the keyring package is not installed (pip install keyring); "
            "or name an environment variable with env:NAME"
        ) from error
    try:
        found = keyring.get_password(service, user)
    except Exception as error:  # a backend may fail in any way; it is the user's to mend
        raise FixError(f"{where}: the keyring did not answer ({error})") from error
    if not found:
        raise FixError(f"{where}: the keyring has no password for {service}/{user}")
    return str(found)


def _session(table: Table, folder: Path) -> dict[str, object]:
    found: dict[str, object] = {
        name: _comp_id(table, name) for name in ("sender_comp_id", "target_comp_id")
    }
    found["host"] = table.text("host", "127.0.0.1")
    found["port"] = table.whole("port", None, 1, 65535)
    found["store"] = folder / Path(table.text("store", "fix-session")).expanduser()
    found["heartbeat_s"] = table.whole("heartbeat_s", 10, 1, 3600)
    found["reconnect_s"] = table.whole("reconnect_s", 2, 1, 3600)
    found["logon_timeout_s"] = table.whole("logon_timeout_s", 10, 1, 3600)
    found["reset"] = table.choice("reset", ResetPolicy, ResetPolicy.NEVER)
    table.close()
    return found


def _comp_id(table: Table, name: str) -> str:
    value = table.text(name)
    if value and not _COMP_ID.fullmatch(value):
        table.wrong(name, "1 to 64 of A-Z a-z 0-9 _ . : @ + -", value)
    return value


def _schedule(table: Table) -> Schedule:
    times = {name: table.text(name, "") for name in ("start_time", "end_time")}
    days = {name: table.text(name, "").lower() for name in ("start_day", "end_day")}
    for name, value in times.items():
        if not _TIME.fullmatch(value):
            table.wrong(name, "a time of day UTC such as 22:00:00", value)
    for name, value in days.items():
        if value not in _DAYS:
            table.wrong(name, "a day of the week such as sunday", value)
    if bool(days["start_day"]) != bool(days["end_day"]):
        table.wrong("end_day", "start_day and end_day together, or neither", days["end_day"])
    table.close()
    return Schedule(**times, **days)


def _tls(table: Table, folder: Path) -> TlsSettings:
    server_name = table.text("server_name")
    files = {name: table.text(name, "") for name in ("ca_file", "cert_file", "key_file")}
    if files["key_file"] and not files["cert_file"]:
        table.wrong("cert_file", "the certificate that key_file belongs to", "")
    table.close()
    paths = {n: folder / Path(v).expanduser() if v else None for n, v in files.items()}
    return TlsSettings(server_name, **paths)
