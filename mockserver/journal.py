"""The one log of a world: calls with their replies, and what happened in between.

Assertions, experiments, checks and the inspector all read it. It is kept in memory and bounded: the oldest
entries go first.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import msgspec

MAX_ENTRIES = 10_000
"""How many entries a world keeps."""

MAX_BYTES = 32_000_000
"""How many bytes of bodies a world keeps; the oldest entries go first."""


@dataclass(slots=True)
class Exchange:
    """One call and its reply. `at` is the world's time in milliseconds; `ordinal` counts calls per operation.

    `events` names the stream events that were sent; `outcome` is `done`, `cut` (by a fault), `left` (the
    client went away) or `broken` (by a bug of this server), and `open` while an answer is still on its way.
    Where faults acted, `performed` says whether the operation was done all the same.
    """

    number: int
    at: int
    operation: str
    ordinal: int
    method: str
    path: str
    query: str
    request: bytes
    request_id: str
    status: int = 0
    response: bytes = b""
    events: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    outcome: str = "open"
    performed: bool | None = None

    @property
    def call(self) -> str:
        """How the call is named everywhere: `runs.create#1`."""
        return f"{self.operation}#{self.ordinal}"

    def to_json(self) -> dict[str, Any]:
        """The entry as the control door shows it."""
        shown: dict[str, Any] = {
            "number": self.number,
            "at": self.at / 1000,
            "call": self.call,
            "operation": self.operation,
            "ordinal": self.ordinal,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "request": _readable(self.request),
            "status": self.status,
            "response": _readable(self.response),
            "request_id": self.request_id,
            "faults": self.faults,
            "outcome": self.outcome,
        }
        if self.faults:
            shown["performed"] = bool(self.performed)
        if self.events:
            shown["events"] = self.events
        return shown


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened by itself: a change of status, or a remark such as a proven hang."""

    number: int
    at: int
    event: str
    subject: str

    def to_json(self) -> dict[str, Any]:
        """The entry as the control door shows it."""
        return {"number": self.number, "at": self.at / 1000, "event": self.event, "subject": self.subject}


class Journal:
    """Everything that happened in one world, in order."""

    def __init__(self) -> None:
        self._entries: deque[Exchange | Note] = deque(maxlen=MAX_ENTRIES)
        self._ordinals: Counter[str] = Counter()
        self._number = 0
        self._bytes = 0

    def exchange(
        self, at: int, operation: str, method: str, path: str, query: str, request: bytes, request_id: str
    ) -> Exchange:
        """Begin an entry for a call; the caller fills in the reply."""
        self._number += 1
        self._ordinals[operation] += 1
        entry = Exchange(
            self._number,
            at,
            operation,
            self._ordinals[operation],
            method,
            path,
            query,
            request,
            request_id,
        )
        self._entries.append(entry)
        self._bytes += len(request)
        return entry

    def answered(self, entry: Exchange, status: int, body: bytes, outcome: str = "done") -> None:
        """Fill in a reply when it is over."""
        entry.status, entry.response, entry.outcome = status, body, outcome
        self._bytes += len(body)
        if self._bytes > MAX_BYTES:
            self._shrink()

    def _shrink(self) -> None:
        """Let the oldest entries go until the bodies fit again, and count anew what is there."""
        self._bytes = sum(map(_size, self._entries))
        while self._bytes > MAX_BYTES // 2 and len(self._entries) > 1:
            self._bytes -= _size(self._entries.popleft())

    def note(self, at: int, event: str, subject: str) -> None:
        """Write down something that happened by itself."""
        self._number += 1
        self._entries.append(Note(self._number, at, event, subject))

    def select(
        self, after: int = 0, operation: str | None = None, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Entries with a number above `after`; `operation` is a glob such as `runs.*` and hides notes."""
        return [entry.to_json() for entry in self._chosen(after, operation, limit)]

    def clear(self) -> None:
        """Forget the entries and start counting calls anew; entry numbers go on."""
        self._entries.clear()
        self._ordinals.clear()
        self._bytes = 0

    def _chosen(self, after: int, operation: str | None, limit: int | None) -> Iterator[Exchange | Note]:
        found = 0
        for entry in self._entries:
            if entry.number <= after:
                continue
            if operation is not None and not (
                isinstance(entry, Exchange) and fnmatchcase(entry.operation, operation)
            ):
                continue
            if limit is not None and found >= limit:
                return
            found += 1
            yield entry


def _size(entry: Exchange | Note) -> int:
    return len(entry.request) + len(entry.response) if isinstance(entry, Exchange) else 0


def _readable(body: bytes) -> Any:
    """JSON as JSON, other text as text."""
    if not body:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode(errors="replace")
