"""What the breaches come to: refused, asked about, or nothing.

Owns: the sentence and the field of a refusal, and what an override lifts. May not: find a breach
(``checks``, ``exposure``, ``repeats``).
"""

from __future__ import annotations

from engine.core.limits.checks import Breach
from engine.core.model import LimitOverride


def verdict(found: list[Breach], override: LimitOverride | None, confirm: bool) -> tuple[str, str]:
    """(field, reason) of a refusal, hard limits first; ("", "") when there is none.
    ``confirm``: the soft limits were seen."""
    hard = [b for b in found if b.hard and not (override and lifts(override, b.control))]
    soft = [b for b in found if not b.hard and not (override and lifts(override, b.control))]
    if hard:
        return hard[0].where, sentence(hard)
    if soft and not confirm:
        return soft[0].where, f"confirm to send it all the same: {sentence(soft)}"
    return "", ""


def lifts(override: LimitOverride, control: str) -> bool:
    """Whether the override lifts this control; one that names none lifts all."""
    return not override.controls or control in override.controls


def sentence(found: list[Breach]) -> str:
    """The breaches in words, each once, with the control and the rule that set the limit."""
    said = dict.fromkeys(f"{b.where}: {b.text} [{b.control}, rule {b.rule}]" for b in found)
    return "; ".join(said)
