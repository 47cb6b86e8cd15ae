"""The table widget: a view that acts on keys, never on row numbers.

Owns: the pointer and keyboard side of a table: freezing, press-and-release on the same key,
selection by key through every reordering. May not: know what a row means.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.table.store import RowStore

ROW_PX = 22


class _AlarmCells(QStyledItemDelegate):
    """A cell with an alarm's ground keeps it while its row is selected."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if option.backgroundBrush.style() is not Qt.BrushStyle.NoBrush:
            option.state &= ~QStyle.StateFlag.State_Selected


class KeyTable(QTableView):
    """Shows a ``RowStore``. All signals carry the row's key."""

    chosen = Signal(str)  # the current row changed ("" for none)
    acted = Signal(str, str)  # clicked or Enter: key, column key; press and release on the same key
    slipped = Signal()  # the row under the pointer changed between press and release
    unfrozen = Signal()
    menu_wanted = Signal(str, str, QPoint)  # key, column key, global position

    def __init__(self, store: RowStore[Any], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self.setModel(store.model)
        self.setAccessibleName(name)
        self.setObjectName(f"table_{name.lower().replace(' ', '_')}")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self._alarm_cells = _AlarmCells(self)
        for at, column in enumerate(store.columns):
            if column.alarm:
                self.setItemDelegateForColumn(at, self._alarm_cells)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(12)
        self._selected: list[str] = []
        self._current = ""
        self._caught: tuple[str, str] | None = None
        self._pointer_in = False
        self._restoring = False
        store.visible = self.visible_rows
        store.frozen = self.is_frozen
        store.seen = self.isVisible
        store.arranged.connect(self._restore)
        self.selectionModel().selectionChanged.connect(self._note_selection)
        self.selectionModel().currentChanged.connect(self._note_current)
        self._chose_first = False
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(lambda _: store.paint_visible())
        bar.rangeChanged.connect(lambda *_: store.paint_visible())

    # --- what is where -----------------------------------------------------------------
    def visible_rows(self) -> range:
        """The rows that are in sight, never more than fit: right after many rows have left, the
        view may still stand beyond the last one, where Qt knows no row at all."""
        count = len(self.store.shown)
        if not count or not self.isVisible():
            return range(0)
        height = self.viewport().height()
        fit = height // max(1, self.verticalHeader().defaultSectionSize()) + 2
        first, last = self.rowAt(0), self.rowAt(height - 1)
        if first < 0:
            first = max(0, count - fit)
        return range(first, min(count, first + fit if last < first else last + 1))

    def is_frozen(self) -> bool:
        """Whether pointer or keyboard are in the table: then no row moves."""
        return self._pointer_in or self.hasFocus()

    def current_key(self) -> str:
        return self._current

    def selected_keys(self) -> list[str]:
        """The selected keys, top to bottom."""
        at = [self.store.at(k) for k in self._selected]
        return [
            k
            for _, k in sorted(
                (a, k) for a, k in zip(at, self._selected, strict=True) if a is not None
            )
        ]

    def select_key(self, key: str) -> bool:
        """Make a row the current one. Returns False when it isn't in the table."""
        at = self.store.at(key)
        if at is None:
            return False
        index = self.store.model.index(at, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    def choose_first_once(self) -> None:
        """Choose the top row the first time there is one, so that the screen opens on what
        matters most. Never again: a choice that moves by itself would aim a button elsewhere."""
        if self._chose_first or self._current:
            return
        key = self.store.key_at(0)
        if key is not None:
            self._chose_first = self.select_key(key)

    def set_row_height(self, pixels: int) -> None:
        self.verticalHeader().setDefaultSectionSize(pixels)

    # --- selection by key --------------------------------------------------------------
    def _note_selection(self, *_: object) -> None:
        if self._restoring:
            return
        keys = [self.store.key_at(i.row()) for i in self.selectionModel().selectedRows()]
        self._selected = [k for k in keys if k is not None]

    def _note_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        if self._restoring:
            return
        key = self.store.key_at(current.row()) or ""
        if key != self._current:
            self._current = key
            self.chosen.emit(key)

    def _restore(self) -> None:
        """After reordering: the same keys are selected and current, wherever they are now."""
        self._restoring = True
        model, selection = self.store.model, self.selectionModel()
        selection.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for key in self._selected:
            at = self.store.at(key)
            if at is not None:
                selection.select(model.index(at, 0), flags)
        at = self.store.at(self._current)
        index = model.index(-1, -1) if at is None else model.index(at, 0)
        selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        self._restoring = False
        self._selected = [k for k in self._selected if self.store.at(k) is not None]
        if at is None and self._current:
            self._current = ""
            self.chosen.emit("")
        self.viewport().update()

    # --- pointer -----------------------------------------------------------------------
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Enter:
            self._pointer_in = True
        elif event.type() == QEvent.Type.Leave:
            self._pointer_in = False
            if not self.is_frozen():
                self.unfrozen.emit()
        return super().viewportEvent(event)

    def _spot(self, position: QPoint) -> tuple[str, str] | None:
        index = self.indexAt(position)
        key = self.store.key_at(index.row())
        return None if key is None else (key, self.store.columns[index.column()].key)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._caught = self._spot(event.position().toPoint())
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        caught, self._caught = self._caught, None
        if event.button() != Qt.MouseButton.LeftButton or caught is None:
            return
        here = self._spot(event.position().toPoint())
        if here is None or here[0] != caught[0]:
            self.slipped.emit()
        else:
            self.acted.emit(*here)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        here = self._spot(event.pos()) or (self._current, "")
        self.menu_wanted.emit(here[0], here[1], event.globalPos())

    # --- keyboard ----------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.isAutoRepeat() and self._current:
            column = self.currentIndex().column()
            self.acted.emit(self._current, self.store.columns[max(0, column)].key)
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not self.is_frozen():
            self.unfrozen.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pointer_in = False

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.store.paint_visible()
