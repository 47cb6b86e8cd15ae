"""The command line: statuses, sentences, and what a bare `desk` means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from desk import VERSION, commands
from desk.cli import build_parser, main
from desk.errors import UserError


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The options that a run would get."""
    calls: list[Any] = []
    monkeypatch.setattr(commands.app, "run_desk", lambda options: calls.append(options) or 0)
    return calls


@pytest.mark.parametrize("arguments", [["--headless"], ["run", "--headless"]])
def test_run_is_the_default(seen: list[Any], arguments: list[str]) -> None:
    assert main(arguments) == 0
    assert seen[0].headless


def test_with_nothing_configured_it_is_the_demo(seen: list[Any], tmp_path: Path) -> None:
    main(["--headless"])
    assert seen[0].demo
    assert seen[0].paths.database.name == "demo.db"
    assert seen[0].basket.name == "basket-demo.json"
    assert seen[0].config.paper.faults == "demo"


@pytest.mark.parametrize(
    "arguments", [["--db", "x.db"], ["--data-dir", "d"], ["--quotes", "."], ["--basket", "b.json"]]
)
def test_with_something_configured_it_is_not(seen: list[Any], arguments: list[str]) -> None:
    main(["--headless", *arguments])
    assert not seen[0].demo
    assert seen[0].config.paper.faults == ""


def test_options_go_before_settings(seen: list[Any], tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[paper]\nseed = 3\nspeed = 2\n[screen]\ntheme = "light"\n')
    main(["--headless", "--config", str(config), "--speed", "60", "--theme", "dark"])
    options = seen[0]
    assert (options.config.paper.seed, options.config.paper.speed) == (3, 60)
    assert options.config.screen.theme == "dark"
    assert options.config.screen.theme_wins
    assert not options.demo


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--headless", "--config", "none.toml"], "none.toml does not exist"),
        (["run", "--headless", "--quotes", "nowhere"], "nowhere is not a folder"),
        (["submit", "none.json"], "expected a readable file"),
        (["status", "--data-dir", "/nonexistent"], "No desk is running"),
    ],
)
def test_bad_input_is_a_sentence_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("desk: ")
    assert said in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "arguments", [["run", "--speed", "0"], ["run", "--speed", "nan"], ["fly"], ["scenario"]]
)
def test_wrong_options_are_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        build_parser().parse_args(arguments)
    assert caught.value.code == 2


def test_without_a_display_the_way_without_one_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main(["run"]) == 2
    errors = capsys.readouterr().err
    assert "There is no display" in errors
    assert "desk run --headless" in errors


def test_a_display_that_does_not_answer_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":4321")
    assert main(["run"]) == 2
    assert "The display :4321 (DISPLAY) does not answer" in capsys.readouterr().err


def test_a_user_error_has_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(options: object) -> int:
        raise UserError("The disk is full.")

    monkeypatch.setattr(commands.app, "run_desk", fails)
    assert main(["--headless"]) == 2
    assert capsys.readouterr().err == "desk: The disk is full.\n"


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"desk {VERSION}\n"
    project = (Path(__file__).parent.parent.parent / "pyproject.toml").read_text()
    assert f'version = "{VERSION}"' in project


@pytest.mark.process
def test_assertions_cannot_be_switched_off() -> None:
    done = subprocess.run(
        [sys.executable, "-O", "-m", "desk", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "python -O" in done.stderr


def test_doctor_says_one_line_a_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    main(["doctor", "--data-dir", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == [
        "python",
        "qt",
        "display",
        "disk",
        "fsync",
        "database",
        "clock",
        "sound",
    ]
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in lines)


def test_doctor_sees_a_damaged_database(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"not a database at all" * 100)
    assert main(["doctor", "--data-dir", str(tmp_path)]) == 1
    assert "fail  database" in capsys.readouterr().out
