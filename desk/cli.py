"""The command line: ``desk`` and ``python -m desk``.

Owns: the commands, their options, and the exit statuses: 0 done; 1 it ran, and something did not
hold or was refused; 2 bad input, with a sentence on stderr and nothing half-done. May not: do
the work (``commands``).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from desk import VERSION, commands
from desk.config import THEMES
from desk.errors import UserError
from engine import SIMULATION_PROFILES, BasketError, EngineError, PaperError

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status; errors that are the user's are sentences."""
    if not __debug__:
        print("desk: python -O removes checks that guard orders. Run without -O.", file=sys.stderr)
        return BAD_INPUT
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version")):
        given.insert(0, "run")
    options = build_parser().parse_args(given)
    try:
        return int(options.action(options))
    except (UserError, EngineError, BasketError, PaperError) as error:
        print(f"desk: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:
        # The reader of our output is gone (`desk export | head`); nobody is left to tell.
        sys.stderr.close()
        return BAD_INPUT
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    """All commands. Each sets ``action``, a function of the parsed options."""
    parser = argparse.ArgumentParser(
        prog="desk", description="Trading desk monitor and execution engine for order groups."
    )
    parser.add_argument("--version", action="version", version=f"desk {VERSION}")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(subparsers)
    _add_scenario(subparsers)
    _add_simulate(subparsers)
    _add_exchange(subparsers)
    _add_local(subparsers)
    _add_archive(subparsers)
    _add_doctor(subparsers)
    return parser


_Subparsers = argparse._SubParsersAction  # argparse has no public name for it


def _add_run(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("run", help="open the desk (the default)")
    _add_places(parser)
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (desk.toml)")
    _add_market(parser)
    parser.add_argument("--headless", action="store_true", help="without a window")
    parser.add_argument("--faults", metavar="PROFILE", help="what goes wrong on the link")
    broker = parser.add_mutually_exclusive_group()
    broker.add_argument("--exchange", metavar="ADDRESS", help="of one started with desk exchange")
    broker.add_argument("--fix", type=Path, metavar="FILE", help="trade over FIX 4.4 (fix.toml)")
    parser.add_argument("--basket", type=Path, metavar="FILE", help="submit these groups")
    parser.add_argument(
        "--exit-when-idle", action="store_true", help="end when no group is at work any more"
    )
    parser.add_argument("--report", type=Path, metavar="OUT", help="write the end report as JSON")
    parser.add_argument("--theme", choices=THEMES)
    parser.add_argument(
        "--safe-mode", action="store_true", help="ignore the saved layout and preferences"
    )
    parser.set_defaults(action=commands.run)


def _add_scenario(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("scenario", help="run scenario files against the real engine")
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--report", type=Path, metavar="OUT", help="write the reports there too")
    parser.add_argument("--db", type=Path, metavar="PATH", help="keep the database")
    parser.set_defaults(action=commands.scenario)


def _add_simulate(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "simulate", help="the real engine in a world of faults drawn from seeds"
    )
    parser.add_argument(
        "--seeds", type=_seeds, required=True, metavar="A..B", help="from A up to, not with, B"
    )
    parser.add_argument("--profile", choices=sorted(SIMULATION_PROFILES), default="swarm")
    parser.add_argument("--report", type=Path, metavar="OUT", help="write the report as JSON")
    parser.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="processes (default: one a processor)"
    )
    parser.set_defaults(action=commands.simulate)


def _add_local(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    """The commands that speak to the running desk."""
    submit = subparsers.add_parser("submit", help="hand the groups of a basket to the desk")
    submit.add_argument("basket", type=Path, metavar="BASKET")
    submit.set_defaults(action=commands.submit)
    subparsers.add_parser("status", help="what the desk is doing").set_defaults(
        action=commands.status
    )
    subparsers.add_parser("orphans", help="intents that wait to be resolved").set_defaults(
        action=commands.orphans
    )
    resolve = subparsers.add_parser("resolve", help="decide about an orphan")
    resolve.add_argument("order", metavar="ORDER", help="its reference, as G1/H1/1")
    resolve.add_argument("resolution", metavar="RESOLUTION")
    resolve.add_argument("--reason", default="")
    resolve.set_defaults(action=commands.resolve)
    subparsers.add_parser("arm", help="allow new groups").set_defaults(action=commands.arm)
    kill = subparsers.add_parser("kill", help="block new orders, then cancel all that work")
    kill.add_argument("--reason", default="")
    _add_scope(kill)
    kill.add_argument(
        "--wait", type=_seconds, default=Decimal(10), metavar="S",
        help="so long the cancels are followed (default 10)",
    )  # fmt: skip
    kill.set_defaults(action=commands.kill)
    release = subparsers.add_parser("release", help="end a kill, on purpose")
    release.add_argument("--reason", required=True)
    _add_scope(release)
    release.set_defaults(action=commands.release)
    subparsers.add_parser("reconcile", help="compare with the broker: orders, fills, positions"
                          ).set_defaults(action=commands.reconcile)  # fmt: skip
    positions = subparsers.add_parser("positions", help="enter positions from a CSV file")
    positions.add_argument("file", type=Path, metavar="FILE", help="account,symbol,quantity,price")
    positions.add_argument("--reason", required=True)
    positions.set_defaults(action=commands.positions)
    export = subparsers.add_parser("export", help="write everything the desk shows as CSV")
    export.add_argument("folder", type=Path, metavar="FOLDER")
    export.set_defaults(action=commands.export)
    names = ("submit", "status", "orphans", "resolve", "arm", "kill", "release", "reconcile")
    for name in (*names, "positions", "export"):
        _add_places(subparsers.choices[name])


def _add_scope(parser: argparse.ArgumentParser) -> None:
    part = parser.add_mutually_exclusive_group()
    for name in ("group", "instrument", "account"):
        part.add_argument(f"--{name}", default="", metavar="NAME", help=f"only this {name}")


def _add_archive(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("archive", help="move what is over into another database file")
    _add_places(parser)
    parser.add_argument(
        "--before", type=_date, required=True, metavar="DATE", help="groups that ended before, UTC"
    )
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="the archive")
    parser.set_defaults(action=commands.archive)


def _add_exchange(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("exchange", help="the paper exchange in its own process")
    _add_places(parser)
    _add_market(parser)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--listen", metavar="ADDRESS", help="a socket's path, or 127.0.0.1:PORT")
    where.add_argument(
        "--fix", type=_port, metavar="PORT", help="as a FIX 4.4 counterparty (needs desk[fix])"
    )
    parser.add_argument("--faults", metavar="PROFILE", help="with --fix: what goes wrong")
    parser.add_argument("--state", type=Path, metavar="FILE", help="the exchange's own file")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (desk.toml)")
    parser.set_defaults(action=commands.exchange)


def _add_market(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quotes", type=Path, metavar="FOLDER", help="quotes in LEAN's layout to trade against"
    )
    parser.add_argument("--speed", type=_positive, metavar="N", help="N times real time")
    parser.add_argument("--seed", type=int, metavar="N", help="of the synthetic market")
    parser.add_argument(
        "--latency-ms", type=_positive, metavar="N", help="of the exchange's link, each way"
    )


def _add_doctor(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("doctor", help="whether this machine can carry the desk")
    _add_places(parser)
    parser.set_defaults(action=commands.doctor)


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help="all files in one place")
    parser.add_argument("--db", type=Path, metavar="PATH", help="the engine's database")


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date as 2026-01-31, got {text!r}") from None


def _seeds(text: str) -> range:
    first, dots, end = text.partition("..")
    if not (dots and first.isdecimal() and end.isdecimal() and int(first) < int(end)):
        raise argparse.ArgumentTypeError(f"expected A..B with A below B, as 0..500, got {text!r}")
    return range(int(first), int(end))


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")
    return int(text)


def _seconds(text: str) -> Decimal:
    return Decimal(0) if text == "0" else _positive(text)


def _positive(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number
