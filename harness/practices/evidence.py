"""What a journal says, as checks read it: the runs with their courses, what a client saw, who asked whom.

Answers may be anything where faults act, so nothing is taken for granted about their form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.handle.courses import ENDED, FILE, RUN, Record
from harness.handle.history import Exchange, Note

RUNS_MADE = ("runs.create", "threads.create_and_run")
"""The operations that make runs."""

_EXPECTED = re.compile(r"Expected tool outputs for call_ids \[(.*)\], got \[(.*)\]")

RETRY_COUNT = "x-stainless-retry-count"
POLL_HELPER = "x-stainless-poll-helper"


@dataclass(frozen=True, slots=True)
class Run:
    """A run that a call of the journal made: where, by which call, and its changes of status."""

    id: str
    thread: str
    assistant: str
    maker: Exchange
    moments: tuple[Note, ...]

    def status_before(self, number: int) -> str:
        """Its status when the entry of this number was made."""
        past = [note for note in self.moments if note.number < number]
        return status_of(past[-1]) if past else "queued"

    @property
    def end(self) -> Note | None:
        """When it ended, None while it has not."""
        last = self.moments[-1] if self.moments else None
        return last if last is not None and status_of(last) in ENDED else None


@dataclass(frozen=True, slots=True)
class Indexing:
    """A file that a call has put into a vector store.

    `since` and `until` are numbers of entries: the call, and what says that it was through first or taken
    away; None while neither is so. What somebody else sends on its way once more is no client's haste.
    """

    store: str
    file: str
    since: int
    until: int | None

    def under_way(self, call: Exchange) -> bool:
        """Whether it was being worked on when a call came."""
        return self.since < call.number and (self.until is None or call.number < self.until)


class Evidence:
    """One record of a world, read for judging."""

    def __init__(self, record: Record, sleeps: bool | None = None) -> None:
        """Read a record; `sleeps` says whether sleeping is seen in its times, None to find out."""
        self.record = record
        self.calls = record.calls
        self.notes = record.notes
        self._sleeps = sleeps

    @cached_property
    def sleeps_show(self) -> bool:
        """Whether a client that sleeps is seen to: in virtual time only where a bridge moves it along."""
        if self._sleeps is not None:
            return self._sleeps
        from harness.waiting.bridge import HERE

        return self.record.control.clock()["mode"] != "virtual" or HERE.bridge is not None

    def made(self, *operations: str) -> list[Exchange]:
        """The calls of these operations, whatever came of them."""
        return [call for call in self.calls if call.operation in operations]

    @property
    def refused_outputs(self) -> Iterator[tuple[Exchange, list[str], list[str]]]:
        """Tool outputs that were not those asked for: the call, the ids that were wanted, those that came."""
        for call in self.made("runs.submit_tool_outputs"):
            refusal = None if call.faults else _EXPECTED.search(error(call))
            if refusal is not None:
                wanted, got = (re.findall(r"'([^']*)'", part) for part in refusal.groups())
                yield call, wanted, got

    def between(self, first: Exchange, last: Exchange) -> list[Exchange | Note]:
        """What came after one call and before another."""
        return [entry for entry in self.record.entries if first.number < entry.number < last.number]

    @cached_property
    def runs(self) -> list[Run]:
        """The runs that calls of this journal made, oldest first."""
        makers: dict[str, Exchange] = {}
        call: Exchange | None = None
        for entry in self.record.entries:
            if isinstance(entry, Exchange):
                call = entry if entry.done and entry.operation in RUNS_MADE else None
                if call is not None and (told := text(call.response, "id")):
                    makers.setdefault(told, call)
                    call = None
            elif call is not None and entry.event == f"{RUN}.created":
                makers.setdefault(entry.subject, call)
                call = None
        return [self._run(run, maker) for run, maker in makers.items()]

    @cached_property
    def indexed(self) -> list[Indexing]:
        """The files that calls have put into vector stores."""
        return [
            Indexing(store, file, call.number, self._through(file, store, call.number))
            for call in self.calls
            if call.done and call.method == "POST"
            for store, file in _attached(call)
        ]

    def _through(self, file: str, store: str, number: int) -> int | None:
        """The number of the first entry that says that a file is through, or gone."""
        for entry in self.record.entries:
            if entry.number <= number:
                continue
            if isinstance(entry, Note):
                ended = entry.event.startswith(f"{FILE}.") and status_of(entry) in ENDED
                if ended and entry.subject.rpartition("/")[2] == file:
                    return entry.number
            elif entry.done and entry.method == "DELETE" and segment(entry, "files") == file:
                of_store = segment(entry, "vector_stores")
                if not of_store or of_store == store:
                    return entry.number
        return None

    def _run(self, run: str, maker: Exchange) -> Run:
        thread = segment(maker, "threads") if maker.operation == "runs.create" else ""
        thread = thread or text(maker.response, "thread_id") or self._parents.get(run, "")
        moments = tuple(note for note in self._moments.get(run, ()) if note.event not in (f"{RUN}.created",))
        return Run(run, thread, text(maker.request, "assistant_id"), maker, moments)

    @cached_property
    def _moments(self) -> dict[str, list[Note]]:
        found: dict[str, list[Note]] = {}
        for note in self.notes:
            if note.event.startswith(f"{RUN}.") and not note.event.startswith(f"{RUN}.step"):
                found.setdefault(note.subject, []).append(note)
        return found

    @cached_property
    def _parents(self) -> dict[str, str]:
        return {str(row["id"]): str(row.get("parent")) for row in self.record.objects if row["object"] == RUN}


def _attached(call: Exchange) -> Iterator[tuple[str, str]]:
    """The stores and files that a call has brought together, where it says so."""
    asked, store = call.request, segment(call, "vector_stores") or text(call.response, "id")
    if call.operation.startswith("vector_stores."):
        files = [text(asked, "file_id"), *items(asked, "file_ids")]
        files += [text(each, "file_id") for each in items(asked, "files")]
    else:
        described = items(asked, "tool_resources", "file_search", "vector_stores")
        made = items(call.response, "tool_resources", "file_search", "vector_store_ids")
        files = [file for each in described for file in items(each, "file_ids")]
        store = str(made[0]) if made else ""
    yield from ((store, file) for file in files if store and isinstance(file, str) and file)


def status_of(note: Note) -> str:
    """The status that a note of a run's change tells."""
    return note.event.rpartition(".")[2]


