"""A world as one JSON document, and back: for debugging, for starting a test from a known state."""

from __future__ import annotations

from typing import Any

import msgspec

from mockserver import objects
from mockserver.clock import Clock
from mockserver.faults.arming import ArmedFaults
from mockserver.fileobjects import FILE, PART
from mockserver.replies import RuleBook
from mockserver.settings import Settings
from mockserver.store import Row, Store
from mockserver.timeline import Event, Progress
from mockserver.world import World

VERSION = 2


class Resident(msgspec.Struct, forbid_unknown_fields=True):
    """One object: its wire form, its full form where that differs, and where it belongs."""

    id: str
    kind: str
    parent: str
    body: dict[str, Any] | None
    hidden: dict[str, Any] | None = None
    made_by: str | None = None
    status: str | None = None
    digest: str | None = None


class Course(msgspec.Struct, forbid_unknown_fields=True):
    """One timeline."""

    subject: str
    events: list[Event]
    progress: Progress
    pending: bool


class Snapshot(msgspec.Struct, forbid_unknown_fields=True):
    """A whole world, without its journal. `contents` are those of its files in base64, by their digests.

    What is indexed is not in it: it is made anew from the files.
    """

    version: int
    settings: dict[str, Any]
    clock: dict[str, Any]
    counters: dict[str, int]
    replies: dict[str, Any]
    objects: list[Resident]
    timelines: list[Course]
    contents: dict[str, bytes] = {}
    faults: list[dict[str, Any]] = []


class SnapshotError(ValueError):
    """The document is no snapshot of a world; the message says where."""


def take(world: World) -> bytes:
    """The world as it is now."""
    world.save_everything()
    residents = [
        Resident(
            row.id,
            row.kind,
            row.parent,
            objects.decode(row.body) if there else None,
            objects.decode(row.hidden) if row.hidden else None,
            row.made_by,
            row.status,
            row.digest,
        )
        for row, there in world.store.everything(world.project)
    ]
    courses = [
        Course(
            subject,
            msgspec.json.decode(events, type=list[Event]),
            msgspec.json.decode(progress, type=Progress),
            pending,
        )
        for subject, events, progress, pending in world.store.timelines(world.project, pending_only=False)
    ]
    snapshot = Snapshot(
        VERSION,
        world.settings.state(),
        world.clock.state(),
        world.counters,
        world.replies.to_raw(),
        residents,
        courses,
        {
            digest: b"".join(world.store.blobs.pieces(digest))
            for digest in sorted({resident.digest for resident in residents if resident.digest})
        },
        world.faults.state(),
    )
    return objects.pretty(snapshot)


def read(document: Any) -> Snapshot:
    """Check a document. Raises SnapshotError, and then nothing was changed."""
    try:
        snapshot = msgspec.convert(document, Snapshot)
        if snapshot.version != VERSION:
            raise SnapshotError(f"this is version {snapshot.version} of the format, not {VERSION}")
        Settings().changed(snapshot.settings)
        Clock.resume(snapshot.clock)
        RuleBook.from_raw(snapshot.replies)
        ArmedFaults.resume(snapshot.faults)
    except (msgspec.ValidationError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"not a snapshot of a world: {error}") from error
    return snapshot


def write(snapshot: Snapshot, store: Store, project: str) -> None:
    """Put a checked snapshot in place of a project's world. Raises SnapshotError."""
    seen = {resident.id for resident in snapshot.objects}
    if len(seen) != len(snapshot.objects):
        raise SnapshotError("not a snapshot of a world: two objects have the same id")
    for digest, content in snapshot.contents.items():
        kept = store.blobs.put([content])
        store.contents.loosen(kept.digest)  # until an object refers to it
        if kept.digest != digest:
            raise SnapshotError(f"not a snapshot of a world: {digest} is not the digest of its content")
    for resident in snapshot.objects:
        if resident.body is not None and not _has_content(resident, snapshot):
            raise SnapshotError(f"not a snapshot of a world: the content of '{resident.id}' is missing")
    with store.transaction():
        store.clear(project)
        state = {
            "settings": snapshot.settings,
            "clock": snapshot.clock,
            "counters": snapshot.counters,
            "faults": snapshot.faults,
        }
        store.create_world(project, objects.compact(state), objects.compact(snapshot.replies))
        for resident in snapshot.objects:
            body = objects.pretty(resident.body) if resident.body is not None else b""
            hidden = objects.compact(resident.hidden) if resident.hidden is not None else None
            store.insert(
                project,
                Row(
                    resident.id,
                    resident.kind,
                    resident.parent,
                    body,
                    hidden,
                    resident.made_by,
                    resident.status,
                    resident.digest,
                ),
            )
            if resident.body is None:
                store.delete(project, resident.id)
        for course in snapshot.timelines:
            events, progress = objects.compact(course.events), objects.compact(course.progress)
            store.save_timeline(project, course.subject, events, progress, pending=course.pending)


def _has_content(resident: Resident, snapshot: Snapshot) -> bool:
    """Whether the content of an object is there, if it has one, and the object itself means the same."""
    if (resident.hidden or {}).get("_digest") != resident.digest:
        return False
    return resident.digest in snapshot.contents or (
        resident.digest is None and resident.kind not in (FILE, PART)
    )
