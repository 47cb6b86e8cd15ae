"""The front door: what it gives, and what it does not load for nothing."""

from __future__ import annotations

import subprocess
import sys

import engine


def test_everything_that_is_exported_is_there() -> None:
    for name in engine.__all__:
        assert getattr(engine, name) is not None


def test_a_desk_that_starts_waits_neither_for_the_simulation_nor_for_scenarios() -> None:
    code = (
        "import sys, engine;"
        "print([m for m in sys.modules if m in ('engine.sim.simulate', 'engine.scenario.run')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
