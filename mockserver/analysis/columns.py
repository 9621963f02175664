"""What a column holds, and the first lines of the log: one for the table, one for each column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import fsum
from statistics import median
from typing import Literal

from mockserver.analysis.tables import MISSING, NUMBER, NUMBER_PATTERN, Table, literal, printable

Kind = Literal["number", "date", "text", "empty"]

DESCRIBED_MAX = 50
"""Columns that get a line in the log."""

_IN_SUMMARY_MAX = 12
TEXT_MAX = 40


@dataclass(frozen=True)
class Column:
    """One column: its place, its name, what it holds and the cells that hold something."""

    index: int
    name: str
    kind: Kind
    values: list[str]
    missing: int

    @cached_property
    def numbers(self) -> list[float]:
        """The values of a number column."""
        return [float(value) for value in self.values]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value occurs."""
        return Counter(self.values)


def columns_of(table: Table) -> list[Column]:
    """The columns of the table, in order."""
    columns = []
    for index, name in enumerate(table.names):
        values = [row[index] for row in table.rows if row[index] not in MISSING]
        columns.append(Column(index, name, _kind(values), values, len(table.rows) - len(values)))
    return columns


def _kind(values: Sequence[str]) -> Kind:
    if not values:
        return "empty"
    if all(map(NUMBER.fullmatch, values)):
        return "number"
    return "date" if all(map(moment, values)) else "text"


def moment(text: str) -> datetime | None:
    """The day or time an ISO 8601 text names, without its zone; a month is its first day."""
    if text[4:5] != "-":
        return None
    try:
        return datetime.fromisoformat(text + "-01" if len(text) == 7 else text).replace(tzinfo=None)
    except ValueError:
        return None


def show(number: float) -> str:
    """At most four decimals, or four digits of what is small; no commas where a year has none."""
    if 0 < abs(number) < 0.1:
        return f"{number:.4g}"
    return f"{round(number, 4):,.15g}" if abs(number) >= 10_000 else f"{round(number, 4):.15g}"


IMPORTS = (
    "import re",
    "from collections import Counter",
    "from datetime import datetime",
    "from math import fsum",
    "from statistics import median",
)
"""What the code of a description needs."""

CODE = rf'''
MISSING = {{{", ".join(map(literal, MISSING))}}}
NUMBER = re.compile(r"{NUMBER_PATTERN}")


def moment(text):
    if text[4:5] != "-":
        return None
    try:
        return datetime.fromisoformat(text + "-01" if len(text) == 7 else text).replace(tzinfo=None)
    except ValueError:
        return None


def show(number):
    if 0 < abs(number) < 0.1:
        return f"{{number:.4g}}"
    return f"{{round(number, 4):,.15g}}" if abs(number) >= 10_000 else f"{{round(number, 4):.15g}}"


print(f"{{len(rows):,}} rows, {{len(names):,}} columns")
for index, name in enumerate(names[:{DESCRIBED_MAX}]):
    values = [row[index] for row in rows if row[index] not in MISSING]
    if not values:
        line = "empty"
    elif all(NUMBER.fullmatch(value) for value in values):
        numbers = [float(value) for value in values]
        line = (
            f"number, min {{show(min(numbers))}}, mean {{show(fsum(numbers) / len(numbers))}}, "
            f"median {{show(median(numbers))}}, max {{show(max(numbers))}}, total {{show(fsum(numbers))}}"
        )
    elif all(moment(value) for value in values):
        line = f"date, {{min(values, key=moment)}} to {{max(values, key=moment)}}"
    else:
        counts = Counter(values)
        value, times = counts.most_common(1)[0]
        often = f"{{value[:{TEXT_MAX}]!r}} ({{times:,}} of {{len(values):,}})"
        line = f"text, {{len(counts):,}} distinct, most often {{often}}"
    if len(values) < len(rows):
        line += f", {{len(rows) - len(values):,}} missing"
    print(f"{{name}}: {{line}}")
'''.strip("\n").splitlines()
"""The lines that print what `logged` says."""


def logged(table: Table, columns: Sequence[Column]) -> list[str]:
    """The lines that `CODE` prints."""
    lines = [f"{len(table.rows):,} rows, {len(table.names):,} columns"]
    for column in columns[:DESCRIBED_MAX]:
        line = _line(column)
        if column.missing:
            line += f", {column.missing:,} missing"
        lines.append(f"{column.name}: {line}")
    return lines


def _line(column: Column) -> str:
    if column.kind == "empty":
        return "empty"
    if column.kind == "number":
        numbers = column.numbers
        return (
            f"number, min {show(min(numbers))}, mean {show(fsum(numbers) / len(numbers))}, "
            f"median {show(median(numbers))}, max {show(max(numbers))}, total {show(fsum(numbers))}"
        )
    values = column.values
    if column.kind == "date":
        return f"date, {min(values, key=_when)} to {max(values, key=_when)}"
    value, times = column.counts.most_common(1)[0]
    often = f"{value[:TEXT_MAX]!r} ({times:,} of {len(values):,})"
    return f"text, {len(column.counts):,} distinct, most often {often}"


def _when(text: str) -> datetime:
    return moment(text) or datetime.min


def summarised(table: Table, columns: Sequence[Column]) -> str:
    """The table and its columns in words for the user."""
    rows, number = len(table.rows), len(columns)
    height = "one row" if rows == 1 else f"{rows:,} rows"
    head = f"It has {height} and {'one column' if number == 1 else f'{number:,} columns'}:"
    lines = [f"- {column.name}: {_words(column)}" for column in columns[:_IN_SUMMARY_MAX]]
    if number > _IN_SUMMARY_MAX:
        lines.append(f"- and {number - _IN_SUMMARY_MAX:,} more")
    return "\n".join([head, *lines])


def _words(column: Column) -> str:
    if column.kind == "empty":
        return "empty"
    if column.kind == "number":
        numbers = column.numbers
        words = (
            f"numbers from {show(min(numbers))} to {show(max(numbers))}, "
            f"mean {show(fsum(numbers) / len(numbers))}, median {show(median(numbers))}"
        )
    elif column.kind == "date":
        words = f"dates from {min(column.values, key=_when)} to {max(column.values, key=_when)}"
    else:
        value, times = column.counts.most_common(1)[0]
        distinct = len(column.counts)
        words = f"text, {distinct:,} {'value' if distinct == 1 else 'different values'}"
        if times > 1:
            words += f", most often “{printable(value, TEXT_MAX)}” ({times:,} of {len(column.values):,})"
    return words + (f"; {column.missing:,} missing" if column.missing else "")
