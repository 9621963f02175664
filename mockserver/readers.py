"""Clients that do nothing but read: what they wait for, when time moves for them, and who waits in vain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from mockserver.timeline import Timeline, machine_of

if TYPE_CHECKING:
    from mockserver.world import World

PATIENCE = 25
"""Who reads the same so many times, with nothing but reads in between, waits for something else."""

NAPS = 100
"""Who sleeps in the world's time is not hurried, or no deadline would hold; but after so many equal reads."""

MANY = 10_000
"""So many different reads with nothing in between are no waiting; they are forgotten."""

_EXPIRING = ("upload", "vector_store")
"""What happens to these by themselves is their end, and lets nobody through who was refused before."""

_SHORTEST_MS, _LONGEST_MS = 20, 1_000
"""Between these times pollers are sent away in real time."""


@dataclass(slots=True)
class _Repeated:
    """A call that changes nothing and comes again and again.

    A read succeeds, and `subjects` are those whose change it may wait for; what failed has come to nothing
    because of a fault, and will do so no more when that is not `lasting`, or `ends`. `latest` is the number
    of the call that came last, `happened` how much had happened in the world by then.
    """

    name: str
    kind: Literal["read", "failed", "refused"] = "read"
    subjects: Collection[str] = ()
    lasting: bool = True
    ends: int | None = None
    times: int = 0
    latest: int = 0
    happened: int = 0


@dataclass(slots=True)
class _Sleeper:
    """Who reads, sleeps, and reads again: when it read last, what it saw, and how often in a row."""

    read_at: int
    seen: tuple[str, ...] = ()
    times: int = 0


