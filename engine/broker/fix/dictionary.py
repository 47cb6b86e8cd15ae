"""The data dictionary QuickFIX needs to tell repeating groups apart, made lenient.

Owns: finding QuickFIX's FIX44.xml and taking out of it everything but the structure. May not:
import QuickFIX.

With the standard's dictionary as it is, QuickFIX itself refuses a report with a missing field or
an unknown code, and the engine never sees it. The structure is needed all the same: without
it a message with two parties in it is "tag appears more than once". So required fields, values and
types are taken out; reading a message strictly is the adapter's own work.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

from engine.broker.fix.errors import FixError

NAME = "FIX44.xml"
_KEPT_TYPES = frozenset({"NUMINGROUP", "LENGTH", "DATA", "XMLDATA"})
_VALUE = re.compile(r"^\s*<value\b[^>]*/>\s*$", re.MULTILINE)
_TYPE = re.compile(r"(<field number='\d+' name='\w+' type=')(\w+)(')")


def write_dictionary(folder: Path) -> Path:
    """Write the lenient dictionary into ``folder``. Raises ``FixError``."""
    path = folder / "fix44-structure.xml"
    try:
        text = lenient(_standard().read_text(encoding="utf-8"))
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FixError(f"{path}: the FIX dictionary was not written ({error})") from error
    return path


def lenient(text: str) -> str:
    """The dictionary's structure only; the header's required fields stay, they are the
    session's."""
    header_end = text.index("</header>")
    head, body = text[:header_end], text[header_end:]
    body = _VALUE.sub("", body.replace("required='Y'", "required='N'"))
    return head + _TYPE.sub(_as_string, body)


def _as_string(found: re.Match[str]) -> str:
    kept = found.group(2) if found.group(2) in _KEPT_TYPES else "STRING"
    return f"{found.group(1)}{kept}{found.group(3)}"


def _standard() -> Path:
    """Where the QuickFIX package has put its dictionaries."""
    places = [Path(sys.prefix) / "share" / "quickfix" / NAME]
    try:
        files = metadata.files("quickfix") or []
    except metadata.PackageNotFoundError:
        files = []
    places += [Path(str(each.locate())) for each in files if each.name == NAME]
    for place in places:
        if place.is_file():
            return place
    raise FixError(
        f"QuickFIX's {NAME} was not found (looked at {places[0]}); install the extra again: "
        "pip install --force-reinstall 'desk[fix]'"
    )
