"""What of the window outlives it: columns, geometry, and where the docks stand.

Owns: reading these from the preferences at the start and writing them at the end. May not: know
what a preference file looks like (``ui.preferences``) or lay anything out (``ui.layouts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QByteArray, QTimer
from PySide6.QtWidgets import QMainWindow

from ui.layouts import Docks
from ui.panel import Panel
from ui.preferences import Preferences
from ui.table import TablePanel


class Kept:
    """The keeping of one window's state."""

    def __init__(
        self, window: QMainWindow, preferences: Preferences, docks: Docks, panels: Sequence[Panel]
    ) -> None:
        self._window = window
        self._preferences = preferences
        self._docks = docks
        self._tables = [table for panel in panels for table in panel.tables]
        self._placed = False
        self._shown = False
        for table in self._tables:
            table.columns_changed.connect(partial(self._keep_columns, table))

    def restore(self) -> None:
        """Bring back what was kept; what doesn't fit this version changes nothing."""
        self._docks.remember_default()
        columns = self._preferences.get("columns", {})
        for table in self._tables:
            if isinstance(columns, dict) and table.name in columns:
                table.columns.restore(columns[table.name])
        geometry = self._preferences.get("geometry")
        if isinstance(geometry, str):
            self._window.restoreGeometry(QByteArray.fromBase64(QByteArray(geometry.encode())))
        self._placed = self._docks.restore(self._preferences.get("docks"))

    def shown(self) -> None:
        """The window was shown: only now is its size known, so now its sides get their share."""
        if not self._shown:
            self._shown = True
            QTimer.singleShot(0, self._window, self._stands)

    def _stands(self) -> None:
        if not self._placed:
            self._docks.share()
        self._docks.keep_shares()

    def save(self) -> None:
        """Write everything (the window closes)."""
        geometry = bytes(self._window.saveGeometry().toBase64().data()).decode()
        self._preferences.set("geometry", geometry)
        self._preferences.set("docks", self._docks.state())
        self._preferences.save()

    def _keep_columns(self, table: TablePanel[Any], *_: object) -> None:
        kept = dict(self._preferences.get("columns", {}) or {})
        kept[table.name] = table.columns.state()
        self._preferences.set("columns", kept)
