"""What each command of the command line does.

Owns: from parsed options to the exit status. May not: parse (``cli``) or wire (``app``).
"""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from desk import app
from desk.archiving import archive as move_to_archive
from desk.client import answers, ask
from desk.config import Config, read_config
from desk.controls import person_at_desk
from desk.demo import LIVE_BASKET
from desk.display import display_problem
from desk.doctor import Verdict, examine
from desk.errors import UserError
from desk.kill import kill as kill_desk
from desk.market import FIX, serve_market, serve_market_fix
from desk.options import RunOptions
from desk.paths import Paths, find_paths, make_directories, user_name
from desk.positions import read_positions
from engine import group_object, read_basket

DEMO_NAME = "demo"
RECONCILE_S = 30.0


def run(options: Namespace) -> int:
    """Open the desk. What can be wrong with the input is found before anything starts."""
    paths = _paths(options)
    config = _overridden(_config(options, paths), options)
    basket, demo = options.basket, _is_unconfigured(options, config)
    if demo:
        paths = find_paths(os.environ, name=DEMO_NAME)
        basket = LIVE_BASKET
        config = replace(config, paper=replace(config.paper, faults=config.paper.faults or "demo"))
    if not options.headless and (problem := display_problem(os.environ)):
        raise UserError(problem)
    return app.run_desk(
        RunOptions(
            paths=paths,
            config=config,
            user=person_at_desk(config.controls, user_name()),
            headless=options.headless,
            basket=basket,
            demo=demo,
            exit_when_idle=options.exit_when_idle,
            report=options.report,
            safe_mode=options.safe_mode,
        )
    )


def archive(options: Namespace) -> int:
    """Move what is over and done into another file, while no desk runs on the database."""
    return move_to_archive(options, _paths(options))


def scenario(options: Namespace) -> int:
    """Run scenario files; the engine prints the reports and decides the status."""
    from engine import run_scenarios  # not needed to trade

    return run_scenarios(options.files, options.report, options.db)


def simulate(options: Namespace) -> int:
    """Run seeds; failures and the summary are printed as they come."""
    from engine import run_simulation  # not needed to trade

    return run_simulation(options.seeds, options.profile, options.report, options.jobs)


def exchange(options: Namespace) -> int:
    """Run the paper exchange in this process, for desks in others."""
    paths = _paths(options)
    make_directories(paths)
    paper = _overridden(_config(options, paths), options).paper
    state = options.state.absolute() if options.state else paths.exchange
    if options.fix is not None:
        return serve_market_fix(paper, state, options.fix)
    return serve_market(paper, state, options.listen)


def doctor(options: Namespace) -> int:
    """Print one line a check; 1 when one of them fails."""
    findings = examine(_paths(options), os.environ)
    for finding in findings:
        print(finding)
    return 1 if any(finding.verdict is Verdict.FAIL for finding in findings) else 0


def submit(options: Namespace) -> int:
    """Check the basket here, hand it over, print the engine's answer."""
    groups = read_basket(options.basket)
    request = {"do": "submit", "groups": [group_object(group) for group in groups]}
    return _answered(_ask(options, request), f"{len(groups)} groups submitted")


def status(options: Namespace) -> int:
    """Print the glance line's figures."""
    reply = _ask(options, {"do": "status"})
    for name, value in reply.items():
        if name != "ok":
            print(f"{name.replace('_', ' ')}: {_plain(value)}")
    return 0 if reply["ok"] else 1


def orphans(options: Namespace) -> int:
    """Print each open orphan with its evidence and what may be decided."""
    rows = _ask(options, {"do": "orphans"}).get("orphans")
    waiting = [row for row in rows if row["resolution"] is None] if isinstance(rows, list) else []
    for row in waiting:
        print(f"{row['order']}  {row['side']} {row['quantity']} {row['symbol']}  {row['evidence']}")
        print(f"  {row['evidence_text']}")
        print(f"  if it is live and fills: {row['worst_case']}")
        print(f"  offered: {', '.join(row['offered']) or 'nothing yet'}")
    print(f"{len(waiting)} orphans wait to be resolved")
    return 0


def resolve(options: Namespace) -> int:
    request = {
        "do": "resolve",
        "order": options.order,
        "resolution": options.resolution.upper(),
        "reason": options.reason,
    }
    return _answered(_ask(options, request), f"{options.order} resolved")


def arm(options: Namespace) -> int:
    return _answered(_ask(options, {"do": "arm"}), "armed")


