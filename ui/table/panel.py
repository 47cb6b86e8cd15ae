"""A table with what stands around it: filter, counts, "▲ n new", data age, copy, export.

Owns: the frame around a table. May not: know what a row means; a panel passes columns and reads.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ui.formats import age
from ui.table.copying import csv_head, csv_lines, csv_titles, tsv
from ui.table.export import ExportStrip
from ui.table.header import ColumnLayout
from ui.table.overlay import Overlay
from ui.table.store import RowStore
from ui.table.view import ROW_PX, KeyTable
from ui.theme import Theme, Tone

T = TypeVar("T")
MIN_PX = 66
Spawn = Callable[[str, Coroutine[Any, Any, Any]], None]


class TablePanel(QWidget, Generic[T]):
    """A table and its surroundings. ``name`` names it for people, exports and preferences."""

    columns_changed = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        name: str,
        store: RowStore[T],
        *,
        spawn: Spawn,
        user: str,
        wall_ns: Callable[[], int],
        why_empty: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.name = name
        self.store = store
        self._user = user
        self._wall_ns = wall_ns
        self._why_empty = why_empty
        self._accepts: Callable[[T], bool] = lambda row: True
        self._scope = ""
        self._bare = False
        #: Adds a panel's own entries to the menu of a row, by its key.
        self.row_menu: Callable[[QMenu, str], None] | None = None
        self.theme = Theme()
        self.view = KeyTable(store, name)
        self.columns = ColumnLayout(self.view, lambda px: self.theme.px(px))
        self.overlay = Overlay(self.view.viewport())
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName(f"Filter {name}")
        self.pill = QPushButton("")
        self.pill.setObjectName("pill")
        self.pill.setAccessibleName(f"Let the new rows of {name} in")
        self.pill.hide()
        self.count = QLabel("")
        self.count.setProperty("tone", "dim")
        self.age = QLabel("")
        self.age.setProperty("tone", "dim")
        self.age.setToolTip("Age of the data shown here")
        self.more = QToolButton()
        self.more.setObjectName("more")
        self.more.setText("⋯")
        self.more.setAccessibleName(f"Copy, export and columns of {name}")
        self.more.setToolTip("Copy, export, columns")
        self.export_strip = ExportStrip(self._prepare, spawn)
        self.head = QWidget()
        self.bar = QHBoxLayout(self.head)
        self.bar.setContentsMargins(4, 3, 4, 3)
        self.bar.setSpacing(6)
        self.bar.addWidget(self.pill)
        self.bar.addStretch(1)
        for widget in (self.count, self.filter, self.age, self.more):
            self.bar.addWidget(widget)
        self.filter.setMaximumWidth(170)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.export_strip)
        column.addWidget(self.view, 1)
        self.view.setMinimumHeight(MIN_PX)
        self._connect()

    def _connect(self) -> None:
        store, view = self.store, self.view
        self.filter.textChanged.connect(lambda _: self.apply_filter())
        self.pill.clicked.connect(store.let_in)
        self.more.clicked.connect(lambda: self._menu(None, ""))
        view.menu_wanted.connect(lambda key, column, at: self._menu(at, key))
        view.slipped.connect(
            lambda: self.said.emit("The row moved between press and release; nothing was done.")
        )
        view.unfrozen.connect(store.thaw)
        store.waiting.connect(self._waiting)
        store.counted.connect(lambda n: self.count.setText(f"{n:,}"))
        store.arranged.connect(self._explain)
        self.columns.sort_wanted.connect(store.sort_by)
        self.columns.changed.connect(lambda: self.columns_changed.emit(self.name))
        for text, keys, slot in (
            ("Copy rows (TSV)", QKeySequence.StandardKey.Copy, self.copy_rows),
            ("Copy cell", QKeySequence("Ctrl+Shift+C"), self.copy_cell),
            ("Let new rows in", QKeySequence("Ctrl+U"), store.let_in),
        ):
            action = QAction(text, self.view)
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            self.view.addAction(action)

    def set_user(self, user: str) -> None:
        """Who exports from now on, for the head of the file."""
        self._user = user

    # --- what is shown -----------------------------------------------------------------
    def set_accepts(self, accepts: Callable[[T], bool], scope: str) -> None:
        """Show only rows that ``accepts`` takes; ``scope`` says which, for exports."""
        self._accepts, self._scope = accepts, scope
        self.apply_filter()

    def apply_filter(self) -> None:
        self.store.set_accepts(self._accepts, self.filter.text())
        self._explain()

    def filter_text(self) -> str:
        """Tab and filter as one text, for exports."""
        return "; ".join(t for t in (self._scope, self.filter.text().strip()) if t)

    def set_theme(self, theme: Theme) -> None:
        layout = self.columns.state()
        self.theme = theme
        self.view.set_row_height(theme.px(ROW_PX))
        self.view.setIconSize(QSize(theme.px(14), theme.px(14)))
        self.columns.restore(layout)
        self.overlay.set_theme(theme)
        self.store.set_theme(theme)
        self.filter.setMaximumWidth(theme.px(170))

    def tick(self, phase: bool, silence_s: float, stale: bool) -> None:
        """Each half second: ages, blinking, staleness."""
        if not self.isVisible():
            return
        self.store.tick(phase)
        self.age.setText(f"data {age(silence_s)}")
        tone = "stale" if stale else "dim"
        if self.age.property("tone") != tone:
            self.age.setProperty("tone", tone)
            self.age.style().polish(self.age)
        self._explain(f"STALE {age(silence_s)}" if stale else "")

    def let_show(self, key: str) -> bool:
        """Select a row, clearing the filter when that hides it."""
        if not self.store.ensure(key):
            self.filter.clear()
        return self.view.select_key(key)

    # --- copying -----------------------------------------------------------------------
    def copy_rows(self) -> None:
        """The selected rows, or all shown when none is, as TSV on the clipboard."""
        keys = self.view.selected_keys() or list(self.store.shown)
        rows = [row for row in map(self.store.row, keys) if row is not None]
        QGuiApplication.clipboard().setText(tsv(self._shown_columns(), rows, self._wall_ns()))
        self.said.emit(f"{len(rows)} rows copied")

    def copy_cell(self) -> None:
        """The current cell on the clipboard."""
        index = self.view.currentIndex()
        key = self.store.key_at(index.row())
        row = None if key is None else self.store.row(key)
        if row is not None:
            text = self.store.columns[index.column()].text(row, self._wall_ns())
            QGuiApplication.clipboard().setText(text)
            self.said.emit(f"copied “{text}”")

    def export(self) -> None:
        """Ask where to write what is shown."""
        day = self._wall_ns() // 1_000_000_000
        self.export_strip.ask(
            f"{self.name.lower().replace(' ', '-')}-{day}.csv", self.filter_text()
        )

    def _shown_columns(self) -> list[Any]:
        return [self.store.columns[at] for at in self.columns.shown_columns()]

    def _prepare(self) -> tuple[int, str, Callable[[int, int], str]]:
        keys, columns, now = list(self.store.shown), self._shown_columns(), self._wall_ns()
        head = csv_head(self.name, self.filter_text(), self._user, now) + csv_titles(columns)

        def lines(first: int, end: int) -> str:
            rows = [r for r in map(self.store.row, keys[first:end]) if r is not None]
            return csv_lines(columns, rows, now)

        return len(keys), head, lines

    # --- inside ------------------------------------------------------------------------
    def _explain(self, stale: str | None = None) -> None:
        reason = "" if self.store.shown else self._empty_reason()
        self.overlay.say(reason, self.overlay.stale_text if stale is None else stale)

    def _empty_reason(self) -> str:
        if self.store.left:
            return "loading…"
        if self.filter.text().strip():
            return f"nothing matches the filter “{self.filter.text().strip()}”"
        return self._why_empty()

    def go_bare(self) -> None:
        """Without filter and counts, for small tables; the pill still comes when rows wait."""
        self._bare = True
        self.head.hide()
        for widget in (self.count, self.filter, self.age):
            widget.hide()

    def _waiting(self, number: int) -> None:
        if self._bare:
            self.head.setVisible(number > 0)
        self.pill.setVisible(number > 0)
        self.pill.setText(f"▲ {number} new")
        self.dress_pill(Tone.NORMAL)

    def dress_pill(self, tone: Tone) -> None:
        """Give the pill the tone of what waits behind it."""
        if self.pill.property("tone") != tone.value:
            self.pill.setProperty("tone", tone.value)
            self.pill.style().polish(self.pill)

    def _menu(self, at: QPoint | None, key: str) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if key and self.row_menu is not None:
            self.row_menu(menu, key)
            menu.addSeparator()
        menu.addAction("Copy rows (TSV)\tCtrl+C", self.copy_rows)
        menu.addAction("Copy cell\tCtrl+Shift+C", self.copy_cell)
        menu.addAction("Export (CSV)…", self.export)
        menu.addAction("Let new rows in\tCtrl+U", self.store.let_in)
        self.columns.fill_menu(menu.addMenu("Columns"))
        menu.popup(at or self.more.mapToGlobal(QPoint(0, self.more.height())))
