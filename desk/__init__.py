"""The application host: builds, starts and stops the desk.

Owns: processes, files, the event loop, signals, the command line. May not: hold a trading rule
(``engine``) or a widget (``ui``). Nothing imports ``desk``; only here is qasync known.
"""

from __future__ import annotations

VERSION = "0.1.0"
