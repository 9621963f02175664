"""What a fault is: a small piece between a call and its answer, declared once and found by itself.

    @fault("slow", group="transport", wire="…", client="…", …)
    @dataclass(frozen=True)
    class Slow(Fault):
        \"\"\"The answer comes late.\"\"\"

        delay: int = duration("10s", "how late")

        def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
            yield from occasion.pause(self.delay)
            yield from upstream

A fault takes one or more of five handles on a call. In the order in which they are used:

1. `before` changes the world just before the call is performed, if it is in order: what somebody else did.
2. `settings` lowers a limit for this one call.
3. `script` edits what the pretended model does in the turn that the call begins.
4. `timeline` edits what is due when for what the call has set going.
5. `frames` turns the frames of the answer into others. It is lazy: one that never pulls means that
   nothing was done, one that drains and then cuts that it was done and the answer was lost. It may drop
   heads and bodies, never a `Wait`, or time would be swallowed. One that `seeks` has to find in the answer
   what it acts on, and says itself that it has.

Of several faults on one call, the one armed first stands nearest to the operation, for each of the handles.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property
from inspect import getdoc
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from mockserver import objects
from mockserver.apierror import CATALOGUE, Entry, Evidence
from mockserver.chance import Dice
from mockserver.faults.parameters import FaultError, Parameter, declared_by, read_parameters
from mockserver.faults.spelling import write_duration, write_value
from mockserver.frames import Bell, Frame, Frames, Wait
from mockserver.script import Script, Turn
from mockserver.settings import Settings
from mockserver.timeline import Timeline

if TYPE_CHECKING:
    from mockserver.world import World

Group = Literal["transport", "proxy", "http", "request", "run", "tools", "index", "data", "stream"]
GROUPS: Mapping[Group, str] = {
    "transport": "what happens to the connection",
    "proxy": "what somebody on the way answers instead of the API",
    "http": "refusals that any call may meet",
    "request": "refusals of what one kind of call asks",
    "run": "how runs end, or do not",
    "tools": "function calls that go wrong",
    "index": "vector stores and searches",
    "data": "answers that are true to their form and wrong in what they hold",
    "stream": "events that are cut, doubled, in a wrong order or missing",
}
"""The chapters of the catalogue, in order."""

PATIENCE_MAX_MS = 86_400_000
"""Nobody waits longer than a day, whatever they say."""

GRACE_MS = 60_000
"""So much longer a connection is left open on which a client gives up by itself."""

Performed = Literal["yes", "no", "as asked"]
"""Whether the operation was done although the client does not get its answer as usual."""


@dataclass(slots=True)
class Occasion:
    """One call on which a fault acts.

    `mutates` says whether the operation may change the world. `ids` are those in the path, `body` the
    bytes that were sent (of a form, what it said as JSON), `headers` the request's with names in lower
    case, `query` what the address asks for; `method` and `path` stand in the request's first line. `dice`
    are this fault's own. `perform` lets the operation happen once more, from the start. `touched` counts
    what the fault has changed on this call, for one that keeps to a number. `acted` is how a fault that
    `seeks` says that it has acted. `detailed` is the second face of errors on file routes.
    """

    world: World
    operation: str
    mutates: bool
    ids: Mapping[str, str]
    body: bytes
    headers: Mapping[str, str]
    request_id: str
    dice: Dice
    perform: Callable[[], Frames]
    query: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    path: str = ""
    touched: int = 0
    acted: Callable[[], None] = lambda: None
    detailed: bool = False
    azure: bool = False

    @property
    def request(self) -> dict[str, Any]:
        """What the body says, an empty object where it is none."""
        return objects.object_in(self.body) or {}

    @property
    def streams(self) -> bool:
        """Whether the client asked for a stream."""
        return self.request.get("stream") is True

    @property
    def patience(self) -> int:
        """After how many milliseconds this client gives up reading, as its SDK says, or the SDKs' 600 s."""
        for name in ("x-stainless-read-timeout", "x-stainless-timeout"):
            try:
                said = round(float(self.headers.get(name, "")) * 1000)
            except (ValueError, OverflowError):
                continue
            return min(max(0, said), PATIENCE_MAX_MS)
        return 600_000

    def pause(self, milliseconds: int) -> Iterator[Frame]:
        """Frames in which nothing is sent for so long, or until the world is gone."""
        world = self.world
        until = world.clock.now() + milliseconds
        bell = Bell()
        with world.streams.listening(bell):
            while world.clock.now() < until and not world.closed:
                yield Wait(until, bell)
        world.catch_up()

    def silence(self, milliseconds: int | None = None) -> Generator[Frame, None, bool]:
        """As `pause`, or for good, but only while the client has patience; use it with `yield from`.

        False when it has lost it, or the world is gone: then nothing is left but to cut the connection. Where
        time is not virtual, the client really waits and goes away by itself, so it is given time to do so.
        """
        patience = self.patience + (0 if self.world.clock.virtual else GRACE_MS)
        ends = milliseconds is not None and milliseconds <= patience
        yield from self.pause(milliseconds if milliseconds is not None and ends else patience)
        return ends and not self.world.closed


