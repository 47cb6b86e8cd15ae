"""What a confirmation shows and rests on.

Owns: ``Proposal``, its facts, and the words for how they changed. May not: show or send anything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine import Command
from ui.theme import Tone

#: What a proposal rests on: label and value as shown, e.g. ("unhedged", "5").
Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing to confirm. ``verb``: the sentence, with object, quantity and price;
    ``cost``: the estimate; ``look`` reads the facts again, () when the object is gone.
    ``also``: further commands of the same kind, sent after the first was taken up. Instead of
    ``command``: ``with_reason`` makes it from a reason that must be typed, or ``act`` is called
    (for work that shows its own progress)."""

    verb: str
    cost: str
    command: Command | None
    look: Callable[[], Facts]
    tone: Tone = Tone.NORMAL
    also: tuple[Command, ...] = ()
    act: Callable[[], None] | None = None
    with_reason: Callable[[str], Command] | None = None


def what_changed(was: Facts, now: Facts) -> str:
    """The differences in words: "unhedged was 5, now 3"; "" when nothing changed."""
    if was == now:
        return ""
    if not now:
        return "it no longer exists"
    new = dict(now)
    parts = [
        f"{label} was {old}, now {new.get(label, 'gone')}"
        for label, old in was
        if new.get(label) != old
    ]
    return "; ".join(parts) or "what it shows has changed"
