"""The import contracts hold, and break when they are violated.

Each case writes one forbidden import into a copy of the tree and runs the real linter there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINTER = Path(sys.executable).with_name("lint-imports")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and the contracts, without anything else."""
    copy = tmp_path_factory.mktemp("tree")
    for package in ("desk", "ui", "engine"):
        shutil.copytree(
            ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def broken_contracts(tree: Path) -> set[str]:
    """The names of the contracts that the linter reports as broken."""
    done = subprocess.run(
        [LINTER, "--no-cache"], cwd=tree, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Contracts" in done.stdout, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    return {line.removesuffix(" BROKEN").strip() for line in lines if line.endswith(" BROKEN")}


def test_the_tree_keeps_all_contracts(tree: Path) -> None:
    assert broken_contracts(tree) == set()


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("engine/intruder.py", "import PySide6.QtCore", "the engine knows no Qt"),
        ("engine/shell/intruder.py", "import pyqtgraph", "the engine knows no Qt"),
        *(
            ("engine/core/intruder.py", f"import {name}", "the core has no await")
            for name in (
                "asyncio",
                "time",
                "datetime",
                "random",
                "uuid",
                "os",
                "sqlite3",
                "logging",
            )
        ),
        ("ui/intruder.py", "from engine.core import terms", "desk and ui use the engine's"),
        ("desk/intruder.py", "from engine.store import store", "desk and ui use the engine's"),
        ("desk/intruder.py", "import engine.views", "desk and ui use the engine's"),
        ("engine/intruder.py", "import ui", "desk, then ui, then engine"),
        ("ui/intruder.py", "import desk.config", "desk, then ui, then engine"),
        ("engine/core/intruder.py", "import engine.views", "api, then shell"),
        ("engine/store/intruder.py", "import engine.shell", "api, then shell"),
        ("engine/store/intruder.py", "import engine.broker.port", "api, then shell"),
        ("ui/intruder.py", "import qasync", "only the application host knows qasync"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(
    tree: Path, module: str, statement: str, contract: str
) -> None:
    intruder = tree / module
    intruder.write_text(f'"""Forbidden."""\n\n{statement}\n', encoding="utf-8")
    try:
        broken = broken_contracts(tree)
    finally:
        intruder.unlink()
    assert any(name.startswith(contract) for name in broken), broken
