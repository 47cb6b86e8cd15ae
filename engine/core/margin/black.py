"""Black's model (1976): options on a forward, undiscounted.

Owns: the value of one option and the volatility a price implies. May not: know contracts. Interest
and early exercise are left out: over a scan they move the *change* of value by less than the
step between two scenarios. Source: F. Black, J. Financial Economics 3 (1976).
"""

from __future__ import annotations

from math import erfc, log, sqrt

_ROOT_HALF = sqrt(0.5)
_VOLATILITY_MIN, _VOLATILITY_MAX = 0.01, 5.0
_BISECTIONS = 40


def black(forward: float, strike: float, years: float, volatility: float, is_call: bool) -> float:
    """Value per unit. ``volatility`` yearly (0.2 is 20 %); at or past expiry, without volatility
    or with a forward at or below zero the intrinsic value."""
    spread = volatility * sqrt(years) if years > 0.0 else 0.0
    if spread <= 1e-12 or forward <= 0.0:
        intrinsic = forward - strike if is_call else strike - forward
        return intrinsic if intrinsic > 0.0 else 0.0
    above = log(forward / strike) / spread + 0.5 * spread
    below = above - spread
    # N(x) = erfc(-x / sqrt 2) / 2
    if is_call:
        return 0.5 * (
            forward * erfc(-above * _ROOT_HALF) - strike * erfc(-below * _ROOT_HALF)
        )  # fmt: skip
    return 0.5 * (strike * erfc(below * _ROOT_HALF) - forward * erfc(above * _ROOT_HALF))


def implied_volatility(
    price: float, forward: float, strike: float, years: float, is_call: bool
) -> float | None:
    """The volatility at which Black's value is ``price``, between 1 % and 500 %; None where no
    such volatility gives it."""
    low, high = _VOLATILITY_MIN, _VOLATILITY_MAX
    if years <= 0.0 or not (
        black(forward, strike, years, low, is_call)
        <= price
        <= black(forward, strike, years, high, is_call)
    ):
        return None
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if black(forward, strike, years, middle, is_call) < price:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
