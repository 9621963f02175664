"""Operations: each declared once, beside the function that performs it.

    @operation("assistants.create", "POST", "/assistants", body=CREATE)
    def create(call: Call) -> bytes: ...

Adding an endpoint is one function in one file of `endpoints/`; discovery finds it, refuses doubles, and
`assistants-mock routes` prints what there is.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver import endpoints
from mockserver.frames import Frames
from mockserver.projects import Projects
from mockserver.requests.forms import Form
from mockserver.requests.queries import Query
from mockserver.requests.shapes import Shape
from mockserver.world import World

POLL_HINT = "openai-poll-after-ms"


@dataclass(slots=True)
class Call:
    """One call of an operation, checked: path ids, query and body are what the operation declared.

    `headers` may be filled with headers of the reply. `projects` is for the control door, which may replace
    the very world it was called in.
    """

    projects: Projects
    world: World
    ids: Mapping[str, str]
    query: Any
    body: Any
    path: str = ""
    azure: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def hint(self, subjects: Collection[str]) -> None:
        """Tell a poller when to come back. Never recorded, but both SDKs obey it."""
        hint = self.world.readers.poll_hint(subjects)
        if hint is not None:
            self.headers[POLL_HINT] = str(hint)


Perform = Callable[[Call], "bytes | Frames"]
Subjects = Callable[[Call], Collection[str]]
"""Which timelines a read waits for."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A named route. `control` operations belong to the control door: any JSON is their body, unchecked.

    `form` is what a request is that carries a file. `polls` tells the subjects whose change clients wait for
    by reading here.
    """

    name: str
    method: str
    path: str
    perform: Perform
    body: Shape | None = None
    query: Query[Any] | None = None
    control: bool = False
    form: Form | None = None
    polls: Subjects | None = None

    @property
    def detailed(self) -> bool:
        """Whether errors have a second member `detail` and a final newline (seen on file routes, 2026)."""
        return self.path.startswith("/files")

    @property
    def mutates(self) -> bool:
        """Whether the operation may change the world."""
        return self.method != "GET"

    @property
    def beta(self) -> bool:
        """Whether the real service asks for the OpenAI-Beta header here (not on files, models, stores)."""
        return self.path.startswith(("/assistants", "/threads"))


_REGISTRY: dict[str, Operation] = {}


def operation(
    name: str,
    method: str,
    path: str,
    *,
    body: Shape | None = None,
    query: Query[Any] | None = None,
    control: bool = False,
    form: Form | None = None,
    polls: Subjects | None = None,
) -> Callable[[Perform], Perform]:
    """Declare an operation. Raises ValueError for a name or a route that is taken."""

    def register(perform: Perform) -> Perform:
        for known in _REGISTRY.values():
            if known.name == name or (known.method, known.path) == (method, path):
                raise ValueError(f"{name} ({method} {path}) is declared twice, first as {known.name}")
        _REGISTRY[name] = Operation(name, method, path, perform, body, query, control, form, polls)
        return perform

    return register


def discover() -> list[Operation]:
    """Every operation there is, in order of path and method."""
    for module in sorted(pkgutil.iter_modules(endpoints.__path__), key=lambda module: module.name):
        importlib.import_module(f"{endpoints.__name__}.{module.name}")
    return sorted(_REGISTRY.values(), key=lambda operation: (operation.path, operation.method))


@dataclass
class _Node:
    exits: dict[str, _Node] = field(default_factory=dict)
    wild: tuple[str, _Node] | None = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Routes:
    """Finds the operation of a method and path by walking a tree of segments; fixed words before ids."""

    def __init__(self, operations: list[Operation]) -> None:
        self._root = _Node()
        for known in operations:
            node = self._root
            for segment in known.path.strip("/").split("/"):
                if segment.startswith("{"):
                    node.wild = node.wild or (segment.strip("{}"), _Node())
                    node = node.wild[1]
                else:
                    node = node.exits.setdefault(segment, _Node())
            node.operations[known.method] = known

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and the ids in the path, or None. An empty segment ends the path.

        `POST /threads//messages` was served as `POST /threads` by the real API.
        """
        node, ids = self._root, {}
        segments = path[1:].split("/")
        for index, segment in enumerate(segments):
            if segment == "" and 0 < index < len(segments) - 1:
                break
            following = node.exits.get(segment)
            if following is None:
                if node.wild is None or segment == "":
                    return None
                name, following = node.wild
                ids[name] = segment
            node = following
        found = node.operations.get(method)
        return (found, ids) if found else None
