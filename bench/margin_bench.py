"""How long one worst-case margin takes: 1,000 instruments held, a group of 20 legs.

Owns: the figure for ``docs/controls.md`` (at most 50 ms). May not: warm anything up that a desk
would not have warm: contracts and risk arrays are made anew for every round, as for a command.
Processor time is the figure, so that a busy machine does not blur it; the clock's is beside it.

    python bench/margin_bench.py [--rounds N] [--groups N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from decimal import Decimal

from engine.core.limits.rules import MarginProduct, MarginSettings, ScanRange
from engine.core.margin.market import ContractMarket
from engine.core.margin.path import MarginPath, PathGroup, PathLeg, WorstCaseMarginSimulator
from engine.core.model import Instrument
from engine.core.terms import InstrumentKind

TODAY = 18_267
LIMIT_MS = 50.0


def settings() -> MarginSettings:
    """One product, options and futures on ES."""
    product = MarginProduct(
        "ES",
        Decimal(50),
        (ScanRange(0, Decimal(6300)),),
        price=Decimal(3240),
        volatility=Decimal("0.14"),
        short_option_minimum=Decimal(100),
    )
    return MarginSettings(products=(product,))


def instruments(count: int) -> dict[str, Instrument]:
    """Puts and calls over strikes and expiries."""
    found = {}
    for number in range(count):
        kind = InstrumentKind.PUT if number % 2 else InstrumentKind.CALL
        symbol = f"ES{number}"
        found[symbol] = Instrument(
            symbol,
            multiplier=Decimal(50),
            kind=kind,
            underlying="ES",
            strike=Decimal(2500 + number % 250 * 5),
            expiry_day=TODAY + 7 + number // 50 * 7,
        )
    return found


def group(number: int, symbols: list[str], legs: int) -> PathGroup:
    """Half hedge legs, each with an emergency hedge elsewhere, half risk legs."""
    made = []
    for index in range(legs):
        symbol = symbols[(number * legs + index) % len(symbols)]
        if index < legs // 2:
            other = symbols[(number * legs + index + 1) % len(symbols)]
            made.append(PathLeg(f"H{index}", True, symbol, 10.0, other, 10.0))
        else:
            made.append(PathLeg(f"R{index}", False, symbol, -10.0))
    return PathGroup(f"G{number}", tuple(made))


def one(count: int, legs: int, others: int) -> tuple[float, float, MarginPath]:
    """Milliseconds (processor, clock) of one computation, everything made anew, and its result."""
    known = instruments(count)
    symbols = list(known)
    held = {symbol: float(index % 7 - 3) for index, symbol in enumerate(symbols)}
    live = [group(number, symbols, legs) for number in range(1, others + 1)]
    new = group(0, symbols, legs)
    begun, begun_clock = time.process_time(), time.perf_counter()
    market = ContractMarket(settings(), known, {}, TODAY * 86_400 * 10**9)
    path = WorstCaseMarginSimulator(market).path(held, held, live, new)
    spent, passed = time.process_time() - begun, time.perf_counter() - begun_clock
    return spent * 1000, passed * 1000, path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--instruments", type=int, default=1000)
    parser.add_argument("--legs", type=int, default=20)
    parser.add_argument("--groups", type=int, default=0, help="other live groups of the account")
    given = parser.parse_args()
    rounds = [one(given.instruments, given.legs, given.groups) for _ in range(given.rounds)]
    times = sorted(spent for spent, _, _ in rounds)
    middle, worst = statistics.median(times), times[-1]
    clock = statistics.median(passed for _, passed, _ in rounds)
    print(
        f"{given.instruments} instruments, {given.legs} legs, {given.groups} other live groups:"
        f" processor time median {middle:.1f} ms, worst of {given.rounds} rounds {worst:.1f} ms;"
        f" by the clock median {clock:.1f} ms (asked: below {LIMIT_MS:.0f} ms)"
    )
    return 0 if middle < LIMIT_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
