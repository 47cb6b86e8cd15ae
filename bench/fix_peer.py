"""The counterparty of ``fix_bench``: PORT FOLDER DESK. Bare QuickFIX, answers each order at once.

Owns: one acknowledgement for an order, or a burst of fills for ClOrdID ``c-N``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import quickfix as fix

from bench.fix_bench import settings_text

SOH = "\x01"
ACK = "8=FIX.4.4|9=0|35=8|37=O|11={}|17=E{}|150={}|39={}|55=ES|54=1|38=1|14=0|151=1|6=0|10=0|"


class Peer(fix.Application):  # type: ignore[misc]
    """Answers on QuickFIX's own thread."""

    def __init__(self) -> None:
        fix.Application.__init__(self)
        self._number = 0

    def onCreate(self, session_id: object) -> None:
        return None

    def onLogon(self, session_id: object) -> None:
        return None

    def onLogout(self, session_id: object) -> None:
        return None

    def toAdmin(self, message: object, session_id: object) -> None:
        return None

    def toApp(self, message: object, session_id: object) -> None:
        return None

    def fromAdmin(self, message: object, session_id: object) -> None:
        return None

    def fromApp(self, message: fix.Message, session_id: fix.SessionID) -> None:
        cl_ord_id = message.getField(11)
        count = int(cl_ord_id[2:]) if cl_ord_id.startswith("c-") else 1
        kind, status = ("F", "1") if count > 1 else ("0", "0")
        for _ in range(count):
            self._number += 1
            text = ACK.format(cl_ord_id, self._number, kind, status).replace("|", SOH)
            fix.Session.sendToTarget(fix.Message(text, False), session_id)


def main(port: str, folder: str, desk: str) -> None:
    path = Path(folder) / "peer.cfg"
    store = Path(folder) / "peer"
    path.write_text(settings_text("acceptor", "PEER", desk, int(port), store))
    settings = fix.SessionSettings(str(path))
    app, factory = Peer(), fix.FileStoreFactory(settings)
    acceptor = fix.SocketAcceptor(app, factory, settings)
    acceptor.start()
    print("ready", flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
