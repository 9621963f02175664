"""Every operation of the API by its name in the journal, and how the SDK does it.

find("runs.create").call(client, {"thread_id": "thread_1", "assistant_id": "asst_1"})
"""

from __future__ import annotations

from difflib import get_close_matches

from harness.apioperations.conversations import CONVERSATIONS
from harness.apioperations.files import FILES
from harness.apioperations.operation import (
    ApiOperation,
    Reply,
    SendingError,
    UnsupportedOperationError,
    by_name,
)
from harness.apioperations.runs import RUNS
from harness.apioperations.vector_stores import VECTOR_STORES

__all__ = ["OPERATIONS", "ApiOperation", "Reply", "SendingError", "UnsupportedOperationError", "find"]

OPERATIONS = by_name(CONVERSATIONS, RUNS, FILES, VECTOR_STORES)


def find(name: str) -> ApiOperation:
    """The operation of that name. Raises LookupError that says which was probably meant."""
    if name in OPERATIONS:
        return OPERATIONS[name]
    near = get_close_matches(name, OPERATIONS, 1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise LookupError(f"the API has no operation '{name}'{hint}")
