"""What a form with a file may look like, declared as data beside the function that takes it.

    CREATE = Form("file", limit="file_bytes", purpose=required(Text()))

Nested fields arrive as `expires_after[anchor]` and are put together before they are looked at. Fields that
are not declared are ignored: no complaint about one was seen.
"""

from __future__ import annotations

import re
from typing import Any

from mockserver import complaints
from mockserver.multipart import Arrived
from mockserver.requests.shapes import Integer, OpenObject, Required, Shape

_NESTED = re.compile(r"(\w+)\[(\w+)\]")
_NUMERAL = re.compile(r"-?[0-9]{1,18}")


class Form:
    """A form of one file, by the name of its field, and plain fields.

    `limit` names the one of `Limits` that says how many bytes the file may have.
    """

    def __init__(self, file: str, *, limit: str, **fields: Shape | Required) -> None:
        self.file = file
        self.limit = limit
        self.fields = OpenObject(**fields)

    def check(self, arrived: Arrived) -> dict[str, Any]:
        """The checked fields, and under its own name the `Received` file. Raises ApiError."""
        received = arrived.files.get(self.file)
        if received is None:
            raise complaints.MISSING_PARAMETER(path=self.file)
        given: dict[str, Any] = {}
        for name, value in arrived.fields.items():
            if nested := _NESTED.fullmatch(name):
                inner = given.setdefault(nested[1], {})
                if isinstance(inner, dict):
                    inner[nested[2]] = value
            else:
                given[name] = value
        return self.fields.check(given) | {self.file: received}


class Numeral(Integer):
    """An integer as a form carries it: in digits."""

    def accepts(self, value: Any) -> bool:
        """A string of digits."""
        return isinstance(value, str) and _NUMERAL.fullmatch(value) is not None

    def inside(self, value: Any, path: str) -> int:
        """The number, within the bounds."""
        return super().inside(int(value), path)
