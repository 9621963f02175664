"""Whether a test has left its world as it found it.

Counted is what calls of the journal have made: assistants, threads, vector stores and files that are still
there, uploads that wait for parts, runs that have not ended. A call whose answer was lost counts like any
other: what it made and nobody knows of is the worst leak. Not counted is what was there when the history
began (fixtures, a restored world), what goes with something else (messages, runs and steps of a deleted
thread), and what nobody asked for (files that code wrote, stores the API makes for a thread's attachments).
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.durations import shown
from harness.handle.courses import ACTIVE, RUN, Record
from harness.handle.history import Exchange

if TYPE_CHECKING:
    from harness.handle.assistants import Assistants

__tracebackhide__ = True  # what fails here is told at the line of the test

_MAKERS = {
    "assistant": ("assistants.create",),
    "thread": ("threads.create", "threads.create_and_run"),
    "vector_store": ("vector_stores.create", "assistants.create", "assistants.update"),
    "file": ("files.create", "uploads.complete"),
    "upload": ("uploads.create",),
    RUN: ("runs.create", "threads.create_and_run"),
}
"""The operations that make each kind of object that a client has to look after."""

_WORDS = {f"{kind}s": kind for kind in _MAKERS} | {"run": RUN, "runs": RUN}


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """An object that is still there, and the call that made it. `course` is told of runs."""

    kind: str
    id: str
    status: str | None
    call: str
    at: float
    course: str = ""

    def __str__(self) -> str:
        status = f" {self.status}," if self.status else ""
        line = f"{self.kind} {self.id}:{status} made by {self.call} at {shown(self.at)}"
        return f"{line}\n    {self.course}" if self.course else line


def assert_clean(assistants: Assistants, *, ignore: Collection[str] = ()) -> None:
    """Raise AssertionError, listing what is left, if anything is.

    `ignore` are kinds (`"thread"`, `"run"`, `"vector_store"`, …) and ids of what is meant to stay. Raises
    ValueError for a word that is neither.
    """
    left = left_behind(Record.read(assistants.control, assistants.began), ignore=ignore)
    if not left:
        return
    active = sum(each.kind == RUN for each in left)
    counts = [
        f"{active} run{'' if active == 1 else 's'} still active" if active else "",
        f"{idle} object{'' if idle == 1 else 's'} left behind" if (idle := len(left) - active) else "",
    ]
    kinds = sorted({each.kind for each in left})
    raise AssertionError(
        "\n".join(
            [
                f"the world is not clean: {', '.join(filter(None, counts))}",
                *(f"  {line}" for each in left for line in str(each).splitlines()),
                f"what is meant to stay is named: assert_clean(ignore={kinds!r}), or by its id",
            ]
        )
    )


def left_behind(record: Record, *, ignore: Collection[str] = ()) -> list[LeftBehind]:
    """What calls have made and is still there, active runs first, otherwise oldest first.

    Raises ValueError for a word of `ignore` that is neither a kind nor an id.
    """
    if isinstance(ignore, str):
        ignore = (ignore,)
    ignored = {_WORDS.get(word, word) for word in ignore}
    _check(ignored)
    makers = _Makers(record)
    found = []
    for row in record.objects:
        kind, id_, status = str(row["object"]), str(row["id"]), row.get("status")
        if kind not in _MAKERS or not _lasts(kind, status):
            continue
        maker = makers.of(row)
        if maker is None or kind in ignored or id_ in ignored:
            continue
        course = str(record.course(kind, id_)) if kind == RUN else ""
        shown_status = None if kind == "file" else status
        found.append(LeftBehind(kind, id_, shown_status, maker.call, maker.at, course))
    return sorted(found, key=lambda each: each.kind != RUN)


def _lasts(kind: str, status: Any) -> bool:
    """Whether an object in this status is something to look after."""
    if kind == RUN:
        return status in ACTIVE
    if kind == "upload":
        return bool(status == "pending")
    return True


class _Makers:
    """Which call made an object: the one whose answer tells of it, or one whose answer nobody got."""

    def __init__(self, record: Record) -> None:
        self._began = record.began
        self._told: dict[tuple[str, str], Exchange] = {}
        self._untold: list[tuple[str, Exchange]] = []
        for call in record.calls:
            if call.done:
                for kind, operations in _MAKERS.items():
                    if call.operation in operations:
                        self._note(kind, call)
        self._note_runs(record)

    def of(self, row: Mapping[str, Any]) -> Exchange | None:
        """The call that made an object, None when none did; each untold call is taken once."""
        kind = str(row["object"])
        told = self._told.get((kind, str(row["id"])))
        if told is not None:
            return told
        for index, (made, call) in enumerate(self._untold):
            if made == kind and int(call.at + self._began + 0.0005) == row["created_at"]:
                del self._untold[index]
                return call
        return None

    def _note(self, kind: str, call: Exchange) -> None:
        for made in _made_by(kind, call):
            self._told.setdefault((kind, made), call)
        twice = any(fault.startswith("double_delivery") for fault in call.faults)
        if call.operation == _MAKERS[kind][0] and (twice or not isinstance(call.response, dict)):
            self._untold.append((kind, call))

    def _note_runs(self, record: Record) -> None:
        """Of runs the journal tells by itself: they begin between their call and the next one."""
        parents = {str(row["id"]): str(row.get("parent")) for row in record.objects if row["object"] == RUN}
        call: Exchange | None = None
        for entry in record.entries:
            if isinstance(entry, Exchange):
                call = entry if entry.done and entry.operation in _MAKERS[RUN] else None
            elif call is not None and entry.event == f"{RUN}.created":
                self._told.setdefault((RUN, entry.subject), call)
                if call.operation == "threads.create_and_run" and entry.subject in parents:
                    self._told.setdefault(("thread", parents[entry.subject]), call)


def _made_by(kind: str, call: Exchange) -> Sequence[str]:
    """The ids of the objects of this kind that the answer to a call tells of."""
    answer = call.response
    if not isinstance(answer, dict):
        return ()
    if call.operation == "threads.create_and_run" and kind == "thread":
        return (str(answer.get("thread_id")),)
    if call.operation == "uploads.complete":
        return (str((answer.get("file") or {}).get("id")),)
    if kind == "vector_store" and call.operation != "vector_stores.create":
        return _asked_stores(call.request, answer)
    return (str(answer.get("id")),)


def _asked_stores(request: Any, answer: Mapping[str, Any]) -> Sequence[str]:
    """The stores that an assistant was made with, if the request describes them instead of naming them."""
    asked = (request or {}).get("tool_resources") or {} if isinstance(request, dict) else {}
    if not (asked.get("file_search") or {}).get("vector_stores"):
        return ()
    given = (answer.get("tool_resources") or {}).get("file_search") or {}
    return [str(store) for store in given.get("vector_store_ids", ())]


def _check(ignored: Collection[str]) -> None:
    for word in ignored:
        if word not in _MAKERS and not any(mark in word for mark in "_-") and not any(map(str.isdigit, word)):
            near = difflib.get_close_matches(word, [*_MAKERS, *_WORDS], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ValueError(f"{word!r} is neither a kind ({', '.join(_MAKERS)}) nor an id{hint}")
