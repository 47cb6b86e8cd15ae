"""Groups of every shape, drawn from the seed.

Owns: the requests that the simulated trader submits, and the instruments they are about. May not:
submit. Quantities are whole lots; prices do not matter, because the venue does not match.
"""

from __future__ import annotations

from decimal import Decimal

from engine.core.commands import ChildSpec, GroupRequest, LegRequest, StopSpec
from engine.core.model import Instrument
from engine.core.terms import LegType, OrdType, Release, RiskShortfall, Side, TimeInForce
from engine.sim.chance import Chance

INSTRUMENTS = (
    Instrument("OPT1", lot=Decimal(1), tick=Decimal("0.05")),
    Instrument("OPT5", lot=Decimal(5), tick=Decimal("0.01")),
    Instrument("FUT", lot=Decimal(1)),
)
SYMBOLS = (*(instrument.symbol for instrument in INSTRUMENTS), "UNLISTED")
TRIGGER = Decimal(40)


def lot_of(symbol: str) -> Decimal:
    return next((each.lot for each in INSTRUMENTS if each.symbol == symbol), Decimal(1))


def draw_group(chance: Chance, group_id: str) -> GroupRequest:
    """A group with one or two legs of each type."""
    rng = chance.rng
    base = rng.randint(1, 12)
    hedges, risks = 1 + (rng.random() < 0.25), 1 + (rng.random() < 0.3)
    legs = [_leg(chance, f"H{n}", LegType.HEDGE, base) for n in range(1, hedges + 1)]
    legs += [_leg(chance, f"R{n}", LegType.RISK, base) for n in range(1, risks + 1)]
    return GroupRequest(
        group_id=group_id,
        legs=tuple(legs),
        release=Release.PROPORTIONAL if rng.random() < 0.4 else Release.AFTER_HEDGE,
        on_risk_shortfall=RiskShortfall.UNWIND if rng.random() < 0.3 else RiskShortfall.KEEP,
    )


def _leg(chance: Chance, leg_id: str, leg_type: LegType, base: int) -> LegRequest:
    rng = chance.rng
    symbol = chance.one_of(SYMBOLS)
    lot = lot_of(symbol)
    quantity = lot * base * (rng.randint(1, 3) if rng.random() < 0.3 else 1)
    side = chance.one_of(list(Side))
    limit = rng.random() < 0.8
    child = None
    if rng.random() < 0.3 and quantity > lot:
        interval = Decimal(rng.randint(1, 10)) / 10
        child = ChildSpec(lot * rng.randint(1, max(1, base // 2)), interval)
    stop = None
    if leg_type is LegType.RISK and rng.random() < 0.35:
        stop = StopSpec(TRIGGER)
    ways = (TimeInForce.DAY, TimeInForce.DAY, TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC)
    return LegRequest(
        leg_id=leg_id,
        leg_type=leg_type,
        symbol=symbol,
        side=side,
        quantity=quantity,
        order_type=OrdType.LIMIT if limit else OrdType.MARKET,
        price=Decimal(10) if limit else None,
        tif=chance.one_of(ways),
        hedge_symbol="FUT"
        if leg_type is LegType.HEDGE and lot == 1 and rng.random() < 0.2
        else None,
        child=child,
        stop_loss=stop,
    )
