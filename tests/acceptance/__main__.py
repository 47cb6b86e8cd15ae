"""``python -m tests.acceptance --broker paper|fix [--case N …]``: one line a case.

Exit status: 0 all hold; 1 one does not; 2 the adapter cannot be run here.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.acceptance.cases import CASES, Case
from tests.acceptance.stage import Stage
from tests.acceptance.venues import VENUES, missing


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance")
    parser.add_argument("--broker", choices=tuple(VENUES), required=True)
    parser.add_argument("--case", type=int, action="append", metavar="N")
    options = parser.parse_args()
    if why := missing(options.broker):
        print(f"{options.broker}: {why}", file=sys.stderr)
        return 2
    wanted = [each for each in CASES if not options.case or each.number in options.case]
    failed = [each.number for each in wanted if not _holds(each, options.broker)]
    print(f"{options.broker}: {len(wanted) - len(failed)} of {len(wanted)} cases hold")
    return 1 if failed else 0


def _holds(each: Case, broker: str) -> bool:
    begun_s = time.monotonic()
    why = ""
    with tempfile.TemporaryDirectory() as folder:
        try:
            asyncio.run(_play(each, Stage(broker, Path(folder))))
        except Exception:
            why = traceback.format_exc()
    took_s = time.monotonic() - begun_s
    print(f"{'ok  ' if not why else 'FAIL'} {each.number:3d} {each.holds} ({took_s:.1f} s)")
    if why:
        print(why, file=sys.stderr)
    sys.stdout.flush()
    return not why


async def _play(each: Case, stage: Stage) -> None:
    await each.run(stage)


if __name__ == "__main__":
    sys.exit(main())
