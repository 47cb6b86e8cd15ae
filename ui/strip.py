"""Confirmation in the panel: what would be done, Enter or Esc, and the engine's answer.

Owns: the strip that shows a ``Proposal``. May not: be a dialog, assume success, or confirm
something other than what it shows: it refuses when one of the facts it was opened with has
changed, and it expires.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QShortcut,
    QShowEvent,
    Qt,
)
from PySide6.QtWidgets import (
    QBoxLayout,
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine import Answer, Command
from ui.bridge import Bridge
from ui.formats import age
from ui.proposal import Facts, Proposal, what_changed
from ui.theme import Tone

EXPIRES_S = 10.0
ARMS_AFTER_S = 0.25
TAKEN_UP_STAYS_S = 6.0
REFUSED_STAYS_S = 20.0
"""Whatever was not done stays long enough to be read; Esc closes it before."""
LOOK_MS = 100
WORDS_WIDE = 34  # characters that a line needs to be read at a glance


class _State(Enum):
    IDLE = auto()
    ASKING = auto()
    SENT = auto()
    SAID = auto()


class ConfirmStrip(QFrame):
    """One strip a panel. ``answered`` carries the engine's answer, ``dropped`` why nothing was
    asked."""

    answered = Signal(object)  # Answer
    dropped = Signal(str)

    def __init__(
        self,
        bridge: Bridge,
        name: str,
        parent: QWidget | None = None,
        *,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAccessibleName(f"Confirmation in {name}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._bridge = bridge
        self._mono = mono
        self._state = _State.IDLE
        self._proposal: Proposal | None = None
        self._seen: Facts = ()
        self._since = 0.0
        self._stays_s = REFUSED_STAYS_S
        self._back: QWidget | None = None
        self._escape: QShortcut | None = None
        self.text = QLabel("")
        self.text.setWordWrap(True)
        self.note = QLabel("")
        self.note.setProperty("tone", "dim")
        self.note.setWordWrap(True)
        self.confirm = QPushButton("Confirm ⏎")
        self.confirm.setObjectName("confirm")
        self.confirm.setAccessibleName("Confirm")
        self.cancel = QPushButton("Cancel Esc")
        self.cancel.setAccessibleName("Do not do it")
        self.reason = QLineEdit()
        self.reason.setAccessibleName(f"Reason, in {name}")
        self.reason.setPlaceholderText("Reason (required)")
        self.reason.textChanged.connect(lambda _: self._stay())
        self.reason.returnPressed.connect(self._confirm)
        self.reason.hide()
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.addWidget(self.text)
        lines.addWidget(self.reason)
        lines.addWidget(self.note)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.confirm)
        buttons.addWidget(self.cancel)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(8, 4, 6, 4)
        self._row.addLayout(lines, 1)
        self._row.addLayout(buttons)
        self.confirm.clicked.connect(self._confirm)
        self.cancel.clicked.connect(self.close_strip)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._watch)
        self.hide()

    @property
    def asking(self) -> bool:
        """Whether it waits for Enter."""
        return self._state is _State.ASKING

    @property
    def pending(self) -> bool:
        """Whether it waits for the engine's answer."""
        return self._state is _State.SENT

    def propose(self, proposal: Proposal) -> None:
        """Show a proposal; a command still waiting for its answer is not interrupted."""
        if self._state is _State.SENT:
            return
        if why := self._denied(proposal):
            self.say(f"Not possible: {why}", Tone.DIM)
            return
        self._proposal = proposal
        self._seen = proposal.look()
        self._since = self._mono()
        self._state = _State.ASKING
        self.text.setText(proposal.verb)
        self._dress(proposal.tone)
        self._buttons(confirm=True)
        focus = self.window().focusWidget()
        if focus is not None and focus is not self and not self.isAncestorOf(focus):
            self._back = focus
        self.reason.clear()
        self.show()
        (self if self.reason.isHidden() else self.reason).setFocus()
        self._timer.start()
        self._watch()

    def send(self, command: Command, verb: str) -> None:
        """Send something that needs no confirmation, and show the answer here."""
        if self._state is _State.SENT:
            return
        if why := self._bridge.denied(type(command)):
            self.say(f"Not possible: {why}", Tone.DIM)
            return
        self._proposal = None
        self.text.setText(verb)
        self.show()
        self._go(command)

    def say(self, text: str, tone: Tone = Tone.NORMAL) -> None:
        """Show a sentence of the panel's own (why something wasn't proposed)."""
        self._state = _State.SAID
        self._since = self._mono()
        self._stays_s = REFUSED_STAYS_S
        self.text.setText(text)
        self.note.setText("")
        self._dress(tone)
        self._buttons(confirm=False)
        self.show()
        self._timer.start()

    def close_strip(self) -> None:
        """Esc: nothing is done. A command already sent goes on; only the strip closes."""
        was = self._state
        self._state = _State.IDLE
        self._timer.stop()
        self.hide()
        if self._back is not None and was in (_State.ASKING, _State.SAID):
            self._back.setFocus()
        self._back = None
        if was is _State.ASKING:
            self.dropped.emit("canceled")

    # --- inside ------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """Buttons beneath the words where beside them the words would have no room."""
        beside = self.confirm.sizeHint().width() + self.cancel.sizeHint().width()
        narrow = self.width() < beside + self.fontMetrics().averageCharWidth() * WORDS_WIDE
        ways = QBoxLayout.Direction
        self._row.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._escape is None:
            # Esc closes it from anywhere in its panel; Enter confirms only with the keyboard here.
            home: QWidget = self
            while (above := home.parentWidget()) is not None and not home.isWindow():
                if isinstance(above, QDockWidget | QMainWindow):
                    break
                home = above
            self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), home)
            self._escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self._escape.activated.connect(self.close_strip)
        self._escape.setEnabled(True)
        self._turn()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._escape is not None:
            self._escape.setEnabled(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_strip()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.isAutoRepeat():
                return
            if self.cancel.hasFocus():
                # Not while it waits for the answer: a second Enter must not hide that.
                if not self.pending:
                    self.close_strip()
            else:
                self._confirm()
        else:
            super().keyPressEvent(event)

    def _denied(self, proposal: Proposal) -> str:
        """Why the role doesn't allow it; "" when it does. The engine would say the same."""
        command = proposal.command
        if proposal.with_reason is not None:
            command = proposal.with_reason("")
        return "" if command is None else self._bridge.denied(type(command))

    def _confirm(self) -> None:
        # A second click, or the second half of a double click, finds the strip not asking
        # any more, or not armed yet.
        if self._state is not _State.ASKING or self._proposal is None:
            return
        if self._mono() - self._since < ARMS_AFTER_S or not self._unchanged():
            return
        proposal = self._proposal
        if proposal.act is not None:
            self.close_strip()
            proposal.act()
        elif proposal.with_reason is not None:
            reason = self.reason.text().strip()
            if reason:
                self._go(proposal.with_reason(reason))
        elif proposal.command is not None:
            self._go(proposal.command, proposal.also)

    def _stay(self) -> None:
        """Typing a reason keeps a proposal from expiring."""
        if self._state is _State.ASKING:
            self._since = self._mono() - ARMS_AFTER_S

    def _go(self, command: Command, also: tuple[Command, ...] = ()) -> None:
        self._state = _State.SENT
        self._since = self._mono()
        self._dress(Tone.PENDING)
        self._buttons(confirm=False)
        self._timer.start()
        self._watch()
        self._bridge.spawn(type(command).__name__, self._ask((command, *also)))

    async def _ask(self, commands: tuple[Command, ...]) -> None:
        """Send one after the other; the first refusal ends it, and says how far it came."""
        for done, command in enumerate(commands):
            answer = await self._bridge.ask(command)
            if self._offers_again(command, answer):
                return
            if not answer.accepted:
                if len(commands) > 1:
                    said = f"{done} of {len(commands)} were taken up, then: {answer.reason}"
                    answer = Answer(answer.command_id, answer.what, False, said, answer.field)
                break
        self._answer(answer)

    def _offers_again(self, command: Command, answer: Answer) -> bool:
        """A soft limit asks to be confirmed: propose the same command with that said."""
        soft = answer.confirmable and not answer.accepted
        if not soft or getattr(command, "confirm", None) is not False:
            return False
        again = replace(command, confirm=True)  # type: ignore[call-arg]
        self._state = _State.IDLE
        look = (lambda: ()) if self._proposal is None else self._proposal.look
        verb = f"Over a soft limit. {self.text.text()}"
        self.propose(Proposal(verb, answer.reason, again, look, Tone.WARNING))
        return True

    def _answer(self, answer: Answer) -> None:
        if self._state is _State.SENT:
            self._state = _State.SAID
            self._since = self._mono()
            self._stays_s = TAKEN_UP_STAYS_S if answer.accepted else REFUSED_STAYS_S
            if answer.accepted:
                self.note.setText(f"Taken up by the engine. {answer.reason}".strip())
                self._dress(Tone.DIM)
            else:
                about = f" ({answer.field})" if answer.field else ""
                self.note.setText(f"Refused{about}: {answer.reason}")
                self._dress(Tone.WARNING)
            self._buttons(confirm=False)
        elif self._state is _State.IDLE and not answer.accepted:
            # It was closed before the answer came: a refusal must be seen all the same.
            self.say(f"Refused: {answer.reason}", Tone.WARNING)
        self.answered.emit(answer)
        self._give_back()

    def _give_back(self) -> None:
        if self._back is not None and self.hasFocus():
            self._back.setFocus()
        self._back = None

    def _unchanged(self) -> bool:
        assert self._proposal is not None
        change = what_changed(self._seen, self._proposal.look())
        if not change:
            return True
        self.say(f"Not done: {change}. Look again and ask anew.", Tone.WARNING)
        self.dropped.emit(change)
        self._give_back()
        return False

    def _watch(self) -> None:
        passed = self._mono() - self._since
        if self._state is _State.ASKING:
            if passed >= EXPIRES_S:
                self.say("Expired after 10 s; nothing was done.", Tone.DIM)
                self.dropped.emit("expired")
                self._give_back()
            elif self._unchanged():
                assert self._proposal is not None
                left = f"expires in {EXPIRES_S - passed:.0f} s"
                self.note.setText(" · ".join(t for t in (self._proposal.cost, left) if t))
                typed = self._proposal.with_reason is None or bool(self.reason.text().strip())
                self.confirm.setEnabled(passed >= ARMS_AFTER_S and typed)
        elif self._state is _State.SENT:
            self.note.setText(f"asked {age(passed)} ago, no answer yet; not done until it says so")
        elif self._state is _State.SAID and passed >= self._stays_s:
            self.close_strip()

    def _buttons(self, *, confirm: bool) -> None:
        asks = self._proposal is not None and self._proposal.with_reason is not None
        self.reason.setVisible(confirm and asks)
        self.confirm.setVisible(confirm)
        self.confirm.setEnabled(False)
        self.cancel.setText("Cancel Esc" if confirm else "Close Esc")

    def _dress(self, tone: Tone) -> None:
        self.setProperty("tone", tone.value)
        self.style().unpolish(self)
        self.style().polish(self)
