"""What may be asked of the engine: every trader's command, imperative, frozen.

Owns: the commands and the request for a group. May not: check them against state (that is the
machine's) or know who may ask. ``user`` is recorded with everything a command causes.
``command_id`` ties the answer to the question; the shell sets it where it is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from engine.core.events import PositionClaim
from engine.core.limits.rules import Limits
from engine.core.terms import (
    KillScope,
    LegType,
    LinkAction,
    OrdType,
    Release,
    Resolution,
    RiskShortfall,
    Severity,
    Side,
    TimeInForce,
)


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """Slicing of a leg: at most ``max_quantity`` an order, one each ``interval_s`` seconds."""

    max_quantity: Decimal
    interval_s: Decimal


@dataclass(frozen=True, slots=True)
class StopSpec:
    """Protective stop of a leg's filled quantity; ``offset`` is a fraction of the trigger."""

    trigger_price: Decimal
    offset: Decimal | None = None
    timeout_s: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LegRequest:
    """One leg as asked for; the fields and defaults of ``scenario.md``, "A group"."""

    leg_id: str
    leg_type: LegType
    symbol: str
    side: Side
    quantity: Decimal
    order_type: OrdType = OrdType.LIMIT
    price: Decimal | None = None
    tif: TimeInForce = TimeInForce.DAY
    hedge_symbol: str | None = None
    hedge_side: Side | None = None
    child: ChildSpec | None = None
    stop_loss: StopSpec | None = None


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """One group as asked for."""

    group_id: str
    legs: tuple[LegRequest, ...]
    account: str = "default"
    release: Release = Release.AFTER_HEDGE
    on_risk_shortfall: RiskShortfall = RiskShortfall.KEEP


@dataclass(frozen=True, slots=True)
class Command:
    """What all commands carry."""

    user: str = "trader"
    command_id: str = ""


@dataclass(frozen=True, slots=True)
class SubmitGroup(Command):
    """Create a group and work it. ``confirm``: the soft limits it is over were seen."""

    group: GroupRequest | None = None
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class CancelOrder(Command):
    """Cancel one order by reference ("G1/H1/1") or an external one by ClOrdID."""

    order: str = ""


@dataclass(frozen=True, slots=True)
class ReplaceOrder(Command):
    """Amend quantity and/or price of a working order; the leg's target moves with the quantity."""

    order: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class CancelGroup(Command):
    """Stop a group: cancel what works, send no more of its own; exposure is still hedged."""

    group: str = ""


@dataclass(frozen=True, slots=True)
class PauseGroup(Command):
    """Hold back a group's further leg orders (hedging of exposure goes on)."""

    group: str = ""


@dataclass(frozen=True, slots=True)
class ResumeGroup(Command):
    """End a pause."""

    group: str = ""


@dataclass(frozen=True, slots=True)
class AcceptPartial(Command):
    """Scale the risk legs to the hedge proven and go on at the smaller size."""

    group: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledge(Command):
    """Take note of an escalation. ``level`` is the one the user saw; so are ``seen_*`` where
    given. ``comment`` is required for CRITICAL."""

    escalation: int = 0
    level: int = 0
    comment: str = ""
    seen_qty: Decimal | None = None
    seen_severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class AcceptRisk(Command):
    """Close an escalation by accepting what it says, with a reason."""

    escalation: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ManualHedge(Command):
    """Hedge by hand: from an escalation, or (``escalation`` 0) a group's leg."""

    escalation: int = 0
    group: str = ""
    leg: str = ""
    quantity: Decimal | None = None
    order_type: OrdType = OrdType.MARKET
    price: Decimal | None = None
    allow_excess: bool = False
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class QueryOrphan(Command):
    """Ask the broker about an orphan again."""

    order: str = ""


@dataclass(frozen=True, slots=True)
class ResolveOrphan(Command):
    """Decide about an orphan on the evidence shown (``seen_evidence`` where given)."""

    order: str = ""
    resolution: Resolution | None = None
    reason: str = ""
    seen_evidence: str | None = None


@dataclass(frozen=True, slots=True)
class AdoptExternal(Command):
    """Count an external order's fills towards a group's leg."""

    cl_ord_id: str = ""
    group: str = ""
    leg: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AskBroker(Command):
    """Send a status request for an order now."""

    order: str = ""


@dataclass(frozen=True, slots=True)
class ExplainRejected(Command):
    """Mark a rejected event as explained, with a comment."""

    rejected: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Arm(Command):
    """Allow new groups and risk orders, once nothing waits to be resolved."""


@dataclass(frozen=True, slots=True)
class Kill(Command):
    """Block every new order, then cancel everything that works."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseKill(Command):
    """End the kill; the engine is RESOLVING afterwards and must be armed."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class KillPart(Command):
    """Block every new order of one group, instrument or account (or all), then cancel what
    works of it. ``target``: group id, symbol or account; "" with ALL."""

    scope: KillScope = KillScope.ALL
    target: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseKillPart(Command):
    """End one kill, with a reason."""

    scope: KillScope = KillScope.ALL
    target: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReloadLimits(Command):
    """Put these limits in force, whole. The command carries them into the journal."""

    limits: Limits | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OverrideLimit(Command):
    """Lift hard limits once: for the group (to be submitted) or the order (to be amended) named
    ``target``. ``controls`` as in the refusal ("max_order_qty"); none means all of them."""

    target: str = ""
    controls: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AllowRepeats(Command):
    """Let a shape of group that the repeated-execution throttle stopped be submitted again."""

    shape: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reconcile(Command):
    """Compare orders and executions with the broker's, and positions with the statement given.
    Without one (None) a venue that can be asked for positions is; where it cannot, they are not
    compared, and the result says so."""

    positions: tuple[PositionClaim, ...] | None = None


@dataclass(frozen=True, slots=True)
class PositionEntry:
    """A position as it is to stand in our books: signed quantity, and the price it is valued at
    until it is quoted."""

    account: str
    symbol: str
    quantity: Decimal
    price: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class EnterPositions(Command):
    """Set these positions in our books, whatever they were: those from before this database, or
    the broker's word after a break. Others stay. Fills go on from there."""

    positions: tuple[PositionEntry, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OperateLink(Command):
    """Log on to the broker, log out and stay so, or ask the venue to cancel everything of this
    session at once. The answer is the link's own; ``reason`` is for the log and the venue."""

    action: LinkAction = LinkAction.LOGON
    reason: str = ""
