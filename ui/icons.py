"""Small signs drawn from SVG files in the colour they need.

Owns: loading, tinting and caching icons. May not: decide which icon means what. The drawings
use ``currentColor``; that word is replaced by the colour.
"""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.assets import resource
from ui.theme import Theme, Tone

ICON_PX = 14
GROUND_PX = (16, 22, 24, 32, 48, 64, 128)


class Icons:
    """Icons of one theme."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._made: dict[tuple[str, str], QIcon] = {}

    def get(self, name: str, tone: Tone = Tone.NORMAL, *, filled: bool = False) -> QIcon:
        """The icon ``resources/icons/NAME.svg`` in the colour of a tone; empty for ""."""
        if not name:
            return QIcon()
        color = self._theme.fill(tone)[1] if filled else self._theme.text(tone)
        made = self._made.get((name, color.name()))
        if made is None:
            made = QIcon()
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
                made.addPixmap(self.pixmap(name, color), mode)
            self._made[(name, color.name())] = made
        return made

    def on_ground(self, name: str) -> QIcon:
        """The icon on a ground of its own, for places whose color is not ours: a tray or a task
        bar may be as light as the sign itself."""
        icon = QIcon()
        for size in GROUND_PX:
            pixmap = QPixmap(size, size)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("surface"))
            painter.drawRoundedRect(QRectF(0, 0, size, size), size / 6, size / 6)
            edge = size / 8
            sign = self._renderer(name, self._theme.text(Tone.NORMAL))
            sign.render(painter, QRectF(edge, edge, size - 2 * edge, size - 2 * edge))
            painter.end()
            icon.addPixmap(pixmap)
        return icon

    @staticmethod
    def _renderer(name: str, color: QColor) -> QSvgRenderer:
        source = resource("icons", f"{name}.svg").read_text(encoding="utf-8")
        return QSvgRenderer(QByteArray(source.replace("currentColor", color.name()).encode()))

    def pixmap(self, name: str, color: QColor) -> QPixmap:
        """The icon drawn at the text scale, twice as fine for high-DPI screens."""
        size = self._theme.px(ICON_PX)
        pixmap = QPixmap(size * 2, size * 2)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._renderer(name, color).render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(2.0)
        return pixmap
