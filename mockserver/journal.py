"""The one log of a world: calls with their replies, and what happened in between.

Assertions, experiments, checks and the inspector all read it. It is kept in memory and bounded: the oldest
entries go first, and how many went is told.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import msgspec

MAX_ENTRIES = 10_000
"""How many entries a world keeps, if nothing else is said."""

MAX_BYTES = 32_000_000
"""How many bytes of bodies and streams a world keeps, if nothing else is said; the oldest go first."""

_NAME_BYTES = 8
"""What the name of a stream event takes: there are few, and each is there once."""


KEPT_HEADERS = frozenset(
    (
        *(b"openai-beta", b"user-agent", b"idempotency-key", b"x-mock-fault", b"x-stainless-retry-count"),
        *(b"x-stainless-read-timeout", b"x-stainless-timeout", b"x-stainless-poll-helper"),
        *(b"x-stainless-lang", b"x-stainless-package-version", b"x-stainless-raw-response"),
    )
)
"""What the journal keeps of a request's head: what tells of a client's habits, and never its key."""

RETRY_AFTER = "retry-after"


@dataclass(slots=True)
class Exchange:
    """One call and its reply. `at` is the world's time in milliseconds; `ordinal` counts calls per operation.

    `headers` are those of the request that are kept; `told` are those of the reply that not every reply has.
    `ended` is when the answer was over, None while it is open. `events` names the stream events that were
    sent; `outcome` is `done`, `cut` (by a fault), `left` (the client went away) or `broken` (by a bug of this
    server), and `open` while an answer is still on its way. Where faults acted, `performed` says whether the
    operation was done all the same. In a world that is scouted, `fitting` are the faults that could have
    acted.
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
    headers: Sequence[tuple[bytes, bytes]] = ()
    told: Mapping[str, str] = field(default_factory=dict)
    ended: int | None = None
    status: int = 0
    response: bytes = b""
    events: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    outcome: str = "open"
    performed: bool | None = None
    fitting: list[str] | None = None

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
            "headers": {name.decode(): value.decode("latin-1") for name, value in self.headers},
            "request": _readable(self.request),
            "status": self.status,
            "response": _readable(self.response),
            "request_id": self.request_id,
            "faults": self.faults,
            "outcome": self.outcome,
            "ended": None if self.ended is None else self.ended / 1000,
        }
        if RETRY_AFTER in self.told:
            shown["retry_after"] = self.told[RETRY_AFTER]
        if self.faults:
            shown["performed"] = bool(self.performed)
        if self.events:
            shown["events"] = self.events
        if self.fitting is not None:
            shown["fitting"] = self.fitting
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
    """Everything that happened in one world, in order: the last so many entries, of so many bytes."""

    def __init__(self, max_entries: int = MAX_ENTRIES, max_bytes: int = MAX_BYTES) -> None:
        self._entries: deque[Exchange | Note] = deque(maxlen=max_entries)
        self._max_bytes = max_bytes
        self._ordinals: Counter[str] = Counter()
        self._number = 0
        self._forgotten = 0
        self._bytes = 0

    def bound(self, max_entries: int, max_bytes: int) -> None:
        """Keep so much from now on."""
        self._entries = deque(self._entries, maxlen=max_entries)
        self._max_bytes = max_bytes

    def state(self) -> dict[str, Any]:
        """What goes on when the entries are gone: their numbers and the counts of calls."""
        return {"number": self._number, "forgotten": self._forgotten, "ordinals": dict(self._ordinals)}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on from there; the entries of before count as dropped."""
        self._number, self._forgotten = state.get("number", 0), state.get("forgotten", 0)
        self._ordinals = Counter(state.get("ordinals", {}))

    @property
    def dropped(self) -> int:
        """How many entries there were that are kept no more, for want of room."""
        return self._number - self._forgotten - len(self._entries)

    @property
    def calls(self) -> int:
        """How many calls there were, those that are kept no more included."""
        return sum(self._ordinals.values())

    def exchange(
        self,
        at: int,
        operation: str,
        method: str,
        path: str,
        query: str,
        request: bytes,
        request_id: str,
        headers: Sequence[tuple[bytes, bytes]] = (),
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
            [pair for pair in headers if pair[0] in KEPT_HEADERS],
        )
        self._entries.append(entry)
        self._bytes += len(request)
        return entry

    def answered(self, entry: Exchange, now: int, status: int, body: bytes, outcome: str = "done") -> None:
        """Fill in a reply when it is over, at this moment of the world."""
        entry.ended, entry.status, entry.response, entry.outcome = now, status, body, outcome
        self._bytes += len(body) + _NAME_BYTES * len(entry.events)
        if self._bytes > self._max_bytes:
            self._shrink()

    def _shrink(self) -> None:
        """Let the oldest entries go until the bodies fit again, and count anew what is there."""
        self._bytes = sum(map(_size, self._entries))
        if self._bytes <= self._max_bytes:
            return  # some have gone by their number
        while self._bytes > self._max_bytes // 2 and len(self._entries) > 1:
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
        self._forgotten = self._number
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
    if isinstance(entry, Note):
        return 0
    return len(entry.request) + len(entry.response) + _NAME_BYTES * len(entry.events)


def _readable(body: bytes) -> Any:
    """JSON as JSON, other text as text."""
    if not body:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode(errors="replace")
