"""What one client of a server was told, so that the server can be held to it after it was killed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Object = dict[str, Any]

STEADY = ("assistant", "thread", "thread.message", "file")
"""Kinds that nothing but a call changes, so that they are there with exactly the bytes of the last answer."""


PLACES = {
    "assistant": "assistants",
    "thread": "threads",
    "thread.message": "messages",
    "thread.run": "runs",
    "file": "files",
    "upload": "uploads",
    "upload.part": "parts",
    "vector_store": "vector_stores",
    "vector_store.file": "files",
    "vector_store.file_batch": "file_batches",
}


@dataclass(eq=False)
class Thing:
    """An object that was acknowledged, or is asked for. `mark` is the client's own name for it.

    `parent` is what it belongs to. `body` are the bytes it is read as, empty when nobody has read it since it
    was changed; `shown` is what was last told of it; `final` is whether it will never change again. `data` is
    a file's content, `word` what is searched to find it.
    """

    kind: str
    mark: str
    parent: Thing | None = None
    id: str = ""
    body: bytes = b""
    shown: Object = field(default_factory=dict)
    final: bool = False
    data: bytes = b""
    word: str = ""

    @property
    def place(self) -> str:
        """The path of the list it is in."""
        return f"{self.parent.path if self.parent else '/v1'}/{PLACES[self.kind]}"

    @property
    def path(self) -> str:
        """Its own path."""
        return f"{self.place}/{self.id}"

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, id and the id of what it belongs to: what the control door lists."""
        return self.kind, self.id, self.parent.id if self.parent else ""


@dataclass
class Intent:
    """A request that was sent and is not answered yet. Its `thing` is to be made, changed or removed."""

    act: Literal["make", "change", "remove", "signal"]
    thing: Thing
    changes: Object = field(default_factory=dict)
    with_it: list[Thing] = field(default_factory=list)


class Ledger:
    """Everything one client has, and the one request of it that may be unanswered."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.gone: list[Thing] = []
        self.intent: Intent | None = None
        self.acknowledged = 0

    def of(self, kind: str, parent: Thing | None = None) -> list[Thing]:
        """The things of a kind, oldest first; of one parent, if that is given."""
        return [
            thing
            for thing in self.things
            if thing.kind == kind and (parent is None or thing.parent is parent)
        ]

    def descendants(self, thing: Thing) -> Iterator[Thing]:
        """What goes with it when it goes."""
        for each in self.things:
            if each.parent is thing or (thing.kind == "file" and each.id == thing.id and each is not thing):
                yield each

    def add(self, thing: Thing) -> None:
        """It is there."""
        self.things.append(thing)

    def drop(self, thing: Thing) -> None:
        """It is gone, with what belonged to it."""
        going = {thing, *self.descendants(thing)}
        self.things = [each for each in self.things if each not in going]
        self.gone = [*self.gone, *going][-200:]

    def settled(self) -> None:
        """The request was answered."""
        self.intent = None
        self.acknowledged += 1
