"""What a user has set, kept from one start to the next.

Owns: the preferences file (JSON) and its versions. May not: decide what a value means. Keys that
this version doesn't know are kept, so that an older and a newer desk can share a file; a file
that can't be read is set aside and said so, never overwritten in silence.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VERSION = 1


class Preferences:
    """Values by name. ``path`` None: nothing is kept. ``trouble`` says what went wrong."""

    def __init__(self, path: Path | None, *, ignore: bool = False) -> None:
        self._path = path
        self._values: dict[str, Any] = {}
        self._dirty = False
        self.trouble = ""
        if path is not None and not ignore and path.exists():
            self._load(path)

    def get(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def set(self, name: str, value: Any) -> None:
        """Keep a value (JSON types) with the next ``save``."""
        if self._values.get(name) != value:
            self._values[name] = value
            self._dirty = True

    def drop(self, name: str) -> None:
        if self._values.pop(name, None) is not None:
            self._dirty = True

    def save(self) -> None:
        """Write the file if something changed; a failure is noted in ``trouble``, not raised."""
        if self._path is None or not self._dirty:
            return
        text = json.dumps({**self._values, "version": VERSION}, indent=1, sort_keys=True)
        partial = self._path.with_name(self._path.name + ".partial")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(text, encoding="utf-8")
            partial.replace(self._path)
            self._dirty = False
        except OSError as error:
            self.trouble = f"preferences not saved to {self._path}: {error.strerror or error}"

    def _load(self, path: Path) -> None:
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(values, dict):
                raise ValueError("expected a JSON object")
        except (OSError, ValueError) as error:
            self.trouble = f"preferences in {path} can't be read ({error}); defaults are used"
            self._set_aside(path)
            return
        self._values = values

    def _set_aside(self, path: Path) -> None:
        try:
            path.replace(path.with_name(path.name + ".unreadable"))
            self.trouble += f", the file was set aside as {path.name}.unreadable"
        except OSError:
            self._path = None
            self.trouble += " and nothing is saved in this run"
