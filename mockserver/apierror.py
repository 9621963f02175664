"""What an API error is made of: the answer (`ApiError`) and the catalogue `Entry` it is filled in from.

The entries themselves, with every word the API may say, stand in `errors`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Evidence = Literal["observed", "documented", "inferred"]
"""How a wording is known: recorded from the wire, promised in writing, or built from its family."""

INVALID_REQUEST = "invalid_request_error"
"""The `type` of nearly every error of this API."""

FOUR_MEMBERS = ("message", "type", "param", "code")
"""The members of an error body in wire order, all always present (byte counts of recorded bodies agree)."""

_HOLE = re.compile(r"\{(\w+)\}")
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class ApiError(Exception):
    """An error answer of the API, raised wherever it is noticed and sent by the skin."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str | None = INVALID_REQUEST,  # noqa: A002 - the word on the wire
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] = _NO_HEADERS,
        members: tuple[str, ...] = FOUR_MEMBERS,
        edge: bool = False,
        entry: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code
        self.headers = headers
        self.members = members
        self.edge = edge
        self.entry = entry

    def body(self) -> dict[str, Any]:
        """The JSON body: `{"error": {…}}` with its members in wire order."""
        return {"error": {member: getattr(self, member) for member in self.members}}


@dataclass(frozen=True, slots=True)
class Entry:
    """One error the API may answer; calling it fills in the blanks.

    `message` and `param` are templates: `{thread}` is replaced by the value of that name. Values are never
    looked at for further blanks, so braces in user input are safe. A `param` that is nothing but a blank
    filled with None or "" is null.

    `rows` are ids of the evidence table; `members` differs for services with a body form of their own;
    `edge` marks answers of the layer before the API, which are written with 4-space indentation, a trailing
    newline and `application/json; charset=utf-8` (byte count of a recorded wrong-key answer).
    """

    name: str
    message: str
    status: int = 400
    type: str | None = INVALID_REQUEST
    param: str | None = None
    code: str | None = None
    evidence: Evidence = "observed"
    rows: tuple[str, ...] = ()
    note: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    members: tuple[str, ...] = FOUR_MEMBERS
    edge: bool = False

    def __post_init__(self) -> None:
        if self.name in CATALOGUE:
            raise ValueError(f"the error {self.name} is in the catalogue twice")
        CATALOGUE[self.name] = self

    @property
    def blanks(self) -> frozenset[str]:
        """The names a call has to give values for."""
        return frozenset(_HOLE.findall(self.message)) | frozenset(_HOLE.findall(self.param or ""))

    def __call__(self, **values: object) -> ApiError:
        """The error with its blanks filled in, ready to raise; values without a blank are not shown."""
        if missing := self.blanks - values.keys():
            raise TypeError(f"{self.name} also takes {sorted(missing)}")
        return ApiError(
            self.status,
            _filled(self.message, values),
            type=self.type,
            param=None if self.param is None else _filled(self.param, values) or None,
            code=self.code,
            headers=self.headers,
            members=self.members,
            edge=self.edge,
            entry=self.name,
        )


CATALOGUE: dict[str, Entry] = {}
"""Every entry by its name, in order of definition; entries put themselves in."""


def _filled(template: str, values: Mapping[str, object]) -> str:
    def value(hole: re.Match[str]) -> str:
        given = values[hole[1]]
        return "" if given is None else str(given)

    return _HOLE.sub(value, template)


def mask_key(key: str) -> str:
    """The key as a wrong-key answer shows it (E-02): short ones whole, of long ones the first 8 and last 4.

    Recorded: `fake_key` came back whole; a longer one as 8 characters, asterisks, 4 characters. Where short
    ends was not seen; a key with nothing left to hide between both ends is taken as short.
    """
    hidden = len(key) - 12
    return key if hidden <= 0 else f"{key[:8]}{'*' * hidden}{key[-4:]}"
