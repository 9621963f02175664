"""What is read out of files of every form: the lines of the log say it."""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pytest

from tests.analysis.running import analysed

TWO_NUMBERS = [
    "2 rows, 2 columns",
    "a: number, min 1, mean 2, median 2, max 3, total 4",
    "b: number, min 2, mean 3, median 3, max 4, total 6",
]


def lines(name: str, content: bytes) -> list[str]:
    """The log, line by line."""
    return analysed(name, content).logs.splitlines()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b"a,b\n1,2\n3,4\n"),
        ("t.csv", b"a;b\r\n1;2\r\n3;4"),
        ("t.csv", b"a\tb\r1\t2\r3\t4\r"),
        ("t.csv", b'\n"a"|"b"\n\n1|2\n3|4\n\n'),
        ("t.csv", "a,b\n1,2\n3,4\n".encode("utf-8-sig")),
        ("t.csv", "a,b\n1,2\n3,4\n".encode("utf-16")),
        ("t.csv", "a,b\n1,2\n3,4\n".encode("utf-16-le")),
        ("t.csv", b"a,b,\n 1 , 2,\n3,4,\n"),
        ("t.tsv", b"a\tb\n1\t2\n3\t4\n"),
        ("t.txt", b"a\tb\n1\t2\n3\t4\n"),
        ("t.json", b'[{"a": 1, "b": 2}, {"a": "3", "b": 4.0}]'),
        ("t.json", b'{"count": 2, "data": [{"a": 1, "b": 2}, {"b": 4, "a": 3}]}'),
        ("t.json", b'{"result": {"items": [{"a": 1, "b": 2}, {"a": 3, "b": 4}]}}'),
        ("t.json", b'{"a": [1, 3], "b": [2, 4]}'),
        ("t.json", b'[["a", "b"], [1, 2], [3, 4]]'),
        ("t.json", b'{"a": 1, "b": 2}\n\n{"a": 3, "b": 4}\n'),
    ],
)
def test_one_table_in_many_forms(name: str, content: bytes) -> None:
    assert lines(name, content) == TWO_NUMBERS


def test_quotes_hold_delimiters_and_line_ends() -> None:
    found = lines("t.csv", b'name,note\nAnn,"a, b\nc ""d"""\nBen,\n')
    assert found == [
        "2 rows, 2 columns",
        "name: text, 2 distinct, most often 'Ann' (1 of 2)",
        "note: text, 1 distinct, most often 'a, b\\nc \"d\"' (1 of 1), 1 missing",
    ]


def test_a_table_without_a_header_gets_numbered_columns() -> None:
    analysis = analysed("t.csv", b"1,x\n2,y\n")
    assert "column 1: number, min 1" in analysis.logs
    assert "It has no header row" in analysis.summary


def test_years_in_the_first_row_are_names() -> None:
    assert lines("t.csv", b"country,2019,2020\nFrance,1,2\n")[1:] == [
        "country: text, 1 distinct, most often 'France' (1 of 1)",
        "2019: number, min 1, mean 1, median 1, max 1, total 1",
        "2020: number, min 2, mean 2, median 2, max 2, total 2",
    ]
    assert lines("t.csv", b"Ann,1950,1990\nBen,1960,2001\n")[0] == "2 rows, 3 columns"


def test_ragged_rows_are_filled_and_told_of() -> None:
    analysis = analysed("t.csv", b"a,b\n1,2\n3\n4,5,6\n")
    assert analysis.logs.startswith("3 rows, 3 columns\n")
    assert "column 3: number, min 6" in analysis.logs
    assert "2 lines have fewer or more cells than the first" in analysis.summary


def test_names_are_told_apart() -> None:
    names = [line.split(":")[0] for line in lines("t.csv", b"a,a,,a (2)\n1,2,3,4\n")[1:]]
    assert names == ["a", "a (2)", "column 3", "a (2) (2)"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ("1 2.5 -3 1e3 .5", "number"),
        ("1 NaN NA 2", "number"),
        ("007 008", "text"),
        ("1,234 5,678", "text"),
        ("2,5 3,25", "text"),
        ("12345678901234567890 1", "text"),
        ("1_000 2", "text"),
        ("inf 1", "text"),
        ("2024-01-31 2024-02-29T10:00", "date"),
        ("2024-01 2024-02", "date"),
        ("2024-02-30 2024-01-01", "text"),
        ("NA null N/A", "empty"),
    ],
)
def test_kinds(cells: str, kind: str) -> None:
    content = 'name,"x"\n' + "".join(f'r,"{cell}"\n' for cell in cells.split())
    assert lines("t.csv", content.encode())[2].removeprefix("x: ").split(",")[0] == kind


def test_decimal_commas_are_read_where_they_are_evident() -> None:
    found = lines("t.csv", b"a;b\n1,5;1,234\n2;5,678\n")
    assert found[1] == "a: number, min 1.5, mean 1.75, median 1.75, max 2, total 3.5"
    assert found[2].startswith("b: text")


def test_figures_are_exact() -> None:
    cells = ["0.1"] * 10 + ["12345.678901", "0.00012345"]
    found = lines("t.csv", ("x\n" + "\n".join(cells)).encode())
    assert (
        found[1] == "x: number, min 0.0001234, mean 1028.8899, median 0.1, max 12,345.6789, total 12,346.679"
    )


def test_nested_and_odd_json_values() -> None:
    data: list[Any] = [{"x": {"deep": [1, 2]}, "y": True, "z\n\ud800": "\ud800\0"}, {"x": None, "y": None}]
    assert lines("t.json", json.dumps(data).encode()) == [
        "2 rows, 3 columns",
        "x: text, 1 distinct, most often '{\"deep\": [1, 2]}' (1 of 1), 1 missing",
        "y: text, 1 distinct, most often 'true' (1 of 1), 1 missing",
        "z: text, 1 distinct, most often '\\ud800\\x00' (1 of 1), 1 missing",
    ]


def test_the_first_sheet_with_data_and_the_names_of_the_others() -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Figures")
    book.create_sheet("Notes").append(["more"])
    for row in ([], [None, "a", "b"], [None, 1, 2], [], [None, 3, "=1+1"]):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    analysis = analysed("t.xlsx", content.getvalue())
    assert analysis.logs.splitlines() == [
        "2 rows, 2 columns",
        "a: number, min 1, mean 2, median 2, max 3, total 4",
        # A formula that no program has computed yet has no value.
        "b: number, min 2, mean 2, median 2, max 2, total 2, 1 missing",
    ]
    assert "its sheet “Figures”; I did not describe “Sheet”, “Notes”." in analysis.summary


def test_a_wide_table_is_described_in_part() -> None:
    analysis = analysed("t.csv", (",".join(f"c{n}" for n in range(60)) + "\n" + ",".join("1" * 60)).encode())
    assert len(analysis.logs.splitlines()) == 51
    assert "and 48 more" in analysis.summary
