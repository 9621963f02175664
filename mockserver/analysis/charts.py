"""Which chart shows what was asked: bars for groups, a line along dates, a histogram for a single column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from mockserver.analysis.aggregates import Aggregate, Operation
from mockserver.analysis.columns import Column
from mockserver.analysis.questions import Asked

BARS_MAX = 20
"""More groups than these are too many bars: the largest are drawn."""

POINTS_MAX = 5_000
"""Of more points every second, third, … one is drawn."""


_KEY = re.compile(r"(?i:(?:^|[^a-z])(?:id|no|nr|index|key)$)|[a-z]I[dD]$")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that has been decided on. Bars and lines show an aggregate, the others columns as they are."""

    kind: Literal["bar", "line", "scatter", "histogram"]
    title: str
    aggregate: Aggregate | None
    x: Column
    y: Column | None

    @property
    def name(self) -> str:
        """A file name for it."""
        return (re.sub(r"[^a-z0-9]+", "_", self.title.lower()).strip("_")[:60] or "chart") + ".png"

    @property
    def told(self) -> str:
        """What it is, for the user."""
        form = {"bar": "bar chart", "line": "line chart", "scatter": "scatter plot", "histogram": "histogram"}
        limit = ""
        if self.kind == "bar" and len(self.x.counts) > BARS_MAX:
            limit = f", the {BARS_MAX} largest"
        elif self.kind in ("line", "scatter") and len(self.x.counts) > POINTS_MAX:
            limit = ", thinned out"
        return f"a {form[self.kind]} of {self.title}{limit}"


def chart_for(question: Asked, columns: Sequence[Column]) -> Chart | None:
    """The chart that shows what was asked, or what the table has to show; None if that is nothing."""
    named = question.named
    numeric = [column for column in columns if column.kind == "number"]
    x = question.over if question.over is not None and question.over.kind != "empty" else None
    measures = [column for column in named if column.kind == "number" and column is not x]
    if question.spread:
        amounts = [column for column in numeric if not _is_key(column)]
        for column in (*measures, *amounts, *numeric):
            return Chart("histogram", column.name, None, column, None)
    if x is None:
        x = next((column for kind in ("date", "text") for column in named if column.kind == kind), None)
    if x is None and len(measures) > 1:
        x = next((column for column in measures if _is_ordered(column)), measures[1])
        measures.remove(x)
    y = next(iter(measures), None)
    if y is None and not (question.operation == "count" and x is not None):
        others = [column for column in numeric if column is not x]
        y = next((column for column in others if not _is_key(column)), None)
    if x is None:
        x = _natural_x(columns, y)
    if x is None:
        return None if y is None else Chart("histogram", y.name, None, y, None)
    if y is None:
        return _over(x, None, "count")
    operation = question.operation if question.operation not in (None, "count") else "total"
    return _over(x, y, operation or "total")


def _over(x: Column, y: Column | None, operation: Operation) -> Chart:
    """A chart of y over x: values as they are if each x occurs once, otherwise one figure for each x."""
    distinct = len(x.counts) == len(x.values)
    if y is None:
        aggregate = Aggregate("count", None, x)
        return Chart("line" if x.kind == "date" else "bar", aggregate.label, aggregate, x, None)
    if x.kind == "number" and not (_is_ordered(x) or _is_year(x)):
        return Chart("scatter", f"{y.name} against {x.name}", None, x, y)
    aggregate = Aggregate(operation, y, x)
    title = f"{y.name} by {x.name}" if distinct and x.missing < 2 else aggregate.label
    return Chart("bar" if x.kind == "text" else "line", title, aggregate, x, y)


def _natural_x(columns: Sequence[Column], y: Column | None) -> Column | None:
    """What the rows of a table are usually put in order or in groups by."""
    others = [column for column in columns if column is not y]
    dates = [column for column in others if column.kind == "date"]
    years = [column for column in others if _is_year(column)]
    texts = [column for column in others if column.kind == "text" and 1 < len(column.counts) <= BARS_MAX]
    return next(iter(dates + years + sorted(texts, key=lambda column: len(column.counts))), None)


def _is_ordered(column: Column) -> bool:
    numbers = column.numbers
    return len(numbers) > 1 and all(one < after for one, after in pairwise(numbers))


def _is_year(column: Column) -> bool:
    return column.kind == "number" and "year" in column.name.lower() and len(column.counts) > 1


def _is_key(column: Column) -> bool:
    """Whether the numbers are names of rows rather than amounts."""
    return _is_year(column) or _KEY.search(column.name) is not None
