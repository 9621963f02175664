"""What a scenario file says, read and checked, with the place of everything in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Steps = tuple[str | int, ...]
"""The way into a document: keys of mappings and indexes of lists."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; line and column are counted from 1."""

    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a document: plain data (dict, list, str, int, float, bool, None), and where it stands.

    `places` knows the place of every key and item of the whole document, `values` where the value behind each
    key begins; `way` leads from the document to here.
    """

    value: Any
    places: Mapping[Steps, Place]
    way: Steps = ()
    values: Mapping[Steps, Place] = field(default_factory=dict)

    def __getitem__(self, step: str | int) -> Node:
        return Node(self.value[step], self.places, (*self.way, step), self.values)

    def __iter__(self) -> Iterator[Node]:
        """What it holds: the items of a list, the values of a mapping, nothing else."""
        if isinstance(self.value, dict):
            return (self[key] for key in self.value)
        if isinstance(self.value, list):
            return (self[index] for index in range(len(self.value)))
        return iter(())

    @property
    def key(self) -> str | int:
        """The key or index it stands under; empty for the whole document."""
        return self.way[-1] if self.way else ""

    @property
    def place(self) -> Place:
        """Where it stands: its key in a mapping, itself in a list."""
        return self.place_of()

    @property
    def value_place(self) -> Place:
        """Where its value begins."""
        return self.values.get(self.way) or self.place

    def place_of(self, *steps: str | int) -> Place:
        """Where something inside it stands, or the nearest that has a place."""
        way = (*self.way, *steps)
        while way not in self.places:
            way = way[:-1]
        return self.places[way]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a client does, and what it should see.

    `number` is `3`, in a branch `3.b.1`; `operation` is the word in the file (`runs.create`, `wait`) and
    `arguments` what stands behind it, references not yet filled in. `expect` and `live` map paths into the
    result (`data.0.role`) to matchers; `live` replaces them on a real target, or skips the step there.
    """

    number: str
    operation: str
    arguments: Node
    place: Place
    bind: str | None = None
    expect: Node | None = None
    expect_error: Node | None = None
    live: Node | None = None
    live_skip: bool = False
    cleanup: str | None = None
    repeat: int = 1
    branches: tuple[tuple[Step, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """One conversation: what the pretended model does (`backend`), what breaks, and what a client does.

    `error` is the number of the documented error it is about. `needs` are capabilities, those that its steps
    imply included. `backend` holds `runs`, `indexing`, `fixtures` and the world's settings as the control
    door takes them, `faults` its orders. `client` are options of its SDK clients: `max_retries`, `timeout`
    in seconds. `attempts` is how often it may be tried on a real target. `source` is all of it as written.
    """

    name: str
    place: Place
    steps: tuple[Step, ...]
    about: str = ""
    error: int | None = None
    needs: frozenset[str] = frozenset()
    backend: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[dict[str, Any], ...] = ()
    client: Mapping[str, Any] = field(default_factory=dict)
    seed: int | str | None = None
    attempts: int = 1
    source: Node | None = None

    @property
    def file(self) -> Path:
        """The file it stands in."""
        return self.place.file

    @property
    def id(self) -> str:
        """How it is named on a command line: `rag.assistants.yaml::rag_with_indexing_delay`."""
        return f"{self.file.name}::{self.name}"


class ScenarioError(Exception):
    """A mistake in a scenario file: where, what, and what was probably meant."""

    def __init__(self, place: Place, reason: str, hint: str = "") -> None:
        super().__init__(f"{place}: {reason}" + (f"; {hint}" if hint else ""))
        self.place = place
        self.reason = reason
        self.hint = hint


class ScenarioErrors(Exception):  # noqa: N818 - it holds several
    """Every mistake of one file, in the order of their places."""

    def __init__(self, errors: Sequence[ScenarioError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda error: (error.place.line, error.place.column)))
        super().__init__("\n".join(map(str, self.errors)))
