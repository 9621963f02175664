"""What a verb of scenario files declares: how it is written, checked and done. One file per verb."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from harness.scenarios.model import Node, ScenarioError, Step

if TYPE_CHECKING:
    from harness.playing.scope import Scope

Check = Callable[[str, Node], Iterator[ScenarioError]]
"""Finds mistakes in what stands behind an operation's name, without running anything."""

Perform = Callable[[Step, Any, "Scope"], Any]
"""Does a step with its arguments filled in; the result is plain JSON data. Raises what the client sees, or
UnmetError when what the step itself asks for did not come about."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One kind of step.

    `operations` are the words it is written with, each with the JSON Schema of what stands behind it; `check`
    finds what a schema cannot say. `needs` are the capabilities a step asks of its target. `nested` says that
    steps stand there: each fills in its own arguments when its turn comes, and the verb gets None.
    """

    name: str
    operations: Mapping[str, Mapping[str, Any]]
    check: Check
    perform: Perform
    needs: Callable[[str, Node], Set[str]]
    nested: bool = False


class UnmetError(Exception):
    """What a step asks for did not come about, although no call failed. `facts` are what is known of why."""

    def __init__(self, reason: str, *facts: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class BrokenOffError(Exception):
    """The client saw an error in the middle of something; `seen` is what it had by then."""

    def __init__(self, error: Exception, seen: Mapping[str, Any]) -> None:
        super().__init__(str(error))
        self.error = error
        self.seen = seen


VERBS: dict[str, Verb] = {}
"""By the words they are written with."""


def verb(declared: Verb) -> Verb:
    """Make a verb known. Raises ValueError when one of its words is taken."""
    for operation in declared.operations:
        if operation in VERBS:
            raise ValueError(f"{operation} is a step of {VERBS[operation].name} already")
    for operation in declared.operations:
        VERBS[operation] = declared
    return declared


def discover() -> dict[str, Verb]:
    """All verbs, by their words in order."""
    package = import_module("harness.steps")
    for module in sorted(found.name for found in iter_modules(package.__path__)):
        import_module(f"harness.steps.{module}")
    return dict(sorted(VERBS.items()))


def no_mistakes(operation: str, node: Node) -> Iterator[ScenarioError]:
    """The check of what cannot be written wrongly."""
    yield from ()


def no_needs(operation: str, node: Node) -> Set[str]:
    """The needs of what every target can do."""
    return frozenset()
