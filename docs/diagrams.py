"""Writes the state diagrams into `docs/architecture.md` from the tables: `make diagrams`."""

from __future__ import annotations

import re
from pathlib import Path

from mockserver.lifecycle import MACHINES, diagram

PAGE = Path(__file__).parent / "architecture.md"


def main() -> None:
    """Replace what stands between the two markers."""
    drawn = "\n\n".join(
        f"**{machine.object}**\n\n```mermaid\n{diagram(machine)}\n```" for machine in MACHINES.values()
    )
    text = PAGE.read_text(encoding="utf-8")
    page = re.sub(
        r"(<!-- diagrams -->\n).*(<!-- /diagrams -->)",
        lambda match: f"{match[1]}\n{drawn}\n\n{match[2]}",
        text,
        flags=re.DOTALL,
    )
    PAGE.write_text(page, encoding="utf-8")


main()
