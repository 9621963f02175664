"""Text with one row to a line and something between the cells: CSV and its kin."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

from mockserver.analysis.encodings import decoded
from mockserver.analysis.tables import (
    CELLS_MAX,
    NUMBER,
    NotDataError,
    Reading,
    Table,
    check_size,
    literal,
    tabulated,
)

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 200
_SAMPLE_MAX = 65_536
_MARKUP = ("<!doctype", "<html", "<?xml", "%pdf")


def read_delimited(content: bytes, path: str, suffix: str) -> Table:
    """The table in the file. Of a .txt file it has to be plain that it holds one."""
    text, encoding = decoded(content)
    if text.lstrip().lower().startswith(_MARKUP):
        raise NotDataError("It is not a table but a document.")
    delimiter = "\t" if suffix == ".tsv" else _delimiter(text, strict=suffix == ".txt")
    cells = _cells(text, delimiter)
    reading = Reading(
        ("import csv",),
        (
            f'with open({literal(path)}, encoding="{encoding}", newline="") as file:',
            f"    table = list(csv.reader(file{_argument(delimiter)}))",
            "table = [[cell.strip() for cell in row] for row in table]",
        ),
        _notes(cells),
    )
    return tabulated(cells, reading, decimal_comma=delimiter == ";")


def _argument(delimiter: str) -> str:
    return {",": "", "\t": ', delimiter="\\t"'}.get(delimiter, f", delimiter={literal(delimiter)}")


def _cells(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    number = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            stripped = [cell.strip() for cell in row]
            if any(stripped):
                number += len(row)
                rows.append(stripped)
            if number > CELLS_MAX:
                raise NotDataError(f"It has more than {CELLS_MAX:,} cells.")
    except csv.Error as error:
        raise NotDataError(f"It cannot be read as a table: {error}.") from None
    check_size(1, max(map(len, rows), default=0))
    return rows


def _notes(cells: list[list[str]]) -> tuple[str, ...]:
    """A sentence if some lines have fewer or more cells than the first."""
    lengths = list(map(len, cells))
    uneven = sum(length != lengths[0] for length in lengths)
    if not uneven:
        return ()
    lines = "One line has" if uneven == 1 else f"{uneven:,} lines have"
    return (f"{lines} fewer or more cells than the first; I took what lacks as missing.",)


def _delimiter(text: str, *, strict: bool) -> str:
    """What divides most of the first rows into equally many cells, the more the better."""
    sample = text[:_SAMPLE_MAX]
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        try:
            rows = list(
                islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), _SAMPLE_ROWS)
            )
        except csv.Error:
            continue
        if len(sample) < len(text) and len(rows) < _SAMPLE_ROWS:
            rows = rows[:-1]  # it may have been cut
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        if not rows:
            continue
        width, times = Counter(map(len, rows)).most_common(1)[0]
        score = (times / len(rows), width)
        if width > 1 and score > best_score:
            best, best_score, found = delimiter, score, rows
    if strict and not (
        best_score[0] >= 0.9
        and len(found) > 1
        and any(NUMBER.fullmatch(cell.strip()) for row in found[1:] for cell in row)
    ):
        raise NotDataError("It is text and not a table.")
    return best
