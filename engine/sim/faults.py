"""What can go wrong, and how often in this run: drawn from the seed before anything else.

Owns: the knobs, their bounds and the profiles. May not: make anything go wrong. Each knob is off
in about half of the runs ("swarm"), and some runs have none, because faults hide each other.
"""

from __future__ import annotations

import random
import types
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

CALM_SHARE = 0.08
"""Share of runs without any fault."""

LINK: Mapping[str, float] = types.MappingProxyType(
    {
        "slow": 0.5,
        "reorder": 0.4,
        "drop_report": 0.25,
        "drop_request": 0.15,
        "drop_answer": 0.4,
        "duplicate": 0.4,
        "duplicate_request": 0.15,
        "query_error": 0.3,
        "stale_answer": 0.3,
        "incomplete_list": 0.6,
        "disconnect": 0.06,
        "replay": 1.0,
        "not_sent": 0.1,
        "send_error": 0.1,
    }
)
VENUE: Mapping[str, float] = types.MappingProxyType(
    {
        "reject": 0.25,
        "reject_after_accept": 0.15,
        "partial": 0.8,
        "rest": 0.4,
        "ends_short": 0.4,
        "cancel_too_late": 0.4,
        "cancel_refused": 0.2,
        "cancel_slow": 0.3,
        "late_fill": 0.3,
        "overfill": 0.1,
        "bust": 0.12,
        "correct": 0.12,
        "resend_new_id": 0.2,
        "replace_refused": 0.3,
        "foreign_order": 0.3,
    }
)
CLOCKS: Mapping[str, float] = types.MappingProxyType(
    {
        "drift": 1.0,
        "broker_clock_back": 0.05,
        "no_server_time": 0.3,
        "local_jump": 0.1,
        "stall": 0.06,
    }
)
PROCESS: Mapping[str, float] = types.MappingProxyType(
    {
        "crash": 0.05,
        "power_loss": 0.5,
        "stop": 0.02,
        "commit_error": 0.02,
        "commit_unsure": 0.02,
        "disk_full": 0.02,
    }
)
TRADER: Mapping[str, float] = types.MappingProxyType(
    {
        "cancels": 1.0,
        "amends": 1.0,
        "hedges": 1.0,
        "kills": 0.3,
        "mistakes": 0.5,
        "resubmits": 0.6,
    }
)
CONTROLS: Mapping[str, float] = types.MappingProxyType(
    {
        "limits": 1.0,
        "reloads": 1.0,
        "kill_parts": 1.0,
        "accepts": 0.5,
        "marks": 0.8,
        "reconciles": 0.5,
        "late_order": 0.2,
        "adopts": 1.0,
    }
)
"""Each knob and the largest probability (per occasion) that it is given. ``limits``: whether this
run has any; ``late_order``: an order that questions about it overtake. They draw last, so that a
seed of ``swarm`` stays what it was when it found something."""
BUSY: Mapping[str, float] = types.MappingProxyType({"behind": 0.6})
"""``behind``: the engine does not come to what has arrived, so that more waits and what is urgent
goes first. Draws last as well."""

PROFILES: Mapping[str, tuple[Mapping[str, float], ...]] = types.MappingProxyType(
    {
        "plain": (),
        "link": (LINK, TRADER),
        "venue": (VENUE, TRADER),
        "clocks": (CLOCKS, TRADER),
        "process": (PROCESS, TRADER),
        "swarm": (LINK, VENUE, CLOCKS, PROCESS, TRADER),
        "controls": (LINK, VENUE, CLOCKS, PROCESS, TRADER, CONTROLS),
        "busy": (LINK, VENUE, CLOCKS, PROCESS, TRADER, BUSY),
    }
)


@dataclass(frozen=True, slots=True)
class Faults:
    """The probability of each knob in one run; a knob that is not named is off."""

    odds: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, knob: str) -> float:
        return self.odds.get(knob, 0.0)

    def without(self, knobs: Collection[str]) -> Faults:
        return Faults({k: v for k, v in self.odds.items() if k not in knobs})


def draw_faults(rng: random.Random, profile: str) -> Faults:
    """The faults of one run. Every knob takes the same random numbers whatever it becomes."""
    calm = rng.random() < CALM_SHARE
    odds: dict[str, float] = {}
    for family in PROFILES[profile]:
        for knob, most in family.items():
            on, share = rng.random() < 0.5, rng.random()
            if on and not calm:
                odds[knob] = round(most * share, 4)
    return _apart(Faults(odds))


def _apart(faults: Faults) -> Faults:
    """Faults that together leave no truth to find: the same fill under a second id, and a
    bust that names only the first. No venue can be read that does both."""
    if faults["resend_new_id"] and (faults["bust"] or faults["correct"]):
        return faults.without({"resend_new_id"})
    return faults
