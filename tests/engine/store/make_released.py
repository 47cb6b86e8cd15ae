"""A database as a release of the desk leaves it, for the tests of every later release.

    python -m tests.engine.store.make_released SEED OUT.sql

The desk of this checkout runs a seed of the simulation with all its faults, and is cut off in the
middle of the day. What is committed then is written out as SQL, with the schema's version. Made
once for each released schema and never again.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from engine.sim.run import Run

PRAGMAS = ("application_id", "user_version")


def dump(database: Path) -> str:
    """The whole database as SQL."""
    with closing(sqlite3.connect(database)) as file:
        settings = [
            f"PRAGMA {name} = {file.execute(f'PRAGMA {name}').fetchone()[0]};" for name in PRAGMAS
        ]
        return "\n".join([*settings, *file.iterdump(), ""])


async def _middle_of_the_day(seed: int, folder: Path) -> str:
    run = Run(seed, "controls", folder)
    await run.play_faults()
    text = dump(run.stage.disk.path)
    await run.stage.close()
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description="write a database out as SQL")
    parser.add_argument("seed", type=int)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        text = asyncio.run(_middle_of_the_day(options.seed, Path(folder)))
    options.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
