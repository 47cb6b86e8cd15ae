"""Opening a database: what is made, what is refused, what is migrated and backed up."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.store import database
from engine.store.errors import StoreError


def test_a_new_database_is_ours_synced_and_in_wal(tmp_path: Path) -> None:
    connection = database.connect(tmp_path / "desk.db")

    def pragma(name: str) -> object:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]

    assert pragma("application_id") == database.APPLICATION_ID
    assert pragma("user_version") == database.migrations()[-1][0]
    assert pragma("journal_mode") == "wal"
    assert pragma("synchronous") == 2
    connection.close()
    assert database.check_integrity(tmp_path / "desk.db") == []


def test_the_guides_tables_are_there(tmp_path: Path) -> None:
    connection = database.connect(tmp_path / "desk.db")
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
    connection.close()
    assert names >= {"execution_states", "processed_events", "order_intents", "hedge_tracking"}


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    database.connect(path).close()
    before = sqlite3.connect(path).execute("SELECT sql FROM sqlite_schema").fetchall()
    database.connect(path).close()
    assert sqlite3.connect(path).execute("SELECT sql FROM sqlite_schema").fetchall() == before
    assert list(tmp_path.glob("*.backup")) == []


def test_a_newer_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    database.connect(path).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 999")
    raw.close()
    with pytest.raises(StoreError, match=r"desk\.db: made by a newer desk \(schema 999"):
        database.connect(path)
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (999,)


def test_another_programs_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE photos (name TEXT)")
    raw.close()
    with pytest.raises(StoreError, match="database of another program"):
        database.connect(path)
    tables = sqlite3.connect(path).execute("SELECT name FROM sqlite_schema").fetchall()
    assert tables == [("photos",)]


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(StoreError, match="not a database"):
        database.connect(path)
    assert path.read_text().startswith("Dear Sir")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened; check that the folder exists"):
        database.connect(tmp_path / "nowhere" / "desk.db")


def test_a_locked_database_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 20)
    path = tmp_path / "desk.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="another process is writing"):
        database.connect(path)
    other.execute("ROLLBACK")
    other.close()


def _with_migrations(monkeypatch: pytest.MonkeyPatch, *scripts: str) -> None:
    steps = [(n, f"{n:04d}_step.sql", text) for n, text in enumerate(scripts, start=1)]
    monkeypatch.setattr(database, "migrations", lambda: steps)


FIRST = (
    "CREATE TABLE one (a TEXT);\n-- a remark; with a semicolon\nINSERT INTO one VALUES ('x;y');\n"
)


def test_an_older_database_is_backed_up_then_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    _with_migrations(monkeypatch, FIRST)
    database.connect(path).close()
    _with_migrations(monkeypatch, FIRST, "ALTER TABLE one ADD COLUMN b TEXT;")
    connection = database.connect(path)
    assert connection.execute("SELECT a, b FROM one").fetchall() == [("x;y", None)]
    connection.close()
    (backup,) = tmp_path.glob("*.backup")
    kept = sqlite3.connect(backup)
    assert kept.execute("SELECT * FROM one").fetchall() == [("x;y",)]
    assert kept.execute("PRAGMA user_version").fetchone() == (1,)
    kept.close()


def test_a_migration_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "desk.db"
    _with_migrations(monkeypatch, FIRST)
    database.connect(path).close()
    broken = "CREATE TABLE two (a TEXT);\nINSERT INTO nowhere VALUES (1);"
    _with_migrations(monkeypatch, FIRST, broken)
    with pytest.raises(StoreError, match="no such table: nowhere"):
        database.connect(path)
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    assert raw.execute("SELECT name FROM sqlite_schema").fetchall() == [("one",)]
    raw.close()


def test_statements_are_split_as_sqlite_reads_them() -> None:
    script = "CREATE TABLE a (b TEXT DEFAULT ';');\n-- end\n\nCREATE TRIGGER t AFTER INSERT ON a\n"
    script += "BEGIN\n  SELECT 1;\nEND;\n-- the rest; is silence\n"
    found = list(database.statements(script))
    assert len(found) == 2
    assert found[1].strip().startswith("-- end")
    with pytest.raises(StoreError, match="ends inside a statement"):
        list(database.statements("CREATE TABLE a (b TEXT"))


def test_damage_is_found_by_the_integrity_check(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    connection = database.connect(path)
    rows = [(f"{n:09d}" * 20,) for n in range(2_000)]
    connection.executemany("INSERT INTO processed_events VALUES (?, 'd', 'a')", rows)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = b"\xff" * 64
    path.write_bytes(data)
    try:
        found = database.check_integrity(path)
    except StoreError as error:
        found = [str(error)]
    assert found != []
