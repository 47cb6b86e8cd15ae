"""The desk dies at point 1, 2, 3 … of each play until it does not die any more; the end is the
same each time, whether the process died or the machine lost its power."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from pathlib import Path

import pytest

from engine.sim.crash_points import Ending, run_play
from engine.sim.plays import PLAYS, Play
from engine.sim.simulate import fast_folder

pytestmark = pytest.mark.simulation
POINTS_MAX = 2_000


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, logger="engine")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for databases, in memory where there is some."""
    return fast_folder() or tmp_path_factory.mktemp("plays")


def _end(play: Play, folder: Path, crash_at: frozenset[int], power: bool = False) -> Ending:
    with tempfile.TemporaryDirectory(prefix="desk-play-", dir=folder) as own:
        return asyncio.run(run_play(play, Path(own), crash_at, power))


def _sweep(play: Play, folder: Path, power: bool, again_after: int = 0) -> int:
    """Crash at each point; how many runs that were."""
    right = _end(play, folder, frozenset()).state
    for point in range(1, POINTS_MAX):
        points = {point, point + again_after} if again_after else {point}
        ending = _end(play, folder, frozenset(points), power)
        if ending.crashes == 0:
            return point
        assert ending.state == right, f"{play.name}, crash at {sorted(points)}, power {power}"
    raise AssertionError(f"{play.name} passes more than {POINTS_MAX} points")


@pytest.mark.parametrize("power", [False, True], ids=["killed", "power-lost"])
@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.name)
def test_the_end_is_the_same_whatever_the_point(play: Play, power: bool, folder: Path) -> None:
    assert _sweep(play, folder, power) > 20


@pytest.mark.parametrize("again_after", [1, 2, 5])
@pytest.mark.parametrize("play", [PLAYS[0], PLAYS[-1]], ids=lambda play: play.name)
def test_a_second_crash_while_recovering_changes_nothing(
    play: Play, again_after: int, folder: Path
) -> None:
    assert _sweep(play, folder, power=False, again_after=again_after) > 20


def test_plays_end_as_written(folder: Path) -> None:
    """What the plays are about does happen in them."""
    ends = {play.name: _end(play, folder, frozenset()).state for play in PLAYS}
    assert ends["stop"]["G1"] == ("COMPLETED", "STOP_LOSS")
    assert all(state["waits"] == [] for state in ends.values())
    assert ends["chain"]["G1/H1"] == (100, {"HEDGE": 60, "EMERGENCY_HEDGE": 40})
    assert ends["stop"]["G1/R1"] == (10, {"RISK": 10, "STOP_LOSS": 4, "MARKET_FALLBACK": 6})
    assert ends["slices"]["G1/R1"] == (9, {"RISK": 9})
    assert ends["bust"]["G1"] == ("EMERGENCY_HEDGED", None)
    assert ends["bust"]["G1/H1"] == (10, {"HEDGE": 0, "EMERGENCY_HEDGE": 10})
    assert ends["replace"]["G1/R1"] == (13, {"RISK": 13})
