"""What statuses objects went through, as streams, polls and the journal show it, held against the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from mockserver.lifecycle import MACHINES, Machine
from tests.properties.exchange import Event

Object = dict[str, Any]

STAMPS = ("completed_at", "failed_at", "cancelled_at", "incomplete_at")


class Lives:
    """The statuses seen of each object, in order. `told` misses none, `polled` may."""

    def __init__(self) -> None:
        self.told: dict[str, list[str]] = defaultdict(list)
        self.polled: dict[str, list[str]] = defaultdict(list)
        self.kinds: dict[str, Machine] = {}

    def hear(self, events: Iterable[Event]) -> None:
        """Take in what a stream tells."""
        for event in events:
            if event.name not in ("done", "thread.created") and not event.name.endswith(".delta"):
                if "status" in event.data:
                    check_stamps(event.data)
                self._tell(event.data["id"], MACHINES[event.data["object"]], event.name)

    def read(self, notes: Iterable[Object]) -> None:
        """Take in what a journal tells."""
        for note in notes:
            machine = next(
                (
                    MACHINES[kind]
                    for kind in sorted(MACHINES, reverse=True)
                    if note["event"].startswith(f"{kind}.")
                ),
                None,
            )
            if machine is not None:
                self._tell(note["subject"], machine, note["event"])

    def see(self, body: Object) -> None:
        """Take in what a poll shows; messages show no status there."""
        if "status" in body:
            check_stamps(body)
            self.kinds[body["id"]] = MACHINES[body["object"]]
            self.polled[body["id"]].append(body["status"])

    def _tell(self, object_id: str, machine: Machine, event: str) -> None:
        self.kinds[object_id] = machine
        word = event.removeprefix(f"{machine.object}.")
        status = machine.first if event in machine.births else word
        # A run is queued again when it is resumed: only its birth tells so twice.
        if event in machine.births and self.told[object_id] == [machine.first]:
            return
        self.told[object_id].append(status)

    def check(self) -> None:
        """Every life is a path in its table."""
        for object_id, statuses in self.told.items():
            machine = self.kinds[object_id]
            for status, following in pairwise(statuses):
                assert following in machine.exits[status].values(), (object_id, statuses)
        for object_id, statuses in self.polled.items():
            machine = self.kinds[object_id]
            for status, following in pairwise(statuses):
                assert following in reachable(machine, status), (object_id, statuses)


def reachable(machine: Machine, status: str) -> set[str]:
    """The status and all that may come after it."""
    found, new = {status}, [status]
    while new:
        for target in machine.exits[new.pop()].values():
            if target not in found:
                found.add(target)
                new.append(target)
    return found


def check_stamps(body: Object) -> None:
    """One terminal timestamp at most, the one of the status, and none before the end."""
    machine = MACHINES[body["object"]]
    stamp = machine.stamps.get(body["status"]) if body["status"] in machine.terminal else None
    shown = {name for name in STAMPS if body.get(name) is not None}
    assert shown == ({stamp} if stamp else set()), body
    if body["object"] == "thread.run":
        assert (body["expires_at"] is None) == (body["status"] in machine.terminal), body
        assert (body["required_action"] is not None) == (body["status"] == "requires_action"), body
        assert (body["usage"] is not None) == (body["status"] in machine.terminal), body
        assert body["started_at"] is not None or body["status"] not in ("in_progress", "completed"), body
