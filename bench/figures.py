"""A figure with the aim it is held against, and the table of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One result. Without an aim it is there to explain another; `how` are the conditions it holds under.

    Where there is no value, the thing cannot be measured, and `how` says why.
    """

    benchmark: str
    what: str
    value: float | None
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    how: str = ""

    @property
    def shown(self) -> str:
        """The value with three digits that mean something, or "no"."""
        if self.value is None:
            return "no"
        digits = 0 if abs(self.value) >= 100 else 1 if abs(self.value) >= 10 else 2
        return f"{self.value:,.{digits}f} {self.unit}".rstrip()

    @property
    def aim(self) -> str:
        """The aim and whether it was met, or nothing."""
        if self.value is None:
            return ""
        if self.at_least is not None:
            return f">= {self.at_least:g} {'met' if self.value >= self.at_least else 'MISSED'}"
        if self.at_most is not None:
            return f"<= {self.at_most:g} {'met' if self.value <= self.at_most else 'MISSED'}"
        return ""


def table(figures: Sequence[Figure]) -> str:
    """Every figure in a row, as a Markdown table that also reads well as it is."""
    rows = [("benchmark", "what", "figure", "aim", "conditions")]
    rows += [(figure.benchmark, figure.what, figure.shown, figure.aim, figure.how) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]
    return "\n".join(f"| {' | '.join(map(str.ljust, row, widths))} |" for row in rows)
