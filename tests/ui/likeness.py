"""Whether a picture of a panel still looks as it should, whatever the font and its hinting.

A reference is a small PNG: the average color of each 8×8 block, and in its text fields the share
of pixels that have an alarm's color. Text moves a block's average by little, and by a block's
width at most, so each block may agree with any of its neighbors; a panel that is missing, cut off
or laid out anew changes whole areas, and a lost alarm changes the share of its color.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from ui.theme import ORANGE, REDDISH_PURPLE, SKY_BLUE, VERMILLION

BLOCK = 8
NEAR = 30  # of 255: blocks that differ by less are alike
ODD_BLOCKS = 0.035  # share of blocks that may be unlike
SIZE_MAY = 0.06  # another font may make a panel so much larger or smaller
COLOR_NEAR = 40
COLOR_MAY = 0.5  # of the share of an alarm's color
COLOR_FEW = 0.0006  # shares below which words alone may be the color
ALARM_COLORS = {
    "critical": VERMILLION,
    "warning": ORANGE,
    "info": SKY_BLUE,
    "stale": REDDISH_PURPLE,
}
FOLDER = Path(__file__).parent / "pictures"
REDRAW = "DESK_REDRAW_PICTURES"

Pixels = NDArray[np.float32]


def pixels(image: QImage) -> Pixels:
    """Height × width × 3, 0 to 255."""
    shown = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), -1)
    return rows[:, : shown.width() * 3].reshape(shown.height(), shown.width(), 3).astype(np.float32)


def blocks(image: QImage) -> Pixels:
    """The average color of each 8×8 block; what is left at the edges is dropped."""
    found = pixels(image)
    height, width = found.shape[0] // BLOCK, found.shape[1] // BLOCK
    cut = found[: height * BLOCK, : width * BLOCK]
    return cut.reshape(height, BLOCK, width, BLOCK, 3).mean((1, 3))


def shares(image: QImage) -> dict[str, float]:
    """How much of the picture has each alarm's color, 0 to 1."""
    found = pixels(image)
    result = {}
    for name, color in ALARM_COLORS.items():
        c = QColor(color)
        wanted = np.array([c.red(), c.green(), c.blue()], np.float32)
        result[name] = float((np.abs(found - wanted).max(2) < COLOR_NEAR).mean())
    return result


def unlike(image: QImage, reference: QImage) -> str:
    """In words how a picture differs from its reference; "" when it is alike."""
    now, was = blocks(image), pixels(reference)
    for axis, name in ((0, "height"), (1, "width")):
        if abs(now.shape[axis] - was.shape[axis]) > max(2, SIZE_MAY * was.shape[axis]):
            return f"{name} {now.shape[axis] * BLOCK}, was {was.shape[axis] * BLOCK}"
    height, width = min(now.shape[0], was.shape[0]), min(now.shape[1], was.shape[1])
    now, was = now[:height, :width], was[:height, :width]
    edged = np.pad(was, ((1, 1), (1, 1), (0, 0)), mode="edge")
    least = np.full((height, width), 255.0, np.float32)
    for down in range(3):
        for right in range(3):
            there = edged[down : down + height, right : right + width]
            least = np.minimum(least, np.abs(now - there).max(2))
    odd = float((least > NEAR).mean())
    if odd > ODD_BLOCKS:
        y, x = np.unravel_index(int(least.argmax()), least.shape)
        return f"{odd:.1%} of its blocks differ, most at {x * BLOCK}, {y * BLOCK}"
    for name, share in shares(image).items():
        wanted = float(reference.text(name) or 0)
        if max(share, wanted) > COLOR_FEW and abs(share - wanted) > COLOR_MAY * max(share, wanted):
            return f"{share:.2%} of it are {name}'s color, were {wanted:.2%}"
    return ""


def check(name: str, image: QImage) -> str:
    """Compare with the reference of this name, or draw it anew when that is asked for."""
    path = FOLDER / f"{name}.png"
    if os.environ.get(REDRAW):
        _draw(image, path)
        return ""
    reference = QImage(str(path))
    if reference.isNull():
        return f"{name}: no reference {path.name}; draw it with `make pictures`"
    said = unlike(image, reference)
    return f"{name}: {said}" if said else ""


def _draw(image: QImage, path: Path) -> None:
    found = np.ascontiguousarray(blocks(image).round().astype(np.uint8))
    height, width = found.shape[:2]
    small = QImage(found.tobytes(), width, height, width * 3, QImage.Format.Format_RGB888).copy()
    for name, share in shares(image).items():
        small.setText(name, f"{share:.6f}")
    path.parent.mkdir(exist_ok=True)
    if not small.save(str(path)):
        raise OSError(f"{path} can't be written")
