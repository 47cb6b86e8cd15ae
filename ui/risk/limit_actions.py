"""What the risk role may do about the limits: reload, lift one once, let a stopped shape go on.

Owns: these three and their confirmations. May not: read a file by itself (the host passes the
reader), or lift anything: the engine does, and says so.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine import (
    AllowRepeats,
    Answer,
    Command,
    LimitDecision,
    Limits,
    LimitsError,
    LimitsView,
    OverrideLimit,
    ReloadLimits,
    Verdict,
)
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow
from ui.formats import words
from ui.proposal import Facts, Proposal
from ui.strip import ConfirmStrip
from ui.theme import Tone

ReadLimits = Callable[[], Limits]
ALL = "all controls"
NO_FILE = "the desk was started without a limits file"


class LimitActions(QWidget):
    """The buttons under the limits. Barred with the reason where the role may not."""

    def __init__(self, bridge: Bridge, read: ReadLimits | None) -> None:
        super().__init__()
        self._bridge = bridge
        self._read = read
        self._view: LimitsView | None = None
        self.strip = ConfirmStrip(bridge, "limits")
        self.reload = ActionButton(
            "Reload limits…", lambda: "limits", "Put the file in force as it stands now"
        )
        self.target, self.control = QLineEdit(), QComboBox()
        self.target.setPlaceholderText("group or order")
        self.target.setAccessibleName("Group or order to lift a hard limit for")
        self.target.setMaximumWidth(110)
        self.control.setAccessibleName("Which control is lifted")
        self.override = ActionButton(
            "Lift once…", lambda: self.target.text().strip(), "Override a hard limit, once"
        )
        self.shape = QComboBox()
        self.shape.setAccessibleName("Shape that was stopped for repeating")
        self.shape.setMaximumWidth(150)
        self.allow = ActionButton(
            "Let it go on…", self.shape.currentText, "The shape may be submitted again"
        )
        self.repeats = QLabel("Stopped")
        caption = QLabel("Hard limit")
        self.row = ActionRow(
            (
                self.reload, caption, self.target, self.control, self.override, self.repeats,
                self.shape, self.allow,
            )
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 4)
        column.setSpacing(3)
        column.addWidget(self.strip)
        column.addWidget(self.row)
        bridge.bar(self.reload, ReloadLimits)
        bridge.bar(self.override, OverrideLimit)
        bridge.bar(self.allow, AllowRepeats)
        bridge.person_changed.connect(lambda _: self._explain())
        self.reload.acted.connect(lambda _: self._reload())
        self.override.acted.connect(self._override)
        self.allow.acted.connect(self._allow_repeats)
        for button in (self.reload, self.override, self.allow):
            button.slipped.connect(
                lambda: self.strip.say("It changed while you pressed; nothing was done.")
            )
        self.target.textChanged.connect(lambda _: self._explain())
        self.target.returnPressed.connect(self.override.click)
        self.strip.answered.connect(self._answered)
        self.show_limits(None)

    def bind(self, keymap: Keymap, home: QWidget) -> None:
        keymap.connect_action("limits.reload", home, self.reload.click)
        keymap.connect_action("limits.override", home, self.override.click)

    def show_limits(self, view: LimitsView | None) -> None:
        """Act on these from now on."""
        self._view = view
        controls = [ALL]
        shapes: tuple[str, ...] = ()
        if view is not None:
            limited = {use.control for use in view.uses}
            for rule in view.rules:
                limited |= {
                    name
                    for name in rule.__dataclass_fields__
                    if getattr(rule, name) and (name.startswith(("max_", "collar", "period_c")))
                }
                limited |= {"restricted"} if rule.restricted else set()
                limited |= {"trading_hours"} if rule.trading_hours else set()
                limited |= {"duplicate_window_ms"} if rule.duplicate_window_ms else set()
            controls += sorted(limited)
            shapes = view.repeats_stopped
        _refill(self.control, controls)
        _refill(self.shape, shapes)
        for widget in (self.repeats, self.shape, self.allow):
            widget.setVisible(bool(shapes))
        self._explain()

    def take_up(self, decision: LimitDecision) -> None:
        """Fill in what a refusal was about, for lifting it."""
        if decision.verdict is not Verdict.REFUSED or not self.target.isEnabled():
            return
        self.target.setText(decision.target)
        at = self.control.findText(decision.control)
        self.control.setCurrentIndex(max(0, at))

    # --- inside ------------------------------------------------------------------------
    def _explain(self) -> None:
        barred = bool(self._bridge.denied(OverrideLimit))
        self.target.setDisabled(barred)
        self.control.setDisabled(barred)
        none = "" if self._view is not None else "no limits are in force"
        self.reload.allow("" if self._read is not None else NO_FILE)
        named = "" if self.target.text().strip() else "name the group or the order first"
        self.override.allow(none or named)
        self.allow.allow(none)
        self.row.explain()

    def _reload(self) -> None:
        assert self._read is not None, "the button is disabled without a reader"
        try:
            limits = self._read()
        except LimitsError as error:
            self.strip.say(f"Not reloaded; the limits in force stay. {error}", Tone.WARNING)
            return
        user = self._bridge.user

        def make(reason: str) -> Command:
            return ReloadLimits(user=user, limits=limits, reason=reason)

        self.strip.propose(
            Proposal(
                f"Put the limits of {limits.source} in force: {len(limits.rules)} rules",
                "whole, at once, for everybody; the answer says what changed",
                None,
                self._unchanged(),
                Tone.WARNING,
                with_reason=make,
            )
        )

    def _unchanged(self) -> Callable[[], Facts]:
        """What a reload rests on: that nobody else put other limits in force meanwhile."""
        before = None if self._view is None else self._view.rules

        def look() -> Facts:
            view = self._bridge.engine.limits()
            now = None if view is None else view.rules
            return (("limits in force", "as shown" if now == before else "others"),)

        return look

    def _override(self, target: str) -> None:
        control = self.control.currentText()
        controls = () if control == ALL else (control,)
        user = self._bridge.user

        def make(reason: str) -> Command:
            return OverrideLimit(user=user, target=target, controls=controls, reason=reason)

        what = "every hard limit" if not controls else f"the hard limit “{words(control)}”"
        self.strip.propose(
            Proposal(
                f"Lift {what} once, for {target} only",
                "it goes through when it is asked for next; recorded under your name",
                None,
                lambda: (("for", target),),
                Tone.WARNING,
                with_reason=make,
            )
        )

    def _allow_repeats(self, shape: str) -> None:
        user = self._bridge.user

        def make(reason: str) -> Command:
            return AllowRepeats(user=user, shape=shape, reason=reason)

        def look() -> Facts:
            view = self._bridge.engine.limits()
            stopped = view is not None and shape in view.repeats_stopped
            return (("stopped", "yes"),) if stopped else ()

        self.strip.propose(
            Proposal(
                f"Let “{shape}” be submitted again",
                "its count begins anew",
                None,
                look,
                Tone.WARNING,
                with_reason=make,
            )
        )

    def _answered(self, answer: Answer) -> None:
        if answer.accepted and answer.what == "override_limit":
            self.target.clear()


def _refill(box: QComboBox, texts: list[str] | tuple[str, ...]) -> None:
    """New choices; the chosen one stays where it is still there, and an open list isn't
    disturbed when nothing changed."""
    if [box.itemText(i) for i in range(box.count())] == list(texts):
        return
    chosen = box.currentText()
    box.clear()
    box.addItems(list(texts))
    box.setCurrentIndex(max(0, box.findText(chosen)))
