"""What a step's own `cleanup` does at the end: the operation that takes away what the step made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from harness.apioperations import find
from harness.playing.apierrors import described, in_a_line

if TYPE_CHECKING:
    from harness.targets.connection import Connection

_NEEDLESS = {"runs.cancel": 400}
"""The status by which an operation says that there is nothing to do any more, beside 404."""


def undoing(operation: str, result: Any, connection: Connection) -> Callable[[], str | None]:
    """What undoes a step with this result: call it at the end; it says in words what could not be done.

    The operation's arguments are the result's fields of that name (`thread_id` of a run), else its own id.
    """
    ids = {name: _named(name, result) for name in find(operation).path}

    def undo() -> str | None:
        missing = [name for name, value in ids.items() if value is None]
        if missing:
            return f"{operation}: the result of its step has no {', '.join(missing)}"
        try:
            with connection.free():
                find(operation).call(connection.client(), ids)
        except Exception as error:
            seen = described(error)
            if seen["status"] in (404, _NEEDLESS.get(operation)):
                return None
            return f"{operation} {', '.join(map(str, ids.values()))}: {in_a_line(seen)}"
        return None

    return undo


def _named(name: str, result: Any) -> Any:
    """The id that an argument stands for, in what a step gave back."""
    if not isinstance(result, Mapping):
        return None
    inner = result.get(name.removesuffix("_id"))  # a completed upload holds its file
    return result.get(name) or (inner.get("id") if isinstance(inner, Mapping) else None) or result.get("id")
