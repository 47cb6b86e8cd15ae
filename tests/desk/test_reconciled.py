"""A day's end in the running desk: the comparison, its file, and positions from before."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from desk.errors import UserError
from desk.positions import position_of, read_positions
from desk.reconciled import write
from tests.desk.processes import DeskProcess, desk
from tests.desk.test_run import basket, spread


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.process
def test_positions_from_before_are_entered_and_compared(tmp_path: Path) -> None:
    run = (
        "run", "--headless", "--data-dir", tmp_path, "--speed", 20,
        "--basket", basket(tmp_path, spread("G1", 5)),
    )  # fmt: skip
    opening = tmp_path / "opening.csv"
    opening.write_text("account,symbol,quantity,price\ndefault,ES200320P3000,-2,11.5\n")
    folder = tmp_path / "desk-reconciliations"
    with DeskProcess(*run, folder=tmp_path) as running:
        running.until_answering()
        running.until("G1's end", lambda: "done groups: 1" in running.ask("status"))
        assert "no breaks" in running.ask("reconcile")
        running.until("its file", lambda: len(list(folder.glob("*.csv"))) == 1)
        (clean,) = folder.glob("*.csv")
        (result,) = rows_of(clean)
        assert result["what"] == "result" and "2 positions compared" in result["text"]
        entered = running.ask("positions", opening, "--reason", "from before")
        assert entered == "1 positions entered\n"
        done = desk("reconcile", "--data-dir", tmp_path, folder=tmp_path)
        assert done.returncode == 1 and "position,default|ES200320P3000" in done.stdout
        running.until("its file", lambda: len(list(folder.glob("*.csv"))) == 2)
        assert running.end() == 0
    with DeskProcess(*run[:4], folder=tmp_path) as again:
        again.until_answering()
        kept = again.request(do="reconciliation")
        assert (kept["asked_by"], kept["breaks"]) != ("", 0), "the last result outlives the process"
        assert len(list(folder.glob("*.csv"))) == 2, "and is written once"
        assert again.end() == 0


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    paths = [write(tmp_path / "new", 1_000_000_000, f"{n}") for n in range(3)]
    assert [path.read_text() for path in paths] == ["0", "1", "2"]
    assert paths[0].name == "1970-01-01T000001Z.csv"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "its first line has nothing"),
        ("account,symbol\na,b\n", "needs the columns"),
        ("account,symbol,quantity,px\na,b,1,2\n", "needs the columns"),
        ("account,symbol,quantity\n", "has no rows"),
        ("account,symbol,quantity\na,b\n", "line 2: expected as many cells"),
        ("account,symbol,quantity\na,b,1,2\n", "line 2: expected as many cells"),
        ("account,symbol,quantity\na,b,many\n", "line 2.quantity: expected a number, got 'many'"),
        ("account,symbol,quantity\na,b,nan\n", "expected a number"),
        ('account,symbol,quantity\na,"b,1\n', "unexpected end"),
    ],
)
def test_a_positions_file_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=said.replace("'", ".")):
        read_positions(path)
    with pytest.raises(UserError, match="can't be read"):
        read_positions(tmp_path / "absent.csv")


@pytest.mark.parametrize("row", [3, {"account": 1}, {"quantity": "x" * 101}, {"quantity": ""}])
def test_a_position_that_is_none(row: object) -> None:
    with pytest.raises(UserError, match="expected"):
        position_of(row, "positions[0]")
