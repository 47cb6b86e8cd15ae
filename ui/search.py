"""Ctrl+K: one field over groups, ClOrdIDs, OrderIDs, ExecIDs, and the desk's own commands.

Owns: the field and its list. May not: search by itself; the engine does.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from ui.actions import BINDINGS, Keymap
from ui.theme import Theme

SHOWN_MAX = 14
_KIND = int(Qt.ItemDataRole.UserRole)
_NAME = _KIND + 1


class SearchPalette(QFrame):
    """Opens over the window, gives the keyboard back when it closes.

    ``found`` carries what and the group id or order reference, ``command`` an action's name."""

    found = Signal(str, str)
    command = Signal(str)

    def __init__(
        self,
        home: QWidget,
        search: Callable[[str], tuple[tuple[str, str], ...]],
        keymap: Keymap,
    ) -> None:
        super().__init__(home)
        self._home = home
        self.setObjectName("palette")
        self.setAccessibleName("Search")
        self._search = search
        self._keymap = keymap
        self._back: QWidget | None = None
        self.field = QLineEdit()
        self.field.setAccessibleName("Search groups, orders, executions and commands")
        self.field.setPlaceholderText("Group, ClOrdID, OrderID, ExecID – or a command")
        self.list = QListWidget()
        self.list.setAccessibleName("What was found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(lambda _: self._look())
        self.field.returnPressed.connect(self._go)
        self.list.itemClicked.connect(lambda _: self._go())
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self.resize(theme.px(540), theme.px(360))

    def open_palette(self) -> None:
        """Show it and take the keyboard."""
        home = self._home
        self._back = home.window().focusWidget()
        self.move(max(0, (home.width() - self.width()) // 2), 70)
        self.field.clear()
        self._look()
        self.show()
        self.raise_()
        self.field.setFocus()

    def close_palette(self) -> None:
        self.hide()
        if self._back is not None:
            self._back.setFocus()
        self._back = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.FocusOut:
            self.hide()
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                return self._key(event)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.close_palette()
            return True
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            return False
        count = max(1, self.list.count())
        self.list.setCurrentRow((self.list.currentRow() + step) % count)
        return True

    def _look(self) -> None:
        text = self.field.text().strip()
        self.list.clear()
        if text:
            for what, target in self._search(text)[:SHOWN_MAX]:
                self._add(f"{target}   {what}", what, target)
        needle = text.casefold()
        for binding in BINDINGS:
            if binding.name == "search" or (needle and needle not in binding.text.casefold()):
                continue
            if self.list.count() >= SHOWN_MAX:
                break
            key = self._keymap.shown(binding.name)
            self._add(f"{binding.text}   {key}", "command", binding.name)
        if not self.list.count():
            item = QListWidgetItem("nothing found")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _add(self, text: str, what: str, target: str) -> None:
        item = QListWidgetItem(text)
        item.setData(_KIND, what)
        item.setData(_NAME, target)
        self.list.addItem(item)

    def _go(self) -> None:
        item = self.list.currentItem()
        if item is None or item.data(_KIND) is None:
            return
        what, target = str(item.data(_KIND)), str(item.data(_NAME))
        self.close_palette()
        if what == "command":
            self.command.emit(target)
        else:
            self.found.emit(what, target)
