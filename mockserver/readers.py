"""Clients that do nothing but read: what they wait for, and when time moves for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from mockserver.timeline import Timeline, machine_of

if TYPE_CHECKING:
    from mockserver.world import World

PATIENCE = 25
"""Who reads the same so many times, with nothing but reads in between, waits for something else."""

_SHORTEST_MS, _LONGEST_MS = 20, 1_000
"""Between these times pollers are sent away in real time."""


class Readers:
    """The readers of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._reads: dict[str, int] = {}

    def wait(self, key: str, subjects: Collection[str] = ()) -> bool:
        """In virtual time, a client that can only be waiting moves time before it is answered.

        Returns whether time moved. `key` names the read, `subjects` those whose change it may wait for. Time
        goes on to the next change of status of what is being worked on. Other reads move nothing, until they
        come round: when something was read 25 times with nothing but reads in between, time goes to the next
        change of those subjects, or of anything that is worked on, or, if nothing is pending at all, the hang
        is written into the journal.
        """
        if not self._world.clock.virtual:
            return False
        count = self._reads[key] = self._reads.get(key, 0) + 1
        known = self._known(subjects)
        if self._go_to_change(_working(known)):
            return True
        if count % PATIENCE == 0:
            moved = self._go_to_change(known or self._all_awaited())
            if not moved:
                self._world.journal.note(self._world.clock.now(), "quiescence", next(iter(subjects), key))
            return moved
        return False

    def failed(self, key: str) -> None:
        """A call came to nothing because of a fault. In virtual time, who makes it over and over waits.

        The 25th time in a row time goes to the next change of what is worked on, or to the moment until
        which a fault is armed; if neither is to come, the hang is written into the journal.
        """
        if not self._world.clock.virtual:
            return
        key = f"{key} failed"
        count = self._reads[key] = self._reads.get(key, 0) + 1
        if count % PATIENCE or self._go_to_change(self._all_awaited()):
            return
        now = self._world.clock.now()
        end = self._world.faults.next_end(now)
        if end is None:
            self._world.journal.note(now, "quiescence", key)
        else:
            self._world.advance_to(end)

    def interrupt(self) -> None:
        """Something else was asked: reads are counted anew."""
        self._reads.clear()

    def slept(self) -> None:
        """Time was moved from outside: who sleeps between reads does wait, if anything is to come."""
        if any(_awaited(t) and t.next_change() is not None for t in self._world.timelines.values()):
            self._reads.clear()

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


def _working(timelines: Sequence[Timeline]) -> list[Timeline]:
    """Those that go on by themselves: a run that asks for tool outputs waits for its client."""
    return [timeline for timeline in timelines if timeline.root["status"] != "requires_action"]


def _awaited(timeline: Timeline) -> bool:
    return machine_of(timeline.root).awaited
