"""The law of this package: the logs are what the code prints."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.analysis import NotDataError, analyse
from tests.analysis.running import analysed, printed, run
from tests.analysis.tables import QUESTIONS, delimited, json_tables, workbooks
from tests.properties import law

SALES = (
    b"region;date;price;units\n"
    b"North;2024-01-01;1,5;3\n"
    b"South;2024-01-02;2,25;4\n"
    b'"East; far";2024-01-03;NA;\n'
    b"North;2024-01-04;10,0;1200000\n"
)
RECORDS = b'{"meta": 1, "data": [{"city": "Paris", "people": 2102650, "tags": ["a", 1]}, {"city": null}]}'
QUESTION = "What is the average price by region, the highest people and how many rows?"


def workbook() -> bytes:
    """A small one with an empty sheet before the one with data."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Data")
    for row in (["name", "price"], ["a", 1.5], ["b", None], ["c", 4]):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [("sales.csv", SALES), ("cities.json", RECORDS), ("prices.xlsx", workbook())],
    ids=["csv", "json", "xlsx"],
)
def test_a_python_of_its_own_prints_the_logs(name: str, content: bytes, tmp_path: Path) -> None:
    analysis = analysed(name, content, QUESTION)
    assert run(analysis, content, tmp_path) == analysis.logs


def check(name: str, content: bytes, question: str) -> None:
    """The law, for a file that may as well hold no table."""
    try:
        analysis = analysed(name, content, question)
    except NotDataError:
        return
    with tempfile.TemporaryDirectory() as folder:
        assert printed(analysis, content, Path(folder)) == analysis.logs
    assert all(line.isprintable() for line in analysis.summary.split("\n"))
    assert analysed(name, content, question) == analysis


MANY = law(150)
FEW = law(30)


@MANY
@given(delimited(), QUESTIONS)
def test_delimited_text(file: tuple[str, bytes], question: str) -> None:
    check(*file, question)


@MANY
@given(json_tables(), QUESTIONS)
def test_json(file: tuple[str, bytes], question: str) -> None:
    check(*file, question)


@FEW
@given(workbooks(), QUESTIONS)
def test_workbooks(file: tuple[str, bytes], question: str) -> None:
    check(*file, question)


@MANY
@given(st.sampled_from(["table.csv", "table.json", "table.txt", "table.xlsx"]), st.binary(max_size=200))
def test_anything_at_all(name: str, content: bytes) -> None:
    check(name, content, "How many rows?")


def test_the_code_reads_the_file_where_the_caller_says() -> None:
    analysis = analyse("a b.csv", io.BytesIO(SALES), "")
    assert 'open("/mnt/data/a b.csv"' in analysis.code
    odd = analyse("a.csv", io.BytesIO(SALES), "", '/mnt/"data"\n')
    assert "open('/mnt/\"data\"\\n'" in odd.code


def test_plain_files_get_plain_code() -> None:
    code = analysed("a.csv", b"name,age\nAnn,31\n").code
    assert "delimiter" not in code
    assert "width" not in code
    assert "decimal" not in code
    assert "matplotlib" not in code
