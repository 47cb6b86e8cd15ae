"""The working orders as they are durable, read beside the writer.

Owns: one question on a connection of its own. May not: write, or wait for the writer: in WAL mode
a reader sees the last commit whatever the writer does. Any thread.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.core.model import Order, Request
from engine.core.order import is_done
from engine.store.database import connect_to_read
from engine.store.decoding import CodecError
from engine.store.errors import StoreError, explain
from engine.store.records import record_codec


def working_orders(path: Path) -> list[Order]:
    """Every order whose intent is durable and that may still fill, oldest first, with its
    requests and without its executions. Raises ``StoreError``."""
    try:
        connection = connect_to_read(path)
        try:
            return _read(connection)
        finally:
            connection.close()
    except CodecError as error:
        raise StoreError(f"{path}: a record does not fit: {error}") from error
    except (sqlite3.Error, OSError) as error:
        raise explain(error, path, "reading the working orders") from error


def _read(connection: sqlite3.Connection) -> list[Order]:
    codec, found = record_codec(), {}
    connection.execute("BEGIN")
    rows = connection.execute(
        "SELECT ref, body FROM order_intents WHERE live = 1 AND request = 0 ORDER BY id"
    )
    for ref, body in rows:
        order = codec.decode(Order, body)
        if not is_done(order):
            found[ref] = order
    # By group, which an index knows, and not by order: a thousand small questions would be slow.
    rows = connection.execute(
        "SELECT ref, body FROM order_intents WHERE request > 0 AND group_id IN"
        " (SELECT group_id FROM order_intents WHERE live = 1) ORDER BY ref, request"
    )
    for ref, body in rows:
        if ref in found:
            found[ref].requests.append(codec.decode(Request, body))
    return list(found.values())
