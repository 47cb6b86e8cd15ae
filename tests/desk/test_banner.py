"""A desk on a real counterparty never says PAPER."""

from __future__ import annotations

from desk.config import PaperSettings
from desk.window import banner_of


def test_only_paper_is_called_paper() -> None:
    assert banner_of(PaperSettings()) == "PAPER"
    assert banner_of(PaperSettings(exchange="127.0.0.1:9000")) == "PAPER"
    assert banner_of(PaperSettings(exchange="fix:/etc/desk/fix.toml")) == "FIX"
