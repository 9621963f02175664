"""One project's everything: time, luck, objects, what is due, reply rules and the journal.

A world changes only through its own methods, each inside one transaction of the store; it can be dropped
from memory at any moment and read back as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec

from mockserver import frames, objects
from mockserver.agenda import Agenda
from mockserver.chance import Chance
from mockserver.clock import Clock
from mockserver.journal import Journal
from mockserver.lifecycle import RUN
from mockserver.replies import Rule, RuleBook
from mockserver.settings import Settings
from mockserver.store import Page, Row, Store
from mockserver.streams import Follower, Streams
from mockserver.timeline import Add, Event, IllegalSignalError, Progress, Timeline, Told

Object = dict[str, Any]

PATIENCE = 25
"""Who reads the same so many times, with nothing but reads in between, waits for something else."""

_ID_LETTERS = 24
_EVENTS = msgspec.json.Decoder(list[Event])
_PROGRESS = msgspec.json.Decoder(Progress)


class WorldError(Exception):
    """What is stored makes no world; the message says why."""


class World:
    """The world behind one API key."""

    def __init__(self, project: str, store: Store, settings: Settings, rules: Sequence[Rule] = ()) -> None:
        """Read the project's world from the store, or make a new one there with these settings and rules."""
        self.project = project
        self.raw_project = project.encode()
        self.store = store
        self.journal = Journal()
        self.replies = RuleBook()
        self.counters: dict[str, int] = {}
        self.timelines: dict[str, Timeline] = {}
        self.active: dict[str, str] = {}
        self.unsaved: dict[str, Object] = {}
        self._changing = False
        self.streams = Streams()
        self._agenda = Agenda(self.timelines)
        self._reads: dict[str, int] = {}
        saved = store.world(project)
        if saved is None:
            self._begin(settings, rules)
        else:
            self._resume(*map(msgspec.json.decode, saved))

    def _begin(self, settings: Settings, rules: Sequence[Rule]) -> None:
        self._set(settings)
        self.replies.add(rules)
        self.clock = Clock(settings.clock)
        with self.store.transaction():
            self.store.create_world(self.project, self._state(), objects.compact(self.replies.to_raw()))

    def _set(self, settings: Settings) -> None:
        self.settings = settings
        self._raw_settings = msgspec.Raw(objects.compact(settings.state()))
        self.chance = Chance(settings.seed)

    def _resume(self, state: Object, replies: Object) -> None:
        self._set(Settings().changed(state["settings"]))
        self.clock = Clock.resume(state["clock"])
        self.counters = state["counters"]
        self.replies = RuleBook.from_raw(replies)
        for subject, events, progress, _ in self.store.timelines(self.project, pending_only=True):
            self._track(self._read_timeline(subject, events, progress))

    def _read_timeline(self, subject: str, events: bytes, progress: bytes) -> Timeline:
        run = self._stored_full(subject, "thread.run")
        made = [
            *self.store.children(self.project, "thread.run.step", subject),
            *self.store.made_by(self.project, "thread.message", run["thread_id"], subject),
        ]
        held = {subject: run} | {row.id: objects.decode(row.hidden or row.body) for row in made}
        return Timeline(subject, _EVENTS.decode(events), held, _PROGRESS.decode(progress))

    def _stored_full(self, object_id: str, kind: str) -> Object:
        row = self.store.row(self.project, object_id, kind)
        if row is None:
            raise WorldError(f"'{object_id}' has a timeline but there is no such {kind}")
        return objects.decode(row.hidden or row.body)

    def check(self) -> None:
        """Play every timeline to its end on a copy. Raises WorldError for one that cannot be played."""
        for subject in self.timelines:
            saved = self.store.timeline(self.project, subject)
            assert saved is not None
            try:
                trial = self._read_timeline(subject, *saved)
                while trial.next_due() is not None:
                    for _ in trial.step():
                        pass
            except (LookupError, TypeError, ValueError, IllegalSignalError) as error:
                raise WorldError(f"the timeline of '{subject}' cannot be played: {error!r}") from error

    def _track(self, timeline: Timeline) -> None:
        self.timelines[timeline.subject] = timeline
        self.active[timeline.root["thread_id"]] = timeline.subject
        self._agenda.put(timeline)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything written inside is kept together with the world's own state, or not at all. Nests."""
        if self._changing:
            yield
            return
        self._changing = True
        counters = dict(self.counters)
        try:
            with self.store.transaction():
                yield
                self.store.save_world(self.project, self._state())
        except BaseException:
            self.counters = counters  # the ids of what was refused are free again, as the store has it
            self._forget_refused()
            raise
        finally:
            self._changing = False

    def _forget_refused(self) -> None:
        """Let go of runs that a refused change had begun: the store does not have them."""
        for subject, timeline in list(self.timelines.items()):
            if self.store.timeline(self.project, subject) is None:
                self._retire(timeline)

    def _state(self) -> bytes:
        state = {"settings": self._raw_settings, "clock": self.clock.state(), "counters": self.counters}
        return objects.compact(state)

    def save_replies(self) -> None:
        """Keep the reply rules after they were changed or used."""
        self.store.save_replies(self.project, objects.compact(self.replies.to_raw()))

    # Luck

    def new_id(self, prefix: str) -> str:
        """A fresh id such as `run_…` or `file-…`, from the seed and a count per prefix."""
        joint, length = ("-", 22) if prefix == "file" else ("_", _ID_LETTERS)
        while True:
            count = self.counters[prefix] = self.counters.get(prefix, 0) + 1
            fresh = f"{prefix}{joint}{self.chance.letters(f'{prefix}/{count}', length)}"
            if not self.store.exists(self.project, fresh):
                return fresh

    def next_request_id(self) -> str:
        """The id of the next reply, as `x-request-id` carries it."""
        count = self.counters["req"] = self.counters.get("req", 0) + 1
        return f"req_{self.chance.serial('req', count, 32)}"

    # Objects

    def body(self, kind: str, object_id: str, parent: str = "") -> bytes | None:
        """The wire JSON of an object of that parent as it is now, or None."""
        body = self.store.body(self.project, object_id, kind, parent)
        if body is not None and object_id in self.unsaved:
            return objects.pretty(objects.wire(self.unsaved[object_id]))
        return body

    def full(self, kind: str, object_id: str, parent: str = "") -> Object | None:
        """The full form of an object of that parent as it is now, or None."""
        row = self.store.row(self.project, object_id, kind)
        if row is None or row.parent != parent:
            return None
        return self.unsaved.get(object_id) or objects.decode(row.hidden or row.body)

    def insert(self, full: Object, parent: str = "", made_by: str | None = None) -> None:
        """Add an object in its full form."""
        body, hidden = _stored(full)
        self.store.insert(self.project, Row(full["id"], full["object"], parent, body, hidden, made_by))

    def update(self, full: Object) -> None:
        """Replace an object by its full form. A run that is still writing it goes on with the new one."""
        writer = self._writer(full)
        if writer is None:
            self._write(full)
            return
        writer.objects[full["id"]] = full
        writer.changed.add(full["id"])
        self.save(writer)  # what it says so far and how far the run has come are kept together

    def delete(self, full: Object) -> None:
        """Remove an object. A run that is still writing it goes on without it."""
        writer = self._writer(full)
        self.unsaved.pop(full["id"], None)
        self.store.delete(self.project, full["id"])
        if writer is not None:
            writer.lose(full["id"])
            self.reschedule(writer)

    def _writer(self, full: Object) -> Timeline | None:
        timeline = self.timelines.get(full.get("run_id") or "")
        return timeline if timeline is not None and full["id"] in timeline.objects else None

    def _write(self, full: Object) -> None:
        self.unsaved.pop(full["id"], None)
        self.store.update(self.project, full["id"], *_stored(full))

    def page(self, kind: str, parent: str = "", **selection: Any) -> Page:
        """One page of a list, with the objects as they are now; see `Store.page`."""
        page = self.store.page(self.project, kind, parent, **selection)
        if not self.unsaved:
            return page
        rows = [
            replace(row, body=objects.pretty(objects.wire(self.unsaved[row.id])))
            if row.id in self.unsaved
            else row
            for row in page.rows
        ]
        return Page(rows, page.has_more)

    # Time

    def catch_up(self) -> int:
        """Let everything happen that is due by now, each at its own moment and in order; the time it is."""
        now = self.clock.now()
        if not self._agenda.waits(now):
            return now
        lasting: dict[str, Timeline] = {}
        while (timeline := self._agenda.take(now)) is not None:
            while True:
                if timeline.step_lasting():
                    lasting[timeline.subject] = timeline
                self.announce(timeline, timeline.step())
                due = timeline.next_due()
                if due is None or due > now or self._agenda.waits(due):
                    break  # nothing more to do, or somebody else's turn
            self._agenda.put(timeline)
        if lasting:  # fragments alone need no writing: they are folded again from the list after a restart
            with self.change():
                for timeline in lasting.values():
                    self.save(timeline)
        return now

    def next_due(self) -> int | None:
        """The moment of the next thing that will happen in this world."""
        return self._agenda.next_due()

    def advance_to(self, moment: int) -> None:
        """Move time forward through everything that is due on the way."""
        with self.change():
            self.clock.advance_to(moment)
            self.catch_up()

    def wait_for_reader(self, key: str, subject: str | None = None) -> bool:
        """In virtual time, a client that can only be waiting moves time before it is answered.

        Returns whether time moved. `key` names the read. A run that is being worked on goes on to its next
        change of status. Other reads move nothing, until they come round: when something was read 25 times
        with nothing but reads in between, time goes to the next change of that run's status, or of any run's,
        or, if nothing is pending at all, the hang is written into the journal.
        """
        if not self.clock.virtual:
            return False
        count = self._reads[key] = self._reads.get(key, 0) + 1
        timeline = self.timelines.get(subject) if subject else None
        if timeline is not None and timeline.root["status"] != "requires_action":
            return self._go_to(timeline.next_change())
        if count % PATIENCE == 0:
            waited_for = [timeline] if timeline is not None else self.timelines.values()
            changes = [change for each in waited_for if (change := each.next_change()) is not None]
            if not changes:
                self.journal.note(self.clock.now(), "quiescence", subject or key)
            return self._go_to(min(changes, default=None))
        return False

    def interrupt_reader(self) -> None:
        """Something else was asked: reads are counted anew."""
        self._reads.clear()

    def _go_to(self, moment: int | None) -> bool:
        if moment is None:
            return False
        self.advance_to(moment)
        self._reads.clear()
        return True

    def poll_hint(self, run_id: str) -> int | None:
        """After how many wall milliseconds a poller should come back, None when nothing is to be waited for.

        No recorded reply carried this hint; both SDKs obey it.
        """
        timeline = self.timelines.get(run_id)
        if timeline is None or timeline.root["status"] == "requires_action":
            return None
        change = timeline.next_change()
        if self.clock.virtual or change is None:
            return 0
        return min(1000, max(20, round(self.clock.wall_seconds_until(change) * 1000)))

    # Timelines

    def track(self, timeline: Timeline) -> None:
        """Take a new timeline in and keep it."""
        self._track(timeline)
        self.save(timeline)

    def reschedule(self, timeline: Timeline) -> None:
        """A timeline's list was changed from outside: keep it, and wake who waits on it."""
        self._agenda.put(timeline)
        self.save(timeline)
        self.streams.ring(timeline.subject)

    def save(self, timeline: Timeline) -> None:
        """Write what a timeline changed; one that is over leaves memory, its history without fragments."""
        for object_id in timeline.born:
            full = timeline.objects[object_id]
            of_run = full["object"] == "thread.run.step"
            self.insert(full, timeline.subject if of_run else full["thread_id"], timeline.subject)
        for object_id in timeline.changed - set(timeline.born):
            self._write(timeline.objects[object_id])
        for object_id in timeline.born:
            self.unsaved.pop(object_id, None)
        timeline.born.clear()
        timeline.changed.clear()
        if timeline.over:
            self._retire(timeline)
        self.store.save_timeline(
            self.project,
            timeline.subject,
            objects.compact(timeline.events),
            objects.compact(timeline.progress),
            pending=not timeline.over,
        )

    def _retire(self, timeline: Timeline) -> None:
        del self.timelines[timeline.subject]
        if self.active.get(timeline.root["thread_id"]) == timeline.subject:
            del self.active[timeline.root["thread_id"]]
        timeline.events = [event for event in timeline.events if not isinstance(event, Add)]
        timeline.progress.cursor = len(timeline.events)

    def save_everything(self) -> None:
        """Write what only memory knows: fragments that came since the last change of status."""
        with self.change():
            for timeline in list(self.timelines.values()):
                self.save(timeline)

    def history(self, subject: str) -> Object | None:
        """What happened and what is due for one subject; None when it has no timeline."""
        timeline = self.timelines.get(subject)
        if timeline is not None:
            events, cursor = timeline.events, timeline.progress.cursor
        else:
            saved = self.store.timeline(self.project, subject)
            if saved is None:
                return None
            events, cursor = _EVENTS.decode(saved[0]), _PROGRESS.decode(saved[1]).cursor
        return {
            "past": [_described(event) for event in events[:cursor]],
            "pending": [_described(event) for event in events[cursor:]],
        }

    def forget(self, timeline: Timeline) -> None:
        """The subject was deleted: nothing of it will happen any more, and its streams are cut."""
        self._retire(timeline)
        self.store.delete_timeline(self.project, timeline.subject)
        for object_id in timeline.objects:
            self.unsaved.pop(object_id, None)
        self.streams.lose(timeline.subject)

    # Telling

    def announce(self, timeline: Timeline, told: Iterable[Told]) -> None:
        """Bring what a timeline tells to followers and the journal, and what it changed to readers."""
        for piece in told:
            delta = piece.name.endswith(".delta")
            if not delta:
                self.journal.note(piece.due, piece.name, piece.data["id"])
            if self.streams.heard(timeline.subject):
                data = piece.data if delta else self.shown_in_stream(timeline, piece.data)
                last = _ends_stream(piece)
                self.streams.tell(timeline.subject, piece.name, objects.compact(data), last=last)
        for object_id in timeline.changed:
            self.unsaved[object_id] = timeline.objects[object_id]

    def shown_in_stream(self, timeline: Timeline, full: Object) -> Object:
        """The face of an object in stream events."""
        if full["object"] == "thread.run.step" and not timeline.progress.include_content:
            return objects.without_search_content(full)
        return full

    def close(self) -> None:
        """Let go of everything; open streams are cut. The store keeps what was written."""
        self.timelines.clear()
        self._agenda.clear()
        self.streams.lose_all()

    def stream(self, subject: str, follower: Follower) -> frames.Frames:
        """The frames of a run's stream: each event when it falls due, then `[DONE]`."""
        try:
            yield frames.Head(content_type=frames.STREAM_TYPE)
            while True:
                self.catch_up()
                while follower.told:
                    yield frames.Body(frames.event(*follower.told.popleft()))
                if follower.lost:
                    yield frames.Cut()
                    return
                if follower.ended:
                    break
                due = self.timelines[subject].next_due()
                yield frames.Wait(due if due is not None else self.clock.now(), follower.bell)
            yield frames.Body(frames.DONE)
        finally:
            self.streams.leave(subject, follower)


def _stored(full: Object) -> tuple[bytes, bytes | None]:
    """Body and hidden form of an object; hidden is None when the wire shows all there is."""
    wire = objects.wire(full)
    return objects.pretty(wire), None if wire == full else objects.compact(full)


def _described(event: Event) -> Object:
    """An event as the control door shows it, its moment in seconds."""
    shown = msgspec.to_builtins(event)
    return {"at": shown.pop("due") / 1000, "event": shown.pop("type"), **shown}


def _ends_stream(told: Told) -> bool:
    if told.data.get("object") != "thread.run":
        return False
    status = told.data["status"]
    return status == "requires_action" or status in RUN.terminal
