"""A run that is to answer a second time."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.history import Exchange
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, Run, segment, text

_ASKED = ("runs.retrieve", "runs.submit_tool_outputs", "runs.cancel")


@practice(
    "reused_run",
    rule="Every turn of a conversation has a run of its own; one that has ended answers nothing any more.",
    source=(
        "OpenAI guide 'Assistants API quickstart', step 4: create a run once all messages of the user are "
        "on the thread (https://platform.openai.com/docs/assistants/quickstart#step-4-create-a-run)"
    ),
    evidence=(
        "a user's message comes after a run of its thread has ended, no run is asked for afterwards, and "
        "the old one is read, cancelled or sent outputs"
    ),
    mend="Call `runs.create` after each new message, and wait for the id that it answers with.",
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """New messages that only an old run was asked about."""
    for run in evidence.runs:
        message = _later_message(evidence, run)
        if message is None:
            continue
        later = [call for call in evidence.calls if call.number > message.number]
        if any(call.operation == "runs.create" and segment(call, "threads") == run.thread for call in later):
            continue
        asked = [call for call in later if call.operation in _ASKED and segment(call, "runs") == run.id]
        if asked:
            yield seen(
                f"{run.id} had ended before {message.call}, and no run was made for it", message, *asked
            )


def _later_message(evidence: Evidence, run: Run) -> Exchange | None:
    """The last message of the user on the run's thread, if it came after the run's end."""
    if run.end is None or not run.thread:
        return None
    found = [
        call
        for call in evidence.made("messages.create")
        if call.done and segment(call, "threads") == run.thread and text(call.request, "role") == "user"
    ]
    return found[-1] if found and found[-1].number > run.end.number else None
