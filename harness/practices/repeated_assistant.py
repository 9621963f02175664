"""The same assistant made for every request."""

from __future__ import annotations

import json
from collections.abc import Iterator

from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, repeated_by_sdk, text


@practice(
    "repeated_assistant",
    rule="An assistant is made once and used by its id; what is new for each conversation is its thread.",
    source=(
        "OpenAI guide 'Assistants overview' and quickstart: an assistant is a stored configuration, a "
        "thread is made for each user's conversation "
        "(https://platform.openai.com/docs/assistants/quickstart)"
    ),
    evidence="`assistants.create` with the same body once more, after the first one has had a run",
    mend=(
        "Keep the id (in the configuration, or made once when the program starts) and pass it to "
        "`runs.create`."
    ),
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Assistants that were made again, once for each."""
    made: dict[str, list[Exchange]] = {}
    for call in evidence.made("assistants.create"):
        if call.succeeded and not repeated_by_sdk(call):
            made.setdefault(json.dumps(call.request, sort_keys=True), []).append(call)
    used = {run.assistant: run.maker.number for run in reversed(evidence.runs)}
    for calls in made.values():
        first = used.get(text(calls[0].response, "id"))
        again = [call for call in calls[1:] if first is not None and call.number > first]
        if again:
            name = text(calls[0].request, "name") or text(calls[0].response, "id")
            yield seen(f"the assistant {name} was made {len(again) + 1} times", calls[0], *again)
