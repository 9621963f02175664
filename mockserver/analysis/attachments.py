"""An attached data file analysed: the code that does it, what that code prints, and words for the user.

The server never runs the code: it computes the same by itself, and tests run the code to prove that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from mockserver.analysis import columns as described
from mockserver.analysis import drawing
from mockserver.analysis.charts import Chart, chart_for
from mockserver.analysis.columns import Column, columns_of, logged, summarised
from mockserver.analysis.delimited import read_delimited
from mockserver.analysis.questions import Asked, asked
from mockserver.analysis.records import read_records
from mockserver.analysis.tables import BYTES_MAX, NotDataError, Table, printable
from mockserver.analysis.workbooks import read_workbook

ANALYSED = frozenset({".csv", ".json", ".tsv", ".txt", ".xlsx"})
"""The endings of names of files that may hold a table; the API takes no .tsv, there it is .txt or .csv."""

_NOTHING_TO_DRAW = "I drew no chart: I found no numbers and no groups to draw."


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one code interpreter step did: its input, its logs, its picture, and what to tell the user."""

    code: str
    logs: str
    summary: str
    chart: bytes | None
    chart_name: str | None


def analyse(filename: str, content: BinaryIO, question: str, path: str | None = None) -> Analysis:
    """Analyse the table in a file, with the question in mind.

    `path` is where the code finds the file, `/mnt/data/` and its name if it is not given. Raises
    `NotDataError`, and nothing else, if there is no table or more of it than a mock should read.
    """
    suffix = PurePosixPath(filename.lower()).suffix
    try:
        table = _read(content, suffix, f"/mnt/data/{filename}" if path is None else path)
    except NotDataError as error:
        raise NotDataError(f"I could not analyse “{printable(filename, 120)}”. {error.message}") from None
    columns = columns_of(table)
    wanted = asked(question, columns)
    code, logs, answers = [*described.CODE], logged(table, columns), []
    for aggregate in wanted.aggregates:
        lines, sentence = aggregate.answered(table.rows)
        code += ["", *aggregate.code()]
        logs += lines
        answers.append(sentence)
    imports = [*table.reading.imports, *described.IMPORTS]
    chart, picture, remark = _chart(wanted, columns, table)
    if chart is not None:
        imports += drawing.drawing_imports(chart)
        code += ["", *drawing.drawing_code(chart, wanted.aggregates[-1] if wanted.aggregates else None)]
    return Analysis(
        code="\n".join([*_ordered(imports), "", *_spaced(table.reading.code), "", *code]) + "\n",
        logs="\n".join(logs) + "\n",
        summary=_summary(filename, answers, table, columns, remark),
        chart=picture,
        chart_name=None if chart is None else chart.name,
    )


def _read(content: BinaryIO, suffix: str, path: str) -> Table:
    if suffix not in ANALYSED:
        raise NotDataError("Its name is not that of a data file.")
    data = content.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise NotDataError(f"It is larger than {BYTES_MAX // 2**20} MB.")
    if not data.strip():
        raise NotDataError("It is empty.")
    if suffix == ".xlsx":
        return read_workbook(data, path)
    if suffix == ".json":
        return read_records(data, path)
    return read_delimited(data, path, suffix)


def _chart(
    wanted: Asked, columns: Sequence[Column], table: Table
) -> tuple[Chart | None, bytes | None, str | None]:
    """The chart, its PNG and a sentence about it; only the sentence if none could be drawn."""
    if not wanted.chart:
        return None, None, None
    chart = chart_for(wanted, columns)
    if chart is None:
        return None, None, _NOTHING_TO_DRAW
    try:
        return chart, drawing.drawn(chart, table.rows), f"I drew {chart.told}."
    except drawing.DrawingError as error:
        return None, None, error.message


def _summary(
    filename: str, answers: Sequence[str], table: Table, columns: Sequence[Column], remark: str | None
) -> str:
    """The answers first, then what is in the file and how it was read."""
    head = f"I analysed “{printable(filename, 120)}”. " + summarised(table, columns)
    tail = " ".join([*table.reading.notes, *([remark] if remark else [])])
    return "\n\n".join(part for part in ("\n".join(answers), head, tail) if part)


def _ordered(imports: Iterable[str]) -> list[str]:
    """The imports as they are usually put: the standard library first, then what has to be installed."""
    installed = ("import matplotlib", "from matplotlib", "import openpyxl")
    known = sorted(set(imports), key=lambda line: (line.startswith("from"), line))
    own = [line for line in known if not line.startswith(installed)]
    others = [line for line in known if line.startswith(installed)]
    return [*own, *([""] if others else []), *others]


def _spaced(code: Sequence[str]) -> list[str]:
    """The code, with one more empty line before it if it begins with a function."""
    return ["", *code] if code[0].startswith("def ") else [*code]
