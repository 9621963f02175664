"""What happened in a world: its calls in order, for assertions and for people.

    assert history.ops("runs.submit_tool_outputs") == 1
    assert history.last("runs.create").request["model"] == "gpt-4o"

Nothing is kept here: whoever asks gets what the server's journal holds at that moment (its last 10,000
entries).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, overload

from harness.control import Control, ControlError
from harness.durations import shown

__tracebackhide__ = True  # what fails here is told at the line of the test

_LINES = 60
"""So many calls are written out, the last ones."""


@dataclass(frozen=True, slots=True, repr=False)
class Exchange:
    """One call and its answer. `at` is in seconds since the world began, when the call arrived.

    `call` is how it is named everywhere (`runs.create#1`): the operation, and the ordinal of the call among
    those of that operation. `request` and `response` are parsed JSON, text where they are no JSON, None where
    there is nothing; of a form with files the request tells names and sizes. `events` are the names of the
    events a stream sent. `status` is 0 when no answer began. `outcome` is `done`, `cut` (by a fault), `left`
    (the client went away), `broken` (by a bug of the server) or `open`. Where `faults` acted, `performed`
    says whether the operation was done all the same; elsewhere it is None.

    `headers` are those of the request that tell of a client's habits (`openai-beta`, `x-stainless-*`), by
    names in lower case. `ended` is when the answer was over, in seconds as `at`, None where it is open;
    `retry_after` is for how many seconds the client was sent away, None where it was not. In a world that is
    scouted, `fitting` are the faults that could have acted.
    """

    number: int
    at: float
    call: str
    operation: str
    ordinal: int
    method: str
    path: str
    query: str
    request: Any
    status: int
    response: Any
    request_id: str
    faults: tuple[str, ...] = ()
    performed: bool | None = None
    events: tuple[str, ...] = ()
    outcome: str = "done"
    headers: Mapping[str, str] = field(default_factory=dict)
    ended: float | None = None
    retry_after: float | None = None
    fitting: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether the client was told that all is well."""
        return 200 <= self.status < 300

    @property
    def done(self) -> bool:
        """Whether the operation was performed, whatever the client was told."""
        return self.succeeded if self.performed is None else self.performed

    def fits(self, pattern: str) -> bool:
        """Whether it is a call of this operation or glob (`runs.*`), or this very call (`runs.create#2`)."""
        return fnmatchcase(self.call if "#" in pattern else self.operation, pattern)

    def __str__(self) -> str:
        return " ".join(word for word in (shown(self.at), self.call, *self.told) if word)

    @property
    def told(self) -> tuple[str, ...]:
        """What came of it in a few words: status, stream, error, faults, how it broke off."""
        words = [str(self.status) if self.status else "no answer"]
        if self.events:
            last = next((event for event in reversed(self.events) if event != "done"), "done")
            words.append(f"{len(self.events)} events, to {last}")
        if (error := _error(self.response)) and not self.succeeded:
            words.append(error)
        words += [f"[{fault}]" for fault in self.faults]
        if self.faults and not self.succeeded and self.performed:
            words.append("(but done)")
        if self.outcome not in ("done", "open"):
            words.append(f"({self.outcome})")
        return tuple(words)

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened by itself: a change of status, or a remark such as `quiescence`."""

    number: int
    at: float
    event: str
    subject: str


def read_entries(
    control: Control, began: float | None = None, operation: str | None = None
) -> list[Exchange | Note]:
    """The journal, oldest first: calls and what happened between them, or only the calls of an operation.

    Times count from `began` (Unix seconds), by default from the first entry.
    """
    return entries_of(control.journal(operation=operation), began)


def entries_of(raw: Sequence[Mapping[str, Any]], began: float | None = None) -> list[Exchange | Note]:
    """The same of entries as the control door gives them."""
    if began is None:
        began = raw[0]["at"] if raw else 0.0
    return [_exchange(entry, began) if "call" in entry else _note(entry, began) for entry in raw]


class History:
    """The calls made in one world, oldest first. A pattern is an operation or a glob such as `runs.*`."""

    def __init__(self, control: Control, began: Callable[[], float]) -> None:
        """What the journal behind a control door holds; `began` tells when the world did, in Unix seconds."""
        self._control = control
        self._began = began

    def calls(self, pattern: str = "*") -> list[Exchange]:
        """The calls that fit; a pattern may name one call, too (`runs.create#2`).

        Raises ValueError for a pattern that no operation of the API fits, which would only ever find nothing.
        """
        operation = pattern.partition("#")[0]
        entries = read_entries(self._control, self._began(), operation)
        found = [entry for entry in entries if isinstance(entry, Exchange) and entry.fits(pattern)]
        if not found:
            _check(operation)
        return found

    def ops(self, pattern: str = "*") -> int:
        """How many calls fit."""
        return len(self.calls(pattern))

    def requests(self, pattern: str = "*") -> list[Any]:
        """What the calls that fit sent: their request bodies, None where there was none."""
        return [call.request for call in self.calls(pattern)]

    def last(self, pattern: str = "*") -> Exchange:
        """The last call that fits. Raises LookupError when there was none."""
        found = self.calls(pattern)
        if not found:
            made = ", ".join(dict.fromkeys(self.names)) or "nothing"
            raise LookupError(f"no call of {pattern!r} so far; called were {made}")
        return found[-1]

    @property
    def names(self) -> list[str]:
        """The operations that were called, in order."""
        return [call.operation for call in self.calls()]

    def clear(self) -> None:
        """Forget what happened so far; calls are numbered from 1 again."""
        self._control.clear_journal()

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.calls())

    def __len__(self) -> int:
        return self.ops()

    def __contains__(self, wanted: object) -> bool:
        """Whether this exchange is part of it, or whether any call fits a pattern."""
        return bool(self.ops(wanted)) if isinstance(wanted, str) else wanted in self.calls()

    @overload
    def __getitem__(self, index: int) -> Exchange: ...

    @overload
    def __getitem__(self, index: slice) -> list[Exchange]: ...

    def __getitem__(self, index: int | slice) -> Exchange | list[Exchange]:
        return self.calls()[index]

    def __repr__(self) -> str:
        """How much there is, on one line; `str` writes it out."""
        try:
            made = self.calls()
        except (OSError, ControlError) as error:
            return f"<History that cannot be read: {error}>"
        return f"<History of {len(made)} calls{f', the last {made[-1]}' if made else ''}>"

    def __str__(self) -> str:
        made = self.calls()
        lines = [str(call) for call in made[-_LINES:]]
        if len(made) > _LINES:
            lines.insert(0, f"… {len(made) - _LINES} calls before")
        return "\n".join(lines) or "no calls"


def _check(operation: str) -> None:
    from harness.apioperations import OPERATIONS  # only now: it knows every argument of the API

    if operation.startswith("v1.") or any(fnmatchcase(name, operation) for name in OPERATIONS):
        return
    near = get_close_matches(operation, OPERATIONS, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"the API has no operation {operation!r}{hint}")


def _exchange(entry: Mapping[str, Any], began: float) -> Exchange:
    return Exchange(
        number=entry["number"],
        at=round(entry["at"] - began, 3),
        call=entry["call"],
        operation=entry["operation"],
        ordinal=entry["ordinal"],
        method=entry["method"],
        path=entry["path"],
        query=entry["query"],
        request=entry["request"],
        status=entry["status"],
        response=entry["response"],
        request_id=entry["request_id"],
        faults=tuple(entry["faults"]),
        performed=entry.get("performed"),
        events=tuple(entry.get("events", ())),
        outcome=entry["outcome"],
        headers=entry.get("headers", {}),
        ended=None if entry.get("ended") is None else round(entry["ended"] - began, 3),
        retry_after=_number(entry.get("retry_after")),
        fitting=tuple(entry.get("fitting", ())),
    )


def _number(text: str | None) -> float | None:
    """What a header says in seconds; None where it says nothing, or a date."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _note(entry: Mapping[str, Any], began: float) -> Note:
    return Note(entry["number"], round(entry["at"] - began, 3), entry["event"], entry["subject"])


def _error(response: Any) -> str:
    """The message of an error answer, shortened."""
    error = response.get("error") if isinstance(response, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    text = message if isinstance(message, str) else ""
    return text if len(text) <= 100 else f"{text[:99]}…"
