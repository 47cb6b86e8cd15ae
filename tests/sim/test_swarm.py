"""Five hundred seeds, and every seed that ever found something.

``SIM_SEEDS`` chooses how many; the seeds are the same in every run, so that a red test is the
change's doing. ``make simulate`` runs many more.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from engine.sim.faults import CLOCKS, CONTROLS, LINK, PROCESS, PROFILES, VENUE
from engine.sim.simulate import Job, commit_id, failure_text, regressions, run_job, simulate

SEEDS = int(os.environ.get("SIM_SEEDS", "500"))
SHARE = {
    "swarm": 6, "controls": 3, "process": 3, "venue": 3, "busy": 2, "link": 1, "clocks": 1,
    "plain": 1,
}  # fmt: skip
MUST_HAPPEN = (
    *("crash", "fail_stop", "power_loss", "stop", "stall", "broker_clock_back", "local_jump"),
    *("disconnect", "drop_report", "drop_request", "duplicate", "reorder", "not_sent"),
    *("command CancelOrder", "command CancelGroup", "command ReplaceOrder", "command ManualHedge"),
    *("command ResolveOrphan", "command AcceptPartial", "command AcceptRisk", "command Kill"),
    *("command KillPart", "command ReleaseKillPart", "command PauseGroup", "command ResumeGroup"),
    *("command ReloadLimits", "command Acknowledge", "command Reconcile", "late_order"),
    *("bust", "correct", "fill_after_end", "resend_new_id", "reject_after_accept"),
    *("behind", "went_first"),
)
RARE = (
    *("raised NEVER_SENT_REVOKED", "raised LIMIT_BLOCKED", "raised MANUAL_HEDGE_SHORT"),
    "command AdoptExternal",
)
REGRESSIONS = Path(__file__).with_name("regressions.txt")

pytestmark = pytest.mark.simulation


def _jobs() -> list[Job]:
    parts = sum(SHARE.values())
    return [
        Job(seed, profile)
        for profile, share in SHARE.items()
        for seed in range(SEEDS * share // parts)
    ]


def test_every_invariant_holds_in_every_run() -> None:
    commit, counts, failures = commit_id(), Counter[str](), []
    for outcome in simulate(_jobs(), processes=2):
        counts.update(outcome.counts)
        if outcome.failure:
            failures.append(failure_text(outcome, commit))
    assert not failures, "\n".join(failures)
    # A simulation in which nothing goes wrong proves nothing.
    missing = [kind for kind in MUST_HAPPEN if not counts[kind]]
    assert not missing or SEEDS < 200, f"never happened: {missing}"


def test_seeds_that_once_failed_hold() -> None:
    jobs = regressions(REGRESSIONS.read_text(encoding="utf-8").splitlines())
    assert jobs
    commit, counts, failures = commit_id(), Counter[str](), []
    for outcome in simulate(jobs, processes=2):
        counts.update(outcome.counts)
        if outcome.failure:
            failures.append(failure_text(outcome, commit))
    assert not failures, "\n".join(failures)
    assert not [kind for kind in RARE if not counts[kind]]


def test_the_same_seed_gives_the_same_trace() -> None:
    first = [run_job(Job(seed, "swarm")).digest for seed in range(6)]
    assert first == [run_job(Job(seed, "swarm")).digest for seed in range(6)]
    assert len(set(first)) == len(first)


def test_another_process_gives_the_same_trace() -> None:
    jobs = [Job(seed, "swarm") for seed in range(8)]
    here = {job.seed: run_job(job).digest for job in jobs[:4]}
    there = {outcome.seed: outcome.digest for outcome in simulate(jobs, processes=2)}
    assert {seed: there[seed] for seed in here} == here


def test_every_profile_is_run() -> None:
    assert set(SHARE) == set(PROFILES)
    families = (LINK, VENUE, CLOCKS, PROCESS, CONTROLS)
    knobs = [knob for family in families for knob in family]
    assert len(set(knobs)) == len(knobs)
