"""Telling people outside the window: escalations by mail, chat or pager.

Owns: which escalations are told, the queue, the retries, and saying when telling failed. May
not: slow or stop a decision: it listens after the commit, queues, and delivers in a thread. The
delivery itself is Apprise's (``pip install .[notify]``), which speaks to mail, Slack, Teams,
PagerDuty and many more by URL; without it, settings that ask for it are refused at start.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from desk.errors import UserError
from engine import Changes, Engine, EscalationState, EscalationView, Severity

LOG = logging.getLogger(__name__)

QUEUE_MAX = 200
WAITS_S = (1.0, 4.0, 16.0)
"""Seconds before each further try; after the last one it is given up, and said."""

Deliver = Callable[[str, str], bool]
"""(title, body) -> whether somebody was told. Blocking; called in a thread."""

_WEIGHT = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """``urls`` in Apprise's notation, empty: nobody is told. ``least``: the least severity."""

    urls: tuple[str, ...] = ()
    least: Severity = Severity.CRITICAL


def apprise_delivery(settings: NotifySettings) -> Deliver:
    """Delivery by Apprise. Raises ``UserError`` when it is missing or a URL is not its."""
    try:
        apprise: Any = importlib.import_module("apprise")
    except ImportError:
        raise UserError(
            "The settings name [notify] urls, but Apprise is not installed. Install it with "
            "`pip install .[notify]`, or take the urls out."
        ) from None
    service = apprise.Apprise()
    for url in settings.urls:
        if not service.add(url):
            scheme = url.partition(":")[0]
            raise UserError(f"[notify] urls: Apprise does not understand the {scheme} address.")

    def deliver(title: str, body: str) -> bool:
        return bool(service.notify(title=title, body=body))

    return deliver


class Notifier:
    """Tells each escalation once per level and severity. ``run`` until canceled."""

    def __init__(self, engine: Engine, settings: NotifySettings, deliver: Deliver) -> None:
        self._engine = engine
        self._settings = settings
        self._deliver = deliver
        self._queue: asyncio.Queue[EscalationView] = asyncio.Queue(QUEUE_MAX)
        self._told: dict[int, tuple[int, Severity]] = {}
        self.failures = 0

    def note(self, changes: Changes) -> None:
        """A listener of the engine's: take up what is new and heavy enough."""
        for number in sorted(changes.escalations):
            view = self._engine.escalation(number)
            if view is None:
                continue
            if view.state is EscalationState.RESOLVED:
                self._told.pop(number, None)
            elif self._is_news(view):
                self._told[number] = (view.level, view.severity)
                self._enqueue(view)

    async def run(self) -> None:
        """Deliver what is queued, one after the other."""
        while True:
            view = await self._queue.get()
            await self._tell(view)

    def _is_news(self, view: EscalationView) -> bool:
        if view.state is not EscalationState.UNACKNOWLEDGED:
            return False
        if _WEIGHT[view.severity] < _WEIGHT[self._settings.least]:
            return False
        return self._told.get(view.number) != (view.level, view.severity)

    def _enqueue(self, view: EscalationView) -> None:
        try:
            self._queue.put_nowait(view)
        except asyncio.QueueFull:
            self._failed(view, f"{QUEUE_MAX} notifications wait already")

    async def _tell(self, view: EscalationView) -> None:
        why = "nobody was reached"
        for wait_s in (0.0, *WAITS_S):
            await asyncio.sleep(wait_s)
            try:
                if await asyncio.to_thread(self._deliver, title_of(view), body_of(view)):
                    return
            except Exception as error:
                why = f"{type(error).__name__}: {error}"
        self._failed(view, why)

    def _failed(self, view: EscalationView, why: str) -> None:
        self.failures += 1
        LOG.error("escalation %s was not told: %s", view.number, why)
        self._engine.note(
            "ERROR", f"nobody outside was told of escalation {view.number} ({view.kind}): {why}"
        )


def title_of(view: EscalationView) -> str:
    """One line: how heavy, what, where."""
    where = f" {view.group_id}/{view.leg_id}".rstrip("/") if view.group_id else ""
    return f"{view.severity} {view.kind}{where}"


def body_of(view: EscalationView) -> str:
    """What a person away from the desk needs."""
    lines = [view.text]
    if view.symbol:
        lines.append(f"{view.side or ''} {view.unfilled_qty} {view.symbol}".strip())
    if view.action_required:
        lines.append(f"required: {view.action_required}")
    lines.append(f"escalation {view.number}, level {view.level}; the desk: {view.doing}")
    return "\n".join(lines)
