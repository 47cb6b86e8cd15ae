"""The trader's pages say what the screen says: each kind of escalation, each key, each picture."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from engine import EscalationKind
from ui.actions import BINDINGS, Binding
from ui.escalations import ADVICE

ROOT = Path(__file__).resolve().parents[2]


def _tool() -> ModuleType:
    path = ROOT / "tools" / "draw_escalations.py"
    spec = importlib.util.spec_from_file_location("draw_escalations", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _kept() -> str:
    return (ROOT / "docs" / "escalations.md").read_text(encoding="utf-8")


def test_the_page_has_not_drifted() -> None:
    assert _kept() == _tool().page(), "run python tools/draw_escalations.py"


@pytest.mark.parametrize("kind", list(EscalationKind), ids=lambda kind: str(kind.value))
def test_every_kind_has_its_four_answers(kind: EscalationKind) -> None:
    assert kind in ADVICE, f"{kind.value} has no text: ui/escalations/knowledge.py"
    section = _kept().split(f"\n## {kind.value}\n", 1)[1].split("\n## ", 1)[0]
    text = ADVICE[kind]
    for words in (text.cause, text.consequence, text.response, text.time):
        assert words.strip()
        assert words in section


@pytest.mark.parametrize("binding", BINDINGS, ids=lambda binding: str(binding.name))
def test_the_guide_has_every_key_as_it_is(binding: Binding) -> None:
    guide = (ROOT / "docs" / "traders-guide.md").read_text(encoding="utf-8")
    asks = " (asks first)" if binding.arms else ""
    line = f"| {binding.default} | {binding.text}{asks} | {binding.where or 'everywhere'} |"
    assert line in guide.splitlines()


def test_what_the_guide_points_to_is_there() -> None:
    guide = (ROOT / "docs" / "traders-guide.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", guide)
    assert targets
    assert [name for name in targets if not (ROOT / "docs" / name).exists()] == []
