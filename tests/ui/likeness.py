"""Whether a picture of a panel still looks as it should, whatever the font and its hinting.

A reference is a small PNG: the average color of each 8×8 block, and in its text fields the share
of pixels that have an alarm's color. Pictures are compared by regions of 6×6 blocks: words in
another font change a region's average by little (tried with four families: at most 2.4 % of the
regions by more than 7 of 255), while a panel or a row of buttons that is missing, cut off or laid
out anew changes whole regions (8 % and more). A lost alarm changes the share of its color.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from ui.theme import ORANGE, REDDISH_PURPLE, SKY_BLUE, VERMILLION

BLOCK = 8
REGION = 6  # blocks
NEAR = 7  # of 255: regions that differ by less are alike
ODD_REGIONS = 0.04  # share of regions that may be unlike
SIZE_MAY = 0.06  # another font may make a panel so much larger or smaller
COLOR_NEAR = 40
COLOR_MAY = 0.3  # of the share of an alarm's color
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


def regions(found: Pixels) -> Pixels:
    """The average color of each 6×6 blocks; what is left at the edges makes smaller regions."""
    down = range(0, found.shape[0], REGION)
    across = range(0, found.shape[1], REGION)
    return np.array(
        [[found[y : y + REGION, x : x + REGION].mean((0, 1)) for x in across] for y in down],
        np.float32,
    )


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
    apart = np.abs(regions(now[:height, :width]) - regions(was[:height, :width])).max(2)
    odd = int((apart > NEAR).sum())
    if odd > max(1, ODD_REGIONS * apart.size):
        y, x = np.unravel_index(int(apart.argmax()), apart.shape)
        at = f"{x * REGION * BLOCK}, {y * REGION * BLOCK}"
        return f"{odd} of its {apart.size} regions differ, most at {at}"
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
