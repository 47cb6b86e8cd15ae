"""What a person asks of the link to the broker: log on, log out, cancel all at the venue.

Owns: which adapters can do that, and the answer. May not: decide anything about orders: what the
venue does upon it comes back as reports like everything else.
"""

from __future__ import annotations

import logging
from typing import Protocol, runtime_checkable

from engine.broker.fix.view import SessionLine, SessionView
from engine.broker.port import BrokerPort, NotSent
from engine.core.decisions import Answer, LinkOperation
from engine.core.terms import LinkAction

_log = logging.getLogger(__name__)


@runtime_checkable
class OperatedLink(Protocol):
    """What an adapter offers that has a session which people look at and operate."""

    def view(self) -> SessionView: ...
    def lines(self, after: int = 0) -> tuple[SessionLine, ...]: ...
    def logon(self) -> None: ...
    def logout(self, why: str = ...) -> None: ...
    def cancel_all(self) -> str: ...


def operated(broker: BrokerPort, wanted: LinkOperation) -> Answer:
    """Do it and say what came of it. A failing adapter gives a refusal, no raise."""
    what = wanted.action.value.lower()
    if not isinstance(broker, OperatedLink):
        reason = f"{broker.traits.name} has no session to operate"
        return Answer(wanted.command_id, what, False, reason, "action")
    try:
        return Answer(wanted.command_id, what, True, _do(broker, wanted))
    except NotSent as error:
        return Answer(wanted.command_id, what, False, str(error), "action")
    except Exception as error:
        _log.exception("the link could not %s", what)
        reason = f"it failed: {type(error).__name__}: {error}"
        return Answer(wanted.command_id, what, False, reason, "action")


def _do(link: OperatedLink, wanted: LinkOperation) -> str:
    if wanted.action is LinkAction.LOGON:
        link.logon()
        return "logon asked"
    if wanted.action is LinkAction.LOGOUT:
        link.logout(_plain(wanted.why))
        return "logout asked; working orders stay at the venue"
    return f"mass cancel {link.cancel_all()} is on its way; what it cancels will be reported"


def _plain(why: str) -> str:
    """What a person typed as the text of a FIX message: printable ASCII, no field separator."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in why)
