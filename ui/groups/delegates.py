"""Lifecycle steps and fill bars, painted.

Owns: two delegates that draw a cell's payload. May not: compute anything about a group. What
was drawn once is kept as a pixmap, since the same few pictures repeat in thousands of rows.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from ui.formats import qty
from ui.groups.columns import Bar
from ui.table.painter import PAYLOAD_ROLE
from ui.theme import Theme

STEPS = 10
KEPT_MAX = 4000
BARS_MAX = 4


class Drawn(QStyledItemDelegate):
    """A delegate that draws a payload into a pixmap and keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[Any, QPixmap] = {}
        self._theme = Theme()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._kept.clear()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        selected = bool(option.state & option.state.State_Selected)
        rect: QRect = option.rect
        if selected:
            painter.fillRect(rect, self._theme.color("select"))
        payload = index.data(PAYLOAD_ROLE)
        if payload is None:
            return
        text = str(index.data() or "")
        ratio = painter.device().devicePixelRatioF()
        key = (payload, text, rect.width(), rect.height(), selected, ratio)
        pixmap = self._kept.get(key)
        if pixmap is None:
            if len(self._kept) > KEPT_MAX:
                self._kept.clear()
            pixmap = QPixmap(round(rect.width() * ratio), round(rect.height() * ratio))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            into = QPainter(pixmap)
            into.setFont(self._theme.font(12))
            self.draw(into, QRect(0, 0, rect.width(), rect.height()), payload, text, selected)
            into.end()
            self._kept[key] = pixmap
        painter.drawPixmap(rect.topLeft(), pixmap)

    def draw(self, painter: QPainter, area: QRect, payload: Any, text: str, selected: bool) -> None:
        raise NotImplementedError


class StepsDelegate(Drawn):
    """The lifecycle: ten steps, those passed filled, and the state's name."""

    def draw(self, painter: QPainter, area: QRect, payload: Any, text: str, selected: bool) -> None:
        rank, closed = payload
        theme = self._theme
        step, gap = theme.px(4), theme.px(1)
        height = theme.px(10)
        top = (area.height() - height) // 2
        left = theme.px(5)
        for at in range(STEPS):
            passed = at <= min(rank, STEPS - 1) and rank < STEPS
            token = "bar" if passed else "bar_working"
            box = QRect(left + at * (step + gap), top, step, height)
            if rank >= STEPS:  # ended outside the ladder: hollow steps
                painter.setPen(theme.color("bar"))
                painter.drawRect(box.adjusted(0, 0, -1, -1))
            else:
                inner = box if passed else box.adjusted(0, height // 3, 0, -height // 3)
                painter.fillRect(inner, theme.color(token))
        words = "on_select" if selected else ("dim" if closed else "text")
        if "paused" in text and not selected:
            words = "pending_text"
        painter.setPen(theme.color(words))
        start = left + STEPS * (step + gap) + theme.px(6)
        rest = QRect(start, 0, area.width() - start - 2, area.height())
        shown = QFontMetrics(painter.font()).elidedText(
            text, Qt.TextElideMode.ElideRight, rest.width()
        )
        painter.drawText(rest, int(Qt.AlignmentFlag.AlignVCenter), shown)


class BarsDelegate(Drawn):
    """One bar a leg: filled, working, and the numbers on it."""

    def draw(self, painter: QPainter, area: QRect, payload: Any, text: str, selected: bool) -> None:
        legs: tuple[Bar, ...] = payload
        shown = legs[:BARS_MAX]
        if not shown:
            return
        gap = self._theme.px(4)
        more = f"+{len(legs) - len(shown)}" if len(legs) > len(shown) else ""
        tail = self._theme.px(22) if more else 0
        width = (area.width() - tail - gap * (len(shown) + 1)) // len(shown)
        for at, bar in enumerate(shown):
            box = QRect(
                gap + at * (width + gap),
                self._theme.px(3),
                width,
                area.height() - 2 * self._theme.px(3),
            )
            self._bar(painter, box, bar)
        if more:
            painter.setPen(self._theme.color("dim"))
            painter.drawText(
                area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), more
            )

    def _bar(self, painter: QPainter, box: QRect, bar: Bar) -> None:
        theme = self._theme
        _, side, _, filled, working, target, held = bar
        painter.fillRect(box, theme.color("window"))
        strip = max(3, box.height() // 5)
        base = QRect(box.left(), box.bottom() - strip + 1, box.width(), strip)
        if target > 0:
            done = min(1.0, float(filled / target))
            live = min(1.0 - done, float(working / target))
            first = round(base.width() * done)
            painter.fillRect(QRect(base.left(), base.top(), first, strip), theme.color("bar"))
            painter.fillRect(
                QRect(base.left() + first, base.top(), round(base.width() * live), strip),
                theme.color("bar_working"),
            )
        painter.setPen(theme.color("line"))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("dim" if filled == 0 else "text"))
        words = f"{side} {qty(filled)}/{qty(target)}" + (" ‖" if held else "")
        text = box.adjusted(theme.px(3), 0, -2, -strip + 1)
        metrics = QFontMetrics(painter.font())
        if metrics.horizontalAdvance(words) > text.width():
            words = f"{side} {qty(filled)}"
        painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), words)
