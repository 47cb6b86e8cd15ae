"""The raw log as rows: columns, what is searched, and which lines are shown.

Owns: how a session's line becomes cells. May not: know FIX (the engine names the tags) or read
the engine.
"""

from __future__ import annotations

from collections.abc import Callable

from engine import Direction, SessionLine
from ui.formats import clock
from ui.table import Column, Look
from ui.theme import Tone

#: Which lines are shown, by the words of the choice.
SHOWN: tuple[tuple[str, Callable[[SessionLine], bool]], ...] = (
    ("Orders and session", lambda line: not line.is_beat and not line.is_quote),
    ("Garbage, refused, remarks", lambda line: line.direction is Direction.NOTE or line.warning),
    ("In", lambda line: line.direction is Direction.IN and not line.is_quote),
    ("Out", lambda line: line.direction is Direction.OUT),
    ("Quotes", lambda line: line.is_quote),
    ("All", lambda line: True),
)
_WAYS = {Direction.IN: "◀ in", Direction.OUT: "▶ out", Direction.NOTE: "note"}


def _look(line: SessionLine) -> Look:
    if line.warning:
        return Look(Tone.WARNING, icon="warning")
    return Look(Tone.DIM) if line.direction is Direction.NOTE else Look()


def _plain_look(line: SessionLine) -> Look:
    return Look(Tone.WARNING) if line.warning else Look()


def haystack(line: SessionLine) -> str:
    """What the filter searches: the line with its tags named, and as it stood on the wire."""
    return f"{line.body_first} {line.raw}"


def line_columns() -> tuple[Column[SessionLine], ...]:
    """One row a line."""
    return (
        Column(
            "number",
            "#",
            lambda line, _: f"{line.number:,}",
            sort=lambda line: line.number,
            look=_plain_look,
            numeric=True,
            width=50,
        ),
        Column(
            "time",
            "Time UTC",
            lambda line, _: clock(line.wall_ns),
            sort=lambda line: (line.wall_ns, line.number),
            look=_plain_look,
            width=94,
        ),
        Column("way", "Way", lambda line, _: _WAYS[line.direction], look=_look, width=58),
        Column(
            "seq",
            "Seq",
            lambda line, _: "" if line.seq is None else f"{line.seq:,}",
            sort=lambda line: -1 if line.seq is None else line.seq,
            look=_plain_look,
            numeric=True,
            width=56,
            tip="MsgSeqNum (34)",
        ),
        Column("type", "Message", lambda line, _: line.msg_name, look=_plain_look, width=124),
        Column("text", "Fields", lambda line, _: line.body_first, look=_plain_look, width=900),
    )


def raw_text(line: SessionLine) -> str:
    """The line as it stood on the wire, its separators made visible."""
    return line.raw.replace("\x01", "|")
