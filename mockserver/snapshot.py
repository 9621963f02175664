"""A world as one JSON document, and back: for debugging, for starting a test from a known state."""

from __future__ import annotations

from typing import Any

import msgspec

from mockserver import objects
from mockserver.clock import Clock
from mockserver.replies import RuleBook
from mockserver.settings import Settings
from mockserver.store import Row, Store
from mockserver.timeline import Event, Progress
from mockserver.world import World

VERSION = 1


class Resident(msgspec.Struct, forbid_unknown_fields=True):
    """One object: its wire form, its full form where that differs, and where it belongs."""

    id: str
    kind: str
    parent: str
    body: dict[str, Any] | None
    hidden: dict[str, Any] | None = None
    made_by: str | None = None


class Course(msgspec.Struct, forbid_unknown_fields=True):
    """One timeline."""

    subject: str
    events: list[Event]
    progress: Progress
    pending: bool


class Snapshot(msgspec.Struct, forbid_unknown_fields=True):
    """A whole world, without its journal."""

    version: int
    settings: dict[str, Any]
    clock: dict[str, Any]
    counters: dict[str, int]
    replies: dict[str, Any]
    objects: list[Resident]
    timelines: list[Course]


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
    except (msgspec.ValidationError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(f"not a snapshot of a world: {error}") from error
    return snapshot


def write(snapshot: Snapshot, store: Store, project: str) -> None:
    """Put a checked snapshot in place of a project's world. Raises SnapshotError."""
    seen = {resident.id for resident in snapshot.objects}
    if len(seen) != len(snapshot.objects):
        raise SnapshotError("not a snapshot of a world: two objects have the same id")
    with store.transaction():
        store.clear(project)
        state = {"settings": snapshot.settings, "clock": snapshot.clock, "counters": snapshot.counters}
        store.create_world(project, objects.compact(state), objects.compact(snapshot.replies))
        for resident in snapshot.objects:
            body = objects.pretty(resident.body) if resident.body is not None else b""
            hidden = objects.compact(resident.hidden) if resident.hidden is not None else None
            store.insert(
                project, Row(resident.id, resident.kind, resident.parent, body, hidden, resident.made_by)
            )
            if resident.body is None:
                store.delete(project, resident.id)
        for course in snapshot.timelines:
            events, progress = objects.compact(course.events), objects.compact(course.progress)
            store.save_timeline(project, course.subject, events, progress, pending=course.pending)
