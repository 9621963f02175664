"""Timelines as the store keeps them: read back with the objects they work on, and tried out."""

from __future__ import annotations

import msgspec

from mockserver import objects
from mockserver.lifecycle import RUN
from mockserver.store import Store
from mockserver.timeline import Event, IllegalSignalError, Progress, Timeline

_EVENTS = msgspec.json.Decoder(list[Event])
_PROGRESS = msgspec.json.Decoder(Progress)


class WorldError(Exception):
    """What is stored makes no world; the message says why."""


def read_timeline(store: Store, project: str, subject: str, events: bytes, progress: bytes) -> Timeline:
    """The timeline of a subject with all it has made so far. Raises WorldError if the subject is missing."""
    row = store.subject(project, subject)
    if row is None:
        raise WorldError(f"'{subject}' has a timeline but there is no such object")
    held = {subject: objects.decode(row.hidden or row.body)}
    if row.kind == RUN.object:
        made = [
            *store.children(project, "thread.run.step", subject),
            *store.made_by(project, "thread.message", held[subject]["thread_id"], subject),
        ]
        held |= {row.id: objects.decode(row.hidden or row.body) for row in made}
    return Timeline(subject, _EVENTS.decode(events), held, _PROGRESS.decode(progress))


def kept_timeline(store: Store, project: str, subject: str) -> Timeline | None:
    """The timeline of a subject as the store has it, if it has one. Raises WorldError."""
    saved = store.timeline(project, subject)
    return read_timeline(store, project, subject, *saved) if saved is not None else None


def try_out(store: Store, project: str, subject: str) -> None:
    """Play a kept timeline to its end, on a copy. Raises WorldError if that is impossible."""
    try:
        trial = kept_timeline(store, project, subject)
        while trial is not None and trial.next_due() is not None:
            for _ in trial.step():
                pass
    except (LookupError, TypeError, ValueError, IllegalSignalError) as error:
        raise WorldError(f"the timeline of '{subject}' cannot be played: {error!r}") from error
