"""Cancels to a paper exchange over a connection of their own, without an event loop.

Owns: one blocking conversation. May not: read reports; they go to every desk's own session.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Sequence

from engine.broker.paper.address import Address
from engine.broker.paper.wire import VERSION, Hello, Watch, WireError, from_json, to_json
from engine.broker.port import DIRECT_S
from engine.core.decisions import SendCancel
from engine.core.events import OrderHandedOver, SendFailed

CONNECT_S = DIRECT_S / 4
HELLO_MAX = 64 * 1024 * 1024


def cancel(address: Address, cancels: Sequence[SendCancel]) -> list[OrderHandedOver | SendFailed]:
    """Connect, send all, wait until the exchange has read them. One outcome a cancel."""
    give_up_s = time.monotonic() + DIRECT_S - 0.5
    try:
        line = _connected(address)
    except (OSError, WireError) as error:
        why = f"no connection to the paper exchange at {address}: {error}"
        return [SendFailed(each.cl_ord_id, why, left=False) for each in cancels]
    with line:
        try:
            _tell(line, cancels, give_up_s)
        except OSError as error:
            why = f"the connection to {address} broke: {error}"
            return [SendFailed(each.cl_ord_id, why) for each in cancels]
    return [OrderHandedOver(each.cl_ord_id) for each in cancels]


def _connected(address: Address) -> socket.socket:
    line = _open(address)
    try:
        hello = from_json(_first_line(line))
        if not isinstance(hello, Hello) or hello.version != VERSION:
            raise WireError(f"expected a paper exchange speaking version {VERSION}")
    except BaseException:
        line.close()
        raise
    return line


def _open(address: Address) -> socket.socket:
    if address.path is None:
        return socket.create_connection((address.host, address.port), CONNECT_S)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(CONNECT_S)
    try:
        line.connect(str(address.path))
    except OSError:
        line.close()
        raise
    return line


def _first_line(line: socket.socket) -> bytes:
    read = bytearray()
    while b"\n" not in read and len(read) < HELLO_MAX:
        part = line.recv(65536)
        if not part:
            raise WireError("it hung up before it had greeted")
        read += part
    return bytes(read).split(b"\n", 1)[0]


def _tell(line: socket.socket, cancels: Sequence[SendCancel], give_up_s: float) -> None:
    """No quotes on this line, then the cancels. To hang up with something unread would take back
    what the other side has not read: so its end of the line is waited for."""
    text = [to_json(Watch(())), *map(to_json, cancels)]
    line.sendall("".join(f"{each}\n" for each in text).encode("ascii"))
    line.shutdown(socket.SHUT_WR)
    with contextlib.suppress(TimeoutError):
        while time.monotonic() < give_up_s and line.recv(65536):
            pass
