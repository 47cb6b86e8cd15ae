"""The composition root: the one place that builds the desk's objects and ties them together.

Owns: what is built in which order, and so in which order it is stopped. May not: hold logic of
any of the parts. Read ``_serve`` from top to bottom: that is the desk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from desk import VERSION
from desk.collector import Collector
from desk.controls import reload_command, with_controls
from desk.demo import Past, begin_past, finish_past
from desk.headless import Progress, is_at_rest, wait_until_idle
from desk.kill_ear import KillEar
from desk.lock import DatabaseLock
from desk.logs import Logs
from desk.market import Market, engine_config, lots_of, open_market
from desk.notify import Notifier, apprise_delivery
from desk.options import RunOptions
from desk.paths import make_directories
from desk.quit import Quit, SignalWatch
from desk.reconciled import ReconciliationFiles
from desk.report import build_report, report_text, write_report
from desk.requests import Requests
from desk.socket import LocalSocket
from desk.spawn import Tasks
from desk.submission import submit_when_armed
from engine import Engine, GroupRequest, Phase, ReloadLimits, read_basket

LOG = logging.getLogger(__name__)

ReadBasket = Callable[[Path], tuple[GroupRequest, ...]]
Show = Callable[[RunOptions, Engine, ReadBasket, Quit], None]


def run_desk(options: RunOptions) -> int:
    """Run until asked to end. Returns the exit status. Raises ``UserError`` or ``EngineError``
    for what the user can mend, with everything that was started stopped again."""
    make_directories(options.paths)
    with DatabaseLock(options.paths.lock, options.paths.database):
        logs = Logs(options.paths.log, options.paths.crash_log)
        logs.open()
        try:
            LOG.info("desk %s, database %s", VERSION, options.paths.database)
            past = begin_past(options.paths) if options.demo else None
            if options.headless:
                _finish(past)
                return asyncio.run(_serve(options, None))
            # Qt is imported only where there is a window: a headless desk needs none.
            from desk.window import run_on_qt, show_window

            _finish(past)
            return run_on_qt(lambda: _serve(options, show_window))
        finally:
            logs.close()


def _finish(past: Past | None) -> None:
    if not finish_past(past):
        LOG.warning("the demo's past did not come to its end; going on with what there is")


async def _serve(options: RunOptions, show: Show | None) -> int:
    quit_ = Quit()
    signals = SignalWatch(quit_)
    signals.open()
    quit_.add("signals", signals.close)
    tasks = Tasks()
    try:
        market = open_market(options.config.paper, options.paths.exchange)
        controls = options.config.controls
        config = with_controls(engine_config(options.config, market), controls)
        read = partial(read_basket, lots=lots_of(config))
        basket = read(options.basket) if options.basket else ()
        told = options.config.notify
        deliver = apprise_delivery(told) if told.urls else None
        engine = Engine(options.paths.database, market.broker, config)
        await engine.start()
        # Opened first and closed last: a kill must work while everything else is ending.
        kill_ear = KillEar(options.paths.kill_socket, engine.kill_switch)
        kill_ear.open()
        quit_.add("kill's socket", kill_ear.close)
        quit_.add("engine", engine.stop)
        if (reload := reload_command(controls, options.user, "the desk started")) is not None:
            await _put_in_force(engine, reload)
        if deliver is not None:
            notifier = Notifier(engine, told, deliver)
            engine.subscribe(notifier.note)
            tasks.spawn("notifications", notifier.run())
        files = ReconciliationFiles(engine, options.paths.reconciliations, tasks)
        engine.subscribe(files.note)
        requests = Requests(engine, lots_of(config), quit_.ask)
        ear = LocalSocket(options.paths.socket, requests.handle)
        await ear.start()
        quit_.add("local socket", ear.stop)
        quit_.add("background tasks", tasks.cancel_all)
        if show is None:
            quit_.add("progress", Progress(engine).end)
        else:
            show(options, engine, read, quit_)
        collector = Collector(lambda: is_at_rest(engine))
        collector.begin()
        quit_.add("collector", collector.end)
        tasks.spawn("collector", collector.run())
        tasks.spawn("watch", _watch(options, basket, market, engine, quit_))
        reason = await quit_.asked()
        return _ended(options, engine, reason)
    finally:
        await quit_.run()


async def _put_in_force(engine: Engine, reload: ReloadLimits) -> None:
    """The limits file as it is, into the journal. A person who may not change limits starts on
    the file's all the same; what is refused is only the journal's entry, and that is said."""
    answer = await engine.submit(reload)
    if not answer.accepted:
        engine.note("INFO", f"the limits of {reload.limits and reload.limits.source} are in "
                            f"force since the start; not journaled: {answer.reason}")  # fmt: skip


async def _watch(
    options: RunOptions,
    basket: tuple[GroupRequest, ...],
    market: Market,
    engine: Engine,
    quit_: Quit,
) -> None:
    """Submit the basket when the engine is armed, then end the run when it is idle."""
    try:
        await submit_when_armed(engine, basket, options.user)
        if options.exit_when_idle:
            quit_.ask(await wait_until_idle(engine, market.over))
    except Exception:
        quit_.ask("a failure, see the log")
        raise


def _ended(options: RunOptions, engine: Engine, reason: str) -> int:
    """The end report of a headless run, and the exit status."""
    report = build_report(engine)
    if options.report is not None:
        write_report(report, options.report)
    if options.headless:
        print(report_text(report))
        print(f"ended: {reason}", flush=True)
    ledger = report["ledger"]
    assert isinstance(ledger, dict), "built by build_report"
    sound = ledger["ok"] and engine.status().phase is not Phase.STOPPED
    return 0 if sound else 1
