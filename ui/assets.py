"""Where the data files of the screen are.

Owns: the one way to find a file under ``resources/``. May not: read settings or parse anything.
"""

from __future__ import annotations

from pathlib import Path

RESOURCES = Path(__file__).resolve().parent.parent / "resources"


def resource(*parts: str) -> Path:
    """The path of a resource file. Raises ``FileNotFoundError`` with a sentence if it is gone."""
    path = RESOURCES.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: the installation is incomplete; expected the folder "
            f"'resources' beside the package 'ui'"
        )
    return path
