"""F1: every key in one list, and how to change it.

Owns: that list. May not: keep keys (the keymap does) or accept a key that clashes.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.actions import BINDINGS, Keymap
from ui.controls import Note
from ui.theme import Tone

FIXED = (
    ("In a confirmation", "Enter confirms, Esc cancels; it expires after 10 s"),
    ("In a table", "Enter acts on the row, Ctrl+C copies rows as TSV, Ctrl+U lets new rows in"),
)
_NAME = int(Qt.ItemDataRole.UserRole)


class KeySheet(QWidget):
    """The sheet of keys. ``said`` carries remarks."""

    said = Signal(str)

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._keymap = keymap
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Keys")
        self.tree.setHeaderLabels(["What", "Key", "Works in", "Remark"])
        self.tree.setRootIsDecorated(False)
        self.setFocusProxy(self.tree)
        self.tree.setUniformRowHeights(True)
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for at, width in enumerate((330, 130, 130, 200)):
            header.resizeSection(at, width)
        self.edit = QKeySequenceEdit()
        self.edit.setAccessibleName("New key for the selected line")
        self.edit.setMaximumSequenceLength(1)
        self.set = QPushButton("Use this key")
        self.none = QPushButton("No key")
        self.reset = QPushButton("Reset all keys")
        self.note = Note("", Tone.WARNING)
        row = QHBoxLayout()
        row.addWidget(QLabel("New key"))
        for widget in (self.edit, self.set, self.none, self.reset):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.addWidget(self.tree, 1)
        column.addLayout(row)
        column.addWidget(self.note)
        self.note.hide()
        self.set.clicked.connect(lambda: self._rebind(self.edit.keySequence()))
        self.none.clicked.connect(lambda: self._rebind(QKeySequence()))
        self.reset.clicked.connect(keymap.reset)
        keymap.changed.connect(self.show_keys)
        self.show_keys()

    def show_keys(self) -> None:
        """Fill the list anew; the selected line stays selected."""
        current = self._current()
        self.tree.clear()
        for binding in BINDINGS:
            item = QTreeWidgetItem(
                [
                    binding.text,
                    self._keymap.shown(binding.name) or "none",
                    binding.where or "everywhere",
                    "opens a confirmation" if binding.arms else "",
                ]
            )
            item.setData(0, _NAME, binding.name)
            self.tree.addTopLevelItem(item)
            if binding.name == current:
                self.tree.setCurrentItem(item)
        for what, text in FIXED:
            item = QTreeWidgetItem([text, "fixed", what, ""])
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.tree.addTopLevelItem(item)

    def _current(self) -> str:
        item = self.tree.currentItem()
        return "" if item is None else str(item.data(0, _NAME) or "")

    def _rebind(self, sequence: QKeySequence) -> None:
        name = self._current()
        if not name:
            self.note.say("Select a line first.", Tone.WARNING)
            return
        text = sequence.toString(QKeySequence.SequenceFormat.PortableText)
        self.note.say(self._keymap.rebind(name, text), Tone.WARNING)
        self.edit.clear()
