"""Draw the state tables into ``docs/lifecycle.md`` and ``docs/order-states.md``.

Owns: those two pages, whole. May not: know a state; everything comes from the tables in
``engine.core``. ``python tools/draw_tables.py`` writes them; a test sees when they drift.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.core import lifecycle, order_table
from engine.core.lifecycle import ExecutionLifecycle
from engine.core.terms import ExecType, OrdStatus

DOCS = Path(__file__).resolve().parents[1] / "docs"
_MADE = "*Drawn from the tables by `tools/draw_tables.py`; do not edit by hand.*\n"


def pages() -> dict[str, str]:
    """File name -> text of every page drawn from the tables."""
    return {"lifecycle.md": lifecycle_page(), "order-states.md": order_page()}


def lifecycle_page() -> str:
    """The group's lifecycle: picture and full relation."""
    states = list(ExecutionLifecycle)
    lines = [
        "# A group's lifecycle",
        "",
        _MADE,
        "The rank never falls; a repeat is valid; ranks may be skipped upwards. The picture shows",
        "the steps from each state to the next rank and between the ends; the table shows all.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {states[0]}",
    ]
    for current, after in itertools.pairwise(states):
        if after in lifecycle.TRANSITIONS[current]:
            lines.append(f"    {current} --> {after}")
    for current in states:
        for after in states:
            skips = lifecycle.RANK[after] != lifecycle.RANK[current] + 1
            both_end = current in lifecycle.TERMINAL and after in lifecycle.TERMINAL
            if both_end and skips and current is not after and _follows(current, after):
                lines.append(f"    {current} --> {after}")
    lines += [f"    {state} --> [*]" for state in states if state in lifecycle.TERMINAL]
    lines += [
        "```",
        "",
        "Row: the state we hold. Column: the state claimed. ● is taken, · is refused.",
        "",
    ]
    heads = [str(lifecycle.RANK[state]) for state in states]
    lines += ["| rank | state | " + " | ".join(heads) + " |", "|" + "---|" * (len(states) + 2)]
    for current in states:
        marks = ["●" if _follows(current, after) else "·" for after in states]
        rank = lifecycle.RANK[current]
        lines.append(f"| {rank} | {current} | " + " | ".join(marks) + " |")
    lines += ["", "A name that is none of these is refused, whichever side it stands on."]
    return "\n".join(lines) + "\n"


def _follows(current: ExecutionLifecycle, after: ExecutionLifecycle) -> bool:
    return after in lifecycle.TRANSITIONS[current]


def order_page() -> str:
    """OrdStatus: picture of what any report may say, and on whose word the rest."""
    lines = [
        "# An order's states",
        "",
        _MADE,
        "Quantities are facts and are always booked; a status is a claim and passes this table.",
        "PENDING_CANCEL and PENDING_REPLACE lie over a status while a request is open and are not",
        "in it. A claim that is not admitted is recorded as `OUT_OF_ORDER`.",
        "",
        "Solid in the picture: taken from any kind of report.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {OrdStatus.PENDING_NEW}",
    ]
    free = [pair for pair, kinds in order_table.TRANSITIONS.items() if kinds == set(ExecType)]
    lines += [f"    {current} --> {claimed}" for current, claimed in free]
    lines += [f"    {state} --> [*]" for state in order_table.BASE if state in order_table.DEAD]
    lines += ["```", "", "| held | claimed | taken from |", "|---|---|---|"]
    for (current, claimed), kinds in order_table.TRANSITIONS.items():
        words = (
            "any report" if kinds == set(ExecType) else ", ".join(k for k in ExecType if k in kinds)
        )
        lines.append(f"| {current} | {claimed} | {words} |")
    dead = ", ".join(s for s in order_table.BASE if s in order_table.DEAD)
    closed = ", ".join(s for s in order_table.BASE if s in order_table.CLOSED)
    lines += [
        "",
        "Closed (nothing is expected to fill any more; a late fill is booked all the same):",
        f"{closed}.",
        "",
        f"Closed for good, opened by nobody's word: {dead}.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
