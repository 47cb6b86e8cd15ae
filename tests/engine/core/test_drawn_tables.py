"""The pages that are drawn from the tables are what the tables say now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]


def _tool() -> ModuleType:
    path = ROOT / "tools" / "draw_tables.py"
    spec = importlib.util.spec_from_file_location("draw_tables", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["lifecycle.md", "order-states.md"])
def test_the_page_has_not_drifted(name: str) -> None:
    drawn = _tool().pages()[name]
    kept = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert kept == drawn, f"docs/{name}: run python tools/draw_tables.py"
