"""What stands in the items of a table: cells set only where they changed, and fading highlights.

Owns: the C++ item store that the view paints from, what was put into it, and the highlight of a
changed number. May not: know which row stands where, or read a row; ``ui.table.store`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QStandardItem, QStandardItemModel

from ui.icons import Icons
from ui.table.column import Cell, Column, Look
from ui.theme import Theme, Tone

T = TypeVar("T")

PAYLOAD_ROLE = int(Qt.ItemDataRole.UserRole) + 1
FADE_S = (0.45, 0.9)
FADES_MAX = 60
_CLEAR = QBrush()
_EMPTY = Cell("", Look())


class Painter(Generic[T]):
    """Paints rows by their place. ``right`` holds the places whose items show their row."""

    def __init__(self, columns: Sequence[Column[T]], wall_ns: Callable[[], int]) -> None:
        self.columns = tuple(columns)
        self.model = QStandardItemModel(0, len(self.columns))
        self.model.setHorizontalHeaderLabels([c.title for c in self.columns])
        for at, column in enumerate(self.columns):
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            item = self.model.horizontalHeaderItem(at)
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(column.tip or column.title)
        self._wall_ns = wall_ns
        self._ticking = [i for i, c in enumerate(self.columns) if c.ticking]
        self._painted: dict[int, list[Cell]] = {}
        self.right: set[int] = set()
        self._fades: dict[tuple[int, int], float] = {}
        self._phase = False
        self.theme = Theme()
        self.icons = Icons(self.theme)
        self._bold = self.theme.font(bold=True)

    @property
    def fading(self) -> bool:
        """Whether a highlight is still to be taken back."""
        return bool(self._fades)

    def set_theme(self, theme: Theme) -> None:
        """Another look: nothing painted is right any more."""
        self.theme = theme
        self.icons = Icons(theme)
        self._bold = theme.font(bold=True)
        self._painted.clear()
        self.right.clear()

    def set_count(self, count: int, same: set[int]) -> None:
        """So many rows now, each to be painted anew except at the places where the ``same`` one
        still stands; no highlight stays where another row comes."""
        self._end_fades()
        self.right &= same
        if self.model.rowCount() != count:
            self.model.setRowCount(count)
            for at in [at for at in self._painted if at >= count]:
                del self._painted[at]

    def paint(self, at: int, row: T, *, gone: bool, fade: bool = True) -> None:
        """Show ``row`` at this place. ``gone``: it stays dim until rows may move."""
        self._put(at, row, range(len(self.columns)), (), gone=gone, fade=fade)
        self.right.add(at)

    def tick(self, at: int, row: T, phase: bool, *, gone: bool) -> None:
        """Show ages anew, and blinking marks in their other phase."""
        self._phase = phase
        cells = self._painted.get(at)
        if cells is None or at not in self.right:
            return
        blinking = [i for i, cell in enumerate(cells) if cell.look.blink]
        if self._ticking or blinking:
            self._put(at, row, {*self._ticking, *blinking}, blinking, gone=gone, fade=True)

    def fade(self) -> None:
        """Take highlights back by their age."""
        now = perf_counter()
        for (at, i), began in list(self._fades.items()):
            if now - began < FADE_S[0]:
                continue
            item = self.model.item(at, i)
            if now - began < FADE_S[1]:
                half = QColor(self.theme.color("highlight"))
                half.setAlpha(110)
                item.setBackground(QBrush(half))
                continue
            del self._fades[(at, i)]
            item.setBackground(_CLEAR)

    # --- inside ------------------------------------------------------------------------
    def _put(
        self,
        at: int,
        row: T,
        wanted: Iterable[int],
        forced: Sequence[int],
        *,
        gone: bool,
        fade: bool,
    ) -> None:
        now_ns = self._wall_ns()
        before = self._painted.get(at)
        cells = [_EMPTY] * len(self.columns) if before is None else before
        for i in wanted:
            column = self.columns[i]
            cell = column.cell(row, now_ns)
            if gone:
                cell = Cell(cell.text, Look(Tone.DIM), cell.payload)
            if before is not None and cell == cells[i] and i not in forced:
                continue
            self._set(at, i, cell, cells[i] if before is not None and i not in forced else None)
            changed = before is not None and column.numeric and not column.ticking
            if fade and changed and not cell.look.fill:
                self._highlight(at, i)
            cells[i] = cell
        self._painted[at] = cells

    def _set(self, at: int, i: int, cell: Cell, before: Cell | None) -> None:
        """``before``: what the item shows now, None when that isn't known."""
        known: QStandardItem | None = self.model.item(at, i)
        if known is not None:
            if before is None or before.look != cell.look:
                self._dress(known, cell)
                return
            # Thousands of times a second only the words differ.
            if before.text != cell.text:
                known.setText(cell.text)
            if cell.payload is not None:
                known.setData(cell.payload, PAYLOAD_ROLE)
            return
        item = QStandardItem()
        item.setEditable(False)
        if self.columns[i].numeric:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._dress(item, cell)
        self.model.setItem(at, i, item)

    def _dress(self, item: QStandardItem, cell: Cell) -> None:
        if item.text() != cell.text:
            item.setText(cell.text)
        look = cell.look
        filled = look.fill and not (look.blink and self._phase)
        if filled:
            ground, words = self.theme.fill(look.tone)
            item.setBackground(QBrush(ground))
            item.setForeground(QBrush(words))
        else:
            item.setBackground(_CLEAR)
            item.setForeground(QBrush(self.theme.text(look.tone)))
        font = item.font()
        if look.bold and (not font.bold() or font.pixelSize() != self._bold.pixelSize()):
            item.setFont(self._bold)
        elif font.bold() and not look.bold:
            item.setData(None, Qt.ItemDataRole.FontRole)  # the table's own, whatever its size
        if look.icon or not item.icon().isNull():
            item.setIcon(self.icons.get(look.icon, look.tone, filled=filled))
        if cell.payload is not None:
            item.setData(cell.payload, PAYLOAD_ROLE)

    def _highlight(self, at: int, i: int) -> None:
        if len(self._fades) >= FADES_MAX:
            return
        self.model.item(at, i).setBackground(QBrush(self.theme.color("highlight")))
        self._fades[(at, i)] = perf_counter()

    def _end_fades(self) -> None:
        for at, i in self._fades:
            self.model.item(at, i).setBackground(_CLEAR)
        self._fades.clear()
