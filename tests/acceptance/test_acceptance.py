"""The acceptance suite in the normal run: every case on the paper exchange and over FIX."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.cases import CASES, Case
from tests.acceptance.stage import Stage
from tests.acceptance.venues import VENUES, missing


@pytest.mark.parametrize("each", CASES, ids=lambda case: f"{case.number}")
@pytest.mark.parametrize("broker", VENUES)
async def test_case(each: Case, broker: str, tmp_path: Path) -> None:
    if why := missing(broker):
        pytest.skip(why)
    await each.run(Stage(broker, tmp_path))


def test_numbers_are_in_order() -> None:
    numbers = [each.number for each in CASES]
    assert numbers == sorted(set(numbers))
