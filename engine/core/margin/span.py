"""The scan: sixteen scenarios, one array of losses a contract, the margin of a product.

Owns: SPAN's scenarios and risk arrays (CME, "SPAN methodology"). May not: know groups. The price
moves by 0, 1/3, 2/3 and 3/3 of the scan range both ways, each with volatility up and down; the
two extremes move it by a multiple of the range and count a fraction of the loss. A portfolio's
array is the sum of its contracts' arrays, and its margin the largest entry, at least the
short-option minimum: a maximum of linear functions of the quantities, so convex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add

from engine.core.margin.black import black
from engine.core.terms import InstrumentKind

Losses = Sequence[float]
SCENARIOS_COUNT = 16
_THIRDS = (0, 0, 1, 1, -1, -1, 2, 2, -2, -2, 3, 3, -3, -3)
_MOVES = tuple(third / 3 for third in _THIRDS)
NOTHING: Losses = (0.0,) * SCENARIOS_COUNT


@dataclass(frozen=True, slots=True)
class Scan:
    """The parameters of one product. ``price_range`` in price, ``volatility_range`` yearly."""

    product: str
    price_range: float
    volatility_range: float
    extreme_move: float
    extreme_cover: float
    short_minimum: float


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract as the scan sees it. ``unit``: money for 1.0 of price."""

    scan: Scan
    kind: InstrumentKind
    unit: float
    forward: float = 0.0
    strike: float = 0.0
    years: float = 0.0
    volatility: float = 0.0

    @property
    def is_option(self) -> bool:
        return self.kind in (InstrumentKind.CALL, InstrumentKind.PUT)


@dataclass(slots=True)
class Sum:
    """What is held in one product: losses by scenario, and short options."""

    losses: list[float] = field(default_factory=lambda: [0.0] * SCENARIOS_COUNT)
    shorts: float = 0.0

    def add(self, losses: Losses, shorts: float) -> None:
        self.losses = list(map(add, self.losses, losses))
        self.shorts += shorts

    def copy(self) -> Sum:
        return Sum(list(self.losses), self.shorts)


def risk_array(contract: Contract) -> tuple[float, ...]:
    """The loss (gains below zero) of one contract held long, in money, by scenario."""
    scan, unit = contract.scan, contract.unit
    moves = [move * scan.price_range for move in _MOVES]
    extreme = scan.extreme_move * scan.price_range
    if not contract.is_option:
        found = [-move * unit for move in moves]
        return (*found, -extreme * unit * scan.extreme_cover, extreme * unit * scan.extreme_cover)
    is_call = contract.kind is InstrumentKind.CALL
    forward, strike, years = contract.forward, contract.strike, contract.years
    up = contract.volatility + scan.volatility_range
    down = max(contract.volatility - scan.volatility_range, 0.0)
    now = black(forward, strike, years, contract.volatility, is_call)
    found = [
        (now - black(forward + move, strike, years, up if index % 2 == 0 else down, is_call)) * unit
        for index, move in enumerate(moves)
    ]
    for move in (extreme, -extreme):
        then = black(forward + move, strike, years, contract.volatility, is_call)
        found.append((now - then) * unit * scan.extreme_cover)
    return tuple(found)


def margin_of(scan: Scan, losses: Losses, shorts: float) -> float:
    """The margin of one product: the worst scenario, at least the short-option minimum."""
    return max(max(losses), scan.short_minimum * shorts, 0.0)


def scenario_words(scan: Scan, losses: Losses, shorts: float) -> str:
    """What decided the margin, in words."""
    worst = max(losses)
    if scan.short_minimum * shorts > worst:
        return "short-option minimum"
    return scenario_name(scan, list(losses).index(worst))


def scenario_name(scan: Scan, index: int) -> str:
    """Scenario 0 to 15 in words."""
    if index >= len(_MOVES):
        sign = "+" if index == len(_MOVES) else "-"
        cover = f"{scan.extreme_cover:.0%} of the loss counts"
        return f"scenario {index + 1}: price {sign}{scan.extreme_move:g} scan ranges, {cover}"
    way = "up" if index % 2 == 0 else "down"
    third = _THIRDS[index]
    move = f"{third:+}/3 of the range" if third else "unchanged"
    return f"scenario {index + 1}: price {move}, volatility {way}"
