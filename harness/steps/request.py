"""`request: {method, path, …}`: a call through no SDK at all. It never fails by its status."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Any

from harness.scenarios.model import Node, ScenarioError, Step
from harness.scenarios.shapes import ANY, choice, either, mapping, names, text, word
from harness.steps.contract import Verb, verb

if TYPE_CHECKING:
    from harness.playing.scope import Scope

SCHEMA = mapping(
    "Plain HTTP. The result has `status`, `headers` (names in lower case) and `body`, whatever the status.",
    ("method", "path"),
    method=choice("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", called="HTTP method"),
    path=word("The path below the target's base URL: /threads/${thread.id}."),
    headers=names(
        either(text(), {"type": "null"}),
        "Headers beside those that every call has; null takes one of those away: {OpenAI-Beta: null}.",
    ),
    query=names(ANY, "Query parameters."),
    body={"description": "The body: JSON, or a text, which is sent as it is."},
)


def check(operation: str, node: Node) -> Iterator[ScenarioError]:
    """Find a path that leads somewhere else than to the target."""
    path = node.value.get("path") if isinstance(node.value, dict) else None
    if isinstance(path, str) and path and not path.startswith(("/", "${")):
        at = node["path"].value_place
        yield ScenarioError(
            at, f"the path {path!r} does not begin with /", "it goes below the target's base URL"
        )


def needs(operation: str, node: Node) -> Set[str]:
    """Plain HTTP."""
    return {"raw"}


def perform(step: Step, arguments: Any, scope: Scope) -> Any:
    """Send it; the result is whatever came back. Raises what the HTTP library raises when nothing did."""
    return scope.connection.request(
        arguments["method"],
        arguments["path"],
        headers=arguments.get("headers"),
        query=arguments.get("query"),
        body=arguments.get("body"),
    )


verb(Verb("request", {"request": SCHEMA}, check, perform, needs))
