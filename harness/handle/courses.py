"""The course of a run, of a file into a vector store, of a batch: its statuses, each with its moment.

    assistants.timeline(run.id).statuses == ["queued", "in_progress", "completed"]

Read from what the control door says: the journal knows when things began, the timeline what came of them and
what is still to come. Moments are in seconds since the world began.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.control import Control, ControlError
from harness.durations import shown
from harness.handle.history import Exchange, Note, read_entries

Json = Mapping[str, Any]

RUN, FILE, BATCH, UPLOAD = "thread.run", "vector_store.file", "vector_store.file_batch", "upload"

ACTIVE = frozenset({"queued", "in_progress", "requires_action", "cancelling"})
"""The statuses of a run that has not ended."""

ENDED = frozenset({"completed", "failed", "cancelled", "expired", "incomplete"})
"""The statuses after which nothing happens any more, to runs and to all that is worked on."""

_AFTER = {
    "start": "in_progress",
    "ask": "requires_action",
    "submit": "queued",
    "finish": "completed",
    "fail": "failed",
    "cut": "incomplete",
    "cancel": "cancelling",
    "stop": "cancelled",
    "expire": "expired",
}
"""The status of a run after each signal of its timeline."""

_WATCHED = (RUN, FILE, BATCH)

_FIRST = {RUN: "queued", FILE: "in_progress", BATCH: "in_progress", UPLOAD: "pending"}


@dataclass(frozen=True, slots=True)
class Moment:
    """A status, when it was entered (None when nobody knows), and what there is to say about it."""

    status: str
    at: float | None
    remark: str = ""

    def __str__(self) -> str:
        words = [self.status, "" if self.at is None else shown(self.at), self.remark and f"[{self.remark}]"]
        return " ".join(filter(None, words))


@dataclass(frozen=True, slots=True)
class Course:
    """Where a subject has been and what is on its list.

    `subject` is an id (`vs_…/file-…` of a file in a store), `kind` the API's word for what it is, `name` a
    file's name. `did` tells what its tools did. `pending` are the changes of status on its list, and a
    `decision` where it will only turn out then what happens.
    """

    subject: str
    kind: str
    moments: tuple[Moment, ...]
    name: str = ""
    did: tuple[str, ...] = ()
    pending: tuple[Moment, ...] = ()

    @property
    def statuses(self) -> list[str]:
        """The statuses in order, from the first."""
        return [moment.status for moment in self.moments]

    @property
    def status(self) -> str:
        """The status now."""
        return self.moments[-1].status

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in ENDED

    def at(self, status: str) -> float:
        """When it first entered a status. Raises LookupError when it has not, or nobody knows when."""
        for moment in self.moments:
            if moment.status == status and moment.at is not None:
                return moment.at
        raise LookupError(f"{self.subject} has not been {status}: {self}")

    def __str__(self) -> str:
        line = f"{self.subject}{f' ({self.name})' if self.name else ''}  "
        line += " -> ".join(map(str, self.moments))
        if self.did:
            line += f"  [{', '.join(self.did)}]"
        if not self.ended:
            ahead = ", ".join(map(str, self.pending[:3]))
            line += f"  (next: {ahead})" if ahead else "  (nothing pending)"
        return line

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True)
class Record:
    """What one look at a world gave: its journal and its live objects, from which courses are read."""

    control: Control
    began: float
    entries: Sequence[Exchange | Note]
    objects: Sequence[Json]
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, control: Control, began: float | None = None) -> Record:
        """Look now. Without `began`, times count from the first entry of the journal."""
        if began is None:
            first = control.journal(limit=1)
            began = float(first[0]["at"] if first else control.clock()["now"])
        record = cls(control, began, read_entries(control, began), control.objects())
        for call in record.calls:
            if call.operation == "files.create" and isinstance(call.response, dict):
                record.names[str(call.response.get("id"))] = str(call.response.get("filename"))
        return record

    @property
    def calls(self) -> list[Exchange]:
        """The calls, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Exchange)]

    @property
    def notes(self) -> list[Note]:
        """What happened by itself, oldest first."""
        return [entry for entry in self.entries if isinstance(entry, Note)]

    def subjects(self) -> list[tuple[str, str]]:
        """Kind and id of all that has a course, oldest first: runs that are gone with their threads, too."""
        alive = {subject_of(row): str(row["object"]) for row in self.objects if row["object"] in _WATCHED}
        begun = [note.subject for note in self.notes if note.event == f"{RUN}.created"]
        gone = [(RUN, run) for run in begun if run not in alive]
        return gone + [(kind, subject) for subject, kind in alive.items()]

    def course_of(self, subject: str) -> Course:
        """The course of what has this id. Raises ControlError (404) when it has none."""
        row = self._row(subject)
        if row is not None:
            return self.course(str(row["object"]), subject)
        return self.course(FILE if "/" in subject else RUN, subject)

    def course(self, kind: str, subject: str) -> Course:
        """The course of a subject of a known kind. Raises ControlError (404) when it has none."""
        row = self._row(subject)
        try:
            document = self.control.timeline(subject)
        except ControlError as error:
            moments = self._noted(kind, subject, row) if error.status == 404 else []
            if not moments:
                raise
            return Course(subject, kind, tuple(moments), self._name(kind, subject))
        past = self._moves(document["past"], kind, subject)
        if kind in _FIRST:
            past.insert(0, Moment(_FIRST[kind], self._born(kind, subject, row)))
        elif row is not None and not past:
            past = [Moment(str(row.get("status") or "there"), None)]
        pending = self._moves(document["pending"], kind, subject, ahead=True)
        did = tuple(_did(document["past"]))
        return Course(subject, kind, tuple(past), self._name(kind, subject), did, tuple(pending))

    def _row(self, subject: str) -> Json | None:
        return next((row for row in self.objects if subject_of(row) == subject), None)

    def _name(self, kind: str, subject: str) -> str:
        return self.names.get(subject.rpartition("/")[2], "") if kind == FILE else ""

    # Where the moments come from

    def _moves(self, events: Iterable[Json], kind: str, subject: str, *, ahead: bool = False) -> list[Moment]:
        """The changes of the subject's own status among the events of a timeline."""
        moves = []
        for event in events:
            at = round(event["at"] - self.began, 3)
            if event["event"] == "end" or (event["event"] == "move" and event["id"] == subject):
                moves.append(Moment(_status_after(event["signal"], kind), at, _remark(event["patch"])))
            elif event["event"] == "decide" and ahead:
                moves.append(Moment("decision" if kind in _WATCHED else "expired", at))
        return moves

    def _noted(self, kind: str, subject: str, row: Json | None) -> list[Moment]:
        """What the journal knows of a subject that has no timeline (any more)."""
        if kind == BATCH and row is not None:
            return self._batch(subject, row)
        moments = [
            Moment(note.event.removeprefix(f"{kind}."), note.at)
            for note in self.notes
            if note.subject == subject and note.event.startswith(f"{kind}.")
        ]
        moments = [moment for moment in moments if moment.status != "created"]
        if not moments and row is not None and row.get("status"):
            status = str(row["status"])
            moments = [Moment(status, self._made(row) if status == _FIRST.get(kind) else None)]
        return moments

    def _batch(self, subject: str, row: Json) -> list[Moment]:
        """A batch has no list of its own: it is done when the last of its files is."""
        began = Moment(_FIRST[BATCH], self._born(BATCH, subject, row))
        status = str(row.get("status"))
        if status == began.status:
            return [began]
        return [began, Moment(status, self._batch_ended(subject, status))]

    def _batch_ended(self, subject: str, status: str) -> float | None:
        files: set[str] = set()
        number = 0
        for call in self.calls:
            cancelled = call.operation == "vector_stores.file_batches.cancel" and subject in call.path
            if cancelled and call.done and status == "cancelled":
                return call.at
            if _id(call.response) == subject and isinstance(call.request, dict) and not files:
                named = call.request.get("file_ids") or call.request.get("files") or ()
                files = {str(file.get("file_id") if isinstance(file, dict) else file) for file in named}
                number = call.number
        ends = [
            note.at
            for note in self.notes
            if note.number > number and note.subject in files and note.event.startswith(f"{FILE}.")
        ]
        return max(ends, default=None)

    def _born(self, kind: str, subject: str, row: Json | None) -> float | None:
        """When a subject began: to the millisecond if a call or a note tells, else to the second."""
        for note in self.notes:
            if note.subject == subject and note.event == f"{kind}.created":
                return note.at
        for call in self.calls:
            made = _attaches(call, subject) if kind == FILE else _id(call.response) == subject
            if made and call.done and self._same(call, row):
                return call.at
        return self._made(row)

    def _same(self, call: Exchange, row: Json | None) -> bool:
        """Whether a call came in the second in which the object was made."""
        return row is None or int(call.at + self.began + 0.0005) == row["created_at"]

    def _made(self, row: Json | None) -> float | None:
        return None if row is None else round(row["created_at"] - self.began, 3)