@dataclass(frozen=True)
class Fault:
    """A failure that can be armed. Subclasses are frozen dataclasses whose fields are its parameters.

    One that `seeks` acts only on some answers, and calls `occasion.acted` when it does; others count as
    acting as soon as their `frames` are asked for. One that `meddles` changes the world in its `frames`, too.
    """

    declaration: ClassVar[Declaration]
    seeks: ClassVar[bool] = False
    meddles: ClassVar[bool] = False

    def fits(self, occasion: Occasion) -> bool:
        """Whether this call is one that the fault can act on; others are let through and not counted."""
        return True

    def before(self, occasion: Occasion) -> bool:
        """Change the world before the call is performed; whether there was anything to change."""
        return False

    def settings(self, settings: Settings) -> Settings:
        """The settings under which the call is performed."""
        return settings

    def script(self, occasion: Occasion, turn: Turn, script: Script) -> Script | None:
        """What the model does instead in the turn the call begins, None to leave it."""
        return None

    def timeline(self, occasion: Occasion, timeline: Timeline) -> bool:
        """Edit the list of what the call has set going; whether there was anything to edit."""
        return False

    def frames(self, occasion: Occasion, upstream: Frames) -> Frames:
        """The answer."""
        return upstream

    @classmethod
    def takes(cls, handle: str) -> bool:
        """Whether the fault has this handle on a call."""
        return getattr(cls, handle) is not getattr(Fault, handle)

    def spelled(self) -> str:
        """The fault as it is written, with the parameters that differ from their defaults."""
        said = [
            f"{parameter.name}={_written(getattr(self, parameter.name), parameter)}"
            for parameter, default in zip(self.declaration.parameters, self.declaration.defaults, strict=True)
            if getattr(self, parameter.name) != default
        ]
        return f"{self.declaration.name}({', '.join(said)})" if said else self.declaration.name


