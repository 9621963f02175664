"""Totals, means, extremes and counts of a column, for the whole table or for each value of another column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum
from statistics import median
from typing import Literal

from mockserver.analysis.columns import TEXT_MAX, Column, show
from mockserver.analysis.tables import MISSING, literal, printable

Operation = Literal["total", "mean", "median", "min", "max", "count"]

_LISTED_MAX = 20
_TOLD_MAX = 10
NO_KEY = "(empty)"
"""The group of the rows whose cell is empty."""

_COMPUTE: dict[Operation, Callable[[list[float]], float]] = {
    "total": fsum,
    "mean": lambda numbers: fsum(numbers) / len(numbers),
    "median": median,
    "min": min,
    "max": max,
    "count": len,
}
_CODE: dict[Operation, str] = {
    "total": "fsum({0})",
    "mean": "fsum({0}) / len({0})",
    "median": "median({0})",
    "min": "min({0})",
    "max": "max({0})",
    "count": "len({0})",
}


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One figure, or one for each group.

    A count has no measure, everything else has one. `where` is a column that says which row an extreme is in.
    """

    operation: Operation
    measure: Column | None = None
    group: Column | None = None
    where: Column | None = None

    @property
    def label(self) -> str:
        """What is computed, in a few words."""
        what = "number of rows" if self.measure is None else f"{self.operation} of {self.measure.name}"
        return what if self.group is None else f"{what} by {self.group.name}"

    def grouped(self, rows: Sequence[Sequence[str]]) -> dict[str, float]:
        """The figure for each value of the group, in the order of the rows."""
        assert self.group is not None
        groups: dict[str, list[float]] = {}
        for row in rows:
            key = row[self.group.index] or NO_KEY
            if self.measure is None:
                groups.setdefault(key, []).append(1)
            elif row[self.measure.index] not in MISSING:
                groups.setdefault(key, []).append(float(row[self.measure.index]))
        return {key: _COMPUTE[self.operation](numbers) for key, numbers in groups.items()}

    def grouping_code(self) -> list[str]:
        """The lines that leave in `results` what `grouped` gives."""
        assert self.group is not None
        key = f'row[{self.group.index}] or "{NO_KEY}"'
        if self.measure is None:
            return [f"results = Counter({key} for row in rows)"]
        figure = _CODE[self.operation].format("numbers")
        return [
            "groups = {}",
            "for row in rows:",
            f"    if row[{self.measure.index}] not in MISSING:",
            f"        groups.setdefault({key}, []).append(float(row[{self.measure.index}]))",
            f"results = {{key: {figure} for key, numbers in groups.items()}}",
        ]

    def code(self) -> list[str]:
        """The lines that print what `logged` says."""
        label = literal(f"{self.label}:")
        if self.group is not None:
            return [
                *self.grouping_code(),
                f"print({label})",
                f"for key in sorted(results, key=results.get, reverse=True)[:{_LISTED_MAX}]:",
                f'    print(f"  {{key[:{TEXT_MAX}]!r}}: {{show(results[key])}}")',
            ]
        if self.measure is None:
            return [f"print({label}, show(len(rows)))"]
        place = self.measure.index
        lines = [f"numbers = [float(row[{place}]) for row in rows if row[{place}] not in MISSING]"]
        if self.where is None:
            return [*lines, f"print({label}, show({_CODE[self.operation].format('numbers')}))"]
        of = literal(f", in the row where {self.where.name} is")
        return [
            *lines,
            f"best = {self.operation}(numbers)",
            f"row = next(row for row in rows if row[{place}] not in MISSING and float(row[{place}]) == best)",
            f"print({label}, show(best) + {of}, repr(row[{self.where.index}][:{TEXT_MAX}]))",
        ]

    def answered(self, rows: Sequence[Sequence[str]]) -> tuple[list[str], str]:
        """The lines that the code prints, and a sentence that says the same."""
        if self.group is not None:
            return self._answered_by_group(rows)
        if self.measure is None:
            return [f"{self.label}: {show(len(rows))}"], f"The number of rows is {show(len(rows))}."
        figure = _COMPUTE[self.operation](self.measure.numbers)
        line, sentence = f"{self.label}: {show(figure)}", f"The {self.label} is {show(figure)}"
        if self.where is not None:
            place, which = self.measure.index, self.where
            row = next(row for row in rows if row[place] not in MISSING and float(row[place]) == figure)
            line += f", in the row where {which.name} is {row[which.index][:TEXT_MAX]!r}"
            sentence += f", in the row where {which.name} is “{printable(row[which.index], TEXT_MAX)}”"
        number = len(self.measure.values)
        rows_told = "one row" if number == 1 else f"{number:,} rows"
        over = f"the {rows_told} with a value" if self.measure.missing else rows_told
        return [line], f"{sentence} (over {over})."

    def _answered_by_group(self, rows: Sequence[Sequence[str]]) -> tuple[list[str], str]:
        results = self.grouped(rows)
        keys = sorted(results, key=lambda key: results[key], reverse=True)
        lines = [f"{self.label}:"]
        lines += [f"  {key[:TEXT_MAX]!r}: {show(results[key])}" for key in keys[:_LISTED_MAX]]
        told = [f"{printable(key, TEXT_MAX)} {show(results[key])}" for key in keys[:_TOLD_MAX]]
        more = f", and {len(keys) - _TOLD_MAX:,} more groups" if len(keys) > _TOLD_MAX else ""
        return lines, f"The {self.label}: {', '.join(told) or 'none'}{more}."
