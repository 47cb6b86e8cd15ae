"""Figures: one JSON object a line, the latest run in a file, a history for each machine.

Owns: the shape of a figure and where figures are kept. May not: measure.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "results"
LATEST = FOLDER / "latest.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``limit``: the target for the value; ``floor``: what the machine can do at
    best, measured in the same run; ``ratio``: value / floor where there is one."""

    metric: str
    value: float
    unit: str
    limit: float | None = None
    floor: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    def line(self) -> str:
        """The figure as one line of JSON."""
        return json.dumps(self.as_object(), ensure_ascii=False)

    def as_object(self) -> dict[str, object]:
        found: dict[str, object] = {
            "metric": self.metric,
            "value": _short(self.value),
            "unit": self.unit,
            "limit": self.limit,
            "ratio": _short(self.ratio),
            "floor": _short(self.floor),
        }
        if self.note:
            found["note"] = self.note
        return found


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def quantile(values: list[float], share: float) -> float:
    """The value that ``share`` of the values stay at or below. Raises on an empty list."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> dict[str, object]:
    """What ran the benchmark, as far as it is known."""
    return {
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), "")


def keep(figures: Iterable[Figure], folder: Path = FOLDER) -> None:
    """Write ``latest.json`` and add the run to this machine's history."""
    folder.mkdir(parents=True, exist_ok=True)
    run = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": machine(),
        "figures": [each.as_object() for each in figures],
    }
    latest = folder / LATEST.name
    latest.write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    history = folder / f"history-{platform.node() or 'unnamed'}.jsonl"
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(run, ensure_ascii=False) + "\n")