def subject_of(row: Json) -> str:
    """The id by which the control door knows an object: of a file in a store, both ids."""
    own = str(row["id"])
    return f"{row['parent']}/{own}" if row["object"] == FILE and "/" not in own else own


def _status_after(signal: str, kind: str) -> str:
    # Only a run is cancelling in between.
    return "cancelled" if signal == "cancel" and kind != RUN else _AFTER[signal]


def _remark(patch: Json) -> str:
    """What is worth saying about a change: the functions that are called, the error, the reason."""
    if action := patch.get("required_action"):
        return ", ".join(call["function"]["name"] for call in action["submit_tool_outputs"]["tool_calls"])
    if error := patch.get("last_error"):
        return f"{error['code']}: {error['message']}"
    if details := patch.get("incomplete_details"):
        return str(details["reason"])
    return ""


def _did(events: Iterable[Json]) -> Iterable[str]:
    """What the built-in tools did, from the steps a run has finished."""
    for event in events:
        details = (event.get("patch") or {}).get("step_details") or {}
        for call in details.get("tool_calls", ()):
            if call["type"] == "file_search":
                hits = len(call["file_search"].get("results") or ())
                yield f"file_search: {hits} hit{'' if hits == 1 else 's'}"
            elif call["type"] == "code_interpreter":
                yield "code_interpreter"


def _attaches(call: Exchange, subject: str) -> bool:
    """Whether a call may have brought a file into a store: it asks for the one and tells of the other."""
    store, _, file = subject.partition("/")
    if call.method != "POST" or file not in str(call.request):
        return False
    return store in call.path or store in str(call.response) or "attachments" in str(call.request)


def _id(response: Any) -> str | None:
    return response.get("id") if isinstance(response, dict) else None
