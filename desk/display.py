"""Whether a window can be opened here, found out before Qt is asked.

Owns: the check and its advice. May not: import Qt, which ends the process when there is no
display or a library is missing, instead of saying so.
"""

from __future__ import annotations

import ctypes
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_HEADLESS = "`desk run --headless` (with make: make run ARGS=--headless) runs without one"
_X_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def display_problem(environment: Mapping[str, str]) -> str:
    """Why no window can be opened, as sentences with what to do; "" when one can."""
    if not sys.platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return ""
    if wayland := environment.get("WAYLAND_DISPLAY"):
        runtime = Path(environment.get("XDG_RUNTIME_DIR", "/"))
        if (runtime / wayland).exists():
            return ""
    display = environment.get("DISPLAY", "")
    if not display:
        return f"There is no display (DISPLAY and WAYLAND_DISPLAY are not set); {_HEADLESS}."
    if not _answers(display):
        return f"The display {display} (DISPLAY) does not answer; {_HEADLESS}."
    missing = [package for name, package in _X_LIBRARIES.items() if not _loads(name)]
    if missing:
        return (
            f"Qt's window needs system libraries. Type: sudo apt-get install {' '.join(missing)}\n"
            f"Until then, {_HEADLESS}."
        )
    return ""


def _answers(display: str) -> bool:
    """Whether an X server listens at ``display`` ("host:number.screen", host may be empty)."""
    match = re.fullmatch(r"(?P<host>[^:]*):(?P<number>\d+)(\.\d+)?", display)
    if match is None:
        return display.startswith("/") and os.path.exists(display)
    number = int(match["number"])
    if match["host"] not in ("", "unix"):
        return _connects(socket.AF_INET, (match["host"], 6000 + number))
    name = f"/tmp/.X11-unix/X{number}"
    return _connects(socket.AF_UNIX, name) or _connects(socket.AF_UNIX, "\0" + name)


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(3.0)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
