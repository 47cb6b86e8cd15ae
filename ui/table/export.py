"""Writing a table to a CSV file without holding up the screen.

Owns: the strip that asks where to, its progress and its cancel. May not: overwrite a file
without saying so, or write on the loop's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

ROWS_A_SLICE = 200


def write_new(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises ``OSError``."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="")
    partial.replace(path)


class ExportStrip(QFrame):
    """Asks for a path in the panel; Enter writes, Esc closes or cancels.

    ``prepare`` gives (number of rows, head, function from a slice to its lines)."""

    def __init__(
        self,
        prepare: Callable[[], tuple[int, str, Callable[[int, int], str]]],
        spawn: Callable[[str, Coroutine[Any, Any, Any]], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._prepare = prepare
        self._spawn = spawn
        self._running = False
        self._canceled = False
        self.label = QLabel("")
        self.path = QLineEdit()
        self.path.setAccessibleName("File to export to")
        self.go = QPushButton("Export")
        self.go.setAccessibleName("Write the file")
        self.stop = QPushButton("Cancel")
        self.stop.setAccessibleName("Close or cancel the export")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 3, 6, 3)
        row.addWidget(self.label)
        row.addWidget(self.path, 1)
        row.addWidget(self.go)
        row.addWidget(self.stop)
        self.go.clicked.connect(self._write)
        self.path.returnPressed.connect(self._write)
        self.stop.clicked.connect(self.cancel)
        self.hide()

    def ask(self, name: str, filter_text: str) -> None:
        """Open with a proposed file name."""
        count, _, _ = self._prepare()
        what = f"filter “{filter_text}”" if filter_text else "no filter"
        self.label.setText(f"Export {count:,} rows ({what}) to")
        self.path.setText(str(Path.home() / name))
        self.go.setEnabled(True)
        self.show()
        self.path.setFocus()
        self.path.selectAll()

    def cancel(self) -> None:
        """Stop a running export, else close."""
        if self._running:
            self._canceled = True
        else:
            self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
            return
        super().keyPressEvent(event)

    def _write(self) -> None:
        if self._running:
            return
        path = Path(self.path.text().strip()).expanduser()
        if not path.name or not path.parent.is_dir():
            self.label.setText(f"{path.parent} is no folder; expected a path to a new file:")
            return
        if path.exists() and f"replace {path.name}" not in self.label.text():
            self.label.setText(f"The file exists; Enter again to replace {path.name}:")
            return
        self._running = True
        self._canceled = False
        self.go.setEnabled(False)
        self._spawn("export", self._slices(path))

    async def _slices(self, path: Path) -> None:
        try:
            count, head, lines = self._prepare()
            parts = [head]
            for at in range(0, count, ROWS_A_SLICE):
                if self._canceled:
                    self.label.setText(f"Canceled at {at:,} of {count:,} rows; nothing written.")
                    return
                parts.append(lines(at, min(count, at + ROWS_A_SLICE)))
                self.label.setText(f"Exporting {at:,} of {count:,} rows (Esc cancels)")
                await asyncio.sleep(0)
            await asyncio.to_thread(write_new, path, "".join(parts))
            self.label.setText(f"Wrote {count:,} rows to {path}")
        except OSError as error:
            self.label.setText(f"Not written: {path}: {error.strerror or error}")
        finally:
            self._running = False
            self.go.setEnabled(True)