def value(body: Any, *way: str) -> Any:
    """What stands at the end of a way of keys; None where the way ends before."""
    for key in way:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def text(body: Any, *way: str) -> str:
    """The same as a text; empty where there is none."""
    found = value(body, *way)
    return found if isinstance(found, str) else ""


def items(body: Any, *way: str) -> list[Any]:
    """The same as a list; empty where there is none."""
    found = value(body, *way)
    return found if isinstance(found, list) else []


def segment(call: Exchange, after: str) -> str:
    """The id behind a word of the path: of `threads` in `/v1/threads/thread_1/runs` it is `thread_1`."""
    parts = call.path.split("/")
    place = parts.index(after) + 1 if after in parts else len(parts)
    return parts[place] if place < len(parts) else ""


def error(call: Exchange) -> str:
    """The message of an error answer, empty where there is none."""
    return text(call.response, "error", "message")


def repeated_by_sdk(call: Exchange) -> bool:
    """Whether it is the SDK's own retry, of which the program knows nothing."""
    return call.headers.get(RETRY_COUNT, "0") not in ("0", "")


def statuses_seen(call: Exchange, run: str) -> Iterator[str]:
    """The statuses in which the answer to a call shows a run."""
    for thing in (call.response, *items(call.response, "data")):
        if text(thing, "id") == run and text(thing, "status"):
            yield text(thing, "status")
