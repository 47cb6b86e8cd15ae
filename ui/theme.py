"""Colours, sizes and the style sheet, from tokens.

Owns: the two themes as tokens, Okabe-Ito's alarm colours, contrast, palette and QSS. May not:
know panels. Alarm colours are used for alarms and for nothing else; everything normal is grey.
Colours are "#rrggbb" text. Source of the alarm colours: Okabe and Ito, "Color Universal Design".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import StrEnum

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QWidget

from ui.assets import resource

ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
BLUISH_GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
REDDISH_PURPLE = "#CC79A7"
OKABE_ITO = (ORANGE, SKY_BLUE, BLUISH_GREEN, YELLOW, BLUE, VERMILLION, REDDISH_PURPLE)

SCALES = (100, 110, 125, 150, 175, 200)
BASE_PX = 12


class Tone(StrEnum):
    """What a piece of text means; the theme says how that looks."""

    NORMAL = "normal"
    DIM = "dim"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"
    PENDING = "pending"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme. ``*_text`` is for words on a surface, ``*_fill`` a background with ``on_*``
    for the words on it."""

    name: str
    window: str
    surface: str
    raised: str
    line: str
    text: str
    dim: str
    disabled: str
    accent: str
    select: str
    on_select: str
    highlight: str
    bar: str
    bar_working: str
    critical_fill: str
    on_critical: str
    critical_text: str
    warning_fill: str
    on_warning: str
    warning_text: str
    info_fill: str
    on_info: str
    info_text: str
    pending_text: str
    stale_fill: str
    on_stale: str
    stale_text: str


DARK = Tokens(
    name="dark",
    window="#111417",
    surface="#171b1f",
    raised="#242a30",
    line="#38414a",
    text="#e4e8ec",
    dim="#a3afba",
    disabled="#8b97a2",
    accent="#8fb3cc",
    select="#28394a",
    on_select="#ffffff",
    highlight="#3b444c",
    bar="#7d8a96",
    bar_working="#46515b",
    critical_fill=VERMILLION,
    on_critical="#000000",
    critical_text="#ff8a3d",
    warning_fill=ORANGE,
    on_warning="#000000",
    warning_text=ORANGE,
    info_fill=SKY_BLUE,
    on_info="#000000",
    info_text=SKY_BLUE,
    pending_text=YELLOW,
    stale_fill=REDDISH_PURPLE,
    on_stale="#000000",
    stale_text="#e3a5c7",
)

LIGHT = Tokens(
    name="light",
    window="#e9ecef",
    surface="#ffffff",
    raised="#f3f5f7",
    line="#b9c1c9",
    text="#15191d",
    dim="#4c5761",
    disabled="#59646e",
    accent="#2f5d7c",
    select="#cfe0ec",
    on_select="#0b1116",
    highlight="#e3e7ea",
    bar="#6c7883",
    bar_working="#bcc5cd",
    critical_fill=VERMILLION,
    on_critical="#000000",
    critical_text="#9c4400",
    warning_fill=ORANGE,
    on_warning="#000000",
    warning_text="#7a5400",
    info_fill=SKY_BLUE,
    on_info="#000000",
    info_text="#0a5a86",
    pending_text="#665c00",
    stale_fill=REDDISH_PURPLE,
    on_stale="#000000",
    stale_text="#853a60",
)

THEMES = {"dark": DARK, "light": LIGHT}

#: Every pair of words and ground that the screen uses; the test holds each to 4.5:1.
TEXT_PAIRS = tuple(
    [(f, g) for f in ("text", "dim", "disabled") for g in ("window", "surface", "raised")]
    + [
        (f"{tone}_text", ground)
        for tone in ("critical", "warning", "info", "pending", "stale")
        for ground in ("window", "surface", "raised")
    ]
    + [(f"on_{tone}", f"{tone}_fill") for tone in ("critical", "warning", "info", "stale")]
    + [("on_select", "select"), ("text", "highlight"), ("accent", "surface")]
    + [(f"{tone}_text", "select") for tone in ("critical", "warning", "info", "stale")]
)


def luminance(color: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2.1)."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


