"""Handing several groups to the engine: all of them, or none.

Owns: the order "check every group, then submit every group". May not: check anything itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine import BasketError, Engine, FieldError, GroupRequest, Phase, SubmitGroup

LOG = logging.getLogger(__name__)

POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Submitted:
    """The engine's answer about one group."""

    group_id: str
    accepted: bool
    reason: str


async def submit_groups(
    engine: Engine, groups: Sequence[GroupRequest], user: str
) -> tuple[Submitted, ...]:
    """Check all groups, then submit them in order. Raises ``BasketError`` with every objection
    before anything was submitted; an answer that is a refusal all the same is returned."""
    errors = [error for group in groups for error in _objections(engine, group)]
    if errors:
        raise BasketError(tuple(errors))
    answers = []
    for group in groups:
        answer = await engine.submit(SubmitGroup(user=user, group=group))
        answers.append(Submitted(group.group_id, answer.accepted, answer.reason))
    return tuple(answers)


def _objections(engine: Engine, group: GroupRequest) -> list[FieldError]:
    return [
        replace(error, field=f"group {group.group_id}: {error.field}")
        for error in engine.check(group)
    ]


async def submit_when_armed(engine: Engine, groups: Sequence[GroupRequest], user: str) -> None:
    """Wait until new groups are allowed, then submit those that the engine does not know yet:
    after a restart with the same basket only the rest is new. Refusals are logged."""
    if not groups:
        return
    while engine.status().phase is not Phase.ARMED:
        await asyncio.sleep(POLL_S)
    fresh = [group for group in groups if engine.group(group.group_id) is None]
    if len(fresh) < len(groups):
        LOG.info("basket: %d groups are known already", len(groups) - len(fresh))
    for answer in await submit_groups(engine, fresh, user):
        if not answer.accepted:
            LOG.warning("basket: %s was refused: %s", answer.group_id, answer.reason)
