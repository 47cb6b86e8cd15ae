"""Who may ask for what: the one place where a role is checked.

Owns: the table of commands by role. May not: know who somebody is; the host proves that
(``engine.roles``) and writes the name into the command. With no roles configured everyone may do
everything, which is right for one person at one desk. Anyone may kill: stopping is never refused.
"""

from __future__ import annotations

from engine.core import commands as c
from engine.core.state import DeskState
from engine.core.terms import Role

FOR_ANYONE = frozenset({c.Kill, c.KillPart})
FOR_RISK_ONLY = frozenset({c.ReloadLimits, c.OverrideLimit, c.AllowRepeats, c.EnterPositions})
FOR_RISK_TOO = frozenset(
    {
        c.CancelOrder,
        c.CancelGroup,
        c.PauseGroup,
        c.ManualHedge,
        c.Acknowledge,
        c.AskBroker,
        c.ExplainRejected,
        c.QueryOrphan,
        c.Reconcile,
        c.OperateLink,
        c.ReleaseKill,
        c.ReleaseKillPart,
    }
)
"""What the risk role may do beside its own: everything that stops, looks, or takes risk down."""


def refusal(state: DeskState, command: c.Command) -> str:
    """Why this user may not ask for this, in words; "" when they may."""
    kind = type(command)
    return denied(state, command.user, kind, kind.__name__)


def role_of(state: DeskState, user: str) -> Role | None:
    """The role of a user; None for somebody who has none, or where no roles are configured."""
    return next((each.role for each in state.config.roles if each.user == user), None)


def denied(state: DeskState, user: str, kind: type[c.Command], what: str = "this") -> str:
    """Why this user may not ask for any command of this kind, in words; "" when they may.
    ``what`` it is called there."""
    if not state.config.roles or kind in FOR_ANYONE:
        return ""
    role = role_of(state, user)
    if role is None:
        return f"{user!r} has no role at this desk"
    if role is Role.RISK and (kind in FOR_RISK_ONLY or kind in FOR_RISK_TOO):
        return ""
    if role is Role.TRADER and kind not in FOR_RISK_ONLY:
        return ""
    wanted = Role.RISK if kind in FOR_RISK_ONLY else Role.TRADER
    return f"{user} is {role}: {what} is for {wanted}"
