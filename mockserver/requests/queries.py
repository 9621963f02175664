"""What a query string may ask for: declared like a request body, read into a frozen dataclass.

    LIST = Query(Page, limit=Integer(min=1, max=100), order=OneOf("asc", "desc"), after=Text(), before=Text())
    page = LIST.read(b"limit=2&order=asc")      # Page(limit=2, order='asc', after=None, before=None)

Keys that are not declared are ignored, unlike those of a body (seen on sibling list routes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from mockserver import complaints
from mockserver.requests.shapes import Array, Integer, Shape

_NUMERAL = re.compile(r"-?[0-9]{1,4000}")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted; a list with more parameters extends it."""

    limit: int = 20
    order: str = "desc"
    after: str | None = None
    before: str | None = None


Asked = TypeVar("Asked")


class Query(Generic[Asked]):
    """The parameters one route reads, and the dataclass whose defaults they override."""

    def __init__(self, into: type[Asked], **parameters: Shape) -> None:
        known = {field.name for field in fields(into)}  # type: ignore[arg-type]
        if parameters.keys() != known:
            raise TypeError(f"{into.__name__} has {sorted(known)}, declared are {sorted(parameters)}")
        self.into = into
        self.parameters = parameters
        self.nothing = into()
        self.names = {name: name for name in parameters}
        self.names |= {f"{name}[]": name for name, shape in parameters.items() if isinstance(shape, Array)}

    def read(self, raw: bytes | str) -> Asked:
        """What was asked for, or ApiError; arrays come out as tuples."""
        if not raw:
            return self.nothing
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        given: dict[str, list[tuple[str, str]]] = {}
        for key, value in parse_qsl(text, keep_blank_values=True):
            if key in self.names:
                given.setdefault(self.names[key], []).append((key, value))
        return self.into(
            **{
                name: self._value(name, shape, given[name])
                for name, shape in self.parameters.items()
                # An empty cursor (`after=`) asks for nothing; how the API takes one was never seen.
                if name in given and (given[name] != [(name, "")] or not self._optional(name))
            }
        )

    def _optional(self, name: str) -> bool:
        return getattr(self.nothing, name) is None

    def _value(self, name: str, shape: Shape, given: list[tuple[str, str]]) -> Any:
        if len(given) > 1 and any(key == name for key, _ in given):
            raise complaints.DUPLICATE_PARAMETER(path=name)
        if isinstance(shape, Array):
            return tuple(shape.check([value for _, value in given], name))
        value = given[0][1]
        if isinstance(shape, Integer) and _NUMERAL.fullmatch(value):
            return shape.check(int(value), name)
        return shape.check(value, name)
