"""The desk's window on a Qt event loop; the only module that knows qasync.

Owns: the application object, the loop and its end. May not: know what is in the window (``ui``).
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from desk.archiving import archive_command
from desk.config import PaperSettings
from desk.controls import limits_reader, pin_prover
from desk.market import FIX
from desk.options import RunOptions
from desk.quit import Quit
from engine import Engine, GroupRequest, archivable
from ui import ArchiveOffer, MainWindow

ReadBasket = Callable[[Path], tuple[GroupRequest, ...]]

LOG = logging.getLogger(__name__)


def run_on_qt(main: Callable[[], Coroutine[object, object, int]]) -> int:
    """Run ``main`` to its end on a qasync loop. Returns its result."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("desk")
    # The desk ends when its shutdown has run, not when Qt's last window is closed.
    application.setQuitOnLastWindowClosed(False)
    loop = QEventLoop(application)
    asyncio.set_event_loop(loop)
    loop.set_exception_handler(_log_failure)
    try:
        return int(loop.run_until_complete(main()))
    finally:
        loop.close()
        asyncio.set_event_loop(None)


def banner_of(paper: PaperSettings) -> str:
    """What the window says it trades on: PAPER, or FIX where a real counterparty may be."""
    return "FIX" if paper.exchange.startswith(FIX) else "PAPER"


def show_window(options: RunOptions, engine: Engine, read: ReadBasket, quit_: Quit) -> None:
    """Build the window, show it, and tie its close to the desk's end."""
    window = MainWindow(
        engine,
        options.user,
        theme=options.config.screen.theme,
        theme_wins=options.config.screen.theme_wins,
        market_time=not options.config.paper.exchange.startswith(FIX),
        settings_path=options.paths.preferences,
        read_basket=read,
        read_limits=limits_reader(options.config.controls),
        prove=pin_prover(options.config.controls),
        archive=ArchiveOffer(
            partial(archivable, options.paths.database),
            partial(archive_command, options.paths.database),
        ),
        safe_mode=options.safe_mode,
        banner=banner_of(options.config.paper),
    )
    # What piled up while the window was built says nothing about the engine.
    window.settled.connect(engine.measure_anew)
    window.closed.connect(lambda: quit_.ask("the window was closed"))

    async def close() -> None:
        window.close()

    # The step keeps the window alive until then.
    quit_.add("window", close)
    window.show()
    LOG.info("the window is open")


def _log_failure(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """A callback failed: in the log, and the loop goes on."""
    error = context.get("exception")
    LOG.error(
        "event loop: %s",
        context.get("message"),
        exc_info=error if isinstance(error, BaseException) else None,
    )
