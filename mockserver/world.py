"""One project's everything: time, luck, objects, what is due, reply rules and the journal.

A world changes only through its own methods, each inside one transaction of the store; it can be dropped
from memory at any moment and read back as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec

from mockserver import objects
from mockserver.agenda import Agenda
from mockserver.chance import Chance
from mockserver.clock import Clock
from mockserver.courses import kept_timeline, read_timeline, try_out
from mockserver.decisions import DECISIONS
from mockserver.faults.acting import Acting
from mockserver.faults.arming import Armed, ArmedFaults
from mockserver.journal import Journal
from mockserver.lifecycle import RUN
from mockserver.rates import Buckets
from mockserver.readers import Readers
from mockserver.replies import Rule, RuleBook
from mockserver.residents import Residents
from mockserver.settings import Settings
from mockserver.store import Store
from mockserver.streams import Streams
from mockserver.timeline import Add, Timeline, Told

Object = dict[str, Any]

Arm = Callable[[str, int], Armed]
"""How a fault is armed, given its id and the present moment."""

_ID_LETTERS = 24
_TIMED = frozenset(("vs", "vsfb_ibj", "upload", "part"))


class World(Residents):
    """The world behind one API key.

    `happened` counts what came with time or from outside, by no call of the API. `returns` are the moments
    until which clients were told to wait, by the paths of their calls (`pacing`). `visitors` is how many
    calls are being answered.
    `closed` is whether another world stands in its place, or none; then nothing is written any more.
    """

    def __init__(
        self,
        project: str,
        store: Store,
        settings: Settings,
        rules: Sequence[Rule] = (),
        faults: Sequence[Arm] = (),
    ) -> None:
        """Read the project's world from the store, or make a new one there with these settings.

        A new one begins with these reply rules and faults.
        """
        super().__init__(project, store)
        self.raw_project = project.encode()
        self.journal = Journal()
        self.replies = RuleBook()
        self.timelines: dict[str, Timeline] = {}
        self.active: dict[str, str] = {}
        self._changing = False
        self._touched: set[str] = set()
        self.streams = Streams()
        self._agenda = Agenda(self.timelines)
        self.readers = Readers(self)
        self.faults = ArmedFaults()
        self.acting: Acting | None = None
        self.rates = Buckets()
        self.happened = 0
        self.returns: dict[str, int] = {}
        self.visitors = 0
        self.closed = False
        saved = store.world(project)
        if saved is None:
            self._begin(settings, rules, faults)
        else:
            self._resume(*map(msgspec.json.decode, saved))

    def _begin(self, settings: Settings, rules: Sequence[Rule], faults: Sequence[Arm]) -> None:
        self._set(settings)
        self.replies.add(rules)
        self.clock = Clock(settings.clock)
        for make in faults:
            self.arm(make)
        with self.store.transaction():
            self.store.create_world(self.project, self._state(), objects.compact(self.replies.to_raw()))

    def _set(self, settings: Settings) -> None:
        self.settings = settings
        self._raw_settings = msgspec.Raw(objects.compact(settings.state()))
        self.chance = Chance(settings.seed)
        self.journal.bound(settings.limits.journal_entries, settings.limits.journal_bytes)

    def _resume(self, state: Object, replies: Object) -> None:
        self._set(Settings().changed(state["settings"]))
        self.clock = Clock.resume(state["clock"])
        self.counters = state["counters"]
        self.journal.resume(state.get("journal", {}))
        self.replies = RuleBook.from_raw(replies)
        self.faults, lost = ArmedFaults.salvage(state.get("faults", ()))
        for fault_id in lost:
            self.journal.note(self.clock.now(), "fault.unknown", fault_id)
        self.rates = Buckets.resume(state.get("rates", {}))
        for subject, events, progress, _ in self.store.timelines(self.project, pending_only=True):
            self._track(read_timeline(self.store, self.project, subject, events, progress))

    def check(self) -> None:
        """Play every timeline to its end on a copy. Raises WorldError for one that cannot be played."""
        for subject in self.timelines:
            try_out(self.store, self.project, subject)

    def _track(self, timeline: Timeline) -> None:
        self.timelines[timeline.subject] = timeline
        if timeline.root["object"] == RUN.object:
            self.active[timeline.root["thread_id"]] = timeline.subject
        self._agenda.put(timeline)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything written inside is kept together with the world's own state, or not at all. Nests."""
        if self._changing:
            yield
            return
        self._changing = True
        self._touched.clear()
        counters = dict(self.counters)
        try:
            with self.store.transaction():
                yield
                self.store.save_world(self.project, self._state())
        except BaseException:
            self.counters = counters  # the ids of what was refused are free again, as the store has it
            self._take_back()
            raise
        finally:
            self._changing = False

    def _take_back(self) -> None:
        """Timelines that a refused change had begun, replaced or ended are again as the store has them."""
        for subject in self._touched:
            if subject in self.timelines:
                self._retire(self.timelines[subject])
            kept = kept_timeline(self.store, self.project, subject)
            if kept is not None and not kept.over:
                self._track(kept)

    def put_away(self) -> None:
        """Let go of memory; when it is read back from the store, only its journal's entries are missing."""
        with self.store.transaction():
            self.save_everything()
            self.store.save_world(self.project, self._state(journal=self.journal.state()))
        self.close()

    def _state(self, **more: Object) -> bytes:
        state: Object = {
            "settings": self._raw_settings,
            "clock": self.clock.state(),
            "counters": self.counters,
        }
        if self.faults:
            state["faults"] = self.faults.state()
        if self.rates:
            state["rates"] = self.rates.state()
        state |= more
        return objects.compact(state)

    def save_replies(self) -> None:
        """Keep the reply rules after they were changed or used."""
        self.store.save_replies(self.project, objects.compact(self.replies.to_raw()))

    def meddled(self) -> None:
        """Something was changed by other means than the API: calls may have other answers now."""
        self.happened += 1

    def arm(self, make: Arm) -> None:
        """Arm a fault, which is made from its id and the present moment."""
        count = self.counters["fault"] = self.counters.get("fault", 0) + 1
        self.faults.add(make(f"fault_{count}", self.clock.now()))

    # Luck

    def new_id(self, prefix: str) -> str:
        """A fresh id such as `run_…`, `file-…` or `vs_…`, from the seed and a count per prefix.

        Ids of stores and uploads are hex and begin with the moment in seconds (recorded 2025).
        """
        while True:
            count = self.counters[prefix] = self.counters.get(prefix, 0) + 1
            name = f"{prefix}/{count}"
            if prefix in _TIMED:
                fresh = f"{prefix}_{self.clock.now() // 1000:08x}{self.chance.hex(name, 24)}"
            elif prefix == "file":
                fresh = f"{prefix}-{self.chance.letters(name, 22)}"
            else:
                fresh = f"{prefix}_{self.chance.letters(name, _ID_LETTERS)}"
            if not self.store.exists(self.project, fresh):
                return fresh

    def next_request_id(self) -> str:
        """The id of the next reply, as `x-request-id` carries it."""
        count = self.counters["req"] = self.counters.get("req", 0) + 1
        return f"req_{self.chance.serial('req', count, 32)}"

    # Objects

    def update(self, full: Object) -> None:
        """Replace an object by its full form. A timeline still at work on it goes on with the new one."""
        writer = self._writer(full)
        if writer is None:
            self._write(full)
            return
        key = objects.key(full)
        self._touched.add(writer.subject)
        writer.objects[key] = full
        writer.changed.add(key)
        self.save(writer)  # what it says so far and how far the timeline has come are kept together

    def delete(self, full: Object) -> None:
        """Remove an object, and its own timeline with it. A run still writing it goes on without it."""
        key = objects.key(full)
        self.unsaved.pop(key, None)
        own = self.timelines.get(key)
        writer = self._writer(full)
        self._weigh(full, -1)
        self.store.delete(self.project, key)
        self.store.delete_timeline(self.project, key)
        if own is not None:
            self.forget(own)
        elif writer is not None:
            writer.lose(key)
            self.reschedule(writer)

    def _writer(self, full: Object) -> Timeline | None:
        key = objects.key(full)
        timeline = self.timelines.get(key) or self.timelines.get(full.get("run_id") or "")
        return timeline if timeline is not None and key in timeline.objects else None

    # Time

    def catch_up(self) -> int:
        """Let everything happen that is due by now, each at its own moment and in order; the time it is."""
        now = self.clock.now()
        if not self._agenda.waits(now):
            return now
        lasting: dict[str, Timeline] = {}
        with ExitStack() as writing:
            while (timeline := self._agenda.take(now)) is not None:
                while True:
                    if timeline.step_lasting() and timeline.subject not in lasting:
                        if not lasting:
                            writing.enter_context(self.change())
                        lasting[timeline.subject] = timeline
                    self._step(timeline)
                    due = timeline.next_due()
                    if due is None or due > now or self._agenda.waits(due):
                        break  # nothing more to do, or somebody else's turn
                self._agenda.put(timeline)
            # Fragments alone need no writing: they are folded again from the list after a restart.
            for timeline in lasting.values():
                if timeline.subject in self.timelines:
                    self.save(timeline)
        return now

    def _step(self, timeline: Timeline) -> None:
        """Let the next event of a timeline happen; a decision is made by whoever knows its subject."""
        self.happened += 1
        deciding = timeline.next_due() if timeline.decides_next() else None
        self.announce(timeline, timeline.step())
        if deciding is not None:
            DECISIONS[timeline.root["object"]](self, timeline, deciding)

    def next_due(self) -> int | None:
        """The moment of the next thing that will happen in this world."""
        return self._agenda.next_due()

    def advance_to(self, moment: int) -> None:
        """Move time forward through everything that is due on the way."""
        with self.change():
            self.clock.advance_to(moment)
            self.catch_up()

    # Timelines

    def track(self, timeline: Timeline) -> None:
        """Take a new timeline in and keep it."""
        self._touched.add(timeline.subject)
        if self.acting is not None:
            self.acting.timeline(timeline)
        self._track(timeline)
        self.save(timeline)

    def reschedule(self, timeline: Timeline) -> None:
        """A timeline's list was changed from outside: keep it, and wake who waits on it."""
        if self.acting is not None:
            self.acting.timeline(timeline)
        self._agenda.put(timeline)
        self.save(timeline)
        self.streams.ring(timeline.subject)

    def save(self, timeline: Timeline) -> None:
        """Write what a timeline changed; one that is over leaves memory, its history without fragments."""
        for object_id in timeline.born:
            full = timeline.objects[object_id]
            made_by = full.get("purpose", timeline.subject)  # files are listed by purpose
            self.insert(full, _home(full, timeline.subject), made_by)
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
        self._touched.add(timeline.subject)
        del self.timelines[timeline.subject]
        thread = timeline.root.get("thread_id", "")
        if self.active.get(thread) == timeline.subject:
            del self.active[thread]
        timeline.events = [event for event in timeline.events if not isinstance(event, Add)]
        timeline.progress.cursor = len(timeline.events)

    def save_everything(self) -> None:
        """Write what only memory knows: fragments that came since the last change of status."""
        with self.change():
            for timeline in list(self.timelines.values()):
                self.save(timeline)

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
        self.closed = True
        self.timelines.clear()
        self._agenda.clear()
        self.streams.lose_all()


def _home(full: Object, run_id: str) -> str:
    """Where what a run has made belongs: steps to the run, messages to the thread, files nowhere."""
    if full["object"] == "thread.run.step":
        return run_id
    home: str = full.get("thread_id", "")
    return home


def _ends_stream(told: Told) -> bool:
    if told.data.get("object") != "thread.run":
        return False
    status = told.data["status"]
    return status == "requires_action" or status in RUN.terminal
