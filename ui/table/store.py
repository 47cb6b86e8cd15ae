"""The rows of one table: which, in what order, and what of them is painted.

Owns: the cache of rows, membership (tab and filter), order, freezing, and the C++ item store the
view paints from. May not: sort while frozen, or write a cell that isn't visible: with thousands
of updates a second, only *visible dirty cells* are set, once a frame. Order is worked out anew
only now and then (``_due``), never per update.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from time import perf_counter
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QStandardItem, QStandardItemModel

from ui.icons import Icons
from ui.table.column import Cell, Column, Look
from ui.theme import Theme, Tone

T = TypeVar("T")

PAYLOAD_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SMALL = 300
ARRANGE_SHARE = 120
FADE_S = (0.45, 0.9)
FADES_MAX = 60
_CLEAR = QBrush()


def _sortable(value: Any) -> Any:
    """Ten thousand floats sort in a third of the time of as many decimals; for standing in
    order their precision is enough."""
    return float(value) if isinstance(value, Decimal) else value


class RowStore(QObject, Generic[T]):
    """Rows by key. ``mark`` notes keys with news, ``flush`` paints what of it is visible."""

    arranged = Signal()  # the order or the set of rows changed; rows moved
    waiting = Signal(int)  # rows that wait to be let in while frozen
    counted = Signal(int)  # rows shown

    def __init__(
        self,
        columns: Sequence[Column[T]],
        read: Callable[[str], T | None],
        haystack: Callable[[T], str],
        *,
        wall_ns: Callable[[], int],
        sort: tuple[str, bool] | None = None,
    ) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.model = QStandardItemModel(0, len(self.columns))
        self.model.setHorizontalHeaderLabels([c.title for c in self.columns])
        for at, column in enumerate(self.columns):
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            item = self.model.horizontalHeaderItem(at)
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(column.tip or column.title)
        self._read = read
        self._hay = haystack
        self._wall_ns = wall_ns
        self._by_key = {c.key: c for c in self.columns}
        self.sort_key, self.descending = sort or ("", False)
        self.theme = Theme()
        self.icons = Icons(self.theme)
        self._accepts: Callable[[T], bool] = lambda row: True
        self.needle = ""
        self._rows: dict[str, T] = {}
        self._hays: dict[str, str] = {}
        self._accepted: set[str] = set()
        self._shown: list[str] = []
        self._at: dict[str, int] = {}
        self._dirty: dict[str, None] = {}
        self._values: dict[str, Any] = {}
        # What stands in the items of a row, and the rows for which that is right.
        self._painted: dict[int, list[Cell]] = {}
        self._right: set[int] = set()
        self._fades: dict[tuple[str, int], float] = {}
        self._unordered = False
        self._next_arrange = 0.0
        self._phase = False
        self.frozen: Callable[[], bool] = lambda: False
        self.visible: Callable[[], range] = lambda: range(0)
        self.seen: Callable[[], bool] = lambda: True

    # --- reading -----------------------------------------------------------------------
    @property
    def shown(self) -> Sequence[str]:
        """The keys on screen, top to bottom."""
        return self._shown

    def row(self, key: str) -> T | None:
        """The row as last read."""
        return self._rows.get(key)

    def key_at(self, at: int) -> str | None:
        return self._shown[at] if 0 <= at < len(self._shown) else None

    def at(self, key: str) -> int | None:
        return self._at.get(key)

    @property
    def waiting_keys(self) -> list[str]:
        """The keys that wait to be let in, in the order they came."""
        return [k for k in self._rows if k in self._accepted and k not in self._at]

    @property
    def left(self) -> int:
        """Keys with news that were not read yet."""
        return len(self._dirty)

    # --- changing what is shown --------------------------------------------------------
    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.icons = Icons(theme)
        self._painted.clear()
        self._right.clear()
        self.paint_visible()

    def set_accepts(self, accepts: Callable[[T], bool], needle: str) -> None:
        """Show the rows that ``accepts`` takes and that contain ``needle``; by hand, so at once."""
        self._accepts = accepts
        self.needle = needle.casefold().strip()
        self._accepted = {k for k, row in self._rows.items() if self._takes(k, row)}
        self.arrange()

    def sort_by(self, key: str, descending: bool) -> None:
        """Order by a column now (the trader clicked the header)."""
        self.sort_key, self.descending = key, descending
        column = self._by_key.get(key)
        if column is not None:
            self._values = {k: _sortable(column.value(row)) for k, row in self._rows.items()}
        self.arrange()

    def mark(self, keys: Iterable[str]) -> None:
        """These have news."""
        self._dirty.update(dict.fromkeys(keys))

    def reset(self, keys: Iterable[str]) -> None:
        """Exactly these exist now; all have news."""
        wanted = dict.fromkeys(keys)
        for key in self._rows.keys() - wanted.keys():
            self._dirty[key] = None
        self._dirty.update(wanted)

    # --- once a frame ------------------------------------------------------------------
    def flush(self, deadline: float) -> bool:
        """Read and paint visible rows with news; read others until ``deadline``
        (``perf_counter`` seconds). Returns whether some are left."""
        if not self.seen():
            return False
        for at in self.visible():
            key = self.key_at(at)
            if key is not None and key in self._dirty:
                del self._dirty[key]
                self._take(key)
        while self._dirty:
            key = next(iter(self._dirty))
            del self._dirty[key]
            self._take(key)
            if perf_counter() > deadline:
                break
        self._fade()
        self._settle()
        return bool(self._dirty) or bool(self._fades) or (self._unordered and not self.frozen())

    def tick(self, phase: bool) -> None:
        """Each half second: ages and blinking marks of visible rows."""
        self._phase = phase
        if not self.seen():
            return
        ticking = [i for i, c in enumerate(self.columns) if c.ticking]
        for at in self.visible():
            cells = self._painted.get(at)
            if cells is None or at not in self._right:
                continue
            blinking = [i for i, cell in enumerate(cells) if cell.look.blink]
            if ticking or blinking:
                self._paint(at, self._shown[at], ticking, blinking)

    def paint_visible(self) -> None:
        """Fill visible rows that were never painted (after scrolling or arranging)."""
        for at in self.visible():
            if at not in self._right and at < len(self._shown):
                self._paint(at, self._shown[at], fade=False)

    def ensure(self, key: str) -> bool:
        """Read one key now and let it in if it is accepted; whether it is shown."""
        self._dirty.pop(key, None)
        self._take(key)
        if key in self._accepted and key not in self._at:
            self.arrange()
        return key in self._at

    def thaw(self) -> None:
        """Pointer and keyboard left the table: what waited may come in."""
        self._settle()

    def let_in(self) -> None:
        """Show what waits, although the pointer is in the table (the trader asked)."""
        self.arrange()

    def arrange(self) -> None:
        """Work out which rows stand where, now."""
        accepted = self._accepted
        keys = [k for k in self._rows if k in accepted]
        if self.sort_key in self._by_key:
            keys.sort(key=self._values.__getitem__, reverse=self.descending)
        self._unordered = False
        if keys != self._shown:
            self._end_fades()
            self._shown = keys
            self._at = {key: at for at, key in enumerate(keys)}
            self._right.clear()
            if self.model.rowCount() != len(keys):
                self.model.setRowCount(len(keys))
                for at in [at for at in self._painted if at >= len(keys)]:
                    del self._painted[at]
            self.counted.emit(len(keys))
            self.arranged.emit()
        self.waiting.emit(0)
        self.paint_visible()

    # --- inside ------------------------------------------------------------------------
    def _takes(self, key: str, row: T) -> bool:
        if not self._accepts(row):
            return False
        return not self.needle or all(w in self._hays[key] for w in self.needle.split())

    def _take(self, key: str) -> None:
        row = self._read(key)
        at = self._at.get(key)
        if row is None:
            if key in self._rows and at is None:
                self._forget(key)
            if key in self._accepted:
                self._accepted.discard(key)
                self._unordered = True
                if at is not None:
                    self._repaint(at, key)
            return
        self._rows[key] = row
        self._hays[key] = self._hay(row).casefold()
        column = self._by_key.get(self.sort_key)
        moved = False
        if column is not None:
            value = _sortable(column.value(row))
            moved = self._values.get(key) != value
            self._values[key] = value
        accepted = self._takes(key, row)
        if accepted != (key in self._accepted):
            (self._accepted.add if accepted else self._accepted.discard)(key)
        if at is None:
            self._unordered = self._unordered or accepted
            return
        self._unordered = self._unordered or not accepted or moved
        self._repaint(at, key)

    def _repaint(self, at: int, key: str) -> None:
        if at in self.visible():
            self._paint(at, key)
        else:
            self._right.discard(at)

    def _forget(self, key: str) -> None:
        self._rows.pop(key, None)
        self._hays.pop(key, None)
        self._values.pop(key, None)

    def _settle(self) -> None:
        """Bring rows in and out, if the table isn't frozen and it is time for it."""
        if not self._unordered:
            return
        if self.frozen() and self._shown:
            self.waiting.emit(len(self._accepted - self._at.keys()))
            return
        now = perf_counter()
        if len(self._rows) > SMALL and now < self._next_arrange:
            return
        for key in [k for k in self._shown if k not in self._accepted]:
            if self._read(key) is None:
                self._forget(key)
        self.arrange()
        # What it cost decides how often: at most one part in ARRANGE_SHARE of the time.
        took = perf_counter() - now
        self._next_arrange = now + max(0.2, took * ARRANGE_SHARE)

    def _paint(
        self,
        at: int,
        key: str,
        only: Sequence[int] | None = None,
        forced: Sequence[int] = (),
        *,
        fade: bool = True,
    ) -> None:
        row = self._rows.get(key)
        if row is None:
            return
        now_ns = self._wall_ns()
        before = self._painted.get(at)
        gone = key not in self._accepted
        wanted = range(len(self.columns)) if only is None or before is None else {*only, *forced}
        cells = list(before) if before is not None else [Cell("", Look())] * len(self.columns)
        for i in wanted:
            column = self.columns[i]
            cell = column.cell(row, now_ns)
            if gone:
                cell = Cell(cell.text, Look(Tone.DIM), cell.payload)
            if before is None or cell != before[i] or i in forced:
                self._set(at, i, cell)
                if fade and before is not None and column.numeric and not column.ticking:
                    self._highlight(key, i, at, cell)
                cells[i] = cell
        self._painted[at] = cells
        self._right.add(at)

    def _item(self, at: int, i: int) -> QStandardItem | None:
        return self.model.item(at, i)

    def _set(self, at: int, i: int, cell: Cell) -> None:
        item = self._item(at, i)
        if item is None:
            item = QStandardItem()
            item.setEditable(False)
            if self.columns[i].numeric:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._dress(item, cell)
            self.model.setItem(at, i, item)
            return
        self._dress(item, cell)

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
        if look.bold != item.font().bold():
            item.setFont(self.theme.font(bold=look.bold))
        if look.icon or not item.icon().isNull():
            item.setIcon(self.icons.get(look.icon, look.tone, filled=filled))
        if cell.payload is not None:
            item.setData(cell.payload, PAYLOAD_ROLE)

    def _highlight(self, key: str, i: int, at: int, cell: Cell) -> None:
        if len(self._fades) >= FADES_MAX:
            return
        item = self._item(at, i)
        if (
            item is not None
            and not self._painted.get(at, [Cell("", Look())] * (i + 1))[i].look.fill
        ):
            item.setBackground(QBrush(self.theme.color("highlight")))
            self._fades[(key, i)] = perf_counter()

    def _end_fades(self) -> None:
        """Rows are about to move: no highlight may stay behind where another row comes."""
        for key, i in self._fades:
            at = self._at.get(key)
            item = None if at is None else self._item(at, i)
            if item is not None:
                item.setBackground(_CLEAR)
        self._fades.clear()

    def _fade(self) -> None:
        now = perf_counter()
        for (key, i), began in list(self._fades.items()):
            if now - began < FADE_S[0]:
                continue
            at = self._at.get(key)
            item = None if at is None else self._item(at, i)
            if now - began < FADE_S[1] and item is not None:
                half = QColor(self.theme.color("highlight"))
                half.setAlpha(110)
                item.setBackground(QBrush(half))
                continue
            del self._fades[(key, i)]
            if item is not None:
                item.setBackground(_CLEAR)
