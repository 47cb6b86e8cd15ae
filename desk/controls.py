"""The controls' files: limits, instruments, roles (``docs/limits.md``).

Owns: reading them into the engine's settings, and who the person at this desk is. May not:
check an order or a command; the engine does both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from desk.errors import UserError
from engine import (
    EngineConfig,
    Instrument,
    Limits,
    ReloadLimits,
    read_instruments,
    read_limits,
    read_roles,
)


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """Where the files are; None: there is none, and nothing of its kind is in force."""

    limits: Path | None = None
    instruments: Path | None = None
    roles: Path | None = None


def with_controls(config: EngineConfig, settings: ControlSettings) -> EngineConfig:
    """The engine's settings with what the files say. Raises ``EngineError`` naming what is wrong
    in a file; nothing of it is in force then."""
    known: dict[str, Instrument] = {item.symbol: item for item in config.instruments}
    if settings.instruments is not None:
        known |= {item.symbol: item for item in read_instruments(settings.instruments)}
    return replace(
        config,
        instruments=tuple(known.values()),
        limits=read_limits(settings.limits) if settings.limits is not None else None,
        roles=read_roles(settings.roles).for_engine() if settings.roles is not None else (),
    )


def person_at_desk(settings: ControlSettings, os_user: str) -> str:
    """The name under which this OS user acts. Raises ``UserError`` for somebody who is not in
    the roles file: nobody may act whom nothing proves."""
    if settings.roles is None:
        return os_user
    person = read_roles(settings.roles).by_os_user(os_user)
    if person is None:
        raise UserError(
            f"The roles file {settings.roles} names nobody with os_user {os_user!r}. Add a row, "
            "or start the desk as a user it names."
        )
    return person.user


def pin_prover(settings: ControlSettings) -> Callable[[str, str], str | None] | None:
    """A function from a name and a PIN to the name under which they act, None when the PIN isn't
    theirs; it takes a tenth of a second on purpose. None without a roles file."""
    if settings.roles is None:
        return None
    roles = read_roles(settings.roles)

    def prove(user: str, pin: str) -> str | None:
        person = roles.by_pin(user, pin)
        return None if person is None else person.user

    return prove


def limits_reader(settings: ControlSettings) -> Callable[[], Limits] | None:
    """A function that reads the limits file as it stands when it is called; it raises
    ``LimitsError``. None without a limits file."""
    return partial(read_limits, settings.limits) if settings.limits is not None else None


def reload_command(settings: ControlSettings, user: str, reason: str) -> ReloadLimits | None:
    """The command that puts the limits file in force as it stands now, journaled by the engine.
    None without a limits file."""
    if settings.limits is None:
        return None
    return ReloadLimits(user=user, limits=read_limits(settings.limits), reason=reason)
