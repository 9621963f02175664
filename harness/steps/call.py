"""Every operation of the API, done through the real SDK: `runs.create: {thread_id: …, assistant_id: …}`."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

from harness.apioperations import OPERATIONS, find
from harness.scenarios.model import Node, Step
from harness.steps.contract import Verb, no_mistakes, verb

if TYPE_CHECKING:
    from harness.playing.scope import Scope


def needs(operation: str, node: Node) -> Set[str]:
    """What the operation belongs to, and the tools that it hands to an assistant or a run."""
    return find(operation).needs(node.value)


def perform(step: Step, arguments: Any, scope: Scope) -> Any:
    """Call the SDK's method; the result is the answer as JSON."""
    return find(step.operation).call(scope.client, arguments or {}, beside=scope.scenario.file.parent)


verb(Verb("call", {name: each.schema for name, each in OPERATIONS.items()}, no_mistakes, perform, needs))
