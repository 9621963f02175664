"""Tables of all kinds, drawn by hypothesis, and the files that hold them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from typing import Any

import openpyxl
from hypothesis import strategies as st
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

NAMES = ("price", "unit price", "region", "date", "id", "year", "total", "x", "", "price", "{n}", 'a "b"')

NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e9, 1e9, allow_nan=False).map(repr),
    st.sampled_from(["1e5", ".5", "3.", "+7", "007", "-0", "1234567890123456", "1,234", "2,5", "1_000"]),
)
DATES = st.one_of(
    st.dates().map(date.isoformat),
    st.datetimes(timezones=st.just(None)).map(datetime.isoformat),
    st.sampled_from(
        ["2024-01", "2024-02-30", "2024-05-01T10:00:00Z", "2024-05-01 10:00+02:00", "0000-01-01"]
    ),
)
PLAIN = st.sampled_from(["North", "South", "O'Hara", "a;b", "x, y", 'say "hi"', "two\nlines", "ß€", "$x$"])
MISSING = st.sampled_from(["", " ", "NA", "NaN", "null", "N/A"])
ANY = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
DECIMAL_COMMAS = st.tuples(st.integers(-999, 999), st.integers(0, 99)).map("{0[0]},{0[1]}".format)

QUESTIONS = st.sampled_from(
    [
        "What is in this file?",
        "total and average price by region",
        "highest price and lowest unit price: which region?",
        "the median price per year, please, and how many rows",
        "Which region has the highest total price?",
        "how many rows per region",
        "sum of x",
        "average total by date",
    ]
)


@st.composite
def grids(draw: st.DrawFn, cells: st.SearchStrategy[str] | None = None) -> list[list[str]]:
    """Rows of text under a header or without one, columns of one kind each or of any."""
    kinds = [NUMBERS, DECIMAL_COMMAS, DATES, PLAIN, ANY] if cells is None else [cells]
    columns = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=5))
    columns = [st.one_of(kind, kind, kind, MISSING) for kind in columns]
    rows = draw(st.lists(st.tuples(*columns).map(list), max_size=12))
    if draw(st.integers(0, 4)):
        rows.insert(0, draw(st.lists(st.sampled_from(NAMES), min_size=len(columns), max_size=len(columns))))
    if draw(st.integers(0, 4)) == 0 and rows:
        del rows[-1][draw(st.integers(0, len(columns))) :]  # a line that ends early
    return rows


@st.composite
def delimited(draw: st.DrawFn) -> tuple[str, bytes]:
    """A CSV file or one of its kin, and its name."""
    text = io.StringIO()
    quoting: Any = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    ends = draw(st.sampled_from(["\n", "\r\n"]))
    delimiter = draw(st.sampled_from(",;\t|"))
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ends)
    writer.writerows(draw(grids()))
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
    name = draw(st.sampled_from(["table.csv", "table.CSV", "table.txt", "table.tsv"]))
    return name, text.getvalue().encode(encoding)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | PLAIN | DATES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
_KEYS = st.sampled_from(NAMES) | st.text(max_size=4)


@st.composite
def json_tables(draw: st.DrawFn) -> tuple[str, bytes]:
    """A JSON file that holds a table in one of its forms, or does not."""
    values = draw(st.sampled_from([st.integers(-99, 99), st.floats(-9, 9), _VALUES]))
    records = draw(st.lists(st.dictionaries(_KEYS, values, max_size=4), max_size=6))
    columns = draw(st.dictionaries(_KEYS, st.lists(values, max_size=4), max_size=4))
    forms: list[Any] = [records, {"n": 1, "data": records}, {"a": {"b": records}}, columns]
    forms += [
        [list(record.values()) for record in records],
        draw(st.lists(values, max_size=5)),
        draw(_VALUES),
    ]
    if draw(st.booleans()):
        return "table.json", "\n".join(json.dumps(record) for record in records).encode()
    ascii_only = draw(st.booleans())
    text = json.dumps(draw(st.sampled_from(forms)), ensure_ascii=ascii_only)
    return "table.json", text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])), "replace")


@st.composite
def workbooks(draw: st.DrawFn) -> tuple[str, bytes]:
    """An Excel workbook, its table on any of its sheets and not always in the corner."""
    book = openpyxl.Workbook()
    if draw(st.booleans()):
        sheet: Any = book.create_sheet('Data "1"')
    else:
        sheet = book.active
    for _ in range(draw(st.integers(0, 2))):
        sheet.append([])
    values = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**9), 10**9),
        st.floats(-1e9, 1e9),
        st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),
        st.dates(date(1950, 1, 1), date(2100, 1, 1)),
        ANY.map(lambda text: ILLEGAL_CHARACTERS_RE.sub("", text).lstrip("=")),
    )
    margin = [None] * draw(st.integers(0, 1))
    for row in draw(grids(ANY.map(lambda text: ILLEGAL_CHARACTERS_RE.sub("", text).lstrip("="))))[:1]:
        sheet.append([*margin, *row])
    for row in draw(st.lists(st.lists(values, max_size=4), max_size=6)):
        sheet.append([*margin, *row])
    content = io.BytesIO()
    book.save(content)
    return "table.xlsx", content.getvalue()
