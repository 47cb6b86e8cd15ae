"""Columns to taste: show, hide, order, width; kept by column key.

Owns: applying and reading back a table's column layout. May not: write files. Kept by key and
not by Qt's own blob, so that a preference survives a version that adds or drops a column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QMenu

from ui.table.view import KeyTable


class ColumnLayout(QObject):
    """The column layout of one table. ``changed`` after the trader altered it."""

    changed = Signal()
    sort_wanted = Signal(str, bool)  # column key, descending

    def __init__(self, table: KeyTable, scale: Callable[[int], int]) -> None:
        super().__init__(table)
        self._table = table
        self._scale = scale
        self._quiet = False
        self._widths = {c.key: c.width for c in table.store.columns}
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(400)
        self._later.timeout.connect(self.changed.emit)
        header = table.horizontalHeader()
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(18)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._menu)
        header.sectionMoved.connect(self._altered)
        header.sectionResized.connect(self._resized)
        header.sectionClicked.connect(self._clicked)
        self.reset()
        table.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QResizeEvent):
            self._spread()
        return False

    def reset(self) -> None:
        """The layout as built."""
        self.restore([[c.key, c.width, c.hidden] for c in self._table.store.columns])
        self.show_sort()

    def show_sort(self) -> None:
        """Point the arrow at the column the store sorts by."""
        store = self._table.store
        keys = [c.key for c in store.columns]
        at = keys.index(store.sort_key) if store.sort_key in keys else -1
        order = Qt.SortOrder.DescendingOrder if store.descending else Qt.SortOrder.AscendingOrder
        self._table.horizontalHeader().setSortIndicator(at, order)

    def state(self) -> list[list[Any]]:
        """[key, width at 100 %, hidden] in visual order."""
        header, columns = self._table.horizontalHeader(), self._table.store.columns
        out: list[list[Any]] = []
        for visual in range(len(columns)):
            at = header.logicalIndex(visual)
            key = columns[at].key
            out.append([key, self._widths[key], header.isSectionHidden(at)])
        return out

    def restore(self, state: Any) -> None:
        """Apply a kept layout; keys that no longer exist are passed over, new ones appended."""
        header, columns = self._table.horizontalHeader(), self._table.store.columns
        keys = {c.key: i for i, c in enumerate(columns)}
        self._quiet = True
        visual = 0
        for entry in state if isinstance(state, list) else []:
            if not (isinstance(entry, list) and len(entry) == 3 and entry[0] in keys):
                continue
            at = keys[entry[0]]
            header.moveSection(header.visualIndex(at), visual)
            header.setSectionHidden(at, bool(entry[2]))
            if isinstance(entry[1], int) and 10 <= entry[1] <= 2000:
                self._widths[entry[0]] = entry[1]
                header.resizeSection(at, self._scale(entry[1]))
            visual += 1
        self._quiet = False
        self._spread()

    def shown_columns(self) -> list[int]:
        """Logical indexes of the visible columns, left to right."""
        header = self._table.horizontalHeader()
        order = [header.logicalIndex(v) for v in range(header.count())]
        return [at for at in order if not header.isSectionHidden(at)]

    def fill_menu(self, menu: QMenu) -> None:
        """One tick box a column, and reset."""
        header = self._table.horizontalHeader()
        for at, column in enumerate(self._table.store.columns):
            action = menu.addAction(column.tip or column.title or column.key)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(at))
            action.toggled.connect(lambda on, at=at: self._show(at, on))
        menu.addSeparator()
        menu.addAction("Reset columns", self._reset_by_hand)

    def _spread(self) -> None:
        """Give the room that is left over to columns that could use it, as long as the trader
        has not given them a width."""
        header, columns = self._table.horizontalHeader(), self._table.store.columns
        shown = self.shown_columns()
        left = self._table.viewport().width()
        left -= sum(self._scale(self._widths[columns[at].key]) for at in shown)
        self._quiet = True
        for at in shown:
            column = columns[at]
            if not column.wide or self._widths[column.key] != column.width:
                continue
            own = self._scale(column.width)
            more = min(max(left, 0), self._scale(column.wide) - own)
            header.resizeSection(at, own + more)
            left -= more
        self._quiet = False

    def _reset_by_hand(self) -> None:
        self.reset()
        self._altered()

    def _show(self, at: int, on: bool) -> None:
        header = self._table.horizontalHeader()
        header.setSectionHidden(at, not on)
        if on and header.sectionSize(at) < 20:
            key = self._table.store.columns[at].key
            header.resizeSection(at, self._scale(self._widths[key]))
        self._spread()
        self._altered()

    def _menu(self, position: QPoint) -> None:
        menu = QMenu(self._table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu)
        menu.popup(self._table.horizontalHeader().mapToGlobal(position))

    def _clicked(self, at: int) -> None:
        store = self._table.store
        key = store.columns[at].key
        descending = not store.descending if key == store.sort_key else store.columns[at].numeric
        self.sort_wanted.emit(key, descending)
        self.show_sort()

    def _resized(self, at: int, before: int, now: int) -> None:
        # The last one is stretched to the edge: that isn't a width anybody chose.
        shown = self.shown_columns()
        if self._quiet or not now or (shown and at == shown[-1]):
            return
        key = self._table.store.columns[at].key
        self._widths[key] = round(now * 100 / max(1, self._scale(100)))
        self._altered()

    def _altered(self, *_: object) -> None:
        if not self._quiet:
            self._later.start()
