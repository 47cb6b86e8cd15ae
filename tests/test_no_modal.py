"""The screen never blocks and never takes the focus: no ``.exec(``, no modal flag, no sleep.

A dialog's ``exec()`` inside a coroutine on qasync leaves other tasks dead for good; a modal
dialog hides what can hurt now.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

BLOCKING_CALLS = {"exec", "exec_", "processEvents", "waitForFinished", "waitForReadyRead"}
BLOCKING_FUNCTIONS = {("time", "sleep"), ("subprocess", "run"), ("os", "system")}
MODAL_NAMES = {
    "setModal",
    "setWindowModality",
    "ApplicationModal",
    "WindowModal",
    "QMessageBox",
    "QInputDialog",
    "QErrorMessage",
    "activateWindow",
}
STATIC_DIALOGS = {"getOpenFileName", "getOpenFileNames", "getSaveFileName", "getText", "getColor"}


def offenses(source: str) -> Iterator[str]:
    """What in a module's source blocks, is modal or takes the focus, each with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Name):
            name = node.id
        elif isinstance(node, ast.alias):
            name = node.name
        else:
            continue
        blocking = isinstance(node, ast.Attribute) and _is_blocking(node)
        if blocking or name in MODAL_NAMES | STATIC_DIALOGS:
            yield f"line {node.lineno}: {name}"


def _is_blocking(node: ast.Attribute) -> bool:
    owner = node.value
    name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    if node.attr == "raise_":
        # A child that is put above its siblings takes no focus; a window does.
        return "window" in name.lower()
    return node.attr in BLOCKING_CALLS or (name, node.attr) in BLOCKING_FUNCTIONS


def modules() -> list[Path]:
    return [*sorted((ROOT / "ui").rglob("*.py")), ROOT / "desk" / "window.py"]


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_screen_never_blocks(module: Path) -> None:
    assert list(offenses(module.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "dialog.exec()",
        "QDialog(parent).exec_()",
        "dialog.setModal(True)",
        "dialog.setWindowModality(Qt.WindowModality.ApplicationModal)",
        "from PySide6.QtWidgets import QMessageBox",
        "QFileDialog.getOpenFileName(parent)",
        "time.sleep(1)",
        "window.raise_()",
        "application.processEvents()",
    ],
)
def test_each_offense_is_seen(source: str) -> None:
    assert list(offenses(source))


def test_harmless_code_is_not() -> None:
    assert list(offenses("dialog.open()\nexecutions.append(1)\nawait asyncio.sleep(0)")) == []
