"""fix.toml and venue profiles: strict, and every error at once."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from engine.broker.fix.config import FixSettings, ResetPolicy, read_fix_config
from engine.broker.fix.engine_settings import acceptor_text, initiator_text
from engine.broker.fix.errors import FixError
from engine.broker.fix.profile import (
    VENUES,
    ExecutionLists,
    ListProof,
    MarketDataKind,
    profile_from,
    read_profile,
)

WHOLE = """
[session]
sender_comp_id = "DESK"
target_comp_id = "VENUE"
host = "127.0.0.1"
port = 9876
store = "here"
heartbeat_s = 5
reset = "logon"

[logon]
username = "trader"
password = "env:FIX_PASSWORD"

[schedule]
start_time = "22:00:00"
end_time = "21:00:00"
start_day = "sunday"
end_day = "friday"

[tls]
server_name = "fix.example.com"

[venue]
profile = "paper"
symbols = ["ES200320P3000"]
"""


def write(folder: Path, text: str, name: str = "fix.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str) -> FixSettings:
    return read_fix_config(write(folder, text), {"FIX_PASSWORD": "secret"})


def test_a_whole_file(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    assert settings.store == tmp_path / "here"
    assert (settings.username, settings.password) == ("trader", "secret")
    assert settings.reset is ResetPolicy.LOGON
    assert settings.tls is not None and settings.tls.server_name == "fix.example.com"
    assert "secret" not in repr(settings)
    text = initiator_text(settings, "127.0.0.1", 1, Path("d.xml"))
    for line in ("SocketNodelay=Y", "HeartBtInt=5", "ResetOnLogon=Y", "StartDay=sunday"):
        assert f"\n{line}\n" in text
    assert "secret" not in text


def test_the_demo_file_is_sound() -> None:
    settings = read_fix_config(Path(__file__).parents[3] / "resources" / "demo" / "fix.toml", {})
    assert settings.profile.name == "paper" and settings.host == "127.0.0.1"


def test_only_this_machine_may_log_on_to_the_paper_exchange() -> None:
    text = acceptor_text("PAPER", "DESK", 9876, Path("s"), Path("d.xml"))
    assert "\nAllowedRemoteAddresses=127.0.0.1\n" in text and "NonStopSession=Y" in text


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("port = 9876", "port = 99999", "session.port: expected a whole number from 1 to 65535"),
        ("port = 9876", "", "session.port: expected a whole number from 1 to 65535, got nothing"),
        ("heartbeat_s = 5", "hartbeat_s = 5", "session.hartbeat_s: unknown (did you mean heart"),
        ('"DESK"', '"DE SK"', "session.sender_comp_id: expected 1 to 64 of"),
        ('"logon"', '"daily"', 'session.reset: expected "never" or "logon"'),
        ("[venue]", "[venues]", "venues: unknown (did you mean venue?)"),
        ('"22:00:00"', '"25:00:00"', "schedule.start_time: expected a time of day UTC"),
        ('end_day = "friday"', "", "schedule.end_day: expected start_day and end_day together"),
        ('server_name = "fix.example.com"', "", "tls.server_name: expected 1 to 200"),
        ('"env:FIX_PASSWORD"', '"env:NOT_SET"', "the environment variable NOT_SET is not set"),
        ('"env:FIX_PASSWORD"', '"hunter2"', "expected env:NAME or keyring:SERVICE/USER"),
        ('profile = "paper"', 'profile = "nyse"', "no venue profile 'nyse'; choose one of paper"),
        ('profile = "paper"', 'profile = "plain"', "the profile plain has no market data"),
        ("[session]", "[session", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in WHOLE
    with pytest.raises(FixError) as caught:
        read(tmp_path, WHOLE.replace(old, new, 1))
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_everything_that_is_wrong_at_once(tmp_path: Path) -> None:
    with pytest.raises(FixError) as caught:
        read(tmp_path, "[session]\nport = 0\nx = 1\n[venue]\nprofile = 3\n")
    assert len(str(caught.value).splitlines()) == 6


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FixError, match="cannot be read"):
        read_fix_config(tmp_path / "none.toml", {})


def test_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = ModuleType("keyring")
    keyring.get_password = lambda service, user: f"{service}+{user}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    text = WHOLE.replace("env:FIX_PASSWORD", "keyring:broker/me")
    assert read(tmp_path, text).password == "broker+me"
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(FixError, match="the keyring package is not installed"):
        read(tmp_path, text)


@pytest.mark.parametrize("path", sorted(VENUES.glob("*.toml")), ids=lambda p: p.stem)
def test_the_profiles_that_ship_are_sound(path: Path) -> None:
    assert profile_from(path).name == path.stem


def test_the_plain_profile_takes_nothing_as_proven() -> None:
    plain = read_profile("plain", Path("."))
    assert not plain.rejects_duplicates and plain.exec_id_per_order
    assert plain.list_proof is ListProof.NONE and plain.executions is ExecutionLists.NONE
    assert plain.market_data is MarketDataKind.NONE and not plain.mass_status


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    text = 'name = "mine"\ncl_ord_id_max = 20\n[extra.D]\n207 = "XCME"\n'
    write(tmp_path, text, "mine.toml")
    profile = read_profile("mine.toml", tmp_path)
    assert (profile.cl_ord_id_max, profile.extra["D"]) == (20, ((207, "XCME"),))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('name = "x"\nlist_prof = "912"', "list_prof: unknown (did you mean list_proof?)"),
        ('name = "x"\ncl_ord_id_max = 5', "cl_ord_id_max: expected a whole number from 8 to 256"),
        ('name = "x"\n[extra.Z]\n207 = "X"', "extra.Z: expected one of D (NewOrderSingle)"),
        ('name = "x"\n[extra.D]\n34 = "1"', "extra.D.34: expected the number of a tag of the body"),
        ('name = "x"\nmass_status = "yes"', "mass_status: expected true or false, got 'yes'"),
        ("", "name: expected 1 to 32 printable"),
    ],
)
def test_what_is_wrong_with_a_profile(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(FixError) as caught:
        profile_from(write(tmp_path, text, "p.toml"))
    assert says in str(caught.value)
