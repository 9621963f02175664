"""A table read from a file, with the Python that reads it the same way.

Every cell is text, stripped; what a column holds is decided in `columns`. Whatever is done to the cells
here is also written down as code, and only if the file needs it: a plain file gets plain code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

BYTES_MAX = 16 * 1024 * 1024
CELLS_MAX = 1_000_000
COLUMNS_MAX = 1_000
"""Above these a file is refused: one run must not hold the server for more than a few seconds."""

_NAME_MAX = 60
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,15}(?:,[0-9]{1,15})?")
_CERTAIN_COMMA = re.compile(r".*,(?![0-9]{3}$)[0-9]+")

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "#N/A")
"""Cells that stand for no value."""

NUMBER_PATTERN = r"[+-]?((0|[1-9][0-9]{0,14})(\.[0-9]{0,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,2})?"
"""Numbers that a float holds; more digits, or zeros in front, make a code or an account."""

NUMBER = re.compile(NUMBER_PATTERN)


class NotDataError(Exception):
    """The file cannot be analysed; `message` is a sentence that says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file was read: the imports and lines of code, and sentences about what is not plain in it."""

    imports: tuple[str, ...]
    code: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Named columns and rows of text, all rows of one length."""

    names: list[str]
    rows: list[list[str]]
    reading: Reading = field(repr=False)


def tabulated(cells: list[list[str]], reading: Reading, *, decimal_comma: bool = False) -> Table:
    """The table in these cells, which the code so far holds as `table`, all of them stripped.

    Empty rows go, short rows are filled, columns without a name and a value go, and the first row gives the
    names if it looks as if it did.
    """
    code = [*reading.code, "table = [row for row in table if any(row)]"]
    notes = list(reading.notes)
    cells = [row for row in cells if any(row)]
    if not cells:
        raise NotDataError("There is nothing in it.")
    width = max(map(len, cells))
    check_size(len(cells), width)
    if any(len(row) < width for row in cells):
        code += [
            "width = max(len(row) for row in table)",
            'table = [row + [""] * (width - len(row)) for row in table]',
        ]
        cells = [row + [""] * (width - len(row)) for row in cells]
    kept = [index for index in range(width) if any(row[index] for row in cells)]
    if len(kept) < width:
        chosen = f"row[:{len(kept)}]" if kept[-1] < len(kept) else f"[row[index] for index in {kept}]"
        code.append(f"table = [{chosen} for row in table]")
        cells = [[row[index] for index in kept] for row in cells]
    if _has_header(cells):
        names, rows = cells[0], cells[1:]
        code.append("names, rows = table[0], table[1:]")
    else:
        names, rows = [f"column {number}" for number in range(1, len(kept) + 1)], cells
        code += ['names = [f"column {number}" for number in range(1, len(table[0]) + 1)]', "rows = table"]
        notes.append("It has no header row, so I numbered the columns.")
    if decimal_comma:
        code += _with_decimal_points(rows)
    return named(names, rows, Reading(reading.imports, tuple(code), tuple(notes)))


def named(names: Sequence[str], rows: list[list[str]], reading: Reading) -> Table:
    """The table with names that can be told apart and printed; the code holds `names` and `rows`."""
    check_size(len(rows), len(names))
    plain = _distinct(names)
    code = reading.code
    if plain != list(names):
        code += (f"names = [{', '.join(map(literal, plain))}]",)
    return Table(plain, rows, Reading(reading.imports, code, reading.notes))


def check_size(rows: int, columns: int) -> None:
    """Refuse a table that would take long."""
    if columns > COLUMNS_MAX:
        raise NotDataError(f"It has more than {COLUMNS_MAX:,} columns.")
    if rows * columns > CELLS_MAX:
        raise NotDataError(f"It has more than {CELLS_MAX:,} cells.")


def literal(text: str) -> str:
    """The text as Python source."""
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)


def printable(text: str, limit: int) -> str:
    """The text on one line, without characters that cannot be shown, cut if it is long."""
    line = "".join(char if char.isprintable() else " " for char in text[: 4 * limit])
    line = " ".join(line.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _distinct(names: Sequence[str]) -> list[str]:
    taken: set[str] = set()
    plain = []
    for number, name in enumerate(names, start=1):
        first = candidate = printable(name, _NAME_MAX) or f"column {number}"
        again = 1
        while candidate in taken:
            again += 1
            candidate = f"{first} ({again})"
        taken.add(candidate)
        plain.append(candidate)
    return plain


def _has_header(cells: list[list[str]]) -> bool:
    first, rest = cells[0], cells[1:]
    numeric = [index for index, cell in enumerate(first) if NUMBER.fullmatch(cell) or _DAY.match(cell)]
    if not numeric:
        return True
    # "country, 2019, 2020" names years, unless the cells below are years as well.
    years = [first[index] for index in numeric if _YEAR.fullmatch(first[index])]
    return (
        len(numeric) < len(first)
        and len(numeric) == len(years) > 1
        and years == sorted(set(years))
        and not all(_YEAR.fullmatch(row[index]) for row in rest[:100] for index in numeric)
    )


def _with_decimal_points(rows: list[list[str]]) -> list[str]:
    """Put points for the commas of columns that clearly hold decimals; the code that does so."""
    columns = []
    for index in range(len(rows[0]) if rows else 0):
        values = [row[index] for row in rows if row[index] not in MISSING]
        # "1,234" alone could be a thousand; "1,5" anywhere in the column settles it.
        if all(map(_DECIMAL_COMMA.fullmatch, values)) and any(map(_CERTAIN_COMMA.fullmatch, values)):
            columns.append(index)
    for row in rows:
        for index in columns:
            row[index] = row[index].replace(",", ".")
    if not columns:
        return []
    return [
        "for row in rows:",
        f"    for index in {columns}:  # decimal commas",
        '        row[index] = row[index].replace(",", ".")',
    ]
