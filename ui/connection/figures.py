"""The figures of one link: caption and value, side by side.

Owns: how a link and its session become words and tones. May not: read the engine, or operate
anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engine import ConnectionView, SessionState, SessionView
from ui.controls import set_tone
from ui.formats import NOTHING, SECOND_NS, age, number, words
from ui.theme import Tone

SILENT_NS = 3 * SECOND_NS
COLUMNS = 2
_UP = (SessionState.LOGGED_ON,)


@dataclass(frozen=True, slots=True)
class Figure:
    """One caption with its value."""

    caption: str
    value: str
    tone: Tone = Tone.NORMAL
    tip: str = ""


def figures(link: ConnectionView) -> tuple[Figure, ...]:
    """What is known of a link, what matters first."""
    silent = link.heard_age_ns is None or link.heard_age_ns > SILENT_NS
    heard = "never" if link.heard_age_ns is None else age(link.heard_age_ns / SECOND_NS)
    found = Figure("Last message", heard, Tone.WARNING if silent else Tone.NORMAL)
    return (found,) if link.session is None else (found, *_session(link.session))


def state_of(link: ConnectionView) -> tuple[str, Tone]:
    """Where the link stands, in a line, and how loud that is."""
    if link.session is None:
        up = link.connected
        return f"{link.name}: {'connected' if up else 'no link'}", _loud(up)
    session = link.session
    why = f" ({session.why})" if session.why else ""
    said = words(session.state.value).upper()
    return f"{said}{why} · {session.session}, venue {session.venue}", _loud(session.state in _UP)


def _loud(up: bool) -> Tone:
    return Tone.NORMAL if up else Tone.CRITICAL


def _session(session: SessionView) -> tuple[Figure, ...]:
    trip_ns = session.round_trip_ns
    trip = NOTHING if trip_ns is None else number(trip_ns / 1e6, 1, "ms")
    asked = "no"
    if session.resend is not None:
        asked = f"{session.resend[0]:,} to {session.resend[1]:,} asked for again"
    behind = session.uncommitted + session.waiting
    return (
        Figure("Next in", f"{session.next_in:,}", tip="MsgSeqNum expected from the counterparty"),
        Figure("Next out", f"{session.next_out:,}", tip="MsgSeqNum of our next message"),
        Figure(
            "Durable in",
            f"{session.committed_in:,}",
            tip="Last incoming MsgSeqNum that is committed; the others are asked for again "
            "after a crash",
        ),
        Figure("Not durable yet", f"{behind:,}", tip="Messages taken, not committed yet"),
        Figure("Round trip", trip, tip="TestRequest to Heartbeat"),
        Figure("Resend", asked, Tone.NORMAL if session.resend is None else Tone.WARNING),
        Figure("Resends served", f"{session.resends_served:,}", tip="Asked by the counterparty"),
        Figure("Logons", f"{session.logons:,}"),
        Figure("Came again", f"{session.repeated:,}", tip="PossDup messages that came before"),
        Figure(
            "Refused",
            f"{session.refused:,}",
            Tone.WARNING if session.refused else Tone.NORMAL,
            "Messages that the session layer refused: garbage, wrong numbers, wrong CompID",
        ),
        Figure("Open questions", f"{session.open_questions:,}"),
    )


class FigureGrid(QWidget):
    """Shows figures; the labels are kept and only their texts change."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._labels: list[tuple[QLabel, QLabel]] = []
        for column in range(COLUMNS):
            self._grid.setColumnStretch(2 * column + 1, 1)

    def show_figures(self, shown: tuple[Figure, ...]) -> None:
        """Show these, in this order."""
        while len(self._labels) < len(shown):
            self._grow()
        for at, (caption, value) in enumerate(self._labels):
            there = at < len(shown)
            caption.setVisible(there)
            value.setVisible(there)
            if not there:
                continue
            figure = shown[at]
            caption.setText(figure.caption)
            caption.setToolTip(figure.tip)
            if value.text() != figure.value:
                value.setText(figure.value)
            value.setAccessibleName(figure.caption)
            value.setToolTip(figure.tip or figure.value)
            set_tone(value, figure.tone)

    def text_of(self, caption: str) -> str:
        """The value shown beside a caption; "" when it isn't shown."""
        for label, value in self._labels:
            if label.text() == caption and not label.isHidden():
                return value.text()
        return ""

    def _grow(self) -> None:
        caption, value = QLabel(""), QLabel("")
        set_tone(caption, Tone.DIM)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        at = len(self._labels)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(caption, at // COLUMNS, 2 * (at % COLUMNS), top)
        self._grid.addWidget(value, at // COLUMNS, 2 * (at % COLUMNS) + 1, top)
        self._labels.append((caption, value))