class Theme:
    """One theme at one text scale; knows colours by tone and builds the style sheet."""

    def __init__(self, name: str = "dark", scale: int = 100) -> None:
        if name not in THEMES:
            raise ValueError(f"theme {name!r} is unknown, expected one of {', '.join(THEMES)}")
        if not 100 <= scale <= 200:
            raise ValueError(f"text scale {scale} %, expected 100 to 200")
        self.tokens = THEMES[name]
        self.scale = scale
        self._sheet: str | None = None
        self._text = {
            Tone.NORMAL: QColor(self.tokens.text),
            Tone.DIM: QColor(self.tokens.dim),
            Tone.INFO: QColor(self.tokens.info_text),
            Tone.WARNING: QColor(self.tokens.warning_text),
            Tone.CRITICAL: QColor(self.tokens.critical_text),
            Tone.PENDING: QColor(self.tokens.pending_text),
            Tone.STALE: QColor(self.tokens.stale_text),
        }
        self._fills = {
            Tone.INFO: (QColor(self.tokens.info_fill), QColor(self.tokens.on_info)),
            Tone.WARNING: (QColor(self.tokens.warning_fill), QColor(self.tokens.on_warning)),
            Tone.CRITICAL: (QColor(self.tokens.critical_fill), QColor(self.tokens.on_critical)),
            Tone.STALE: (QColor(self.tokens.stale_fill), QColor(self.tokens.on_stale)),
        }

    @property
    def name(self) -> str:
        return self.tokens.name

    def text(self, tone: Tone) -> QColor:
        """The colour of words of this tone."""
        return self._text[tone]

    def fill(self, tone: Tone) -> tuple[QColor, QColor]:
        """Ground and words of a filled mark; only alarms and staleness have one."""
        return self._fills[tone]

    def color(self, token: str) -> QColor:
        return QColor(str(getattr(self.tokens, token)))

    def px(self, size: int) -> int:
        """A length in pixels at this text scale."""
        return max(1, round(size * self.scale / 100))

    def font(self, size: int = BASE_PX, *, bold: bool = False) -> QFont:
        """The interface font with tabular figures, ``size`` in pixels at 100 %."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        font.setPixelSize(self.px(size))
        font.setBold(bold)
        tag = QFont.Tag.fromString("tnum")
        if tag is not None:
            font.setFeature(tag, 1)
        return font

    def style_sheet(self) -> str:
        """The QSS of this theme: ``@token@`` becomes a colour, ``@12px@`` a scaled length."""
        values = {f.name: str(getattr(self.tokens, f.name)) for f in fields(self.tokens)}
        values["icons"] = resource("icons").as_posix()

        def put(match: re.Match[str]) -> str:
            word = match.group(1)
            if word.endswith("px") and word[:-2].isdigit():
                return f"{self.px(int(word[:-2]))}px"
            if word not in values:
                raise ValueError(f"desk.qss: @{word}@ is no token, expected one of the theme's")
            return values[word]

        if self._sheet is None:
            source = resource("qss", "desk.qss").read_text(encoding="utf-8")
            self._sheet = re.sub(r"@([a-z_0-9]+)@", put, source)
        return self._sheet

    def palette(self) -> QPalette:
        """The palette for what a style sheet doesn't reach."""
        palette = QPalette()
        role = QPalette.ColorRole
        for which, token in (
            (role.Window, "window"),
            (role.Base, "surface"),
            (role.AlternateBase, "raised"),
            (role.Button, "raised"),
            (role.ToolTipBase, "raised"),
            (role.Text, "text"),
            (role.WindowText, "text"),
            (role.ButtonText, "text"),
            (role.ToolTipText, "text"),
            (role.PlaceholderText, "dim"),
            (role.Highlight, "select"),
            (role.HighlightedText, "on_select"),
            (role.Link, "accent"),
        ):
            palette.setColor(which, self.color(token))
        for which in (role.Text, role.WindowText, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, which, self.color("disabled"))
        return palette

    def apply(self, part: QWidget) -> None:
        """Dress a part of the window and all in it."""
        part.setPalette(self.palette())
        part.setFont(self.font())
        part.setStyleSheet(self.style_sheet())
