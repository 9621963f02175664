"""`parallel: {a: [steps], b: [steps]}`: several clients take turns, a step each, in the order written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from harness.scenarios.model import Node, ScenarioError, Step
from harness.scenarios.shapes import listing, names, refer
from harness.steps.contract import Verb, no_needs, verb

if TYPE_CHECKING:
    from harness.playing.scope import Scope

SCHEMA = names(
    listing(refer("step"), "The steps of one client.", least=1),
    "Branches by name, each a client with steps of its own. They take turns, a step each, in the order"
    " written; what they bind can be used by the other branches from then on, and afterwards.",
    least=1,
)


def check(operation: str, node: Node) -> Iterator[ScenarioError]:
    """Find a branch that is alone; the steps of branches are checked as all steps are."""
    if isinstance(node.value, dict) and len(node.value) == 1:
        yield ScenarioError(
            node.place, "one branch alone is not parallel", "write its steps without `parallel`"
        )


def perform(step: Step, arguments: Any, scope: Scope) -> Any:
    """Play the branches in turns; the result has the results of each branch as a list."""
    branches = tuple(step.arguments.value)
    clients = [scope.with_another_client() for _ in branches]
    results: dict[str, list[Any]] = {name: [] for name in branches}
    for turn in zip_longest(*step.branches):
        for name, client, each in zip(branches, clients, turn, strict=True):
            if each is not None:
                results[name].append(client.play(each))
    return results


verb(Verb("parallel", {"parallel": SCHEMA}, check, perform, no_needs, nested=True))
