"""What can go wrong with a database, as sentences for the user.

Owns: ``StoreError`` and the translation of SQLite's errors. May not: open or write anything.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from engine.errors import EngineError


class StoreError(EngineError):
    """The database cannot be used; the text says what, where and what to do."""


def explain(error: BaseException, path: Path, doing: str) -> StoreError:
    """Turn an error of SQLite or of the file system into a ``StoreError``.

    ``doing`` completes "while …". The code names are SQLite's result codes.
    """
    code = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    return StoreError(f"{path}: {_reason(error, code, text)} (while {doing})")


def _reason(error: BaseException, code: str, text: str) -> str:
    if code.startswith("SQLITE_FULL") or getattr(error, "errno", None) == 28:
        return "the disk is full; free some space and start the desk again"
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "another process is writing to this database; stop it and start the desk again"
    if code.startswith("SQLITE_NOTADB"):
        return "this file is not a database; name another one or move it away"
    if code.startswith("SQLITE_CORRUPT"):
        return f"the database is damaged ({text}); restore a backup, nothing was written"
    if code.startswith(("SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")):
        return "the database may not be written; check the permissions of file and folder"
    if code.startswith("SQLITE_CANTOPEN"):
        return "the database cannot be opened; check that the folder exists and may be written"
    if code.startswith("SQLITE_IOERR"):
        return f"the disk reports an error ({code}: {text}); check the disk before going on"
    if isinstance(error, sqlite3.IntegrityError):
        return f"a record was about to be written twice or against a rule ({text}); refused"
    return f"the database failed: {type(error).__name__}: {text}"
