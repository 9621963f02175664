"""The control door: what happened, and what is still to happen."""

from __future__ import annotations

from dataclasses import dataclass

from mockserver import errors, objects
from mockserver.history import history as history_of
from mockserver.operations import Call, operation
from mockserver.requests.queries import Query
from mockserver.requests.shapes import Integer, Text


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries of the journal are wanted; `operation` is a glob such as `runs.*`."""

    after: int = 0
    operation: str | None = None
    limit: int | None = None


WANTED = Query(Wanted, after=Integer(min=0, max=2**53), operation=Text(), limit=Integer(min=1, max=100_000))


@operation("control.journal.list", "GET", "/_mock/journal", query=WANTED, control=True)
def list_entries(call: Call) -> bytes:
    """Every exchange and event, oldest first; calls of the control door itself are not written down.

    `dropped` is how many there were before, which were not kept for want of room.
    """
    wanted: Wanted = call.query
    journal = call.world.journal
    entries = journal.select(wanted.after, wanted.operation, wanted.limit)
    return objects.pretty({"object": "list", "data": entries, "dropped": journal.dropped})


@operation("control.journal.delete", "DELETE", "/_mock/journal", control=True)
def delete(call: Call) -> bytes:
    """Forget the entries; calls are counted from 1 again."""
    call.world.journal.clear()
    return objects.pretty({"object": "list", "data": []})


@operation("control.timeline.retrieve", "GET", "/_mock/timeline/{subject}", control=True)
def retrieve(call: Call) -> bytes:
    """Past and pending events of a run or whatever else has a timeline, with their moments in seconds."""
    return _timeline(call, call.ids["subject"])


@operation("control.timeline.file", "GET", "/_mock/timeline/{subject}/{file_id}", control=True)
def retrieve_file(call: Call) -> bytes:
    """The same of a file in a vector store, which is known by both ids."""
    return _timeline(call, f"{call.ids['subject']}/{call.ids['file_id']}")


def _timeline(call: Call, subject: str) -> bytes:
    history = history_of(call.world, subject)
    if history is None:
        raise errors.CONTROL_NOT_FOUND(
            message=f"nothing with a timeline has the id '{subject}'", param="subject"
        )
    return objects.pretty({"subject": subject, "now": call.world.clock.now() / 1000, **history})
