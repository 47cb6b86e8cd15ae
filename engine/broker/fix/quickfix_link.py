"""A session by QuickFIX, as the loop sees it.

Owns: starting, stopping and sending. May not: read a message's meaning. The callbacks are
``quickfix_app``'s. Needs the extra ``desk[fix]``; nothing imports it before a session is wanted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import quickfix as fix

from engine.broker.fix.acceptor_pump import AcceptorPump
from engine.broker.fix.acknowledged import MarkFile
from engine.broker.fix.errors import FixError
from engine.broker.fix.handover import Handover
from engine.broker.fix.link import Listen
from engine.broker.fix.loopback import confine
from engine.broker.fix.message import SOH, Draft
from engine.broker.fix.quickfix_app import LinkPolicy, LogEar, SessionApp
from engine.broker.fix.tags import HEADER, Tag
from engine.broker.fix.tls import TlsRelay
from engine.broker.fix.view import SessionState, SessionWatch

LOGOUT_S = 2.0


class QuickFixLink:
    """One session; implements ``FixLink``. ``marks`` None: the counterparty's messages need no
    commit here, and QuickFIX's own number stands."""

    def __init__(
        self,
        policy: LinkPolicy,
        folder: Path,
        watch: SessionWatch,
        marks: MarkFile | None = None,
        may_go_on: Callable[[], bool] = lambda: True,
        relay: TlsRelay | None = None,
    ) -> None:
        self.watch = watch
        self._policy = policy
        self._folder = folder
        self._may_go_on = may_go_on
        self._relay = relay
        self._app = SessionApp(policy, watch, marks)
        self._engine: fix.SocketInitiator | fix.SocketAcceptor | None = None
        self._pump: AcceptorPump | None = None
        self._keep: tuple[object, ...] = ()
        self._numbers = (0, 0)

    @property
    def is_up(self) -> bool:
        return bool(self._app.is_up)

    @property
    def waiting(self) -> int:
        """Messages handed over and not yet taken."""
        return len(self._app.queue) if self._app.queue is not None else 0

    async def start(self, listen: Listen) -> None:
        """Open the session. Raises ``FixError`` for settings or files QuickFIX cannot use, and
        for a port that is taken."""
        assert self._engine is None, "started twice"
        loop = asyncio.get_running_loop()
        self._app.queue = Handover(loop, listen, self._may_go_on)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / "session.cfg"
        path.write_text(self._policy.settings_text, encoding="ascii")
        self.watch.state = SessionState.CONNECTING
        if self._relay is not None:
            await self._relay.start()
        why = ""
        try:
            self._open(str(path))
        except fix.FIXException as error:
            why = str(error)
        if why:  # outside the handler: its traceback would keep QuickFIX's objects alive
            self._app.queue.close()
            self._app.close()
            self._engine, self._keep = None, ()
            self.watch.state = SessionState.STOPPED
            if self._relay is not None:
                await self._relay.stop()
            raise FixError(f"the FIX session cannot be opened: {why}")

    def _open(self, path: str) -> None:
        settings = fix.SessionSettings(path)
        store, logs = fix.FileStoreFactory(settings), LogEar(self._app)
        kind = fix.SocketAcceptor if self._policy.accepts else fix.SocketInitiator
        self._keep = (settings, store, logs)
        self._engine = kind(self._app, store, settings, logs)
        if self._policy.accepts:
            self._engine.poll()  # begins to listen; raises where the port is taken
            if not confine(self._policy.accept_port):
                self.watch.note("the port is open on every interface; strangers are hung up on")
            self._pump = AcceptorPump(self._engine.poll, lambda: self._app.activity)
            self._pump.start()
        else:
            self._engine.start()

    async def stop(self) -> None:
        """Log out and end QuickFIX's thread; what it still hands over is lost to this life."""
        if self._engine is None:
            return
        self._numbers = self._read_numbers()
        assert self._app.queue is not None
        self._app.queue.close()
        await asyncio.get_running_loop().run_in_executor(None, self._end)
        if self._relay is not None:
            await self._relay.stop()
        self.watch.state = SessionState.STOPPED

    def _end(self) -> None:
        """Stop QuickFIX, then let go of it at once: it registers sessions by name for the whole
        process, and the next life of this session must not find the old one."""
        engine, self._engine = self._engine, None
        assert engine is not None
        pump, self._pump = self._pump, None
        if pump is not None:
            self._log_out()
            pump.finish()
            del pump
        engine.stop(self._policy.accepts)  # forced: without its pump it would wait in vain
        self._app.close()
        del engine
        self._keep = ()

    def _log_out(self) -> None:
        """Say goodbye while the pump still runs, and give the other side a moment for it."""
        self.logout("the exchange is being shut down")
        until_s = time.monotonic() + LOGOUT_S
        while True:
            time.sleep(0.02)
            session = self._app.session
            if session is None or not session.isLoggedOn() or time.monotonic() > until_s:
                return

    def send(self, draft: Draft) -> int | None:
        """See ``FixLink``."""
        message = _build(draft)
        try:
            if not fix.Session.sendToTarget(message, self._app.session_id):
                return None
        except fix.SessionNotFound:
            return None
        return int(message.getHeader().getField(Tag.MSG_SEQ_NUM))

    def resume(self) -> None:
        if self._app.queue is not None:
            self._app.queue.resume()

    def logon(self) -> None:
        if self._app.session is not None:
            self._app.session.logon()

    def logout(self, why: str) -> None:
        if self._app.session is not None:
            self._app.session.logout(why)

    def drop(self) -> None:
        """End the connection without a word, as a broken line does."""
        if self._app.session is not None:
            self._app.session.disconnect()

    def sequence_numbers(self) -> tuple[int, int]:
        return self._read_numbers()

    def _read_numbers(self) -> tuple[int, int]:
        session = self._app.session
        if session is None:
            return self._numbers
        return session.getExpectedTargetNum(), session.getExpectedSenderNum()


def _build(draft: Draft) -> fix.Message:
    """QuickFIX's own message; it sorts the fields of the body, groups keep their order."""
    header = f"{SOH}".join(f"{tag:d}={value}" for tag, value in draft.pairs() if tag in HEADER)
    body = f"{SOH}".join(f"{tag:d}={value}" for tag, value in draft.fields)
    parts = ["8=FIX.4.4", "9=0", f"35={draft.msg_type}", *filter(None, (header, body)), "10=000"]
    message = fix.Message(SOH.join(parts) + SOH, False)
    for group in draft.groups:
        for entry in group.entries:
            made = fix.Group(int(group.count_tag), int(entry[0][0]))
            for tag, value in entry:
                made.setField(fix.StringField(int(tag), value))
            message.addGroup(made)
    return message
