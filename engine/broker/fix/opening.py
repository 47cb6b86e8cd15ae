"""Putting a FIX broker together from ``fix.toml``.

Owns: the choice and the wiring of the parts. May not: hold state. The ``quickfix`` package is
looked for here and nowhere earlier.
"""

from __future__ import annotations

import base64
import importlib.util
import time
from collections.abc import Mapping
from pathlib import Path

from engine.broker.fix.acknowledged import Acknowledgements, MarkFile
from engine.broker.fix.broker import FixBroker
from engine.broker.fix.config import FixSettings, read_fix_config
from engine.broker.fix.dictionary import write_dictionary
from engine.broker.fix.engine_settings import initiator_text
from engine.broker.fix.errors import FixError
from engine.broker.fix.tags import Tag
from engine.broker.fix.tls import TlsRelay
from engine.broker.fix.view import SessionWatch

MISSING = (
    "FIX needs the package quickfix, which is not installed: pip install 'desk[fix]' "
    "(it is built from source, about four minutes)"
)


def need_quickfix() -> None:
    """Raises ``FixError`` where the extra is not installed."""
    if importlib.util.find_spec("quickfix") is None:
        raise FixError(MISSING)


def open_fix(config: Path | FixSettings, environ: Mapping[str, str] | None = None) -> FixBroker:
    """A broker on the session that ``fix.toml`` describes. Nothing runs before ``start``.

    Raises ``FixError`` with a sentence for the user: settings, credentials, files, QuickFIX.
    """
    need_quickfix()
    from engine.broker.fix.quickfix_app import LinkPolicy
    from engine.broker.fix.quickfix_link import QuickFixLink

    settings = config if isinstance(config, FixSettings) else read_fix_config(config, environ)
    folder = settings.store
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise FixError(f"{folder}: cannot be used ({error.strerror or error})") from error
    dictionary = write_dictionary(folder)
    watch = SessionWatch(time.monotonic_ns, time.time_ns)
    marks = MarkFile(folder / "committed.mark")
    acks = Acknowledgements(marks)
    relay = None if settings.tls is None else TlsRelay(settings.host, settings.port, settings.tls)
    host, port = (settings.host, settings.port) if relay is None else relay.claim()
    policy = LinkPolicy(
        initiator_text(settings, host, port, dictionary),
        accepts=False,
        logon_fields=_logon_fields(settings),
    )
    link = QuickFixLink(policy, folder, watch, marks, lambda: broker.may_go_on(), relay)
    broker = FixBroker(
        settings.profile,
        link,
        watch,
        acks,
        session=f"{settings.target_comp_id} as {settings.sender_comp_id}",
        nonce=new_nonce(),
        symbols=settings.symbols,
        patience_s=settings.logon_timeout_s,
        ping_s=settings.heartbeat_s,
    )
    return broker


def new_nonce() -> str:
    """A short text that no other life of a process had."""
    raw = base64.b32encode(time.time_ns().to_bytes(8, "big")[1:])
    return raw.decode("ascii").rstrip("=")


def _logon_fields(settings: FixSettings) -> tuple[tuple[int, str], ...]:
    fields = []
    if settings.username:
        fields.append((int(Tag.USERNAME), settings.username))
    if settings.password:
        fields.append((int(Tag.PASSWORD), settings.password))
    return tuple(fields)
