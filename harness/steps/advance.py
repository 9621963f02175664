"""`advance: 9m`: time passes, and nothing is asked meanwhile."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

from harness.durations import written
from harness.scenarios.model import Node, Step
from harness.scenarios.shapes import duration
from harness.steps.contract import Verb, no_mistakes, verb

if TYPE_CHECKING:
    from harness.playing.scope import Scope

SCHEMA = duration("Let so much of the target's time pass: 300ms, 45s, 9m or 1h.")


def needs(operation: str, node: Node) -> Set[str]:
    """Time that can be moved; where it cannot, it is waited for only when that is asked for."""
    return {"virtual_time"}


def perform(step: Step, arguments: Any, scope: Scope) -> Any:
    """Let the time pass; the result says how many seconds."""
    length = written(arguments)
    scope.connection.pause(length)
    return {"seconds": length}


verb(Verb("advance", {"advance": SCHEMA}, no_mistakes, perform, needs))
