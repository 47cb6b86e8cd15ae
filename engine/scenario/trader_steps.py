"""Reading a ``trader`` step: which command it stands for.

Owns: the words of ``do`` and the fields of each. May not: judge a command.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from decimal import Decimal

from engine.core import commands
from engine.core.commands import Command
from engine.core.limits.rules import Limits
from engine.core.terms import KillScope, OrdType, Resolution
from engine.limits_file import LimitsError, parse_limits
from engine.scenario.reading import Fields, ScenarioError
from engine.scenario.steps import Trader

USER = "trader"


def parse_trader(value: object, where: str) -> Trader:
    """The command of one ``trader`` step. Raises ``ScenarioError``."""
    given = Fields(value, where)
    what = given.one_of("do", tuple(_COMMANDS))
    user = given.text("user", USER)
    command = _COMMANDS[what](given, user)
    given.done()
    return Trader(what, command)


def _number_of(given: Fields) -> int:
    return given.whole("escalation")


def _manual_hedge(given: Fields, user: str) -> Command:
    return commands.ManualHedge(
        user=user,
        escalation=given.whole("escalation", 0),
        group=given.text("group", ""),
        leg=given.text("leg", ""),
        quantity=given.maybe_number("quantity"),
        order_type=given.choice("order_type", OrdType, OrdType.MARKET),
        price=given.maybe_number("price"),
        allow_excess=given.flag("allow_excess", False),
        confirm=given.flag("confirm", False),
    )


def _replace(given: Fields, user: str) -> Command:
    order = given.text("order")
    quantity: Decimal | None = given.maybe_number("quantity")
    return commands.ReplaceOrder(
        user=user,
        order=order,
        quantity=quantity,
        price=given.maybe_number("price"),
        confirm=given.flag("confirm", False),
    )


def _acknowledge(given: Fields, user: str) -> Command:
    return commands.Acknowledge(
        user=user,
        escalation=_number_of(given),
        level=given.whole("level"),
        comment=given.text("comment", ""),
    )


def _resolve(given: Fields, user: str) -> Command:
    return commands.ResolveOrphan(
        user=user,
        order=given.text("order"),
        resolution=given.choice("resolution", Resolution),
        reason=given.text("reason", ""),
    )


def _limits(given: Fields) -> Limits:
    try:
        return parse_limits(given.take("limits", "an object"), f"{given.where}: limits")
    except LimitsError as error:
        raise ScenarioError(str(error)) from None


def _adopt(given: Fields, user: str) -> Command:
    return commands.AdoptExternal(
        user=user,
        cl_ord_id=given.text("cl_ord_id"),
        group=given.text("group"),
        leg=given.text("leg"),
        reason=given.text("reason", ""),
    )


_COMMANDS: Mapping[str, Callable[[Fields, str], Command]] = types.MappingProxyType(
    {
        "cancel_order": lambda g, u: commands.CancelOrder(user=u, order=g.text("order")),
        "replace_order": _replace,
        "cancel_group": lambda g, u: commands.CancelGroup(user=u, group=g.text("group")),
        "pause_group": lambda g, u: commands.PauseGroup(user=u, group=g.text("group")),
        "resume_group": lambda g, u: commands.ResumeGroup(user=u, group=g.text("group")),
        "acknowledge": _acknowledge,
        "accept_risk": lambda g, u: commands.AcceptRisk(
            user=u, escalation=_number_of(g), reason=g.text("reason", "")
        ),
        "manual_hedge": _manual_hedge,
        "accept_partial": lambda g, u: commands.AcceptPartial(user=u, group=g.text("group")),
        "query_orphan": lambda g, u: commands.QueryOrphan(user=u, order=g.text("order")),
        "resolve_orphan": _resolve,
        "adopt_external": _adopt,
        "ask_broker": lambda g, u: commands.AskBroker(user=u, order=g.text("order")),
        "explain_rejected": lambda g, u: commands.ExplainRejected(
            user=u, rejected=g.whole("rejected"), comment=g.text("comment", "")
        ),
        "arm": lambda g, u: commands.Arm(user=u),
        "kill": lambda g, u: commands.Kill(user=u, reason=g.text("reason", "")),
        "kill_part": lambda g, u: commands.KillPart(
            user=u,
            scope=g.choice("scope", KillScope),
            target=g.text("target", ""),
            reason=g.text("reason", ""),
        ),
        "release_kill_part": lambda g, u: commands.ReleaseKillPart(
            user=u,
            scope=g.choice("scope", KillScope),
            target=g.text("target", ""),
            reason=g.text("reason", ""),
        ),
        "reload_limits": lambda g, u: commands.ReloadLimits(
            user=u, limits=_limits(g), reason=g.text("reason", "")
        ),
        "override_limit": lambda g, u: commands.OverrideLimit(
            user=u,
            target=g.text("target"),
            controls=(g.text("control"),) if g.has("control") else (),
            reason=g.text("reason", ""),
        ),
        "allow_repeats": lambda g, u: commands.AllowRepeats(
            user=u, shape=g.text("shape"), reason=g.text("reason", "")
        ),
        "release_kill": lambda g, u: commands.ReleaseKill(user=u, reason=g.text("reason", "")),
    }
)
