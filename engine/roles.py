"""Who is at the desk: ``roles.toml``, OS users and PINs.

Owns: the file (``docs/limits.md``), proving who somebody is, and making a PIN's hash. May not:
decide what a role may do (``engine.core.permissions``). A PIN is kept only as a salted scrypt hash;
a wrong one and an unknown user take the same time and get the same answer.
"""

from __future__ import annotations

import hashlib
import hmac
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.core.model import UserRole
from engine.core.terms import Role
from engine.errors import EngineError

_FIELDS = ("user", "role", "os_user", "pin")
_COST, _BLOCK, _PARALLEL, _SALT_BYTES, _KEY_BYTES = 2**14, 8, 1, 16, 32
_PIN_MIN = 4
_NOBODY = f"scrypt:{'00' * _SALT_BYTES}:{'00' * _KEY_BYTES}"


class RolesError(EngineError):
    """A roles file that is not used; the text names everything that is wrong."""


@dataclass(frozen=True, slots=True)
class Person:
    """One row: a name for the journal, a role, and how the person proves who it is: the OS user
    that runs the desk, or a PIN (its hash). Either may be empty, not both."""

    user: str
    role: Role
    os_user: str = ""
    pin: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """Everybody at the desk."""

    people: tuple[Person, ...] = ()

    def for_engine(self) -> tuple[UserRole, ...]:
        """What the engine must know: who may act as what."""
        return tuple(UserRole(person.user, person.role) for person in self.people)

    def by_os_user(self, os_user: str) -> Person | None:
        """The person whom this OS user proves."""
        return next((p for p in self.people if os_user and p.os_user == os_user), None)

    def by_pin(self, user: str, pin: str) -> Person | None:
        """The person, if the PIN is theirs."""
        person = next((p for p in self.people if p.user == user and p.pin), None)
        fits = _is_pin(pin, person.pin if person is not None else _NOBODY)
        return person if fits else None


def read_roles(path: Path) -> Roles:
    """The people in ``path``. Raises ``RolesError``."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RolesError(f"The roles file {path} can't be read ({error}).") from None
    except tomllib.TOMLDecodeError as error:
        raise RolesError(f"The roles file {path} is not TOML: {error}.") from None
    rows = table.get("people")
    if set(table) - {"people"} or not isinstance(rows, list):
        raise RolesError(f"{path}: expected tables [[people]] and nothing else.")
    errors: list[str] = []
    people = [_person(row, f"people[{index}]", errors) for index, row in enumerate(rows)]
    for name, given in (("user", [p.user for p in people]), ("os_user", _given(people))):
        for twice in sorted({each for each in given if given.count(each) > 1}):
            errors.append(f"{name}: {twice!r} is given twice")
    if not any(person.role is Role.RISK for person in people):
        errors.append("nobody has the role RISK: the limits could not be reloaded or lifted")
    if errors:
        lines = "\n".join(f"  {error}" for error in errors)
        raise RolesError(f"{path}: roles to mend:\n{lines}")
    return Roles(tuple(people))


def hash_pin(pin: str, salt: bytes) -> str:
    """The text to put into ``roles.toml``. ``salt``: 16 random bytes. Raises ``RolesError`` for
    a PIN of fewer than 4 characters."""
    if len(pin) < _PIN_MIN or not pin.isprintable():
        raise RolesError(f"A PIN has at least {_PIN_MIN} printable characters.")
    if len(salt) != _SALT_BYTES:
        raise ValueError(f"expected {_SALT_BYTES} bytes of salt, got {len(salt)}")
    return f"scrypt:{salt.hex()}:{_key(pin, salt).hex()}"


def _given(people: list[Person]) -> list[str]:
    return [person.os_user for person in people if person.os_user]


def _person(row: object, where: str, errors: list[str]) -> Person:
    if not isinstance(row, Mapping):
        errors.append(f"{where}: expected a table")
        return Person("", Role.VIEWER)
    for name in row:
        if name not in _FIELDS:
            errors.append(f"{where}.{name}: unknown; known here: {', '.join(_FIELDS)}")
    texts = {name: _text(row, name, where, errors) for name in _FIELDS}
    role = texts["role"].upper()
    if role not in Role.__members__:
        expected = ", ".join(each.value.lower() for each in Role)
        errors.append(f"{where}.role: expected one of {expected}, got {texts['role'] or 'nothing'}")
    if not texts["user"]:
        errors.append(f"{where}.user: expected the name that the journal shows")
    if not texts["os_user"] and not texts["pin"]:
        errors.append(f"{where}: expected os_user or pin")
    if texts["pin"] and _parts(texts["pin"]) is None:
        errors.append(f"{where}.pin: expected the text that `desk pin` prints, not the PIN itself")
    known = Role.__members__.get(role, Role.VIEWER)
    return Person(texts["user"], known, texts["os_user"], texts["pin"])


def _text(row: Mapping[str, object], name: str, where: str, errors: list[str]) -> str:
    value = row.get(name, "")
    if isinstance(value, str) and value.isprintable() and value == value.strip():
        return value
    errors.append(f"{where}.{name}: expected text without blanks at its ends, got {value!r}")
    return ""


def _parts(stored: str) -> tuple[bytes, bytes] | None:
    """(salt, key) of a stored hash; None when it is none."""
    kind, _, rest = stored.partition(":")
    salt, _, key = rest.partition(":")
    try:
        found = bytes.fromhex(salt), bytes.fromhex(key)
    except ValueError:
        return None
    fits = kind == "scrypt" and (len(found[0]), len(found[1])) == (_SALT_BYTES, _KEY_BYTES)
    return found if fits else None


def _is_pin(pin: str, stored: str) -> bool:
    parts = _parts(stored)
    assert parts is not None, "a stored PIN was checked when it was read"
    salt, key = parts
    return hmac.compare_digest(_key(pin, salt), key)


def _key(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL, dklen=_KEY_BYTES)
