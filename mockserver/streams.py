"""Who listens to which subject's events, as their streams are sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mockserver.frames import Bell


@dataclass(eq=False)
class Follower:
    """Somebody who reads a stream. `told` are events not yet sent; `ended` when none will follow.

    `lost` when the subject went away without an end: what was told is sent, and then the connection is cut.
    """

    told: deque[tuple[str, bytes]] = field(default_factory=deque)
    ended: bool = False
    lost: bool = False
    bell: Bell = field(default_factory=Bell)


class Streams:
    """The followers of every subject of one world."""

    def __init__(self) -> None:
        self._followers: dict[str, list[Follower]] = {}
        self._bells: list[Bell] = []

    def follow(self, subject: str) -> Follower:
        """Begin to listen to what a subject tells."""
        follower = Follower()
        self._followers.setdefault(subject, []).append(follower)
        return follower

    def leave(self, subject: str, follower: Follower) -> None:
        """Stop listening; the subject goes on (closing a stream never cancelled a run)."""
        listening = self._followers.get(subject, [])
        if follower in listening:
            listening.remove(follower)
        if not listening:
            self._followers.pop(subject, None)

    def heard(self, subject: str) -> bool:
        """Whether anybody listens."""
        return subject in self._followers

    def tell(self, subject: str, name: str, data: bytes, *, last: bool) -> None:
        """Bring an event to all who listen; after the last one nobody does."""
        for follower in self._followers[subject]:
            follower.told.append((name, data))
            follower.ended = last
            follower.bell.ring()
        if last:
            del self._followers[subject]

    def ring(self, subject: str) -> None:
        """What is due when has changed: whoever waits looks again."""
        for follower in self._followers.get(subject, ()):
            follower.bell.ring()

    @contextmanager
    def listening(self, bell: Bell) -> Iterator[None]:
        """Let this bell ring whenever time itself has changed, as long as the block lasts."""
        self._bells.append(bell)
        try:
            yield
        finally:
            self._bells.remove(bell)

    def ring_all(self) -> None:
        """Time itself has changed."""
        for subject in list(self._followers):
            self.ring(subject)
        for bell in list(self._bells):
            bell.ring()

    def lose(self, subject: str) -> None:
        """The subject is gone: nothing more will be told of it."""
        for follower in self._followers.pop(subject, []):
            follower.lost = True
            follower.bell.ring()

    def lose_all(self) -> None:
        """The world is gone."""
        for subject in list(self._followers):
            self.lose(subject)
        self.ring_all()
