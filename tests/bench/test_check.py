"""Targets are compared as they are written."""

from __future__ import annotations

import pytest

from bench.check import verdicts

FIGURES = {
    "a": {"value": 5.0, "ratio": 0.4},
    "b": {"value": 5.0, "ratio": None},
}


def met(rules: dict[str, dict[str, float]]) -> list[bool]:
    return [each for each, _ in verdicts(rules, FIGURES)]


def test_least_and_most() -> None:
    assert met({"a": {"value_least": 5, "value_most": 5}}) == [True, True]
    assert met({"a": {"value_least": 5.1, "value_most": 4.9}}) == [False, False]
    assert met({"a": {"ratio_least": 0.5}}) == [False]
    assert met({"a": {"ratio_most": 0.5}}) == [True]


def test_what_was_not_measured_is_not_met() -> None:
    assert met({"b": {"ratio_least": 0.5}, "c": {"value_most": 1}}) == [False, False]


def test_an_unknown_rule_is_told() -> None:
    with pytest.raises(ValueError, match="'value_best' is no rule"):
        verdicts({"a": {"value_best": 1}}, FIGURES)
