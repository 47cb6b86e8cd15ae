"""The controls' files reach the engine's settings, and only proven people act."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.config import read_config
from desk.controls import (
    ControlSettings,
    limits_reader,
    person_at_desk,
    pin_prover,
    reload_command,
    with_controls,
)
from desk.errors import UserError
from engine import EngineConfig, LimitsError, RolesError, hash_pin

DEMO = Path(__file__).parents[2] / "resources" / "demo"
ALL = ControlSettings(DEMO / "limits.toml", DEMO / "instruments.csv", DEMO / "roles.toml")


def test_the_files_reach_the_engine() -> None:
    config = with_controls(EngineConfig(), ALL)
    assert config.limits is not None and config.limits.rules
    assert {each.user for each in config.roles} == {"trader", "risk", "viewer"}
    assert config.instruments
    command = reload_command(ALL, "risk", "start")
    assert command is not None and command.limits == config.limits


def test_without_files_nothing_is_in_force() -> None:
    config = with_controls(EngineConfig(), ControlSettings())
    assert config.limits is None and config.roles == ()
    assert reload_command(ControlSettings(), "risk", "start") is None
    assert person_at_desk(ControlSettings(), "anna") == "anna"


def test_nobody_acts_whom_nothing_proves() -> None:
    assert person_at_desk(ALL, "trader") == "trader"
    with pytest.raises(UserError, match="names nobody with os_user 'mallory'"):
        person_at_desk(ALL, "mallory")


def test_paths_are_relative_to_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "desk.toml"
    file.write_text('[controls]\nlimits = "limits.toml"\n')
    assert read_config(file, must_exist=True).controls.limits == tmp_path / "limits.toml"
    file.write_text('[controls]\nlimit = "limits.toml"\n')
    with pytest.raises(UserError, match=r"controls\.limit"):
        read_config(file, must_exist=True)


def test_a_wrong_file_puts_nothing_in_force(tmp_path: Path) -> None:
    wrong = tmp_path / "limits.toml"
    wrong.write_text("[[rules]]\nmax_order_qty = 'many'\n")
    with pytest.raises(LimitsError, match="max_order_qty"):
        with_controls(EngineConfig(), ControlSettings(limits=wrong))
    with pytest.raises(RolesError):
        with_controls(EngineConfig(), ControlSettings(roles=wrong))


def test_a_pin_proves_a_person_of_the_roles_file(tmp_path: Path) -> None:
    roles = tmp_path / "roles.toml"
    hashed = hash_pin("2580", bytes(16))
    roles.write_text(f'[[people]]\nuser = "rita"\nrole = "risk"\npin = "{hashed}"\n')
    prove = pin_prover(ControlSettings(roles=roles))
    assert prove is not None
    assert (prove("rita", "2580"), prove("rita", "2581"), prove("vera", "2580")) == (
        "rita", None, None,
    )  # fmt: skip
    assert pin_prover(ControlSettings()) is None


def test_the_limits_file_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    read = limits_reader(ControlSettings(limits=limits))
    assert read is not None and limits_reader(ControlSettings()) is None
    limits.write_text('[[rules]]\nname = "a"\nmax_order_qty = 5\n')
    assert read().rules[0].name == "a"
    limits.write_text("[[rules]]\nmax_order_qty = true\n")
    with pytest.raises(LimitsError, match="max_order_qty"):
        read()