def kill(options: Namespace) -> int:
    """Over the kill's own path."""
    wish = {"user": user_name(), "reason": options.reason, **_scope(options)}
    return kill_desk(_running(options), wish, float(options.wait))


def release(options: Namespace) -> int:
    """End a kill, on purpose and with a reason."""
    request = {"do": "release_kill", "reason": options.reason, **_scope(options)}
    told = "released; arm the desk to trade again" if request["scope"] == "ALL" else "released"
    return _answered(_ask(options, request), told)


def _scope(options: Namespace) -> dict[str, str]:
    """What a kill or a release is about."""
    for name in ("group", "instrument", "account"):
        if getattr(options, name):
            return {"scope": name.upper(), "target": getattr(options, name)}
    return {"scope": "ALL", "target": ""}


def reconcile(options: Namespace) -> int:
    """Ask for the comparison, wait for its end, print it. 1: there are breaks."""
    before = _ask(options, {"do": "reconciliation"}).get("done_wall_ns")
    asked = _ask(options, {"do": "reconcile"})
    if not asked["ok"]:
        return _answered(asked, "")
    give_up = time.monotonic() + RECONCILE_S
    while time.monotonic() < give_up:
        time.sleep(0.1)
        found = _ask(options, {"do": "reconciliation"})
        if found.get("done_wall_ns") not in (None, before):
            if found["breaks"]:
                print(found["csv"], end="")
            print(found["summary"])
            return 1 if found["breaks"] else 0
    print(f"the broker has not answered everything within {RECONCILE_S:g} s; it goes on")
    return 1


def positions(options: Namespace) -> int:
    """Enter the positions of a CSV file."""
    rows = read_positions(options.file)
    request = {"do": "enter_positions", "positions": rows, "reason": options.reason}
    return _answered(_ask(options, request), f"{len(rows)} positions entered")


def export(options: Namespace) -> int:
    reply = _ask(options, {"do": "export", "folder": str(options.folder.absolute())})
    files = reply.get("files")
    return _answered(reply, "\n".join(files) if isinstance(files, list) else "")


def _ask(options: Namespace, request: Mapping[str, object]) -> dict[str, object]:
    return ask(_socket(options), {**request, "user": user_name()})


def _socket(options: Namespace) -> Path:
    return _running(options).socket


def _running(options: Namespace) -> Paths:
    """The running desk's; without --db or --data-dir the demo's where only that one runs."""
    paths = _paths(options)
    if options.db is None and options.data_dir is None and not answers(paths.socket):
        demo = find_paths(os.environ, name=DEMO_NAME)
        return demo if answers(demo.socket) else paths
    return paths


def _answered(reply: Mapping[str, object], done: str) -> int:
    """Print the outcome; 1 when the engine refused."""
    if reply["ok"]:
        print(done)
        return 0
    print(f"refused: {reply.get('reason') or 'the desk gave no reason'}")
    return 1


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value)) or "nothing"
    return "" if value is None else str(value)


def _is_unconfigured(options: Namespace, config: Config) -> bool:
    """Whether nothing says what this desk is for: then it shows the demo."""
    named = (options.db, options.data_dir, options.quotes, options.exchange, options.basket)
    return config.source is None and options.fix is None and not any(named)


def _paths(options: Namespace) -> Paths:
    return find_paths(os.environ, options.data_dir, options.db)


def _config(options: Namespace, paths: Paths) -> Config:
    if options.config is not None:
        return read_config(options.config, must_exist=True)
    return read_config(paths.config, must_exist=False)


def _overridden(config: Config, options: Namespace) -> Config:
    """The settings with what the command line says instead."""
    given: dict[str, Path | Decimal | int | str] = {
        name: getattr(options, name)
        for name in ("quotes", "speed", "seed", "faults", "latency_ms", "exchange")
        if getattr(options, name, None) is not None
    }
    if isinstance(fix := getattr(options, "fix", None), Path):
        given["exchange"] = f"{FIX}{fix.absolute()}"
    paper = replace(config.paper, **given)  # type: ignore[arg-type]
    if paper.quotes is not None and not paper.quotes.is_dir():
        raise UserError(
            f"The quotes folder {paper.quotes} is not a folder. Name one in LEAN's layout, "
            "with folders such as futureoption/cme/minute in it."
        )
    screen = (
        replace(config.screen, theme=options.theme, theme_wins=True)
        if getattr(options, "theme", None)
        else config.screen
    )
    return replace(config, paper=paper, screen=screen)
