"""Persist before acknowledge: the mark never runs ahead of what the engine has committed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.broker.fix.acknowledged import Acknowledgements, Mark, MarkFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "committed.mark"


@pytest.fixture
def file(path: Path) -> Iterator[MarkFile]:
    found = MarkFile(path)
    yield found
    found.close()


class Event:
    """Equal to every other one; only its identity counts."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


def test_the_mark_follows_the_commits(file: MarkFile) -> None:
    acks = Acknowledgements(file)
    events = [Event() for _ in range(4)]
    for seq, event in enumerate(events, 2):
        acks.delivered(0, seq, event)
    assert acks.mark == Mark(0, 0)
    acks.committed([object(), events[0], events[1]])
    assert acks.mark == Mark(0, 3)
    acks.committed([object()])
    assert acks.mark == Mark(0, 3) and len(acks) == 2
    acks.committed([events[3]])
    assert acks.mark == Mark(0, 5) and len(acks) == 0


def test_messages_that_need_no_commit_pass_only_behind_those_that_do(file: MarkFile) -> None:
    acks = Acknowledgements(file)
    acks.delivered(0, 1, None)
    assert acks.mark == Mark(0, 1)
    first = Event()
    acks.delivered(0, 2, first)
    acks.delivered(0, 3, None)
    assert acks.mark == Mark(0, 1)
    acks.committed([first])
    assert acks.mark == Mark(0, 3)


def test_messages_of_an_ended_epoch_do_not_move_the_new_ones_mark(file: MarkFile) -> None:
    acks = Acknowledgements(file)
    old, new = Event(), Event()
    acks.delivered(0, 900, old)
    file.save(Mark(1, 0))
    acks.delivered(1, 2, new)
    acks.committed([old])
    assert acks.mark == Mark(1, 0)
    acks.committed([new])
    assert acks.mark == Mark(1, 2)


@given(st.lists(st.sampled_from(["event", "plain", "commit"]), max_size=60), st.data())
def test_never_ahead(tmp_path_factory: pytest.TempPathFactory, steps: list[str], data: st.DataObject
) -> None:  # fmt: skip
    file = MarkFile(tmp_path_factory.mktemp("m") / "mark")
    acks = Acknowledgements(file)
    waiting: list[tuple[int, Event]] = []
    seq = 0
    for step in steps:
        if step == "commit" and waiting:
            count = data.draw(st.integers(1, len(waiting)))
            done, waiting = waiting[:count], waiting[count:]
            acks.committed([event for _, event in done])
        elif step != "commit":
            seq += 1
            event = Event() if step == "event" else None
            acks.delivered(0, seq, event)
            if event is not None:
                waiting.append((seq, event))
        assert acks.mark.seq == (waiting[0][0] - 1 if waiting else seq)
    file.close()


def test_the_mark_survives(file: MarkFile, path: Path) -> None:
    for seq in range(1, 6):
        file.save(Mark(3, seq))
    again = MarkFile(path)
    assert again.mark == Mark(3, 5)
    again.close()


@pytest.mark.parametrize("damage", [b"", b"x" * 64, b"0" * 30])
def test_a_write_that_was_cut_off_leaves_the_one_before(
    file: MarkFile, path: Path, damage: bytes
) -> None:
    file.save(Mark(0, 7))
    file.save(Mark(0, 8))
    with open(path, "r+b") as raw:
        raw.seek(0)  # the second save went into the first slot
        raw.write(damage or b"\0" * 64)
    again = MarkFile(path)
    assert again.mark == Mark(0, 7)
    again.save(Mark(0, 9))
    again.close()
    third = MarkFile(path)
    assert third.mark == Mark(0, 9)
    third.close()


def test_a_file_of_something_else_means_nothing_is_committed(path: Path) -> None:
    path.write_bytes(os.urandom(500))
    file = MarkFile(path)
    assert file.mark == Mark(0, 0)
    file.close()


def test_a_closed_file_takes_no_more(path: Path) -> None:
    file = MarkFile(path)
    file.save(Mark(0, 1))
    file.close()
    file.save(Mark(0, 2))
    assert file.mark == Mark(0, 1)
