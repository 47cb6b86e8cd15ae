"""Every scenario file under ``tests/scenarios`` is well-formed, holds, and says the same twice.

Owns: the run of the files. May not: know what a single file expects; that stands in the file.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from engine import run_scenarios

SCENARIOS = Path(__file__).parents[1] / "scenarios"
FILES = sorted(SCENARIOS.rglob("*.json"))
FIELD_CASES_WITHOUT_A_FILE = {20, 38, 41, 49}
MATRICES = {
    *("A.1.a", "A.1.b", "B.1.a", "B.1.b", "B.1.c", "B.1.d", "B.1.e", "B.1.f"),
    *("C.1.a", "C.1.b", "C.1.c", "C.2.a", "C.3.a", "C.3.b", "C.3.c"),
    *("D.1.a", "D.1.b", "D.1.c", "D.2.a", "D.2.b", "D.2.c", "D.2.d"),
    *("E.1.a", "E.1.b", "E.1.c", "E.1.d", "F.1.a", "F.1.b", "F.1.c", "G.1.a", "G.1.b", "G.1.c"),
    *("H.1.a", "H.1.b", "H.1.c", "H.1.d", "I.1.a", "I.1.b", "J.1.a", "J.1.b", "J.1.c"),
    *("K.1.a", "K.1.b", "L.1.a"),
}


def _load_checker() -> ModuleType:
    """The checker stands beside the files, not in a package."""
    spec = importlib.util.spec_from_file_location("scenario_check", SCENARIOS / "check.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECK = _load_checker()


def _name(path: Path) -> str:
    return str(path.relative_to(SCENARIOS).with_suffix(""))


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_file_is_well_formed(path: Path) -> None:
    assert CHECK.problems(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_file_holds_and_repeats(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = run_scenarios([path], None, None)
    first = capsys.readouterr()
    assert status == 0, first.err
    assert json.loads(first.out)["ok"] is True
    assert run_scenarios([path], None, None) == 0
    assert capsys.readouterr().out == first.out


def test_every_field_case_has_a_file() -> None:
    numbers = {int(path.name[:2]) for path in (SCENARIOS / "field").glob("*.json")}
    assert numbers == set(range(1, 51)) - FIELD_CASES_WITHOUT_A_FILE


def test_every_matrix_has_a_file() -> None:
    present = {path.stem for path in (SCENARIOS / "fix44").glob("*.json")}
    assert present >= MATRICES


def test_names_are_unique() -> None:
    names = [json.loads(path.read_text(encoding="utf-8"))["name"] for path in FILES]
    assert len(names) == len(set(names))


def test_a_broken_expectation_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.json"
    shutil.copy(SCENARIOS / "fix44" / "A.1.a.json", path)
    doc = json.loads(path.read_text(encoding="utf-8"))
    doc["steps"][-1]["expect"]["orders.G1/H1/1.cum_qty"] = "9999"
    path.write_text(json.dumps(doc), encoding="utf-8")
    assert run_scenarios([path], None, None) == 1
    assert "cum_qty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sound", "damaged"),
    [
        ('"leaves_qty": 10000', '"leaves_quantity": 10000'),
        ('"exec_type": "NEW"', '"exec_type": "NEWS"'),
        ('"order": "G1/H1/1"', '"order": "G1-H1-1"'),
        ('"t": 0.06', '"t": 0.01'),
        ('"orders.G1/H1/1.cum_qty": "10000"', '"orders.G1/H1/1.cum_qty": 10000'),
        ('"orders.G1/H1/1.avg_px": "101.5"', '"order.G1/H1/1.avg_px": "101.5"'),
    ],
)
def test_the_checker_sees_damage(sound: str, damaged: str) -> None:
    text = (SCENARIOS / "fix44" / "A.1.a.json").read_text(encoding="utf-8")
    assert sound in text
    assert CHECK.problems(text.replace(sound, damaged, 1)) != []
