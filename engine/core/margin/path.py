"""The largest margin over every fill state that a group's release order can reach.

Owns: ``WorstCaseMarginSimulator``. May not: price contracts (``span``) or fetch positions.

**Why vertices suffice.** A fill state is a vector of leg quantities. Margin is a maximum of linear
functions of it (``span``), so convex, and a convex function over a polytope is largest at a
vertex. With u the filled fractions of the hedge legs and v those of the risk legs, ``proportional``
reaches { v <= min u }, an order polytope: its vertices are "no risk, any of the hedges" (A) and
"all hedges, any of the risk" (B). ``after_hedge`` reaches only the edges between A and B, rounding
to lots only points inside. An emergency hedge makes a hedge leg's vertices none, all by its own
order, all by the emergency instrument. A hedge that fails while risk is on (a bust, a rejected
chain) adds (C): one hedge leg at none, the others whole, any of the risk.

**Why no vertex is listed.** The legs of one vertex are chosen independently, so for one scenario
the largest loss is the sum of each leg's largest; the largest over scenarios follows. That is
linear in legs, where the vertices are 2 to the power of legs. Where one group has legs in several
products, each product takes its own worst vertex: never below the true maximum, and equal to it
when the group trades one product.

Live groups of the account are each anywhere on their own path; one hedge leg among all of them
fails at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal
from typing import Protocol

from engine.core.margin.span import (
    NOTHING,
    Contract,
    Losses,
    Scan,
    Sum,
    margin_of,
    scenario_words,
)

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class PathLeg:
    """One leg: signed quantities (sold below zero) by its own order and by its emergency hedge."""

    leg_id: str
    is_hedge: bool
    symbol: str
    quantity: float
    hedge_symbol: str = ""
    hedge_quantity: float = 0.0


@dataclass(frozen=True, slots=True)
class PathGroup:
    """One group, from its beginning: what of it is filled already is no part of the base."""

    group_id: str
    legs: tuple[PathLeg, ...]


@dataclass(frozen=True, slots=True)
class MarginStep:
    """The margin once ``what`` is filled on top of what was before."""

    what: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class MarginPath:
    """Margin now, at each step of the path as planned, at its end, and at its worst anywhere.
    ``worst_state`` and ``scenario`` say where that is; ``product`` is the one that decides it."""

    now: Decimal
    steps: tuple[MarginStep, ...]
    end: Decimal
    worst: Decimal
    worst_state: str
    scenario: str
    product: str


class Market(Protocol):
    """Contracts and their risk arrays by symbol."""

    def contract(self, symbol: str) -> Contract: ...

    def risk_array(self, symbol: str) -> Losses: ...


@dataclass(frozen=True, slots=True)
class _Choice:
    """One way to fill a leg, in one product."""

    losses: Losses
    shorts: float
    words: str


@dataclass(slots=True)
class _Walk:
    """One group in one product: the two phases, and what each failing hedge adds to the second."""

    hedging: Sum = field(default_factory=Sum)
    risking: Sum = field(default_factory=Sum)
    fails: dict[str, tuple[Losses, float]] = field(default_factory=dict)

    def worst(self, failing: str = "") -> tuple[Losses, float]:
        gain, shorts = self.fails.get(failing, (NOTHING, 0.0))
        losses = tuple(map(_worse, self.hedging.losses, map(_plus, self.risking.losses, gain)))
        return losses, max(self.hedging.shorts, self.risking.shorts + shorts)


class WorstCaseMarginSimulator:
    """The scan over an account: positions, its live groups, and one new group."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def path(
        self,
        held: Mapping[str, float],
        base: Mapping[str, float],
        others: Sequence[PathGroup],
        group: PathGroup,
    ) -> MarginPath:
        """``held``: signed positions as they are. ``base``: those without what the live groups
        ``others`` have filled, because each of them may be anywhere on its path."""
        scans, at_start = self._sums(held)
        now = _money(_margin(scans, at_start))
        steps = self._steps(held, group, scans, {p: each.copy() for p, each in at_start.items()})
        if others:
            scans, at_start = self._sums(base)
        sums, walks = self._total(scans, at_start, (*others, group))
        failing, worst = self._worst_failure(scans, sums, walks)
        product = max(worst, key=lambda each: worst[each][0], default="")
        words = worst[product][1] if product else "nothing is at risk"
        return MarginPath(
            now=now,
            steps=steps,
            end=steps[-1].amount if steps else now,
            worst=_money(sum(each for each, _ in worst.values())),
            worst_state=self._state_words(group, failing, product, scans, sums, walks),
            scenario=words,
            product=product,
        )

    def margin(self, held: Mapping[str, float]) -> Decimal:
        """The margin of positions as they are."""
        return _money(_margin(*self._sums(held)))

    def _steps(
        self,
        held: Mapping[str, float],
        group: PathGroup,
        scans: dict[str, Scan],
        sums: dict[str, Sum],
    ) -> tuple[MarginStep, ...]:
        """The path as planned: the hedge legs one after the other, then the risk legs."""
        now, found = dict(held), []
        for leg in sorted(group.legs, key=lambda each: not each.is_hedge):
            contract = self._market.contract(leg.symbol)
            scan = scans.setdefault(contract.scan.product, contract.scan)
            before = now.get(leg.symbol, 0.0)
            now[leg.symbol] = before + leg.quantity
            shorts = _short(contract, now[leg.symbol]) - _short(contract, before)
            losses = _times(self._market.risk_array(leg.symbol), leg.quantity)
            sums.setdefault(scan.product, Sum()).add(losses, shorts)
            found.append(MarginStep(leg.leg_id, _money(_margin(scans, sums))))
        return tuple(found)

    def _sums(self, held: Mapping[str, float]) -> tuple[dict[str, Scan], dict[str, Sum]]:
        scans: dict[str, Scan] = {}
        sums: dict[str, Sum] = {}
        for symbol, quantity in held.items():
            contract = self._market.contract(symbol)
            scans[contract.scan.product] = contract.scan
            losses = _times(self._market.risk_array(symbol), quantity)
            sums.setdefault(contract.scan.product, Sum()).add(losses, _short(contract, quantity))
        return scans, sums

    # -- the worst -----------------------------------------------------------------------------

    def _total(
        self, scans: dict[str, Scan], sums: dict[str, Sum], groups: Sequence[PathGroup]
    ) -> tuple[dict[str, Sum], dict[tuple[str, str], _Walk]]:
        """By product: the positions in ``sums`` and every group at its worst; and the walks."""
        walks: dict[tuple[str, str], _Walk] = {}
        for group in groups:
            for product, walk in self._walks(group, scans).items():
                walks[group.group_id, product] = walk
                sums.setdefault(product, Sum()).add(*walk.worst())
        return sums, walks

    def _worst_failure(
        self,
        scans: Mapping[str, Scan],
        sums: Mapping[str, Sum],
        walks: Mapping[tuple[str, str], _Walk],
    ) -> tuple[tuple[str, str], dict[str, tuple[float, str]]]:
        """((group, leg) that fails, {product: (margin, scenario)}) at the worst."""
        plain = {p: self._result(scans[p], each.losses, each.shorts) for p, each in sums.items()}
        best: tuple[tuple[str, str], dict[str, tuple[float, str]]] = (("", ""), plain)
        best_total = sum(amount for amount, _ in plain.values())
        candidates: dict[tuple[str, str], dict[str, tuple[float, str]]] = {}
        for (group_id, product), walk in walks.items():
            before, shorts_before = walk.worst()
            for leg_id in walk.fails:
                after, shorts = walk.worst(leg_id)
                losses = [
                    whole - old + new
                    for whole, old, new in zip(sums[product].losses, before, after, strict=True)
                ]
                counted = sums[product].shorts - shorts_before + shorts
                found = candidates.setdefault((group_id, leg_id), {})
                found[product] = self._result(scans[product], losses, counted)
        for key, changed in candidates.items():
            results = plain | changed
            total = sum(amount for amount, _ in results.values())
            if total > best_total:
                best, best_total = (key, results), total
        return best

    @staticmethod
    def _result(scan: Scan, losses: Losses, shorts: float) -> tuple[float, str]:
        return margin_of(scan, losses, shorts), scenario_words(scan, losses, shorts)

    def _walks(self, group: PathGroup, scans: dict[str, Scan]) -> dict[str, _Walk]:
        walks: dict[str, _Walk] = {}
        for leg in group.legs:
            choices = self._choices(leg, scans)
            for product, ways in choices.items():
                walk = walks.setdefault(product, _Walk())
                best = _largest(ways)
                shorts = max(way.shorts for way in ways)
                none = tuple(max(each, 0.0) for each in best)
                if not leg.is_hedge:
                    walk.risking.add(none, shorts)
                    continue
                walk.hedging.add(none, shorts)
                # Filled somewhere else (an emergency hedge in another product) is none here.
                whole = none if len(choices) > 1 else best
                walk.risking.add(whole, shorts)
                walk.fails[leg.leg_id] = (tuple(max(-each, 0.0) for each in whole), 0.0)
        return walks

    def _choices(self, leg: PathLeg, scans: dict[str, Scan]) -> dict[str, list[_Choice]]:
        """The ways to fill the leg whole, by product."""
        found: dict[str, list[_Choice]] = {}
        ways = [(leg.symbol, leg.quantity, "by its own order")]
        differs = (leg.hedge_symbol, leg.hedge_quantity) != (leg.symbol, leg.quantity)
        if leg.is_hedge and leg.hedge_symbol and differs:
            ways.append((leg.hedge_symbol, leg.hedge_quantity, "by its emergency hedge"))
        for symbol, quantity, words in ways:
            contract = self._market.contract(symbol)
            scans[contract.scan.product] = contract.scan
            losses = _times(self._market.risk_array(symbol), quantity)
            choice = _Choice(losses, _short(contract, quantity), words)
            found.setdefault(contract.scan.product, []).append(choice)
        return found

    # -- words ---------------------------------------------------------------------------------

    def _state_words(
        self,
        group: PathGroup,
        failing: tuple[str, str],
        product: str,
        scans: dict[str, Scan],
        sums: Mapping[str, Sum],
        walks: Mapping[tuple[str, str], _Walk],
    ) -> str:
        """The group's fill state at the worst scenario of the product that decides."""
        walk = walks.get((group.group_id, product))
        if walk is None:
            return "as it is held now"
        fails = failing[1] if failing[0] == group.group_id else ""
        losses = self._failed_losses(sums[product].losses, failing, product, walks)
        at = max(range(len(losses)), key=losses.__getitem__)
        gain = walk.fails[fails][0][at] if fails in walk.fails else 0.0
        risk_is_on = walk.risking.losses[at] + gain >= walk.hedging.losses[at]
        said = []
        for leg in sorted(group.legs, key=lambda each: not each.is_hedge):
            ways = self._choices(leg, scans).get(product)
            if ways is None:
                continue
            best = max(ways, key=lambda way: way.losses[at])
            if leg.leg_id == fails and risk_is_on:
                said.append(f"{leg.leg_id} failed")
            elif leg.is_hedge and (risk_is_on or best.losses[at] > 0.0):
                said.append(f"{leg.leg_id} filled {best.words}")
            elif not leg.is_hedge and risk_is_on and best.losses[at] > 0.0:
                said.append(f"{leg.leg_id} filled")
            else:
                said.append(f"{leg.leg_id} not filled")
        if failing[0] and failing[0] != group.group_id:
            said.append(f"{failing[0]}/{failing[1]} failed")
        return ", ".join(said)

    @staticmethod
    def _failed_losses(
        losses: Losses,
        failing: tuple[str, str],
        product: str,
        walks: Mapping[tuple[str, str], _Walk],
    ) -> list[float]:
        walk = walks.get((failing[0], product))
        if walk is None or failing[1] not in walk.fails:
            return list(losses)
        before, after = walk.worst()[0], walk.worst(failing[1])[0]
        return [w - old + new for w, old, new in zip(losses, before, after, strict=True)]


def _margin(scans: Mapping[str, Scan], sums: Mapping[str, Sum]) -> float:
    return sum(margin_of(scans[p], each.losses, each.shorts) for p, each in sums.items())


def _largest(ways: Sequence[_Choice]) -> tuple[float, ...]:
    """By scenario, the largest loss of the ways to fill a leg."""
    if len(ways) == 1:
        return tuple(ways[0].losses)
    return tuple(map(max, *(way.losses for way in ways)))


def _times(losses: Losses, quantity: float) -> tuple[float, ...]:
    return tuple([each * quantity for each in losses])


def _short(contract: Contract, quantity: float) -> float:
    return -quantity if quantity < 0.0 and contract.is_option else 0.0


def _worse(one: float, other: float) -> float:
    return one if one > other else other


def _plus(one: float, other: float) -> float:
    return one + other


def _money(amount: float) -> Decimal:
    """In cents, rounded up; a rest below a thousandth of a cent is the float's, not money."""
    return Decimal(repr(round(amount, 5))).quantize(_CENT, ROUND_UP)
