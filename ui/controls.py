"""Small controls that keep the screen's rules: buttons that say why, labels with a tone.

Owns: ``ActionButton``, ``Note`` and the layout of a row of actions. May not: know commands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.theme import Tone


def set_tone(widget: QWidget, tone: Tone | str) -> None:
    """Give a widget the look of a tone (a QSS property), only when it changes."""
    value = str(tone)
    if widget.property("tone") != value:
        widget.setProperty("tone", value)
        # What lies in it takes its color from it, and Qt does not look at it again by itself.
        for each in (widget, *widget.findChildren(QWidget)):
            each.style().unpolish(each)
            each.style().polish(each)


class Note(QLabel):
    """Text with a tone, wrapped and selectable."""

    def __init__(self, text: str = "", tone: Tone = Tone.NORMAL, *, wrap: bool = True) -> None:
        super().__init__(text)
        self.setWordWrap(wrap)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_tone(self, tone)

    def minimumSizeHint(self) -> QSize:
        # One line, however long the text: a long remark must not force the window to grow.
        return QSize(40, self.fontMetrics().height())

    def say(self, text: str, tone: Tone = Tone.NORMAL) -> None:
        """Change text and tone; hidden when there is nothing to say."""
        if self.text() != text:
            self.setText(text)
        set_tone(self, tone)
        self.setVisible(bool(text))


class ActionButton(QPushButton):
    """A button that acts on the object caught at press, if it is still that one at release.

    ``subject`` names the object it would act on now ("" for none). While it can't act it is
    disabled and says why, in text, in ``why`` (shown beneath by ``ActionRow``) and as a tip."""

    acted = Signal(str)
    slipped = Signal()

    def __init__(self, text: str, subject: Callable[[], str], tip: str = "") -> None:
        super().__init__(text)
        self._subject = subject
        self._caught: str | None = None
        self._tip = tip
        self.plain_text = text
        self.why = ""
        self._barred = self._refused = ""
        self.setAccessibleName(text)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pressed.connect(self._catch)
        self.clicked.connect(self._release)

    def allow(self, why_not: str) -> None:
        """Enable, or disable with the reason; what the role may not do stays barred."""
        self._refused = why_not
        why_not = self._barred or why_not
        self.why = why_not
        self.setEnabled(not why_not)
        self.setToolTip(why_not or self._tip)
        self.setAccessibleDescription(why_not or self._tip)

    def bar(self, why_not: str) -> None:
        """Disable it, whatever is selected, because of the role; "" lifts that again."""
        if why_not != self._barred:
            self._barred = why_not
            self.allow(self._refused)

    def set_pending(self, text: str) -> None:
        """Show that its last request is under way ("" for not)."""
        self.setText(text or self.plain_text)
        pending = "true" if text else "false"
        if self.property("pending") != pending:
            self.setProperty("pending", pending)
            self.style().unpolish(self)
            self.style().polish(self)

    def _catch(self) -> None:
        self._caught = self._subject()

    def _release(self) -> None:
        caught, self._caught = self._caught, None
        if caught is None:
            caught = self._subject()  # by keyboard shortcut: press and release are one
        if not caught or caught != self._subject():
            self.slipped.emit()
        else:
            self.acted.emit(caught)


class FlowLayout(QLayout):
    """Puts widgets side by side and wraps them, so that a narrow dock hides none."""

    def __init__(self, parent: QWidget | None = None, gap: int = 5) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), dry=True)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, dry=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, *, dry: bool) -> int:
        lines: list[list[QLayoutItem]] = [[]]
        x = rect.x()
        for item in self._items:
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            width = item.sizeHint().width()
            if lines[-1] and x + width > rect.right() + 1:
                lines.append([])
                x = rect.x()
            lines[-1].append(item)
            x += width + self._gap
        y = rect.y()
        for line in lines:
            height = max((item.sizeHint().height() for item in line), default=0)
            x = rect.x()
            for item in line:
                hint = item.sizeHint()
                if not dry:
                    middle = y + (height - hint.height()) // 2
                    item.setGeometry(QRect(QPoint(x, middle), hint))
                x += hint.width() + self._gap
            y += height + self._gap
        return y - self._gap - rect.y()


class ActionRow(QFrame):
    """Buttons side by side, and beneath them why the disabled ones are."""

    def __init__(self, widgets: Iterable[QWidget]) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._buttons: list[ActionButton] = []
        holder = QWidget()
        holder.setSizePolicy(policy)
        flow = FlowLayout(holder)
        for widget in widgets:
            flow.addWidget(widget)
            if isinstance(widget, ActionButton):
                self._buttons.append(widget)
        self.note = Note("", Tone.DIM)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(holder)
        column.addWidget(self.note)
        self.note.hide()

    def explain(self) -> None:
        """Collect the reasons of the disabled buttons; equal ones are said once."""
        reasons: dict[str, list[str]] = {}
        for button in self._buttons:
            if button.why and not button.isHidden():
                reasons.setdefault(button.why, []).append(button.plain_text.rstrip("…"))
        shown = [b for b in self._buttons if not b.isHidden()]
        if len(reasons) == 1 and all(b.why for b in shown):
            why = next(iter(reasons))
            self.note.say(why[:1].upper() + why[1:] + ".", Tone.DIM)
            return
        lines = [f"{', '.join(names)}: {why}" for why, names in reasons.items()]
        self.note.say("\n".join(lines), Tone.DIM)
