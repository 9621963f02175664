"""Calls that are repeated as they were although they can only be refused again."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, error, repeated_by_sdk, text

_LASTING = (400, 401, 403, 404, 422)

_PASSING = ("while a run", "already has an active run", " in status ", " with status ")
"""What passes by itself: who meets these waits."""


@practice(
    "repeated_refusal",
    rule=(
        "What is refused for what it says (400, 401, 403, 404, 422, `insufficient_quota`) is not sent "
        "again as is."
    ),
    source=(
        "OpenAI guide 'Error codes' (https://platform.openai.com/docs/guides/error-codes/api-errors); "
        "openai-python and openai-node retry 408, 409, 429 and 500 upwards only"
    ),
    evidence=(
        "a call is refused so, and comes again with the same body while nothing was changed in between: no "
        "other call that does something, and nothing that happened by itself. What waits for a run to end, "
        "and the SDK's own retries, do not count"
    ),
    mend=(
        "Retry by status: connections that break, 408, 409, 429 (but not `insufficient_quota`) and 500 "
        "upwards; raise everything else."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """The first repetition of each refused call."""
    refused: dict[str, Exchange] = {}
    told: set[str] = set()
    for entry in evidence.record.entries:
        if not isinstance(entry, Exchange):
            if entry.event != "quiescence":
                refused.clear()
            continue
        version = entry.headers.get("openai-beta", "")
        key = f"{entry.method} {entry.path}?{entry.query} {version} {entry.request}"
        before = refused.get(key)
        if before is not None and key not in told and not repeated_by_sdk(entry):
            told.add(key)
            yield seen(
                f"{entry.call} repeats {before.call}, which was refused with {before.status}", before, entry
            )
        if entry.succeeded:
            refused.pop(key, None)
        elif _refused_for_good(entry):
            refused[key] = entry
        if entry.method != "GET" and entry.done:
            refused.clear()


def _refused_for_good(call: Exchange) -> bool:
    if call.status == 429:
        return text(call.response, "error", "code") == "insufficient_quota"
    return call.status in _LASTING and not any(words in error(call) for words in _PASSING)
