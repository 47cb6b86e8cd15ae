"""What one run of the desk is to do, gathered from the command line and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desk.config import Config
from desk.paths import Paths


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One run. ``basket`` is submitted once the engine is armed; ``safe_mode``: the window's
    saved layout and preferences are not read; ``demo``: a past is made where there is none."""

    paths: Paths
    config: Config
    user: str
    headless: bool = False
    basket: Path | None = None
    exit_when_idle: bool = False
    report: Path | None = None
    safe_mode: bool = False
    demo: bool = False
