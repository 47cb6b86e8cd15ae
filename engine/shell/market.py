"""The last quotes, kept for commands and for the screen.

Owns: the latest ``QuoteChanged`` by symbol. May not: decide from prices. Quotes are not durable: a
command that is checked against the market carries the quotes it needs into the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.core.commands import (
    AdoptExternal,
    CancelOrder,
    Command,
    GroupRequest,
    ManualHedge,
    ReplaceOrder,
    ResolveOrphan,
    SubmitGroup,
)
from engine.core.events import QuoteChanged
from engine.core.lifecycle import TERMINAL
from engine.core.positions import split_key
from engine.core.state import DeskState
from engine.core.terms import InstrumentKind
from engine.shell.released import groups_released

HELD_QUOTES_MAX = 200
"""Quotes of what an account holds, which go into the journal with each of its groups. Beyond that
a position is still valued on its underlying's quote, at the volatility of the settings."""

NONE: Mapping[str, QuoteChanged] = MappingProxyType({})


class Market:
    """Top of book by symbol, as last heard."""

    def __init__(self) -> None:
        self._quotes: dict[str, tuple[QuoteChanged, int]] = {}

    def note(
        self, body: object, wall_ns: int, state: DeskState, mono_ns: int = 0
    ) -> Mapping[str, QuoteChanged]:
        """Keep a quote; for a command, the quotes of the symbols it names (and of what margin
        values them by); where a price collar is in force, for whatever may release an order,
        those of its group. ``mono_ns``: the input's arrival."""
        if isinstance(body, QuoteChanged):
            self._quotes[body.symbol] = (body, wall_ns)
        if not self._quotes:
            return NONE
        wanted: set[str] = set()
        if isinstance(body, Command):
            wanted = _symbols(body, state)
            held = _held(body, state)
            wanted |= self._underlyings(wanted | held, state)
            wanted |= set(sorted(held & self._quotes.keys())[:HELD_QUOTES_MAX])
        if _has_collar(state):
            for group_id in groups_released(body, mono_ns, state):
                wanted |= _group_symbols(state, group_id)
        if not wanted:
            return NONE
        return {symbol: self._quotes[symbol][0] for symbol in sorted(wanted & self._quotes.keys())}

    def _underlyings(self, symbols: set[str], state: DeskState) -> set[str]:
        """What the margin of these symbols is computed from: their underlyings and the quoted
        futures on those."""
        limits = state.config.limits
        if limits is None or limits.margin is None or not symbols:
            return set()
        known = {each.symbol: each for each in state.config.instruments}
        roots = {known[symbol].underlying for symbol in symbols if symbol in known}
        futures = {
            symbol
            for symbol in self._quotes
            if symbol in known
            and known[symbol].kind is InstrumentKind.FUTURE
            and known[symbol].underlying in roots
        }
        return roots | futures

    def last(self, symbol: str) -> tuple[QuoteChanged, int] | None:
        """The last quote of a symbol and the local wall clock of its arrival."""
        return self._quotes.get(symbol)

    def quotes(self) -> Mapping[str, QuoteChanged]:
        """The last quote of every symbol."""
        return {symbol: quote for symbol, (quote, _) in self._quotes.items()}

    def symbols(self) -> tuple[str, ...]:
        return tuple(sorted(self._quotes))


def _has_collar(state: DeskState) -> bool:
    limits = state.config.limits
    rules = limits.rules if limits is not None else ()
    return any(rule.collar_pct or rule.collar_ticks for rule in rules)


def _symbols(command: Command, state: DeskState) -> set[str]:
    if isinstance(command, SubmitGroup):
        return _symbols_of(command.group) if command.group is not None else set()
    if isinstance(command, CancelOrder | ReplaceOrder | ResolveOrphan):
        order = state.orders.get(command.order)
        return {order.symbol} if order is not None else set()
    if isinstance(command, ManualHedge):
        escalation = state.escalations.get(command.escalation)
        group_id = escalation.group_id if escalation is not None else command.group
        symbols = {escalation.symbol} if escalation is not None else set()
        return symbols | _group_symbols(state, group_id)
    if isinstance(command, AdoptExternal):
        return _group_symbols(state, command.group)
    return set()


def _held(command: Command, state: DeskState) -> set[str]:
    """What else the margin of a new group is computed with: its account's positions and the legs
    of its live groups."""
    limits = state.config.limits
    if not isinstance(command, SubmitGroup) or command.group is None:
        return set()
    if limits is None or limits.margin is None:
        return set()
    account = command.group.account
    owned = (split_key(key) for key in state.positions)
    held = {symbol for owner, symbol in owned if owner == account}
    for group in state.groups.values():
        if group.account == account and group.lifecycle not in TERMINAL:
            held |= _group_symbols(state, group.group_id)
    return held


def _symbols_of(request: GroupRequest) -> set[str]:
    own = {leg.symbol for leg in request.legs}
    return own | {leg.hedge_symbol for leg in request.legs if leg.hedge_symbol is not None}


def _group_symbols(state: DeskState, group_id: str) -> set[str]:
    group = state.groups.get(group_id)
    if group is None:
        return set()
    legs = group.legs.values()
    return {leg.symbol for leg in legs} | {leg.hedge_symbol for leg in legs}
