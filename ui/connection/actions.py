"""What may be asked of the link: log on, log out, cancel all at the venue.

Owns: these buttons, why they can't, and what each confirmation rests on. May not: decide what the
link does; the answer shown is the link's own.
"""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine import Command, ConnectionView, LinkAction, OperateLink, SessionState
from ui.actions import Keymap
from ui.bridge import Bridge
from ui.controls import ActionButton, ActionRow, Note
from ui.formats import words
from ui.proposal import Facts, Proposal
from ui.strip import ConfirmStrip
from ui.theme import Tone


class LinkActions(QWidget):
    """The buttons of one link. A link without a session has none to press, and says so."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._link: ConnectionView | None = None
        self.remark = Note("", Tone.DIM)
        self.strip = ConfirmStrip(bridge, "the connection")
        self.log_on = ActionButton("Log on…", self._name, "Open the session (again)")
        self.log_out = ActionButton("Log out…", self._name, "Close the session and stay so")
        self.cancel_all = ActionButton(
            "Cancel all…",
            self._name,
            "One mass cancel request: the venue cancels every order of this session",
        )
        self.row = ActionRow((self.log_on, self.log_out, self.cancel_all))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        for widget in (self.strip, self.row, self.remark):
            column.addWidget(widget)
        for button, action in (
            (self.log_on, LinkAction.LOGON),
            (self.log_out, LinkAction.LOGOUT),
            (self.cancel_all, LinkAction.CANCEL_ALL),
        ):
            bridge.bar(button, OperateLink)
            button.acted.connect(lambda _, a=action: self._propose(a))
            button.slipped.connect(
                lambda: self.strip.say("It changed while you pressed; nothing was done.")
            )
        self.show_link(None)

    def bind(self, keymap: Keymap, home: QWidget) -> None:
        keymap.connect_action("connection.logon", home, self.log_on.click)
        keymap.connect_action("connection.logout", home, self.log_out.click)
        keymap.connect_action("connection.cancel_all", home, self.cancel_all.click)

    def _name(self) -> str:
        return "" if self._link is None else self._link.name

    def show_link(self, link: ConnectionView | None) -> None:
        """Act on this link from now on."""
        self._link = link
        session = None if self._link is None else self._link.session
        if session is None:
            name = self._name() or "the broker"
            self.remark.say(
                f"{name} is not reached over FIX: there is no session to operate, no sequence "
                "numbers and no FIX log.",
                Tone.DIM,
            )
            none = f"{name} has no session"
            for button in (self.log_on, self.log_out, self.cancel_all):
                button.allow(none)
            self.row.explain()
            return
        self.remark.say("")
        state = session.state
        up = state is SessionState.LOGGED_ON
        ended = "the session has ended" if state is SessionState.STOPPED else ""
        on = "it is logged on" if up else ""
        under_way = "a logon is under way" if state is SessionState.LOGON_SENT else ""
        leaving = "a logout is under way" if state is SessionState.LOGOUT_SENT else ""
        self.log_on.allow(ended or on or under_way)
        self.log_out.allow(ended or leaving)
        none = "" if session.mass_cancel else "the venue has no mass cancel; use KILL"
        self.cancel_all.allow(ended or none or ("" if up else "not logged on"))
        self.row.explain()

    def _facts(self) -> Facts:
        for link in self._bridge.engine.connections():
            if link.name == self._name() and link.session is not None:
                return (("session", words(link.session.state.value)),)
        return ()

    def _propose(self, action: LinkAction) -> None:
        link = self._link
        if link is None or link.session is None:
            return
        user, session = self._bridge.user, link.session.session

        def logout(reason: str) -> Command:
            return OperateLink(user=user, action=LinkAction.LOGOUT, reason=reason)

        if action is LinkAction.LOGOUT:
            verb = f"Log out from {session} and stay so until somebody logs on"
            cost = (
                "working orders stay at the venue and may fill; nothing can be sent, not even a "
                "cancel. The reason is sent along"
            )
            self.strip.propose(
                Proposal(verb, cost, None, self._facts, Tone.WARNING, with_reason=logout)
            )
            return
        verb = f"Log on to {session}"
        cost, tone = "missed messages are asked for again", Tone.NORMAL
        if action is LinkAction.CANCEL_ALL:
            verb = f"Ask {link.session.venue} to cancel every order of {session} at once"
            cost = "new orders are not blocked (KILL does that); what fills first stays a position"
            tone = Tone.WARNING
        self.strip.propose(
            Proposal(verb, cost, OperateLink(user=user, action=action), self._facts, tone)
        )
