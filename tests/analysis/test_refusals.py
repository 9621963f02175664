"""Files that cannot be analysed: each gets a sentence, none gets through or takes long."""

from __future__ import annotations

import io
import sys
import zipfile

import openpyxl
import pytest

from mockserver.analysis import ANALYSED, NotDataError
from tests.analysis.running import analysed

_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_SHEET_END = b"</sheetData></worksheet>"
_WIDE_ROW = b'<row><c r="ALL1"/></row>'
"""A row of a thousand cells, the last of which is named."""

_LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


def workbook(sheet: bytes) -> bytes:
    """A workbook with this as the XML of its sheet."""
    plain, content = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet1.xml") else old.read(name))
    return content.getvalue()


def refusal(name: str, content: bytes) -> str:
    """Why the file is refused."""
    with pytest.raises(NotDataError) as refused:
        analysed(name, content, "What is the total? Draw a chart.")
    return refused.value.message


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("t.csv", b"", "It is empty."),
        ("t.csv", b" \n\n", "It is empty."),
        ("t.csv", b",,\n,,\n", "There is nothing in it."),
        ("t.csv", b"a,b\n\0\1\2\3", "It is not text."),
        ("t.csv", b"PK\3\4" + bytes(100), "It is not text."),
        ("t.csv", b"a\x81b", "It is not text."),
        ("t.csv", b"<!DOCTYPE html><p>1,2", "a document"),
        ("t.csv", b'a,b\n"' + b"x" * 200_000, "field larger than field limit"),
        ("t.csv", b"1," * 2_000, "more than 1,000 columns"),
        ("t.csv", b"1\n" * 20_000 + b"1," * 999, "more than 1,000,000 cells"),
        ("t.csv", b"1,2\n" * 600_000, "more than 1,000,000 cells"),
        ("t.csv", b"1" * (16 * 2**20 + 1), "larger than 16 MB"),
        (
            "t.txt",
            b"Dear all,\nwe met today, and it was good.\nRegards, Ann\n",
            "It is text and not a table.",
        ),
        ("t.json", b'{"a": ', "not valid JSON: Expecting value in line 1"),
        ("t.json", b'[{"a": ' + b"9" * 5_000 + b"}]", "not valid JSON"),
        ("t.json", b"3", "no list of records"),
        ("t.json", b'{"a": 1, "b": {"c": "d"}}', "no list of records"),
        ("t.json", b'[1, {"a": 2}]', "no list of records"),
        ("t.json", b"[" * 100_000, "nested too deep"),
        ("t.json", b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
        ("t.json", b"[" + b"[]," * 3_000_000 + b"[]]", "more than 1,000,000 values"),
        ("t.xlsx", b"a,b\n1,2\n", "It is not an Excel workbook."),
        ("t.xlsx", b"PK\3\4" + bytes(100), "It is not an Excel workbook."),
        ("t.xlsx", workbook(b""), "It is not a workbook that can be read."),
        ("t.xlsx", workbook(_SHEET + _SHEET_END), "There is nothing in it."),
        ("t.xlsx", workbook(_SHEET + b" " * 30_000_000 + _SHEET_END), "larger than 24 MB"),
        (
            "t.xlsx",
            workbook(_SHEET + _WIDE_ROW * 401 + _SHEET_END),
            "more than 400,000 cells",
        ),
        (
            "t.xlsx",
            workbook(_SHEET + b'<row r="999999999999"><c r="A999999999999"><v>1</v></c></row>' + _SHEET_END),
            "cells",
        ),
        ("t.xlsx", workbook(_SHEET + b'<row><c r="ZZZ1"><v>1</v></c></row>' + _SHEET_END), "1,000 columns"),
        (
            "t.xlsx",
            workbook(_LAUGHS + _SHEET + b'<row><c t="str"><v>&j;</v></c></row>' + _SHEET_END),
            "It is not a workbook that can be read.",
        ),
        ("t.pdf", b"%PDF", "Its name is not that of a data file."),
        ("table", b"a,b\n1,2\n", "Its name is not that of a data file."),
    ],
)
def test_refused(name: str, content: bytes, why: str) -> None:
    message = refusal(name, content)
    assert message.startswith(f"I could not analyse “{name}”. ")
    assert why in message


def test_a_wrong_size_in_the_sheet_is_not_believed() -> None:
    sheet = _SHEET.replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    content = workbook(sheet + b'<row r="1"><c r="A1"><v>1</v></c></row>' + _SHEET_END)
    assert analysed("t.xlsx", content).logs.startswith("1 rows, 1 columns\n")


def test_without_openpyxl_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook(_SHEET + _SHEET_END)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert "pip install 'assistants-mock[xlsx]'" in refusal("t.xlsx", content)


def test_names_with_capitals_and_long_ones() -> None:
    assert analysed("T.CSV", b"a,b\n1,2\n").logs.startswith("1 rows, 2 columns\n")
    assert len(refusal("x" * 5_000 + ".csv", b"")) < 200
    assert {".csv", ".json", ".xlsx", ".txt"} <= ANALYSED
