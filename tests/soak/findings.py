"""What a part of the soak has found: figures with their bounds, and laws that were broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: what, its figure, the bound that is a law of it (or nothing), and under which conditions."""

    part: str
    what: str
    figure: str
    bound: str = ""
    how: str = ""
    broken: bool = False


def at_most(part: str, what: str, value: float, bound: float, unit: str = "", how: str = "") -> Finding:
    """A figure that may not be larger."""
    return Finding(part, what, _shown(value, unit), f"<= {_shown(bound, unit)}", how, broken=value > bound)


def exactly(part: str, what: str, value: int, wanted: int, how: str = "") -> Finding:
    """A count that has to be this one."""
    return Finding(part, what, f"{value:,}", f"= {wanted:,}", how, broken=value != wanted)


def seen(part: str, what: str, value: float, unit: str = "", how: str = "") -> Finding:
    """A figure that no law binds."""
    return Finding(part, what, _shown(value, unit), "", how)


def table(findings: Sequence[Finding]) -> str:
    """Every finding in a row, as a Markdown table that also reads well as it is."""
    rows = [("part", "what", "figure", "bound", "conditions")]
    for each in findings:
        bound = f"{each.bound} {'BROKEN' if each.broken else 'held'}" if each.bound else ""
        rows.append((each.part, each.what, each.figure, bound, each.how))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]
    return "\n".join(f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows)


def _shown(value: float, unit: str) -> str:
    digits = 0 if value == int(value) or abs(value) >= 100 else 1
    return f"{value:,.{digits}f} {unit}".rstrip()
