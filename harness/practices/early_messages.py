"""Messages that are read before the answer can be there."""

from __future__ import annotations

from collections.abc import Iterator

from harness.handle.courses import ACTIVE
from harness.practices.contract import Seen, practice, seen
from harness.practices.evidence import Evidence, segment

_READS = ("messages.list", "messages.retrieve")


@practice(
    "early_messages",
    rule="The answer is read when its run has ended: runs are asynchronous, and until then it is not there.",
    source=(
        "OpenAI guide 'Assistants API quickstart', runs without streaming: list the messages once the run "
        "is completed (https://platform.openai.com/docs/assistants/quickstart#step-4-create-a-run)"
    ),
    evidence=(
        "messages of a thread are read while the run that the client has made there is active, and never "
        "again after it has ended; a run that was streamed or cancelled is left out"
    ),
    mend="Poll the run to its end or stream it, look at its status, and only then list the messages.",
)
def judge(evidence: Evidence) -> Iterator[Seen]:
    """Runs whose answer was looked for too early only."""
    for run in evidence.runs:
        if not run.thread or run.maker.events:
            continue
        others = evidence.made("runs.submit_tool_outputs", "runs.cancel")
        if any(segment(call, "runs") == run.id for call in others if call.events or not call.request):
            continue
        reads = [
            call
            for call in evidence.made(*_READS)
            if call.number > run.maker.number and segment(call, "threads") == run.thread and call.succeeded
        ]
        if reads and all(run.status_before(call.number) in ACTIVE for call in reads):
            status = run.status_before(reads[-1].number)
            yield seen(f"messages were read while {run.id} was {status}, and not later", run.maker, *reads)
