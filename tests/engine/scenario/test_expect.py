"""Paths into a report and what equals what."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.scenario.expect import check

REPORT = {
    "state": "ARMED",
    "groups": {"G1": {"gap": False, "qty": "10"}, "G1.legs": {"gap": True}, "G1.legs.x": {"n": 1}},
    "orders": {"G1/H1/1": {"cum_qty": "60", "level": None}},
    "sent": [{"what": "NEW"}, {"what": "CANCEL"}],
    "escalations": {"1": {"level": 1}},
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("state", "ARMED"),
        ("groups.G1.gap", False),
        ("groups.G1.legs.gap", True),
        ("groups.G1.legs.x.n", Decimal(1)),
        ("orders.G1/H1/1.cum_qty", "60"),
        ("orders.G1/H1/1.cum_qty", Decimal("60.0")),
        ("orders.G1/H1/1.level", None),
        ("orders.G9/H1/1.level", None),
        ("sent.#", Decimal(2)),
        ("escalations.#", Decimal(1)),
        ("sent.1.what", "CANCEL"),
        ("sent.2.what", None),
        ("sent", [{"what": "NEW"}, {"what": "CANCEL"}]),
        ("escalations.1", {"level": Decimal(1)}),
    ],
)
def test_holds(path: str, expected: object) -> None:
    assert check(REPORT, path, expected) == ""


@pytest.mark.parametrize(
    ("path", "expected", "complaint"),
    [
        ("state", "KILLED", 'state: expected "KILLED", got "ARMED"'),
        ("groups.G1.gap", Decimal(0), "groups.G1.gap: expected 0, got false"),
        ("groups.G1.qty", "11", 'expected "11", got "10"'),
        ("groups.G2.gap", False, "groups.G2.gap: expected false, it is not there"),
        ("sent.#", Decimal(3), "sent.#: expected 3, got 2"),
        ("sent.5", "x", "it is not there"),
        ("sent", [], "expected []"),
        ("escalations.1", {"level": Decimal(1), "more": Decimal(2)}, "expected"),
        ("state.deeper", "x", "it is not there"),
    ],
)
def test_does_not_hold(path: str, expected: object, complaint: str) -> None:
    assert complaint in check(REPORT, path, expected)
