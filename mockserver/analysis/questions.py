"""What a question asks of a table, as far as that can be decided: figures, groups, a chart.

A wrong answer is worse than none. An operation counts only if a column is named with it, or only one can be
meant; a superlative before another operation ("the highest average") only ranks groups.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mockserver.analysis.aggregates import Aggregate, Operation
from mockserver.analysis.columns import Column
from mockserver.improvised.words import stems

_READ_MAX = 2_000
_ANSWERS_MAX = 6

_WORDS: dict[str, Operation] = {
    **dict.fromkeys(("total", "totals", "sum", "sums"), "total"),
    **dict.fromkeys(("average", "averages", "mean", "avg"), "mean"),
    **dict.fromkeys(("median", "medians"), "median"),
    **dict.fromkeys(("max", "maximum", "highest", "largest", "biggest", "greatest"), "max"),
    **dict.fromkeys(("min", "minimum", "lowest", "smallest"), "min"),
}
_COUNTING = re.compile(r"\b(?:how many|number of|count(?: of| the)?)\s+(?:the\s+)?(?=\w)")
_ROWS = re.compile(r"(?:rows?|records?|entries|lines)\b")
_CHART = re.compile(r"\b(?:charts?|plot(?:s|ted|ting)?|graphs?|diagrams?|histograms?|visuali[sz]\w+|draw)\b")
_SPREAD = re.compile(r"\b(?:histograms?|distribution|distributed)\b")
_BY = re.compile(r"\b(?:by|per|each|every)\s+(?:the\s+)?")
_OVER = re.compile(r"\b(?:over|against|versus|vs|by|per|each|every|across)\b\.?\s+(?:the\s+)?")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked.

    `named` are the columns the words name; `over` is the one a chart is to run along; `operation` is what it
    is to show of several values; `spread` says that their distribution is wanted.
    """

    aggregates: tuple[Aggregate, ...] = ()
    named: tuple[Column, ...] = ()
    over: Column | None = None
    operation: Operation | None = None
    chart: bool = False
    spread: bool = False


def asked(question: str, columns: Sequence[Column]) -> Asked:
    """Read the question with the table's columns in mind."""
    text = question[:_READ_MAX]
    lower = text.lower()
    named = _named(text, columns)
    group = _following(_BY, lower, named)
    operations, ranks = _operations(lower, named)
    if ranks:
        # "Which region has the highest total sales": the totals by region, the highest first.
        group = group or next((column for column in named if column.kind in ("text", "date")), None)
        operations = operations if group is not None else []
    measures = _measures(columns, named, group)
    counts = _counts(lower, named, group, alone=not operations)
    if isinstance(counts, Column):
        # "How many units": a column of numbers already counts them.
        measures, operations, counts = [counts], operations or ["total"], None
    aggregates = [
        Aggregate(operation, measure, group, None if group else _which(operation, named, measure))
        for operation in operations
        for measure in measures
    ]
    return Asked(
        aggregates=tuple([*aggregates, *([counts] if counts else [])][:_ANSWERS_MAX]),
        named=named,
        over=_following(_OVER, lower, named) or group,
        operation=_shown(operations, counts is not None, group),
        chart=bool(_CHART.search(lower)),
        spread=bool(_SPREAD.search(lower)),
    )


def _named(text: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns whose names stand in the text, without those that are only part of a longer one."""
    said = stems(text)
    found = []
    for column in columns:
        meant = stems(column.name)
        exact = len(column.name) < 3 and re.search(rf"(?<!\w){re.escape(column.name)}(?!\w)", text)
        if (meant and meant <= said) or (exact and column.name not in ("a", "A", "I")):
            found.append((column, meant))
    return tuple(
        column for column, meant in found if not (meant and any(meant < other for _, other in found))
    )


def _following(word: re.Pattern[str], lower: str, named: Sequence[Column]) -> Column | None:
    """The first named column whose name comes right after the word."""
    for match in word.finditer(lower):
        found = _beginning(lower[match.end() :], named)
        if found is not None:
            return found
    return None


def _beginning(lower: str, named: Sequence[Column]) -> Column | None:
    """The column whose name the text begins with, up to plurals and the like."""
    words = _WORD.findall(lower[:200])
    for column in sorted(named, key=lambda column: -len(column.name)):
        name = _WORD.findall(column.name.lower())
        begin = words[: len(name)]
        if name and (begin == name or (stems(column.name) and stems(" ".join(begin)) == stems(column.name))):
            return column
    return None


def _operations(lower: str, named: Sequence[Column]) -> tuple[list[Operation], bool]:
    """The operations the words name, and whether they are only there to rank groups."""
    words = _WORD.findall(lower)
    places = [index for index, word in enumerate(words) if word in _WORDS]
    # In a table with a column "total", "the average total" is one operation.
    names = {word for column in named for word in _WORD.findall(column.name.lower())}
    places = [index for index in places if words[index] not in names] or places
    operations = [_WORDS[words[index]] for index in places]
    for index, following in pairwise(places):
        first, second = _WORDS[words[index]], _WORDS[words[following]]
        if following == index + 1 and first in ("max", "min") and second not in ("max", "min"):
            return [second], True
    return list(dict.fromkeys(operations)), False


def _measures(columns: Sequence[Column], named: Sequence[Column], group: Column | None) -> list[Column]:
    """The columns of numbers that are meant: those named, or the only one there is if none is named."""
    numeric = [column for column in columns if column.kind == "number" and column is not group]
    measures = [column for column in numeric if column in named]
    alone = len(numeric) == 1 and all(column is group for column in named)
    return measures or (numeric if alone else [])


def _counts(
    lower: str, named: Sequence[Column], group: Column | None, *, alone: bool
) -> Aggregate | Column | None:
    """The count of rows that is asked for, or the column of numbers after "how many"."""
    for match in _COUNTING.finditer(lower):
        rest = lower[match.end() :]
        if _ROWS.match(rest):
            return Aggregate("count", None, group if alone else None)
        column = _beginning(rest, named)
        if column is not None and column.kind == "number":
            return column
        if column is None and group is not None:
            return Aggregate("count", None, group)
    return None


def _which(operation: Operation, named: Sequence[Column], measure: Column) -> Column | None:
    """The named column that tells which row an extreme is in."""
    if operation not in ("max", "min"):
        return None
    others = [column for column in named if column is not measure]
    return next((column for column in others if column.kind in ("text", "date")), None)


def _shown(operations: Sequence[Operation], counts: bool, group: Column | None) -> Operation | None:
    """What a chart shows of several values: an extreme only if it was asked for by group."""
    if not operations:
        return "count" if counts else None
    fitting = [operation for operation in operations if group is not None or operation not in ("max", "min")]
    return next(iter(fitting), None)
