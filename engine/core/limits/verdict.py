"""What the breaches come to: refused, asked about, or nothing.

Owns: the sentence and the field of a refusal, and what an override lifts. May not: find a breach
(``checks``, ``exposure``, ``repeats``).
"""

from __future__ import annotations

from typing import NamedTuple

from engine.core.limits.checks import Breach
from engine.core.model import LimitOverride


class Refusal(NamedTuple):
    """Why something is not taken up: the field it is about and the sentence; "" twice when it
    is. ``confirmable``: it is soft limits alone that hold it back."""

    about: str = ""
    reason: str = ""
    confirmable: bool = False


def verdict(found: list[Breach], override: LimitOverride | None, confirm: bool) -> Refusal:
    """The refusal that the breaches come to, hard limits first. ``confirm``: the soft limits
    were seen."""
    hard = [b for b in found if b.hard and not (override and lifts(override, b.control))]
    soft = [b for b in found if not b.hard and not (override and lifts(override, b.control))]
    if hard:
        return Refusal(hard[0].where, sentence(hard))
    if soft and not confirm:
        return Refusal(
            soft[0].where, f"confirm to send it all the same: {sentence(soft)}", confirmable=True
        )
    return Refusal()


def lifts(override: LimitOverride, control: str) -> bool:
    """Whether the override lifts this control; one that names none lifts all."""
    return not override.controls or control in override.controls


def sentence(found: list[Breach]) -> str:
    """The breaches in words, each once, with the control and the rule that set the limit."""
    said = dict.fromkeys(f"{b.where}: {b.text} [{b.control}, rule {b.rule}]" for b in found)
    return "; ".join(said)
