"""Whose turn it is: the timelines of a world in order of what is due next."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

from mockserver.timeline import Timeline


class Agenda:
    """The next moment of every timeline. Moments that a timeline has given up since are passed over."""

    def __init__(self, timelines: Mapping[str, Timeline]) -> None:
        """Keep the agenda of these timelines, a mapping by subject that its owner goes on changing."""
        self._timelines = timelines
        self._entries: list[tuple[int, int, str]] = []
        self._order = 0

    def put(self, timeline: Timeline) -> None:
        """Note when something is due on a timeline, behind others of the same moment."""
        due = timeline.next_due()
        if due is not None:
            self._order += 1
            heapq.heappush(self._entries, (due, self._order, timeline.subject))

    def waits(self, now: int) -> bool:
        """Whether anything noted is due by now."""
        return bool(self._entries) and self._entries[0][0] <= now

    def take(self, now: int) -> Timeline | None:
        """The timeline whose turn it is by now, taken off the agenda, or None."""
        due = self.next_due()
        if due is None or due > now:
            return None
        return self._timelines[heapq.heappop(self._entries)[2]]

    def next_due(self) -> int | None:
        """The moment of the next thing that will happen, or None."""
        while self._entries:
            due, _, subject = self._entries[0]
            timeline = self._timelines.get(subject)
            if timeline is not None and timeline.next_due() == due:
                return due
            heapq.heappop(self._entries)
        return None

    def clear(self) -> None:
        """Nothing is due any more."""
        self._entries.clear()
