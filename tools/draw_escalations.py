"""Print the texts of the escalations into ``docs/escalations.md``.

Owns: that page, whole. May not: say anything of its own about a kind; cause, consequence,
response and time come from ``ui.escalations.ADVICE``, which the screen shows too.
``python tools/draw_escalations.py`` writes it; a test sees when it drifts.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ui.escalations import ADVICE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "escalations.md"
_OPENING = """\
# Escalations

*Printed from `ui/escalations/knowledge.py` by `tools/draw_escalations.py`; do not edit by hand.*

An escalation is something that may need a person. The same words stand in its detail on the
screen, below what happened this time. How to work with them (acknowledge, hedge, cancel, accept
the risk) is in the [trader's guide](traders-guide.md). The seconds named are the delivered
settings; `desk.toml` may say others.

"Time" is how long you have before waiting itself costs: *None* means act now.
"""


def page() -> str:
    """The page as the texts have it now."""
    lines = [_OPENING, "| kind | what it is | time |", "|---|---|---|"]
    for kind, text in ADVICE.items():
        anchor = kind.value.lower()
        lines.append(f"| [`{kind.value}`](#{anchor}) | {text.title} | {text.time} |")
    for kind, text in ADVICE.items():
        lines += [
            "",
            f"## {kind.value}",
            "",
            f"**{text.title}.**",
            "",
            f"- **Cause:** {text.cause}",
            f"- **Consequence:** {text.consequence}",
            f"- **Response:** {text.response}",
            f"- **Time:** {text.time}",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
