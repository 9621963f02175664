"""JSON that holds a table: records, columns, rows, or a record on every line."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from mockserver.analysis.encodings import decoded
from mockserver.analysis.tables import (
    CELLS_MAX,
    NotDataError,
    Reading,
    Table,
    check_size,
    literal,
    named,
    tabulated,
)

_DEPTH_MAX = 3
_NO_TABLE = "I found no list of records and no columns in it."

_TEXT_CODE = (
    "def text(value):",
    "    if value is None:",
    '        return ""',
    "    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)",
    "",
    "",
)


def read_records(content: bytes, path: str) -> Table:
    """The table in the file, nested values as JSON text."""
    text, encoding = decoded(content)
    if sum(map(text.count, "[{,")) > 3 * CELLS_MAX:
        raise NotDataError(f"It has more than {CELLS_MAX:,} values.")
    opening = f'with open({literal(path)}, encoding="{encoding}") as file:'
    try:
        data, by_line = _parsed(text)
        if by_line:
            loading = "    data = [json.loads(line) for line in file if line.strip()]"
        else:
            data, keys = _table_within(data)
            loading = f"    data = json.load(file){''.join(f'[{literal(key)}]' for key in keys)}"
        return _table(data, (*_TEXT_CODE, opening, loading))
    except RecursionError:
        raise NotDataError("Its values are nested too deep.") from None


def _parsed(text: str) -> tuple[Any, bool]:
    """What the file says, and whether every line says something of its own."""
    try:
        return json.loads(text), False
    except ValueError as error:
        lines = [line for line in io.StringIO(text, newline=None) if line.strip()]
        if len(lines) > 1:
            try:
                return [json.loads(line) for line in lines], True
            except ValueError:
                pass
        where = f": {error.msg} in line {error.lineno:,}" if isinstance(error, json.JSONDecodeError) else ""
        raise NotDataError(f"It is not valid JSON{where}.") from None


def _table_within(data: Any) -> tuple[Any, tuple[str, ...]]:
    """The value that is a table, and the keys that lead to it."""
    if not isinstance(data, dict):
        return data, ()
    path: tuple[str, ...] = ()
    for _ in range(_DEPTH_MAX):
        for key, value in data.items():
            if _is_records(value):
                return value, (*path, key)
        if _is_columns(data):
            return data, path
        inner = next(((key, value) for key, value in data.items() if isinstance(value, dict)), None)
        if inner is None:
            break
        path, data = (*path, inner[0]), inner[1]
    raise NotDataError(_NO_TABLE)


def _is_records(data: Any) -> bool:
    return isinstance(data, list) and bool(data) and all(isinstance(item, dict) for item in data)


def _is_columns(data: Mapping[str, Any]) -> bool:
    return bool(data) and all(isinstance(value, list) for value in data.values()) and any(data.values())


def _table(data: Any, code: tuple[str, ...]) -> Table:
    imports = ("import json",)
    if isinstance(data, dict):
        check_size(max(map(len, data.values())), len(data))
        code += (
            "names = list(data)",
            "rows = [[text(value) for value in row] for row in zip_longest(*data.values())]",
        )
        rows = [[_text(value) for value in row] for row in zip_longest(*data.values())]
        return named(list(data), rows, Reading((*imports, "from itertools import zip_longest"), code))
    if not isinstance(data, list) or not data:
        raise NotDataError(_NO_TABLE)
    if _is_records(data):
        names = list(dict.fromkeys(key for record in data for key in record))
        if not names:
            raise NotDataError(_NO_TABLE)
        check_size(len(data), len(names))
        code += (
            "names = list(dict.fromkeys(key for record in data for key in record))",
            "rows = [[text(record.get(name)) for name in names] for record in data]",
        )
        rows = [[_text(record.get(name)) for name in names] for record in data]
        return named(names, rows, Reading(imports, code))
    if all(isinstance(item, list) for item in data):
        check_size(len(data), max(map(len, data)))
        code += ("table = [[text(value) for value in row] for row in data]",)
        return tabulated([[_text(value) for value in row] for row in data], Reading(imports, code))
    if not any(isinstance(item, list | dict) for item in data):
        code += ('names = ["value"]', "rows = [[text(value)] for value in data]")
        return named(["value"], [[_text(value)] for value in data], Reading(imports, code))
    raise NotDataError(_NO_TABLE)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
