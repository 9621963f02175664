"""Every operation of the API, done through the real SDK: `runs.create: {thread_id: …, assistant_id: …}`."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Any

from harness.apioperations import OPERATIONS, find
from harness.scenarios.model import Node, Step
from harness.steps.contract import Verb, no_mistakes, verb

if TYPE_CHECKING:
    from harness.playing.scope import Scope

TOOLS = {"function": "function_calling", "file_search": "file_search", "code_interpreter": "code_interpreter"}
"""What a target must be able to do for a tool to be of use."""


def needs(operation: str, node: Node) -> Set[str]:
    """What the operation belongs to, and the tools that it hands to an assistant or a run."""
    return {find(operation).capability, *_tools(node.value)}


def perform(step: Step, arguments: Any, scope: Scope) -> Any:
    """Call the SDK's method; the result is the answer as JSON."""
    return find(step.operation).call(scope.client, arguments or {}, beside=scope.scenario.file.parent)


def _tools(value: Any) -> Iterator[str]:
    tools = value.get("tools") if isinstance(value, dict) else None
    for tool in tools if isinstance(tools, list) else []:
        kind = tool.get("type") if isinstance(tool, dict) else None
        if isinstance(kind, str) and kind in TOOLS:
            yield TOOLS[kind]


verb(Verb("call", {name: each.schema for name, each in OPERATIONS.items()}, no_mistakes, perform, needs))
