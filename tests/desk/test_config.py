"""Settings: what is read, and that nothing misspelled is ignored."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest

from desk.config import Config, PaperSettings, ScreenSettings, read_config
from desk.errors import UserError


def written(folder: Path, text: str) -> Path:
    path = folder / "desk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(UserError) as caught:
        read_config(written(folder, text), must_exist=True)
    return str(caught.value)


def test_without_a_file_the_defaults_stand(tmp_path: Path) -> None:
    assert read_config(tmp_path / "none.toml", must_exist=False) == Config()


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.toml does not exist"):
        read_config(tmp_path / "none.toml", must_exist=True)


def test_every_table_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [engine]
        leg_timeout_s = 7
        stop_loss_offset = 0.01
        max_hedge_depth = 2
        arm = "manual"
        reconcile_at = "21:15"
        [paper]
        quotes = "lean"
        speed = 60
        seed = 7
        faults = "demo"
        [screen]
        theme = "light"
        [[instruments]]
        symbol = "ES20H3000P"
        lot = 5
        tick = 0.25
        multiplier = 50
        """,
    )
    config = read_config(path, must_exist=True)
    assert config.engine.leg_timeout_s == Decimal(7)
    assert config.engine.stop_loss_offset == Decimal("0.01")
    assert config.engine.max_hedge_depth == 2
    assert config.engine.arm == "manual"
    assert config.engine.reconcile_at_s == (21 * 60 + 15) * 60
    assert config.paper.quotes == tmp_path / "lean"
    assert (config.paper.speed, config.paper.seed, config.paper.faults) == (Decimal(60), 7, "demo")
    assert config.screen.theme == "light"
    (instrument,) = config.engine.instruments
    assert (instrument.lot, instrument.tick) == (Decimal(5), Decimal("0.25"))
    assert config.source == path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[engine]\nleg_timout_s = 5",
            "engine.leg_timout_s: unknown (did you mean leg_timeout_s?)",
        ),
        ("[engin]\n", "engin: unknown (did you mean engine?); known here: engine, paper"),
        ("[engine]\nbroker = 'x'", "engine.broker: unknown"),
        ("[engine]\nleg_timeout_s = 0", "engine.leg_timeout_s: expected a number above 0, got 0"),
        ("[engine]\nleg_timeout_s = nan", "expected a number above 0, got NaN"),
        ("[engine]\nleg_timeout_s = inf", "expected a number above 0"),
        ("[engine]\nleg_timeout_s = true", "expected a number above 0, got True"),
        ("[engine]\nleg_timeout_s = '5'", "expected a number above 0, got '5'"),
        ("[engine]\nmax_hedge_depth = 2.5", "a whole number, 1 or more, got 2.5"),
        ("[engine]\nmax_hedge_depth = 0", "a whole number, 1 or more, got 0"),
        ("[engine]\narm = 'always'", '"auto" or "manual", got \'always\''),
        ("[engine]\nreconcile_at = '9:15'", "a time of day in UTC as \"21:15\", got '9:15'"),
        ("[engine]\nreconcile_at = '24:00'", "a time of day in UTC"),
        ("[engine]\nreconcile_at_s = 5", "did you mean reconcile_at?"),
        ("engine = 3", "engine: expected a table [engine], got 3"),
        ("[screen]\ntheme_wins = true", "screen.theme_wins: unknown"),
        ("[screen]\ntheme = 'blue'", '"dark" or "light"'),
        ("[paper]\nseed = -1", "paper.seed: expected a whole number, 0 or more"),
        ("[[instruments]]\nlot = 1", "instruments[0].symbol"),
        ("[[instruments]]\nsymbol = 'A'\n[[instruments]]\nsymbol = 'A'", "a symbol given once"),
        ("[[instruments]]\nsymbol = 'A'\nlots = 1", "did you mean lot?"),
        ("instruments = 1", "tables [[instruments]]"),
        ("[engine", "is not TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    message = refusal(tmp_path, text)
    assert said in message
    assert str(tmp_path / "desk.toml") in message


def test_all_errors_come_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[engine]\narm = 1\nx = 1\n[screen]\ntheme = 1")
    assert [line.split(":")[0].strip() for line in message.splitlines()[1:]] == [
        "engine.x",
        "engine.arm",
        "screen.theme",
    ]


def test_the_example_holds_every_default() -> None:
    example = Path(__file__).parent.parent.parent / "resources" / "demo" / "desk.toml"
    read = read_config(example, must_exist=True)
    assert read.engine == Config().engine
    assert read.paper == replace(Config().paper, faults="none")
    assert read.screen == Config().screen
    text = example.read_text()
    for item in (*fields(PaperSettings), *fields(ScreenSettings)):
        if item.name != "theme_wins":  # the command line's alone
            assert item.name in text
