"""Compares the latest run with ``targets.toml``: ``python -m bench.check``.

Owns: the comparison. May not: measure. Says for each target whether it is met, by how much, or
that it was not measured; the exit status is 1 when one is missed or was not measured.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from bench.results import LATEST

TARGETS = Path(__file__).parent / "targets.toml"
RULES = {
    "ratio_least": ("ratio", True),
    "ratio_most": ("ratio", False),
    "value_least": ("value", True),
    "value_most": ("value", False),
}


def verdicts(
    targets: Mapping[str, Mapping[str, float]], figures: Mapping[str, Mapping[str, object]]
) -> list[tuple[bool, str]]:
    """For each rule: whether it is met, and a sentence. Raises ``ValueError`` for a rule that
    is none."""
    found = []
    for metric, rules in targets.items():
        for rule, wanted in rules.items():
            if rule not in RULES:
                raise ValueError(f"{metric}: {rule!r} is no rule; expected one of {list(RULES)}")
            found.append(_verdict(metric, rule, wanted, figures.get(metric)))
    return found


def _verdict(
    metric: str, rule: str, wanted: float, figure: Mapping[str, object] | None
) -> tuple[bool, str]:
    what, least = RULES[rule]
    value = figure.get(what) if figure is not None else None
    if not isinstance(value, int | float):
        return False, f"not measured  {metric}: {what}"
    met = value >= wanted if least else value <= wanted
    word = "at least" if least else "at most"
    return met, f"{'met   ' if met else 'MISSED'}  {metric}: {what} {value:g}, {word} {wanted:g}"


def main() -> int:
    if not LATEST.exists():
        print(f"{LATEST}: there is no run yet; expected one from `make bench`", file=sys.stderr)
        return 2
    run = json.loads(LATEST.read_text(encoding="utf-8"))
    figures = {each["metric"]: each for each in run["figures"]}
    targets = tomllib.loads(TARGETS.read_text(encoding="utf-8"))
    found = verdicts(targets, figures)
    print(f"run of {run['at']}, load {run['machine']['load']}")
    for _, sentence in found:
        print(sentence)
    return 0 if all(met for met, _ in found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
