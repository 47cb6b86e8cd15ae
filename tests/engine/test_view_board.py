"""The glance line's sums: what they cost and what they keep as groups come and go."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import view_board
from engine.core.model import EngineConfig
from engine.view_board import Board
from tests.engine.shell.shell_kit import Desk

KEPT = 3
GROUPS = 25


async def done_groups(desk: Desk, board: Board, first: int, count: int) -> None:
    """Groups that fill at once and are done, each seen by the board before it leaves memory."""
    for number in range(first, first + count):
        await desk.submit(f"G{number}")
        for part in (2 * number, 2 * number + 1):
            desk.runner.deliver(desk.report(part, 100, 100, order=part))
            await desk.settle()
        board.status(1, 1, exact=True)


@pytest.mark.asyncio
async def test_groups_that_left_memory_stay_counted_and_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_board, "GONE_MAX", 2)
    desk = await Desk.open(tmp_path / "desk.db", EngineConfig(closed_groups_kept=KEPT))
    board = Board(desk.runner)
    desk.runner.listeners.subscribe(board.note)
    await done_groups(desk, board, 0, GROUPS)
    for number in range(GROUPS):
        board.row(f"G{number}")
    status = board.status(1, 1, exact=True)
    assert (status.live_groups, status.done_groups) == (0, GROUPS)
    assert len(desk.runner.state.groups) == KEPT
    await done_groups(desk, board, GROUPS, 1)
    board.status(1, 1, exact=True)
    assert len(board._facts) <= KEPT + 2 + 1
    assert len(board._rows) <= KEPT
    await desk.close()


@pytest.mark.asyncio
async def test_a_row_is_built_again_only_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    real = view_board.group_row

    def counted(state: object, group: object) -> object:
        built.append(group.group_id)  # type: ignore[attr-defined]
        return real(state, group)  # type: ignore[arg-type]

    monkeypatch.setattr(view_board, "group_row", counted)
    desk = await Desk.open(tmp_path / "desk.db")
    board = Board(desk.runner)
    desk.runner.listeners.subscribe(board.note)
    await desk.submit("G1")
    desk.runner.deliver(desk.report(1, 10, 10))
    await desk.settle()
    board.status(1, 1, exact=True)
    assert built == [], "the sums need no rows"
    first = board.row("G1")
    assert first is board.row("G1")
    desk.runner.deliver(desk.report(2, 10, 20))
    await desk.settle()
    second = board.row("G1")
    assert second is not None and second.legs[0].filled_qty == 20
    assert built == ["G1", "G1"]
    await desk.close()
