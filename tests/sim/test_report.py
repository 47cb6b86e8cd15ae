"""What ``desk simulate`` says of runs that hold, of one that does not, of bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.sim import ledger
from engine.sim.durable import Snapshot
from engine.sim.simulate import Job, commit_id, run_job, run_simulation
from engine.sim.venue import Venue
from engine.sim.verdict import violated

pytestmark = pytest.mark.simulation


def test_runs_that_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    assert run_simulation(range(2, 5), "venue", path, jobs=1) == 0
    report = json.loads(path.read_text())
    assert (report["seeds"], report["first_seed"], report["failed"]) == (3, 2, [])
    assert set(report["digests"]) == {"2", "3", "4"}
    assert report["events"]["command SubmitGroup"] >= 3
    assert "3 seeds, 0 failed" in capsys.readouterr().out


def _dislike_busts(shot: Snapshot, venue: Venue) -> None:
    """A judge who objects to what only a bust or a correction brings about."""
    if any(order.busted for order in venue.orders):
        violated(8, "there was a bust")


def test_a_failure_names_seed_and_commit_and_only_the_faults_that_it_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "check_equal", _dislike_busts)
    path = tmp_path / "report.json"
    assert run_simulation(range(2, 4), "venue", path, jobs=1) == 1
    report = json.loads(path.read_text())
    failed = report["failed"][0]
    drawn = run_job(Job(failed["seed"], "venue"))
    assert drawn.number == failed["invariant"]
    assert drawn.failure == failed["text"]
    assert set(failed["needs"]) < set(drawn.faults.odds)
    assert {"bust", "correct"} & failed["needs"].keys()
    without = frozenset(drawn.faults.odds) - failed["needs"].keys()
    small = run_job(Job(failed["seed"], "venue", without))
    assert (small.number, small.failure) == (failed["invariant"], failed["shrunk_text"])
    assert list(small.tail) == failed["trace"]
    said = capsys.readouterr().out
    assert f"seed {failed['seed']} --profile venue at {commit_id()}: invariant" in said
    assert f"needs only {', '.join(failed['needs'])}" in said


def test_a_profile_that_there_is_not() -> None:
    with pytest.raises(EngineError, match="profile 'storm': expected one of plain, link"):
        run_simulation(range(1), "storm")


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"--report .*cannot be written"):
        run_simulation(range(1), "plain", tmp_path / "nowhere" / "report.json", jobs=1)
