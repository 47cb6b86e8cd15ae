"""Where files live, and that they are the user's own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from desk.errors import UserError
from desk.paths import SOCKET_PATH_MAX, find_paths, make_directories


def test_the_xdg_directories_are_used(tmp_path: Path) -> None:
    environment = {"XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s", "XDG_CONFIG_HOME": "/c"}
    paths = find_paths(environment)
    assert paths.database == Path("/d/desk/desk.db")
    assert paths.log == Path("/s/desk/desk.log")
    assert paths.config == Path("/c/desk/desk.toml")


def test_a_relative_xdg_directory_is_ignored_as_the_standard_says() -> None:
    paths = find_paths({"XDG_DATA_HOME": "here"})
    assert paths.database == Path.home() / ".local/share/desk/desk.db"


def test_one_data_dir_holds_everything(tmp_path: Path) -> None:
    paths = find_paths({}, data_dir=tmp_path / "all")
    files = [paths.database, paths.exchange, paths.log, paths.config, paths.preferences, paths.lock]
    assert {file.parent for file in files} == {tmp_path / "all"}


def test_what_belongs_to_a_database_goes_with_it(tmp_path: Path) -> None:
    paths = find_paths({}, database=tmp_path / "x.db")
    assert paths.exchange == tmp_path / "x-exchange.db"
    assert paths.lock == tmp_path / "x.db.lock"
    assert paths.socket == tmp_path / "x.sock"


def test_a_socket_path_that_is_too_long_is_replaced(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 80) / ("e" * 80)
    first = find_paths({}, data_dir=deep).socket
    assert len(str(first)) <= SOCKET_PATH_MAX
    assert first == find_paths({}, data_dir=deep).socket
    assert first != find_paths({}, data_dir=deep / "f").socket


def test_directories_are_private(tmp_path: Path) -> None:
    paths = find_paths({}, data_dir=tmp_path / "new")
    make_directories(paths)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_place_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/data can't be made .* --data-dir"):
        make_directories(find_paths({}, data_dir=tmp_path / "file" / "data"))