@dataclass(frozen=True)
class Declaration:
    """All there is to know about a fault before it is armed.

    `operations` are globs of those it applies to, but for those of `except_for`; `mutating` leaves out those
    that only read. `error` is the number of the documented error it stands for. `wire` says what is seen,
    `client` what a good client does. `performed` says whether the operation is done, `definite` whether
    the client can tell from what it sees. `entries` are the errors it answers with, whose words have
    evidence of their own. `needs` says in words what else a call has to have. `explored` are the forms in
    which experiments try it, as they are written; by default it is tried as it is. One that is `alike`
    another is tried only when it is asked for: who survives the one survives the other.
    """

    name: str
    kind: type[Fault]
    group: Group
    operations: tuple[str, ...]
    wire: str
    client: str
    evidence: Evidence
    source: str
    performed: Performed
    definite: bool
    mutating: bool = False
    except_for: tuple[str, ...] = ()
    error: int | None = None
    entries: tuple[str, ...] = ()
    needs: str = ""
    explored: tuple[str, ...] = ()
    alike: str = ""

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """What can be said about it."""
        return declared_by(self.kind)

    @cached_property
    def defaults(self) -> tuple[Any, ...]:
        """The values of its parameters when nothing is said."""
        plain = self.kind()
        return tuple(getattr(plain, parameter.name) for parameter in self.parameters)

    @property
    def summary(self) -> str:
        """What it is, in a sentence."""
        return " ".join((getdoc(self.kind) or "").partition("\n\n")[0].split())

    @property
    def explanation(self) -> str:
        """What else is to be said about it, maybe nothing."""
        return (getdoc(self.kind) or "").partition("\n\n")[2].strip()

    def applies(self, operation: str, *, mutates: bool) -> bool:
        """Whether the fault can act on calls of this operation."""
        return (
            (mutates or not self.mutating)
            and any(fnmatchcase(operation, pattern) for pattern in self.operations)
            and not any(fnmatchcase(operation, pattern) for pattern in self.except_for)
        )

    def make(self, given: Mapping[str, Any]) -> Fault:
        """The fault with these parameters. Raises FaultError."""
        return self.kind(**read_parameters(self.name, self.parameters, given))


REGISTRY: dict[str, Declaration] = {}
"""Every fault by its name; the modules of the catalogue put themselves in."""


def fault(
    name: str,
    *,
    group: Group,
    operations: tuple[str, ...] = ("*",),
    wire: str,
    client: str,
    evidence: Evidence,
    source: str,
    performed: Performed,
    definite: bool,
    mutating: bool = False,
    except_for: tuple[str, ...] = (),
    error: int | None = None,
    entries: tuple[Entry, ...] = (),
    needs: str = "",
    explored: tuple[str, ...] = (),
    alike: str = "",
) -> Callable[[type[Fault]], type[Fault]]:
    """Declare a fault; see `Declaration`. Raises ValueError for a name that is taken."""

    def register(kind: type[Fault]) -> type[Fault]:
        if name in REGISTRY:
            raise ValueError(f"the fault {name} is declared twice")
        kind.declaration = REGISTRY[name] = Declaration(
            name=name,
            kind=kind,
            group=group,
            operations=operations,
            wire=wire,
            client=client,
            evidence=evidence,
            source=source,
            performed=performed,
            definite=definite,
            mutating=mutating,
            except_for=except_for,
            error=error,
            entries=tuple(entry.name for entry in entries),
            needs=needs,
            explored=explored or (name,),
            alike=alike,
        )
        return kind

    return register


def discover() -> list[Declaration]:
    """Every fault there is, by chapter and name."""
    from mockserver.faults import catalogue  # its modules know the whole API, which knows this module

    for module in sorted(pkgutil.iter_modules(catalogue.__path__), key=lambda module: module.name):
        importlib.import_module(f"{catalogue.__name__}.{module.name}")
    chapters = list(GROUPS)
    return sorted(REGISTRY.values(), key=lambda known: (chapters.index(known.group), known.name))


def find_fault(name: str) -> Declaration:
    """The fault of that name. Raises FaultError with a suggestion."""
    if name not in REGISTRY:
        discover()
    known = REGISTRY.get(name)
    if known is None:
        near = get_close_matches(name, REGISTRY, 1, 0.5) or [
            other for other in REGISTRY if other.rpartition(".")[2] == name.rpartition(".")[2]
        ]
        hint = f"did you mean '{near[0]}'?" if near else "`assistants-mock faults` prints all there are"
        raise FaultError(f"there is no fault '{name}'; {hint}")
    return known


def entries_of(declaration: Declaration) -> list[Entry]:
    """The errors a fault answers with."""
    return [CATALOGUE[name] for name in declaration.entries]


def _written(value: Any, parameter: Parameter) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if parameter.kind.shown.startswith("a duration"):
        return write_duration(value)
    return write_value(str(value))
