"""One leg of the ticket: its fields, and what is wrong with each, said at the field.

Owns: the widgets of one leg and the plain object they stand for. May not: validate; the errors
come from the engine and are shown here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from engine import FieldError, LegType, OrdType, Side, TimeInForce
from ui.controls import Note
from ui.theme import Tone

Widget = QLineEdit | QComboBox

#: Field, caption, choices (none: text), width at 100 %, line (0: always shown, 1: with "More").
FIELDS: tuple[tuple[str, str, tuple[str, ...], int, int], ...] = (
    ("leg_id", "Leg", (), 46, 0),
    ("leg_type", "For", tuple(LegType), 74, 0),
    ("side", "Side", tuple(Side), 62, 0),
    ("quantity", "Quantity", (), 60, 0),
    ("symbol", "Symbol", (), 104, 0),
    ("order_type", "Type", (OrdType.LIMIT.value, OrdType.MARKET.value), 80, 0),
    ("price", "Price", (), 62, 0),
    ("tif", "TIF", tuple(TimeInForce), 58, 0),
    ("hedge_symbol", "Hedge with", (), 128, 1),
    ("hedge_side", "Hedge side", ("", *Side), 68, 1),
    ("child.max_quantity", "Slice max", (), 68, 1),
    ("child.interval_s", "Slice each s", (), 68, 1),
    ("stop_loss.trigger_price", "Stop at", (), 76, 1),
    ("stop_loss.offset", "Stop offset", (), 68, 1),
    ("stop_loss.timeout_s", "Stop after s", (), 68, 1),
)


class LegEditor(QFrame):
    """The fields of one leg. ``changed`` after each edit."""

    changed = Signal()
    removed = Signal(object)

    def __init__(self, number: int, symbols: QStringListModel, defaults: dict[str, str]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.fields: dict[str, Widget] = {}
        self._extra: list[QWidget] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 2)
        self._grid.setHorizontalSpacing(5)
        self._grid.setVerticalSpacing(1)
        columns = [0, 0]
        for name, caption, choices, width, line in FIELDS:
            self._add(number, name, caption, choices, width, line, columns[line], symbols)
            columns[line] += 1
        self.more = QPushButton("More")
        self.more.setCheckable(True)
        self.more.setAccessibleName(f"More fields of leg {number}: hedge, slices, stop")
        self.more.toggled.connect(self._show_more)
        remove = QPushButton("✕")
        remove.setAccessibleName(f"Remove leg {number}")
        remove.setToolTip(f"Remove leg {number}")
        remove.clicked.connect(lambda: self.removed.emit(self))
        self._grid.addWidget(self.more, 1, columns[0])
        self._grid.addWidget(remove, 1, columns[0] + 1)
        self._grid.setColumnStretch(columns[0] + 2, 1)
        self.wrong = Note("", Tone.WARNING)
        self._grid.addWidget(self.wrong, 4, 0, 1, columns[0] + 3)
        self.wrong.hide()
        self._show_more(False)
        for name, value in defaults.items():
            self.put(name, value)
        self._type_changed()

    def put(self, name: str, value: str) -> None:
        """Fill in a field."""
        widget = self.fields[name]
        if isinstance(widget, QComboBox):
            widget.setCurrentText(value)
        else:
            widget.setText(value)

    def text(self, name: str) -> str:
        widget = self.fields[name]
        return widget.currentText() if isinstance(widget, QComboBox) else widget.text().strip()

    def as_object(self) -> dict[str, Any]:
        """The leg as in a basket file; empty fields are left out."""
        out: dict[str, Any] = {}
        for name in self.fields:
            value = self.text(name)
            if not value or (name == "price" and not self.fields["price"].isEnabled()):
                continue
            if "." in name:
                part, key = name.split(".")
                out.setdefault(part, {})[key] = value
            else:
                out[name] = value
        return out

    def show_errors(self, errors: Sequence[tuple[str, FieldError]]) -> None:
        """Mark the fields that are wrong and say why beneath; empty fields only quietly."""
        wrong = {name for name, _ in errors}
        for name, widget in self.fields.items():
            bad = "true" if name in wrong or name.split(".")[0] in wrong else "false"
            if widget.property("wrong") != bad:
                widget.setProperty("wrong", bad)
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        lines = [f"{self._caption(name)}: expected {e.expected}, got {e.got}" for name, e in errors]
        self.wrong.say("\n".join(lines), Tone.WARNING)
        if any(
            n.split(".")[0] in ("hedge_symbol", "hedge_side", "child", "stop_loss") for n in wrong
        ):
            self.more.setChecked(True)

    # --- inside ------------------------------------------------------------------------
    def _add(
        self,
        number: int,
        name: str,
        caption: str,
        choices: tuple[str, ...],
        width: int,
        line: int,
        column: int,
        symbols: QStringListModel,
    ) -> None:
        widget: Widget
        if choices:
            widget = QComboBox()
            widget.addItems([str(c) for c in choices])
            widget.currentTextChanged.connect(lambda _: self._edited())
        else:
            widget = QLineEdit()
            widget.textChanged.connect(lambda _: self._edited())
        if name in ("symbol", "hedge_symbol") and isinstance(widget, QLineEdit):
            completer = QCompleter(symbols, widget)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            widget.setCompleter(completer)
        widget.setAccessibleName(f"{caption} of leg {number}")
        widget.setMinimumWidth(width)
        widget.setMaximumWidth(round(width * 1.7))
        label = QLabel(caption)
        label.setProperty("tone", "dim")
        label.setBuddy(widget)
        self._grid.addWidget(label, 2 * line, column)
        self._grid.addWidget(widget, 2 * line + 1, column)
        self.fields[name] = widget
        if line:
            self._extra += [label, widget]

    def _edited(self) -> None:
        if "price" in self.fields:
            self._type_changed()
        self.changed.emit()

    def _type_changed(self) -> None:
        limit = self.text("order_type") == OrdType.LIMIT.value
        self.fields["price"].setEnabled(limit)
        self.fields["price"].setToolTip("" if limit else "a MARKET order has no price")

    def _show_more(self, on: bool) -> None:
        for widget in self._extra:
            widget.setVisible(on)

    @staticmethod
    def _caption(name: str) -> str:
        for field, caption, *_ in FIELDS:
            if field == name:
                return caption
        return name or "Leg"
