"""The control door: what there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from mockserver import errors, objects
from mockserver.fileobjects import STORE_FILE, UPLOAD
from mockserver.lifecycle import MACHINES
from mockserver.operations import Call, operation
from mockserver.requests.queries import Query
from mockserver.requests.shapes import Integer, OneOf, Text
from mockserver.store import Row

KINDS = ("assistant", "thread", *MACHINES, f"{UPLOAD}.part")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which objects are wanted: of one kind, those that follow one of them, the first so many."""

    object: str | None = None
    after: str | None = None
    limit: int | None = None


WANTED = Query(Wanted, object=OneOf(*KINDS), after=Text(), limit=Integer(min=1, max=2**53))


class _Told(msgspec.Struct):
    """What is read of an object; the rest is passed over."""

    created_at: int | None = None


_TOLD = msgspec.json.Decoder(_Told)


@operation("control.objects.list", "GET", "/_mock/objects", query=WANTED, control=True)
def list_objects(call: Call) -> bytes:
    """Every object that is there, oldest first, without what it says; `last_id` is `after` of the next page.

    A `parent` is the thread of messages and runs, the run of steps, the vector store of its files and
    batches, the upload of parts.
    """
    world, wanted = call.world, call.query
    after = 0
    if wanted.after is not None:
        found = world.store.seat(world.project, wanted.after)
        if found is None:
            raise errors.CONTROL_NOT_FOUND(message=f"there was no object '{wanted.after}'", param="after")
        after = found
    page = world.store.present(world.project, kind=wanted.object, after=after, limit=wanted.limit)
    rows = page.rows
    listed = {
        "object": "list",
        "data": [_listed(row) for row in rows],
        "last_id": rows[-1].id if rows else None,
        "has_more": page.has_more,
    }
    return objects.pretty(listed)


def _listed(row: Row) -> dict[str, Any]:
    object_id = row.id.rpartition("/")[2] if row.kind == STORE_FILE else row.id
    shown: dict[str, Any] = {
        "object": row.kind,
        "id": object_id,
        "created_at": _TOLD.decode(row.body).created_at,
    }
    if row.status is not None:
        shown["status"] = row.status
    if row.parent:
        shown["parent"] = row.parent
    return shown