class Readers:
    """The readers of one world, and who else changes nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._calls = 0
        self._reads: dict[str, _Repeated] = {}
        self._refused: dict[str, _Repeated] = {}
        self._sleepers: dict[str, _Sleeper] = {}
        self._slept_until = 0

    def wait(self, key: str, subjects: Collection[str] = ()) -> bool:
        """In virtual time, a client that can only be waiting moves time before it is answered.

        Returns whether time moved. `key` names the read, `subjects` those whose change it may wait for. Time
        goes on to the next change of status of what is being worked on; where the client moved time itself
        since it read last, it sees that moment, until it has seen the same a hundred times. Other reads move
        nothing, until they come round: when something was read 25 times with nothing but reads in between,
        time goes to the next change of those subjects, or of anything that is worked on, or, if nothing is
        pending at all, the hang is written into the journal.
        """
        read = self._reads.get(key)
        if read is None:
            read = _entered(self._reads, key, _Repeated(next(iter(subjects), key)))
        read.subjects = subjects
        self._count(read)
        if not self._world.clock.virtual:
            return False
        known = self._known(subjects)
        if known and self._in_a_hurry(key, known) and self._go_to_change(_working(known)):
            return True
        if read.times % PATIENCE == 0:
            moved = self._go_to_change(known or self._all_awaited())
            if not moved:
                self._world.journal.note(self._world.clock.now(), "quiescence", read.name)
            return moved
        return False

    def failed(self, key: str, *, lasting: bool) -> None:
        """A call came to nothing because of a fault. In virtual time, who makes it over and over waits.

        The 25th time in a row time goes to the next change of what is worked on, or to the moment until
        which a fault is armed; if neither is to come, and the fault is `lasting`, the hang is written into
        the journal.
        """
        name = f"{key} failed"
        call = self._reads.get(name) or _entered(self._reads, name, _Repeated(name, "failed"))
        self._count(call)
        now = self._world.clock.now()
        call.lasting, call.ends = lasting, self._world.faults.next_end(now)
        if not self._world.clock.virtual:
            return
        if call.times % PATIENCE or self._go_to_change(self._all_awaited()):
            return
        if call.ends is not None:
            self._world.advance_to(call.ends)
        elif lasting:
            self._world.journal.note(now, "quiescence", name)

    def refused(self, key: str, name: str) -> None:
        """A call was refused as it is. It takes no time, however often it comes. `key` is all of the call."""
        name = f"{name} refused"
        self._count(self._refused.get(key) or _entered(self._refused, key, _Repeated(name, "refused")))

    def interrupt(self) -> None:
        """Something else was asked: reads are counted anew."""
        self._reads.clear()

    def acted(self) -> None:
        """Something else was done: refusals are counted anew, too."""
        self._refused.clear()

    def slept(self, until: int) -> None:
        """Time is about to be moved from outside: who sleeps between reads waits, if anything is to come."""
        self._slept_until = until
        for counted in (self._reads, self._refused):
            for key in [key for key, call in counted.items() if self._to_come(call)]:
                del counted[key]

    def quiescence(self) -> dict[str, Any] | None:
        """The proof that a client waits in vain, if there is one: its `subject`, and the number of `reads`.

        It is among the last calls, has come 25 times or more with nothing but reads in between, and nothing
        is pending that could bring another answer.
        """
        proven = [
            call
            for counted in (self._reads, self._refused)
            for call in counted.values()
            if call.times >= PATIENCE
            and self._calls - call.latest < PATIENCE
            and call.happened == self._world.happened
            and not self._to_come(call)
        ]
        if not proven:
            return None
        hung = max(proven, key=lambda call: call.times)
        return {"subject": hung.name, "reads": hung.times}

    def _in_a_hurry(self, key: str, known: Sequence[Timeline]) -> bool:
        """Whether this read is to move time: nobody slept since it was made last, or often enough."""
        now = self._world.clock.now()
        sleeper = self._sleepers.get(key)
        if sleeper is None:
            made = max(int(timeline.root.get("created_at", 0)) * 1000 for timeline in known)
            sleeper = _entered(self._sleepers, key, _Sleeper(made))
        slept, sleeper.read_at = sleeper.read_at < self._slept_until, now
        seen = tuple(timeline.root["status"] for timeline in known)
        sleeper.times = sleeper.times + 1 if slept and seen == sleeper.seen else 0
        sleeper.seen = seen
        return not slept or sleeper.times >= NAPS

    def _count(self, call: _Repeated) -> None:
        if call.happened != self._world.happened and not self._world.clock.virtual:
            call.times = 0  # where time passes by itself, the answer may be another one now
        self._calls += 1
        call.times += 1
        call.latest, call.happened = self._calls, self._world.happened

    def _to_come(self, call: _Repeated) -> bool:
        """Whether anything was pending when a call came, or is now, that could bring it another answer."""
        pending: Iterable[Timeline] = self._known(call.subjects) or self._all_awaited()
        if call.kind == "refused":
            pending = [
                each for each in self._world.timelines.values() if each.root["object"] not in _EXPIRING
            ]
        if call.ends is not None or not call.lasting:
            return True
        return any(timeline.next_change() is not None for timeline in pending)

    def _go_to_change(self, timelines: Sequence[Timeline]) -> bool:
        """Move time to the next change of one of these.

        Decisions that change nothing are passed over, but for what clients do not wait for: there the next
        one may be its end.
        """
        moved = False
        while True:
            changes = [(change, t) for t in timelines if (change := t.next_change()) is not None]
            if not changes:
                return moved
            moment, timeline = min(changes, key=lambda change: change[0])
            before = timeline.root["status"]
            self._world.advance_to(moment)
            self._reads.clear()
            moved = True
            changed = timeline.root["status"] != before or timeline.subject not in self._world.timelines
            if changed or not _awaited(timeline):
                return True

    def poll_hint(self, subjects: Collection[str]) -> int | None:
        """After how many wall milliseconds a poller should come back, None when nothing is to be waited for.

        No recorded reply carried this hint; both SDKs obey it.
        """
        working = _working(self._known(subjects))
        if not working:
            return None
        changes = [change for timeline in working if (change := timeline.next_change()) is not None]
        if self._world.clock.virtual:
            return 0
        if not changes:
            return _LONGEST_MS
        wait = round(self._world.clock.wall_seconds_until(min(changes)) * 1000)
        return min(_LONGEST_MS, max(_SHORTEST_MS, wait))

    def _all_awaited(self) -> list[Timeline]:
        return [timeline for timeline in self._world.timelines.values() if _awaited(timeline)]

    def _known(self, subjects: Collection[str]) -> list[Timeline]:
        timelines = self._world.timelines
        return [timelines[subject] for subject in subjects if subject in timelines]


_Entry = TypeVar("_Entry")


def _entered(counted: dict[str, _Entry], key: str, call: _Entry) -> _Entry:
    if len(counted) >= MANY:
        counted.clear()
    counted[key] = call
    return call


def _working(timelines: Sequence[Timeline]) -> list[Timeline]:
    """Those that go on by themselves: a run that asks for tool outputs waits for its client."""
    return [timeline for timeline in timelines if timeline.root["status"] != "requires_action"]


def _awaited(timeline: Timeline) -> bool:
    return machine_of(timeline.root).awaited
