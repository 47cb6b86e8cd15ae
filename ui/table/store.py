"""The rows of one table: which, in what order, and what of them is painted.

Owns: the cache of rows, membership (tab and filter), order and freezing. May not: sort while
frozen, or have a cell written that isn't visible: with thousands of updates a second, only
*visible dirty cells* are set (``ui.table.painter``), once a frame. Order is worked out anew only
now and then (``_settle``), never per update.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from time import perf_counter
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from ui.table.column import Column
from ui.table.painter import Painter
from ui.theme import Theme

T = TypeVar("T")

SMALL = 300
ARRANGE_SHARE = 120
ARRANGE_EACH_S = 0.5


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
        self._painter = Painter(columns, wall_ns)
        self.columns = self._painter.columns
        self.model = self._painter.model
        self._read = read
        self._hay = haystack
        self._by_key = {c.key: c for c in self.columns}
        self.sort_key, self.descending = sort or ("", False)
        self._accepts: Callable[[T], bool] = lambda row: True
        self.needle = ""
        self._rows: dict[str, T] = {}
        self._hays: dict[str, str] = {}
        self._accepted: set[str] = set()
        self._shown: list[str] = []
        self._at: dict[str, int] = {}
        self._dirty: dict[str, None] = {}
        self._to_tick: dict[int, None] = {}
        self._phase = False
        self.urgent = False
        self._values: dict[str, Any] = {}
        self._unordered = False
        self._first_fill = True
        self._next_arrange = 0.0
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
        self._painter.set_theme(theme)
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
        self.urgent = False
        if not self.seen():
            return False
        self._serve_visible(deadline)
        while self._dirty and not self.urgent:
            key = next(iter(self._dirty))
            del self._dirty[key]
            self._take(key)
            if perf_counter() > deadline:
                break
        if not self.urgent:
            self._painter.fade()
            self._settle()
        self._first_fill = self._first_fill and (
            bool(self._dirty) or self._unordered or not self._rows
        )
        return (
            self.urgent
            or bool(self._dirty)
            or self._painter.fading
            or (self._unordered and (self._first_fill or not self.frozen()))
        )

    def tick(self, phase: bool) -> None:
        """Each half second: ages and blinking marks of visible rows, with the next flushes."""
        self._phase = phase
        self._to_tick = dict.fromkeys(self.visible() if self.seen() else ())

    def paint_visible(self) -> None:
        """Fill visible rows that were never painted (after scrolling or arranging)."""
        for at in self.visible():
            if at not in self._painter.right and at < len(self._shown):
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
        if self.sort_key in self._by_key:
            # From the order that stands: nearly sorted is sorted in one pass, and of equals
            # none changes its place.
            keys = [k for k in self._shown if k in accepted]
            keys += [k for k in self._rows if k in accepted and k not in self._at]
            keys.sort(key=self._values.__getitem__, reverse=self.descending)
        else:
            keys = [k for k in self._rows if k in accepted]
        self._unordered = False
        if keys != self._shown:
            before, self._shown = self._shown, keys
            same = {i for i in self.visible() if before[i : i + 1] == keys[i : i + 1]}
            self._at = {key: at for at, key in enumerate(keys)}
            self._painter.set_count(len(keys), same)
            self.counted.emit(len(keys))
            self.arranged.emit()
        self.waiting.emit(0)
        self.paint_visible()

    # --- inside ------------------------------------------------------------------------
    def _serve_visible(self, deadline: float) -> None:
        """Rows in sight, at least one; ``urgent`` when the time ends before they do."""
        for at in self.visible():
            key = self.key_at(at)
            if key is None or (key not in self._dirty and at not in self._to_tick):
                continue
            if key in self._dirty:
                del self._dirty[key]
                self._take(key)
            if at in self._to_tick:
                del self._to_tick[at]
                gone = key not in self._accepted
                self._painter.tick(at, self._rows[key], self._phase, gone=gone)
            if perf_counter() > deadline:
                self.urgent = True
                return
        self._to_tick.clear()

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
            self._painter.right.discard(at)

    def _forget(self, key: str) -> None:
        self._rows.pop(key, None)
        self._hays.pop(key, None)
        self._values.pop(key, None)

    def _settle(self) -> None:
        """Bring rows in and out, if the table isn't frozen and it is time for it."""
        if not self._unordered:
            return
        # What is filled for the first time, over several frames, has no row yet to stand still.
        if self.frozen() and self._shown and not self._first_fill:
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
        self._next_arrange = now + max(ARRANGE_EACH_S, took * ARRANGE_SHARE)

    def _paint(self, at: int, key: str, *, fade: bool = True) -> None:
        row = self._rows.get(key)
        if row is not None:
            self._painter.paint(at, row, gone=key not in self._accepted, fade=fade)
