"""A message that is stored twice: the model reads it twice, and so does the user."""

from __future__ import annotations

from collections.abc import Iterator

from harness.explore.checks.contract import Finding, check
from harness.explore.conversations import conversations, delivered, repeated
from harness.explore.scene import Scene
from harness.handle.history import Exchange


@check("duplicate_message", verdict="corrupt", about="no message of a user is stored twice")
def find(scene: Scene) -> Iterator[Finding]:
    """Messages of the same words on the same thread, between which no run has answered."""
    for talk in conversations(scene):
        since: list[Exchange] = []
        for turn in talk.turns:
            if turn.call.operation == "messages.create":
                since.append(turn.call)
            else:
                yield from _told(since)
                since = []
        yield from _told(since)


def _told(calls: list[Exchange]) -> Iterator[Finding]:
    for group in repeated(calls):
        times = sum(map(delivered, group))
        stored = "twice" if times == 2 else f"{times} times"
        yield Finding(f"the user's message is stored {stored}", tuple(group))
