"""Excel workbooks, read with openpyxl, which the extra `xlsx` brings."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable
from typing import Any

from mockserver.analysis.tables import (
    NotDataError,
    Reading,
    Table,
    check_size,
    literal,
    printable,
    tabulated,
)

_UNPACKED_MAX = 24 * 1024 * 1024
_CELLS_MAX = 400_000
_PARTS_MAX = 2_000
_ROWS_MAX = 1_048_576
_OTHERS_MAX = 10

_TEXT_CODE = (
    "def text(value):",
    '    return "" if value is None else str(value).strip().removesuffix(" 00:00:00")',
    "",
    "",
)


def read_workbook(content: bytes, path: str) -> Table:
    """The table on the first sheet that holds anything; formulas count with the value last computed."""
    _check_package(content)
    try:
        import openpyxl
    except ImportError:
        raise NotDataError(
            "Reading Excel workbooks takes openpyxl: pip install 'assistants-mock[xlsx]'."
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions that do not matter here
            workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            titles = [sheet.title for sheet in workbook.worksheets]
            for sheet in workbook.worksheets:
                sheet.reset_dimensions()  # what a file says of its size may be wrong
                cells = _cells(sheet.iter_rows(values_only=True))
                if cells:
                    break
            else:
                raise NotDataError("There is nothing in it.")
    except NotDataError:
        raise
    except Exception:  # openpyxl has no error of its own: a damaged file may raise anything
        raise NotDataError("It is not a workbook that can be read.") from None
    title = sheet.title
    code = (
        *_TEXT_CODE,
        f'with open({literal(path)}, "rb") as file:',
        "    workbook = openpyxl.load_workbook(file, read_only=True, data_only=True)",
        f"    sheet = workbook[{literal(title)}]",
        "    sheet.reset_dimensions()",
        "    table = [[text(value) for value in row] for row in sheet.iter_rows(values_only=True)]",
    )
    return tabulated(cells, Reading(("import openpyxl",), code, _notes(title, titles)))


def _check_package(content: bytes) -> None:
    """Refuse what is no workbook or would unpack to more than is good for the server."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except Exception:  # a damaged archive may raise more than BadZipFile
        raise NotDataError("It is not an Excel workbook.") from None
    # `zipfile` never yields more of a part than its entry says, so the sum is a bound.
    if len(parts) > _PARTS_MAX or sum(part.file_size for part in parts) > _UNPACKED_MAX:
        raise NotDataError(f"Unpacked it is larger than {_UNPACKED_MAX // 2**20} MB.")


def _cells(rows: Iterable[tuple[Any, ...]]) -> list[list[str]]:
    cells: list[list[str]] = []
    number = 0
    for index, row in enumerate(rows):
        number += len(row)
        if number > _CELLS_MAX or index >= _ROWS_MAX:
            raise NotDataError(f"It has more than {_CELLS_MAX:,} cells.")
        texts = [_text(value) for value in row]
        if any(texts):
            check_size(1, len(row))
            cells.append(texts)
    return cells


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip().removesuffix(" 00:00:00")


def _notes(title: str, titles: list[str]) -> tuple[str, ...]:
    others = [f"“{printable(other, 60)}”" for other in titles if other != title]
    if not others:
        return ()
    more = f" and {len(others) - _OTHERS_MAX} more" if len(others) > _OTHERS_MAX else ""
    listed = ", ".join(others[:_OTHERS_MAX]) + more
    return (f"This is its sheet “{printable(title, 60)}”; I did not describe {listed}.",)
