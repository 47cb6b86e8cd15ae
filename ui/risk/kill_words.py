"""A kill of a part or of all, in words.

Owns: how scopes and standing kills are said, the same in every place. May not: send anything.
"""

from __future__ import annotations

from engine import KillScope, KillView
from ui.theme import Tone

SCOPES = {
    KillScope.GROUP: "group",
    KillScope.INSTRUMENT: "instrument",
    KillScope.ACCOUNT: "account",
    KillScope.ALL: "the whole desk",
}


def what_words(scope: KillScope, target: str) -> str:
    """What is killed: "group G1", "the whole desk"."""
    return f"{SCOPES[scope]} {target}".rstrip()


def kill_verb(scope: KillScope, target: str) -> str:
    """The sentence that a confirmation shows."""
    if scope is KillScope.ALL:
        return "KILL the desk: block every new order, then cancel everything that works"
    return (
        f"KILL {what_words(scope, target)}: block every new order of it, then cancel what works "
        "of it"
    )


def count_words(kill: KillView) -> str:
    """Asked, confirmed, unknown."""
    if not kill.asked and not kill.unknown:
        return "nothing of it worked"
    return f"{kill.asked:,} asked, {kill.confirmed:,} confirmed, {len(kill.unknown):,} unknown"


def state_words(kill: KillView) -> str:
    """Whether anything of it may still fill."""
    if kill.unknown:
        return "may still fill: end not proven"
    return "nothing of it works" if kill.asked else "nothing of it worked"


def tone_of(kill: KillView) -> Tone:
    return Tone.CRITICAL if kill.unknown else Tone.WARNING
