"""What of the desk may be killed, as offered where a kill of a part is asked for.

Owns: the entries of the palette, of a group's menu and of the ticket's. May not: kill.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine import GroupRow, KillScope
from ui.bridge import EngineLike
from ui.risk.kill_words import SCOPES, what_words

OFFERED_MAX = 8
_WORD = "kill"


@dataclass(frozen=True, slots=True)
class KillOffer:
    """One part that may be killed."""

    scope: KillScope
    target: str

    @property
    def text(self) -> str:
        return f"KILL {what_words(self.scope, self.target)}…"


#: What the palette calls each scope, and back.
CALLED = {f"KILL {SCOPES[scope]}": scope for scope in SCOPES if scope is not KillScope.ALL}


def offers_for(row: GroupRow) -> tuple[KillOffer, ...]:
    """The parts that a group belongs to: itself, its instruments, its account."""
    symbols = dict.fromkeys(leg.symbol for leg in row.legs)
    return (
        KillOffer(KillScope.GROUP, row.group_id),
        *(KillOffer(KillScope.INSTRUMENT, symbol) for symbol in symbols),
        KillOffer(KillScope.ACCOUNT, row.account),
    )


def search_kills(engine: EngineLike, text: str) -> tuple[tuple[str, str], ...]:
    """For the palette: "kill" and a part of a name gives what fits, accounts first."""
    word, _, needle = text.strip().casefold().partition(" ")
    if word != _WORD:
        return ()
    needle = needle.strip()
    found = [
        (f"KILL {SCOPES[offer.scope]}", offer.target)
        for offer in _all(engine)
        if needle in offer.target.casefold()
    ]
    return tuple(dict.fromkeys(found))[:OFFERED_MAX]


def _all(engine: EngineLike) -> Iterator[KillOffer]:
    rows = [row for row in map(engine.group, engine.group_ids()) if row is not None]
    live = [row for row in rows if not row.closed]
    accounts: Iterable[str] = dict.fromkeys(row.account for row in live)
    yield from (KillOffer(KillScope.ACCOUNT, account) for account in accounts)
    yield from (KillOffer(KillScope.GROUP, row.group_id) for row in live)
    yield from (KillOffer(KillScope.INSTRUMENT, symbol) for symbol in engine.symbols())
