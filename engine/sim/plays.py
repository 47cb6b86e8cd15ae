"""Fixed plays for the exhaustive crash points: what the trader wants and what the venue does.

Owns: the plays. May not: run them (``crash_points``). Nothing in a play depends on when the desk
is up: the venue's fills count from the arrival of an order, so every uninterrupted or crashed
run has one and the same right end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.commands import ChildSpec, GroupRequest, LegRequest, StopSpec
from engine.core.terms import LegType, Release, Side

Fates = Mapping[str, tuple[tuple[float, int], ...]]
"""By order reference: what fills how many seconds after its arrival. Not named: all at once."""


@dataclass(frozen=True, slots=True)
class Play:
    """``amends``: order reference -> the quantity that the trader wants; ``busts``: order
    reference -> how many seconds after its arrival the venue takes its last fill back, and ends it;
    ``falls``: the market trades through every stop from this second on; ``timeout_s``: of hedge
    legs and levels."""

    name: str
    group: GroupRequest
    fates: Fates = field(default_factory=dict)
    amends: Mapping[str, int] = field(default_factory=dict)
    busts: Mapping[str, float] = field(default_factory=dict)
    falls_at_s: float | None = None
    timeout_s: str = "5"


def _leg(leg_id: str, quantity: int, slices: int = 0, stop: bool = False) -> LegRequest:
    hedge = leg_id.startswith("H")
    return LegRequest(
        leg_id=leg_id,
        leg_type=LegType.HEDGE if hedge else LegType.RISK,
        symbol="OPT1" if hedge else "FUT",
        side=Side.BUY if hedge else Side.SELL,
        quantity=Decimal(quantity),
        price=Decimal(10),
        child=ChildSpec(Decimal(slices), Decimal("0.3")) if slices else None,
        stop_loss=StopSpec(Decimal(40)) if stop else None,
    )


def _group(*legs: LegRequest, release: Release = Release.AFTER_HEDGE) -> GroupRequest:
    return GroupRequest("G1", legs, release=release)


PLAYS: tuple[Play, ...] = (
    Play("simple", _group(_leg("H1", 10), _leg("R1", 10))),
    Play(
        "chain",
        _group(_leg("H1", 100), _leg("R1", 100)),
        fates={
            "G1/H1/1": ((0.2, 60),),
            "G1/H1/2": ((0.1, 25),),
            "G1/H1/3": ((0.1, 5),),
        },
        timeout_s="1.5",
    ),
    Play(
        "stop",
        _group(_leg("H1", 10), _leg("R1", 10, stop=True)),
        fates={"G1/R1/2": ((0.1, 4),)},
        falls_at_s=3.0,
    ),
    Play(
        "slices",
        _group(_leg("H1", 9, slices=3), _leg("R1", 9, slices=2), release=Release.PROPORTIONAL),
    ),
    Play(
        "replace",
        _group(_leg("H1", 10), _leg("R1", 10)),
        fates={"G1/R1/1": ((0.2, 4), (30.0, 9))},
        amends={"G1/R1/1": 13},
    ),
    Play("bust", _group(_leg("H1", 10), _leg("R1", 10)), busts={"G1/H1/1": 2.0}),
)
